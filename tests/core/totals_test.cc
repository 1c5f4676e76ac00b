// Totals of a customer from those of its subjects.
#include "core/views/totals.h"

#include <limits>
#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

using yilan::storage::v1::Subject;

template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

struct Computed {
  v1::CustomerTotals totals;
  TimeMicros good_until = 0;
};

Computed TotalsOf(const std::vector<std::string>& texts, TimeMicros now) {
  std::vector<Subject> subjects;
  for (const std::string& text : texts) subjects.push_back(Parse<Subject>(text));
  std::vector<const Subject*> pointers;
  for (const Subject& subject : subjects) pointers.push_back(&subject);
  Computed computed;
  computed.good_until = ComputeTotals(pointers, now, computed.totals);
  return computed;
}

void ExpectEqual(const v1::CustomerTotals& totals, const std::string& expected) {
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      totals, Parse<v1::CustomerTotals>(expected)))
      << totals.DebugString();
}

TEST(TotalsTest, NothingMovedIsNothingOwedForEver) {
  const Computed computed = TotalsOf({""}, 5);
  ExpectEqual(computed.totals, "");
  EXPECT_EQ(computed.good_until, kMaxTime);
}

TEST(TotalsTest, FiguresAddUpOverSubjectsAndCurrenciesAreInAlphabeticalOrder) {
  const Computed computed = TotalsOf(
      {"open_trouble_tickets: 1 open_service_problems: 2 active_products: 3 "
       "counts { kind: 3 count: 9 } counts { kind: 12 count: 4 } "
       "balances { billing_account_key: 'a' currency_code: 'USD' billed: 100 credited: 30 }",
       "open_trouble_tickets: 10 counts { kind: 10 count: 1 } counts { kind: 12 count: 2 } "
       "balances { billing_account_key: 'b' currency_code: 'CNY' billed: 5 credited: 9 } "
       "balances { billing_account_key: 'b' currency_code: 'USD' billed: 1 }"},
      0);
  ExpectEqual(computed.totals,
              "balances { balance_due { currency_code: 'CNY' minor_units: -4 } "
              "overdue { currency_code: 'CNY' } } "
              "balances { balance_due { currency_code: 'USD' minor_units: 71 } "
              "overdue { currency_code: 'USD' } } "
              "open_trouble_tickets: 11 open_service_problems: 2 active_products: 3 "
              "fact_counts { fact_type: 'source_record' count: 1 } "
              "fact_counts { fact_type: 'customer_bill' count: 6 }");
}

TEST(TotalsTest, OverdueBeginsAtTheDueTimeAndTotalsHoldUntilTheNextOne) {
  const std::vector<std::string> subjects = {
      "balances { billing_account_key: 'a' currency_code: 'CNY' billed: 300 "
      "due { due_time_micros: 1000 amount: 100 } due { due_time_micros: 2000 amount: 200 } }"};
  const auto overdue = [&](TimeMicros now) {
    return TotalsOf(subjects, now).totals.balances(0).overdue().minor_units();
  };
  EXPECT_EQ(overdue(999), 0);
  EXPECT_EQ(overdue(1000), 100);
  EXPECT_EQ(overdue(1999), 100);
  EXPECT_EQ(overdue(2000), 300);
  EXPECT_EQ(TotalsOf(subjects, 999).good_until, 1000);
  EXPECT_EQ(TotalsOf(subjects, 1000).good_until, 2000);
  EXPECT_EQ(TotalsOf(subjects, 2000).good_until, kMaxTime);
}

TEST(TotalsTest, TheCreditOfOneAccountDoesNotPayTheDebtOfAnother) {
  const Computed computed =
      TotalsOf({"balances { billing_account_key: 'a' currency_code: 'CNY' billed: 100 "
                "due { due_time_micros: 1 amount: 100 } } "
                "balances { billing_account_key: 'b' currency_code: 'CNY' credited: 60 }"},
               10);
  EXPECT_EQ(computed.totals.balances(0).balance_due().minor_units(), 40);
  EXPECT_EQ(computed.totals.balances(0).overdue().minor_units(), 100);
}

TEST(TotalsTest, APaymentStatedForTheCustomerPaysTheBillStatedForItsAccount) {
  const std::string account = "source_system: 'billing' billing_account_key: 'a' ";
  const Computed computed =
      TotalsOf({"balances { " + account + "currency_code: 'CNY' billed: 100 " +
                    "due { due_time_micros: 1 amount: 100 } }",
                "balances { " + account + "currency_code: 'CNY' credited: 60 }"},
               10);
  EXPECT_EQ(computed.totals.balances(0).overdue().minor_units(), 40);
}

TEST(TotalsTest, AccountsOfTwoSystemsAreTwoAccountsAlsoUnderOneKey) {
  const Computed computed =
      TotalsOf({"balances { source_system: 'fixed' billing_account_key: 'a' currency_code: 'CNY' "
                "billed: 100 due { due_time_micros: 1 amount: 100 } } "
                "balances { source_system: 'mobile' billing_account_key: 'a' currency_code: 'CNY' "
                "credited: 60 }"},
               10);
  EXPECT_EQ(computed.totals.balances(0).overdue().minor_units(), 100);
}

TEST(TotalsTest, WhatWasTakenBackWhollyIsNotShown) {
  ExpectEqual(TotalsOf({"balances { currency_code: 'CNY' }"}, 0).totals, "");
}

TEST(TotalsTest, SumsThatDoNotFitStopAtTheEnds) {
  const std::string most = "balances { currency_code: 'CNY' billed: 9223372036854775807 }";
  const Computed computed = TotalsOf(
      {most, most, "balances { currency_code: 'USD' credited: -9223372036854775807 billed: 1 }",
       "balances { currency_code: 'XXX' credited: 9223372036854775807 billed: -9 }"},
      0);
  using Limits = std::numeric_limits<int64_t>;
  EXPECT_EQ(computed.totals.balances(0).balance_due().minor_units(), Limits::max());
  EXPECT_EQ(computed.totals.balances(1).balance_due().minor_units(), Limits::max());
  EXPECT_EQ(computed.totals.balances(2).balance_due().minor_units(), Limits::min());
}

TEST(TotalsTest, ASubjectIsDescribedByItsNamesCustomerKeysFirst) {
  const Subject subject = Parse<Subject>(
      "references { source_system: 'billing' billing_account_key: '7' } "
      "references { source_system: 'crm' customer_key: 'C1' } counts { kind: 10 count: 1 }");
  v1::CustomerSubject description;
  DescribeSubject(subject, description);
  EXPECT_EQ(description.references(0).customer_key(), "C1");
  EXPECT_EQ(description.references(1).billing_account_key(), "7");
  EXPECT_TRUE(description.has_source_record());
}

TEST(TotalsTest, ASubjectOfFactsAloneHasNoSourceRecord) {
  v1::CustomerSubject description;
  DescribeSubject(Parse<Subject>("counts { kind: 12 count: 3 }"), description);
  EXPECT_FALSE(description.has_source_record());
}

}  // namespace
}  // namespace yilan::core
