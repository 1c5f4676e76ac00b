#include "core/billing/billing_facts.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/billing/account_balance.h"
#include "core/facts/keys.h"

namespace yilan::core {
namespace {

void CheckNotNegative(const v1::Money& amount, absl::string_view path, Violations& violations) {
  if (amount.minor_units() < 0) {
    violations.Add(absl::StrCat(path, ".amount.minor_units"),
                   "is negative; state a positive amount and the direction by the kind of fact");
  }
}

}  // namespace

absl::string_view FactRules<v1::BillingAccount>::BillingAccountKey(
    const v1::BillingAccount& account) {
  return account.source().key();
}

void FactRules<v1::BillingAccount>::Check(const v1::BillingAccount& account, absl::string_view path,
                                          Violations& violations) {
  const v1::SubjectReference& subject = account.source().subject();
  if (subject.has_billing_account_key() &&
      (subject.billing_account_key() != account.source().key() ||
       (!subject.source_system().empty() &&
        subject.source_system() != account.source().source_system()))) {
    violations.Add(absl::StrCat(path, ".source.subject"),
                   "names another billing account; state the customer_key of the account's holder, "
                   "or leave it out");
  }
}

std::vector<storage::Term> FactRules<v1::BillingAccount>::Terms(const v1::BillingAccount& account) {
  const std::string& number =
      account.account_number().empty() ? account.source().key() : account.account_number();
  std::vector<storage::Term> terms;
  AddIdentifierTerm(v1::IDENTIFIER_TYPE_ACCOUNT_NUMBER, number, StartOf(account.valid_period()),
                    EndOf(account.valid_period()), terms);
  return terms;
}

absl::string_view FactRules<v1::CustomerBill>::BillingAccountKey(const v1::CustomerBill& bill) {
  return bill.billing_account_key();
}

TimeMicros FactRules<v1::CustomerBill>::OccurrenceTime(const v1::CustomerBill& bill) {
  return MicrosOf(bill.has_bill_time() ? bill.bill_time() : bill.source().event_time());
}

void FactRules<v1::CustomerBill>::Check(const v1::CustomerBill& bill, absl::string_view path,
                                        Violations& violations) {
  if (bill.lines().empty()) return;
  // Amounts are within ±10^15 and lines at most 1,000, by their FieldRules: the sum cannot
  // overflow.
  int64_t sum = 0;
  for (int i = 0; i < bill.lines_size(); ++i) {
    const v1::Money& amount = bill.lines(i).amount();
    if (amount.currency_code() != bill.amount().currency_code()) {
      violations.Add(absl::StrCat(path, ".lines[", i, "].amount.currency_code"),
                     "differs from the bill's currency; a bill has one currency");
    }
    sum += amount.minor_units();
  }
  if (sum != bill.amount().minor_units()) {
    violations.Add(absl::StrCat(path, ".lines"),
                   absl::StrCat("add up to ", sum, " minor units, but the bill's amount is ",
                                bill.amount().minor_units(), "; correct the lines or the amount"));
  }
}

void FactRules<v1::CustomerBill>::Tally(const v1::CustomerBill& bill, int sign, TimeMicros now,
                                        yilan::storage::v1::Subject& totals) {
  if (bill.state() == v1::CUSTOMER_BILL_STATE_ON_HOLD) return;
  std::optional<TimeMicros> due;
  if (bill.has_due_time()) due = MicrosOf(bill.due_time());
  AddBilled(sign * bill.amount().minor_units(), due, now,
            BalanceOf(bill.source().source_system(), bill.billing_account_key(),
                      bill.amount().currency_code(), totals));
}

absl::string_view FactRules<v1::Payment>::BillingAccountKey(const v1::Payment& payment) {
  return payment.billing_account_key();
}

TimeMicros FactRules<v1::Payment>::OccurrenceTime(const v1::Payment& payment) {
  return MicrosOf(payment.has_payment_time() ? payment.payment_time()
                                             : payment.source().event_time());
}

void FactRules<v1::Payment>::Check(const v1::Payment& payment, absl::string_view path,
                                   Violations& violations) {
  CheckNotNegative(payment.amount(), path, violations);
}

void FactRules<v1::Payment>::Tally(const v1::Payment& payment, int sign, TimeMicros,
                                   yilan::storage::v1::Subject& totals) {
  if (payment.state() == v1::PAYMENT_STATE_PENDING ||
      payment.state() == v1::PAYMENT_STATE_DECLINED) {
    return;
  }
  AddCredited(sign * payment.amount().minor_units(),
              BalanceOf(payment.source().source_system(), payment.billing_account_key(),
                        payment.amount().currency_code(), totals));
}

absl::string_view FactRules<v1::Adjustment>::BillingAccountKey(const v1::Adjustment& adjustment) {
  return adjustment.billing_account_key();
}

TimeMicros FactRules<v1::Adjustment>::OccurrenceTime(const v1::Adjustment& adjustment) {
  return MicrosOf(adjustment.has_adjustment_time() ? adjustment.adjustment_time()
                                                   : adjustment.source().event_time());
}

void FactRules<v1::Adjustment>::Check(const v1::Adjustment& adjustment, absl::string_view path,
                                      Violations& violations) {
  CheckNotNegative(adjustment.amount(), path, violations);
}

void FactRules<v1::Adjustment>::Tally(const v1::Adjustment& adjustment, int sign, TimeMicros,
                                      yilan::storage::v1::Subject& totals) {
  const int64_t direction = adjustment.adjustment_type() == v1::ADJUSTMENT_TYPE_DEBIT ? -1 : 1;
  AddCredited(sign * direction * adjustment.amount().minor_units(),
              BalanceOf(adjustment.source().source_system(), adjustment.billing_account_key(),
                        adjustment.amount().currency_code(), totals));
}

}  // namespace yilan::core
