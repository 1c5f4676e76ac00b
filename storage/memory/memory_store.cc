#include "storage/memory/memory_store.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/clock.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/memory/bulk_reader.h"
#include "storage/memory/import.h"
#include "storage/memory/state.h"
#include "storage/memory/transaction.h"

namespace yilan::storage {
namespace memory {
namespace {

// A write alone with the state never conflicts; only its own body can ask for another run.
constexpr int kMaxRuns = 16;
// Readers wait for each of these.
constexpr size_t kRequestsErasedAtOnce = 256;
constexpr size_t kChangesTrimmedAtOnce = 16384;
constexpr size_t kEntriesBetweenDeadlineChecks = 1024;

class MemoryStore final : public RecordStore {
 public:
  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override;
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override;
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override;
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override;
  absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) override;
  absl::Status TrimRequests(const CallOptions& call, TimeMicros before) override;
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override;
  absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) override;
  absl::Status Export(const CallOptions& call, ExportVisitor visit) override;
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override;
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override;
  absl::Status CheckReady(const CallOptions& call) override { return CheckDeadline(call); }

 private:
  // Being the one writer, for a scope. Only its holder may change state_, and reads it without a
  // lock; it does change it under apply_mutex_, which readers share.
  class Turn {
   public:
    static absl::StatusOr<Turn> Take(MemoryStore& store, const CallOptions& call);
    Turn(Turn&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    explicit Turn(MemoryStore& store) : store_(&store) {}
    MemoryStore* store_;
  };

  void Apply(const Commit& commit);
  // A customer's slot as callers see it: slots are never used again, so it stays good.
  static uint64_t PlaceOf(CustomerSlot slot) { return uint64_t{slot} + 1; }
  // The customer, if it is at that place.
  std::optional<CustomerSlot> CustomerAt(uint64_t place, const CustomerRef& ref) const;
  absl::Status VisitRecords(CustomerSlot customer, const LoadOptions& options,
                            RecordVisitor visit) const;

  Mutex turn_mutex_;
  CondVar turn_free_;
  bool turn_taken_ ABSL_GUARDED_BY(turn_mutex_) = false;

