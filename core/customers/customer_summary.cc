#include "core/customers/customer_summary.h"

#include "base/status_macros.h"
#include "core/customers/customer_records.h"
#include "core/facts/keys.h"
#include "core/views/profile.h"
#include "core/views/totals.h"

namespace yilan::core {
absl::Status SummarizeCustomer(storage::Reader& reader, const storage::CustomerState& customer,
                               const SurvivorshipRules& rules, v1::Customer& summary) {
  ASSIGN_OR_RETURN(const CustomerRecords records, ReadCustomerRecords(reader, customer));
  for (const yilan::storage::v1::Subject* const subject : records.subjects) {
    DescribeSubject(*subject, *summary.add_subjects());
  }
  summary.set_customer_id(customer.customer.ToString());
  summary.set_etag(EtagOf(customer.revision));
  if (const auto* winner = WinnerOf("name", rules, records.opinions))
    summary.set_name(winner->name());
  if (const auto* winner = WinnerOf("party_type", rules, records.opinions)) {
    summary.set_party_type(winner->party_type());
  }
  if (const auto* winner = WinnerOf("status", rules, records.opinions))
    summary.set_status(winner->status());
  return absl::OkStatus();
}

}  // namespace yilan::core
