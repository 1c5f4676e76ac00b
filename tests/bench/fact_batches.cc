#include "tests/bench/fact_batches.h"

#include <random>

#include "tests/bench/ingest_load.h"
#include "tests/bench/operator_facts.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::bench {
namespace {

constexpr uint64_t kFactsPerBatch = 1000;

}  // namespace

std::vector<std::string> FactsOfNewCustomers(uint64_t first, uint64_t facts) {
  std::vector<v1::Fact> of_customer;
  return EncodeBatches(facts, kFactsPerBatch, [&](uint64_t i) {
    const uint64_t number = first + i / kFactsPerCustomer;
    if (i % kFactsPerCustomer == 0) of_customer = FactsOf(number, number);
    return of_customer[i % kFactsPerCustomer];
  });
}

std::vector<std::string> FactsOfKnownCustomers(uint64_t customers, uint64_t facts, uint64_t round) {
  std::mt19937_64 random(round + 1);
  std::uniform_int_distribution<uint64_t> pick(0, customers - 1);
  return EncodeBatches(facts, kFactsPerBatch,
                       [&](uint64_t i) { return FurtherFact(pick(random), round * facts + i); });
}

}  // namespace yilan::bench
