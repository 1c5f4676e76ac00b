// Facts for the stream, encoded in batches of a thousand.
#ifndef YILAN_TESTS_BENCH_FACT_BATCHES_H_
#define YILAN_TESTS_BENCH_FACT_BATCHES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace yilan::bench {

// Facts of customers that are not known yet, one customer after the other, from number `first` on.
std::vector<std::string> FactsOfNewCustomers(uint64_t first, uint64_t facts);
// Facts of customers 0 to below `customers`, drawn uniformly; facts of another `round` are others.
std::vector<std::string> FactsOfKnownCustomers(uint64_t customers, uint64_t facts, uint64_t round);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_FACT_BATCHES_H_
