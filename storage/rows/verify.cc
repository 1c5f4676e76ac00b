#include "storage/rows/verify.h"

#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/counters.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {
namespace {

constexpr size_t kRowsPerDeadlineCheck = 256;

absl::Status Contradiction(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the store contradicts itself: ", what));
}

class Verifier {
 public:
  Verifier(RowSource& source, const CallOptions& call) : source_(source), call_(call) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(const Counters counters, ReadCounters(source_));
    RETURN_IF_ERROR(CheckDirectory());
    RETURN_IF_ERROR(CheckRecords());
    RETURN_IF_ERROR(CheckHistory());
    RETURN_IF_ERROR(CheckRequests());
    for (const FeedBounds& bounds : counters.feed) RETURN_IF_ERROR(CheckFeed(bounds));
    return CheckTotals(counters.totals);
  }

 private:
  using Visitor = absl::FunctionRef<absl::Status(absl::string_view row, absl::string_view value)>;

  absl::Status ForEach(Family family, Visitor visit) {
    const std::unique_ptr<RowIterator> rows = source_.NewIterator(family, Scope::kBulk);
    size_t visited = 0;
    for (rows->Seek({}); rows->Valid(); rows->Next()) {
      if (visited++ % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call_));
      RETURN_IF_ERROR(visit(rows->row(), rows->value()));
    }
    return rows->status();
  }
  absl::StatusOr<bool> Holds(Family family, absl::string_view row, absl::string_view value) {
    std::string found;
    ASSIGN_OR_RETURN(const bool exists, source_.Get(family, row, found));
    return exists && found == value;
  }

  absl::Status CheckDirectory() {
    int64_t subject_rows = 0;
    RETURN_IF_ERROR(ForEach(
        Family::kDirectory, [&](absl::string_view row, absl::string_view value) -> absl::Status {
          if (!row.empty() && row.front() == kSubjectPrefix) {
            ++subject_rows;
            return SubjectOfRow(row).status();
          }
          ASSIGN_OR_RETURN(const CustomerId customer, CustomerOfRow(row));
          ASSIGN_OR_RETURN(const CustomerState state, ParseCustomer(customer, value));
          if (!state.members.empty()) ++counted_.customers;
          for (const SubjectId member : state.members) {
            ++counted_.subjects;
            ASSIGN_OR_RETURN(const bool agrees,
                             Holds(Family::kDirectory, SubjectRow(member), SubjectValue(customer)));
            if (!agrees) return Contradiction("a member says that it belongs to another customer");
          }
          return absl::OkStatus();
        }));
    if (subject_rows != counted_.subjects) {
      return Contradiction("a subject belongs to a customer that does not have it");
    }
    return absl::OkStatus();
  }

  absl::Status CheckRecords() {
    uint64_t keys = 0;
    uint64_t terms = 0;
    RETURN_IF_ERROR(ForEach(
        Family::kRecords, [&](absl::string_view row, absl::string_view value) -> absl::Status {
          ASSIGN_OR_RETURN(const Record record, ParseRecord(row, value));
          ++counted_.records[record.key.kind];
          for (const std::string& key : record.keys) {
            ++keys;
            ASSIGN_OR_RETURN(const bool agrees, Holds(Family::kKeys, key, row));
            if (!agrees) return Contradiction("a key of a record does not lead to it");
          }
          for (const Term& term : record.terms) {
            ++terms;
            ASSIGN_OR_RETURN(
                const bool agrees,
                Holds(Family::kTerms, TermRow(term.term, record.key), TermValue(term)));
            if (!agrees) return Contradiction("a term of a record does not lead to it");
          }
          return absl::OkStatus();
        }));
    RETURN_IF_ERROR(CheckCount(Family::kKeys, keys, "a key leads to a record that lacks it"));
    return CheckCount(Family::kTerms, terms, "a term leads to a record that lacks it");
  }

  absl::Status CheckCount(Family family, uint64_t expected, absl::string_view otherwise) {
    uint64_t rows = 0;
    RETURN_IF_ERROR(ForEach(family, [&rows](absl::string_view, absl::string_view) {
      ++rows;
      return absl::OkStatus();
    }));
    return rows == expected ? absl::OkStatus() : Contradiction(otherwise);
  }

  absl::Status CheckHistory() {
    return ForEach(Family::kHistory, [](absl::string_view row, absl::string_view value) {
      return ParseHistory(row, value).status();
    });
  }

  absl::Status CheckRequests() {
    int64_t surplus = 0;  // Requests less entries by age.
    RETURN_IF_ERROR(ForEach(
        Family::kRequests, [&](absl::string_view row, absl::string_view value) -> absl::Status {
          if (!row.empty() && row.front() == kRequestTimePrefix) {
            --surplus;
            return RequestKeyOfTimeRow(row).status();
          }
          ++surplus;
          ASSIGN_OR_RETURN(const RequestKey key, RequestKeyOfRow(row));
          ASSIGN_OR_RETURN(const StoredRequest request, ParseRequest(value));
          ASSIGN_OR_RETURN(
              const bool agrees,
              Holds(Family::kRequests, RequestTimeRow(request.recorded_time, key), ""));
          return agrees ? absl::OkStatus() : Contradiction("a request is not listed by its age");
        }));
    return surplus == 0 ? absl::OkStatus() : Contradiction("a request is listed that is not there");
  }

  absl::Status CheckFeed(const FeedBounds& bounds) {
    const int partition = bounds.partition;
    const std::unique_ptr<RowIterator> rows = source_.NewIterator(Family::kChanges, Scope::kBulk);
    uint64_t last = bounds.trimmed;
    for (rows->Seek(ChangeRow(partition, 0)); rows->Valid(); rows->Next()) {
      RETURN_IF_ERROR(CheckDeadline(call_));
      ASSIGN_OR_RETURN(const std::vector<Change> changes, ParseChanges(rows->row(), rows->value()));
      if (changes.front().partition != partition) break;
      if (changes.back().sequence <= bounds.trimmed) {
        return Contradiction("the change feed keeps what was trimmed");
      }
      for (const Change& change : changes) {
        if (FeedPartitionOf(change.customer) != partition) {
          return Contradiction("a change is in another partition than its customer");
        }
        if (change.sequence <= bounds.trimmed) continue;  // Shares its row with one that is kept.
        if (change.sequence != ++last) return Contradiction("the change feed has a gap");
      }
    }
    RETURN_IF_ERROR(rows->status());
    return last == bounds.end ? absl::OkStatus()
                              : Contradiction("the change feed does not reach its end");
  }

  absl::Status CheckTotals(Totals totals) {
    std::erase_if(totals.records, [](const auto& count) { return count.second == 0; });
    return totals == counted_ ? absl::OkStatus()
                              : Contradiction("the totals differ from what there is");
  }

  RowSource& source_;
  const CallOptions& call_;
  Totals counted_;
};

}  // namespace

absl::Status VerifyRows(RowSource& source, const CallOptions& call) {
  return Verifier(source, call).Run();
}

}  // namespace yilan::storage::rows
