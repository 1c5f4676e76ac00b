// Where tests make a server fail, and bugs that they plant in it.
//
//   PassFaultPoint(FaultPoint::kBeforeCommit);
//   if (IsPlanted(Mutant::kDropForUpdate)) …the bug…
//
// In every program but one these do nothing and cost a call to an empty function: the linker takes
// no_fault_points.cc. yilan-server-faulty (tests/faults) brings functions of its own, which end or
// stop the process at a point, or plant one bug, as its environment says. So what is tested with
// faults is the same object code that serves. Thread-safe.
#ifndef YILAN_BASE_FAULT_POINTS_H_
#define YILAN_BASE_FAULT_POINTS_H_

namespace yilan {

// Moments of a write to a database, in their order.
enum class FaultPoint {
  kBeforeTransaction,  // Nothing was asked of the database yet.
  kAfterLocks,         // The transaction has begun and holds what it planned.
  kBeforeStatement,    // Each statement that writes …
  kAfterStatement,
  kBeforeCommit,
  kAfterCommit,    // It is done, and nobody knows.
  kBeforeResolve,  // On every storage: what was written waits for the decision who is who.
  kBeforeReply,
  kAfterReply,
};
void PassFaultPoint(FaultPoint point);

// Bugs, each of which a test of histories must find.
enum class Mutant {
  kNone,
  kDropForUpdate,             // The locking read does not lock.
  kAcknowledgeBeforeCommit,   // COMMIT comes a moment after the answer.
  kFeedNumberUnlocked,        // The next sequence of the feed is read without a lock.
  kFeedInAnotherTransaction,  // The change is written after the commit of what it tells of.
  kSkipRequestRow,            // The answer to a request is not remembered.
  kRetryWithNewId,            // After an unknown commit the write runs again as another request.
  kTrustCache,                // A cached view is shown without asking for the revision.
  kSwallowCommitError,        // A COMMIT that fails counts as done.
  kDoNotRecheckPlan,          // What was new when planned is written over if it no longer is.
  kTwoSnapshots,              // The revision of a view is read before its records.
  kUnknownIsNotWritten,       // An unknown outcome is reported as a failure.
  kNoFactDedupe,              // A version that is stored already is stored again.
  kIgnoreEtag,                // A write at an etag is done at any.
  kSkipHistory,               // A version that is replaced does not go to history.
};
bool IsPlanted(Mutant mutant);

}  // namespace yilan

#endif  // YILAN_BASE_FAULT_POINTS_H_
