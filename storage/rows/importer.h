// Importer: gathers the entries of one Import call, to be committed as one batch.
//
// The caller is alone with what the entries touch: no write runs. Not thread-safe.
#ifndef YILAN_STORAGE_ROWS_IMPORTER_H_
#define YILAN_STORAGE_ROWS_IMPORTER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "storage/record_store.h"
#include "storage/rows/counters.h"
#include "storage/rows/overlay.h"
#include "storage/rows/record_rows.h"
#include "storage/rows/row_commit.h"
#include "storage/rows/row_reader.h"

namespace yilan::storage::rows {

class Importer {
 public:
  // `counters` are those of the newest commit, which `source` shows.
  Importer(RowSource& source, const CallOptions& call, const Counters& counters);

  // Reads at once what adding these entries will ask for.
  absl::Status ReadAhead(absl::Span<const ExportEntry> entries);
  // Adds an entry that NormalizeEntry (storage/checks.h) passed.
  absl::Status Add(const ExportEntry& entry);
  // RESOURCE_EXHAUSTED when it is too much for one batch.
  absl::StatusOr<RowCommit> Prepare();

 private:
  struct Customer {
    CustomerState state;
    bool had_members = false;
  };

  absl::Status AddCustomer(const CustomerState& state);
  absl::Status AddRecord(const Record& record);
  absl::Status AddRequest(const RequestKey& key, const StoredRequest& request);
  absl::Status Remove(const RecordKey& key);
  absl::Status Remove(const RequestKey& key);
  void AddBounds(const FeedBounds& bounds);
  absl::Status AddChange(const Change& change);
  // Makes of the row that holds `sequence` with others one row for each.
  absl::Status SplitRow(int partition, uint64_t sequence);
  absl::StatusOr<Customer*> FindCustomer(CustomerId customer);

  RowSource& source_;
  const Counters before_;
  Counters counters_;
  Overlay overlay_;
  RowReader reader_;
  RecordRows records_;
  absl::flat_hash_map<CustomerId, std::unique_ptr<Customer>> customers_;
  Totals totals_;
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_IMPORTER_H_
