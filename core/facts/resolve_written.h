// The second transaction of a write: whose customer its subject is.
#ifndef YILAN_CORE_FACTS_RESOLVE_WRITTEN_H_
#define YILAN_CORE_FACTS_RESOLVE_WRITTEN_H_

#include "absl/status/status.h"
#include "core/facts/once.h"
#include "core/identity/resolver.h"
#include "google/protobuf/message.h"
#include "storage/record.h"
#include "yilan/v1/write_result.pb.h"

namespace yilan::core {

// Resolves `waiting` after `once` committed the write that made it wait, with a provisional answer.
// `result`, a part of `response`, then says where it went, and so will every repetition of
// `request`. If it cannot be resolved now, the write and its answer stand and the subject waits on:
// it is resolved later. Errors: UNKNOWN when the write stands, but not its answer.
absl::Status ResolveWritten(Resolver& resolver, const Once& once, storage::SubjectId waiting,
                            const google::protobuf::Message& request,
                            google::protobuf::Message& response, v1::WriteResult& result);

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_RESOLVE_WRITTEN_H_
