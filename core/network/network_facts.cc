#include "core/network/network_facts.h"

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"

namespace yilan::core {
namespace {

template <typename T>
TimeMicros StartOrEventTime(const T& fact) {
  return fact.valid_period().has_start_time() ? StartOf(fact.valid_period())
                                              : MicrosOf(fact.source().event_time());
}

}  // namespace

absl::string_view FactRules<v1::Product>::BillingAccountKey(const v1::Product& product) {
  return product.billing_account_key();
}

TimeMicros FactRules<v1::Product>::OccurrenceTime(const v1::Product& product) {
  return StartOrEventTime(product);
}

void FactRules<v1::Product>::Tally(const v1::Product& product, int sign, TimeMicros,
                                   yilan::storage::v1::Subject& totals) {
  if (product.status() == v1::PRODUCT_STATUS_ACTIVE) {
    totals.set_active_products(totals.active_products() + sign);
  }
}

TimeMicros FactRules<v1::Service>::OccurrenceTime(const v1::Service& service) {
  return StartOrEventTime(service);
}

TimeMicros FactRules<v1::Resource>::OccurrenceTime(const v1::Resource& resource) {
  return StartOrEventTime(resource);
}

std::vector<storage::Term> FactRules<v1::Resource>::Terms(const v1::Resource& resource) {
  std::vector<storage::Term> terms;
  AddIdentifierTerm(resource.resource_type(), resource.value(), StartOf(resource.valid_period()),
                    EndOf(resource.valid_period()), terms);
  return terms;
}

TimeMicros FactRules<v1::ServiceProblem>::OccurrenceTime(const v1::ServiceProblem& problem) {
  return MicrosOf(problem.has_start_time() ? problem.start_time() : problem.source().event_time());
}

void FactRules<v1::ServiceProblem>::Check(const v1::ServiceProblem& problem, absl::string_view path,
                                          Violations& violations) {
  if (problem.has_start_time() && problem.has_resolved_time() &&
      MicrosOf(problem.resolved_time()) < MicrosOf(problem.start_time())) {
    violations.Add(absl::StrCat(path, ".resolved_time"), "is before start_time");
  }
}

void FactRules<v1::ServiceProblem>::Tally(const v1::ServiceProblem& problem, int sign, TimeMicros,
                                          yilan::storage::v1::Subject& totals) {
  if (problem.status() != v1::SERVICE_PROBLEM_STATUS_RESOLVED &&
      problem.status() != v1::SERVICE_PROBLEM_STATUS_CLOSED) {
    totals.set_open_service_problems(totals.open_service_problems() + sign);
  }
}

}  // namespace yilan::core
