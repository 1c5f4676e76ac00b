// What the core knows of the call that it serves.
#ifndef YILAN_CORE_CALL_H_
#define YILAN_CORE_CALL_H_

#include <string>

#include "absl/time/time.h"
#include "storage/record_store.h"

namespace yilan::core {

// The actor in the change feed of what Yilan decides by itself. The request that it follows from
// stands there with what was written under it; the ledger of identity names both.
inline constexpr char kOwnActor[] = "yilan";

// One authenticated, admitted call. Cheap to pass by reference; never kept after the call.
struct Call {
  std::string client;  // Who calls: the name in its certificate, or "local". Scope of request ids,
                       // and actor in the change feed.
  absl::Time deadline = absl::InfiniteFuture();

  storage::CallOptions storage() const { return {.deadline = deadline}; }
};

}  // namespace yilan::core

#endif  // YILAN_CORE_CALL_H_
