// Which customer each cluster of subjects becomes, so that ids stay where people know them.
//
// The oldest customer keeps its id and takes what belongs to it; a customer that loses all its
// subjects is redirected to where most of them went; what no customer is left for becomes a new
// one. Pure.
#ifndef YILAN_CORE_IDENTITY_CUSTOMER_ASSIGNMENT_H_
#define YILAN_CORE_IDENTITY_CUSTOMER_ASSIGNMENT_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "storage/record.h"

namespace yilan::core {

struct CustomerAssignment {
  std::vector<storage::CustomerId> customer_of;  // By number of the cluster.
  // Customers that have no subjects any more, and where they went, sorted.
  std::vector<std::pair<storage::CustomerId, storage::CustomerId>> redirects;
};

// The cluster of `subject` is to be this customer, whichever would be otherwise: one that somebody
// chose to stay, or one without subjects that gets its own back.
struct ChosenCustomer {
  storage::CustomerId customer;
  size_t subject = 0;
};

// `customer_of` and `cluster_of` say for each subject where it is and where it belongs;
// `established` whether it has a source record. Clusters are numbered from 0 to `clusters` - 1.
// `new_customer` is called once for each cluster that no customer is left for.
CustomerAssignment AssignCustomers(absl::Span<const storage::CustomerId> customer_of,
                                   absl::Span<const size_t> cluster_of,
                                   const std::vector<bool>& established, size_t clusters,
                                   absl::Span<const ChosenCustomer> chosen,
                                   absl::FunctionRef<storage::CustomerId()> new_customer);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CUSTOMER_ASSIGNMENT_H_
