#include <array>

#include "absl/strings/str_cat.h"
#include "clients/simulate/numbers.h"
#include "clients/simulate/systems.h"

namespace yilan::simulate {
namespace {

struct Trouble {
  const char* category;
  const char* description;
  const char* cause;
};

constexpr std::array<Trouble, 3> kMobileTroubles = {{{"degradation", "4G/5G信号弱", "基站退服"},
                                                     {"outage", "无法呼叫", "核心网割接"},
                                                     {"degradation", "上网速度慢", "小区拥塞"}}};
constexpr std::array<Trouble, 3> kFixedTroubles = {{{"outage", "宽带中断", "光缆被挖断"},
                                                    {"degradation", "宽带频繁掉线", "分光器老化"},
                                                    {"outage", "光猫LOS红灯", "尾纤弯折"}}};

const char* CategoryOf(Line line) {
  switch (line) {
    case Line::kMobile:
      return "mobile";
    case Line::kBroadband:
      return "broadband";
    case Line::kTelevision:
      return "iptv";
  }
  return "";
}

// Keys of the network's things: a letter, the customer, the number of the holding.
std::string Key(char letter, const Portrait& portrait, int number) {
  return absl::StrCat(absl::string_view(&letter, 1), NetworkKey(portrait.customer).substr(1), "-",
                      number + 1);
}

// What every fact of the network has: its key, and the customer as the network knows it.
void SetNetworkSource(const Portrait& portrait, std::string key, Seconds time,
                      v1::FactSource& source) {
  SetSource("network", std::move(key), time, source);
  source.mutable_subject()->set_customer_key(NetworkKey(portrait.customer));
}

void AddResource(const Portrait& portrait, const Holding& holding, const char* suffix,
                 v1::IdentifierType type, std::string value, SystemFacts& facts) {
  v1::Resource& resource = *facts.network.emplace_back().mutable_resource();
  const Seconds changed = holding.end != 0 ? holding.end : holding.start;
  SetNetworkSource(portrait, absl::StrCat(Key('R', portrait, holding.number), suffix), changed,
                   *resource.mutable_source());
  resource.set_resource_type(type);
  resource.set_value(std::move(value));
  resource.set_status(holding.end != 0 ? v1::RESOURCE_STATUS_RELEASED : v1::RESOURCE_STATUS_IN_USE);
  resource.set_service_key(ServiceKey(portrait, holding));
  SetPeriod(holding.start, holding.end, *resource.mutable_valid_period());
}

void AddResources(const Portrait& portrait, const Holding& holding, SystemFacts& facts) {
  const uint64_t customer = portrait.customer;
  const auto add = [&](const char* suffix, v1::IdentifierType type, std::string value) {
    AddResource(portrait, holding, suffix, type, std::move(value), facts);
  };
  switch (holding.offering->line) {
    case Line::kMobile:
      add("m", v1::IDENTIFIER_TYPE_MSISDN, absl::StrCat("86", portrait.Mobile(holding.number)));
      add("i", v1::IDENTIFIER_TYPE_IMSI, Imsi(customer, holding.number));
      add("s", v1::IDENTIFIER_TYPE_ICCID, Iccid(customer, holding.number));
      // The network knows the handset of some only.
      if (Mix(customer, 0x696d6569) % 3 == 0) {
        add("h", v1::IDENTIFIER_TYPE_IMEI, Imei(customer, holding.number));
      }
      break;
    case Line::kBroadband:
      add("o", v1::IDENTIFIER_TYPE_ONT_SERIAL, OntSerial(customer));
      break;
    case Line::kTelevision:
      add("t", v1::IDENTIFIER_TYPE_STB_SERIAL, StbSerial(customer));
      break;
  }
}

}  // namespace

std::string ServiceKey(const Portrait& portrait, const Holding& holding) {
  return Key('S', portrait, holding.number);
}

void AddHoldings(const Portrait& portrait, SystemFacts& facts) {
  for (const Holding& holding : portrait.holdings) {
    const Seconds changed = holding.end != 0 ? holding.end : holding.start;
    v1::Product& product = *facts.network.emplace_back().mutable_product();
    SetNetworkSource(portrait, Key('P', portrait, holding.number), changed,
                     *product.mutable_source());
    product.set_name(holding.offering->name);
    product.set_product_offering_id(holding.offering->id);
    product.set_status(holding.end != 0 ? v1::PRODUCT_STATUS_TERMINATED
                                        : v1::PRODUCT_STATUS_ACTIVE);
    SetPeriod(holding.start, holding.end, *product.mutable_valid_period());
    SetMoney(holding.offering->monthly_price, *product.mutable_monthly_price());
    if (holding.offering->line == Line::kBroadband) product.set_contract_months(24);

    v1::Service& service = *facts.network.emplace_back().mutable_service();
    SetNetworkSource(portrait, ServiceKey(portrait, holding), changed, *service.mutable_source());
    service.set_category(CategoryOf(holding.offering->line));
    service.set_state(holding.end != 0 ? v1::SERVICE_STATE_TERMINATED : v1::SERVICE_STATE_ACTIVE);
    service.set_product_key(Key('P', portrait, holding.number));
    SetPeriod(holding.start, holding.end, *service.mutable_valid_period());
    AddResources(portrait, holding, facts);
  }
}

Seconds AddProblem(const Portrait& portrait, const Holding& holding, size_t number, Seconds time,
                   Random& random, SystemFacts& facts) {
  const Trouble& trouble = holding.offering->line == Line::kMobile
                               ? kMobileTroubles[random.Below(kMobileTroubles.size())]
                               : kFixedTroubles[random.Below(kFixedTroubles.size())];
  Seconds solved = time + random.Between(20, 48 * kMinutesAnHour) * kMinute;
  if (solved >= kToday) solved = 0;
  v1::ServiceProblem& problem = *facts.network.emplace_back().mutable_service_problem();
  SetNetworkSource(portrait, absl::StrCat(Key('F', portrait, holding.number), "-", number),
                   solved != 0 ? solved : time, *problem.mutable_source());
  problem.set_severity(trouble.category == absl::string_view("outage") ? v1::SEVERITY_CRITICAL
                                                                       : v1::SEVERITY_MINOR);
  problem.set_status(solved != 0 ? v1::SERVICE_PROBLEM_STATUS_RESOLVED
                                 : v1::SERVICE_PROBLEM_STATUS_IN_PROGRESS);
  problem.set_description(trouble.description);
  problem.set_category(trouble.category);
  problem.add_affected_service_keys(ServiceKey(portrait, holding));
  SetTime(time, *problem.mutable_start_time());
  if (solved != 0) {
    SetTime(solved, *problem.mutable_resolved_time());
    problem.set_root_cause(trouble.cause);
  }
  return solved;
}

}  // namespace yilan::simulate
