#include "storage/rows/counters.h"

#include <memory>

#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/wire.h"

namespace yilan::storage::rows {

std::string BoundsRow(int partition) {
  std::string row = "feed/";
  row.push_back(static_cast<char>(partition));
  return row;
}

void Totals::Add(const Totals& other) {
  customers += other.customers;
  subjects += other.subjects;
  for (const auto& [kind, count] : other.records) records[kind] += count;
}

bool Totals::IsZero() const {
  if (customers != 0 || subjects != 0) return false;
  for (const auto& [kind, count] : records) {
    if (count != 0) return false;
  }
  return true;
}

std::string TotalsValue(const Totals& totals) {
  std::string value;
  AppendSigned(value, totals.customers);
  AppendSigned(value, totals.subjects);
  AppendVarint(value, totals.records.size());
  for (const auto& [kind, count] : totals.records) {
    AppendVarint(value, kind);
    AppendSigned(value, count);
  }
  return value;
}

absl::StatusOr<Totals> ParseTotals(absl::string_view value) {
  WireParser parser(value);
  Totals totals;
  totals.customers = parser.Signed();
  totals.subjects = parser.Signed();
  const uint64_t kinds = parser.Count(2);
  for (uint64_t i = 0; i < kinds; ++i) {
    const uint64_t kind = parser.Varint();
    if (kind > UINT16_MAX) return Malformed("count of records");
    totals.records[static_cast<Kind>(kind)] = parser.Signed();
  }
  if (!parser.AtEnd()) return Malformed("count of records");
  return totals;
}

std::string BoundsValue(const FeedBounds& bounds) {
  std::string value;
  AppendVarint(value, bounds.trimmed);
  AppendVarint(value, bounds.end);
  return value;
}

absl::StatusOr<FeedBounds> ParseBounds(int partition, absl::string_view value) {
  WireParser parser(value);
  FeedBounds bounds{.partition = partition};
  bounds.trimmed = parser.Varint();
  bounds.end = parser.Varint();
  if (!parser.AtEnd() || bounds.trimmed > bounds.end) return Malformed("feed position");
  return bounds;
}

std::vector<FeedBounds> Counters::Feeds() const {
  std::vector<FeedBounds> feeds;
  for (const FeedBounds& bounds : feed) {
    if (bounds.end > 0) feeds.push_back(bounds);
  }
  return feeds;
}

absl::StatusOr<Counters> ReadCounters(RowSource& source) {
  Counters counters;
  std::vector<std::string> rows;
  rows.reserve(kFeedPartitions);
  for (int i = 0; i < kFeedPartitions; ++i) rows.push_back(BoundsRow(i));
  RETURN_IF_ERROR(source.GetMany(
      Family::kMeta, rows, [&](size_t i, const absl::string_view* value) -> absl::Status {
        if (value == nullptr) return absl::OkStatus();
        ASSIGN_OR_RETURN(counters.feed[i], ParseBounds(static_cast<int>(i), *value));
        return absl::OkStatus();
      }));
  const std::unique_ptr<RowIterator> totals = source.NewIterator(Family::kMeta, Scope::kFamily);
  for (totals->Seek(kTotalsRow); totals->Valid(); totals->Next()) {
    if (!absl::StartsWith(totals->row(), kTotalsRow)) break;
    ASSIGN_OR_RETURN(const Totals part, ParseTotals(totals->value()));
    counters.totals.Add(part);
  }
  RETURN_IF_ERROR(totals->status());
  return counters;
}

}  // namespace yilan::storage::rows
