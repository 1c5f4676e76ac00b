// Looks at all customers of a store, slowly, and counts the quality of their facts.
#ifndef YILAN_CORE_QUALITY_QUALITY_SCAN_H_
#define YILAN_CORE_QUALITY_QUALITY_SCAN_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "storage/record_store.h"
#include "yilan/v1/quality.pb.h"

namespace yilan::core {

struct QualityScanOptions {
  size_t page = 64;               // Customers in one snapshot …
  double pause_per_work = 2;      // … and between two pages a pause, of so many times their time.
  size_t facts_per_kind = 100;    // Of one subject, the newest; source records all count.
  size_t max_compared = 1000000;  // Identifiers; see ScorecardCounts.
  int max_failures = 30;          // Of the store in a row, with a second between them.
};

// Reads every customer once, in pages that are a snapshot each: a page is copied out and counted
// afterwards, so nothing is held open for longer than it takes to read some dozens of customers,
// and reads of this sort leave the caches of the store alone. A customer that is merged or made
// while the scan goes on may be missed or counted twice. It runs on the thread of the caller, for
// `1 / (1
// + pause_per_work)` of the time.
//
// `pause` waits; it returns false when the scan is to end, which it also does at once. It is called
// after each page with how many customers were looked at. Errors: CANCELLED when `pause` said so;
// those of the store that outlast `max_failures` tries; DATA_LOSS when a fact does not parse.
absl::StatusOr<v1::QualityScorecard> ScanQuality(
    storage::RecordStore& store, TimeMicros now, const QualityScanOptions& options,
    absl::FunctionRef<bool(absl::Duration, int64_t customers)> pause);

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_QUALITY_SCAN_H_
