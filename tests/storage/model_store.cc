#include "tests/storage/model_store.h"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <utility>
#include <variant>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "tests/storage/model_transaction.h"

namespace yilan::storage {
namespace model {
namespace {

class ModelBulkReader final : public BulkReader {
 public:
  explicit ModelBulkReader(std::shared_ptr<const Everything> all) : all_(std::move(all)) {}

  absl::StatusOr<std::vector<CustomerState>> ListCustomers(CustomerId after, size_t max) override {
    std::vector<CustomerState> customers;
    for (const auto& [id, state] : all_->customers) {
      if (id > after && customers.size() < max) customers.push_back(state);
    }
    return customers;
  }
  absl::StatusOr<std::vector<CustomerState>> GetCustomers(
      absl::Span<const CustomerId> customers) override {
    std::vector<CustomerState> found;
    for (const CustomerId customer : customers) {
      const auto it = all_->customers.find(customer);
      if (it != all_->customers.end()) found.push_back(it->second);
    }
    return found;
  }
  absl::Status VisitSubjects(absl::Span<const SubjectId> subjects, ExportVisitor visit) override {
    const auto wanted = [&](SubjectId subject) {
      return std::find(subjects.begin(), subjects.end(), subject) != subjects.end();
    };
    for (const auto& [key, record] : all_->records) {
      if (wanted(key.subject)) RETURN_IF_ERROR(visit(record));
    }
    for (const auto& [place, entry] : all_->history) {
      if (wanted(entry.subject)) RETURN_IF_ERROR(visit(entry));
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<FeedBounds>> GetFeeds() override {
    std::vector<FeedBounds> feeds;
    for (int partition = 0; partition < kFeedPartitions; ++partition) {
      const Feed& feed = all_->feed[static_cast<size_t>(partition)];
      if (feed.end == 0) continue;
      feeds.push_back({.partition = partition, .trimmed = feed.trimmed, .end = feed.end});
    }
    return feeds;
  }
  absl::StatusOr<ChangePage> Changes(int partition, uint64_t after, size_t max) override {
    RETURN_IF_ERROR(CheckPartition(partition));
    const Feed& feed = all_->feed[static_cast<size_t>(partition)];
    if (after < feed.trimmed || after > feed.end) return absl::OutOfRangeError("no such place");
    ChangePage page = {.end = feed.end};
    for (const auto& [sequence, change] : feed.changes) {
      if (sequence > after && page.changes.size() < max) page.changes.push_back(change);
    }
    return page;
  }
  absl::Status VisitRequests(const RequestKey& after, size_t max, ExportVisitor visit) override {
    for (auto it = all_->requests.upper_bound(after); it != all_->requests.end() && max-- > 0;
         ++it) {
      RETURN_IF_ERROR(visit(std::pair<RequestKey, StoredRequest>(*it)));
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const Everything> all_;
};

class ModelStore final : public RecordStore {
 public:
  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    const auto all = Snapshot();
    ASSIGN_OR_RETURN(CustomerState state, FindCustomer(*all, ref));
    LoadedCustomer loaded = {.state = std::move(state)};
    loaded.unchanged = options.known != 0 && options.known == loaded.state.revision;
    if (loaded.unchanged) {
      loaded.state.members.clear();
      loaded.state.redirect.reset();
      return loaded;
    }
    RETURN_IF_ERROR(CheckLoadOptions(options));
    std::map<std::pair<SubjectId, Kind>, size_t> visited;
    for (const auto& [key, record] : all->records) {
      if (!std::binary_search(loaded.state.members.begin(), loaded.state.members.end(),
                              key.subject)) {
        continue;
      }
      size_t max = std::numeric_limits<size_t>::max();
      for (const KindLimit& limit : options.limits) {
        if (limit.kind == key.kind) max = limit.max;
      }
      if (visited[{key.subject, key.kind}]++ < max) RETURN_IF_ERROR(visit(ViewOf(record)));
    }
    return loaded;
  }
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    const WritePlan nothing;
    ModelTransaction reader(*Snapshot(), nothing);
    return body(reader);
  }
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override {
    RETURN_IF_ERROR(CheckWriteOptions(options));
    return Exclusively(options.call, [&]() -> absl::Status {
      for (int run = 0; run < 16; ++run) {
        const WritePlan nothing;
        ModelTransaction reader(*Snapshot(), nothing);
        const absl::StatusOr<WritePlan> planned = plan(reader);
        if (IsReplan(planned.status())) continue;
        RETURN_IF_ERROR(planned.status());
        RETURN_IF_ERROR(CheckPlan(*planned));
        ModelTransaction transaction(*Snapshot(), *planned);
        const absl::Status status = body(transaction);
        if (IsReplan(status)) continue;
        RETURN_IF_ERROR(status);
        RETURN_IF_ERROR(CheckDeadline(options.call));
        Publish(transaction.Finish(options));
        return absl::OkStatus();
      }
      return absl::AbortedError("replanned without end");
    });
  }
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    RETURN_IF_ERROR(CheckPartition(partition));
    return ModelBulkReader(Snapshot()).Changes(partition, after, max);
  }
  absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) override {
    RETURN_IF_ERROR(CheckPartition(partition));
    return Exclusively(call, [&] {
      Everything all = *Snapshot();
      Feed& feed = all.feed[static_cast<size_t>(partition)];
      feed.trimmed = std::max(feed.trimmed, std::min(through, feed.end));
      std::erase_if(feed.changes, [&](const auto& each) { return each.first <= feed.trimmed; });
      Publish(std::move(all));
      return absl::OkStatus();
    });
  }
  absl::Status TrimRequests(const CallOptions& call, TimeMicros before) override {
    return Exclusively(call, [&] {
      Everything all = *Snapshot();
      std::erase_if(all.requests,
                    [&](const auto& each) { return each.second.recorded_time < before; });
      Publish(std::move(all));
      return absl::OkStatus();
    });
  }
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    return ModelBulkReader(Snapshot()).ListCustomers(after, max);
  }
  absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    const auto all = Snapshot();
    Statistics statistics;
    for (const auto& [id, state] : all->customers) {
      if (!state.members.empty()) ++statistics.customers;
      statistics.subjects += state.members.size();
    }
    std::map<Kind, uint64_t> counts;
    for (const auto& [key, record] : all->records) ++counts[key.kind];
    statistics.records.assign(counts.begin(), counts.end());
    for (int partition = 0; partition < kFeedPartitions; ++partition) {
      const Feed& feed = all->feed[static_cast<size_t>(partition)];
      if (feed.end == 0) continue;
      statistics.feeds.push_back(
          {.partition = partition, .trimmed = feed.trimmed, .end = feed.end});
    }
    return statistics;
  }
  absl::Status Export(const CallOptions& call,
                      absl::FunctionRef<absl::Status(const ExportEntry&)> visit) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    const auto all = Snapshot();
    for (const auto& [id, state] : all->customers) RETURN_IF_ERROR(visit(state));
    for (const auto& [key, record] : all->records) RETURN_IF_ERROR(visit(record));
    for (const auto& [place, entry] : all->history) RETURN_IF_ERROR(visit(entry));
    for (int partition = 0; partition < kFeedPartitions; ++partition) {
      const Feed& feed = all->feed[static_cast<size_t>(partition)];
      if (feed.end == 0) continue;
      RETURN_IF_ERROR(
          visit(FeedBounds{.partition = partition, .trimmed = feed.trimmed, .end = feed.end}));
      for (const auto& [sequence, change] : feed.changes) RETURN_IF_ERROR(visit(change));
    }
    for (const auto& request : all->requests) {
      RETURN_IF_ERROR(visit(std::pair<RequestKey, StoredRequest>(request)));
    }
    return absl::OkStatus();
  }
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override {
    RETURN_IF_ERROR(CheckDeadline(call));
    ModelBulkReader reader(Snapshot());
    return body(reader);
  }
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override {
    return Exclusively(call, [&]() -> absl::Status {
      Everything all = *Snapshot();
      for (ExportEntry entry : entries) {
        RETURN_IF_ERROR(NormalizeEntry(entry));
        RETURN_IF_ERROR(
            std::visit([&](auto& each) { return ImportInto(all, std::move(each)); }, entry));
      }
      Publish(std::move(all));
      return absl::OkStatus();
    });
  }
  absl::Status CheckReady(const CallOptions& call) override { return CheckDeadline(call); }

