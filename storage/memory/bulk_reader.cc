#include "storage/memory/bulk_reader.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"

namespace yilan::storage::memory {

absl::StatusOr<std::vector<CustomerState>> StateBulkReader::ListCustomers(CustomerId after,
                                                                          size_t max) {
  std::vector<CustomerState> customers;
  if (max == 0) return customers;
  state_.directory().ForEachCustomer(after, [&](CustomerSlot customer) {
    customers.push_back(state_.directory().StateOf(customer));
    return customers.size() < max;
  });
  return customers;
}

absl::StatusOr<std::vector<CustomerState>> StateBulkReader::GetCustomers(
    absl::Span<const CustomerId> customers) {
  std::vector<CustomerState> found;
  for (const CustomerId customer : customers) {
    const std::optional<CustomerSlot> slot = state_.directory().FindCustomer(customer);
    if (slot.has_value()) found.push_back(state_.directory().StateOf(*slot));
  }
  return found;
}

absl::Status StateBulkReader::VisitSubjects(absl::Span<const SubjectId> subjects,
                                            ExportVisitor visit) {
  const auto visit_entries = [&](bool history) -> absl::Status {
    for (const SubjectId subject : subjects) {
      RETURN_IF_ERROR(CheckDeadline(call_));
      const std::optional<SubjectSlot> slot = state_.directory().FindSubject(subject);
      if (!slot.has_value()) continue;
      for (auto cursor = state_.subjects().Seek(
               *slot, history ? EntryPlace{.kind = kHistoryKinds} : EntryPlace{});
           !cursor.done() && (history || cursor.entry().place.kind < kHistoryKinds);
           cursor.Next()) {
        RETURN_IF_ERROR(history ? visit(UnpackHistory(subject, cursor.entry()))
                                : visit(UnpackRecord(subject, cursor.entry())));
      }
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(visit_entries(/*history=*/false));
  return visit_entries(/*history=*/true);
}

absl::StatusOr<std::vector<FeedBounds>> StateBulkReader::GetFeeds() {
  std::vector<FeedBounds> feeds;
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    const FeedPartition& feed = state_.feed(partition);
    if (feed.end() == 0) continue;
    feeds.push_back({.partition = partition, .trimmed = feed.trimmed(), .end = feed.end()});
  }
  return feeds;
}

absl::StatusOr<ChangePage> StateBulkReader::Changes(int partition, uint64_t after, size_t max) {
  RETURN_IF_ERROR(CheckDeadline(call_));
  RETURN_IF_ERROR(CheckPartition(partition));
  return state_.feed(partition).Read(partition, after, max);
}

absl::Status StateBulkReader::VisitRequests(const RequestKey& after, size_t max,
                                            ExportVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call_));
  for (auto& request : state_.requests().List(after, max)) {
    RETURN_IF_ERROR(visit(std::move(request)));
  }
  return absl::OkStatus();
}

}  // namespace yilan::storage::memory
