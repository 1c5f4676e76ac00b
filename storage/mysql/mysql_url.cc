#include "storage/mysql/mysql_url.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace yilan::storage::mysql {
namespace {

constexpr char kScheme[] = "mysql://";
constexpr char kForm[] = "expected mysql://USER@HOST:PORT/DATABASE?PARAMETER=VALUE&…";
constexpr char kParameters[] =
    "socket, tls-ca, tls-cert, tls-key, max-connections, connect-timeout, read-timeout";

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the address of the MySQL database: ", what));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

absl::StatusOr<std::string> Decode(absl::string_view text, absl::string_view part) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3 || HexDigit(text[i + 1]) < 0 || HexDigit(text[i + 2]) < 0) {
      return Invalid(absl::StrCat("a % in the ", part,
                                  " is not followed by two hexadecimal digits; write % as %25"));
    }
    decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
    i += 2;
  }
  // It would end the string for the C library, and mean another file or database.
  if (absl::StrContains(decoded, absl::string_view("\0", 1))) {
    return Invalid(absl::StrCat("the ", part, " holds a NUL byte"));
  }
  return decoded;
}

absl::StatusOr<absl::Duration> ParseTimeout(const std::string& value, absl::string_view name,
                                            absl::Duration max) {
  absl::Duration timeout;
  if (!absl::ParseDuration(value, &timeout) || timeout < absl::Seconds(1) || timeout > max) {
    return Invalid(absl::StrCat(name, " must be a time from 1s to ", absl::FormatDuration(max)));
  }
  return timeout;
}

absl::Status SetParameter(const std::string& name, std::string value, MySqlOptions& options) {
  if (value.empty()) return Invalid(absl::StrCat("the parameter ", name, " has no value"));
  if (name == "socket") {
    options.socket = std::move(value);
  } else if (name == "tls-ca") {
    options.tls_ca = std::move(value);
    options.tls_required = true;
  } else if (name == "tls-cert") {
    options.tls_cert = std::move(value);
  } else if (name == "tls-key") {
    options.tls_key = std::move(value);
  } else if (name == "max-connections") {
    int number = 0;
    if (!absl::SimpleAtoi(value, &number) || number < 1 || number > 10000) {
      return Invalid("max-connections must be a number from 1 to 10000");
    }
    options.max_connections = static_cast<size_t>(number);
  } else if (name == "connect-timeout") {
    ASSIGN_OR_RETURN(options.connect_timeout, ParseTimeout(value, name, absl::Minutes(1)));
  } else {
    ASSIGN_OR_RETURN(options.read_timeout, ParseTimeout(value, name, absl::Hours(1)));
  }
  return absl::OkStatus();
}

absl::Status ParseParameters(absl::string_view query, MySqlOptions& options) {
  static constexpr absl::string_view kNames[] = {
      "socket",          "tls-ca",          "tls-cert",    "tls-key",
      "max-connections", "connect-timeout", "read-timeout"};
  std::set<std::string> seen;
  for (const absl::string_view parameter : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    std::string name;
    ASSIGN_OR_RETURN(name, Decode(parts[0], "name of a parameter"));
    if (name == "password") {
      return Invalid(
          "it holds a password, which everybody on this machine could read; take it out and use a "
          "password file or YILAN_MYSQL_PASSWORD");
    }
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) {
      return Invalid(absl::StrCat("there is no parameter ", name, "; there are ", kParameters));
    }
    if (!seen.insert(name).second) {
      return Invalid(absl::StrCat("the parameter ", name, " is given twice"));
    }
    ASSIGN_OR_RETURN(std::string value,
                     Decode(parts.size() > 1 ? parts[1] : absl::string_view(), name));
    RETURN_IF_ERROR(SetParameter(name, std::move(value), options));
  }
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return Invalid("tls-cert and tls-key are given together or not at all");
  }
  if (!options.tls_cert.empty() && options.tls_ca.empty()) {
    return Invalid("tls-cert needs tls-ca: without it the server could be anybody");
  }
  return absl::OkStatus();
}

absl::Status ParseHost(absl::string_view host_port, MySqlOptions& options) {
  absl::string_view host = host_port;
  std::optional<absl::string_view> port;
  if (!host.empty() && host.front() == '[') {
    const size_t end = host.find(']');
    if (end == absl::string_view::npos) return Invalid("the [ of an IPv6 address has no ]");
    const absl::string_view rest = host.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return Invalid(kForm);
    if (!rest.empty()) port = rest.substr(1);
    host = host.substr(1, end - 1);
  } else if (const size_t colon = host.find(':'); colon != absl::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (absl::StrContains(*port, ":")) return Invalid("an IPv6 address is written in [ ]");
  }
  ASSIGN_OR_RETURN(options.host, Decode(host, "host"));
  if (options.host.empty()) return Invalid("the host is missing; write localhost for a socket");
  if (port.has_value() &&
      (!absl::SimpleAtoi(*port, &options.port) || options.port < 1 || options.port > 65535)) {
    return Invalid("the port must be a number from 1 to 65535");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MySqlOptions> ParseMySqlUrl(absl::string_view url) {
  if (!absl::StartsWith(url, kScheme)) return Invalid(kForm);
  url.remove_prefix(sizeof(kScheme) - 1);
  absl::string_view query;
  if (const size_t mark = url.find('?'); mark != absl::string_view::npos) {
    query = url.substr(mark + 1);
    url = url.substr(0, mark);
  }
  const size_t at = url.rfind('@');
  if (at == absl::string_view::npos) return Invalid(absl::StrCat("the user is missing; ", kForm));
  const absl::string_view user = url.substr(0, at);
  if (absl::StrContains(user, ":")) {
    return Invalid(
        "it holds a password, which everybody on this machine could read; take it out and use a "
        "password file or YILAN_MYSQL_PASSWORD");
  }
  url = url.substr(at + 1);
  const size_t slash = url.find('/');
  if (slash == absl::string_view::npos) {
    return Invalid(absl::StrCat("the database is missing; ", kForm));
  }

  MySqlOptions options;
  ASSIGN_OR_RETURN(options.user, Decode(user, "user"));
  if (options.user.empty()) return Invalid(absl::StrCat("the user is missing; ", kForm));
  RETURN_IF_ERROR(ParseHost(url.substr(0, slash), options));
  ASSIGN_OR_RETURN(options.database, Decode(url.substr(slash + 1), "database"));
  if (options.database.empty()) return Invalid(absl::StrCat("the database is missing; ", kForm));
  if (absl::StrContains(options.database, "/")) {
    return Invalid("the name of the database holds a /");
  }
  RETURN_IF_ERROR(ParseParameters(query, options));
  return options;
}

std::string DescribeMySql(const MySqlOptions& options) {
  const std::string host =
      absl::StrContains(options.host, ":") ? absl::StrCat("[", options.host, "]") : options.host;
  const std::string place = options.socket.empty() ? absl::StrCat(host, ":", options.port) : host;
  return absl::StrCat("mysql://", options.user, "@", place, "/", options.database, " (",
                      options.socket.empty() ? "" : absl::StrCat("socket ", options.socket, ", "),
                      options.tls_required ? "TLS, " : "", "at most ", options.max_connections,
                      options.max_connections == 1 ? " connection)" : " connections)");
}

}  // namespace yilan::storage::mysql
