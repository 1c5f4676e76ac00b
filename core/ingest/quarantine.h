// Facts that could not be taken, kept with their bytes and the reason until somebody mends or
// discards them.
//
// They are records of customers of Yilan's own (core/identity/own_customers.h), one per feed
// partition, so that keeping one is audited and in the change feed like any other write.
// Thread-safe. Errors are those documented at the RPCs.
#ifndef YILAN_CORE_INGEST_QUARANTINE_H_
#define YILAN_CORE_INGEST_QUARANTINE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/errors.h"
#include "core/identity/resolver.h"
#include "storage/record_store.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::core {

class Quarantine {
 public:
  Quarantine(storage::RecordStore& store, const Clock& clock, IdGenerator& ids, Resolver& resolver)
      : store_(store), clock_(clock), ids_(ids), resolver_(resolver) {}

  // One fact that could not be taken.
  struct Rejected {
    absl::string_view original;
    v1::FactOutcome outcome;  // CONFLICT or REJECTED.
    std::vector<Violation> violations;
  };
  // Keeps them, in one transaction; the same bytes from the same client are kept once, and counted.
  // Returns their ids, in order.
  static absl::StatusOr<std::vector<std::string>> Keep(storage::RecordStore& store,
                                                       IdGenerator& ids, const Call& call,
                                                       TimeMicros now,
                                                       const std::vector<Rejected>& rejected);

  absl::Status List(const Call& call, const v1::ListQuarantinedFactsRequest& request,
                    v1::ListQuarantinedFactsResponse& response);
  absl::Status Fix(const Call& call, const v1::FixQuarantinedFactRequest& request,
                   v1::FixQuarantinedFactResponse& response);
  absl::Status Replay(const Call& call, const v1::ReplayQuarantinedFactsRequest& request,
                      v1::ReplayQuarantinedFactsResponse& response);
  absl::Status Delete(const Call& call, const v1::DeleteQuarantinedFactRequest& request,
                      v1::DeleteQuarantinedFactResponse& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  Resolver& resolver_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_INGEST_QUARANTINE_H_
