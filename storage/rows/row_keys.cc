#include "storage/rows/row_keys.h"

#include "absl/strings/str_cat.h"
#include "storage/rows/wire.h"

namespace yilan::storage::rows {
namespace {

constexpr char kEscape = '\x00';
constexpr char kEscapedNul = '\xff';
constexpr char kTerminator = '\x01';

void AppendEscaped(std::string& out, absl::string_view bytes) {
  for (const char c : bytes) {
    out.push_back(c);
    if (c == kEscape) out.push_back(kEscapedNul);
  }
}

void AppendTerminated(std::string& out, absl::string_view bytes) {
  AppendEscaped(out, bytes);
  out.push_back(kEscape);
  out.push_back(kTerminator);
}

// Takes a terminated string off the front of `row`.
bool TakeTerminated(absl::string_view& row, std::string& out) {
  out.clear();
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] != kEscape) {
      out.push_back(row[i]);
      continue;
    }
    if (++i == row.size()) return false;
    if (row[i] == kTerminator) {
      row.remove_prefix(i + 1);
      return true;
    }
    if (row[i] != kEscapedNul) return false;
    out.push_back(kEscape);
  }
  return false;
}

constexpr uint64_t kSignBit = uint64_t{1} << 63;
uint64_t Ordered(int64_t value) { return static_cast<uint64_t>(value) ^ kSignBit; }
int64_t FromOrdered(uint64_t value) { return static_cast<int64_t>(value ^ kSignBit); }

template <typename IdType>
std::string PrefixedRow(char prefix, IdType id) {
  std::string row;
  row.reserve(1 + IdType::kBytes);
  row.push_back(prefix);
  id.AppendTo(row);
  return row;
}

template <typename IdType>
absl::StatusOr<IdType> IdOfRow(char prefix, absl::string_view row, absl::string_view what) {
  if (row.size() != 1 + IdType::kBytes || row.front() != prefix) return Malformed(what);
  return IdType::FromBytes(row.substr(1));
}

void AppendKind(std::string& row, SubjectId subject, Kind kind) {
  subject.AppendTo(row);
  AppendBigEndian(row, kind);
}

absl::StatusOr<RequestKey> TakeRequestKey(absl::string_view row) {
  RequestKey key;
  if (!TakeTerminated(row, key.client) || row.empty()) return Malformed("request key");
  key.request_id = std::string(row);
  return key;
}

}  // namespace

absl::Status Malformed(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the stored bytes of a ", what,
                                          " do not read back: restore the store from a backup"));
}

std::string CustomerRow(CustomerId customer) { return PrefixedRow(kCustomerPrefix, customer); }
std::string SubjectRow(SubjectId subject) { return PrefixedRow(kSubjectPrefix, subject); }
absl::StatusOr<CustomerId> CustomerOfRow(absl::string_view row) {
  return IdOfRow<CustomerId>(kCustomerPrefix, row, "customer key");
}
absl::StatusOr<SubjectId> SubjectOfRow(absl::string_view row) {
  return IdOfRow<SubjectId>(kSubjectPrefix, row, "subject key");
}

std::string RecordRow(const RecordKey& key) {
  return RecordRow(key.subject, key.kind, key.record_id);
}

std::string RecordRow(SubjectId subject, Kind kind, absl::string_view record_id) {
  std::string row;
  row.reserve(kSubjectBytes + sizeof(Kind) + record_id.size());
  AppendKind(row, subject, kind);
  row.append(record_id.data(), record_id.size());
  return row;
}

std::string RecordKindRow(SubjectId subject, Kind kind) { return RecordRow(subject, kind, {}); }

absl::StatusOr<RecordRowParts> PartsOfRecordRow(absl::string_view row) {
  WireParser parser(row);
  RecordRowParts parts;
  parts.subject = parser.IdValue<SubjectId>();
  parts.kind = parser.BigEndian<Kind>();
  parts.record_id = parser.Rest();
  if (!parser.AtEnd() || parts.record_id.empty()) return Malformed("record key");
  return parts;
}

