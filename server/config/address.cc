#include "server/config/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace yilan::server {
namespace {

absl::Status Malformed(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no address; write HOST:PORT, [IPV6]:PORT or unix:PATH"));
}

}  // namespace

bool Address::IsLocal() const {
  if (is_unix() || host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Address::ToString() const {
  if (is_unix()) return absl::StrCat("unix:", unix_path);
  if (absl::StrContains(host, ':')) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  Address address;
  if (absl::StartsWith(text, "unix:")) {
    address.unix_path = std::string(text.substr(5));
    if (address.unix_path.empty()) return Malformed(text);
    if (address.unix_path.size() >= sizeof(sockaddr_un{}.sun_path)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the path of a Unix socket has at most ", sizeof(sockaddr_un{}.sun_path) - 1,
                       " bytes; \"", address.unix_path, "\" has ", address.unix_path.size()));
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return Malformed(text);
  absl::string_view host = text.substr(0, colon);
  if (!absl::SimpleAtoi(text.substr(colon + 1), &address.port)) return Malformed(text);
  if (address.port < 0 || address.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(address.port, " is no port; ports are 0 to 65535"));
  }
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  } else if (absl::StrContains(host, ':')) {
    return Malformed(text);
  }
  if (host.empty()) return Malformed(text);
  address.host = std::string(host);
  return address;
}

}  // namespace yilan::server
