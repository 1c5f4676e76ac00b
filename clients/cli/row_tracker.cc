#include "clients/cli/row_tracker.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace yilan::cli {
namespace {

// An id is the sequence of the row and, in its last bits, the kind of the fact.
constexpr int kKindBits = 12;

std::string KindName(uint64_t fact_id) {
  const auto* field =
      v1::Fact::descriptor()->FindFieldByNumber(static_cast<int>(fact_id & ((1 << kKindBits) - 1)));
  return field == nullptr ? "" : field->name();
}

}  // namespace

uint64_t RowTracker::FactId(uint64_t sequence, const v1::Fact& fact) {
  return sequence << kKindBits | static_cast<uint64_t>(fact.fact_case());
}

uint64_t RowTracker::Begin(const Row& row, const std::string& row_number,
                           std::vector<RowProblem> problems, int facts) {
  Entry entry;
  entry.pending = facts;
  entry.finished.end = row.end;
  entry.finished.counts.rows = 1;
  // Of a row that cannot be read nobody knows how many facts it would have been.
  const int64_t rejected = row.problem.has_value() ? 0 : static_cast<int64_t>(problems.size());
  entry.finished.counts.facts = rejected;
  entry.finished.counts.rejected_facts = rejected;
  entry.finished.row = {row_number, row.line, std::string(row.raw), !row.problem.has_value(),
                        std::move(problems)};
  MutexLock lock(mutex_);
  entries_.push_back(std::move(entry));
  return first_ + entries_.size() - 1;
}

RowTracker::Entry& RowTracker::EntryOf(uint64_t fact_id) {
  return entries_[(fact_id >> kKindBits) - first_];
}

void RowTracker::TakeResult(uint64_t fact_id, const v1::FactResult& result) {
  MutexLock lock(mutex_);
  if (result.outcome() == v1::FACT_OUTCOME_RETRY) {
    gave_up_ = result.violations().empty() ? "the server cannot store facts now"
                                           : result.violations(0).description();
    return;
  }
  Entry& entry = EntryOf(fact_id);
  entry.finished.counts.Add(result);
  if (result.outcome() == v1::FACT_OUTCOME_REJECTED ||
      result.outcome() == v1::FACT_OUTCOME_CONFLICT) {
    for (const v1::FactViolation& violation : result.violations()) {
      entry.finished.row.problems.push_back(
          {KindName(fact_id), violation.field(), violation.description()});
    }
    if (result.violations().empty()) {
      entry.finished.row.problems.push_back({KindName(fact_id), "", "was rejected"});
    }
  }
  --entry.pending;
  moved_.SignalAll();
}

void RowTracker::TakeRefusal(uint64_t fact_id, const std::string& reason) {
  MutexLock lock(mutex_);
  Entry& entry = EntryOf(fact_id);
  ++entry.finished.counts.facts;
  ++entry.finished.counts.rejected_facts;
  entry.finished.row.problems.push_back({KindName(fact_id), "", reason});
  --entry.pending;
}

std::optional<FinishedRow> RowTracker::PopFinished() {
  MutexLock lock(mutex_);
  if (entries_.empty() || entries_.front().pending > 0) return std::nullopt;
  FinishedRow finished = std::move(entries_.front().finished);
  entries_.pop_front();
  ++first_;
  if (!finished.row.problems.empty()) finished.counts.rejected_rows = 1;
  return finished;
}

bool RowTracker::AwaitProgress(absl::Duration timeout) {
  MutexLock lock(mutex_);
  if (entries_.size() < kMostUnfinished || entries_.front().pending == 0) return true;
  moved_.WaitFor(mutex_, timeout);
  return entries_.size() < kMostUnfinished || entries_.front().pending == 0;
}

std::string RowTracker::gave_up() const {
  MutexLock lock(mutex_);
  return gave_up_;
}

}  // namespace yilan::cli
