// A store that passes everything on to another: the base of stores that watch or disturb a test.
#ifndef YILAN_TESTS_CORE_FORWARDING_STORE_H_
#define YILAN_TESTS_CORE_FORWARDING_STORE_H_

#include <vector>

#include "storage/record_store.h"

namespace yilan::core {

class ForwardingStore : public storage::RecordStore {
 public:
  explicit ForwardingStore(storage::RecordStore& store) : store_(store) {}

  absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                       const storage::CustomerRef& ref,
                                                       const storage::LoadOptions& options,
                                                       storage::RecordVisitor visit) override {
    return store_.LoadCustomer(call, ref, options, visit);
  }
  absl::Status Read(const storage::CallOptions& call,
                    absl::FunctionRef<absl::Status(storage::Reader&)> body) override {
    return store_.Read(call, body);
  }
  absl::Status Write(const storage::WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<storage::WritePlan>(storage::Reader&)> plan,
                     absl::FunctionRef<absl::Status(storage::Transaction&)> body) override {
    return store_.Write(options, plan, body);
  }
  absl::StatusOr<storage::ChangePage> Changes(const storage::CallOptions& call, int partition,
                                              uint64_t after, size_t max) override {
    return store_.Changes(call, partition, after, max);
  }
  absl::Status TrimChanges(const storage::CallOptions& call, int partition,
                           uint64_t through) override {
    return store_.TrimChanges(call, partition, through);
  }
  absl::Status TrimRequests(const storage::CallOptions& call, TimeMicros before) override {
    return store_.TrimRequests(call, before);
  }
  absl::StatusOr<std::vector<storage::CustomerState>> ListCustomers(
      const storage::CallOptions& call, storage::CustomerId after, size_t max) override {
    return store_.ListCustomers(call, after, max);
  }
  absl::StatusOr<storage::Statistics> GetStatistics(const storage::CallOptions& call) override {
    return store_.GetStatistics(call);
  }
  absl::Status Export(const storage::CallOptions& call,
                      absl::FunctionRef<absl::Status(const storage::ExportEntry&)> visit) override {
    return store_.Export(call, visit);
  }
  absl::Status ReadBulk(const storage::CallOptions& call,
                        absl::FunctionRef<absl::Status(storage::BulkReader&)> body) override {
    return store_.ReadBulk(call, body);
  }
  absl::Status Import(const storage::CallOptions& call,
                      absl::Span<const storage::ExportEntry> entries) override {
    return store_.Import(call, entries);
  }
  bool IsLocal() const override { return store_.IsLocal(); }
  absl::Status CheckReady(const storage::CallOptions& call) override {
    return store_.CheckReady(call);
  }

 private:
  storage::RecordStore& store_;
};

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_FORWARDING_STORE_H_
