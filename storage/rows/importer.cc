#include "storage/rows/importer.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {
namespace {

// All of it is in memory at once.
constexpr size_t kMaxBatchBytes = size_t{1} << 30;

}  // namespace

Importer::Importer(RowSource& source, const CallOptions& call, const Counters& counters)
    : source_(source),
      before_(counters),
      counters_(counters),
      reader_(source, call, &overlay_),
      records_(reader_, overlay_) {}

absl::Status Importer::ReadAhead(absl::Span<const ExportEntry> entries) {
  std::vector<std::string> directory;
  std::vector<std::string> keys;
  std::vector<std::string> requests;
  for (const ExportEntry& entry : entries) {
    if (const auto* state = std::get_if<CustomerState>(&entry)) {
      directory.push_back(CustomerRow(state->customer));
      for (const SubjectId subject : state->members) directory.push_back(SubjectRow(subject));
    } else if (const auto* record = std::get_if<Record>(&entry)) {
      keys.insert(keys.end(), record->keys.begin(), record->keys.end());
    } else if (const auto* request = std::get_if<std::pair<RequestKey, StoredRequest>>(&entry)) {
      requests.push_back(RequestRow(request->first));
    } else if (const auto* request_key = std::get_if<RequestKey>(&entry)) {
      requests.push_back(RequestRow(*request_key));
    }
  }
  RETURN_IF_ERROR(reader_.ReadAhead(Family::kDirectory, directory));
  std::vector<std::string> records;
  for (const ExportEntry& entry : entries) {
    const RecordKey* key = std::get_if<RecordKey>(&entry);
    if (const auto* record = std::get_if<Record>(&entry)) key = &record->key;
    if (key != nullptr) records.push_back(RecordRow(*key));
  }
  RETURN_IF_ERROR(reader_.ReadAhead(Family::kRecords, records));
  RETURN_IF_ERROR(reader_.ReadAhead(Family::kRequests, requests));
  return reader_.ReadAhead(Family::kKeys, keys);
}

absl::Status Importer::Add(const ExportEntry& entry) {
  if (const auto* state = std::get_if<CustomerState>(&entry)) return AddCustomer(*state);
  if (const auto* record = std::get_if<Record>(&entry)) return AddRecord(*record);
  if (const auto* history = std::get_if<HistoryEntry>(&entry)) {
    overlay_.Put(Family::kHistory, HistoryRow(*history), HistoryValue(*history));
  } else if (const auto* bounds = std::get_if<FeedBounds>(&entry)) {
    AddBounds(*bounds);
  } else if (const auto* change = std::get_if<Change>(&entry)) {
    return AddChange(*change);
  } else if (const auto* record_key = std::get_if<RecordKey>(&entry)) {
    return Remove(*record_key);
  } else if (const auto* request_key = std::get_if<RequestKey>(&entry)) {
    return Remove(*request_key);
  } else {
    const auto& [key, request] = std::get<std::pair<RequestKey, StoredRequest>>(entry);
    return AddRequest(key, request);
  }
  return absl::OkStatus();
}

absl::StatusOr<Importer::Customer*> Importer::FindCustomer(CustomerId customer) {
  std::unique_ptr<Customer>& found = customers_[customer];
  if (found != nullptr) return found.get();
  found = std::make_unique<Customer>();
  found->state.customer = customer;
  RowReader::RowValue value;
  ASSIGN_OR_RETURN(const bool exists,
                   reader_.GetRow(Family::kDirectory, CustomerRow(customer), value));
  if (exists) {
    ASSIGN_OR_RETURN(found->state, ParseCustomer(customer, value.bytes()));
    found->had_members = !found->state.members.empty();
  }
  return found.get();
}

absl::Status Importer::AddCustomer(const CustomerState& state) {
  ASSIGN_OR_RETURN(Customer* const customer, FindCustomer(state.customer));
  const std::vector<SubjectId> before = std::move(customer->state.members);
  customer->state = state;
  for (const SubjectId subject : before) {
    if (std::binary_search(state.members.begin(), state.members.end(), subject)) continue;
    --totals_.subjects;
    overlay_.Delete(Family::kDirectory, SubjectRow(subject));
  }
  for (const SubjectId subject : state.members) {
    if (std::binary_search(before.begin(), before.end(), subject)) continue;
    const absl::StatusOr<CustomerId> holder = reader_.HolderOf(subject);
    if (holder.ok()) {
      ASSIGN_OR_RETURN(Customer* const source, FindCustomer(*holder));
      std::erase(source->state.members, subject);
    } else if (absl::IsNotFound(holder.status())) {
      ++totals_.subjects;
    } else {
      return holder.status();
    }
    overlay_.Put(Family::kDirectory, SubjectRow(subject), SubjectValue(state.customer));
  }
  return absl::OkStatus();
}

absl::Status Importer::AddRecord(const Record& record) {
  std::string row = RecordRow(record.key);
  RecordIndex before;
  ASSIGN_OR_RETURN(const bool found, records_.Find(row, before));
  RETURN_IF_ERROR(records_.CheckKeysFree(record, before));
  if (!found) ++totals_.records[record.key.kind];
  records_.Put(record, std::move(row), record.revision, before);
  return absl::OkStatus();
}

