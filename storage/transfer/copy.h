// Copying a whole store while it is being written, without a snapshot that stays open for long.
//
//   1. Scan: the end of each partition of the feed is remembered; customers are read in order of
//      id, in pages, each page in a snapshot of its own, with their records and history.
//   2. Catch-up: the changes behind the remembered ends are read, and what they touched is read
//      again, until only little is left.
//   3. The end: the rest, the requests and the bounds of the feed, on one state of the source. The
//      sink is what the source was then.
//
// A record, a subject or a key that moves between two pages is read twice or not at all by the
// scan; but then its customers were written to, and the catch-up reads them again. Where the source
// has forgotten changes before they were read, the scan begins anew, and what the source no longer
// has is found by comparing.
//
// It can be stopped or cut off at any time; the same copy then goes on where the sink last
// committed.
#ifndef YILAN_STORAGE_TRANSFER_COPY_H_
#define YILAN_STORAGE_TRANSFER_COPY_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/record_store.h"
#include "storage/transfer/control.h"
#include "storage/transfer/sink.h"

namespace yilan::storage::transfer {

struct CopyOptions {
  // Names the source, without secrets: what is resumed must be of the same.
  std::string source;
  // Once caught up, goes on catching up until stop is requested; then does the last of it. Else
  // that comes as soon as it has caught up.
  bool follow = false;
  // Customers read in one page, and changes of each partition of the feed in one round of catching
  // up; less is for tests.
  size_t page_customers = 256;
  size_t round_changes = 512;
};

// Copies `source` into `sink`, and returns how much it was. CANCELLED when `control` stopped it
// before the end. FAILED_PRECONDITION when the source is itself an unfinished copy, or the sink
// holds something else, or a copy of something else.
absl::StatusOr<Progress> Copy(RecordStore& source, Sink& sink, const CopyOptions& options,
                              Control& control);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_COPY_H_
