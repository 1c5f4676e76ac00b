// Facts in bulk, with a result for each.
//
// A batch is cut into groups by feed partition of the customers; each group is one transaction, and
// the groups run side by side so that a durable store shares its synced commits among them. Facts
// of one subject keep their order. A fact that breaks a rule or conflicts goes to quarantine in a
// transaction of its own and never fails its neighbours.
//
// Thread-safe.
#ifndef YILAN_CORE_INGEST_INGEST_H_
#define YILAN_CORE_INGEST_INGEST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/resolver.h"
#include "storage/record_store.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::core {

// Runs `count` tasks, several at a time, and returns when all are done. The tasks are independent.
using ParallelRunner = std::function<void(size_t count, const std::function<void(size_t)>& task)>;
// Runs them one after the other on the calling thread.
void RunSerially(size_t count, const std::function<void(size_t)>& task);

class Ingest {
 public:
  Ingest(storage::RecordStore& store, const Clock& clock, IdGenerator& ids, Resolver& resolver,
         ParallelRunner parallel)
      : store_(store),
        clock_(clock),
        ids_(ids),
        resolver_(resolver),
        parallel_(std::move(parallel)) {}

  // Takes the facts, each the bytes of one yilan.v1.Fact, and returns a result for each, in order.
  // What has a result other than RETRY is durable.
  std::vector<v1::FactResult> TakeBatch(const Call& call,
                                        absl::Span<const absl::string_view> facts);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  Resolver& resolver_;
  const ParallelRunner parallel_;
};

// The positions of one Ingest stream. Not thread-safe.
//
//   IngestStream stream(ingest);
//   for each message: ASSIGN_OR_RETURN(v1::IngestResponse response, stream.Take(call,
//   message_bytes));
class IngestStream {
 public:
  explicit IngestStream(Ingest& ingest) : ingest_(ingest) {}

  // Answers one IngestRequest, given as bytes. Errors end the stream: MALFORMED_MESSAGE when the
  // bytes are no IngestRequest, INVALID_RESUME_TOKEN, TOO_LARGE when there are more than kMaxBatch
  // facts.
  absl::StatusOr<v1::IngestResponse> Take(const Call& call, absl::string_view request);

  static constexpr size_t kMaxBatch = 5000;

 private:
  Ingest& ingest_;
  bool started_ = false;
  uint64_t position_ = 0;  // Of the next fact.
  uint64_t finished_ = 0;  // Facts before the first RETRY.
  bool stuck_ = false;     // There was a RETRY.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_INGEST_INGEST_H_
