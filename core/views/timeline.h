// Everything that happened to one customer, newest first, over all kinds of fact and source
// systems.
//
// The order is that of core/views/fact_pages.h. A page token holds for the customer and the kinds
// it was made for; when the customer was taken into another one meanwhile it is INVALID_PAGE_TOKEN,
// since what the other one has would be missing from the pages that were read.
#ifndef YILAN_CORE_VIEWS_TIMELINE_H_
#define YILAN_CORE_VIEWS_TIMELINE_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "core/call.h"
#include "storage/record_store.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::core {

// Thread-safe.
class Timeline {
 public:
  Timeline(storage::RecordStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // One page. Its cost does not depend on how deep the page lies. Errors are those documented at
  // the RPC.
  absl::Status List(const Call& call, const v1::ListTimelineRequest& request,
                    v1::ListTimelineResponse& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_TIMELINE_H_
