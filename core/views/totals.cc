#include "core/views/totals.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/billing/account_balance.h"
#include "core/facts/fact_kinds.h"

namespace yilan::core {
namespace {

using yilan::storage::v1::AccountBalance;
using yilan::storage::v1::KindCount;
using yilan::storage::v1::Subject;

using Limits = std::numeric_limits<int64_t>;

void AddTo(int64_t& sum, int64_t amount) {
  if (__builtin_add_overflow(sum, amount, &sum)) sum = amount < 0 ? Limits::min() : Limits::max();
}

void SubtractFrom(int64_t& sum, int64_t amount) {
  if (__builtin_sub_overflow(sum, amount, &sum)) sum = amount < 0 ? Limits::max() : Limits::min();
}

struct Owed {
  int64_t balance_due = 0;
  int64_t overdue = 0;
};

void SetMoney(absl::string_view currency_code, int64_t minor_units, v1::Money& money) {
  money.set_currency_code(currency_code.data(), currency_code.size());
  money.set_minor_units(minor_units);
}

}  // namespace

TimeMicros ComputeTotals(absl::Span<const Subject* const> subjects, TimeMicros now,
                         v1::CustomerTotals& totals) {
  TimeMicros good_until = kMaxTime;
  int64_t open_tickets = 0;
  int64_t open_problems = 0;
  int64_t active_products = 0;
  std::map<absl::string_view, Owed> owed;  // By currency.
  using Account = std::tuple<absl::string_view, absl::string_view, absl::string_view>;
  std::map<Account, std::vector<const AccountBalance*>> accounts;
  std::map<uint32_t, int64_t> counts;  // By kind.
  for (const Subject* subject : subjects) {
    AddTo(open_tickets, subject->open_trouble_tickets());
    AddTo(open_problems, subject->open_service_problems());
    AddTo(active_products, subject->active_products());
    for (const AccountBalance& balance : subject->balances()) {
      // All that ever moved was taken back.
      if (balance.billed() == 0 && balance.credited() == 0 && balance.due().empty()) continue;
      Owed& sums = owed[balance.currency_code()];
      AddTo(sums.balance_due, balance.billed());
      SubtractFrom(sums.balance_due, balance.credited());
      accounts[{balance.source_system(), balance.billing_account_key(), balance.currency_code()}]
          .push_back(&balance);
      good_until = std::min(good_until, NextDueAfter(balance, now));
    }
    for (const KindCount& count : subject->counts()) AddTo(counts[count.kind()], count.count());
  }
  for (const auto& [account, balances] : accounts) {
    AddTo(owed[std::get<2>(account)].overdue, OverdueAt(balances, now));
  }
  totals.set_open_trouble_tickets(open_tickets);
  totals.set_open_service_problems(open_problems);
  totals.set_active_products(active_products);
  for (const auto& [currency, sums] : owed) {
    v1::BalanceTotal& total = *totals.add_balances();
    SetMoney(currency, sums.balance_due, *total.mutable_balance_due());
    SetMoney(currency, sums.overdue, *total.mutable_overdue());
  }
  for (const auto& [number, count] : counts) {
    // Yilan's own records are counted with the subject too, and are no facts.
    const FactKind* kind = FindFactKind(static_cast<storage::Kind>(number));
    if (kind == nullptr || count == 0) continue;
    v1::FactCount& fact_count = *totals.add_fact_counts();
    fact_count.set_fact_type(kind->name);
    fact_count.set_count(count);
  }
  return good_until;
}

void DescribeSubject(const Subject& subject, v1::CustomerSubject& description) {
  for (const bool account : {false, true}) {
    for (const v1::SubjectReference& reference : subject.references()) {
      if (reference.has_billing_account_key() == account) *description.add_references() = reference;
    }
  }
  for (const KindCount& count : subject.counts()) {
    if (count.kind() == v1::Fact::kSourceRecord && count.count() > 0) {
      description.set_has_source_record(true);
    }
  }
}

}  // namespace yilan::core
