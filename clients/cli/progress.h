// How an import is getting on, while it does.
#ifndef YILAN_CLIENTS_CLI_PROGRESS_H_
#define YILAN_CLIENTS_CLI_PROGRESS_H_

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/time/time.h"
#include "clients/cli/terminal.h"

namespace yilan::cli {

// Where it stands.
struct ProgressFigures {
  uint64_t bytes_done = 0;  // Of the input, up to the last finished row.
  uint64_t bytes_total = 0;
  int64_t rows = 0;
  const char* unit = "rows";  // What is counted as rows.
  int64_t facts = 0;
  int64_t rejected_rows = 0;
  double facts_per_second = 0;
  absl::Duration remaining = absl::InfiniteDuration();  // Infinite while it cannot be told.
};

// "[=====>    ]  52 %  3,650 rows  18,700 facts  15,684/s  ETA 0:03  rejected 2".
std::string ProgressBar(const ProgressFigures& figures, const Terminal& terminal);
// The same without the bar, for a log.
std::string ProgressLine(const ProgressFigures& figures);

// Shows figures on a stream: on a terminal a bar in one line, ten times a second; elsewhere a line
// with the first figures and then every five seconds. Not thread-safe.
class Progress {
 public:
  // `bytes_before` and `facts_before`: what an interrupted run has done, which says nothing of the
  // speed of this one. Shows nothing when `quiet`.
  Progress(std::FILE* stream, const Terminal& terminal, bool quiet, absl::Time start,
           uint64_t bytes_before, int64_t facts_before);

  // Shows the figures if it is time for it. The speed is computed here.
  void Show(ProgressFigures figures, absl::Time now);
  // Removes the bar.
  void Clear();

 private:
  std::FILE* const stream_;
  const Terminal terminal_;
  const bool quiet_;
  const absl::Time start_;
  const uint64_t bytes_before_;
  const int64_t facts_before_;
  absl::Time next_;
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_PROGRESS_H_
