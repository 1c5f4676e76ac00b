// The C API of MariaDB's client library and nothing around it: what the MySQL backend is compared
// with.
//
//   ASSIGN_OR_RETURN(const auto connection, BareConnection::Connect(socket, database));
//   ASSIGN_OR_RETURN(BareStatement* const load, connection->Prepare("SELECT …"));
//   ASSIGN_OR_RETURN(const uint64_t rows, load->Run({uint64_t{1}, id}));
#ifndef YILAN_TESTS_BENCH_BARE_MYSQL_H_
#define YILAN_TESTS_BENCH_BARE_MYSQL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "mysql.h"
#include "storage/mysql/statement_observer.h"

namespace yilan::bench {

using storage::mysql::Param;

// A prepared statement. Not thread-safe; destroyed before its connection.
class BareStatement {
 public:
  ~BareStatement();
  BareStatement(const BareStatement&) = delete;
  BareStatement& operator=(const BareStatement&) = delete;

  // Runs it and throws its rows away; how many there were.
  absl::StatusOr<uint64_t> Run(absl::Span<const Param> params);

 private:
  friend class BareConnection;
  explicit BareStatement(MYSQL_STMT* statement) : statement_(statement) {}

  MYSQL_STMT* const statement_;
  std::vector<MYSQL_BIND> params_;
  std::vector<MYSQL_BIND> columns_;
  std::vector<std::vector<char>> cells_;
  std::vector<unsigned long> lengths_;  // NOLINT: the API's type.
};

// Not thread-safe.
class BareConnection {
 public:
  // As the user and with the password of MariaDbServer; with the settings of our own connections.
  static absl::StatusOr<std::unique_ptr<BareConnection>> Connect(const std::string& socket,
                                                                 const std::string& database);
  ~BareConnection();
  BareConnection(const BareConnection&) = delete;
  BareConnection& operator=(const BareConnection&) = delete;

  absl::Status Execute(const std::string& sql);
  // Prepares a statement, or finds the one that was prepared of this text before.
  absl::StatusOr<BareStatement*> Prepare(const std::string& sql);

 private:
  explicit BareConnection(MYSQL* mysql) : mysql_(mysql) {}

  MYSQL* const mysql_;
  std::map<std::string, std::unique_ptr<BareStatement>> statements_;
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_BARE_MYSQL_H_
