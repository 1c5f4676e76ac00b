#include "storage/transfer/copy.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/transfer/unfinished_copy.h"

namespace yilan::storage::transfer {
namespace {

// Subjects whose records are read at once, and when a page has enough.
constexpr size_t kSubjectsAtOnce = 128;
constexpr uint64_t kRecordsPerPage = 8192;
// How many changes may be left for the end.
constexpr uint64_t kChangesForTheEnd = 2048;
// Rounds that bring the copy no nearer; then the end, on one state, has to do.
constexpr int kMaxVainRounds = 16;
constexpr int kMaxRestarts = 3;
constexpr absl::Duration kFollowPause = absl::Milliseconds(500);

bool IsLostFeed(const absl::Status& status) { return absl::IsOutOfRange(status); }

// What a window of the feed says of a customer.
struct Touched {
  Revision from = 0;  // The least revision that a change made.
  bool members_changed = false;
};
using TouchedCustomers = absl::btree_map<CustomerId, Touched>;

class Copier {
 public:
  Copier(RecordStore& source, Sink& sink, const CopyOptions& options, Control& control)
      : source_(source), sink_(sink), options_(options), control_(control) {}

  absl::StatusOr<Progress> Run() {
    RETURN_IF_ERROR(CheckComplete(source_, {}));
    RETURN_IF_ERROR(Begin());
    for (int restarts = 0;; ++restarts) {
      const absl::Status status = RunOnce();
      if (status.ok()) break;
      if (!IsLostFeed(status)) return status;
      if (restarts == kMaxRestarts) {
        return absl::FailedPreconditionError(absl::StrCat(
            "the source forgets changes faster than they can be copied: ", status.message()));
      }
      RETURN_IF_ERROR(sink_.Restart(state_));
      RETURN_IF_ERROR(StartScan());
    }
    return progress_;
  }

 private:
  absl::Status Begin() {
    ASSIGN_OR_RETURN(std::optional<CopyState> resumed, sink_.Begin(options_.source));
    if (!resumed.has_value()) {
      state_.source = options_.source;
      return StartScan();
    }
    state_ = *std::move(resumed);
    progress_.customers = state_.customers;
    progress_.records = state_.records;
    return source_.ReadBulk({}, [&](BulkReader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ends, EndsOf(reader));
      for (size_t i = 0; i < ends.size(); ++i) {
        if (ends[i] >= state_.feed[i].copied && ends[i] >= state_.feed[i].touched_after) continue;
        return absl::FailedPreconditionError(
            "the source has fewer changes than were copied from it: it is another store now, or "
            "was put back to an earlier state; begin anew with an empty target");
      }
      return absl::OkStatus();
    });
  }

  static absl::StatusOr<std::array<uint64_t, kFeedPartitions>> EndsOf(BulkReader& reader) {
    std::array<uint64_t, kFeedPartitions> ends = {};
    ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
    for (const FeedBounds& bounds : feeds) ends[static_cast<size_t>(bounds.partition)] = bounds.end;
    return ends;
  }

  // From the first customer on; from here on every change counts.
  absl::Status StartScan() {
    RETURN_IF_ERROR(source_.ReadBulk({}, [&](BulkReader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ends, EndsOf(reader));
      for (size_t i = 0; i < ends.size(); ++i) state_.feed[i].touched_after = ends[i];
      return absl::OkStatus();
    }));
    state_.last_customer = {};
    state_.scanned = false;
    state_.customers = state_.records = 0;
    progress_ = {};
    return sink_.Commit(state_);
  }

  absl::Status RunOnce() {
    while (!state_.scanned) {
      if (control_.StopRequested()) return Stopped();
      RETURN_IF_ERROR(ScanPage());
      Report(Phase::kScan);
    }
    if (sink_.TakesRequestsEarly()) {
      RETURN_IF_ERROR(
          sink_.SetRequests([this](const RequestKey& after, size_t max, ExportVisitor visit) {
            if (control_.StopRequested()) return Stopped();
            return source_.ReadBulk(
                {}, [&](BulkReader& reader) { return reader.VisitRequests(after, max, visit); });
          }));
      RETURN_IF_ERROR(sink_.Commit(state_));
    }
    RETURN_IF_ERROR(CatchUp());
    while (options_.follow && !control_.StopRequested()) {
      Report(Phase::kFollow);
      control_.Wait(kFollowPause);
      RETURN_IF_ERROR(Round());
    }
    return End();
  }

