// Counters: what every commit counts up, kept in rows of the meta family.
//
// One row per feed partition tells how far it reaches; the totals of the store are the sum of all
// rows that begin with kTotalsRow, so that a backend may count in several places. They are written
// in the same batch as what they count, so they are exact after any crash.
#ifndef YILAN_STORAGE_ROWS_COUNTERS_H_
#define YILAN_STORAGE_ROWS_COUNTERS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rows {

// The row of meta with the format version, a varint.
inline constexpr char kFormatRow[] = "format";
inline constexpr char kTotalsRow[] = "totals";
std::string BoundsRow(int partition);

// Counts of what is stored, or by how much a commit changes them.
struct Totals {
  int64_t customers = 0;  // With at least one member.
  int64_t subjects = 0;
  std::map<Kind, int64_t> records;

  void Add(const Totals& other);
  bool IsZero() const;
  friend bool operator==(const Totals&, const Totals&) = default;
};
std::string TotalsValue(const Totals& totals);
absl::StatusOr<Totals> ParseTotals(absl::string_view value);

std::string BoundsValue(const FeedBounds& bounds);
absl::StatusOr<FeedBounds> ParseBounds(int partition, absl::string_view value);

struct Counters {
  Totals totals;
  std::array<FeedBounds, kFeedPartitions> feed;

  // The bounds of partitions that were ever written to, sorted.
  std::vector<FeedBounds> Feeds() const;

  Counters() {
    for (int i = 0; i < kFeedPartitions; ++i) feed[static_cast<size_t>(i)].partition = i;
  }
};

// As `source` shows them.
absl::StatusOr<Counters> ReadCounters(RowSource& source);

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_COUNTERS_H_
