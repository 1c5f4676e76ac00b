#include "storage/memory/packed_entry.h"

#include "absl/strings/strip.h"
#include "storage/memory/varint.h"

namespace yilan::storage::memory {
namespace {

// A record's body: varint (key count << 2 | has terms << 1 | event time in whole seconds), varint
// term count if it has terms, keys, terms, zigzag event time, zigzag (recorded time - event time),
// varint source version, varint revision, payload. A key is its pieces with their length before
// them: varint (size << 1 | is in the payload), and the bytes, or varint how far before the end of
// the body they stand. A term is varint (size << 1 | has a period), bytes, and the period.
constexpr uint64_t kWholeSeconds = 1;
constexpr uint64_t kHasTerms = 2;
constexpr int kKeyCountShift = 2;
constexpr TimeMicros kSecond = 1000000;
constexpr uint64_t kInPayload = 1;
// What is shorter takes no less room as a piece of its own.
constexpr size_t kShortestInPayload = 4;

void PackLiteral(absl::string_view bytes, std::string& pieces) {
  if (bytes.empty()) return;
  PutVarint(bytes.size() << 1, pieces);
  pieces.append(bytes.data(), bytes.size());
}

void PackKey(absl::string_view key, absl::string_view payload, std::string& out) {
  std::string pieces;
  size_t packed = 0;  // Of the key.
  for (size_t at = 0; at + kShortestInPayload <= key.size();) {
    const size_t place = payload.find(key.substr(at, kShortestInPayload));
    if (place == absl::string_view::npos) {
      ++at;
      continue;
    }
    size_t size = kShortestInPayload;
    while (at + size < key.size() && place + size < payload.size() &&
           key[at + size] == payload[place + size]) {
      ++size;
    }
    PackLiteral(key.substr(packed, at - packed), pieces);
    PutVarint(size << 1 | kInPayload, pieces);
    PutVarint(payload.size() - place, pieces);
    at += size;
    packed = at;
  }
  PackLiteral(key.substr(packed), pieces);
  PutBytes(pieces, out);
}

absl::string_view TakePiece(const char* end_of_body, const char*& at) {
  const uint64_t bits = TakeVarint(at);
  const size_t size = bits >> 1;
  if ((bits & kInPayload) != 0) {
    return absl::string_view(end_of_body - TakeVarint(at), size);
  }
  at += size;
  return absl::string_view(at - size, size);
}

struct Heading {
  uint64_t keys = 0;
  uint64_t terms = 0;
  bool whole_seconds = false;
};

Heading TakeHeading(const char*& at) {
  const uint64_t bits = TakeVarint(at);
  return {.keys = bits >> kKeyCountShift,
          .terms = (bits & kHasTerms) != 0 ? TakeVarint(at) : 0,
          .whole_seconds = (bits & kWholeSeconds) != 0};
}

void SkipKeys(uint64_t count, const char*& at) {
  for (; count > 0; --count) TakeBytes(at);
}

void SkipTerms(uint64_t count, const char*& at) {
  for (; count > 0; --count) {
    const uint64_t bits = TakeVarint(at);
    at += bits >> 1;
    if ((bits & 1) != 0) {
      TakeVarint(at);
      TakeVarint(at);
    }
  }
}

// The part of the body behind keys and terms.
RecordView TakeRest(SubjectId subject, const Entry& entry, bool whole_seconds, const char* at) {
  RecordView view = {
      .subject = subject, .kind = static_cast<Kind>(entry.place.kind), .record_id = entry.place.id};
  const int64_t event = UnZigZag(TakeVarint(at));
  view.version.event_time = whole_seconds ? event * kSecond : event;
  view.recorded_time = AddWrapping(view.version.event_time, UnZigZag(TakeVarint(at)));
  view.version.source_version = TakeVarint(at);
  view.revision = TakeVarint(at);
  view.payload =
      absl::string_view(at, static_cast<size_t>(entry.body.data() + entry.body.size() - at));
  return view;
}

size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// Writes size, place and body as one entry, where `out` holds the body from `start` on.
void Enclose(EntryPlace place, size_t start, std::string& out) {
  std::string head;
  const size_t rest = out.size() - start;
  const size_t size = VarintSize(place.kind) + 1 + place.id.size() + rest;
  PutVarint(size, head);
  PutVarint(place.kind, head);
  head.push_back(static_cast<char>(place.id.size()));
  head.append(place.id.data(), place.id.size());
  out.insert(start, head);
}

}  // namespace

Entry ParseEntry(const char* at) {
  Entry entry;
  const char* const start = at;
  const uint64_t size = TakeVarint(at);
  const char* const end = at + size;
  entry.place.kind = static_cast<EntryKind>(TakeVarint(at));
  const size_t id_size = static_cast<uint8_t>(*at++);
  entry.place.id = absl::string_view(at, id_size);
  at += id_size;
  entry.body = absl::string_view(at, static_cast<size_t>(end - at));
  entry.bytes = absl::string_view(start, static_cast<size_t>(end - start));
  return entry;
}

void PackRecord(const Record& record, std::string& out) {
  const size_t start = out.size();
  const bool whole_seconds = record.version.event_time % kSecond == 0;
  PutVarint(record.keys.size() << kKeyCountShift | (record.terms.empty() ? 0 : kHasTerms) |
                (whole_seconds ? kWholeSeconds : 0),
            out);
  if (!record.terms.empty()) PutVarint(record.terms.size(), out);
  for (const std::string& key : record.keys) PackKey(key, record.payload, out);
  for (const Term& term : record.terms) {
    const bool has_period = term.valid_from != kMinTime || term.valid_to != kMaxTime;
    PutVarint(term.term.size() << 1 | (has_period ? 1 : 0), out);
    out.append(term.term);
    if (has_period) {
      PutVarint(ZigZag(term.valid_from), out);
      PutVarint(ZigZag(term.valid_to), out);
    }
  }
  const TimeMicros event = record.version.event_time;
  PutVarint(ZigZag(whole_seconds ? event / kSecond : event), out);
  PutVarint(ZigZag(SubtractWrapping(record.recorded_time, event)), out);
  PutVarint(record.version.source_version, out);
  PutVarint(record.revision, out);
  out.append(record.payload);
  Enclose({.kind = record.key.kind, .id = record.key.record_id}, start, out);
}

std::string HistoryIdPrefix(absl::string_view fact_id) {
  std::string prefix;
  PutOrdered(fact_id, prefix);
  return prefix;
}

std::string HistoryId(const HistoryEntry& entry) {
  std::string id = HistoryIdPrefix(entry.fact_id);
  // The sign bit is flipped, so that times before 1970 sort first.
  PutBigEndian(static_cast<uint64_t>(entry.version.event_time) ^ uint64_t{1} << 63, id);
  PutBigEndian(entry.version.source_version, id);
  PutBigEndian(entry.revision, id);
  return id;
}

void PackHistory(const HistoryEntry& entry, std::string& out) {
  const size_t start = out.size();
  PutVarint(ZigZag(entry.recorded_time), out);
  PutVarint(ZigZag(SubtractWrapping(entry.retired_time, entry.recorded_time)), out);
  out.push_back(entry.deletion ? '\1' : '\0');
  out.append(entry.payload);
  const std::string id = HistoryId(entry);
  Enclose({.kind = kHistoryKinds + entry.kind, .id = id}, start, out);
}

RecordView ViewRecord(SubjectId subject, const Entry& entry) {
  const char* at = entry.body.data();
  const Heading heading = TakeHeading(at);
  SkipKeys(heading.keys, at);
  SkipTerms(heading.terms, at);
  return TakeRest(subject, entry, heading.whole_seconds, at);
}

Revision RevisionOfRecord(const Entry& entry) { return ViewRecord({}, entry).revision; }

Record UnpackRecord(SubjectId subject, const Entry& entry) {
  const RecordView view = ViewRecord(subject, entry);
  Record record = {
      .key = {.subject = subject, .kind = view.kind, .record_id = std::string(view.record_id)},
      .version = view.version,
      .recorded_time = view.recorded_time,
      .revision = view.revision,
      .payload = std::string(view.payload)};
  for (EntryKeys key(entry.body); !key.done(); key.Next()) record.keys.emplace_back(key.key());
  for (EntryTerms term(entry.body); !term.done(); term.Next()) {
    record.terms.push_back({.term = std::string(term.term()),
                            .valid_from = term.valid_from(),
                            .valid_to = term.valid_to()});
  }
  return record;
}

HistoryEntry UnpackHistory(SubjectId subject, const Entry& entry) {
  HistoryEntry history;
  history.subject = subject;
  history.kind = static_cast<Kind>(entry.place.kind - kHistoryKinds);
  const char* id = entry.place.id.data();
  history.fact_id = TakeOrdered(id);
  history.version.event_time = static_cast<TimeMicros>(TakeBigEndian(id) ^ uint64_t{1} << 63);
  history.version.source_version = TakeBigEndian(id);
  history.revision = TakeBigEndian(id);
  const char* at = entry.body.data();
  history.recorded_time = UnZigZag(TakeVarint(at));
  history.retired_time = AddWrapping(history.recorded_time, UnZigZag(TakeVarint(at)));
  history.deletion = *at++ != '\0';
  history.payload.assign(at, entry.body.data() + entry.body.size());
  return history;
}

EntryKeys::EntryKeys(absl::string_view body) : at_(body.data()), end_(body.data() + body.size()) {
  left_ = TakeHeading(at_).keys;
  Read();
}

absl::string_view EntryKeys::key() {
  key_.clear();
  for (const char* at = pieces_.data(); at != pieces_.data() + pieces_.size();) {
    const absl::string_view piece = TakePiece(end_, at);
    key_.append(piece.data(), piece.size());
  }
  return key_;
}

bool EntryKeys::Is(absl::string_view key) const {
  for (const char* at = pieces_.data(); at != pieces_.data() + pieces_.size();) {
    if (!absl::ConsumePrefix(&key, TakePiece(end_, at))) return false;
  }
  return key.empty();
}

void EntryKeys::Next() {
  --left_;
  Read();
}

void EntryKeys::Read() {
  if (left_ > 0) pieces_ = TakeBytes(at_);
}

EntryTerms::EntryTerms(absl::string_view body) : at_(body.data()) {
  const Heading heading = TakeHeading(at_);
  left_ = heading.terms;
  if (left_ > 0) SkipKeys(heading.keys, at_);
  Read();
}

void EntryTerms::Next() {
  --left_;
  Read();
}

void EntryTerms::Read() {
  if (left_ == 0) return;
  const uint64_t bits = TakeVarint(at_);
  term_ = absl::string_view(at_, bits >> 1);
  at_ += bits >> 1;
  const bool has_period = (bits & 1) != 0;
  valid_from_ = has_period ? UnZigZag(TakeVarint(at_)) : kMinTime;
  valid_to_ = has_period ? UnZigZag(TakeVarint(at_)) : kMaxTime;
}

}  // namespace yilan::storage::memory
