#include "storage/mysql/migrations.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace yilan::storage::mysql {
namespace {

// The others wait as long as the longest step may take.
constexpr uint64_t kLockSeconds = 600;

struct Applied {
  std::string checksum;
};

absl::StatusOr<std::map<int, Applied>> ReadApplied(Session& session) {
  std::map<int, Applied> applied;
  uint64_t tables = 0;
  RETURN_IF_ERROR(
      session.Query("SELECT COUNT(*) FROM information_schema.tables"
                    " WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'",
                    {}, [&](const RowView& row) {
                      tables = row.number(0);
                      return absl::OkStatus();
                    }));
  if (tables == 0) return applied;
  RETURN_IF_ERROR(session.Query("SELECT number, checksum FROM schema_migrations ORDER BY number",
                                {}, [&](const RowView& row) {
                                  applied[static_cast<int>(row.number(0))] = {
                                      std::string(row.bytes(1))};
                                  return absl::OkStatus();
                                }));
  return applied;
}

absl::Status CheckApplied(const std::map<int, Applied>& applied, absl::Span<const Migration> all) {
  const int known = static_cast<int>(all.size());
  for (const auto& [number, one] : applied) {
    if (number == known + 1) continue;  // The next program's, which leaves us what we need.
    if (number > known) {
      return absl::FailedPreconditionError(
          absl::StrCat("the database has migration ", number, ", this program knows ", known,
                       " and gets along with one more: use a newer yilan-server"));
    }
    if (one.checksum != all[static_cast<size_t>(number - 1)].checksum) {
      return absl::FailedPreconditionError(
          absl::StrCat("migration ", number,
                       " of the database is not the one of this program: it "
                       "was made by a build of other sources"));
    }
  }
  return absl::OkStatus();
}

absl::Status Apply(Session& session, const Migration& migration) {
  for (const std::string& statement : StatementsOf(migration.sql)) {
    RETURN_IF_ERROR(session.Execute(statement.c_str()));
  }
  return session
      .Update(
          "INSERT INTO schema_migrations (number, name, checksum, applied_time)"
          " VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
          {static_cast<uint64_t>(migration.number), migration.name, migration.checksum})
      .status();
}

absl::StatusOr<std::vector<int>> MigrateLocked(Session& session, int to,
                                               absl::Span<const Migration> all) {
  RETURN_IF_ERROR(
      session.Execute("CREATE TABLE IF NOT EXISTS schema_migrations ("
                      " number INT UNSIGNED NOT NULL PRIMARY KEY,"
                      " name VARBINARY(64) NOT NULL,"
                      " checksum VARBINARY(64) NOT NULL,"
                      " applied_time DATETIME(6) NOT NULL) ENGINE = InnoDB"));
  ASSIGN_OR_RETURN(const auto applied, ReadApplied(session));
  RETURN_IF_ERROR(CheckApplied(applied, all));
  std::vector<int> done;
  for (const Migration& migration : all) {
    if (migration.number > to || applied.contains(migration.number)) continue;
    RETURN_IF_ERROR(Apply(session, migration));
    done.push_back(migration.number);
  }
  return done;
}

}  // namespace

std::vector<std::string> StatementsOf(absl::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  for (const absl::string_view line : absl::StrSplit(sql, '\n')) {
    if (absl::StartsWith(line, "--")) continue;
    if (line.empty()) continue;
    absl::StrAppend(&statement, statement.empty() ? "" : "\n", line);
    if (!absl::EndsWith(line, ";")) continue;
    statement.pop_back();
    statements.push_back(std::move(statement));
    statement.clear();
  }
  if (!statement.empty()) statements.push_back(std::move(statement));
  return statements;
}

absl::StatusOr<std::vector<int>> Migrate(Session& session, int to,
                                         absl::Span<const Migration> all) {
  RETURN_IF_ERROR(session.SetMode(Session::Mode::kRead));
  uint64_t locked = 0;
  RETURN_IF_ERROR(session.Query("SELECT GET_LOCK(CONCAT('yilan/', DATABASE()), ?)", {kLockSeconds},
                                [&](const RowView& row) {
                                  locked = row.number(0);
                                  return absl::OkStatus();
                                }));
  if (locked == 0) {
    return absl::UnavailableError("another migration of this database has run for ten minutes");
  }
  absl::StatusOr<std::vector<int>> done = MigrateLocked(session, to, all);
  // The lock goes with the connection in any case.
  session
      .Query("SELECT RELEASE_LOCK(CONCAT('yilan/', DATABASE()))", {},
             [](const RowView&) { return absl::OkStatus(); })
      .IgnoreError();
  return done;
}

absl::StatusOr<int> SchemaVersion(Session& session, absl::Span<const Migration> all) {
  ASSIGN_OR_RETURN(const auto applied, ReadApplied(session));
  RETURN_IF_ERROR(CheckApplied(applied, all));
  return applied.empty() ? 0 : applied.rbegin()->first;
}

absl::Status CheckSchema(Session& session, absl::Span<const Migration> all) {
  ASSIGN_OR_RETURN(const int version, SchemaVersion(session, all));
  const int needed = static_cast<int>(all.size());
  if (version >= needed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the database has schema ", version, ", this program needs ", needed,
                   ": run `yilan-server migrate` with the same --storage"));
}

}  // namespace yilan::storage::mysql
