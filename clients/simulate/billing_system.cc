#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "clients/simulate/numbers.h"
#include "clients/simulate/systems.h"

namespace yilan::simulate {
namespace {

constexpr std::array kPaymentMethods = {"微信", "支付宝", "代扣", "现金"};
constexpr std::array<int, 4> kMethodWeights = {45, 30, 18, 7};
constexpr Seconds kTimeToPay = 20 * kDay;
// Of an account without a product of its own.
constexpr int64_t kServiceFee = 500;

// What is used beyond the monthly fee, by month, in percent of the mean: the Spring Festival, the
// summer holidays, the first week of October.
constexpr std::array<int64_t, 12> kSeason = {104, 118, 94, 92, 95, 96, 110, 113, 97, 112, 93, 96};

// One bill, and how it is paid.
struct Bill {
  int account = 0;
  int months_ago = 0;  // 0: the newest.
  absl::CivilDay period_start;
  absl::CivilDay period_end;
  Seconds time = 0;
  Seconds due = 0;
  int64_t amount = 0;
  int64_t paid = 0;
  Seconds paid_time = 0;
};

// Decided once for a customer, so that bills look alike from month to month.
struct Habits {
  int64_t usual_usage = 0;  // In fen a month.
  int64_t discount = 0;
  int unpaid_bills = 0;  // How many of the newest a debtor owes.
  const char* method = "";
};

Habits MakeHabits(const Portrait& portrait, Random& random) {
  Habits habits;
  habits.usual_usage = random.Chance(55) ? 12 * random.LogNormalPermille() / 10 : 0;
  if (portrait.organization) habits.usual_usage *= 4;
  if (random.Chance(22)) habits.discount = 500 * random.Between(1, 4);
  if (portrait.payer == Payer::kDebtor) {
    habits.unpaid_bills = static_cast<int>(random.Between(2, 4));
  } else if (portrait.left != 0 && random.Chance(20)) {
    habits.unpaid_bills = 2;
  }
  habits.method = kPaymentMethods[random.Weighted(kMethodWeights)];
  return habits;
}

void AddLine(const char* type, const std::string& description, int64_t fen,
             v1::CustomerBill& bill) {
  v1::AppliedCustomerBillingRate& line = *bill.add_lines();
  line.set_description(description);
  line.set_rate_type(type);
  SetMoney(fen, *line.mutable_amount());
}

// What the products of one account cost in a month. A household's bill has them on one line, a
// company's on one each.
int64_t AddRecurring(const Portrait& portrait, const Bill& bill, v1::CustomerBill& message) {
  int64_t recurring = 0;
  for (const Holding& holding : portrait.holdings) {
    if (holding.number % portrait.accounts != bill.account) continue;
    if (DayOf(holding.start) >= bill.period_end) continue;
    recurring += holding.offering->monthly_price;
    if (portrait.organization) {
      AddLine("recurring", holding.offering->name, holding.offering->monthly_price, message);
    }
  }
  if (recurring == 0) recurring = kServiceFee;
  if (message.lines().empty()) AddLine("recurring", "月租", recurring, message);
  return recurring;
}

// Adds the lines for one account and month, and returns their sum.
int64_t AddLines(const Portrait& portrait, const Habits& habits, const Bill& bill, Random& random,
                 v1::CustomerBill& message) {
  const int64_t recurring = AddRecurring(portrait, bill, message);
  int64_t sum = recurring;
  if (habits.usual_usage > 0) {
    const auto month = static_cast<size_t>(bill.period_start.month() - 1);
    const int64_t usage =
        habits.usual_usage * kSeason[month] / 100 * (500 + random.LogNormalPermille()) / 1500;
    if (usage >= 50) {
      AddLine("usage", "套外", usage, message);
      sum += usage;
    }
  }
  if (recurring > habits.discount && habits.discount > 0) {
    AddLine("discount", "优惠", -habits.discount, message);
    sum -= habits.discount;
  }
  return sum;
}

// Decides what of the bill is paid, and when.
void Pay(const Portrait& portrait, const Habits& habits, Random& random, Bill& bill) {
  if (bill.months_ago < habits.unpaid_bills) return;
  bill.paid = bill.amount;
  bill.paid_time = bill.time + random.Between(1, 18) * kDay;
  if (portrait.payer == Payer::kLate && random.Chance(60)) {
    bill.paid_time = bill.due + random.Between(1, 40) * kDay;
  }
  if (portrait.payer == Payer::kPartial && bill.months_ago == 0) bill.paid = bill.amount / 2;
  bill.paid_time += random.Between(0, 12 * kMinutesAnHour) * kMinute;
  if (bill.paid_time >= kToday) bill.paid = 0;
}

v1::CustomerBillState StateOf(const Bill& bill) {
  if (bill.paid == 0) return v1::CUSTOMER_BILL_STATE_SENT;
  return bill.paid < bill.amount ? v1::CUSTOMER_BILL_STATE_PARTIALLY_PAID
                                 : v1::CUSTOMER_BILL_STATE_SETTLED;
}

// The beginning of the billing period that was over most recently before `time`.
absl::CivilDay LastPeriodEnd(Seconds time, int cycle_day) {
  const absl::CivilDay day = DayOf(time);
  absl::CivilDay end(day.year(), day.month(), cycle_day);
  if (end >= day) end = absl::CivilDay(day.year(), day.month() - 1, cycle_day);
  return end;
}

}  // namespace

void AddPayerRecord(const Portrait& portrait, SystemFacts& facts) {
  v1::SourceRecord& record = *facts.billing.emplace_back().mutable_source_record();
  SetSource("billing", PayerKey(portrait.customer), portrait.since + kHour,
            *record.mutable_source());
  record.set_name(portrait.organization ? portrait.company : portrait.person.Shouted());
  v1::ContactMedium& phone = *record.add_contact_media();
  phone.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
  phone.set_value(portrait.Mobile(0));
  v1::SubjectReference& account = *record.add_references();
  account.set_source_system("billing");
  account.set_billing_account_key(AccountKey(portrait.customer, 0));
}

void AddAccounts(const Portrait& portrait, SystemFacts& facts) {
  for (int i = 0; i < portrait.accounts; ++i) {
    v1::BillingAccount& account = *facts.billing.emplace_back().mutable_billing_account();
    SetSource("billing", AccountKey(portrait.customer, i),
              portrait.Until() == portrait.left ? portrait.left : portrait.since + kMinute,
              *account.mutable_source());
    account.set_name(portrait.Name());
    account.set_state(portrait.left != 0 ? v1::BILLING_ACCOUNT_STATE_CLOSED
                                         : v1::BILLING_ACCOUNT_STATE_ACTIVE);
    account.set_rating_type(v1::RATING_TYPE_POSTPAID);
    account.set_bill_cycle_day(portrait.cycle_day);
    SetPeriod(portrait.since, portrait.left, *account.mutable_valid_period());
  }
}

void AddBills(const Portrait& portrait, size_t limit, Random& random, SystemFacts& facts) {
  const Habits habits = MakeHabits(portrait, random);
  absl::CivilDay period_end = LastPeriodEnd(portrait.Until() - 2 * kDay, portrait.cycle_day);
  size_t added = 0;
  for (int months_ago = 0; StartOf(period_end) > portrait.since; ++months_ago) {
    const absl::CivilDay period_start(period_end.year(), period_end.month() - 1,
                                      portrait.cycle_day);
    for (int account = 0; account < portrait.accounts; ++account) {
      Bill bill{account, months_ago, period_start, period_end};
      bill.time =
          StartOf(period_end) + random.Between(2 * kMinutesAnHour, 26 * kMinutesAnHour) * kMinute;
      bill.due = StartOf(DayOf(bill.time)) + kTimeToPay;
      v1::Fact fact;
      v1::CustomerBill& message = *fact.mutable_customer_bill();
      bill.amount = AddLines(portrait, habits, bill, random, message);
      Pay(portrait, habits, random, bill);
      added += bill.paid > 0 ? 2 : 1;
      if (added > limit) return;

      const std::string account_key = AccountKey(portrait.customer, account);
      const std::string month = YearMonth(period_start);
      const std::string key = absl::StrCat("B", account_key.substr(1), "-", month);
      SetSource("billing", key, bill.paid > 0 ? bill.paid_time : bill.time,
                *message.mutable_source());
      message.set_billing_account_key(account_key);
      message.set_state(StateOf(bill));
      SetTime(bill.time, *message.mutable_bill_time());
      SetPeriod(StartOf(period_start), StartOf(period_end), *message.mutable_billing_period());
      SetMoney(bill.amount, *message.mutable_amount());
      SetTime(bill.due, *message.mutable_due_time());
      facts.billing.push_back(std::move(fact));
      if (bill.paid == 0) continue;

      v1::Payment& payment = *facts.billing.emplace_back().mutable_payment();
      SetSource("billing", absl::StrCat("Y", account_key.substr(1), "-", month), bill.paid_time,
                *payment.mutable_source());
      payment.set_billing_account_key(account_key);
      payment.set_customer_bill_key(key);
      SetMoney(bill.paid, *payment.mutable_amount());
      payment.set_payment_method(habits.method);
      payment.set_state(v1::PAYMENT_STATE_ACCEPTED);
    }
    period_end = period_start;
  }
}

void AddAdjustment(const Portrait& portrait, size_t number, Seconds time, bool credit,
                   Random& random, SystemFacts& facts) {
  v1::Adjustment& adjustment = *facts.billing.emplace_back().mutable_adjustment();
  SetSource("billing", absl::StrCat("J", CrmKey(portrait.customer).substr(1), "-", number), time,
            *adjustment.mutable_source());
  adjustment.set_billing_account_key(AccountKey(portrait.customer, 0));
  adjustment.set_adjustment_type(credit ? v1::ADJUSTMENT_TYPE_CREDIT : v1::ADJUSTMENT_TYPE_DEBIT);
  SetMoney(random.Between(1, 10) * 500, *adjustment.mutable_amount());
  adjustment.set_reason(credit ? "故障补偿" : "补收费用");
}

}  // namespace yilan::simulate
