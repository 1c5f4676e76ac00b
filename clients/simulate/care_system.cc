#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "clients/simulate/systems.h"

namespace yilan::simulate {
namespace {

constexpr std::array kChannels = {"call", "app", "shop", "sms", "wechat"};
constexpr std::array<int, 5> kChannelWeights = {40, 28, 12, 8, 12};

struct Talk {
  const char* reason;
  const char* description;
  v1::InteractionDirection direction;
};
constexpr std::array<Talk, 9> kTalks = {
    {{"bill", "查询话费", v1::INTERACTION_DIRECTION_INBOUND},
     {"bill", "质疑套外费", v1::INTERACTION_DIRECTION_INBOUND},
     {"usage", "查询剩余流量", v1::INTERACTION_DIRECTION_INBOUND},
     {"tariff", "咨询套餐变更", v1::INTERACTION_DIRECTION_INBOUND},
     {"offer", "推荐光宽带提速", v1::INTERACTION_DIRECTION_OUTBOUND},
     {"payment", "缴费提醒", v1::INTERACTION_DIRECTION_OUTBOUND},
     {"roaming", "开通国际漫游", v1::INTERACTION_DIRECTION_INBOUND},
     {"survey", "满意度回访", v1::INTERACTION_DIRECTION_OUTBOUND},
     {"cancellation", "咨询携号转网", v1::INTERACTION_DIRECTION_INBOUND}}};
constexpr std::array<int, 9> kTalkWeights = {22, 9, 18, 14, 12, 11, 4, 7, 3};

constexpr int64_t kOpenMinutes = 11 * kMinutesAnHour;      // A day of care.
constexpr int64_t kLongestMinutes = 120 * kMinutesAnHour;  // Until a complaint is settled.
constexpr Seconds kMemory = 1095 * kDay;                   // For which care keeps its records.
constexpr std::array kComplaints = {"账单金额有误", "营业厅态度差", "未经同意开通业务", "骚扰电话"};

// One customer's dealings with care, from the first on.
class Stories {
 public:
  Stories(const Portrait& portrait, Random& random, SystemFacts& facts)
      : portrait_(portrait), random_(random), facts_(facts) {}

  void Add(size_t count) {
    for (size_t left = count; left > 0;) {
      const size_t before = facts_.size();
      // A fault is a problem, a ticket and a call, and half of the time a credit.
      const uint64_t drawn = random_.Below(100);
      if (left >= 4 && drawn < 14) {
        Fault(drawn < 7);
      } else if (left >= 2 && drawn < 24) {
        Complaint();
      } else if (drawn < 27) {
        AddAdjustment(portrait_, ++adjustments_, Moment(), false, random_, facts_);
      } else {
        Contact();
      }
      left -= facts_.size() - before;
    }
  }

 private:
  // Some time at which the customer was there; later times are more likely, as care keeps no old
  // records.
  Seconds Moment() {
    const Seconds until = portrait_.Until() - kDay;
    const Seconds span = std::min(until - portrait_.since, kMemory);
    const Seconds days = span / kDay;
    const Seconds back = std::min(random_.Between(0, days), random_.Between(0, days));
    return until - back * kDay - random_.Between(0, kOpenMinutes) * kMinute;
  }

  void SetCareSource(const char* letter, size_t number, Seconds time, v1::FactSource& source) {
    const std::string customer = CrmKey(portrait_.customer);
    SetSource("care", absl::StrCat(letter, customer.substr(1), "-", number), time, source);
    // Care works with CRM's key of the customer.
    source.mutable_subject()->set_source_system("crm");
    source.mutable_subject()->set_customer_key(customer);
  }

  void Interaction(const char* reason, const std::string& description,
                   v1::InteractionDirection direction, Seconds time, const std::string& ticket) {
    v1::PartyInteraction& interaction = *facts_.care.emplace_back().mutable_party_interaction();
    SetCareSource("I", ++interactions_, time, *interaction.mutable_source());
    interaction.set_channel(kChannels[random_.Weighted(kChannelWeights)]);
    interaction.set_direction(direction);
    interaction.set_reason(reason);
    interaction.set_description(description);
    interaction.set_trouble_ticket_key(ticket);
  }

  std::string Ticket(const char* type, const std::string& name, v1::Severity severity, Seconds time,
                     Seconds solved, const std::string& service_key) {
    v1::TroubleTicket& ticket = *facts_.care.emplace_back().mutable_trouble_ticket();
    SetCareSource("T", ++tickets_, solved != 0 ? solved : time, *ticket.mutable_source());
    ticket.set_name(name);
    ticket.set_ticket_type(type);
    ticket.set_severity(severity);
    ticket.set_status(solved != 0 ? v1::TROUBLE_TICKET_STATUS_CLOSED
                                  : v1::TROUBLE_TICKET_STATUS_IN_PROGRESS);
    SetTime(time, *ticket.mutable_creation_time());
    SetTime(time + 2 * kDay, *ticket.mutable_expected_resolution_time());
    if (solved != 0) SetTime(solved, *ticket.mutable_resolution_time());
    ticket.set_service_key(service_key);
    return ticket.source().key();
  }

  void Fault(bool credit) {
    const Holding& holding = portrait_.holdings[random_.Below(portrait_.holdings.size())];
    const Seconds began = std::max(Moment(), holding.start + kDay);
    const Seconds solved = AddProblem(portrait_, holding, ++problems_, began, random_, facts_);
    const std::string what = facts_.network.back().service_problem().description();
    const v1::Severity severity = facts_.network.back().service_problem().severity();
    const Seconds told = began + random_.Between(5, 120) * kMinute;
    Seconds closed = std::max(solved, told) + kHour;
    if (solved == 0 || closed >= kToday) closed = 0;
    const std::string ticket =
        Ticket("fault", what, severity, told, closed, ServiceKey(portrait_, holding));
    Interaction("fault", what, v1::INTERACTION_DIRECTION_INBOUND, told, ticket);
    if (credit && solved != 0 && solved + kDay < kToday) {
      AddAdjustment(portrait_, ++adjustments_, solved + kDay, true, random_, facts_);
    }
  }

  void Complaint() {
    const Seconds time = Moment();
    Seconds solved = time + random_.Between(60, kLongestMinutes) * kMinute;
    if (solved >= kToday) solved = 0;
    const char* what = kComplaints[random_.Below(kComplaints.size())];
    const std::string ticket = Ticket("complaint", what, v1::SEVERITY_MINOR, time, solved, "");
    Interaction("complaint", what, v1::INTERACTION_DIRECTION_INBOUND, time, ticket);
  }

  void Contact() {
    const Talk& talk = kTalks[random_.Weighted(kTalkWeights)];
    // Machines keep no notes.
    const char* notes = random_.Chance(45) ? talk.description : "";
    Interaction(talk.reason, notes, talk.direction, Moment(), "");
  }

  const Portrait& portrait_;
  Random& random_;
  SystemFacts& facts_;
  size_t interactions_ = 0;
  size_t tickets_ = 0;
  size_t problems_ = 0;
  size_t adjustments_ = 0;
};

}  // namespace

void AddStories(const Portrait& portrait, size_t count, Random& random, SystemFacts& facts) {
  Stories(portrait, random, facts).Add(count);
}

}  // namespace yilan::simulate
