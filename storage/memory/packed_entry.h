// How the memory backend lays one record or history entry out in bytes.
//
// An entry is `varint size, varint kind, byte id size, id, body`; entries of a subject lie one
// behind the other in order of (kind, id). History lies behind the records: its kind is
// kHistoryKinds + the fact's kind, and its id is made of (fact id, version, revision) so that bytes
// sort as the parts do. Nothing here checks its input: the bytes never leave the process.
#ifndef YILAN_STORAGE_MEMORY_PACKED_ENTRY_H_
#define YILAN_STORAGE_MEMORY_PACKED_ENTRY_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace yilan::storage::memory {

// Kinds of entries: those of records are below kHistoryKinds.
using EntryKind = uint32_t;
inline constexpr EntryKind kHistoryKinds = 1 << 16;

// Where an entry stands among those of its subject.
struct EntryPlace {
  EntryKind kind = 0;
  absl::string_view id;

  friend std::strong_ordering operator<=>(const EntryPlace& a, const EntryPlace& b) {
    if (a.kind != b.kind) return a.kind <=> b.kind;
    return a.id.compare(b.id) <=> 0;
  }
  friend bool operator==(const EntryPlace& a, const EntryPlace& b) {
    return a.kind == b.kind && a.id == b.id;
  }
};

// An entry in packed bytes; points into them.
struct Entry {
  EntryPlace place;
  absl::string_view body;
  absl::string_view bytes;  // All of it, its size included.
};

Entry ParseEntry(const char* at);

// Appends the packed form.
void PackRecord(const Record& record, std::string& out);
void PackHistory(const HistoryEntry& entry, std::string& out);

// Entry ids of history: those of one fact share the prefix.
std::string HistoryId(const HistoryEntry& entry);
std::string HistoryIdPrefix(absl::string_view fact_id);

// Back from packed form. The entry is one of a record, or of history.
RecordView ViewRecord(SubjectId subject, const Entry& entry);
Record UnpackRecord(SubjectId subject, const Entry& entry);
HistoryEntry UnpackHistory(SubjectId subject, const Entry& entry);
Revision RevisionOfRecord(const Entry& entry);

// Steps through the keys of a record without unpacking the rest. What of a key stands in the
// payload too is not stored twice, so a key is put together when it is asked for.
//   for (EntryKeys key(entry.body); !key.done(); key.Next()) Use(key.key());
class EntryKeys {
 public:
  explicit EntryKeys(absl::string_view body);
  bool done() const { return left_ == 0; }
  // Good until the next call of a method.
  absl::string_view key();
  // Whether it is this key; does not put it together.
  bool Is(absl::string_view key) const;
  void Next();

 private:
  void Read();

  const char* at_;
  const char* end_;  // Of the body.
  uint64_t left_;
  absl::string_view pieces_;
  std::string key_;
};

// The same for terms.
class EntryTerms {
 public:
  explicit EntryTerms(absl::string_view body);
  bool done() const { return left_ == 0; }
  absl::string_view term() const { return term_; }
  TimeMicros valid_from() const { return valid_from_; }
  TimeMicros valid_to() const { return valid_to_; }
  void Next();

 private:
  void Read();

  const char* at_;
  uint64_t left_;
  absl::string_view term_;
  TimeMicros valid_from_ = kMinTime;
  TimeMicros valid_to_ = kMaxTime;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_PACKED_ENTRY_H_