 private:
  static absl::Status ImportInto(Everything& all, CustomerState state) {
    for (auto& [id, other] : all.customers) {
      std::erase_if(other.members, [&](SubjectId member) {
        return std::binary_search(state.members.begin(), state.members.end(), member);
      });
    }
    if (!state.members.empty()) state.redirect.reset();
    all.customers[state.customer] = std::move(state);
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, Record record) {
    for (const std::string& key : record.keys) {
      const Record* const holder = all.HolderOfKey(key);
      if (holder != nullptr && holder->key != record.key) {
        return absl::AlreadyExistsError("the key is held");
      }
    }
    all.records[record.key] = std::move(record);
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, HistoryEntry entry) {
    all.history[PlaceOf(entry)] = std::move(entry);
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, FeedBounds bounds) {
    Feed& feed = all.feed[static_cast<size_t>(bounds.partition)];
    feed.trimmed = std::max(feed.trimmed, bounds.trimmed);
    feed.end = std::max(feed.end, bounds.end);
    std::erase_if(feed.changes, [&](const auto& each) { return each.first <= feed.trimmed; });
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, Change change) {
    Feed& feed = all.feed[static_cast<size_t>(change.partition)];
    if (change.sequence <= feed.trimmed) return absl::OkStatus();
    feed.end = std::max(feed.end, change.sequence);
    feed.changes[change.sequence] = std::move(change);
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, std::pair<RequestKey, StoredRequest> request) {
    all.requests[request.first] = std::move(request.second);
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, RecordKey gone) {
    all.records.erase(gone);
    return absl::OkStatus();
  }
  static absl::Status ImportInto(Everything& all, RequestKey gone) {
    all.requests.erase(gone);
    return absl::OkStatus();
  }

  // Runs `write` while no other write runs.
  absl::Status Exclusively(const CallOptions& call, absl::FunctionRef<absl::Status()> write) {
    RETURN_IF_ERROR(CheckDeadline(call));
    if (call.deadline == absl::InfiniteFuture()) {
      writing_.lock();
    } else if (!writing_.try_lock_until(absl::ToChronoTime(call.deadline))) {
      return absl::DeadlineExceededError("waited too long");
    }
    const std::lock_guard<std::timed_mutex> held(writing_, std::adopt_lock);
    RETURN_IF_ERROR(CheckDeadline(call));
    return write();
  }
  std::shared_ptr<const Everything> Snapshot() {
    MutexLock lock(mutex_);
    return all_;
  }
  void Publish(Everything all) {
    auto published = std::make_shared<const Everything>(std::move(all));
    MutexLock lock(mutex_);
    all_ = std::move(published);
  }

  std::timed_mutex writing_;
  Mutex mutex_;
  std::shared_ptr<const Everything> all_ ABSL_GUARDED_BY(mutex_) = std::make_shared<Everything>();
};

}  // namespace
}  // namespace model

std::unique_ptr<RecordStore> NewModelStore() { return std::make_unique<model::ModelStore>(); }

}  // namespace yilan::storage
