// MemoryTransaction: one run of a body, over the committed state.
//
// Writes go to an overlay; nothing is committed before TakeCommit(). The state must not change
// while a transaction is in use, for which the store's locks see to. As a Reader it serves plans
// and Read() as well. Not thread-safe.
#ifndef YILAN_STORAGE_MEMORY_TRANSACTION_H_
#define YILAN_STORAGE_MEMORY_TRANSACTION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/memory/overlay.h"
#include "storage/memory/state.h"
#include "storage/record_store.h"

namespace yilan::storage::memory {

class MemoryTransaction final : public Transaction {
 public:
  // One that can write nothing.
  explicit MemoryTransaction(const State& state);
  // One that can write what the plan, which is valid, names. The plan outlives it.
  MemoryTransaction(const State& state, const WritePlan& plan);

  absl::StatusOr<Record> Get(const RecordKey& key) override;
  absl::Status GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) override;
  absl::Status Scan(const Range& range, RecordVisitor visit) override;
  absl::Status ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                           HistoryVisitor visit) override;
  absl::StatusOr<RecordKey> FindByKey(absl::string_view key) override;
  absl::StatusOr<std::vector<std::optional<RecordKey>>> FindByKeys(
      absl::Span<const std::string> keys) override;
  absl::StatusOr<std::vector<TermEntry>> FindByTerm(absl::string_view first,
                                                    absl::string_view limit,
                                                    storage::TermCursor& cursor,
                                                    size_t max) override;
  absl::StatusOr<std::vector<std::vector<RecordKey>>> FindByTerms(
      absl::Span<const std::string> terms, size_t max) override;
  absl::StatusOr<CustomerState> GetCustomer(const CustomerRef& ref) override;
  absl::StatusOr<std::vector<std::optional<CustomerState>>> GetCustomers(
      absl::Span<const CustomerRef> refs) override;
  absl::StatusOr<StoredRequest> FindRequest(const RequestKey& key) override;

  absl::Status Put(Record record, Precondition precondition) override;
  absl::Status Delete(const RecordKey& key, Precondition precondition) override;
  absl::Status AddHistory(HistoryEntry entry) override;
  absl::Status SetMembers(CustomerId customer, std::vector<SubjectId> members) override;
  absl::Status SetRedirect(CustomerId customer, CustomerId target) override;
  absl::StatusOr<Revision> NextRevision(CustomerId customer) override;
  absl::Status ReadAhead(absl::Span<const RecordKey>) override { return absl::OkStatus(); }
  absl::Status PutRequest(const RequestKey& key, StoredRequest request, bool replace) override;

  bool HasWrites() const;
  // What was written, for State::Prepare. It refers to the transaction, which must outlive it.
  Commit TakeCommit(const WriteOptions& options);

 private:
  // A customer of the plan.
  struct Planned {
    CustomerState state;  // Members and redirect are read when they are needed.
    bool complete = false;
    Revision next = 1;
    bool touched = false;
    bool members_changed = false;
    bool redirect_changed = false;
  };

  Planned* FindPlanned(CustomerId customer);
  // A customer of the plan, or FAILED_PRECONDITION.
  absl::StatusOr<Planned*> GetPlanned(CustomerId customer);
  // The planned customer that has the subject, or FAILED_PRECONDITION.
  absl::StatusOr<Planned*> PlannedHolderOf(SubjectId subject);
  std::optional<CustomerId> HolderOf(SubjectId subject) const;
  void Complete(Planned& planned) const;
  // The keys that the record does not hold yet; FAILED_PRECONDITION if one is not planned.
  absl::Status TakenKeys(const Record& record, const std::optional<Entry>& current,
                         std::vector<absl::string_view>& taken) const;
  size_t IndexOf(const Planned& planned) const {
    return static_cast<size_t>(&planned - &planned_[0]);
  }

  const State& state_;
  Overlay overlay_;
  std::vector<Planned> planned_;  // Sorted by customer.
  absl::flat_hash_set<absl::string_view> planned_keys_;
  const RequestKey* planned_request_ = nullptr;
  absl::flat_hash_map<SubjectId, CustomerId> moved_;  // Subjects that changed their customer.
  std::optional<StoredRequest> request_;              // The answer to planned_request_.
  std::string scratch_;

  // Calls come in runs about one subject.
  SubjectId last_subject_;
  Planned* last_holder_ = nullptr;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_TRANSACTION_H_
