#include "tests/bench/operator_facts.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/facts/times.h"

namespace yilan::bench {
namespace {

using core::SetTimestamp;

constexpr TimeMicros kDay = 24 * 3600 * int64_t{1000000};

constexpr std::array kGivenNames = {"Ming", "Fang", "Wei",  "Jing", "Lei",  "Na",   "Yang", "Yan",
                                    "Jie",  "Li",   "Chao", "Min",  "Gang", "Ping", "Jun",  "Hui"};
constexpr std::array kFamilyNames = {"Wang",  "Li",   "Zhang", "Liu", "Chen", "Yang", "Zhao",
                                     "Huang", "Zhou", "Wu",    "Xu",  "Sun",  "Ma"};
constexpr std::array kReasons = {"bill", "fault", "tariff", "move", "price"};
constexpr std::array kChannels = {"call", "shop", "app", "sms"};

// The facts of one customer, with what is common to them.
class Maker {
 public:
  Maker(uint64_t number, uint64_t variety) : number_(NumberText(number)), variety_(variety) {}

  std::vector<v1::Fact> All();
  v1::Fact Further(uint64_t sequence);

 private:
  // A number below `limit` that depends on the variety and `salt`.
  uint64_t Pick(uint64_t salt, uint64_t limit) const {
    uint64_t mixed = (variety_ * 64 + salt + 1) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 32;
    return mixed * 0xd6e8feb86659fd93 % limit;
  }
  TimeMicros DaysAgo(uint64_t days, uint64_t salt) const {
    return kFactsEnd - static_cast<TimeMicros>(days) * kDay +
           static_cast<TimeMicros>(Pick(salt, 86400)) * 1000000;
  }
  std::string Key(uint64_t n) const { return absl::StrCat(number_, "-", n); }

  void Source(const char* system, const std::string& key, TimeMicros time, v1::FactSource& source) {
    source.set_source_system(system);
    source.set_key(key);
    SetTimestamp(time, *source.mutable_event_time());
  }
  void SourceOfSubject(const char* system, const std::string& key, TimeMicros time,
                       v1::FactSource& source) {
    Source(system, key, time, source);
    source.mutable_subject()->set_customer_key(number_);
  }
  static void Amount(int64_t minor_units, v1::Money& money) {
    money.set_currency_code("CNY");
    money.set_minor_units(minor_units);
  }

  v1::SourceRecord& SourceRecord(const char* system, uint64_t days_ago);
  void Crm();
  void Billing();
  void Network();
  void Bill(uint64_t n, TimeMicros time, v1::CustomerBill& bill);
  void Payment(uint64_t n, TimeMicros time, int64_t amount, v1::Payment& payment);
  void Adjustment(uint64_t n, TimeMicros time, v1::Adjustment& adjustment);
  void Interaction(uint64_t n, TimeMicros time, v1::PartyInteraction& interaction);
  void Ticket(uint64_t n, TimeMicros time, v1::TroubleTicket& ticket);
  void Problem(uint64_t n, TimeMicros time, v1::ServiceProblem& problem);

  v1::Fact& Add() { return facts_.emplace_back(); }

