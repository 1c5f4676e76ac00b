// What a profile and totals are computed from: the subjects and source records of a customer.
#ifndef YILAN_CORE_CUSTOMERS_CUSTOMER_RECORDS_H_
#define YILAN_CORE_CUSTOMERS_CUSTOMER_RECORDS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/survivorship/survivorship_rules.h"
#include "google/protobuf/arena.h"
#include "storage/record_store.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {

// In the order of the members. All messages live as long as `arena`.
struct CustomerRecords {
  std::shared_ptr<google::protobuf::Arena> arena;
  std::vector<const yilan::storage::v1::Subject*> subjects;
  std::vector<SourceOpinion> opinions;
};

// Errors: DATA_LOSS; those of the reader as they are.
absl::StatusOr<CustomerRecords> ReadCustomerRecords(storage::Reader& reader,
                                                    const storage::CustomerState& customer);

}  // namespace yilan::core

#endif  // YILAN_CORE_CUSTOMERS_CUSTOMER_RECORDS_H_
