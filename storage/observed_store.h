// ObservedStore: a RecordStore that tells an observer how long each operation of another took and
// how it ended.
//
// It adds two looks at the clock and one call of the observer to an operation, some 50 ns, and
// changes nothing else. Thread-safe if the store and the observer are.
//
//   class Metrics : public OperationObserver { void Observe(const Observation&) override; };
//   ObservedStore store(NewMemoryStore(), metrics);
#ifndef YILAN_STORAGE_OBSERVED_STORE_H_
#define YILAN_STORAGE_OBSERVED_STORE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/record_store.h"

namespace yilan::storage {

// The methods of RecordStore.
enum class Operation {
  kLoadCustomer,
  kRead,
  kWrite,
  kChanges,
  kTrimChanges,
  kTrimRequests,
  kListCustomers,
  kGetStatistics,
  kExport,
  kReadBulk,
  kImport,
  kCheckReady,
};
inline constexpr int kOperations = 12;  // Their values are 0 to kOperations - 1.

// In snake_case, as the label of a metric: "load_customer".
absl::string_view OperationName(Operation operation);

// One operation that has ended.
struct Observation {
  Operation operation = Operation::kLoadCustomer;
  // From call to return: what the caller's own bodies and visitors took is part of it.
  absl::Duration latency;
  // As it was returned. Of kRead and kWrite it may be the body's own, such as a NOT_FOUND that says
  // nothing about the store.
  absl::StatusCode code = absl::StatusCode::kOk;
  // Of kWrite: how often the body ran; more than once after a conflict or a Replan().
  int runs = 0;
};

class OperationObserver {
 public:
  virtual ~OperationObserver() = default;
  // Called on the thread of the operation, from many at once, before the operation returns: it
  // should take no longer than counting does.
  virtual void Observe(const Observation& observation) = 0;
};

class ObservedStore final : public RecordStore {
 public:
  // `observer` outlives the store.
  ObservedStore(std::unique_ptr<RecordStore> store, OperationObserver& observer)
      : store_(std::move(store)), observer_(observer) {}

  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override;
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override;
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override;
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override;
  absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) override;
  absl::Status TrimRequests(const CallOptions& call, TimeMicros before) override;
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override;
  absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) override;
  absl::Status Export(const CallOptions& call, ExportVisitor visit) override;
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override;
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override;
  bool IsLocal() const override { return store_->IsLocal(); }
  absl::Status CheckReady(const CallOptions& call) override;

 private:
  // Runs one operation and reports it. `runs` is read when it has ended.
  template <typename Run>
  auto Observe(Operation operation, Run run, const int* runs = nullptr);

  const std::unique_ptr<RecordStore> store_;
  OperationObserver& observer_;
};

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_OBSERVED_STORE_H_
