// One import: rows to facts to the server, with results, until the file is done.
#ifndef YILAN_CLIENTS_CLI_IMPORT_RUN_H_
#define YILAN_CLIENTS_CLI_IMPORT_RUN_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/cli/context.h"
#include "clients/cli/import_source.h"
#include "clients/cli/import_state.h"
#include "clients/cli/progress.h"
#include "clients/cli/rejected_rows.h"
#include "clients/cli/row_tracker.h"
#include "yilan/client/ingest_session.h"

namespace yilan::cli {

// Runs an import and reports through the context. Goes on where an interrupted run stopped, unless
// told to begin anew.
class ImportRun {
 public:
  ImportRun(const ImportArguments& arguments, Context& context)
      : arguments_(arguments), context_(context) {}

  void Run();

 private:
  // All report what is wrong themselves, and return false.
  bool Prepare();
  bool Resume();
  bool SendRows(client::IngestSession& session);
  bool TakeFinishedRows();
  bool SaveState();

  void SendRow(const Row& row, client::IngestSession& session);
  void ShowProgress();
  void DryRun();
  void Warn(absl::string_view message);
  void ReportEnd(const client::Status& status);
  void PrintSummary();
  // "12,345 of the rows are in; continue with the same command".
  std::string HowToContinue() const;

  const ImportArguments& arguments_;
  Context& context_;
  std::unique_ptr<ImportSource> source_;
  std::unique_ptr<RejectedRows> rejected_;
  std::optional<Progress> progress_;
  RowTracker tracker_;
  ImportState state_;
  client::Status session_status_;
  bool reached_end_ = false;
  absl::Time start_;
  absl::Time next_save_;
  int64_t facts_before_ = 0;
  std::vector<ConvertedFact> converted_;
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IMPORT_RUN_H_
