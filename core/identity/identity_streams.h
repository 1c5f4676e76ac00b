// What Yilan decided about all source records, read from the whole store piece by piece: pairs that
// are alike, and whose customer each record is.
//
// Each piece is one committed state; nothing is held between two pieces, neither a snapshot nor
// memory. The stream continues behind what it has told, so it ends however much is written
// meanwhile. What that makes of changes made while it runs is said at each.
//
//   ASSIGN_OR_RETURN(PairStream stream, PairStream::Open(store, request));
//   for (bool more = true; more;) {
//     v1::StreamPairsResponse part;
//     ASSIGN_OR_RETURN(more, stream.Next(call, part));  // May be empty, also when there is more.
//   }
//
// Not thread-safe; may be copied. After an error Next may be called again: nothing was skipped.
#ifndef YILAN_CORE_IDENTITY_IDENTITY_STREAMS_H_
#define YILAN_CORE_IDENTITY_IDENTITY_STREAMS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/call.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_links.pb.h"

namespace yilan::core {

// All scored pairs, in the order of the ids of their first subjects. A pair has one place in that
// order for ever, so none is told twice; one that is not scored anew meanwhile is told.
class PairStream {
 public:
  // Errors: INVALID_FIELDS for a probability that is none. `store` outlives the stream.
  static absl::StatusOr<PairStream> Open(storage::RecordStore& store,
                                         const v1::StreamPairsRequest& request);
  // Fills the next part, and says whether there may be more.
  absl::StatusOr<bool> Next(const Call& call, v1::StreamPairsResponse& part);

 private:
  PairStream(storage::RecordStore& store, double min_probability)
      : store_(&store), min_probability_(min_probability) {}

  storage::RecordStore* store_;
  double min_probability_;
  storage::TermCursor cursor_;
};

// The subjects with a source record, in the order of their customers' ids. One that goes to another
// customer while the stream runs may be told twice, the later one being true, or not at all.
class LinkStream {
 public:
  explicit LinkStream(storage::RecordStore& store) : store_(&store) {}
  absl::StatusOr<bool> Next(const Call& call, v1::StreamLinksResponse& part);

 private:
  storage::RecordStore* store_;
  storage::CustomerId after_;
  bool at_end_ = false;
  // Read from one page of customers, and not told yet.
  std::vector<std::pair<storage::SubjectId, storage::CustomerId>> members_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_IDENTITY_STREAMS_H_
