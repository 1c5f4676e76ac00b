// Who a simulated customer is: what does not fit into single facts, and what they have to agree on.
#ifndef YILAN_CLIENTS_SIMULATE_PORTRAIT_H_
#define YILAN_CLIENTS_SIMULATE_PORTRAIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "clients/simulate/calendar.h"
#include "clients/simulate/names.h"
#include "clients/simulate/random.h"

namespace yilan::simulate {

// How bills are paid.
enum class Payer {
  kPrompt,   // Within the time.
  kLate,     // Often after it.
  kPartial,  // The last bill in part.
  kDebtor,   // Not any more.
};

// What a product of the catalogue is.
enum class Line { kMobile, kBroadband, kTelevision };

struct Offering {
  Line line;
  const char* id;
  const char* name;
  int64_t monthly_price;  // In fen, a hundredth of a yuan.
};

// One product that the customer has.
struct Holding {
  const Offering* offering = nullptr;
  int number = 0;  // Of the line, from 0: what numbers and keys are made of.
  Seconds start = 0;
  Seconds end = 0;  // 0: in use.
};

struct Portrait {
  uint64_t customer = 0;
  bool organization = false;
  bool male = false;
  PersonName person;  // The customer, or whom to ask for at an organization.
  std::string company;
  const City* city = nullptr;
  std::string street;
  Payer payer = Payer::kPrompt;
  Seconds since = 0;
  Seconds left = 0;  // When the customer left; 0: has not.
  int accounts = 1;
  int cycle_day = 1;  // On which a billing period begins.
  int number_style = 0;
  std::vector<Holding> holdings;
  // The customer after whom the first mobile number is made: itself, or its neighbour below for one
  // in fifty, who got that number half a year after the neighbour had left.
  uint64_t number_of = 0;

  // The end of all that happens to the customer.
  Seconds Until() const { return left != 0 ? left : kToday; }
  std::string Name() const { return organization ? company : person.Full(); }
  // The mobile number of a line.
  std::string Mobile(int line) const;
};

// With at least `min_accounts`.
Portrait MakePortrait(uint64_t customer, int min_accounts, Random& random);

// Keys of the source systems.
std::string CrmKey(uint64_t customer);
std::string NetworkKey(uint64_t customer);
std::string AccountKey(uint64_t customer, int account);
std::string PayerKey(uint64_t customer);  // Of the customer in the billing system.

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_PORTRAIT_H_
