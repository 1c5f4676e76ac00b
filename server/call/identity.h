// Who calls: authentication, by the connection's certificate or its being local.
#ifndef YILAN_SERVER_CALL_IDENTITY_H_
#define YILAN_SERVER_CALL_IDENTITY_H_

#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc/grpc.h"

struct grpc_auth_context;

namespace yilan::server {

// The name of callers on plaintext over loopback or a Unix socket.
inline constexpr char kLocalClient[] = "local";
// The name of callers that came from elsewhere and showed no certificate: TLS without a client CA,
// or plaintext with --insecure.
inline constexpr char kAnonymousClient[] = "anonymous";

// The identities of the callers on a server. Every polling thread has one of its own: not
// thread-safe.
//
// With client certificates the name is that of the certificate: its first DNS name, else its first
// URI, else its common name. Names are read once per connection and remembered, since reading them
// costs as much as a short call.
class ClientIdentity {
 public:
  // Callers that show no certificate are called `unnamed`. `certificates` says whether callers may
  // show one: whether the server speaks TLS and checks client certificates.
  ClientIdentity(absl::string_view unnamed, bool certificates);
  ~ClientIdentity();
  ClientIdentity(const ClientIdentity&) = delete;
  ClientIdentity& operator=(const ClientIdentity&) = delete;

  // Sets `client` to the caller's name. UNAUTHENTICATED when its certificate has none that can be
  // used.
  absl::Status Identify(grpc_call* call, std::string& client);

 private:
  struct Connection {
    grpc_auth_context* context = nullptr;  // Held, so that no other connection gets its address.
    std::string client;
  };
  const std::string unnamed_;
  const bool certificates_;
  std::array<Connection, 256>
      connections_;  // By a hash of the address; a newer one takes the place.
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_IDENTITY_H_
