#include "core/customers/customers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "core/customers/customer_search.h"
#include "core/customers/customer_summary.h"
#include "core/errors.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "core/identity/identifiers.h"
#include "core/identity/own_customers.h"
#include "core/identity/resolve.h"
#include "core/validation/page_token.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::CustomerState;

constexpr size_t kMinPrefixBytes = 2;

bool IsShown(const CustomerState& customer) {
  return !customer.members.empty() && !IsOwnCustomer(customer.customer);
}

// Up to `max` customers that are shown, behind `after`.
absl::StatusOr<std::vector<CustomerId>> NextCustomers(storage::RecordStore& store, const Call& call,
                                                      CustomerId after, size_t max) {
  std::vector<CustomerId> customers;
  while (customers.size() < max) {
    const size_t wanted = max - customers.size();
    ASSIGN_OR_RETURN(const std::vector<CustomerState> states,
                     store.ListCustomers(call.storage(), after, wanted));
    for (const CustomerState& state : states) {
      if (IsShown(state)) customers.push_back(state.customer);
      after = state.customer;
    }
    if (states.size() < wanted) break;
  }
  return customers;
}

absl::StatusOr<CustomerId> IdInToken(absl::string_view position) {
  if (position.empty()) return CustomerId{};
  if (position.size() == CustomerId::kBytes) return CustomerId::FromBytes(position);
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_PAGE_TOKEN,
                         "the page token holds no place in this list; start without one");
}

absl::Status CheckNamePrefix(absl::string_view prefix) {
  Violations violations;
  if (prefix.size() < kMinPrefixBytes) {
    violations.Add("name_prefix", "is shorter than 2 bytes; state more of the name");
  } else if (FoldName(prefix).empty()) {
    violations.Add("name_prefix", "has no letter or digit; state the beginning of a name");
  }
  return violations.ToStatus();
}

// The rules by which names, types and statuses are chosen.
absl::StatusOr<SharedSurvivorshipRules> Rules(ActiveSurvivorship& survivorship, const Call& call) {
  auto rules = survivorship.Current(call.storage());
  if (!rules.ok()) return FromStore(rules.status());
  return rules;
}

// The customers of Yilan's own: how many there are, and of how many subjects.
struct OwnCustomers {
  uint64_t customers = 0;
  uint64_t subjects = 0;

  friend bool operator==(const OwnCustomers&, const OwnCustomers&) = default;
};

absl::StatusOr<OwnCustomers> CountOwn(storage::RecordStore& store, const Call& call) {
  constexpr size_t kAtOnce = 64;
  OwnCustomers own;
  CustomerId after;
  while (true) {
    // Their ids are the lowest.
    ASSIGN_OR_RETURN(const std::vector<CustomerState> states,
                     store.ListCustomers(call.storage(), after, kAtOnce));
    for (const CustomerState& state : states) {
      if (!IsOwnCustomer(state.customer)) return own;
      own.customers += state.members.empty() ? 0 : 1;
      own.subjects += state.members.size();
      after = state.customer;
    }
    if (states.size() < kAtOnce) return own;
  }
}

void Fill(const storage::Statistics& statistics, const OwnCustomers& own,
          v1::GetStatisticsResponse& response) {
  response.set_customers(static_cast<int64_t>(statistics.customers - own.customers));
  response.set_subjects(static_cast<int64_t>(statistics.subjects - own.subjects));
  for (const auto& [number, records] : statistics.records) {
    const auto count = static_cast<int64_t>(records);
    if (number == kTombstoneKind) response.set_deleted_facts(count);
    if (number == kIdentityConflictKind) response.set_identity_conflicts(count);
    if (number == kQuarantinedFactKind) response.set_quarantined_facts(count);
    const FactKind* kind = FindFactKind(number);
    if (kind == nullptr || count == 0) continue;
    v1::FactCount& fact_count = *response.add_fact_counts();
    fact_count.set_fact_type(kind->name);
    fact_count.set_count(count);
  }
}

}  // namespace

absl::Status Customers::Get(const Call& call, const v1::GetCustomerRequest& request,
                            v1::GetCustomerResponse& response) {
  const TimeMicros now = clock_.Now();
  ASSIGN_OR_RETURN(const SharedSurvivorshipRules rules, Rules(survivorship_, call));
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const CustomerState customer,
                     ResolveCustomer(reader, request.customer(), AsOf(request, now)));
    response.mutable_customer()->set_redirected_from_customer_id(
        RedirectedFrom(request.customer(), customer.customer));
    return SummarizeCustomer(reader, customer, *rules, *response.mutable_customer());
  }));
}

