#include "tests/bench/bare_mysql.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/mysql/mariadb_server.h"

namespace yilan::bench {
namespace {

// What a column is read into; longer values are cut, which costs no less.
constexpr size_t kCellBytes = 4096;

absl::Status ErrorOf(MYSQL* mysql) {
  return absl::InternalError(absl::StrCat(mysql_errno(mysql), ": ", mysql_error(mysql)));
}
absl::Status ErrorOf(MYSQL_STMT* statement) {
  return absl::InternalError(
      absl::StrCat(mysql_stmt_errno(statement), ": ", mysql_stmt_error(statement)));
}

MYSQL_BIND BindOf(const Param& param) {
  MYSQL_BIND bind = {};
  if (const auto* bytes = std::get_if<absl::string_view>(&param)) {
    bind.buffer_type = MYSQL_TYPE_BLOB;
    bind.buffer = const_cast<char*>(bytes->data());
    bind.buffer_length = bytes->size();
  } else if (const auto* number = std::get_if<uint64_t>(&param)) {
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = const_cast<uint64_t*>(number);
    bind.is_unsigned = true;
  } else if (const auto* signed_number = std::get_if<int64_t>(&param)) {
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = const_cast<int64_t*>(signed_number);
  } else {
    bind.buffer_type = MYSQL_TYPE_NULL;
  }
  return bind;
}

}  // namespace

BareStatement::~BareStatement() { mysql_stmt_close(statement_); }

absl::StatusOr<uint64_t> BareStatement::Run(absl::Span<const Param> params) {
  params_.clear();
  for (const Param& param : params) params_.push_back(BindOf(param));
  if (!params_.empty() && mysql_stmt_bind_param(statement_, params_.data()) != 0) {
    return ErrorOf(statement_);
  }
  if (mysql_stmt_execute(statement_) != 0) return ErrorOf(statement_);
  const unsigned columns = mysql_stmt_field_count(statement_);
  if (columns == 0) return uint64_t{0};
  if (columns_.empty()) {
    columns_.resize(columns);
    lengths_.resize(columns);
    cells_.assign(columns, std::vector<char>(kCellBytes));
    for (unsigned i = 0; i < columns; ++i) {
      columns_[i] = {};
      columns_[i].buffer_type = MYSQL_TYPE_BLOB;
      columns_[i].buffer = cells_[i].data();
      columns_[i].buffer_length = kCellBytes;
      columns_[i].length = &lengths_[i];
    }
    if (mysql_stmt_bind_result(statement_, columns_.data()) != 0) return ErrorOf(statement_);
  }
  uint64_t rows = 0;
  for (;;) {
    const int fetched = mysql_stmt_fetch(statement_);
    if (fetched == MYSQL_NO_DATA) break;
    if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED) return ErrorOf(statement_);
    ++rows;
  }
  mysql_stmt_free_result(statement_);
  return rows;
}

absl::StatusOr<std::unique_ptr<BareConnection>> BareConnection::Connect(
    const std::string& socket, const std::string& database) {
  MYSQL* const mysql = mysql_init(nullptr);
  if (mysql == nullptr) return absl::ResourceExhaustedError("mysql_init");
  std::unique_ptr<BareConnection> connection(new BareConnection(mysql));
  const std::string user(MariaDbServer::user());
  const std::string password(MariaDbServer::password());
  if (mysql_real_connect(mysql, nullptr, user.c_str(), password.c_str(), database.c_str(), 0,
                         socket.c_str(), 0) == nullptr) {
    return ErrorOf(mysql);
  }
  RETURN_IF_ERROR(connection->Execute("SET NAMES binary"));
  return connection;
}

BareConnection::~BareConnection() {
  statements_.clear();
  mysql_close(mysql_);
}

absl::Status BareConnection::Execute(const std::string& sql) {
  if (mysql_real_query(mysql_, sql.data(), sql.size()) != 0) return ErrorOf(mysql_);
  if (MYSQL_RES* const result = mysql_store_result(mysql_)) mysql_free_result(result);
  return absl::OkStatus();
}

absl::StatusOr<BareStatement*> BareConnection::Prepare(const std::string& sql) {
  std::unique_ptr<BareStatement>& statement = statements_[sql];
  if (statement == nullptr) {
    statement.reset(new BareStatement(mysql_stmt_init(mysql_)));
    if (mysql_stmt_prepare(statement->statement_, sql.data(), sql.size()) != 0) {
      return ErrorOf(statement->statement_);
    }
  }
  return statement.get();
}

}  // namespace yilan::bench
