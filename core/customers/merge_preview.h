// What a merge would change, without doing it.
//
// The preview is put together from parts, one for each topic: members, profile, totals, obstacles.
// A topic that shows something else of a customer (loyalty points, consents, segments) adds its
// own:
//   1. a field in PreviewMergeResponse, documented;
//   2. a function that fills it from both customers, a PreviewPart, in the
//      folder of the topic;
//   3. one line in PreviewParts() in merge_preview.cc.
// A part computes what the view of the merged customer would show by the code that makes the view,
// of the records of both; so preview and view cannot differ. What it needs of the store beyond the
// records in MergeSides, it reads by its `reader`.
#ifndef YILAN_CORE_CUSTOMERS_MERGE_PREVIEW_H_
#define YILAN_CORE_CUSTOMERS_MERGE_PREVIEW_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "core/call.h"
#include "core/customers/customer_records.h"
#include "core/survivorship/active_survivorship.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_service.pb.h"

namespace yilan::core {

// The two customers of a merge that is looked at first, on one snapshot.
struct MergeSides {
  storage::Reader& reader;
  const SurvivorshipRules& rules;  // Those that hold.
  TimeMicros now = 0;
  storage::CustomerState into_customer;
  storage::CustomerState from_customer;
  CustomerRecords into;
  CustomerRecords from;
  CustomerRecords merged;  // Those of both.
};

// Fills in what one topic has to say. Errors: those of the reader.
using PreviewPart = absl::Status (*)(const MergeSides& sides, v1::PreviewMergeResponse& response);

// Thread-safe. Errors are those documented at the RPC.
class MergePreview {
 public:
  MergePreview(storage::RecordStore& store, const Clock& clock, ActiveSurvivorship& survivorship)
      : store_(store), clock_(clock), survivorship_(survivorship) {}

  absl::Status Preview(const Call& call, const v1::PreviewMergeRequest& request,
                       v1::PreviewMergeResponse& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  ActiveSurvivorship& survivorship_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_CUSTOMERS_MERGE_PREVIEW_H_
