// Compares what clients did and saw with what the store holds, and says in words what is wrong.
//
//   History history = workload.Stop();
//   ASSERT_OK_AND_ASSIGN(const FinalState state, ReadFinalState(store));
//   const Report report = Check(history, state);
//   EXPECT_TRUE(report.sound()) << report.ToString();
//
// What is committed is known exactly: the feed has each request with the revision that it gave its
// customer, and the versions of the facts carry the tokens of the writes. So the state of a
// customer at each revision can be computed, and whatever a client saw must be one of them, at the
// right time.
#ifndef YILAN_TESTS_HISTORY_CHECKER_H_
#define YILAN_TESTS_HISTORY_CHECKER_H_

#include <map>
#include <string>
#include <vector>

#include "tests/history/final_state.h"
#include "tests/history/history.h"

namespace yilan::history {

enum class Invariant {
  kNothingLost,      // An acknowledged write is there, as it was answered.
  kFailedMeansNot,   // A write that failed for sure is not there.
  kAtMostOnce,       // A write is there once or not at all, all of it or none.
  kOneAnswer,        // The same request again is answered as the first time.
  kNoOthers,         // Nothing is there that no client wrote.
  kOneVersion,       // A view or a fact shows one committed state, never a mixture of two.
  kRealTime,         // What begins after something ended sees it, or later; and no earlier.
  kConditions,       // A write that expects an etag is done at this etag only.
  kFeedWithoutGaps,  // Sequences, and the revisions of a customer, go up by one.
  kFeedAsFollowed,   // What a follower was told, in its order, is what the feed has.
  kExpectedErrors,   // Errors are those of a database that fails, never of a defect.
};
const char* NameOf(Invariant invariant);

struct Violation {
  Invariant invariant = Invariant::kNothingLost;
  std::string words;
};

struct Report {
  uint64_t seed = 0;
  std::vector<Violation> violations;
  size_t writes = 0;
  size_t acknowledged = 0;
  size_t unknown = 0;          // Of which …
  size_t unknown_applied = 0;  // … so many had happened.
  size_t failed = 0;
  size_t repeated = 0;  // Needed more than one attempt.
  size_t reads = 0;
  size_t failed_reads = 0;
  size_t feed_pages = 0;
  size_t changes = 0;

  bool sound() const { return violations.empty(); }
  bool Breaks(Invariant invariant) const;
  // The figures in one line, then the first few violations of each invariant, then how to replay.
  std::string ToString() const;
  std::string Figures() const;
};

Report Check(const History& history, const FinalState& state);

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_CHECKER_H_
