// What so many source records share that it tells nobody apart.
#ifndef YILAN_CORE_IDENTITY_SUSPECTS_H_
#define YILAN_CORE_IDENTITY_SUSPECTS_H_

#include "absl/status/status.h"
#include "core/call.h"
#include "core/identity/match_models.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_links.pb.h"

namespace yilan::core {

// Thread-safe. Errors are those documented at the RPC.
class Suspects {
 public:
  Suspects(storage::RecordStore& store, const MatchModels& models)
      : store_(store), models_(models) {}

  absl::Status List(const Call& call, const v1::ListSuspectsRequest& request,
                    v1::ListSuspectsResponse& response);

 private:
  storage::RecordStore& store_;
  const MatchModels& models_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_SUSPECTS_H_
