// ImportBatch: the entries of one Import, checked and staged.
//
// Not thread-safe; the state must not change while it is in use.
#ifndef YILAN_STORAGE_MEMORY_IMPORT_H_
#define YILAN_STORAGE_MEMORY_IMPORT_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "storage/memory/overlay.h"
#include "storage/memory/state.h"
#include "storage/record_store.h"

namespace yilan::storage::memory {

class ImportBatch {
 public:
  explicit ImportBatch(const State& state) : state_(state), overlay_(state) {}

  // Errors as RecordStore::Import; after one the batch is useless.
  absl::Status Add(ExportEntry entry);
  // What to commit; refers to the batch, which must outlive it.
  Commit TakeCommit();

 private:
  absl::Status AddCustomer(CustomerState state);
  absl::Status AddRecord(const Record& record);
  absl::Status AddHistory(const HistoryEntry& entry);
  CustomerState& StateOf(CustomerId customer);
  std::optional<CustomerId> HolderOf(SubjectId subject) const;

  const State& state_;
  Overlay overlay_;
  absl::btree_map<CustomerId, CustomerState> customers_;
  absl::flat_hash_map<SubjectId, std::optional<CustomerId>> moved_;
  Commit commit_;
  std::string scratch_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_IMPORT_H_
