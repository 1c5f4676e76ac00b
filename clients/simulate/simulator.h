// A believable operator, made from a seed.
//
// Every customer is seen by four systems: crm (a source record that names the keys of the others),
// billing (accounts, monthly bills whose lines add up, payments, adjustments), network (products,
// services, resources, problems) and care (interactions and tickets, under crm's key). People and
// companies, Chinese and Western names, +86 numbers, seasons, bills paid late or never, customers
// who have left, and numbers that were given to somebody else afterwards.
//
//   const Simulator simulator(/*seed=*/7, /*customers=*/1000);
//   for (uint64_t customer = 0; customer < simulator.customers(); ++customer) {
//     for (const v1::Fact& fact : simulator.FactsOf(customer)) …
//   }
//
// The same seed and options give the same bytes on every machine, and every customer can be made
// alone and in any order. Nothing depends on the clock: all happens before 2026-01-01.
//
// Immutable; thread-safe.
#ifndef YILAN_CLIENTS_SIMULATE_SIMULATOR_H_
#define YILAN_CLIENTS_SIMULATE_SIMULATOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "yilan/v1/fact.pb.h"

namespace yilan::simulate {

struct SimulatorOptions {
  enum class Order {
    kSystemsInTurn,  // All of crm, then billing, network and care.
    kShuffled,       // As messages from four systems arrive.
  };

  // Exactly so many for each customer, at least 1; the rest of a history is cut, or filled with
  // contacts.
  int facts_per_customer = 40;
  Order order = Order::kSystemsInTurn;
};

class Simulator {
 public:
  // `customers` is at most 10 million.
  Simulator(uint64_t seed, uint64_t customers, SimulatorOptions options = {})
      : seed_(seed), customers_(customers), options_(options) {}

  uint64_t customers() const { return customers_; }
  uint64_t facts() const { return customers_ * static_cast<uint64_t>(options_.facts_per_customer); }

  // All facts of a customer, from 0 to customers() - 1. Their keys are unique over all customers.
  std::vector<v1::Fact> FactsOf(uint64_t customer) const;

  // What a customer can be found by: its key in crm, its first billing account, its first mobile
  // number. The last is that of another customer, who has left, for one in fifty.
  static std::string CustomerKey(uint64_t customer);
  static std::string BillingAccountKey(uint64_t customer);
  std::string MobileNumber(uint64_t customer) const;

 private:
  const uint64_t seed_;
  const uint64_t customers_;
  const SimulatorOptions options_;
};

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_SIMULATOR_H_
