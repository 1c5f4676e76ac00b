#include "storage/mysql/statement_cache.h"

#include <cppconn/prepared_statement.h>

#include <utility>

namespace yilan::storage::mysql {

StatementCache::StatementCache(size_t capacity) : capacity_(capacity) {}
StatementCache::~StatementCache() = default;

sql::PreparedStatement* StatementCache::Find(absl::string_view sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement.get();
}

sql::PreparedStatement& StatementCache::Insert(const std::string& sql,
                                               std::unique_ptr<sql::PreparedStatement> statement) {
  Erase(sql);
  if (entries_.size() >= capacity_) {
    by_sql_.erase(entries_.back().sql);
    entries_.pop_back();
  }
  entries_.push_front({.sql = sql, .statement = std::move(statement)});
  by_sql_.emplace(entries_.front().sql, entries_.begin());
  return *entries_.front().statement;
}

void StatementCache::Erase(absl::string_view sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) return;
  const auto entry = found->second;
  by_sql_.erase(found);
  entries_.erase(entry);
}

void StatementCache::Clear() {
  by_sql_.clear();
  entries_.clear();
}

}  // namespace yilan::storage::mysql