  SharedMutex apply_mutex_;
  State state_;  // Changed by who has the turn and holds apply_mutex_; read by who has either.
};

absl::StatusOr<MemoryStore::Turn> MemoryStore::Turn::Take(MemoryStore& store,
                                                          const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  MutexLock lock(store.turn_mutex_);
  while (store.turn_taken_) {
    if (call.deadline == absl::InfiniteFuture()) {
      store.turn_free_.Wait(store.turn_mutex_);
    } else {
      // Not longer than an hour at once: the wait is in nanoseconds, and must not overflow.
      store.turn_free_.WaitFor(store.turn_mutex_,
                               std::min(call.deadline - absl::Now(), absl::Hours(1)));
      // A turn that was handed over is taken even when it comes late: nobody else was woken for it.
      if (store.turn_taken_) RETURN_IF_ERROR(CheckDeadline(call));
    }
  }
  store.turn_taken_ = true;
  return Turn(store);
}

MemoryStore::Turn::~Turn() {
  if (store_ == nullptr) return;
  MutexLock lock(store_->turn_mutex_);
  store_->turn_taken_ = false;
  store_->turn_free_.Signal();
}

void MemoryStore::Apply(const Commit& commit) {
  State::Prepared prepared = state_.Prepare(commit);
  WriterLock lock(apply_mutex_);
  state_.Apply(commit, prepared);
}

absl::StatusOr<LoadedCustomer> MemoryStore::LoadCustomer(const CallOptions& call,
                                                         const CustomerRef& ref,
                                                         const LoadOptions& options,
                                                         RecordVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ReaderLock lock(apply_mutex_);
  const Directory& directory = state_.directory();
  std::optional<CustomerSlot> customer = CustomerAt(options.place, ref);
  if (!customer.has_value()) customer = state_.FindCustomer(ref);
  if (!customer.has_value()) return absl::NotFoundError("there is no such customer");
  if (options.known != 0 && options.known == directory.RevisionOf(*customer)) {
    // One row is read, and no memory allocated: this is what every cached view asks.
    return LoadedCustomer{
        .state = {.customer = directory.CustomerIdOf(*customer), .revision = options.known},
        .unchanged = true,
        .place = PlaceOf(*customer)};
  }
  LoadedCustomer loaded = {.state = directory.StateOf(*customer), .place = PlaceOf(*customer)};
  RETURN_IF_ERROR(VisitRecords(*customer, options, visit));
  return loaded;
}

std::optional<CustomerSlot> MemoryStore::CustomerAt(uint64_t place, const CustomerRef& ref) const {
  const Directory& directory = state_.directory();
  const auto* const id = std::get_if<CustomerId>(&ref);
  if (id == nullptr || place == 0 || place > directory.customers()) return std::nullopt;
  const auto slot = static_cast<CustomerSlot>(place - 1);
  if (directory.CustomerIdOf(slot) != *id) return std::nullopt;
  return slot;
}

absl::Status MemoryStore::VisitRecords(CustomerSlot customer, const LoadOptions& options,
                                       RecordVisitor visit) const {
  RETURN_IF_ERROR(CheckLoadOptions(options));
  for (const SubjectSlot member : state_.directory().MembersOf(customer)) {
    state_.subjects().Prefetch(member);
  }
  for (const SubjectSlot member : state_.directory().MembersOf(customer)) {
    const SubjectId subject = state_.directory().IdOf(member);
    PackedSubjects::Cursor cursor = state_.subjects().Seek(member, {});
    auto limit = options.limits.begin();
    while (!cursor.done() && cursor.entry().place.kind < kHistoryKinds) {
      const EntryKind kind = cursor.entry().place.kind;
      while (limit != options.limits.end() && limit->kind < kind) ++limit;
      const bool limited = limit != options.limits.end() && limit->kind == kind;
      size_t left = limited ? limit->max : std::numeric_limits<size_t>::max();
      for (; left > 0 && !cursor.done() && cursor.entry().place.kind == kind; --left) {
        RETURN_IF_ERROR(visit(ViewRecord(subject, cursor.entry())));
        cursor.Next();
      }
      if (!cursor.done() && cursor.entry().place.kind == kind) cursor.SkipKind();
    }
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::Read(const CallOptions& call,
                               absl::FunctionRef<absl::Status(Reader&)> body) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ReaderLock lock(apply_mutex_);
  MemoryTransaction reader(state_);
  return body(reader);
}

absl::Status MemoryStore::Write(const WriteOptions& options,
                                absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                absl::FunctionRef<absl::Status(Transaction&)> body) {
  RETURN_IF_ERROR(CheckWriteOptions(options));
  ASSIGN_OR_RETURN(const Turn turn, Turn::Take(*this, options.call));
  for (int run = 0; run < kMaxRuns; ++run) {
    RETURN_IF_ERROR(CheckDeadline(options.call));
    MemoryTransaction reader(state_);
    const absl::StatusOr<WritePlan> planned = plan(reader);
    if (IsReplan(planned.status())) continue;
    RETURN_IF_ERROR(planned.status());
    RETURN_IF_ERROR(CheckPlan(*planned));
    MemoryTransaction transaction(state_, *planned);
    const absl::Status status = body(transaction);
    if (IsReplan(status)) continue;
    RETURN_IF_ERROR(status);
    if (!transaction.HasWrites()) return absl::OkStatus();
    RETURN_IF_ERROR(CheckDeadline(options.call));
    Apply(transaction.TakeCommit(options));
    return absl::OkStatus();
  }
  return absl::AbortedError("the plan of the write was out of date each time; try again later");
}

absl::StatusOr<ChangePage> MemoryStore::Changes(const CallOptions& call, int partition,
                                                uint64_t after, size_t max) {
  RETURN_IF_ERROR(CheckDeadline(call));
  RETURN_IF_ERROR(CheckPartition(partition));
  ReaderLock lock(apply_mutex_);
  return state_.feed(partition).Read(partition, after, max);
}

absl::Status MemoryStore::TrimChanges(const CallOptions& call, int partition, uint64_t through) {
  RETURN_IF_ERROR(CheckPartition(partition));
  ASSIGN_OR_RETURN(const Turn turn, Turn::Take(*this, call));
  for (bool all = false; !all;) {
    WriterLock lock(apply_mutex_);
    all = state_.TrimChanges(partition, through, kChangesTrimmedAtOnce);
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::TrimRequests(const CallOptions& call, TimeMicros before) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::Take(*this, call));
  const std::vector<std::string> older = state_.requests().FindOlder(before);
  absl::Span<const std::string> left = older;
  while (!left.empty()) {
    WriterLock lock(apply_mutex_);
    state_.EraseRequests(left.subspan(0, kRequestsErasedAtOnce));
    left.remove_prefix(std::min(left.size(), kRequestsErasedAtOnce));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CustomerState>> MemoryStore::ListCustomers(const CallOptions& call,
                                                                      CustomerId after,
                                                                      size_t max) {
  RETURN_IF_ERROR(CheckDeadline(call));
  std::vector<CustomerState> customers;
  if (max == 0) return customers;
  ReaderLock lock(apply_mutex_);
  state_.directory().ForEachCustomer(after, [&](CustomerSlot customer) {
    customers.push_back(state_.directory().StateOf(customer));
    return customers.size() < max;
  });
  return customers;
}

absl::StatusOr<Statistics> MemoryStore::GetStatistics(const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ReaderLock lock(apply_mutex_);
  return state_.GetStatistics();
}

absl::Status MemoryStore::Export(const CallOptions& call, ExportVisitor visit) {
  // The turn, not the readers' lock: an export is long, and readers need not wait for it.
  ASSIGN_OR_RETURN(const Turn turn, Turn::Take(*this, call));
  const Directory& directory = state_.directory();
  absl::Status status;
  size_t visited = 0;
  const auto visit_entry = [&](ExportEntry entry) {
    if (++visited % kEntriesBetweenDeadlineChecks == 0) RETURN_IF_ERROR(CheckDeadline(call));
    return visit(entry);
  };
  directory.ForEachCustomer({}, [&](CustomerSlot customer) {
    status = visit_entry(directory.StateOf(customer));
    return status.ok();
  });
  RETURN_IF_ERROR(status);
  std::vector<SubjectSlot> subjects;
  directory.ForEachSubject([&](SubjectSlot subject) { subjects.push_back(subject); });
  std::sort(subjects.begin(), subjects.end(),
            [&](SubjectSlot a, SubjectSlot b) { return directory.IdOf(a) < directory.IdOf(b); });
  for (const SubjectSlot subject : subjects) {
    for (auto cursor = state_.subjects().Seek(subject, {});
         !cursor.done() && cursor.entry().place.kind < kHistoryKinds; cursor.Next()) {
      RETURN_IF_ERROR(visit_entry(UnpackRecord(directory.IdOf(subject), cursor.entry())));
    }
  }
  for (const SubjectSlot subject : subjects) {
    for (auto cursor = state_.subjects().Seek(subject, {.kind = kHistoryKinds}); !cursor.done();
         cursor.Next()) {
      RETURN_IF_ERROR(visit_entry(UnpackHistory(directory.IdOf(subject), cursor.entry())));
    }
  }
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    const FeedPartition& feed = state_.feed(partition);
    if (feed.end() == 0) continue;
    const FeedBounds bounds = {
        .partition = partition, .trimmed = feed.trimmed(), .end = feed.end()};
    RETURN_IF_ERROR(visit_entry(bounds));
    for (uint64_t after = bounds.trimmed;;) {
      ASSIGN_OR_RETURN(ChangePage page, feed.Read(partition, after, 1000));
      if (page.changes.empty()) break;
      after = page.changes.back().sequence;
      for (Change& change : page.changes) RETURN_IF_ERROR(visit_entry(std::move(change)));
    }
  }
  return state_.requests().ForEach(visit_entry);
}

absl::Status MemoryStore::ReadBulk(const CallOptions& call,
                                   absl::FunctionRef<absl::Status(BulkReader&)> body) {
  // As in Export.
  ASSIGN_OR_RETURN(const Turn turn, Turn::Take(*this, call));
  StateBulkReader reader(state_, call);
  return body(reader);
}

absl::Status MemoryStore::Import(const CallOptions& call, absl::Span<const ExportEntry> entries) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::Take(*this, call));
  ImportBatch batch(state_);
  for (const ExportEntry& entry : entries) RETURN_IF_ERROR(batch.Add(entry));
  RETURN_IF_ERROR(CheckDeadline(call));
  Apply(batch.TakeCommit());
  return absl::OkStatus();
}

}  // namespace
}  // namespace memory

std::unique_ptr<RecordStore> NewMemoryStore() { return std::make_unique<memory::MemoryStore>(); }

}  // namespace yilan::storage