absl::Status Importer::AddRequest(const RequestKey& key, const StoredRequest& request) {
  std::string row = RequestRow(key);
  RowReader::RowValue value;
  ASSIGN_OR_RETURN(const bool found, reader_.GetRow(Family::kRequests, row, value));
  if (found) {
    ASSIGN_OR_RETURN(const StoredRequest before, ParseRequest(value.bytes()));
    overlay_.Delete(Family::kRequests, RequestTimeRow(before.recorded_time, key));
  }
  overlay_.Put(Family::kRequests, RequestTimeRow(request.recorded_time, key), "");
  overlay_.Put(Family::kRequests, std::move(row), RequestValue(request));
  return absl::OkStatus();
}

absl::Status Importer::Remove(const RecordKey& key) {
  std::string row = RecordRow(key);
  RecordIndex before;
  ASSIGN_OR_RETURN(const bool found, records_.Find(row, before));
  if (!found) return absl::OkStatus();
  --totals_.records[key.kind];
  records_.Delete(key, std::move(row), before);
  return absl::OkStatus();
}

absl::Status Importer::Remove(const RequestKey& key) {
  std::string row = RequestRow(key);
  RowReader::RowValue value;
  ASSIGN_OR_RETURN(const bool found, reader_.GetRow(Family::kRequests, row, value));
  if (!found) return absl::OkStatus();
  ASSIGN_OR_RETURN(const StoredRequest before, ParseRequest(value.bytes()));
  overlay_.Delete(Family::kRequests, RequestTimeRow(before.recorded_time, key));
  overlay_.Delete(Family::kRequests, std::move(row));
  return absl::OkStatus();
}

void Importer::AddBounds(const FeedBounds& bounds) {
  FeedBounds& partition = counters_.feed[static_cast<size_t>(bounds.partition)];
  partition.trimmed = std::max(partition.trimmed, bounds.trimmed);
  partition.end = std::max(partition.end, bounds.end);
}

absl::Status Importer::AddChange(const Change& change) {
  FeedBounds& partition = counters_.feed[static_cast<size_t>(change.partition)];
  if (partition.end == 0) partition.trimmed = partition.end = change.sequence - 1;
  if (change.sequence <= partition.trimmed) return absl::OkStatus();
  if (change.sequence <= before_.feed[static_cast<size_t>(change.partition)].end) {
    RETURN_IF_ERROR(SplitRow(change.partition, change.sequence));
  }
  partition.end = std::max(partition.end, change.sequence);
  overlay_.Put(Family::kChanges, ChangeRow(change.partition, change.sequence),
               ChangesValue({&change, 1}));
  return absl::OkStatus();
}

absl::Status Importer::SplitRow(int partition, uint64_t sequence) {
  const std::unique_ptr<RowIterator> rows = source_.NewIterator(Family::kChanges, Scope::kFamily);
  rows->Seek(ChangeRow(partition, sequence));
  if (!rows->Valid()) return rows->status();
  // A row that is split already is the overlay's.
  if (overlay_.Find(Family::kChanges, rows->row()) != nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Change> changes, ParseChanges(rows->row(), rows->value()));
  if (changes.front().partition != partition || changes.size() == 1) return absl::OkStatus();
  const uint64_t trimmed = counters_.feed[static_cast<size_t>(partition)].trimmed;
  for (const Change& change : changes) {
    if (change.sequence <= trimmed) continue;
    overlay_.Put(Family::kChanges, ChangeRow(partition, change.sequence),
                 ChangesValue({&change, 1}));
  }
  return absl::OkStatus();
}

absl::StatusOr<RowCommit> Importer::Prepare() {
  if (overlay_.bytes() > kMaxBatchBytes) {
    return absl::ResourceExhaustedError(
        "one import call brings more than 1 GiB: import fewer entries at a time");
  }
  RowCommit commit;
  for (auto& [id, customer] : customers_) {
    CustomerState& state = customer->state;
    totals_.customers += (state.members.empty() ? 0 : 1) - (customer->had_members ? 1 : 0);
    overlay_.Put(Family::kDirectory, CustomerRow(id), CustomerValue(state));
    commit.customers.push_back(std::move(state));
  }
  std::sort(commit.customers.begin(), commit.customers.end(),
            [](const CustomerState& a, const CustomerState& b) { return a.customer < b.customer; });
  for (size_t i = 0; i < counters_.feed.size(); ++i) {
    const FeedBounds& bounds = counters_.feed[i];
    if (bounds == before_.feed[i]) continue;
    commit.moved.push_back(bounds);
    if (before_.feed[i].end == 0 || bounds.trimmed == before_.feed[i].trimmed) continue;
    commit.trimmed.push_back(bounds);
  }
  commit.overlay = std::move(overlay_);
  commit.totals = totals_;
  return commit;
}

}  // namespace yilan::storage::rows