absl::Status Customers::List(const Call& call, const v1::ListCustomersRequest& request,
                             v1::ListCustomersResponse& response) {
  const uint64_t query = QueryHash({"ListCustomers"});
  ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
  ASSIGN_OR_RETURN(const CustomerId after, IdInToken(position));
  const auto page_size = static_cast<size_t>(ClampPageSize(request.page_size()));
  auto customers = NextCustomers(store_, call, after, page_size + 1);
  if (!customers.ok()) return FromStore(customers.status());
  const bool more = customers->size() > page_size;
  if (more) customers->pop_back();
  ASSIGN_OR_RETURN(const SharedSurvivorshipRules rules, Rules(survivorship_, call));
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    for (const CustomerId customer : *customers) {
      ASSIGN_OR_RETURN(const CustomerState state, reader.GetCustomer(customer));
      // Taken into another customer since the page was made.
      if (state.members.empty()) continue;
      RETURN_IF_ERROR(SummarizeCustomer(reader, state, *rules, *response.add_customers()));
    }
    if (more) {
      std::string last;
      customers->back().AppendTo(last);
      response.set_next_page_token(MakePageToken(query, last));
    }
    return absl::OkStatus();
  }));
}

absl::Status Customers::Search(const Call& call, const v1::SearchCustomersRequest& request,
                               v1::SearchCustomersResponse& response) {
  const bool by_name = request.has_name_prefix();
  if (by_name) {
    RETURN_IF_ERROR(CheckNamePrefix(request.name_prefix()));
  } else if (request.has_identifier()) {
    RETURN_IF_ERROR(CheckIdentifier(request.identifier(), "identifier"));
  } else {
    Violations violations;
    violations.Add("query", "is missing; set name_prefix or identifier");
    return violations.ToStatus();
  }
  const v1::CustomerIdentifier& identifier = request.identifier();
  const TermRange names = by_name ? NamePrefixRange(request.name_prefix()) : TermRange();
  const std::string what = by_name ? names.first : identifier.SerializeAsString();
  // Pages of one moment do not go on with those of another.
  const std::string as_of_text =
      request.has_as_of_time() ? request.as_of_time().SerializeAsString() : "";
  const uint64_t query =
      QueryHash({"SearchCustomers", by_name ? "name" : "identifier", what, as_of_text});
  ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
  const auto page_size = static_cast<size_t>(ClampPageSize(request.page_size()));
  const TimeMicros as_of = AsOf(request, clock_.Now());
  ASSIGN_OR_RETURN(const SharedSurvivorshipRules rules, Rules(survivorship_, call));
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    SearchPage page;
    if (by_name) {
      ASSIGN_OR_RETURN(page, SearchByName(reader, names, position, as_of, page_size));
    } else if (identifier.has_typed_identifier()) {
      ASSIGN_OR_RETURN(page, SearchByTypedIdentifier(reader, identifier.typed_identifier(),
                                                     position, as_of, page_size));
    } else {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> holders,
                       FindHolders(reader, identifier, as_of, 1, "identifier"));
      for (const CustomerId holder : holders) {
        ASSIGN_OR_RETURN(page.customers.emplace_back(), reader.GetCustomer(holder));
      }
    }
    for (const CustomerState& customer : page.customers) {
      v1::Customer& summary = *response.add_customers();
      summary.set_redirected_from_customer_id(RedirectedFrom(identifier, customer.customer));
      RETURN_IF_ERROR(SummarizeCustomer(reader, customer, *rules, summary));
    }
    if (!page.next.empty()) response.set_next_page_token(MakePageToken(query, page.next));
    return absl::OkStatus();
  }));
}

absl::Status Customers::GetStatistics(const Call& call, const v1::GetStatisticsRequest&,
                                      v1::GetStatisticsResponse& response) {
  response.Clear();
  // Yilan's own customers are made once each: when none was between two counts, they are exactly
  // those among all customers. There are few, so this ends soon.
  auto own = CountOwn(store_, call);
  while (own.ok()) {
    const auto statistics = store_.GetStatistics(call.storage());
    if (!statistics.ok()) return FromStore(statistics.status());
    const OwnCustomers before = *own;
    own = CountOwn(store_, call);
    if (own.ok() && *own == before) {
      Fill(*statistics, *own, response);
      return absl::OkStatus();
    }
  }
  return FromStore(own.status());
}

}  // namespace yilan::core
