// How far an import got, kept beside the input until it is done: INPUT.yilan-resume.
#ifndef YILAN_CLIENTS_CLI_IMPORT_STATE_H_
#define YILAN_CLIENTS_CLI_IMPORT_STATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/import_counts.h"
#include "clients/import/input_file.h"

namespace yilan::cli {

struct ImportState {
  std::string server;
  uint64_t mapping_fingerprint = 0;
  // Behind the last row before which all rows are finished.
  InputPosition position;
  ImportCounts counts;          // Of the rows before it.
  uint64_t rejected_bytes = 0;  // Length of the file of rejected rows at that point.
};

// Reads a state; nothing when there is none. Errors: DATA_LOSS when the file is no state.
absl::StatusOr<std::optional<ImportState>> LoadImportState(const std::string& path);
// Writes a state so that a crash leaves either the old one or the new one. Errors: UNAVAILABLE with
// the reason.
absl::Status SaveImportState(const ImportState& state, const std::string& path);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IMPORT_STATE_H_
