#include "storage/rocksdb/counters.h"

#include "storage/rocksdb/row_keys.h"
#include "storage/rocksdb/wire.h"

namespace yilan::storage::rocks {

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

}  // namespace yilan::storage::rocks
