// What is decided of who is who, in words that do not depend on the ids of a store; and how it is
// brought about.
//
//   const IdentityState state = ReadIdentityState(store);
//   EXPECT_EQ(Differences(state, expected), "");
#ifndef YILAN_TESTS_CORE_IDENTITY_STATE_H_
#define YILAN_TESTS_CORE_IDENTITY_STATE_H_

#include <cstddef>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/call.h"
#include "core/platform.h"
#include "storage/record_store.h"
#include "tests/core/identity_facts.h"

namespace yilan::core {

// Takes facts in their order, cut into batches of up to `max_batch`. One that the store cannot take
// now is sent again; fails the test when one is not taken.
void TakeInBatches(Platform& platform, const Call& call, const std::vector<StatedFact>& facts,
                   size_t max_batch, std::mt19937_64& random);

// Resolves what waits, as a server does some seconds later.
void ResolveAllThatWait(Platform& platform, const Call& call);

// What is decided of who is who, by the names that sources have.
struct IdentityState {
  // Customers with a source record, as the names of their subjects: those with a record, and those
  // that only go with them.
  std::set<std::set<std::string>> customers;
  // Pairs that are alike: how much, and whether they wait for a steward.
  std::map<std::pair<std::string, std::string>, std::pair<double, bool>> pairs;
  // What stewards said: pairs that are one, and groups that are not.
  std::set<std::pair<std::string, std::string>> merges;
  std::set<std::pair<std::set<std::string>, std::set<std::string>>> separations;
  // Blocks over their caps.
  std::set<std::string> suspects;
  size_t pending = 0;
};
IdentityState ReadIdentityState(storage::RecordStore& store);
// In words, some of it; empty when they are equal.
std::string Differences(const IdentityState& one, const IdentityState& other);

// What a steward says of two records.
struct StewardDecision {
  enum class Kind {
    kMerge,            // The customers of both.
    kMergeAndUndo,     // The same, and it is taken back.
    kNotDuplicate,     // The customers of both.
    kAcceptCandidate,  // A pair that waits.
    kRejectCandidate,
  };
  Kind kind = Kind::kMerge;
  std::pair<std::string, std::string> records;
};
// Decisions that can be made in this state, in the order in which they are to be made.
std::vector<StewardDecision> ChooseDecisions(const IdentityState& state, size_t count,
                                             std::mt19937_64& random);
// What became of it: "OK" or the reason why not.
std::string Decide(Platform& platform, const Call& call, const StewardDecision& decision);

// Resolves the stored records in bulk, and returns in words how the customers differ from those
// that there are; empty when they do not.
std::string DifferencesFromBulk(Platform& platform, const Call& call);

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_IDENTITY_STATE_H_
