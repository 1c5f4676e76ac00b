// The survivorship rules that hold, and how they are changed.
//
// They are one record in the store, under Yilan's own customer for settings, and each server keeps
// a copy. The server that changes them has the new ones before it answers; the others look whether
// the record has changed about every second (Refresh, called by server/settings_refresher.h), so
// they follow within that time, and no read of a view asks the store for its rules. Until a server
// has read the record once it does not know what holds, and the first to need the rules reads it.
//
//   ASSIGN_OR_RETURN(const auto rules, survivorship.Current(call.storage()));
//   ComputeProfile(*rules, opinions, profile);
//
// Thread-safe.
#ifndef YILAN_CORE_SURVIVORSHIP_ACTIVE_SURVIVORSHIP_H_
#define YILAN_CORE_SURVIVORSHIP_ACTIVE_SURVIVORSHIP_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "core/call.h"
#include "core/survivorship/survivorship_rules.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_service.pb.h"

namespace yilan::core {

using SharedSurvivorshipRules = std::shared_ptr<const SurvivorshipRules>;

// Where the rules are stored: the one kSurvivorshipRulesKind record.
storage::RecordKey SurvivorshipRulesKey();

class ActiveSurvivorship {
 public:
  // `store` and `clock` outlive it. Reads nothing yet.
  ActiveSurvivorship(storage::RecordStore& store, const Clock& clock)
      : store_(store), clock_(clock) {}

  // The fingerprint of the rules that hold here; nothing while they were never read. One load from
  // memory.
  std::optional<uint64_t> fingerprint() const {
    const uint64_t fingerprint = fingerprint_.load(std::memory_order_acquire);
    if (fingerprint == kNeverRead) return std::nullopt;
    return fingerprint;
  }
  // The rules that hold here; reads them from the store if that never happened. Errors: those of
  // the store as they are, only then.
  absl::StatusOr<SharedSurvivorshipRules> Current(const storage::CallOptions& call);
  // Makes those of the store hold here, if they are others. Errors: those of the store as they are;
  // then what held before holds on.
  absl::Status Refresh(const storage::CallOptions& call);

  // The RPCs. Errors are those documented there.
  absl::Status Get(const Call& call, const v1::GetSurvivorshipRulesRequest& request,
                   v1::GetSurvivorshipRulesResponse& response);
  absl::Status Update(const Call& call, const v1::UpdateSurvivorshipRulesRequest& request,
                      v1::UpdateSurvivorshipRulesResponse& response);

 private:
  // No fingerprint of rules: SurvivorshipRules() has 0, and others are digests.
  static constexpr uint64_t kNeverRead = ~uint64_t{0};

  // Reads the settings, unless they have the revision that is known. One call reads at a time, so
  // that what was read last is what holds; the lock is let go meanwhile.
  absl::Status ReadLocked(const storage::CallOptions& call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WaitForTurn(const storage::CallOptions& call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::RecordStore& store_;
  const Clock& clock_;
  std::atomic<uint64_t> fingerprint_{kNeverRead};
  Mutex mutex_;
  CondVar turn_;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  storage::Revision revision_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the settings that were read last.
  SharedSurvivorshipRules rules_ ABSL_GUARDED_BY(mutex_);   // Null while they were never read.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_SURVIVORSHIP_ACTIVE_SURVIVORSHIP_H_
