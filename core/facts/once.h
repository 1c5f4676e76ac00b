// Writes that happen once: a request repeated under its id is answered as the first time.
#ifndef YILAN_CORE_FACTS_ONCE_H_
#define YILAN_CORE_FACTS_ONCE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "core/call.h"
#include "google/protobuf/message.h"
#include "storage/record_store.h"

namespace yilan::core {

// One write under a request id.
//
//   const Once once{store, call, now, request.request_id(), request.validate_only()};
//   RETURN_IF_ERROR(once.Write(request, response, plan, body));
struct Once {
  storage::RecordStore& store;
  const Call& call;
  TimeMicros now;
  std::string request_id;
  bool validate_only = false;

  // Runs RecordStore::Write with `plan` and `body`, which fills `response`, and remembers the
  // response under the request id. If the caller's client sent the same request under this id
  // before, `response` is the one given then and nothing is run; if it was another request, the
  // error is REQUEST_ID_REUSED. With validate_only everything is run and nothing is written. Errors
  // of the store come back with their reasons.
  //
  // If `*provisional` is true after the body, a second transaction of the call is to settle the
  // answer. Whoever sends the request again before that is given the provisional answer, which is
  // then the answer for good.
  absl::Status Write(const google::protobuf::Message& request, google::protobuf::Message& response,
                     absl::FunctionRef<absl::StatusOr<storage::WritePlan>(storage::Reader&)> plan,
                     absl::FunctionRef<absl::Status(storage::Transaction&)> body,
                     const bool* provisional = nullptr) const;

  // What the answer is remembered under.
  storage::RequestKey Key() const;
  // In a transaction whose plan names Key(): remembers `response` as the answer to a request whose
  // answer is provisional; otherwise sets it to the answer that there is.
  absl::Status Settle(storage::Transaction& txn, const google::protobuf::Message& request,
                      google::protobuf::Message& response) const;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_ONCE_H_
