#include "core/facts/resolve_written.h"

#include "base/status_macros.h"
#include "core/facts/keys.h"

namespace yilan::core {

void ResolveWritten(Resolver& resolver, const Once& once, std::optional<storage::SubjectId> waiting,
                    const google::protobuf::Message& request,
                    const google::protobuf::Message& response, v1::WriteResult& result) {
  if (!waiting.has_value()) return;
  const v1::WriteResult before = result;
  const auto body = [&](storage::Transaction& txn, const IdentityEdit& edit) -> absl::Status {
    result = before;
    result.set_identity_conflict(edit.HasConflict(*waiting));
    ASSIGN_OR_RETURN(const storage::CustomerState customer, txn.GetCustomer(*waiting));
    result.set_customer_id(customer.customer.ToString());
    result.set_customer_etag(EtagOf(customer.revision));
    return once.Amend(txn, request, response);
  };
  auto resolved = resolver.Resolve(once.call, {*waiting}, {.request = once.Key(), .body = body});
  // Whether the answer was changed is not known: the next attempt finds out, or changes it.
  if (absl::IsUnknown(resolved.status())) {
    resolved = resolver.Resolve(once.call, {*waiting}, {.request = once.Key(), .body = body});
  }
  if (!resolved.ok()) result = before;
}

}  // namespace yilan::core
