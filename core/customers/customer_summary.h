// A customer in short, as lists show it.
#ifndef YILAN_CORE_CUSTOMERS_CUSTOMER_SUMMARY_H_
#define YILAN_CORE_CUSTOMERS_CUSTOMER_SUMMARY_H_

#include "absl/status/status.h"
#include "core/survivorship/survivorship_rules.h"
#include "storage/record_store.h"
#include "yilan/v1/customer_service.pb.h"

namespace yilan::core {

// Fills in `summary` from the subjects and source records of a customer; what it says
// of name, type and status is what the profile of its view says. Errors: DATA_LOSS; those of the
// reader as they are.
absl::Status SummarizeCustomer(storage::Reader& reader, const storage::CustomerState& customer,
                               const SurvivorshipRules& rules, v1::Customer& summary);

}  // namespace yilan::core

#endif  // YILAN_CORE_CUSTOMERS_CUSTOMER_SUMMARY_H_
