// From the errors of core to those on the wire.
#ifndef YILAN_SERVER_CALL_ERROR_STATUS_H_
#define YILAN_SERVER_CALL_ERROR_STATUS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace yilan::server {

// The same code and message, and the payloads as google.rpc.Status in the trailer
// grpc-status-details-bin. There is exactly one ErrorInfo, also for an error that came without.
//
// Clients refuse trailers above 8 KiB unless told otherwise and would report RESOURCE_EXHAUSTED in
// place of the error, so what exceeds kMaxDetailBytes is cut: long messages, then the last field
// violations, whose number is kept in a violation of its own.
grpc::Status ToGrpcStatus(const absl::Status& status);

inline constexpr size_t kMaxDetailBytes = 4096;
inline constexpr size_t kMaxMessageBytes = 1024;

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_ERROR_STATUS_H_
