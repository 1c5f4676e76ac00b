// The second transaction of a write: whose customer its subject is.
#ifndef YILAN_CORE_FACTS_RESOLVE_WRITTEN_H_
#define YILAN_CORE_FACTS_RESOLVE_WRITTEN_H_

#include <optional>

#include "core/facts/once.h"
#include "core/identity/resolver.h"
#include "google/protobuf/message.h"
#include "storage/record.h"
#include "yilan/v1/write_result.pb.h"

namespace yilan::core {

// Resolves `waiting`, if there is one, after `once` committed the write that made it wait.
// `result`, a part of `response`, then says where it went, and so will every repetition of
// `request`. If that fails, the write stands as it is and the subject waits on: it is resolved
// later.
void ResolveWritten(Resolver& resolver, const Once& once, std::optional<storage::SubjectId> waiting,
                    const google::protobuf::Message& request,
                    const google::protobuf::Message& response, v1::WriteResult& result);

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_RESOLVE_WRITTEN_H_
