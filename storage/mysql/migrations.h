// Migrations: the numbered steps that make and change the tables of a store.
//
// They are the files migrations/NNNN_name.sql, embedded at build. Each is applied once, in order; a
// table of the database says which were, with a checksum of what was run.
//
// A step never takes away what the program of the step before it needs (expand first, contract in a
// later version): a program runs on its own schema and on the next one, so that servers go on while
// the database is migrated ahead of them. MySQL commits each change of a table by itself, so a step
// may be cut off in its middle: its statements are such that it can be run again.
#ifndef YILAN_STORAGE_MYSQL_MIGRATIONS_H_
#define YILAN_STORAGE_MYSQL_MIGRATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/mysql/mysql_options.h"
#include "storage/mysql/session.h"

namespace yilan::storage::mysql {

struct Migration {
  int number = 0;              // From 1, without gaps.
  absl::string_view name;      // "entries"
  absl::string_view sql;       // Statements, each ended by a semicolon at the end of a line.
  absl::string_view checksum;  // SHA-256 of the file, hexadecimal.
};

// All of them, in order.
absl::Span<const Migration> AllMigrations();
// The statements of a migration, without comments.
std::vector<std::string> StatementsOf(absl::string_view sql);

// Applies the migrations that the database lacks, up to `to`; returns their numbers. Any number of
// hosts may run it at once: one works, the others wait for it. A step that was cut off is run
// again, for which its statements allow.
//   FAILED_PRECONDITION   the database has a migration with another checksum, or is more than one
//                         step ahead of `all`
absl::StatusOr<std::vector<int>> Migrate(Session& session, int to,
                                         absl::Span<const Migration> all = AllMigrations());

// The newest migration that the database has; 0 for an empty one.
absl::StatusOr<int> SchemaVersion(Session& session,
                                  absl::Span<const Migration> all = AllMigrations());

// OK when the database has what this program reads and writes; FAILED_PRECONDITION says which
// command makes it so.
absl::Status CheckSchema(Session& session, absl::Span<const Migration> all = AllMigrations());

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_MIGRATIONS_H_
