// Figures and names of a customer, from the running totals of its subjects.
#ifndef YILAN_CORE_VIEWS_TOTALS_H_
#define YILAN_CORE_VIEWS_TOTALS_H_

#include "absl/types/span.h"
#include "base/clock.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/customer_view.pb.h"

namespace yilan::core {

// Fills `totals`, which is empty, with the sums over all subjects of a customer, as they are at
// `now`. Returns the moment after `now` until which they hold by themselves: the next due time, or
// kMaxTime. Sums that do not fit 64 bits stop at the greatest or least number.
TimeMicros ComputeTotals(absl::Span<const yilan::storage::v1::Subject* const> subjects,
                         TimeMicros now, v1::CustomerTotals& totals);

// What source systems call a subject, customer keys first, and whether it has a source record.
void DescribeSubject(const yilan::storage::v1::Subject& subject, v1::CustomerSubject& description);

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_TOTALS_H_
