// The address of a MySQL database as the --storage flag takes it.
//
//   mysql://yilan@db.example.net:3306/yilan?tls-ca=/etc/yilan/ca.pem&max-connections=64
//   mysql://yilan@localhost/yilan?socket=/run/mysqld/mysqld.sock
//
// Parameters, each at most once; every part may hold %-escapes:
//   socket            path of a unix socket; host and port are not used then
//   tls-ca            CA certificates (PEM): TLS is required, and the server's certificate must
//                     name the host
//   tls-cert tls-key  the client's own certificate and key (PEM); only with tls-ca
//   max-connections   1 to 10000, default 32
//   connect-timeout   such as 2s (the default), at least 1s, at most 1m; rounded up to seconds
//   read-timeout      such as 30s (the default), at least 1s, at most 1h: the longest one statement
//                     may take
#ifndef YILAN_STORAGE_MYSQL_MYSQL_URL_H_
#define YILAN_STORAGE_MYSQL_MYSQL_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/mysql/mysql_options.h"

namespace yilan::storage::mysql {

// INVALID_ARGUMENT says what is wrong, and never repeats the URL, which may hold a secret. A
// password in the URL is refused: command lines are visible to everybody on the machine.
absl::StatusOr<MySqlOptions> ParseMySqlUrl(absl::string_view url);

// For logs: "mysql://yilan@db.example.net:3306/yilan (TLS, at most 32 connections)". Without the
// password.
std::string DescribeMySql(const MySqlOptions& options);

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_MYSQL_URL_H_
