// The subjects and customers that one transaction works on, read once and written once.
//
// Lives as long as one run of a write body. Every customer it meets must be in the plan; if one is
// not, Replan() is returned.
#ifndef YILAN_CORE_FACTS_WORKING_SET_H_
#define YILAN_CORE_FACTS_WORKING_SET_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "core/identity/membership.h"
#include "storage/record_store.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/fact_source.pb.h"

namespace yilan::core {

// What a subject will be called if it has to be made.
struct NewIds {
  storage::SubjectId subject;
  storage::CustomerId customer;
};

class WorkingSet {
 public:
  struct SubjectState {
    storage::SubjectId subject;
    storage::CustomerId customer;
    std::vector<std::string> keys;  // Names of the subject that its own record holds.
    yilan::storage::v1::Subject record;
    bool changed = false;
  };
  struct CustomerWork {
    storage::CustomerId customer;
    std::vector<storage::SubjectId> members;
    bool exists = false;  // Has a row already.
  };

  WorkingSet(storage::Transaction& txn, const storage::WritePlan& plan, TimeMicros now);

  // Looks up who holds the keys; Holder() answers for these only. What will be read of the holders,
  // and of the subjects that will be made of those of `new_ids` that nobody holds, is read at once.
  absl::Status LoadKeys(absl::Span<const std::string> keys,
                        const absl::flat_hash_map<std::string, NewIds>& new_ids);
  const std::optional<storage::RecordKey>& Holder(const std::string& key) { return holders_[key]; }
  void SetHolder(const std::string& key, std::optional<storage::RecordKey> holder) {
    holders_[key] = std::move(holder);
  }

  absl::StatusOr<SubjectState*> Subject(storage::SubjectId subject);
  absl::StatusOr<CustomerWork*> Customer(storage::CustomerId customer);
  // Makes a subject in `customer`, which may be new, under the name `reference`.
  absl::StatusOr<SubjectState*> CreateSubject(storage::SubjectId subject,
                                              storage::CustomerId customer,
                                              const v1::SubjectReference& reference);
  // What identity has to know of a customer.
  absl::StatusOr<Candidate> CandidateOf(storage::CustomerId customer);
  // Notes that so many more facts of `from` refer to `to`, both of this set, or fewer.
  void AddReferences(storage::SubjectId from, storage::SubjectId to, int count) {
    if (from != to) references_[{from, to}] += count;
  }
  // The subject waits to be resolved.
  void MarkPending(SubjectState& subject);
  // Adds to the count of current records of a kind. Marks the subject changed.
  static void Count(storage::Kind kind, int64_t by, SubjectState& subject) {
    subject.changed = true;
    Count(kind, by, subject.record);
  }
  static void Count(storage::Kind kind, int64_t by, yilan::storage::v1::Subject& subject);
  static int64_t CountOf(storage::Kind kind, const SubjectState& subject) {
    return CountOf(kind, subject.record);
  }
  static int64_t CountOf(storage::Kind kind, const yilan::storage::v1::Subject& subject);
  // Writes the records of the changed subjects, and the references between them. Call last.
  absl::Status Flush();

 private:
  absl::Status FlushReferences();

  storage::Transaction& txn_;
  const TimeMicros now_;
  absl::flat_hash_set<storage::CustomerId> planned_;
  absl::flat_hash_map<std::string, std::optional<storage::RecordKey>> holders_;
  absl::node_hash_map<storage::SubjectId, SubjectState> subjects_;
  absl::node_hash_map<storage::CustomerId, CustomerWork> customers_;
  absl::flat_hash_set<storage::SubjectId> created_;
  std::map<std::pair<storage::SubjectId, storage::SubjectId>, int> references_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_WORKING_SET_H_
