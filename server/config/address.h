// Where a server listens.
#ifndef YILAN_SERVER_CONFIG_ADDRESS_H_
#define YILAN_SERVER_CONFIG_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace yilan::server {

// "HOST:PORT" ("[::1]:50051" for IPv6; port 0 for any that is free) or "unix:PATH".
struct Address {
  std::string host;
  int port = 0;
  std::string unix_path;  // Empty for TCP.

  bool is_unix() const { return !unix_path.empty(); }
  // Whether only this machine can connect: a Unix socket, localhost, 127.0.0.0/8 or ::1.
  bool IsLocal() const;
  std::string ToString() const;
};

absl::StatusOr<Address> ParseAddress(absl::string_view text);

}  // namespace yilan::server

#endif  // YILAN_SERVER_CONFIG_ADDRESS_H_
