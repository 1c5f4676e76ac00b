// Calls of methods that the server does not have: answered with a reason, like every other error.
#ifndef YILAN_SERVER_CALL_UNKNOWN_CALL_H_
#define YILAN_SERVER_CALL_UNKNOWN_CALL_H_

#include "grpc/support/time.h"
#include "grpcpp/generic/async_generic_service.h"
#include "server/call/poller.h"
#include "server/call/unary_call.h"

namespace yilan::server {

// Lives on the polling thread and owns itself.
class UnknownCall final : public Tag {
 public:
  // Waits for the next such call. `metric` is the index of the cells in which they are counted.
  static void ArmOne(const CallSurroundings& surroundings, grpc::AsyncGenericService& service,
                     Poller& poller, size_t metric);

  void OnEvent(bool ok) override;

 private:
  UnknownCall(const CallSurroundings& surroundings, grpc::AsyncGenericService& service,
              Poller& poller, size_t metric)
      : surroundings_(surroundings),
        service_(service),
        poller_(poller),
        metric_(metric),
        stream_(&context_) {}

  const CallSurroundings& surroundings_;
  grpc::AsyncGenericService& service_;
  Poller& poller_;
  const size_t metric_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  gpr_timespec arrival_{};
  bool arrived_ = false;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_UNKNOWN_CALL_H_
