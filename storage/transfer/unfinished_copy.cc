#include "storage/transfer/unfinished_copy.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace yilan::storage::transfer {

const RequestKey& MarkKey() {
  // A name of a client is text from a certificate, or a word of ours: it never has a NUL.
  static const RequestKey* const key =
      new RequestKey{.client = std::string("\0yilan copy", 11), .request_id = "unfinished"};
  return *key;
}

ExportEntry MarkOf(const CopyState& state) {
  // Trimming by age never reaches it.
  return std::make_pair(MarkKey(),
                        StoredRequest{.response = EncodeState(state), .recorded_time = kMaxTime});
}

absl::StatusOr<std::optional<CopyState>> FindMark(RecordStore& store, const CallOptions& call) {
  std::optional<CopyState> state;
  RETURN_IF_ERROR(store.Read(call, [&](Reader& reader) -> absl::Status {
    const absl::StatusOr<StoredRequest> mark = reader.FindRequest(MarkKey());
    state.reset();
    if (absl::IsNotFound(mark.status())) return absl::OkStatus();
    RETURN_IF_ERROR(mark.status());
    ASSIGN_OR_RETURN(state, ParseState(mark->response));
    return absl::OkStatus();
  }));
  return state;
}

absl::Status CheckComplete(RecordStore& store, const CallOptions& call) {
  ASSIGN_OR_RETURN(const std::optional<CopyState> state, FindMark(store, call));
  if (!state.has_value()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the storage holds an unfinished copy of ", state->source,
                   "; run the command that makes it again, and it goes on where it was"));
}

absl::Status CompleteStore::CheckOpen() const {
  if (!marked_.load(std::memory_order_relaxed)) return absl::OkStatus();
  return absl::UnavailableError("the storage holds an unfinished copy, which is not served");
}

absl::StatusOr<LoadedCustomer> CompleteStore::LoadCustomer(const CallOptions& call,
                                                           const CustomerRef& ref,
                                                           const LoadOptions& options,
                                                           RecordVisitor visit) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->LoadCustomer(call, ref, options, visit);
}

absl::Status CompleteStore::Read(const CallOptions& call,
                                 absl::FunctionRef<absl::Status(Reader&)> body) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->Read(call, body);
}

absl::Status CompleteStore::Write(const WriteOptions& options,
                                  absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                  absl::FunctionRef<absl::Status(Transaction&)> body) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->Write(options, plan, body);
}

absl::StatusOr<ChangePage> CompleteStore::Changes(const CallOptions& call, int partition,
                                                  uint64_t after, size_t max) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->Changes(call, partition, after, max);
}

absl::Status CompleteStore::TrimChanges(const CallOptions& call, int partition, uint64_t through) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->TrimChanges(call, partition, through);
}

absl::Status CompleteStore::TrimRequests(const CallOptions& call, TimeMicros before) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->TrimRequests(call, before);
}

absl::StatusOr<std::vector<CustomerState>> CompleteStore::ListCustomers(const CallOptions& call,
                                                                        CustomerId after,
                                                                        size_t max) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->ListCustomers(call, after, max);
}

absl::StatusOr<Statistics> CompleteStore::GetStatistics(const CallOptions& call) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->GetStatistics(call);
}

absl::Status CompleteStore::Export(const CallOptions& call, ExportVisitor visit) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->Export(call, visit);
}

absl::Status CompleteStore::ReadBulk(const CallOptions& call,
                                     absl::FunctionRef<absl::Status(BulkReader&)> body) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->ReadBulk(call, body);
}

absl::Status CompleteStore::Import(const CallOptions& call, absl::Span<const ExportEntry> entries) {
  RETURN_IF_ERROR(CheckOpen());
  return store_->Import(call, entries);
}

absl::Status CompleteStore::CheckReady(const CallOptions& call) {
  RETURN_IF_ERROR(store_->CheckReady(call));
  const absl::Status complete = CheckComplete(*store_, call);
  // Of a store that cannot be asked, what was seen last stays true.
  if (complete.ok()) marked_.store(false, std::memory_order_relaxed);
  if (absl::IsFailedPrecondition(complete)) marked_.store(true, std::memory_order_relaxed);
  return complete;
}

}  // namespace yilan::storage::transfer
