// Writes facts in one transaction, each with its own result: the only place where facts are stored.
//
//   WriteBatch batch(writes, now, ids);
//   std::vector<FactWriteResult> results;
//   store.Write(options, [&](Reader& reader) { return batch.Plan(reader); },
//               [&](Transaction& txn) { return batch.Apply(txn, results); });
//
// A fact that conflicts or breaks a rule writes nothing and does not disturb the others. Plan and
// Apply may run any number of times; ids are made before, so that a repetition after an unknown
// commit writes the same.
#ifndef YILAN_CORE_FACTS_WRITE_BATCH_H_
#define YILAN_CORE_FACTS_WRITE_BATCH_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/facts/fact_write.h"
#include "core/facts/working_set.h"
#include "storage/record_store.h"

namespace yilan::core {

// Customers by the keys that their records held some moment ago.
using KeyCustomers = absl::flat_hash_map<std::string, storage::CustomerId>;

class WriteBatch {
 public:
  // `writes` outlive the batch. Customers that are made belong to one of the feed partitions
  // `partitions` if any are given. A caller who has just looked up the keys passes what he saw as
  // `seen`, which outlives the batch too: the first plan is then made of it. What has changed since
  // makes Apply ask for another plan.
  WriteBatch(absl::Span<const FactWrite> writes, TimeMicros now, IdGenerator& ids,
             absl::Span<const int> partitions = {}, const KeyCustomers* seen = nullptr);

  absl::StatusOr<storage::WritePlan> Plan(storage::Reader& reader);
  // Sets `results` to one entry for each write. An error is one of the store, and fails them all.
  absl::Status Apply(storage::Transaction& txn, std::vector<FactWriteResult>& results);

 private:
  // A fact as it is stored, or its tombstone.
  struct Current {
    storage::Record record;
    bool deleted = false;
  };

  // Adds the customers of keys_ to plan_.
  absl::Status PlanCustomers(storage::Reader& reader);
  void PlanCustomersAsSeen(const KeyCustomers& seen);
  absl::Status ApplyOne(const FactWrite& write, FactWriteResult& result);
  absl::Status ApplyUpsert(const FactWrite& write, std::optional<Current> current,
                           FactWriteResult& result);
  absl::Status ApplyDeletion(const FactWrite& write, std::optional<Current> current,
                             FactWriteResult& result);
  // A version older than the current one: kept in history, unless it is there.
  absl::Status ApplyLate(const FactWrite& write, const Current& current, const std::string& payload,
                         FactWriteResult& result);
  absl::Status Store(const FactWrite& write, const google::protobuf::Message& fact,
                     std::string payload, std::optional<Current> current, FactWriteResult& result);
  absl::Status Archive(const FactWrite& write, const storage::Record& record);
  // Gives up what the current record adds to its subject's totals and to its references.
  absl::Status Untally(const FactWrite& write, const storage::Record& record);
  absl::StatusOr<std::optional<Current>> ReadCurrent(const FactWrite& write);
  // The subject of the write, made if it is new, joined with those it refers to.
  absl::StatusOr<WorkingSet::SubjectState*> PlaceSubject(
      const FactWrite& write, const v1::SubjectReference& subject,
      absl::Span<const v1::SubjectReference> references);
  // Other subjects that a fact says are the same customer as its own.
  std::vector<v1::SubjectReference> ReferencesOf(const FactWrite& write,
                                                 const google::protobuf::Message& fact);
  // Counts them, or no longer.
  absl::Status CountReferences(const FactWrite& write, const google::protobuf::Message& fact,
                               storage::SubjectId subject, int sign);

  const absl::Span<const FactWrite> writes_;
  const TimeMicros now_;
  std::vector<std::string>
      keys_;  // Sorted, unique: all that the facts and their subjects are called.
  absl::flat_hash_map<std::string, NewIds> new_ids_;  // By subject key.
  const KeyCustomers* seen_;                          // Null once it was used.
  storage::WritePlan plan_;

  // Of the current run of Apply.
  storage::Transaction* txn_ = nullptr;
  WorkingSet* work_ = nullptr;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_WRITE_BATCH_H_
