// Rows whose facts are on their way, in order.
#ifndef YILAN_CLIENTS_CLI_ROW_TRACKER_H_
#define YILAN_CLIENTS_CLI_ROW_TRACKER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "clients/cli/import_counts.h"
#include "clients/cli/rejected_rows.h"
#include "clients/import/row_reader.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::cli {

// A row all of whose facts have their results.
struct FinishedRow {
  RejectedRow row;
  ImportCounts counts;
  InputPosition end;
};

// Keeps each row until it and all rows before it are finished, so that the place to resume from is
// always behind finished rows only. Thread-safe: one thread begins rows and takes finished ones,
// another hands in results.
class RowTracker {
 public:
  // Begins a row with `facts` facts to be sent and what was wrong with others. Returns the number
  // under which FactId names the row's facts.
  uint64_t Begin(const Row& row, const std::string& row_number, std::vector<RowProblem> problems,
                 int facts);
  // The id under which a fact of a row is sent.
  static uint64_t FactId(uint64_t sequence, const v1::Fact& fact);

  // Takes the result of a fact. A fact that the server would not take (RETRY) leaves its row
  // unfinished for good, and gave_up() tells.
  void TakeResult(uint64_t fact_id, const v1::FactResult& result);
  // Counts a fact that could not be sent as rejected.
  void TakeRefusal(uint64_t fact_id, const std::string& reason);

  // The oldest row, if it is finished.
  std::optional<FinishedRow> PopFinished();
  // Waits while as many rows are unfinished as may be, at most for `timeout`; whether there is room
  // or a row to take now. A fact that is tried again and again would otherwise pile up rows behind
  // it.
  bool AwaitProgress(absl::Duration timeout);
  // Why the server would not take a fact; empty while it does.
  std::string gave_up() const;

  static constexpr size_t kMostUnfinished = 200000;

 private:
  struct Entry {
    FinishedRow finished;
    int pending = 0;
  };

  Entry& EntryOf(uint64_t fact_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  CondVar moved_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_ ABSL_GUARDED_BY(mutex_) = 0;  // Sequence of the first entry.
  std::string gave_up_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_ROW_TRACKER_H_
