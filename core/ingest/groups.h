// Cuts a batch of facts into groups that can be written side by side.
#ifndef YILAN_CORE_INGEST_GROUPS_H_
#define YILAN_CORE_INGEST_GROUPS_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "core/facts/fact_write.h"
#include "core/facts/write_batch.h"
#include "storage/record_store.h"

namespace yilan::core {

// Facts of some feed partitions: positions in the batch. Of what belongs together, source records
// come first, since they say which subjects do; otherwise the order is that of the batch.
struct FactGroup {
  std::vector<int> partitions;
  std::vector<size_t> positions;
};

struct FactGroups {
  std::vector<FactGroup> groups;
  // Who held the keys of the facts and their subjects when they were looked up.
  KeyCustomers customers;
};

// Facts that have a subject, a customer or a reference in common come into one group; their
// partition is that of a customer they have already, or a fresh one. No partition is in two groups,
// and neighbours that have few facts are one group: a transaction costs as much as tens of facts.
absl::StatusOr<FactGroups> GroupByPartition(storage::Reader& reader,
                                            absl::Span<const FactWrite> writes, IdGenerator& ids);

}  // namespace yilan::core

#endif  // YILAN_CORE_INGEST_GROUPS_H_
