#include "clients/simulate/portrait.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "clients/simulate/numbers.h"

namespace yilan::simulate {
namespace {

constexpr std::array<Offering, 6> kMobileOfferings = {
    {{Line::kMobile, "M19", "畅听卡19元", 1900},
     {Line::kMobile, "M39", "流量卡39元", 3900},
     {Line::kMobile, "M59", "5G畅享59元", 5900},
     {Line::kMobile, "M99", "5G畅享99元", 9900},
     {Line::kMobile, "M129", "5G畅享129元", 12900},
     {Line::kMobile, "M299", "5G尊享299元", 29900}}};
constexpr std::array<int, 6> kMobileWeights = {18, 24, 28, 16, 10, 4};
constexpr std::array<Offering, 3> kBroadbandOfferings = {
    {{Line::kBroadband, "B300", "光宽带300M", 5000},
     {Line::kBroadband, "B500", "光宽带500M", 8000},
     {Line::kBroadband, "B1000", "光宽带1000M", 12900}}};
constexpr std::array<int, 3> kBroadbandWeights = {45, 35, 20};
constexpr Offering kLeasedLine = {Line::kBroadband, "D100", "企业专线100M", 58000};
constexpr std::array<Offering, 2> kTelevisionOfferings = {
    {{Line::kTelevision, "T1", "高清IPTV", 1500}, {Line::kTelevision, "T2", "4K超清IPTV", 2500}}};

// Of every 50 customers the last but one has left, and the last one has its number.
constexpr uint64_t kNumberCycle = 50;
constexpr Seconds kQuarantine = 180 * kDay;  // A number that was given back is not given out.

bool GaveNumberBack(uint64_t customer) { return customer % kNumberCycle == kNumberCycle - 2; }
bool HasUsedNumber(uint64_t customer) { return customer % kNumberCycle == kNumberCycle - 1; }
// When the number of such a pair was given back.
Seconds NumberGivenBack(uint64_t customer) {
  const uint64_t drawn = Mix(customer / kNumberCycle, 0x6e756d626572);
  return kToday - static_cast<Seconds>(700 + drawn % 500) * kDay;
}

Payer PickPayer(Random& random) {
  constexpr std::array<int, 4> kWeights = {79, 13, 3, 5};
  return static_cast<Payer>(random.Weighted(kWeights));
}

void SetTimes(Portrait& portrait, Random& random) {
  constexpr Seconds kShortest = 420;
  if (GaveNumberBack(portrait.customer)) {
    portrait.left = NumberGivenBack(portrait.customer);
  } else if (random.Chance(8)) {
    portrait.left = kToday - random.Between(20, 500) * kDay;
  }
  portrait.since = portrait.Until() - random.Between(kShortest, 4000) * kDay;
  if (HasUsedNumber(portrait.customer)) {
    portrait.left = 0;
    portrait.since = NumberGivenBack(portrait.customer) + kQuarantine;
  }
  portrait.since += random.Between(9 * kHour, 18 * kHour);
}

void AddHolding(const Offering& offering, Random& random, Portrait& portrait) {
  Holding holding;
  holding.offering = &offering;
  holding.number = static_cast<int>(portrait.holdings.size());
  holding.start = portrait.since;
  if (holding.number > 0) {
    // The customer took it within the first year.
    holding.start += random.Between(0, 360) * kDay;
  }
  holding.end = portrait.left;
  portrait.holdings.push_back(holding);
}

void SetHoldings(Portrait& portrait, Random& random) {
  const auto mobile = [&]() -> const Offering& {
    return kMobileOfferings[random.Weighted(kMobileWeights)];
  };
  AddHolding(mobile(), random, portrait);
  if (portrait.organization) {
    for (int64_t more = random.Between(1, 3); more > 0; --more) {
      AddHolding(mobile(), random, portrait);
    }
    AddHolding(random.Chance(40) ? kLeasedLine : kBroadbandOfferings[2], random, portrait);
    return;
  }
  if (random.Chance(15)) AddHolding(mobile(), random, portrait);
  if (!random.Chance(60)) return;
  AddHolding(kBroadbandOfferings[random.Weighted(kBroadbandWeights)], random, portrait);
  if (random.Chance(45)) AddHolding(kTelevisionOfferings[random.Below(2)], random, portrait);
}

}  // namespace

std::string Portrait::Mobile(int line) const {
  return MobileNumber(line == 0 ? number_of : customer, line);
}

Portrait MakePortrait(uint64_t customer, int min_accounts, Random& random) {
  Portrait portrait;
  portrait.customer = customer;
  portrait.organization = random.Chance(6);
  portrait.male = random.Chance(51);
  portrait.person = PickPerson(portrait.male, random);
  portrait.city = &PickCity(random);
  portrait.street = PickStreet(random);
  if (portrait.organization) portrait.company = PickCompany(*portrait.city, random);
  portrait.payer = PickPayer(random);
  SetTimes(portrait, random);
  SetHoldings(portrait, random);
  portrait.accounts = portrait.organization ? static_cast<int>(random.Between(1, 3)) : 1;
  portrait.accounts = std::max(portrait.accounts, min_accounts);
  constexpr std::array<int, 5> kCycleDays = {1, 1, 5, 10, 20};
  portrait.cycle_day = kCycleDays[random.Below(kCycleDays.size())];
  portrait.number_style = static_cast<int>(random.Below(4));
  portrait.number_of = HasUsedNumber(customer) ? customer - 1 : customer;
  return portrait;
}

std::string CrmKey(uint64_t customer) { return absl::StrFormat("C%06d", customer); }
std::string NetworkKey(uint64_t customer) { return absl::StrFormat("N%06d", customer); }
std::string PayerKey(uint64_t customer) { return absl::StrFormat("K%06d", customer); }
std::string AccountKey(uint64_t customer, int account) {
  return account == 0 ? absl::StrFormat("A%06d", customer)
                      : absl::StrFormat("A%06d-%d", customer, account + 1);
}

}  // namespace yilan::simulate
