// What a store holds when the clients are done: with what their log is compared.
#ifndef YILAN_TESTS_HISTORY_FINAL_STATE_H_
#define YILAN_TESTS_HISTORY_FINAL_STATE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "storage/record.h"
#include "storage/record_store.h"
#include "tests/history/history.h"

namespace yilan::history {

// A version of a fact, current or in history.
struct StoredVersion {
  storage::CustomerId customer;
  Part part = Part::kProfile;
  Token token = 0;
  storage::Revision revision = 0;  // At which it became current; 0: it never was, or deletes.
  bool current = false;
  bool deletion = false;
};

struct FinalState {
  std::vector<storage::Change> feed;  // By partition and sequence.
  std::vector<StoredVersion> versions;
};

// Reads the whole store in one snapshot.
absl::StatusOr<FinalState> ReadFinalState(storage::RecordStore& store);

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_FINAL_STATE_H_
