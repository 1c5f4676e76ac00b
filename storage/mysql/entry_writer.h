// EntryWriter: turns what a transaction has written into statements, few and long.
//
// Everything happens on one connection within its transaction; the caller commits. Not thread-safe.
#ifndef YILAN_STORAGE_MYSQL_ENTRY_WRITER_H_
#define YILAN_STORAGE_MYSQL_ENTRY_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "storage/mysql/entries.h"
#include "storage/mysql/session.h"
#include "storage/rows/row_commit.h"

namespace yilan::storage::mysql {

using MembersByCustomer = absl::flat_hash_map<CustomerId, std::vector<SubjectId>>;

class EntryWriter {
 public:
  explicit EntryWriter(Session& session) : session_(session) {}

  // What a transaction knows of the rows that it replaces, because it has locked them. What is new
  // and turns out not to be is a duplicate (IsDuplicate).
  struct Before {
    const MembersByCustomer& members;              // Of the customers that have a row.
    const absl::flat_hash_set<std::string>& keys;  // That somebody holds.
    // Keys that nobody holds, and nobody may take before the caller commits.
    std::vector<std::string> guarded_keys;
  };
  // Writes the rows of `commit`, without its changes and counters.
  absl::Status WriteRows(const rows::RowCommit& commit, const Before& before);
  // The same of an import, where nothing has to be new.
  absl::Status WriteImportedRows(const rows::RowCommit& commit,
                                 const MembersByCustomer& members_before);
  // Gives the changes their sequences, and counts. Locks the counters, so it comes last.
  absl::Status WriteFeed(const rows::RowCommit& commit);

 private:
  struct Entry {
    Space space;
    std::string owner;
    std::string name;
    uint64_t revision = 0;
    absl::string_view value;
  };

  // By what has to be done with them.
  struct Sorted {
    std::vector<Entry> inserted;  // A duplicate is an error.
    std::vector<Entry> replaced;
    std::vector<Entry> deleted;
  };

  static Sorted Sort(const rows::RowCommit& commit, const MembersByCustomer& members_before,
                     absl::FunctionRef<bool(Space, const std::string& row)> is_new);
  absl::Status WriteAll(Sorted& sorted);
  absl::Status Write(absl::Span<const Entry> entries, bool replace);
  absl::Status Delete(absl::Span<const Entry> entries);
  static void AddMembers(const rows::RowCommit& commit, const MembersByCustomer& before,
                         std::vector<Entry>& replaced, std::vector<Entry>& deleted);

  Session& session_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_ENTRY_WRITER_H_
