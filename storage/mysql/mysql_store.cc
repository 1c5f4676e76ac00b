#include "storage/mysql/mysql_store.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/mysql/entry_source.h"
#include "storage/mysql/entry_writer.h"
#include "storage/mysql/load_customer.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/plan_locks.h"
#include "storage/mysql/statements.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_reader.h"
#include "storage/rows/row_transaction.h"
#include "storage/rows/row_values.h"

namespace yilan::storage {
namespace {

using mysql::EntrySource;
using mysql::EntryWriter;
using mysql::Pool;
using mysql::Session;
using rows::Family;

// How often a write runs before it gives up. Others can be faster again and again only while they
// get something done.
constexpr int kMaxRuns = 32;
constexpr absl::Duration kFirstPause = absl::Milliseconds(1);
constexpr absl::Duration kLongestPause = absl::Milliseconds(100);

bool RunsAgain(const absl::Status& status) {
  return IsReplan(status) || mysql::IsRetry(status) || mysql::IsDuplicate(status) ||
         mysql::IsConnectionLost(status);
}

// The error of a whole call: without the marks by which this file knows it.
absl::Status ForCaller(const absl::Status& status) {
  if (mysql::IsRetry(status) || mysql::IsDuplicate(status)) {
    return absl::AbortedError("other writers were faster again and again; nothing was written");
  }
  if (mysql::IsNotSetUp(status)) return absl::UnavailableError(status.message());
  if (IsPlanted(Mutant::kUnknownIsNotWritten) && absl::IsUnknown(status)) {
    return absl::UnavailableError(status.message());
  }
  return mysql::Unmarked(status);
}

// Of Mutant::kAcknowledgeBeforeCommit.
void CommitLater(Pool::Lease session) {
  std::thread([lease = std::move(session)]() mutable {
    absl::SleepFor(absl::Milliseconds(3));
    lease->SetDeadline(absl::InfiniteFuture());
    lease->Commit().IgnoreError();
  }).detach();
}

}  // namespace

absl::StatusOr<Pool::Lease> MySqlStore::Acquire(Session::Mode mode, absl::Time deadline) {
  absl::StatusOr<Pool::Lease> lease = pool_.Acquire(mode, deadline);
  if (!lease.ok()) return ForCaller(lease.status());
  return lease;
}

absl::Status MySqlStore::OnSnapshot(const CallOptions& call,
                                    absl::FunctionRef<absl::Status(Session&)> body) {
  RETURN_IF_ERROR(CheckDeadline(call));
  // A body may have been shown something before its connection was lost, so it runs once only; what
  // comes before it may run again.
  for (int run = 0;; ++run) {
    ASSIGN_OR_RETURN(const Pool::Lease session, Acquire(Session::Mode::kRead, call.deadline));
    const absl::Status begun = session->Execute(mysql::kBeginSnapshot);
    if (mysql::IsConnectionLost(begun) && run == 0) continue;
    if (!begun.ok()) return ForCaller(begun);
    const absl::Status status = body(*session);
    if (const absl::Status ended = session->Rollback(); status.ok() && !ended.ok()) {
      return ForCaller(ended);
    }
    return ForCaller(status);
  }
}

absl::Status MySqlStore::InTransaction(const CallOptions& call,
                                       absl::FunctionRef<absl::Status(Session&)> body) {
  RETURN_IF_ERROR(CheckDeadline(call));
  absl::BitGen random;
  absl::Duration pause = kFirstPause;
  for (int run = 1;; ++run) {
    ASSIGN_OR_RETURN(Pool::Lease session, Acquire(Session::Mode::kWrite, call.deadline));
    PassFaultPoint(FaultPoint::kBeforeTransaction);
    const absl::Status status = body(*session);
    if (!status.ok()) {
      session->Rollback().IgnoreError();
    } else if (IsPlanted(Mutant::kAcknowledgeBeforeCommit)) {
      CommitLater(std::move(session));
    }
    if (!RunsAgain(status)) return ForCaller(status);
    if (run == kMaxRuns) {
      return IsReplan(status)
                 ? absl::AbortedError("the plan of the write was out of date again and again")
                 : ForCaller(status);
    }
    RETURN_IF_ERROR(CheckDeadline(call));
    if (IsReplan(status)) continue;
    // Apart from whoever it collided with, of whom nobody tells when he is done.
    const absl::Duration wait = pause * absl::Uniform(random, 0.5, 1.0);
    if (absl::Now() + wait >= call.deadline) return CheckDeadline({.deadline = absl::Now()});
    absl::SleepFor(wait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

absl::Status MySqlStore::Read(const CallOptions& call,
                              absl::FunctionRef<absl::Status(Reader&)> body) {
  return OnSnapshot(call, [&](Session& session) {
    EntrySource source(session);
    rows::RowReader reader(source, call);
    return body(reader);
  });
}

absl::Status MySqlStore::Write(const WriteOptions& options,
                               absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                               absl::FunctionRef<absl::Status(Transaction&)> body) {
  RETURN_IF_ERROR(CheckWriteOptions(options));
  bool trusting = true;
  return InTransaction(options.call, [&](Session& session) {
    return TryWrite(session, options, std::exchange(trusting, false), plan, body);
  });
}

absl::Status MySqlStore::TryWrite(Session& session, const WriteOptions& options, bool trusting,
                                  absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                  absl::FunctionRef<absl::Status(Transaction&)> body) {
  WritePlan planned;
  {
    EntrySource source(session);
    rows::RowReader reader(source, options.call);
    ASSIGN_OR_RETURN(planned, plan(reader));
  }
  RETURN_IF_ERROR(CheckPlan(planned));
  if (!trusting) planned.free_keys.clear();
  EntrySource source(session);
  mysql::PlanLocks locks(session, planned);
  RETURN_IF_ERROR(locks.Acquire(source));
  PassFaultPoint(FaultPoint::kAfterLocks);
  rows::RowTransaction transaction(source, options, planned,
                                   trusting ? rows::Absence::kGuarded : rows::Absence::kRead);
  for (const CustomerId customer : planned.customers) {
    if (std::optional<CustomerState> state = locks.StateOf(customer); state.has_value()) {
      transaction.AddPlanned(*std::move(state), true);
    } else {
      transaction.AddPlanned({.customer = customer}, false);
    }
  }
  RETURN_IF_ERROR(body(transaction));
  if (!transaction.wrote()) return session.Rollback();
  RETURN_IF_ERROR(CheckDeadline(options.call));

  const rows::RowCommit commit = transaction.Prepare();
  EntryWriter::Before before{.members = locks.members(), .keys = locks.held_keys()};
  for (const std::string& key : planned.keys) {
    // What the body relied on and did not take must not be there yet when this commits.
    if (!locks.held_keys().contains(key) && commit.overlay.Find(Family::kKeys, key) == nullptr) {
      before.guarded_keys.push_back(key);
    }
  }
  EntryWriter writer(session);
  RETURN_IF_ERROR(writer.WriteRows(commit, before));
  if (IsPlanted(Mutant::kFeedInAnotherTransaction)) RETURN_IF_ERROR(session.Commit());
  RETURN_IF_ERROR(writer.WriteFeed(commit));
  if (IsPlanted(Mutant::kAcknowledgeBeforeCommit)) return absl::OkStatus();
  return session.Commit();
}

absl::Status MySqlStore::ReadRevisions(absl::Span<const CustomerId> customers, absl::Time deadline,
                                       std::vector<std::optional<Revision>>& revisions) {
  ASSIGN_OR_RETURN(const Pool::Lease session, pool_.Acquire(Session::Mode::kRead, deadline));
  return mysql::ReadRevisions(*session, customers, revisions);
}

absl::StatusOr<LoadedCustomer> MySqlStore::LoadCustomer(const CallOptions& call,
                                                        const CustomerRef& ref,
                                                        const LoadOptions& options,
                                                        RecordVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call));
  LoadOptions left = options;
  const auto* const customer = std::get_if<CustomerId>(&ref);
  if (customer != nullptr && options.known != 0) {
    const auto revision = revisions_.Get(*customer, call.deadline);
    if (revision.ok()) {
      if (!revision->has_value()) return absl::NotFoundError("there is no such customer");
      if (**revision == options.known) {
        return LoadedCustomer{.state = {.customer = *customer, .revision = options.known},
                              .unchanged = true,
                              .place = options.place};
      }
      left.known = 0;
    } else if (!mysql::IsConnectionLost(revision.status())) {
      return ForCaller(revision.status());
    }
  }
  for (int run = 0;; ++run) {
    ASSIGN_OR_RETURN(const Pool::Lease session, Acquire(Session::Mode::kRead, call.deadline));
    absl::StatusOr<LoadedCustomer> earlier;
    if (IsPlanted(Mutant::kTwoSnapshots)) {
      earlier = mysql::LoadCustomer(*session, ref, left,
                                    [](const RecordView&) { return absl::OkStatus(); });
    }
    absl::StatusOr<LoadedCustomer> loaded = mysql::LoadCustomer(*session, ref, left, visit);
    if (loaded.ok() && earlier.ok() && !loaded->unchanged) loaded->state = earlier->state;
    if (loaded.ok()) return loaded;
    if (!mysql::IsConnectionLost(loaded.status()) || run > 0) return ForCaller(loaded.status());
  }
}

absl::Status MySqlStore::CheckReady(const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const Pool::Lease session, Acquire(Session::Mode::kRead, call.deadline));
  if (!schema_seen_.load(std::memory_order_relaxed)) {
    if (const absl::Status schema = mysql::CheckSchema(*session); !schema.ok()) {
      return absl::UnavailableError(schema.message());
    }
    schema_seen_.store(true, std::memory_order_relaxed);
  }
  uint64_t read_only = 0;
  const absl::Status asked =
      session->Query("SELECT @@read_only", {}, [&](const mysql::RowView& row) {
        read_only = row.number(0);
        return absl::OkStatus();
      });
  if (!asked.ok()) return ForCaller(asked);
  return read_only == 0 ? absl::OkStatus()
                        : absl::UnavailableError("the database takes no writes: it is read-only");
}

}  // namespace yilan::storage
