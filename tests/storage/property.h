// Model-based testing: random sequences of operations that a backend and the model must answer
// alike, and the search for a short one when they do not.
//
// A sequence is nothing but numbers, from which names, payloads and plans are derived; so any part
// of it can be left out or made zero and the rest still means something.
#ifndef YILAN_TESTS_STORAGE_PROPERTY_H_
#define YILAN_TESTS_STORAGE_PROPERTY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "storage/record_store.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {

// One call within the body of a write or read.
struct Action {
  uint32_t type = 0;
  std::array<uint32_t, 6> args = {};
};
// One call of a RecordStore, or something done to it.
struct Step {
  uint32_t type = 0;
  std::array<uint32_t, 6> args = {};
  std::vector<Action> actions;
};
using Sequence = std::vector<Step>;

// The same seed gives the same sequence.
Sequence GenerateSequence(uint64_t seed);

// Where a backend first answers other than the model.
struct Difference {
  size_t step = 0;
  std::string expected;
  std::string actual;
};
// Runs the sequence on a new store of the backend and on a new model.
std::optional<Difference> FindDifference(const Backend& backend, const Sequence& sequence);

// A sequence that is still different, with what it can do without taken away. Ends by `deadline`.
Sequence Shrink(Sequence sequence, absl::Time deadline,
                absl::FunctionRef<std::optional<Difference>(const Sequence&)> find_difference);

// What the sequence does, a line for each step and action with what the model answers.
std::string Describe(const Sequence& sequence);

}  // namespace yilan::storage

#endif  // YILAN_TESTS_STORAGE_PROPERTY_H_
