#include "storage/transfer/entry_codec.h"

#include <limits>
#include <utility>
#include <variant>

#include "storage/rows/wire.h"

namespace yilan::storage::transfer {
namespace {

using rows::AppendBytes;
using rows::AppendSigned;
using rows::AppendVarint;
using rows::WireParser;

// The first byte of an entry. Written: never change one.
enum class Tag : uint8_t {
  kCustomer = 1,
  kRecord = 2,
  kHistory = 3,
  kBounds = 4,
  kChange = 5,
  kRequest = 6,
  kRecordGone = 7,
  kRequestGone = 8,
};

void AppendTag(std::string& out, Tag tag) { out.push_back(static_cast<char>(tag)); }
void AppendFlag(std::string& out, bool flag) { out.push_back(flag ? 1 : 0); }

void AppendRecordKey(std::string& out, const RecordKey& key) {
  key.subject.AppendTo(out);
  AppendVarint(out, key.kind);
  AppendBytes(out, key.record_id);
}
void AppendVersion(std::string& out, const Version& version) {
  AppendSigned(out, version.event_time);
  AppendVarint(out, version.source_version);
}
void AppendRequestKey(std::string& out, const RequestKey& key) {
  AppendBytes(out, key.client);
  AppendBytes(out, key.request_id);
}

struct Encoder {
  std::string& out;

  void operator()(const CustomerState& state) const {
    AppendTag(out, Tag::kCustomer);
    state.customer.AppendTo(out);
    AppendVarint(out, state.revision);
    AppendVarint(out, state.members.size());
    for (const SubjectId member : state.members) member.AppendTo(out);
    AppendFlag(out, state.redirect.has_value());
    if (state.redirect.has_value()) state.redirect->AppendTo(out);
  }
  void operator()(const Record& record) const {
    AppendTag(out, Tag::kRecord);
    AppendRecordKey(out, record.key);
    AppendVersion(out, record.version);
    AppendSigned(out, record.recorded_time);
    AppendVarint(out, record.revision);
    AppendBytes(out, record.payload);
    AppendVarint(out, record.keys.size());
    for (const std::string& key : record.keys) AppendBytes(out, key);
    AppendVarint(out, record.terms.size());
    for (const Term& term : record.terms) {
      AppendBytes(out, term.term);
      AppendSigned(out, term.valid_from);
      AppendSigned(out, term.valid_to);
    }
  }
  void operator()(const HistoryEntry& entry) const {
    AppendTag(out, Tag::kHistory);
    Place(entry);
    AppendSigned(out, entry.recorded_time);
    AppendSigned(out, entry.retired_time);
    AppendFlag(out, entry.deletion);
    AppendBytes(out, entry.payload);
  }
  void Place(const HistoryEntry& entry) const {
    entry.subject.AppendTo(out);
    AppendVarint(out, entry.kind);
    AppendBytes(out, entry.fact_id);
    AppendVersion(out, entry.version);
    AppendVarint(out, entry.revision);
  }
  void operator()(const FeedBounds& bounds) const {
    AppendTag(out, Tag::kBounds);
    AppendVarint(out, static_cast<uint64_t>(bounds.partition));
    AppendVarint(out, bounds.trimmed);
    AppendVarint(out, bounds.end);
  }
  void operator()(const Change& change) const {
    AppendTag(out, Tag::kChange);
    AppendVarint(out, static_cast<uint64_t>(change.partition));
    AppendVarint(out, change.sequence);
    change.customer.AppendTo(out);
    AppendVarint(out, change.revision);
    AppendSigned(out, change.recorded_time);
    AppendBytes(out, change.actor);
    AppendBytes(out, change.request_id);
    AppendVarint(out, change.records.size());
    for (const RecordChange& record : change.records) {
      AppendRecordKey(out, record.key);
      AppendFlag(out, record.deleted);
    }
    out.push_back(static_cast<char>((change.members_changed ? 1 : 0) |
                                    (change.redirect.has_value() ? 2 : 0)));
    if (change.redirect.has_value()) change.redirect->AppendTo(out);
  }
  void operator()(const std::pair<RequestKey, StoredRequest>& entry) const {
    const auto& [key, request] = entry;
    AppendTag(out, Tag::kRequest);
    AppendRequestKey(out, key);
    AppendBytes(out, request.fingerprint);
    AppendBytes(out, request.response);
    AppendSigned(out, request.recorded_time);
  }
  void operator()(const RecordKey& key) const {
    AppendTag(out, Tag::kRecordGone);
    AppendRecordKey(out, key);
  }
  void operator()(const RequestKey& key) const {
    AppendTag(out, Tag::kRequestGone);
    AppendRequestKey(out, key);
  }
};

// Reads the fields of an entry. Whatever is wrong is remembered and asked for at the end.
class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : parser_(bytes) {}

  ExportEntry Entry() {
    switch (static_cast<Tag>(Byte())) {
      case Tag::kCustomer:
        return Customer();
      case Tag::kRecord:
        return OneRecord();
      case Tag::kHistory:
        return History();
      case Tag::kBounds:
        return Bounds();
      case Tag::kChange:
        return OneChange();
      case Tag::kRequest:
        return Request();
      case Tag::kRecordGone:
        return Key();
      case Tag::kRequestGone:
        return RequestName();
    }
    wrong_ = true;
    return FeedBounds();
  }
  bool Good() const { return !wrong_ && parser_.AtEnd(); }

