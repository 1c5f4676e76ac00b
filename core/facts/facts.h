// Single facts of any kind: the RPCs Upsert…, Get…, List… and Delete… of every service.
//
// Thread-safe. The request and response are the messages of one such RPC of one kind; their fields
// have the same names and numbers for all kinds. Requests were validated against their FieldRules
// before. Errors are those documented at the RPCs.
#ifndef YILAN_CORE_FACTS_FACTS_H_
#define YILAN_CORE_FACTS_FACTS_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/resolver.h"
#include "google/protobuf/message.h"
#include "storage/record_store.h"

namespace yilan::core {

class Facts {
 public:
  Facts(storage::RecordStore& store, const Clock& clock, IdGenerator& ids, Resolver& resolver)
      : store_(store), clock_(clock), ids_(ids), resolver_(resolver) {}

  absl::Status Upsert(const Call& call, const google::protobuf::Message& request,
                      google::protobuf::Message& response);
  absl::Status Get(const Call& call, const google::protobuf::Message& request,
                   google::protobuf::Message& response);
  absl::Status List(const Call& call, const google::protobuf::Message& request,
                    google::protobuf::Message& response);
  absl::Status Delete(const Call& call, const google::protobuf::Message& request,
                      google::protobuf::Message& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  Resolver& resolver_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_FACTS_H_
