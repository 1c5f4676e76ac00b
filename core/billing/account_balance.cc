#include "core/billing/account_balance.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace yilan::core {
namespace {

using yilan::storage::v1::AccountBalance;
using yilan::storage::v1::DueAmount;
using yilan::storage::v1::Subject;

// Modulo 2^64, so that taking out undoes adding also where the sum did not fit meanwhile: the
// order in which facts arrive then makes no difference.
int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

int64_t Negated(int64_t a) { return static_cast<int64_t>(-static_cast<uint64_t>(a)); }

std::tuple<absl::string_view, absl::string_view, absl::string_view> KeyOf(
    const AccountBalance& balance) {
  return {balance.source_system(), balance.billing_account_key(), balance.currency_code()};
}

}  // namespace

AccountBalance& BalanceOf(absl::string_view source_system, absl::string_view billing_account_key,
                          absl::string_view currency_code, Subject& totals) {
  if (billing_account_key.empty()) source_system = {};
  auto* balances = totals.mutable_balances();
  const auto key = std::tuple(source_system, billing_account_key, currency_code);
  int at = 0;
  while (at < balances->size() && KeyOf((*balances)[at]) < key) ++at;
  if (at == balances->size() || KeyOf((*balances)[at]) != key) {
    AccountBalance* balance = balances->Add();
    balance->set_source_system(std::string(source_system));
    balance->set_billing_account_key(std::string(billing_account_key));
    balance->set_currency_code(std::string(currency_code));
    for (int i = balances->size() - 1; i > at; --i) balances->SwapElements(i, i - 1);
  }
  return (*balances)[at];
}

void AddBilled(int64_t amount, std::optional<TimeMicros> due, TimeMicros now,
               AccountBalance& balance) {
  balance.set_billed(Sum(balance.billed(), amount));
  auto* entries = balance.mutable_due();
  int past = 0;
  while (past < entries->size() && (*entries)[past].due_time_micros() <= now) ++past;
  if (past > 1) {
    int64_t sum = 0;
    for (int i = 0; i < past; ++i) sum = Sum(sum, (*entries)[i].amount());
    (*entries)[past - 1].set_amount(sum);
    entries->DeleteSubrange(0, past - 1);
    past = 1;
  }
  if (due.has_value()) {
    int at = 0;
    if (*due <= now) {
      at = past - 1;
    } else {
      at = past;
      while (at < entries->size() && (*entries)[at].due_time_micros() < *due) ++at;
    }
    if (at < 0 || at == entries->size() ||
        (*due > now && (*entries)[at].due_time_micros() != *due)) {
      at = std::max(at, 0);
      DueAmount* entry = entries->Add();
      entry->set_due_time_micros(*due);
      for (int i = entries->size() - 1; i > at; --i) entries->SwapElements(i, i - 1);
    }
    DueAmount& entry = (*entries)[at];
    entry.set_amount(Sum(entry.amount(), amount));
  }
  for (int i = entries->size() - 1; i >= 0; --i) {
    if ((*entries)[i].amount() == 0) entries->DeleteSubrange(i, 1);
  }
}

void AddCredited(int64_t amount, AccountBalance& balance) {
  balance.set_credited(Sum(balance.credited(), amount));
}

int64_t OverdueAt(absl::Span<const AccountBalance* const> balances, TimeMicros now) {
  int64_t overdue = 0;
  for (const AccountBalance* balance : balances) {
    for (const DueAmount& entry : balance->due()) {
      if (entry.due_time_micros() <= now) overdue = Sum(overdue, entry.amount());
    }
    overdue = Sum(overdue, Negated(balance->credited()));
  }
  return std::max<int64_t>(0, overdue);
}

TimeMicros NextDueAfter(const AccountBalance& balance, TimeMicros now) {
  for (const DueAmount& entry : balance.due()) {
    if (entry.due_time_micros() > now) return entry.due_time_micros();
  }
  return kMaxTime;
}

}  // namespace yilan::core
