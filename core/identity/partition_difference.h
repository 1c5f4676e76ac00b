// How two groupings of the same source records into customers differ.
#ifndef YILAN_CORE_IDENTITY_PARTITION_DIFFERENCE_H_
#define YILAN_CORE_IDENTITY_PARTITION_DIFFERENCE_H_

#include <cstddef>

#include "absl/types/span.h"
#include "storage/record.h"
#include "yilan/v1/identity_model.pb.h"

namespace yilan::core {

inline constexpr size_t kMostDifferenceExamples = 100;

// Sets source_records, customers_*, *_pairs and the examples of `difference`: what was grouped by
// `before` is grouped by `after`, both with one entry for each record. The examples are the
// customers of whom most records are grouped otherwise. Pure.
void ComparePartitions(absl::Span<const storage::CustomerId> before, absl::Span<const size_t> after,
                       v1::ModelDifference& difference);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_PARTITION_DIFFERENCE_H_
