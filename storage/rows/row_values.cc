#include "storage/rows/row_values.h"

#include <utility>

#include "storage/rows/row_keys.h"
#include "storage/rows/wire.h"

namespace yilan::storage::rows {
namespace {

// Bits of the byte before each record of a change.
constexpr uint8_t kDeleted = 1;
constexpr uint8_t kSameSubject = 2;  // As the record before: its 16 bytes are not repeated.
// And to a customer.
constexpr uint8_t kMembersChanged = 1;
constexpr uint8_t kRedirected = 2;  // Where to follows: 16 bytes.

// The front of a record's value, up to and with the payload.
struct RecordHead {
  Version version;
  TimeMicros recorded_time = 0;
  Revision revision = 0;
  absl::string_view payload;
};

RecordHead TakeRecordHead(WireParser& parser) {
  RecordHead head;
  head.version.event_time = parser.Signed();
  head.version.source_version = parser.Varint();
  head.recorded_time = parser.Signed();
  head.revision = parser.Varint();
  head.payload = parser.Bytes();
  return head;
}

void TakeKeysAndTerms(WireParser& parser, std::vector<std::string>& keys,
                      std::vector<Term>& terms) {
  const uint64_t key_count = parser.Count(1);
  keys.reserve(key_count);
  for (uint64_t i = 0; i < key_count; ++i) keys.emplace_back(parser.Bytes());
  const uint64_t term_count = parser.Count(3);
  terms.reserve(term_count);
  for (uint64_t i = 0; i < term_count; ++i) {
    Term term;
    term.term = std::string(parser.Bytes());
    term.valid_from = parser.Signed();
    term.valid_to = parser.Signed();
    terms.push_back(std::move(term));
  }
}

// What a change does not share with those of the same commit.
void AppendOneChange(std::string& value, const Change& change) {
  change.customer.AppendTo(value);
  AppendVarint(value, change.revision);
  value.push_back(static_cast<char>((change.members_changed ? kMembersChanged : 0) |
                                    (change.redirect.has_value() ? kRedirected : 0)));
  if (change.redirect.has_value()) change.redirect->AppendTo(value);
  AppendVarint(value, change.records.size());
  SubjectId previous;
  for (const RecordChange& record : change.records) {
    const bool same = record.key.subject == previous;
    value.push_back(static_cast<char>((record.deleted ? kDeleted : 0) | (same ? kSameSubject : 0)));
    if (!same) record.key.subject.AppendTo(value);
    AppendVarint(value, record.key.kind);
    AppendBytes(value, record.key.record_id);
    previous = record.key.subject;
  }
}
constexpr size_t kMinChangeBytes = CustomerId::kBytes + 3;

bool TakeOneChange(WireParser& parser, Change& change) {
  change.customer = parser.IdValue<CustomerId>();
  change.revision = parser.Varint();
  const uint8_t flags = parser.BigEndian<uint8_t>();
  if ((flags & ~(kMembersChanged | kRedirected)) != 0) return false;
  change.members_changed = (flags & kMembersChanged) != 0;
  if ((flags & kRedirected) != 0) change.redirect = parser.IdValue<CustomerId>();
  const uint64_t count = parser.Count(3);
  if (parser.failed()) return false;
  change.records.reserve(count);
  SubjectId previous;
  for (uint64_t i = 0; i < count; ++i) {
    const uint8_t record_flags = parser.BigEndian<uint8_t>();
    if ((record_flags & ~(kDeleted | kSameSubject)) != 0) return false;
    RecordChange record{.deleted = (record_flags & kDeleted) != 0};
    record.key.subject =
        (record_flags & kSameSubject) != 0 ? previous : parser.IdValue<SubjectId>();
    const uint64_t kind = parser.Varint();
    if (kind > UINT16_MAX) return false;
    record.key.kind = static_cast<Kind>(kind);
    record.key.record_id = std::string(parser.Bytes());
    if (parser.failed()) return false;
    previous = record.key.subject;
    change.records.push_back(std::move(record));
  }
  return true;
}

}  // namespace

std::string CustomerValue(const CustomerState& state) {
  std::string value;
  value.reserve(12 + (state.members.size() + 1) * SubjectId::kBytes);
  AppendVarint(value, state.revision);
  value.push_back(state.redirect.has_value() ? 1 : 0);
  if (state.redirect.has_value()) state.redirect->AppendTo(value);
  AppendVarint(value, state.members.size());
  for (const SubjectId member : state.members) member.AppendTo(value);
  return value;
}

absl::StatusOr<CustomerState> ParseCustomer(CustomerId customer, absl::string_view value) {
  WireParser parser(value);
  CustomerState state{.customer = customer};
  state.revision = parser.Varint();
  const uint8_t redirected = parser.BigEndian<uint8_t>();
  if (redirected > 1) return Malformed("customer");
  if (redirected == 1) state.redirect = parser.IdValue<CustomerId>();
  const uint64_t members = parser.Count(SubjectId::kBytes);
  state.members.reserve(members);
  for (uint64_t i = 0; i < members; ++i) state.members.push_back(parser.IdValue<SubjectId>());
  if (!parser.AtEnd()) return Malformed("customer");
  return state;
}

std::string SubjectValue(CustomerId holder) {
  std::string value;
  holder.AppendTo(value);
  return value;
}

absl::StatusOr<CustomerId> ParseSubject(absl::string_view value) {
  WireParser parser(value);
  const CustomerId holder = parser.IdValue<CustomerId>();
  if (!parser.AtEnd()) return Malformed("subject");
  return holder;
}

std::string RecordValue(const Record& record, Revision revision) {
  std::string value;
  size_t size = 40 + record.payload.size();
  for (const std::string& key : record.keys) size += key.size() + 2;
  for (const Term& term : record.terms) size += term.term.size() + 20;
  value.reserve(size);
  AppendSigned(value, record.version.event_time);
  AppendVarint(value, record.version.source_version);
  AppendSigned(value, record.recorded_time);
  AppendVarint(value, revision);
  AppendBytes(value, record.payload);
  AppendVarint(value, record.keys.size());
  for (const std::string& key : record.keys) AppendBytes(value, key);
  AppendVarint(value, record.terms.size());
  for (const Term& term : record.terms) {
    AppendBytes(value, term.term);
    AppendSigned(value, term.valid_from);
    AppendSigned(value, term.valid_to);
  }
  return value;
}

absl::StatusOr<Record> ParseRecord(absl::string_view row, absl::string_view value) {
  absl::StatusOr<RecordKey> key = RecordKeyOfRow(row);
  if (!key.ok()) return key.status();
  WireParser parser(value);
  const RecordHead head = TakeRecordHead(parser);
  Record record{.key = *std::move(key),
                .version = head.version,
                .recorded_time = head.recorded_time,
                .revision = head.revision,
                .payload = std::string(head.payload)};
  TakeKeysAndTerms(parser, record.keys, record.terms);
  if (!parser.AtEnd()) return Malformed("record");
  return record;
}

absl::StatusOr<RecordView> ParseRecordView(absl::string_view row, absl::string_view value) {
  const absl::StatusOr<RecordRowParts> key = PartsOfRecordRow(row);
  if (!key.ok()) return key.status();
  WireParser parser(value);
  const RecordHead head = TakeRecordHead(parser);
  if (parser.failed()) return Malformed("record");
  return RecordView{.subject = key->subject,
                    .kind = key->kind,
                    .record_id = key->record_id,
                    .version = head.version,
                    .recorded_time = head.recorded_time,
                    .revision = head.revision,
                    .payload = head.payload};
}

absl::StatusOr<RecordIndex> ParseRecordIndex(absl::string_view value) {
  WireParser parser(value);
  RecordIndex index;
  index.revision = TakeRecordHead(parser).revision;
  TakeKeysAndTerms(parser, index.keys, index.terms);
  if (!parser.AtEnd()) return Malformed("record");
  return index;
}

std::string HistoryValue(const HistoryEntry& entry) {
  std::string value;
  value.reserve(32 + entry.payload.size());
  AppendSigned(value, entry.recorded_time);
  AppendSigned(value, entry.retired_time);
  value.push_back(entry.deletion ? 1 : 0);
  AppendBytes(value, entry.payload);
  return value;
}

absl::StatusOr<HistoryEntry> ParseHistory(absl::string_view row, absl::string_view value) {
  HistoryEntry entry;
  if (absl::Status status = ParseHistoryRow(row, entry); !status.ok()) return status;
  WireParser parser(value);
  entry.recorded_time = parser.Signed();
  entry.retired_time = parser.Signed();
  const uint8_t deletion = parser.BigEndian<uint8_t>();
  entry.deletion = deletion == 1;
  entry.payload = std::string(parser.Bytes());
  if (!parser.AtEnd() || deletion > 1) return Malformed("history entry");
  return entry;
}

std::string TermValue(const Term& term) {
  std::string value;
  AppendSigned(value, term.valid_from);
  AppendSigned(value, term.valid_to);
  return value;
}

absl::StatusOr<Term> ParseTerm(std::string term, absl::string_view value) {
  WireParser parser(value);
  Term parsed{.term = std::move(term)};
  parsed.valid_from = parser.Signed();
  parsed.valid_to = parser.Signed();
  if (!parser.AtEnd()) return Malformed("term");
  return parsed;
}

std::string ChangesValue(absl::Span<const Change> changes) {
  std::string value;
  const Change& first = changes.front();
  size_t size = 24 + first.actor.size() + first.request_id.size();
  for (const Change& change : changes) size += 24 + 40 * change.records.size();
  value.reserve(size);
  AppendSigned(value, first.recorded_time);
  AppendBytes(value, first.actor);
  AppendBytes(value, first.request_id);
  AppendVarint(value, changes.size());
  for (const Change& change : changes) AppendOneChange(value, change);
  return value;
}

absl::StatusOr<std::vector<Change>> ParseChanges(absl::string_view row, absl::string_view value) {
  int partition = 0;
  uint64_t last = 0;
  if (absl::Status status = ParseChangeRow(row, partition, last); !status.ok()) return status;
  WireParser parser(value);
  const TimeMicros recorded_time = parser.Signed();
  const absl::string_view actor = parser.Bytes();
  const absl::string_view request_id = parser.Bytes();
  const uint64_t count = parser.Count(kMinChangeBytes);
  if (parser.failed() || count == 0 || count > last) return Malformed("change");
  std::vector<Change> changes;
  changes.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    changes.push_back({.partition = partition,
                       .sequence = last - count + 1 + i,
                       .recorded_time = recorded_time,
                       .actor = std::string(actor),
                       .request_id = std::string(request_id)});
    if (!TakeOneChange(parser, changes.back())) return Malformed("change");
  }
  if (!parser.AtEnd()) return Malformed("change");
  return changes;
}

std::string RequestValue(const StoredRequest& request) {
  std::string value;
  value.reserve(20 + request.fingerprint.size() + request.response.size());
  AppendSigned(value, request.recorded_time);
  AppendBytes(value, request.fingerprint);
  AppendBytes(value, request.response);
  return value;
}

absl::StatusOr<StoredRequest> ParseRequest(absl::string_view value) {
  WireParser parser(value);
  StoredRequest request;
  request.recorded_time = parser.Signed();
  request.fingerprint = std::string(parser.Bytes());
  request.response = std::string(parser.Bytes());
  if (!parser.AtEnd()) return Malformed("request");
  return request;
}

}  // namespace yilan::storage::rows
