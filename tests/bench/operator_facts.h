// A made-up operator: what three source systems know of customer number N.
//
// crm, billing and network each have an idea of the customer; billing and network name crm's key,
// which makes the three one customer. The facts are kept short, 100 bytes on average as they are
// stored, so that what is measured is the platform and not the copying of descriptions.
//
// Whatever names a customer in a fact (keys, numbers, addresses) holds NumberText(number), and
// nothing else depends on the number: so the facts of one customer turn into those of another by
// replacing that text (bulk_load.h). `variety` decides about the rest.
#ifndef YILAN_TESTS_BENCH_OPERATOR_FACTS_H_
#define YILAN_TESTS_BENCH_OPERATOR_FACTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::bench {

inline constexpr int kFactsPerCustomer = 40;
inline constexpr int kSubjectsPerCustomer = 3;
// Kinds that FurtherFact knows.
inline constexpr int kFurtherKinds = 6;
// When the newest of FactsOf() happened: 2026-01-01T00:00:00Z.
inline constexpr TimeMicros kFactsEnd = 1767225600000000;
// When Yilan learnt of them, where they were loaded in bulk.
inline constexpr TimeMicros kBulkTime = kFactsEnd + 123456;

// Eight digits that occur nowhere in the facts but to name the customer: numbers from
// kFirstTemplateNumber on are for templates, those of customers are below.
std::string NumberText(uint64_t number);
inline constexpr uint64_t kFirstTemplateNumber = 97'531'000;

// kFactsPerCustomer facts, the source record of crm first.
std::vector<v1::Fact> FactsOf(uint64_t number, uint64_t variety);
// One more fact of the customer: a bill, payment, adjustment, interaction, ticket or problem, by
// `sequence`, which makes it another one; the higher, the newer.
v1::Fact FurtherFact(uint64_t number, uint64_t sequence);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_OPERATOR_FACTS_H_
