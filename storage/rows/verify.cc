#include "storage/rows/verify.h"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
// Looked up at once.
constexpr size_t kRowsPerLook = 256;

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
  // There must be such a row, as soon as Look() is called.
  absl::Status Expect(Family family, std::string row, std::string value,
                      absl::string_view otherwise) {
    std::vector<Expected>& expected = expected_[static_cast<size_t>(family)];
    expected.push_back({std::move(value), otherwise});
    rows_[static_cast<size_t>(family)].push_back(std::move(row));
    return expected.size() < kRowsPerLook ? absl::OkStatus() : Look(family);
  }
  absl::Status Look(Family family) {
    const std::vector<std::string> rows = std::exchange(rows_[static_cast<size_t>(family)], {});
    const std::vector<Expected> expected =
        std::exchange(expected_[static_cast<size_t>(family)], {});
    RETURN_IF_ERROR(source_.GetMany(family, rows,
                                    [&](size_t i, const absl::string_view* value) -> absl::Status {
                                      if (value != nullptr && *value == expected[i].value)
                                        return absl::OkStatus();
                                      return Contradiction(expected[i].otherwise);
                                    }));
    source_.Forget();
    return absl::OkStatus();
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
            RETURN_IF_ERROR(Expect(Family::kDirectory, SubjectRow(member), SubjectValue(customer),
                                   "a member says that it belongs to another customer"));
          }
          return absl::OkStatus();
        }));
    RETURN_IF_ERROR(Look(Family::kDirectory));
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
            RETURN_IF_ERROR(Expect(Family::kKeys, key, std::string(row),
                                   "a key of a record does not lead to it"));
          }
          for (const Term& term : record.terms) {
            ++terms;
            RETURN_IF_ERROR(Expect(Family::kTerms, TermRow(term.term, record.key), TermValue(term),
                                   "a term of a record does not lead to it"));
          }
          return absl::OkStatus();
        }));
    RETURN_IF_ERROR(Look(Family::kKeys));
    RETURN_IF_ERROR(Look(Family::kTerms));
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
          return Expect(Family::kRequests, RequestTimeRow(request.recorded_time, key), "",
                        "a request is not listed by its age");
        }));
    RETURN_IF_ERROR(Look(Family::kRequests));
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

  struct Expected {
    std::string value;
    absl::string_view otherwise;  // What is wrong if it is not there.
  };

  RowSource& source_;
  const CallOptions& call_;
  Totals counted_;
  std::array<std::vector<std::string>, kFamilies> rows_;
  std::array<std::vector<Expected>, kFamilies> expected_;  // Of each of rows_.
};

}  // namespace

absl::Status VerifyRows(RowSource& source, const CallOptions& call) {
  return Verifier(source, call).Run();
}

}  // namespace yilan::storage::rows
