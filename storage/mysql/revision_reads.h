// Asks for the revisions of customers, for many callers in one statement.
//
// Most calls for a view only ask whether a customer is still at the revision that is cached. Those
// that come while kAtOnce statements are under way wait for the next one, which asks for all of
// them: the busier a server, the less each of them costs the database. An answer is never older
// than its call. A lone caller waits for nobody.
#ifndef YILAN_STORAGE_MYSQL_REVISION_READS_H_
#define YILAN_STORAGE_MYSQL_REVISION_READS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "storage/record_store.h"

namespace yilan::storage::mysql {

// Thread-safe.
class RevisionReads {
 public:
  // Statements under way at a time. Fewer make larger groups, but whoever waits for another has to
  // be woken, which costs more than a statement of his own while the database has time.
  static constexpr int kAtOnce = 8;

  // Sets `revisions` to those of `customers`, in their order; nothing for one that is not there.
  // Called by several threads at once.
  using Read =
      std::function<absl::Status(absl::Span<const CustomerId> customers, absl::Time deadline,
                                 std::vector<std::optional<Revision>>& revisions)>;

  explicit RevisionReads(Read read) : read_(std::move(read)) {}

  // The customer's revision, or nothing when there is no such customer. A statement has the
  // deadline of the one who makes it; its error goes to all whom it asked for, but for
  // DEADLINE_EXCEEDED, after which the others ask again.
  absl::StatusOr<std::optional<Revision>> Get(CustomerId customer, absl::Time deadline);
  // How many callers wait for a statement to be made.
  size_t waiting() const {
    MutexLock lock(mutex_);
    return waiting_.size();
  }

 private:
  static constexpr size_t kMostCustomers = 64;

  struct Waiter {
    explicit Waiter(CustomerId of) : customer(of) {}
    const CustomerId customer;
    CondVar changed;
    bool leads = false;  // It is to ask for itself and those behind it.
    bool done = false;
    absl::Status status;
    std::optional<Revision> revision;
  };
  using Waiters = std::vector<std::shared_ptr<Waiter>>;

  // Asks for all of `waiters`.
  void Ask(const Waiters& waiters, absl::Time deadline);
  // The statement of the caller has ended: has the first who waits make the next.
  void PassOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Read read_;
  mutable Mutex mutex_;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::shared_ptr<Waiter>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_REVISION_READS_H_