  absl::Status ScanPage() {
    return source_.ReadBulk({}, [&](BulkReader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(const auto customers,
                       reader.ListCustomers(state_.last_customer, options_.page_customers));
      size_t next = 0;
      const uint64_t enough = state_.records + kRecordsPerPage;
      while (next < customers.size() && state_.records < enough) {
        const size_t first = next;
        size_t subjects = 0;
        while (next < customers.size() && subjects < kSubjectsAtOnce) {
          subjects += customers[next++].members.size();
        }
        RETURN_IF_ERROR(
            AddCustomers(reader, absl::MakeConstSpan(customers).subspan(first, next - first), {}));
        state_.last_customer = customers[next - 1].customer;
        state_.customers += next - first;
      }
      state_.scanned = next == customers.size() && customers.size() < options_.page_customers;
      return sink_.Commit(state_);
    });
  }

  // Adds customers and all that is theirs; of those that are in `touched`, without changed members,
  // only the records that were written since.
  absl::Status AddCustomers(BulkReader& reader, absl::Span<const CustomerState> customers,
                            const TouchedCustomers& touched) {
    std::vector<SubjectId> subjects;
    absl::flat_hash_map<SubjectId, Revision> from;
    for (const CustomerState& state : customers) {
      RETURN_IF_ERROR(sink_.Add(state));
      const auto window = touched.find(state.customer);
      const bool all = window == touched.end() || window->second.members_changed || state_.compare;
      for (const SubjectId member : state.members) {
        subjects.push_back(member);
        if (!all) from[member] = window->second.from;
      }
    }
    std::sort(subjects.begin(), subjects.end());
    if (state_.compare) RETURN_IF_ERROR(RemoveOthers(reader, subjects));
    return reader.VisitSubjects(subjects, [&](const ExportEntry& entry) -> absl::Status {
      if (const auto* record = std::get_if<Record>(&entry)) {
        const auto since = from.find(record->key.subject);
        if (since != from.end() && record->revision < since->second) return absl::OkStatus();
        ++state_.records;
      }
      return sink_.Add(entry);
    });
  }

  // Removes what the sink has of the subjects and the source has not.
  absl::Status RemoveOthers(BulkReader& reader, absl::Span<const SubjectId> subjects) {
    absl::btree_set<RecordKey> there;
    RETURN_IF_ERROR(reader.VisitSubjects(subjects, [&](const ExportEntry& entry) {
      if (const auto* record = std::get_if<Record>(&entry)) there.insert(record->key);
      return absl::OkStatus();
    }));
    ASSIGN_OR_RETURN(const std::vector<RecordKey> here, sink_.RecordsOf(subjects));
    for (const RecordKey& key : here) {
      if (!there.contains(key)) RETURN_IF_ERROR(sink_.Add(key));
    }
    return absl::OkStatus();
  }

  absl::Status CatchUp() {
    int vain_rounds = 0;
    uint64_t least_behind = ~uint64_t{0};
    do {
      if (control_.StopRequested()) return Stopped();
      RETURN_IF_ERROR(Round());
      Report(Phase::kCatchUp);
      vain_rounds = progress_.behind < least_behind ? 0 : vain_rounds + 1;
      least_behind = std::min(least_behind, progress_.behind);
    } while (progress_.behind > kChangesForTheEnd && vain_rounds < kMaxVainRounds);
    return absl::OkStatus();
  }

  absl::Status Round() {
    return source_.ReadBulk({}, [&](BulkReader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
      RETURN_IF_ERROR(CopyChanges(reader, feeds));
      return sink_.Commit(state_);
    });
  }

