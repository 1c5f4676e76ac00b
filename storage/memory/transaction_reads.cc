#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "storage/memory/transaction.h"

namespace yilan::storage::memory {

absl::StatusOr<Record> MemoryTransaction::Get(const RecordKey& key) {
  const std::optional<Entry> entry = overlay_.Find(AddressOf(key));
  if (!entry.has_value()) return absl::NotFoundError("there is no such record");
  return UnpackRecord(key.subject, *entry);
}

absl::Status MemoryTransaction::GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) {
  for (const RecordKey& key : keys) {
    const std::optional<Entry> entry = overlay_.Find(AddressOf(key));
    if (entry.has_value()) RETURN_IF_ERROR(visit(ViewRecord(key.subject, *entry)));
  }
  return absl::OkStatus();
}

absl::Status MemoryTransaction::Scan(const Range& range, RecordVisitor visit) {
  absl::Status status;
  size_t left = range.max;
  if (left == 0) return status;
  overlay_.Scan(range.subject, {.kind = range.kind, .id = range.first_id}, [&](const Entry& entry) {
    if (!range.limit_id.empty() && entry.place.id >= range.limit_id) return false;
    status = visit(ViewRecord(range.subject, entry));
    return status.ok() && --left > 0;
  });
  return status;
}

absl::Status MemoryTransaction::ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                                            HistoryVisitor visit) {
  const std::string prefix = fact_id.empty() ? std::string() : HistoryIdPrefix(fact_id);
  absl::Status status;
  overlay_.Scan(subject, {.kind = kHistoryKinds + kind, .id = prefix}, [&](const Entry& entry) {
    if (entry.place.id.substr(0, prefix.size()) != prefix) return false;
    status = visit(UnpackHistory(subject, entry));
    return status.ok();
  });
  return status;
}

absl::StatusOr<RecordKey> MemoryTransaction::FindByKey(absl::string_view key) {
  const std::optional<EntryAddress> holder = overlay_.HolderOfKey(key);
  if (!holder.has_value()) return absl::NotFoundError("no record holds the key");
  return KeyOf(*holder);
}

absl::StatusOr<std::vector<std::optional<RecordKey>>> MemoryTransaction::FindByKeys(
    absl::Span<const std::string> keys) {
  std::vector<std::optional<RecordKey>> holders(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (const auto holder = overlay_.HolderOfKey(keys[i])) holders[i] = KeyOf(*holder);
  }
  return holders;
}

absl::StatusOr<std::vector<TermEntry>> MemoryTransaction::FindByTerm(absl::string_view first,
                                                                     absl::string_view limit,
                                                                     storage::TermCursor& cursor,
                                                                     size_t max) {
  std::vector<TermEntry> entries;
  if (max == 0) return entries;
  const bool resumes = !cursor.term.empty() && absl::string_view(cursor.term) >= first;
  const std::string start(resumes ? absl::string_view(cursor.term) : first);
  std::optional<EntryAddress> after;
  if (resumes) after = AddressOf(cursor.record);
  overlay_.VisitTerms(start, after, limit, [&](const TermView& view) {
    entries.push_back({.term = {.term = std::string(view.term),
                                .valid_from = view.valid_from,
                                .valid_to = view.valid_to},
                       .record = KeyOf(view.record)});
    return entries.size() < max;
  });
  if (!entries.empty()) {
    cursor = {.term = entries.back().term.term, .record = entries.back().record};
  }
  return entries;
}

absl::StatusOr<std::vector<std::vector<RecordKey>>> MemoryTransaction::FindByTerms(
    absl::Span<const std::string> terms, size_t max) {
  std::vector<std::vector<RecordKey>> found(terms.size());
  if (max == 0) return found;
  for (size_t i = 0; i < terms.size(); ++i) {
    // Nothing sorts between a term and the same with a NUL behind it.
    overlay_.VisitTerms(terms[i], std::nullopt, terms[i] + '\0', [&](const TermView& view) {
      found[i].push_back(KeyOf(view.record));
      return found[i].size() < max;
    });
  }
  return found;
}

absl::StatusOr<CustomerState> MemoryTransaction::GetCustomer(const CustomerRef& ref) {
  std::optional<CustomerId> customer;
  if (const SubjectId* const subject = std::get_if<SubjectId>(&ref)) {
    customer = HolderOf(*subject);
    if (!customer.has_value()) return absl::NotFoundError("the subject is in no customer");
  } else {
    customer = std::get<CustomerId>(ref);
  }
  if (Planned* const planned = FindPlanned(*customer); planned != nullptr && planned->touched) {
    Complete(*planned);
    CustomerState state = planned->state;
    state.revision = planned->next;
    return state;
  }
  const std::optional<CustomerSlot> slot = state_.directory().FindCustomer(*customer);
  if (!slot.has_value()) return absl::NotFoundError("there is no such customer");
  return state_.directory().StateOf(*slot);
}

absl::StatusOr<std::vector<std::optional<CustomerState>>> MemoryTransaction::GetCustomers(
    absl::Span<const CustomerRef> refs) {
  std::vector<std::optional<CustomerState>> customers(refs.size());
  for (size_t i = 0; i < refs.size(); ++i) {
    absl::StatusOr<CustomerState> state = GetCustomer(refs[i]);
    if (state.ok()) {
      customers[i] = *std::move(state);
    } else if (!absl::IsNotFound(state.status())) {
      return state.status();
    }
  }
  return customers;
}

absl::StatusOr<StoredRequest> MemoryTransaction::FindRequest(const RequestKey& key) {
  if (request_.has_value() && key == *planned_request_) return *request_;
  std::optional<StoredRequest> request = state_.requests().Find(key);
  if (!request.has_value()) return absl::NotFoundError("there is no such request");
  return *std::move(request);
}

}  // namespace yilan::storage::memory
