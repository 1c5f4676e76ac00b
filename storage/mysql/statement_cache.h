// The prepared statements of one connection, by their SQL text.
#ifndef YILAN_STORAGE_MYSQL_STATEMENT_CACHE_H_
#define YILAN_STORAGE_MYSQL_STATEMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace sql {
class PreparedStatement;
}

namespace yilan::storage::mysql {

// Keeps those used last, up to a number: each costs memory here and at the server, which limits
// them over all connections (max_prepared_stmt_count, 16382). Not thread-safe. Destroyed before its
// connection.
class StatementCache {
 public:
  explicit StatementCache(size_t capacity);
  ~StatementCache();

  // Null if it is not there. Good until the next Insert() or Erase().
  sql::PreparedStatement* Find(absl::string_view sql);
  sql::PreparedStatement& Insert(const std::string& sql,
                                 std::unique_ptr<sql::PreparedStatement> statement);
  void Erase(absl::string_view sql);
  void Clear();

 private:
  struct Entry {
    std::string sql;
    std::unique_ptr<sql::PreparedStatement> statement;
  };

  const size_t capacity_;
  std::list<Entry> entries_;  // The one used last is first.
  absl::flat_hash_map<absl::string_view, std::list<Entry>::iterator> by_sql_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_STATEMENT_CACHE_H_
