// Facts about who is who, with newer versions, deletions and decisions of stewards, whose outcome
// must not depend on the order in which they come.
//
// Some records are of tests/identity_data: people as several systems know them. The others are made
// to be hard: few names, numbers, documents and birth dates for many records, numbers that about as
// many share as may, records that name one another, accounts that several claim. Versions of a
// record take over what another one says, and records are deleted and come back.
//
//   IdentityFacts facts = MakeIdentityFacts({.seed = 7});
//   ShuffleFacts(facts.before, {}, random);
//   TakeInBatches(platform, call, facts.before, 100, random);  // tests/core/identity_state.h
#ifndef YILAN_TESTS_CORE_IDENTITY_FACTS_H_
#define YILAN_TESTS_CORE_IDENTITY_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace yilan::core {

struct StatedFact {
  std::string record;  // "crm/17": the system and the key.
  bool deletion = false;
  std::string bytes;  // A v1::Fact.
};

// Those that come before stewards decide, and those that come afterwards.
struct IdentityFacts {
  std::vector<StatedFact> before;
  std::vector<StatedFact> after;
};

struct IdentityFactsOptions {
  uint64_t seed = 1;
  size_t records = 2000;
};
IdentityFacts MakeIdentityFacts(const IdentityFactsOptions& options);

// Shuffles facts; but what was never stated is not taken back first. `known` are the records that
// were stated before.
void ShuffleFacts(std::vector<StatedFact>& facts, const std::set<std::string>& known,
                  std::mt19937_64& random);
std::set<std::string> RecordsOf(const std::vector<StatedFact>& facts);

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_IDENTITY_FACTS_H_
