#include "storage/observed_store.h"

#include <chrono>

namespace yilan::storage {
namespace {

absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }
template <typename T>
absl::StatusCode CodeOf(const absl::StatusOr<T>& result) {
  return result.status().code();
}

}  // namespace

absl::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kLoadCustomer:
      return "load_customer";
    case Operation::kRead:
      return "read";
    case Operation::kWrite:
      return "write";
    case Operation::kChanges:
      return "changes";
    case Operation::kTrimChanges:
      return "trim_changes";
    case Operation::kTrimRequests:
      return "trim_requests";
    case Operation::kListCustomers:
      return "list_customers";
    case Operation::kGetStatistics:
      return "get_statistics";
    case Operation::kExport:
      return "export";
    case Operation::kReadBulk:
      return "read_bulk";
    case Operation::kImport:
      return "import";
    case Operation::kCheckReady:
      return "check_ready";
  }
  return "unknown";
}

template <typename Run>
auto ObservedStore::Observe(Operation operation, Run run, const int* runs) {
  const auto begin = std::chrono::steady_clock::now();
  auto result = run();
  const auto latency = std::chrono::steady_clock::now() - begin;
  observer_.Observe({.operation = operation,
                     .latency = absl::FromChrono(latency),
                     .code = CodeOf(result),
                     .runs = runs == nullptr ? 0 : *runs});
  return result;
}

absl::StatusOr<LoadedCustomer> ObservedStore::LoadCustomer(const CallOptions& call,
                                                           const CustomerRef& ref,
                                                           const LoadOptions& options,
                                                           RecordVisitor visit) {
  return Observe(Operation::kLoadCustomer,
                 [&] { return store_->LoadCustomer(call, ref, options, visit); });
}

absl::Status ObservedStore::Read(const CallOptions& call,
                                 absl::FunctionRef<absl::Status(Reader&)> body) {
  return Observe(Operation::kRead, [&] { return store_->Read(call, body); });
}

absl::Status ObservedStore::Write(const WriteOptions& options,
                                  absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                  absl::FunctionRef<absl::Status(Transaction&)> body) {
  int runs = 0;
  const auto counted = [&](Transaction& txn) {
    ++runs;
    return body(txn);
  };
  return Observe(
      Operation::kWrite, [&] { return store_->Write(options, plan, counted); }, &runs);
}

absl::StatusOr<ChangePage> ObservedStore::Changes(const CallOptions& call, int partition,
                                                  uint64_t after, size_t max) {
  return Observe(Operation::kChanges, [&] { return store_->Changes(call, partition, after, max); });
}

absl::Status ObservedStore::TrimChanges(const CallOptions& call, int partition, uint64_t through) {
  return Observe(Operation::kTrimChanges,
                 [&] { return store_->TrimChanges(call, partition, through); });
}

absl::Status ObservedStore::TrimRequests(const CallOptions& call, TimeMicros before) {
  return Observe(Operation::kTrimRequests, [&] { return store_->TrimRequests(call, before); });
}

absl::StatusOr<std::vector<CustomerState>> ObservedStore::ListCustomers(const CallOptions& call,
                                                                        CustomerId after,
                                                                        size_t max) {
  return Observe(Operation::kListCustomers,
                 [&] { return store_->ListCustomers(call, after, max); });
}

absl::StatusOr<Statistics> ObservedStore::GetStatistics(const CallOptions& call) {
  return Observe(Operation::kGetStatistics, [&] { return store_->GetStatistics(call); });
}

absl::Status ObservedStore::Export(const CallOptions& call, ExportVisitor visit) {
  return Observe(Operation::kExport, [&] { return store_->Export(call, visit); });
}

absl::Status ObservedStore::ReadBulk(const CallOptions& call,
                                     absl::FunctionRef<absl::Status(BulkReader&)> body) {
  return Observe(Operation::kReadBulk, [&] { return store_->ReadBulk(call, body); });
}

absl::Status ObservedStore::Import(const CallOptions& call, absl::Span<const ExportEntry> entries) {
  return Observe(Operation::kImport, [&] { return store_->Import(call, entries); });
}

absl::Status ObservedStore::CheckReady(const CallOptions& call) {
  return Observe(Operation::kCheckReady, [&] { return store_->CheckReady(call); });
}

}  // namespace yilan::storage
