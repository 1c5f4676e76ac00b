// Verifies a whole store: what `yilan-server check` runs.
//
// Reads everything in one snapshot and looks for what must never be: records of subjects in no
// customer, customers that share a subject, facts that do not parse or whose key leads elsewhere,
// running totals that are not the sum of the facts, gaps in the change feed. Memory: some 100 bytes
// per subject and per key.
#ifndef YILAN_CORE_CHECK_CHECK_H_
#define YILAN_CORE_CHECK_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "storage/record_store.h"

namespace yilan::core {

struct CheckReport {
  uint64_t customers = 0;
  uint64_t subjects = 0;
  uint64_t records = 0;
  uint64_t history_entries = 0;
  uint64_t changes = 0;
  uint64_t requests = 0;
  uint64_t damages = 0;  // How many were found …
  std::vector<std::string>
      examples;  // … and the first kMaxExamples of them; ids only, no personal data.

  static constexpr size_t kMaxExamples = 20;
};

// An error only when the store could not be read to the end.
// `also` is shown everything that was read.
absl::StatusOr<CheckReport> CheckStore(storage::RecordStore& store,
                                       const storage::CallOptions& call, TimeMicros now,
                                       absl::FunctionRef<void(const storage::ExportEntry&)> also);
absl::StatusOr<CheckReport> CheckStore(storage::RecordStore& store,
                                       const storage::CallOptions& call, TimeMicros now);

}  // namespace yilan::core

#endif  // YILAN_CORE_CHECK_CHECK_H_