 private:
  uint8_t Byte() {
    const absl::string_view byte = parser_.Fixed(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte.front());
  }
  bool Flag() {
    const uint8_t byte = Byte();
    wrong_ |= byte > 1;
    return byte == 1;
  }
  std::string Text() { return std::string(parser_.Bytes()); }
  uint64_t AtMost(uint64_t limit) {
    const uint64_t number = parser_.Varint();
    wrong_ |= number > limit;
    return number;
  }
  Kind KindOf() { return static_cast<Kind>(AtMost(std::numeric_limits<Kind>::max())); }
  int Partition() { return static_cast<int>(AtMost(kFeedPartitions - 1)); }
  RecordKey Key() {
    RecordKey key;
    key.subject = parser_.IdValue<SubjectId>();
    key.kind = KindOf();
    key.record_id = Text();
    return key;
  }
  Version ReadVersion() {
    Version version;
    version.event_time = parser_.Signed();
    version.source_version = parser_.Varint();
    return version;
  }
  RequestKey RequestName() {
    RequestKey key;
    key.client = Text();
    key.request_id = Text();
    return key;
  }

  CustomerState Customer() {
    CustomerState state;
    state.customer = parser_.IdValue<CustomerId>();
    state.revision = parser_.Varint();
    for (uint64_t left = parser_.Count(SubjectId::kBytes); left > 0; --left) {
      state.members.push_back(parser_.IdValue<SubjectId>());
    }
    if (Flag()) state.redirect = parser_.IdValue<CustomerId>();
    return state;
  }
  Record OneRecord() {
    Record record;
    record.key = Key();
    record.version = ReadVersion();
    record.recorded_time = parser_.Signed();
    record.revision = parser_.Varint();
    record.payload = Text();
    for (uint64_t left = parser_.Count(1); left > 0; --left) record.keys.push_back(Text());
    for (uint64_t left = parser_.Count(3); left > 0; --left) {
      Term& term = record.terms.emplace_back();
      term.term = Text();
      term.valid_from = parser_.Signed();
      term.valid_to = parser_.Signed();
    }
    return record;
  }
  HistoryEntry History() {
    HistoryEntry entry;
    entry.subject = parser_.IdValue<SubjectId>();
    entry.kind = KindOf();
    entry.fact_id = Text();
    entry.version = ReadVersion();
    entry.revision = parser_.Varint();
    entry.recorded_time = parser_.Signed();
    entry.retired_time = parser_.Signed();
    entry.deletion = Flag();
    entry.payload = Text();
    return entry;
  }
  FeedBounds Bounds() {
    FeedBounds bounds;
    bounds.partition = Partition();
    bounds.trimmed = parser_.Varint();
    bounds.end = parser_.Varint();
    return bounds;
  }
  Change OneChange() {
    Change change;
    change.partition = Partition();
    change.sequence = parser_.Varint();
    change.customer = parser_.IdValue<CustomerId>();
    change.revision = parser_.Varint();
    change.recorded_time = parser_.Signed();
    change.actor = Text();
    change.request_id = Text();
    for (uint64_t left = parser_.Count(SubjectId::kBytes + 3); left > 0; --left) {
      RecordChange& record = change.records.emplace_back();
      record.key = Key();
      record.deleted = Flag();
    }
    const uint8_t flags = Byte();
    wrong_ |= flags > 3;
    change.members_changed = (flags & 1) != 0;
    if ((flags & 2) != 0) change.redirect = parser_.IdValue<CustomerId>();
    return change;
  }
  std::pair<RequestKey, StoredRequest> Request() {
    std::pair<RequestKey, StoredRequest> entry;
    entry.first = RequestName();
    entry.second.fingerprint = Text();
    entry.second.response = Text();
    entry.second.recorded_time = parser_.Signed();
    return entry;
  }

  WireParser parser_;
  bool wrong_ = false;
};

struct IdentityEncoder {
  std::string& out;

  void operator()(const CustomerState& state) const {
    AppendTag(out, Tag::kCustomer);
    state.customer.AppendTo(out);
  }
  void operator()(const Record& record) const { (*this)(record.key); }
  void operator()(const HistoryEntry& entry) const {
    AppendTag(out, Tag::kHistory);
    Encoder{out}.Place(entry);
  }
  void operator()(const FeedBounds& bounds) const {
    AppendTag(out, Tag::kBounds);
    AppendVarint(out, static_cast<uint64_t>(bounds.partition));
  }
  void operator()(const Change& change) const {
    AppendTag(out, Tag::kChange);
    AppendVarint(out, static_cast<uint64_t>(change.partition));
    AppendVarint(out, change.sequence);
  }
  void operator()(const std::pair<RequestKey, StoredRequest>& entry) const { (*this)(entry.first); }
  void operator()(const RecordKey& key) const { Encoder{out}(key); }
  void operator()(const RequestKey& key) const { Encoder{out}(key); }
};

}  // namespace

void EncodeEntry(const ExportEntry& entry, std::string& out) { std::visit(Encoder{out}, entry); }

absl::StatusOr<ExportEntry> ParseEntry(absl::string_view bytes) {
  Decoder decoder(bytes);
  ExportEntry entry = decoder.Entry();
  if (!decoder.Good()) return absl::DataLossError("an entry does not read back");
  return entry;
}

void EncodeIdentity(const ExportEntry& entry, std::string& out) {
  std::visit(IdentityEncoder{out}, entry);
}

bool IsRemoval(const ExportEntry& entry) {
  return std::holds_alternative<RecordKey>(entry) || std::holds_alternative<RequestKey>(entry);
}

}  // namespace yilan::storage::transfer