absl::StatusOr<RecordKey> RecordKeyOfRow(absl::string_view row) {
  const absl::StatusOr<RecordRowParts> parts = PartsOfRecordRow(row);
  if (!parts.ok()) return parts.status();
  return RecordKey{parts->subject, parts->kind, std::string(parts->record_id)};
}

std::string HistoryPrefix(SubjectId subject, Kind kind, absl::string_view fact_id) {
  std::string row;
  AppendKind(row, subject, kind);
  if (!fact_id.empty()) AppendTerminated(row, fact_id);
  return row;
}

std::string HistoryRow(const HistoryEntry& entry) {
  std::string row = HistoryPrefix(entry.subject, entry.kind, entry.fact_id);
  AppendBigEndian(row, Ordered(entry.version.event_time));
  AppendBigEndian(row, entry.version.source_version);
  AppendBigEndian(row, entry.revision);
  return row;
}

absl::Status ParseHistoryRow(absl::string_view row, HistoryEntry& entry) {
  WireParser head(row);
  entry.subject = head.IdValue<SubjectId>();
  entry.kind = head.BigEndian<Kind>();
  absl::string_view rest = head.Rest();
  if (!TakeTerminated(rest, entry.fact_id)) return Malformed("history key");
  WireParser tail(rest);
  entry.version.event_time = FromOrdered(tail.BigEndian<uint64_t>());
  entry.version.source_version = tail.BigEndian<uint64_t>();
  entry.revision = tail.BigEndian<uint64_t>();
  if (!tail.AtEnd() || entry.fact_id.empty()) return Malformed("history key");
  return absl::OkStatus();
}

std::string TermLowerBound(absl::string_view term) {
  // Without the terminator: it sorts before every longer term, and after every smaller one.
  std::string row;
  AppendEscaped(row, term);
  return row;
}

std::string TermRow(absl::string_view term, const RecordKey& record) {
  std::string row;
  row.reserve(term.size() + 2 + kSubjectBytes + sizeof(Kind) + record.record_id.size());
  AppendTerminated(row, term);
  AppendKind(row, record.subject, record.kind);
  row.append(record.record_id);
  return row;
}

absl::Status ParseTermRow(absl::string_view row, std::string& term, RecordKey& record) {
  if (!TakeTerminated(row, term) || term.empty()) return Malformed("term key");
  absl::StatusOr<RecordKey> key = RecordKeyOfRow(row);
  if (!key.ok()) return Malformed("term key");
  record = *std::move(key);
  return absl::OkStatus();
}

std::string ChangeRow(int partition, uint64_t sequence) {
  std::string row;
  row.push_back(static_cast<char>(partition));
  AppendBigEndian(row, sequence);
  return row;
}

absl::Status ParseChangeRow(absl::string_view row, int& partition, uint64_t& sequence) {
  WireParser parser(row);
  partition = parser.BigEndian<uint8_t>();
  sequence = parser.BigEndian<uint64_t>();
  if (!parser.AtEnd() || partition >= kFeedPartitions) return Malformed("change key");
  return absl::OkStatus();
}

std::string RequestRow(const RequestKey& key) {
  std::string row(1, kRequestPrefix);
  AppendTerminated(row, key.client);
  row.append(key.request_id);
  return row;
}

absl::StatusOr<RequestKey> RequestKeyOfRow(absl::string_view row) {
  if (row.empty() || row.front() != kRequestPrefix) return Malformed("request key");
  return TakeRequestKey(row.substr(1));
}

std::string RequestTimeBound(TimeMicros recorded_time) {
  std::string row(1, kRequestTimePrefix);
  AppendBigEndian(row, Ordered(recorded_time));
  return row;
}

std::string RequestTimeRow(TimeMicros recorded_time, const RequestKey& key) {
  std::string row = RequestTimeBound(recorded_time);
  AppendTerminated(row, key.client);
  row.append(key.request_id);
  return row;
}

absl::StatusOr<RequestKey> RequestKeyOfTimeRow(absl::string_view row) {
  constexpr size_t kHead = 1 + sizeof(uint64_t);
  if (row.size() < kHead || row.front() != kRequestTimePrefix) return Malformed("request key");
  return TakeRequestKey(row.substr(kHead));
}

}  // namespace yilan::storage::rows
