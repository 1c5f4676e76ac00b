// What each of the source systems knows of a customer, as facts.
#ifndef YILAN_CLIENTS_SIMULATE_SYSTEMS_H_
#define YILAN_CLIENTS_SIMULATE_SYSTEMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "clients/simulate/calendar.h"
#include "clients/simulate/portrait.h"
#include "clients/simulate/random.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::simulate {

// Facts by the system that states them.
struct SystemFacts {
  std::vector<v1::Fact> crm;
  std::vector<v1::Fact> billing;
  std::vector<v1::Fact> network;
  std::vector<v1::Fact> care;

  size_t size() const { return crm.size() + billing.size() + network.size() + care.size(); }
};

void SetSource(const char* system, std::string key, Seconds event_time, v1::FactSource& source);
void SetMoney(int64_t fen, v1::Money& money);

// CRM: the source record, with references to the accounts and to the network's key.
void AddCrmRecord(const Portrait& portrait, Random& random, SystemFacts& facts);

// Billing: what it believes of the customer itself, under a key of its own: another spelling of the
// name, an older address.
void AddPayerRecord(const Portrait& portrait, SystemFacts& facts);
void AddAccounts(const Portrait& portrait, SystemFacts& facts);
// Bills and the payments for them, from the newest back, while there is room for `limit` facts and
// the customer was there. A bill is its lines added up; it is settled when the payment is there.
void AddBills(const Portrait& portrait, size_t limit, Random& random, SystemFacts& facts);
// A credit for something that went wrong, or a charge that was forgotten.
void AddAdjustment(const Portrait& portrait, size_t number, Seconds time, bool credit,
                   Random& random, SystemFacts& facts);

// Network: a product, a service and the resources of each holding.
void AddHoldings(const Portrait& portrait, SystemFacts& facts);
// A problem with the service of a holding; returns when it was solved, 0 if it is not yet.
Seconds AddProblem(const Portrait& portrait, const Holding& holding, size_t number, Seconds time,
                   Random& random, SystemFacts& facts);
std::string ServiceKey(const Portrait& portrait, const Holding& holding);

// Care and what makes people call: exactly `count` facts, most of them of care.
void AddStories(const Portrait& portrait, size_t count, Random& random, SystemFacts& facts);

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_SYSTEMS_H_
