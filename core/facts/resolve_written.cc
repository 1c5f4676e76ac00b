#include "core/facts/resolve_written.h"

#include <optional>

#include "base/fault_points.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"

namespace yilan::core {

absl::Status ResolveWritten(Resolver& resolver, const Once& once, storage::SubjectId waiting,
                            const google::protobuf::Message& request,
                            google::protobuf::Message& response, v1::WriteResult& result) {
  const v1::WriteResult before = result;
  const auto body = [&](storage::Transaction& txn, const IdentityEdit& edit) -> absl::Status {
    result = before;
    result.set_identity_conflict(edit.HasConflict(waiting));
    ASSIGN_OR_RETURN(const storage::CustomerState customer, txn.GetCustomer(waiting));
    result.set_customer_id(customer.customer.ToString());
    result.set_customer_etag(EtagOf(customer.revision));
    return once.Settle(txn, request, response);
  };
  const Resolver::Along along = {.request = once.Key(), .body = body};
  absl::Status resolved = resolver.Resolve(once.call, {waiting}, along).status();
  // Whether the answer was settled is not known: the next attempt finds out, or settles it.
  if (absl::IsUnknown(resolved)) resolved = resolver.Resolve(once.call, {waiting}, along).status();
  if (resolved.ok()) return absl::OkStatus();
  // What is answered now must be the answer for good.
  result = before;
  const absl::Status settled = once.store.Write(
      {.call = once.call.storage(), .actor = once.call.client, .recorded_time = once.now},
      [&](storage::Reader&) { return storage::WritePlan{.request = once.Key()}; },
      [&](storage::Transaction& txn) { return once.Settle(txn, request, response); });
  if (settled.ok()) return absl::OkStatus();
  return FromStore(absl::UnknownError(
      "the fact is stored; send the request again to learn which customer it belongs to"));
}

}  // namespace yilan::core
