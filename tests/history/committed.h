// Which writes of a history a store holds, and what its customers looked like at each revision.
#ifndef YILAN_TESTS_HISTORY_COMMITTED_H_
#define YILAN_TESTS_HISTORY_COMMITTED_H_

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/history/checker.h"
#include "tests/history/final_state.h"
#include "tests/history/history.h"

namespace yilan::history {

// Where a write is.
struct Place {
  storage::CustomerId customer;
  storage::Revision revision = 0;  // 0: there, but too late to become current, and nobody knows at
                                   // which revision (only an ingest).
  int partition = -1;
  uint64_t sequence = 0;  // 0 as revision.
};

// A state of one fact: from this revision on, until the next.
struct PartState {
  storage::Revision from = 0;
  Token token = 0;  // 0: deleted, or not there yet.
};

struct CustomerPast {
  std::string key;
  storage::Revision newest = 0;
  std::set<storage::Revision> own;  // At which Yilan decided by itself whose the subjects are.
  std::array<std::vector<PartState>, kParts> parts;  // In order; each begins with {0, 0}.

  const PartState& At(Part part, storage::Revision revision) const;
};

// Built once; finding out reports violations of its own.
class Committed {
 public:
  using Reporter = std::function<void(Invariant, std::string)>;
  Committed(const History& history, const FinalState& state, const Reporter& report);

  // Where the write is; nothing when it is not there.
  const std::optional<Place>& PlaceOf(size_t write) const { return places_[write]; }
  // The customer of a key; null when nothing was written to it.
  const CustomerPast* PastOf(const std::string& key) const;

 private:
  void FindRequests(const FinalState& state);
  void FindIngests(const FinalState& state);
  void CheckFeed(const FinalState& state);
  void CheckOthers(const FinalState& state);
  void Replay(const FinalState& state);

  const History& history_;
  const Reporter& report_;
  std::vector<std::optional<Place>> places_;  // By write.
  std::map<storage::CustomerId, CustomerPast> pasts_;
  std::map<std::string, storage::CustomerId> customers_;  // By key.
};

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_COMMITTED_H_
