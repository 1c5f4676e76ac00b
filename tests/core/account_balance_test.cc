// Running balances of billing accounts.
#include "core/billing/account_balance.h"

#include <limits>
#include <optional>

#include "gtest/gtest.h"

namespace yilan::core {
namespace {

using yilan::storage::v1::AccountBalance;
using yilan::storage::v1::Subject;

TEST(AccountBalanceTest, BalancesAreSortedBySystemKeyAndCurrency) {
  Subject totals;
  BalanceOf("mobile", "1", "CNY", totals);
  BalanceOf("fixed", "2", "CNY", totals);
  BalanceOf("fixed", "1", "USD", totals);
  BalanceOf("fixed", "1", "CNY", totals);
  BalanceOf("fixed", "1", "USD", totals);
  ASSERT_EQ(totals.balances_size(), 4);
  EXPECT_EQ(totals.balances(0).currency_code(), "CNY");
  EXPECT_EQ(totals.balances(1).currency_code(), "USD");
  EXPECT_EQ(totals.balances(2).billing_account_key(), "2");
  EXPECT_EQ(totals.balances(3).source_system(), "mobile");
}

TEST(AccountBalanceTest, WhatNamesNoAccountSharesOneBalance) {
  Subject totals;
  BalanceOf("fixed", "", "CNY", totals);
  BalanceOf("mobile", "", "CNY", totals);
  EXPECT_EQ(totals.balances_size(), 1);
}

TEST(AccountBalanceTest, DueMomentsThatArePastAreKeptAsOne) {
  AccountBalance balance;
  AddBilled(10, 100, 0, balance);
  AddBilled(20, 200, 0, balance);
  AddBilled(30, 300, 0, balance);
  AddBilled(5, 150, 250, balance);
  EXPECT_EQ(balance.due_size(), 2);
  EXPECT_EQ(OverdueAt({&balance}, 250), 35);
  EXPECT_EQ(OverdueAt({&balance}, 300), 65);
  EXPECT_EQ(NextDueAfter(balance, 250), 300);
  EXPECT_EQ(NextDueAfter(balance, 300), kMaxTime);
}

TEST(AccountBalanceTest, MoneyPaysTheOldestDebtFirstAndWhatIsLeftOverIsNotOwed) {
  AccountBalance balance;
  AddBilled(10, 100, 0, balance);
  AddBilled(20, 200, 0, balance);
  AddCredited(10, balance);
  EXPECT_EQ(OverdueAt({&balance}, 150), 0);
  EXPECT_EQ(OverdueAt({&balance}, 200), 20);
  AddCredited(100, balance);
  EXPECT_EQ(OverdueAt({&balance}, 200), 0);
}

TEST(AccountBalanceTest, TakingOutUndoesAddingAlsoBeyondWhatFits) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  AccountBalance balance;
  AddBilled(kMost, 100, 0, balance);
  AddBilled(kMost, 100, 0, balance);
  AddBilled(-kMost, 100, 0, balance);
  EXPECT_EQ(balance.billed(), kMost);
  EXPECT_EQ(OverdueAt({&balance}, 100), kMost);
  AddBilled(-kMost, 100, 0, balance);
  EXPECT_EQ(balance.billed(), 0);
  EXPECT_EQ(balance.due_size(), 0);
  AddCredited(-kMost, balance);
  AddCredited(-kMost, balance);
  AddCredited(kMost, balance);
  EXPECT_EQ(balance.credited(), -kMost);
}

}  // namespace
}  // namespace yilan::core
