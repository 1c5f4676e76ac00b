#include "storage/record_store.h"

#include "absl/strings/cord.h"

namespace yilan::storage {
namespace {

// A payload marks the status, so that no other ABORTED is taken for it.
constexpr char kReplanUrl[] = "yilan/replan";

}  // namespace

absl::Status Replan() {
  absl::Status status = absl::AbortedError("the plan of the write is out of date");
  status.SetPayload(kReplanUrl, absl::Cord());
  return status;
}

bool IsReplan(const absl::Status& status) { return status.GetPayload(kReplanUrl).has_value(); }

}  // namespace yilan::storage
