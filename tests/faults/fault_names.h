// The points and bugs of base/fault_points.h by name, as the environment of yilan-server-faulty has
// them:
//
//   YILAN_FAULT=before_commit:37:kill   ends the process when it passes the point for the 37th time
//   YILAN_FAULT=before_commit:37:stop   stops it (SIGSTOP) then, and at every 37th time after that
//   YILAN_MUTANT=drop_for_update        plants one bug
#ifndef YILAN_TESTS_FAULTS_FAULT_NAMES_H_
#define YILAN_TESTS_FAULTS_FAULT_NAMES_H_

#include <string>
#include <utility>

#include "base/fault_points.h"

namespace yilan::faults {

inline constexpr std::pair<FaultPoint, const char*> kFaultPoints[] = {
    {FaultPoint::kBeforeTransaction, "before_transaction"},
    {FaultPoint::kAfterLocks, "after_locks"},
    {FaultPoint::kBeforeStatement, "before_statement"},
    {FaultPoint::kAfterStatement, "after_statement"},
    {FaultPoint::kBeforeCommit, "before_commit"},
    {FaultPoint::kAfterCommit, "after_commit"},
    {FaultPoint::kBeforeResolve, "before_resolve"},
    {FaultPoint::kBeforeReply, "before_reply"},
    {FaultPoint::kAfterReply, "after_reply"},
};

inline constexpr std::pair<Mutant, const char*> kMutants[] = {
    {Mutant::kDropForUpdate, "drop_for_update"},
    {Mutant::kAcknowledgeBeforeCommit, "acknowledge_before_commit"},
    {Mutant::kFeedNumberUnlocked, "feed_number_unlocked"},
    {Mutant::kFeedInAnotherTransaction, "feed_in_another_transaction"},
    {Mutant::kSkipRequestRow, "skip_request_row"},
    {Mutant::kRetryWithNewId, "retry_with_new_id"},
    {Mutant::kTrustCache, "trust_cache"},
    {Mutant::kSwallowCommitError, "swallow_commit_error"},
    {Mutant::kDoNotRecheckPlan, "do_not_recheck_plan"},
    {Mutant::kTwoSnapshots, "two_snapshots"},
    {Mutant::kUnknownIsNotWritten, "unknown_is_not_written"},
    {Mutant::kNoFactDedupe, "no_fact_dedupe"},
    {Mutant::kIgnoreEtag, "ignore_etag"},
    {Mutant::kSkipHistory, "skip_history"},
};

}  // namespace yilan::faults

#endif  // YILAN_TESTS_FAULTS_FAULT_NAMES_H_
