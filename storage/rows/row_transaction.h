// RowTransaction: one run of a write body, from the locked rows to what is to be committed.
//
// Its writes gather in an overlay, which its reads look through; nothing reaches the database
// before Prepare() is handed to the commit queue. Not thread-safe.
#ifndef YILAN_STORAGE_ROWS_ROW_TRANSACTION_H_
#define YILAN_STORAGE_ROWS_ROW_TRANSACTION_H_

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "storage/record_store.h"
#include "storage/rows/overlay.h"
#include "storage/rows/record_rows.h"
#include "storage/rows/row_commit.h"
#include "storage/rows/row_reader.h"

namespace yilan::storage::rows {

// How it is made sure that a record that is put as New() is not there: it is looked for, or the
// commit fails if it is (RowCommit::unseen), which spares the look.
enum class Absence { kRead, kGuarded };

class RowTransaction final : public Transaction {
 public:
  // The plan's customers, keys and request are locked, and `source` shows what was committed when
  // they were. All must outlive the transaction.
  RowTransaction(RowSource& source, const WriteOptions& options, const WritePlan& plan,
                 Absence absence = Absence::kRead);

  // Tells of a planned customer that has a row, or that (`exists`: false) it has none. Each is told
  // of once, before the body.
  void AddPlanned(CustomerState state, bool exists);
  // The reader of the body, for a backend that has read more than it told.
  RowReader& reader() { return reader_; }

  absl::StatusOr<Record> Get(const RecordKey& key) override { return reader_.Get(key); }
  absl::Status GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) override {
    return reader_.GetMany(keys, visit);
  }
  absl::Status Scan(const Range& range, RecordVisitor visit) override {
    return reader_.Scan(range, visit);
  }
  absl::Status ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                           HistoryVisitor visit) override {
    return reader_.ScanHistory(subject, kind, fact_id, visit);
  }
  absl::StatusOr<RecordKey> FindByKey(absl::string_view key) override {
    return reader_.FindByKey(key);
  }
  absl::StatusOr<std::vector<std::optional<RecordKey>>> FindByKeys(
      absl::Span<const std::string> keys) override {
    return reader_.FindByKeys(keys);
  }
  absl::StatusOr<std::vector<TermEntry>> FindByTerm(absl::string_view first,
                                                    absl::string_view limit, TermCursor& cursor,
                                                    size_t max) override {
    return reader_.FindByTerm(first, limit, cursor, max);
  }
  absl::StatusOr<std::vector<std::vector<RecordKey>>> FindByTerms(
      absl::Span<const std::string> terms, size_t max) override {
    return reader_.FindByTerms(terms, max);
  }
  absl::StatusOr<StoredRequest> FindRequest(const RequestKey& key) override {
    return reader_.FindRequest(key);
  }
  absl::StatusOr<CustomerState> GetCustomer(const CustomerRef& ref) override;
  absl::StatusOr<std::vector<std::optional<CustomerState>>> GetCustomers(
      absl::Span<const CustomerRef> refs) override;

  absl::Status Put(Record record, Precondition precondition) override;
  absl::Status Delete(const RecordKey& key, Precondition precondition) override;
  absl::Status AddHistory(HistoryEntry entry) override;
  absl::Status SetMembers(CustomerId customer, std::vector<SubjectId> members) override;
  absl::Status SetRedirect(CustomerId customer, CustomerId target) override;
  absl::StatusOr<Revision> NextRevision(CustomerId customer) override;
  absl::Status ReadAhead(absl::Span<const RecordKey> keys) override;
  absl::Status PutRequest(const RequestKey& key, StoredRequest request, bool replace) override;

  bool wrote() const { return overlay_.writes() > 0 || !touched_.empty(); }
  // Everything that was written. Called once, last.
  RowCommit Prepare();

 private:
  // A planned customer.
  struct Planned {
    CustomerState state;  // As this transaction has made it; the revision as committed.
    Revision next = 1;
    bool had_members = false;
    bool exists = false;  // Has a row already.
    bool touched = false;
    bool members_changed = false;
    bool redirect_changed = false;
  };
  absl::StatusOr<Planned*> FindPlanned(CustomerId customer);
  // The planned customer that is meant, or null when it is none of them.
  const Planned* PlannedOf(const CustomerRef& ref) const;
  // As this transaction sees it; nothing when there is no such customer.
  static std::optional<CustomerState> StateOf(const Planned& planned);
  // The planned customer that holds `subject`; FAILED_PRECONDITION.
  absl::StatusOr<Planned*> HolderOf(SubjectId subject);
  void Touch(Planned& customer);
  // What the record of `row` has now; false when there is none.
  absl::StatusOr<bool> FindRecord(const RecordKey& key, const std::string& row,
                                  const Precondition& precondition, RecordIndex& before);
  // What the feed will say, by partition and there in order of customer.
  std::array<std::vector<Change>, kFeedPartitions> Changes() const;

  const WriteOptions& options_;
  const WritePlan& plan_;
  const Absence absence_;
  Overlay overlay_;
  RowReader reader_;
  RecordRows records_;
  absl::flat_hash_set<absl::string_view> planned_keys_;
  absl::flat_hash_map<CustomerId, Planned> customers_;
  absl::flat_hash_map<SubjectId, CustomerId> holders_;  // Of the planned customers' members.
  absl::flat_hash_set<SubjectId> created_;              // Subjects that were in no customer before.
  absl::flat_hash_set<std::string> unseen_records_;
  bool request_put_ = false;
  bool request_replaced_ = false;  // It was stored before this transaction.
  std::vector<CustomerId> touched_;
  // Records that were written before their subject moved to another customer, and not since: who
  // held it then.
  absl::flat_hash_map<std::string, CustomerId> written_before_move_;
  Totals totals_;
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_ROW_TRANSACTION_H_
