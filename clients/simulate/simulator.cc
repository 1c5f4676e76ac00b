#include "clients/simulate/simulator.h"

#include <algorithm>
#include <iterator>

#include "clients/simulate/numbers.h"
#include "clients/simulate/portrait.h"
#include "clients/simulate/random.h"
#include "clients/simulate/systems.h"

namespace yilan::simulate {
namespace {

// Accounts of a customer with so many facts that one account's bills do not make up the usual part.
// A source record can name 64 keys, its references among them.
constexpr size_t kFactsPerAccount = 400;
constexpr size_t kMaxAccounts = 40;

int AccountsFor(size_t facts) {
  return static_cast<int>(std::clamp<size_t>(facts / kFactsPerAccount, 1, kMaxAccounts));
}

SystemFacts MakeFacts(const Portrait& portrait, size_t count, Random& random) {
  SystemFacts facts;
  AddCrmRecord(portrait, random, facts);
  AddAccounts(portrait, facts);
  AddHoldings(portrait, facts);
  if (facts.size() < count && random.Chance(25)) AddPayerRecord(portrait, facts);
  if (facts.size() >= count) return facts;
  const size_t left = count - facts.size();
  const size_t stories = left * static_cast<size_t>(random.Between(30, 50)) / 100;
  AddBills(portrait, left - stories, random, facts);
  AddStories(portrait, count - facts.size(), random, facts);
  return facts;
}

}  // namespace

std::vector<v1::Fact> Simulator::FactsOf(uint64_t customer) const {
  Random random(Mix(seed_, customer));
  const auto count = static_cast<size_t>(std::max(options_.facts_per_customer, 1));
  SystemFacts made = MakeFacts(MakePortrait(customer, AccountsFor(count), random), count, random);
  std::vector<v1::Fact> facts;
  facts.reserve(made.size());
  for (std::vector<v1::Fact>* system : {&made.crm, &made.billing, &made.network, &made.care}) {
    std::move(system->begin(), system->end(), std::back_inserter(facts));
  }
  facts.resize(std::min(facts.size(), count));
  if (options_.order == SimulatorOptions::Order::kShuffled) random.Shuffle(facts);
  return facts;
}

std::string Simulator::CustomerKey(uint64_t customer) { return CrmKey(customer); }

std::string Simulator::BillingAccountKey(uint64_t customer) { return AccountKey(customer, 0); }

std::string Simulator::MobileNumber(uint64_t customer) const {
  Random random(Mix(seed_, customer));
  return MakePortrait(customer, 1, random).Mobile(0);
}

}  // namespace yilan::simulate
