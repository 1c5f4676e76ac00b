// What every call passes before it is served: deadline, authentication, authorization.
#ifndef YILAN_SERVER_CALL_GATE_H_
#define YILAN_SERVER_CALL_GATE_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/call.h"
#include "core/platform.h"
#include "grpc/support/time.h"
#include "server/call/identity.h"
#include "server/call/metadata.h"
#include "server/call/method.h"

namespace yilan::server {

// Who calls, and what serves them.
struct Caller {
  core::Call call;
  core::Platform* platform = nullptr;
  std::shared_ptr<void> hold;  // Keeps `platform` alive where it may go away.
};

// Finds the platform that serves a caller, and may refuse the caller. Thread-safe.
class PlatformSource {
 public:
  virtual ~PlatformSource() = default;
  // Sets caller.platform, and caller.hold if need be. caller.call is complete.
  virtual absl::Status Find(const ArrivedCall& arrived, Caller& caller) = 0;
};

// One platform for everybody.
class OnePlatform final : public PlatformSource {
 public:
  // `platform` outlives this.
  explicit OnePlatform(core::Platform& platform) : platform_(platform) {}
  absl::Status Find(const ArrivedCall&, Caller& caller) override {
    caller.platform = &platform_;
    return absl::OkStatus();
  }

 private:
  core::Platform& platform_;
};

// Decides whether a client may call a method. Thread-safe.
using Authorizer = std::function<absl::Status(const core::Call&, const Method&)>;

struct GateOptions {
  absl::Duration default_deadline = absl::Seconds(10);  // Of a unary call that has none.
  absl::Duration max_deadline = absl::Minutes(10);      // Of any unary call.
  size_t max_message_bytes = size_t{4} << 20;
  // Of an answer: what clients take unless they were told to take more. Not less than 4 MiB, or
  // what a write has stored could be kept from the writer.
  size_t max_answer_bytes = size_t{4} << 20;
  size_t max_in_flight = 4096;  // Calls that are served at a time.
  size_t max_streams = 256;     // Streams that are open at a time.
};

// Thread-safe.
class Gate {
 public:
  // `platforms` outlives this; `authorize` may be empty: then everybody may do everything.
  Gate(const GateOptions& options, PlatformSource& platforms, Authorizer authorize)
      : options_(options), platforms_(platforms), authorize_(std::move(authorize)) {}

  // Lets a call in and fills `caller`, or says why not. `now` is the time of arrival on gRPC's
  // monotonic clock. The default and the greatest deadline are for unary calls only.
  absl::Status Enter(const Method& method, gpr_timespec now, const ArrivedCall& arrived,
                     ClientIdentity& identity, Caller& caller) const;

  const GateOptions& options() const { return options_; }

  // From now on every new call is answered SHUTTING_DOWN.
  void Close() { closed_.store(true, std::memory_order_release); }
  bool closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  const GateOptions options_;
  PlatformSource& platforms_;
  const Authorizer authorize_;
  std::atomic<bool> closed_{false};
};

// Since a time on gRPC's monotonic clock.
int64_t NanosSince(gpr_timespec start);

// The errors of the server's own.
absl::Status ShuttingDownError();
absl::Status BusyError(absl::string_view what);
absl::Status TooLargeError(size_t bytes, size_t max_bytes);
absl::Status AnswerTooLargeError(size_t bytes, size_t max_bytes);
absl::Status MalformedError(absl::string_view message_name);
absl::Status CompressedError();
absl::Status DeadlineError();
absl::Status CancelledError();

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_GATE_H_
