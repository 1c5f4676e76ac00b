// PlanLocks: the rows that a plan names, locked and read in one go.
//
// Customers first, then keys, then the request, each in order, so that writers meet without a
// deadlock. Held until the transaction of the session ends. Not thread-safe.
#ifndef YILAN_STORAGE_MYSQL_PLAN_LOCKS_H_
#define YILAN_STORAGE_MYSQL_PLAN_LOCKS_H_

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "storage/mysql/entry_source.h"
#include "storage/mysql/entry_writer.h"
#include "storage/mysql/session.h"
#include "storage/record_store.h"

namespace yilan::storage::mysql {

class PlanLocks {
 public:
  // Both outlive the locks.
  PlanLocks(Session& session, const WritePlan& plan) : session_(session), plan_(plan) {}

  // Locks, and tells `source` what is there: nobody else changes it from then on. Keys of
  // WritePlan::free_keys are taken to be free.
  absl::Status Acquire(EntrySource& source);

  // A customer of the plan; nothing when it has no row.
  std::optional<CustomerState> StateOf(CustomerId customer) const;
  // Members of the customers that have a row.
  const MembersByCustomer& members() const { return members_; }
  // Keys of the plan that somebody holds. The others could not be locked.
  const absl::flat_hash_set<std::string>& held_keys() const { return held_keys_; }

 private:
  Session& session_;
  const WritePlan& plan_;
  absl::flat_hash_map<CustomerId, CustomerState> states_;
  MembersByCustomer members_;
  absl::flat_hash_set<std::string> held_keys_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_PLAN_LOCKS_H_
