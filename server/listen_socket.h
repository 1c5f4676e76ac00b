// Listening sockets.
#ifndef YILAN_SERVER_LISTEN_SOCKET_H_
#define YILAN_SERVER_LISTEN_SOCKET_H_

#include "absl/status/statusor.h"
#include "server/config/address.h"

namespace yilan::server {

// Binds and listens; returns the socket, which does not block, and sets address.port to the one
// that was chosen if it was 0. The socket file of a server that was killed is taken over.
// UNAVAILABLE when the address cannot be had, INVALID_ARGUMENT when there is no such address.
absl::StatusOr<int> ListenOn(Address& address);

}  // namespace yilan::server

#endif  // YILAN_SERVER_LISTEN_SOCKET_H_