  const std::string number_;
  const uint64_t variety_;
  std::vector<v1::Fact> facts_;
};

v1::SourceRecord& Maker::SourceRecord(const char* system, uint64_t days_ago) {
  v1::SourceRecord& record = *Add().mutable_source_record();
  Source(system, number_, DaysAgo(days_ago, 1), *record.mutable_source());
  record.set_name(absl::StrCat(kGivenNames[Pick(2, kGivenNames.size())], " ",
                               kFamilyNames[Pick(3, kFamilyNames.size())]));
  return record;
}

void Maker::Crm() {
  v1::SourceRecord& record = SourceRecord("crm", 300);
  record.set_party_type(v1::PARTY_TYPE_INDIVIDUAL);
  record.set_birth_date(absl::StrCat(1950 + Pick(4, 50), "-0", 1 + Pick(5, 9), "-15"));
  record.set_status(v1::CUSTOMER_STATUS_ACTIVE);
  record.set_customer_segment("residential");
  SetTimestamp(DaysAgo(900, 1), *record.mutable_customer_since_time());
  v1::ContactMedium& phone = *record.add_contact_media();
  phone.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
  phone.set_value(absl::StrCat("138", number_));
  phone.set_preferred(true);
  v1::ContactMedium& mail = *record.add_contact_media();
  mail.set_type(v1::CONTACT_MEDIUM_TYPE_EMAIL);
  mail.set_value(absl::StrCat("u", number_, "@mail.cn"));
  v1::PartyIdentification& passport = *record.add_identifications();
  passport.set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
  passport.set_value(absl::StrCat("E", number_));
  for (uint64_t i = 0; i < 7; ++i) {
    Interaction(i, DaysAgo(20 + 40 * i, 6 + i), *Add().mutable_party_interaction());
  }
  for (uint64_t i = 0; i < 2; ++i) {
    Ticket(i, DaysAgo(30 + 90 * i, 13 + i), *Add().mutable_trouble_ticket());
  }
}

void Maker::Billing() {
  v1::SourceRecord& record = SourceRecord("billing", 500);
  v1::SubjectReference& reference = *record.add_references();
  reference.set_source_system("crm");
  reference.set_customer_key(number_);

  v1::BillingAccount& account = *Add().mutable_billing_account();
  SourceOfSubject("billing", number_, DaysAgo(900, 1), *account.mutable_source());
  account.set_state(v1::BILLING_ACCOUNT_STATE_ACTIVE);
  account.set_rating_type(v1::RATING_TYPE_POSTPAID);
  account.set_bill_cycle_day(static_cast<int32_t>(1 + Pick(15, 28)));
  account.set_payment_method("transfer");
  SetTimestamp(DaysAgo(900, 1), *account.mutable_valid_period()->mutable_start_time());

  for (uint64_t i = 0; i < 8; ++i) {
    const TimeMicros time = DaysAgo(30 * (8 - i), 16);
    Bill(i, time, *Add().mutable_customer_bill());
    const int64_t amount = facts_.back().customer_bill().amount().minor_units();
    if (i < 7) Payment(i, time + 9 * kDay, amount, *Add().mutable_payment());
  }
  Adjustment(0, DaysAgo(100, 17), *Add().mutable_adjustment());
}

void Maker::Network() {
  v1::SourceRecord& record = SourceRecord("network", 800);
  v1::SubjectReference& reference = *record.add_references();
  reference.set_source_system("crm");
  reference.set_customer_key(number_);

  constexpr std::array kOfferings = {"mobile-5g", "fibre-500", "iptv"};
  constexpr std::array kCategories = {"mobile-voice", "broadband", "iptv"};
  constexpr std::array kResources = {v1::IDENTIFIER_TYPE_MSISDN, v1::IDENTIFIER_TYPE_ONT_SERIAL,
                                     v1::IDENTIFIER_TYPE_STB_SERIAL};
  const std::array<std::string, 3> values = {
      absl::StrCat("138", number_), absl::StrCat("HWTC", number_), absl::StrCat("STB", number_)};
  for (uint64_t i = 0; i < 3; ++i) {
    const TimeMicros start = DaysAgo(880 - 40 * i, 18 + i);
    v1::Product& product = *Add().mutable_product();
    SourceOfSubject("network", Key(i), start, *product.mutable_source());
    product.set_product_offering_id(kOfferings[i]);
    product.set_status(Pick(21 + i, 8) == 0 ? v1::PRODUCT_STATUS_TERMINATED
                                            : v1::PRODUCT_STATUS_ACTIVE);
    SetTimestamp(start, *product.mutable_valid_period()->mutable_start_time());
    Amount(static_cast<int64_t>(2900 + 1000 * Pick(24 + i, 20)), *product.mutable_monthly_price());

    v1::Service& service = *Add().mutable_service();
    SourceOfSubject("network", Key(i), start, *service.mutable_source());
    service.set_category(kCategories[i]);
    service.set_state(v1::SERVICE_STATE_ACTIVE);
    service.set_product_key(Key(i));
    SetTimestamp(start, *service.mutable_valid_period()->mutable_start_time());

    v1::Resource& resource = *Add().mutable_resource();
    SourceOfSubject("network", Key(i), start, *resource.mutable_source());
    resource.set_resource_type(kResources[i]);
    resource.set_value(values[i]);
    resource.set_status(v1::RESOURCE_STATUS_IN_USE);
    resource.set_service_key(Key(i));
    SetTimestamp(start, *resource.mutable_valid_period()->mutable_start_time());
  }
  for (uint64_t i = 0; i < 2; ++i) {
    Problem(i, DaysAgo(50 + 130 * i, 27 + i), *Add().mutable_service_problem());
  }
}

void Maker::Bill(uint64_t n, TimeMicros time, v1::CustomerBill& bill) {
  Source("billing", Key(n), time, *bill.mutable_source());
  bill.set_billing_account_key(number_);
  bill.set_state(v1::CUSTOMER_BILL_STATE_SENT);
  SetTimestamp(time, *bill.mutable_bill_time());
  SetTimestamp(time - 30 * kDay, *bill.mutable_billing_period()->mutable_start_time());
  SetTimestamp(time, *bill.mutable_billing_period()->mutable_end_time());
  Amount(static_cast<int64_t>(4000 + Pick(29 + n, 20000)), *bill.mutable_amount());
  SetTimestamp(time + 20 * kDay, *bill.mutable_due_time());
  v1::AppliedCustomerBillingRate& line = *bill.add_lines();
  line.set_rate_type("usage");
  *line.mutable_amount() = bill.amount();
}

void Maker::Payment(uint64_t n, TimeMicros time, int64_t amount, v1::Payment& payment) {
  Source("billing", Key(n), time, *payment.mutable_source());
  payment.set_billing_account_key(number_);
  payment.set_customer_bill_key(Key(n));
  Amount(amount, *payment.mutable_amount());
  SetTimestamp(time, *payment.mutable_payment_time());
  payment.set_payment_method("transfer");
  payment.set_state(v1::PAYMENT_STATE_ACCEPTED);
}

void Maker::Adjustment(uint64_t n, TimeMicros time, v1::Adjustment& adjustment) {
  Source("billing", Key(n), time, *adjustment.mutable_source());
  adjustment.set_billing_account_key(number_);
  adjustment.set_adjustment_type(v1::ADJUSTMENT_TYPE_CREDIT);
  Amount(static_cast<int64_t>(100 + Pick(37 + n, 900)), *adjustment.mutable_amount());
  adjustment.set_reason("goodwill");
  SetTimestamp(time, *adjustment.mutable_adjustment_time());
}

void Maker::Interaction(uint64_t n, TimeMicros time, v1::PartyInteraction& interaction) {
  SourceOfSubject("crm", Key(n), time, *interaction.mutable_source());
  interaction.set_channel(kChannels[Pick(38 + n, kChannels.size())]);
  interaction.set_direction(v1::INTERACTION_DIRECTION_INBOUND);
  interaction.set_reason(kReasons[Pick(39 + n, kReasons.size())]);
  interaction.set_description("asked for a call back");
  SetTimestamp(time, *interaction.mutable_start_time());
  SetTimestamp(time + 300 * int64_t{1000000}, *interaction.mutable_end_time());
}

void Maker::Ticket(uint64_t n, TimeMicros time, v1::TroubleTicket& ticket) {
  SourceOfSubject("crm", Key(n), time, *ticket.mutable_source());
  ticket.set_name("no signal indoors");
  ticket.set_ticket_type("fault");
  ticket.set_severity(v1::SEVERITY_MINOR);
  ticket.set_status(n == 0 ? v1::TROUBLE_TICKET_STATUS_IN_PROGRESS
                           : v1::TROUBLE_TICKET_STATUS_CLOSED);
  SetTimestamp(time, *ticket.mutable_creation_time());
}

void Maker::Problem(uint64_t n, TimeMicros time, v1::ServiceProblem& problem) {
  SourceOfSubject("network", Key(n), time, *problem.mutable_source());
  problem.set_severity(v1::SEVERITY_MAJOR);
  problem.set_status(v1::SERVICE_PROBLEM_STATUS_RESOLVED);
  problem.set_category("outage");
  SetTimestamp(time, *problem.mutable_start_time());
  SetTimestamp(time + kDay / 12, *problem.mutable_resolved_time());
}

std::vector<v1::Fact> Maker::All() {
  facts_.reserve(kFactsPerCustomer);
  Crm();
  Billing();
  Network();
  return std::move(facts_);
}

v1::Fact Maker::Further(uint64_t sequence) {
  // Clear of the keys and times of FactsOf().
  const uint64_t n = 1000 + sequence;
  const TimeMicros time = kFactsEnd + static_cast<TimeMicros>(sequence) * 60 * 1000000;
  v1::Fact fact;
  switch (sequence % kFurtherKinds) {
    case 0:
      Bill(n, time, *fact.mutable_customer_bill());
      break;
    case 1:
      Payment(n, time, 5000, *fact.mutable_payment());
      break;
    case 2:
      Adjustment(n, time, *fact.mutable_adjustment());
      break;
    case 3:
      Interaction(n, time, *fact.mutable_party_interaction());
      break;
    case 4:
      Ticket(n, time, *fact.mutable_trouble_ticket());
      break;
    default:
      Problem(n, time, *fact.mutable_service_problem());
      break;
  }
  return fact;
}

}  // namespace

std::string NumberText(uint64_t number) { return absl::StrFormat("%08d", number); }

std::vector<v1::Fact> FactsOf(uint64_t number, uint64_t variety) {
  return Maker(number, variety).All();
}

v1::Fact FurtherFact(uint64_t number, uint64_t sequence) {
  return Maker(number, number).Further(sequence);
}

}  // namespace yilan::bench