  // Copies changes behind those that are copied, and what they touched.
  absl::Status CopyChanges(BulkReader& reader, absl::Span<const FeedBounds> feeds) {
    std::vector<ExportEntry> entries;
    absl::btree_set<RecordKey> deleted;
    TouchedCustomers touched;
    std::array<uint64_t, kFeedPartitions> copied = {};
    progress_.behind = 0;
    for (const FeedBounds& bounds : feeds) {
      const size_t i = static_cast<size_t>(bounds.partition);
      const CopyState::Partition& partition = state_.feed[i];
      if (bounds.trimmed > std::max(partition.copied, partition.touched_after)) {
        return absl::OutOfRangeError(absl::StrCat("partition ", bounds.partition, " of the feed"));
      }
      const uint64_t after = std::max(partition.copied, bounds.trimmed);
      entries.push_back(
          FeedBounds{.partition = bounds.partition, .trimmed = bounds.trimmed, .end = after});
      ASSIGN_OR_RETURN(ChangePage page,
                       reader.Changes(bounds.partition, after, options_.round_changes));
      copied[i] = page.changes.empty() ? after : page.changes.back().sequence;
      progress_.behind += bounds.end - copied[i];
      for (Change& change : page.changes) {
        if (change.sequence > partition.touched_after) Note(change, touched, deleted);
        entries.push_back(std::move(change));
      }
    }
    RETURN_IF_ERROR(AddDeleted(reader, deleted));
    RETURN_IF_ERROR(AddTouched(reader, touched));
    for (ExportEntry& entry : entries) RETURN_IF_ERROR(sink_.Add(std::move(entry)));
    for (const FeedBounds& bounds : feeds) {
      const size_t i = static_cast<size_t>(bounds.partition);
      state_.feed[i].copied = copied[i];
    }
    return absl::OkStatus();
  }

  static void Note(const Change& change, TouchedCustomers& touched,
                   absl::btree_set<RecordKey>& deleted) {
    const auto [it, is_new] = touched.try_emplace(change.customer, Touched{change.revision, false});
    it->second.from = std::min(it->second.from, change.revision);
    it->second.members_changed |= change.members_changed;
    for (const RecordChange& record : change.records) {
      if (record.deleted) deleted.insert(record.key);
    }
  }

  // Removes records, but those that are there again: their customer may be another now, whose
  // changes were copied before.
  absl::Status AddDeleted(BulkReader& reader, const absl::btree_set<RecordKey>& deleted) {
    std::vector<SubjectId> subjects;
    for (const RecordKey& key : deleted) {
      if (subjects.empty() || subjects.back() != key.subject) subjects.push_back(key.subject);
    }
    absl::btree_set<RecordKey> gone = deleted;
    std::vector<ExportEntry> there;
    RETURN_IF_ERROR(reader.VisitSubjects(subjects, [&](const ExportEntry& entry) {
      if (const auto* record = std::get_if<Record>(&entry)) {
        if (gone.erase(record->key) > 0) there.push_back(entry);
      }
      return absl::OkStatus();
    }));
    for (const RecordKey& key : gone) RETURN_IF_ERROR(sink_.Add(key));
    for (ExportEntry& entry : there) RETURN_IF_ERROR(sink_.Add(std::move(entry)));
    return absl::OkStatus();
  }

  absl::Status AddTouched(BulkReader& reader, const TouchedCustomers& touched) {
    std::vector<CustomerId> ids;
    for (const auto& [customer, window] : touched) ids.push_back(customer);
    ASSIGN_OR_RETURN(const std::vector<CustomerState> customers, reader.GetCustomers(ids));
    size_t next = 0;
    while (next < customers.size()) {
      const size_t first = next;
      size_t subjects = 0;
      while (next < customers.size() && subjects < kSubjectsAtOnce) {
        subjects += customers[next++].members.size();
      }
      RETURN_IF_ERROR(AddCustomers(
          reader, absl::MakeConstSpan(customers).subspan(first, next - first), touched));
    }
    return absl::OkStatus();
  }

  absl::Status End() {
    Report(Phase::kFinish);
    RETURN_IF_ERROR(source_.ReadBulk({}, [&](BulkReader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
      do {
        RETURN_IF_ERROR(CopyChanges(reader, feeds));
        Report(Phase::kFinish);
      } while (progress_.behind > 0);
      RETURN_IF_ERROR(
          sink_.SetRequests([&reader](const RequestKey& after, size_t max, ExportVisitor visit) {
            return reader.VisitRequests(after, max, visit);
          }));
      for (const FeedBounds& bounds : feeds) RETURN_IF_ERROR(sink_.Add(bounds));
      return absl::OkStatus();
    }));
    RETURN_IF_ERROR(sink_.Finish(state_));
    return absl::OkStatus();
  }

  void Report(Phase phase) {
    progress_.phase = phase;
    progress_.customers = state_.customers;
    progress_.records = state_.records;
    control_.Report(progress_);
  }

  RecordStore& source_;
  Sink& sink_;
  const CopyOptions& options_;
  Control& control_;
  CopyState state_;
  Progress progress_;
};

}  // namespace

absl::StatusOr<Progress> Copy(RecordStore& source, Sink& sink, const CopyOptions& options,
                              Control& control) {
  return Copier(source, sink, options, control).Run();
}

}  // namespace yilan::storage::transfer
