#include "tests/storage/property.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/storage/model_store.h"
#include "tests/storage/property_operations.h"

namespace yilan::storage {
namespace {

// A store of the backend that can be closed, opened again and moved.
class BackendRun {
 public:
  explicit BackendRun(const Backend& backend) : backend_(backend) {
    root_ = (std::filesystem::temp_directory_path() / "yilan_property_XXXXXX").string();
    if (mkdtemp(root_.data()) == nullptr) std::abort();
    Open();
  }
  ~BackendRun() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  RecordStore& store() { return *store_; }
  void Reopen() {
    if (!backend_.durable) return;
    store_.reset();
    store_ = *backend_.open(directory_);
  }
  std::string Transfer(size_t entries_a_call) {
    std::vector<ExportEntry> entries = ExportAll(*store_);
    store_.reset();
    Open();
    absl::Span<const ExportEntry> left = entries;
    while (!left.empty()) {
      const absl::Status status = store_->Import({}, left.subspan(0, entries_a_call));
      if (!status.ok()) return status.ToString();
      left.remove_prefix(std::min(entries_a_call, left.size()));
    }
    return "";
  }

 private:
  void Open() {
    directory_ = absl::StrCat(root_, "/", count_++);
    std::filesystem::create_directory(directory_);
    store_ = *backend_.open(directory_);
  }

  const Backend& backend_;
  std::string root_;
  std::string directory_;
  int count_ = 0;
  std::unique_ptr<RecordStore> store_;
};

}  // namespace

Sequence GenerateSequence(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  // One sequence in three crowds many records into few subjects; the others spread.
  const bool crowded = below(3) == 0;
  const auto any_of = [&](std::initializer_list<std::pair<uint32_t, uint32_t>> weights) {
    uint32_t total = 0;
    for (const auto& [type, weight] : weights) total += weight;
    uint32_t at = below(total);
    for (const auto& [type, weight] : weights) {
      if (at < weight) return type;
      at -= weight;
    }
    return uint32_t{0};
  };
  const auto make_action = [&](bool writes) {
    Action action;
    action.type = writes ? any_of({{kPut, crowded ? 80u : 30u},
                                   {kDelete, 12},
                                   {kAddHistory, 6},
                                   {kJoin, 8},
                                   {kSetMembers, 3},
                                   {kSetRedirect, 3},
                                   {kNextRevision, 2},
                                   {kReadAhead, 4},
                                   {kPutRequest, 4},
                                   {kGet, 3},
                                   {kGetMany, 2},
                                   {kScan, 3},
                                   {kScanHistory, 2},
                                   {kFindByKeys, 3},
                                   {kFindByTerm, 3},
                                   {kFindByTerms, 3},
                                   {kGetCustomer, 3},
                                   {kGetCustomers, 3},
                                   {kFindRequest, 2}})
                         : kGet + below(kActionTypes - kGet);
    for (uint32_t& arg : action.args) arg = below(1 << 20);
    if (action.type <= kDelete || action.type == kGet || action.type == kGetMany ||
        action.type == kReadAhead) {
      // Few ids, or they would never meet; the two unusable ones now and then.
      action.args[2] = below(200) == 0 ? 498 + below(2) : below(crowded ? 250 : 5);
      if (crowded) action.args[0] = below(2);
      if (crowded || below(4) != 0) action.args[1] = below(2);
    }
    return action;
  };
  Sequence sequence;
  if (below(4) != 0) {
    // Subjects to write about; some sequences have to make them first.
    Step joins = {.type = kWrite};
    for (uint32_t i = 0; i < 7; ++i)
      joins.actions.push_back({.type = kJoin, .args = {below(6), i}});
    sequence.push_back(std::move(joins));
  }
  const uint32_t steps = 20 + below(60);
  for (uint32_t i = 0; i < steps; ++i) {
    Step step;
    step.type = any_of({{kWrite, 60},
                        {kRead, 12},
                        {kLoadCustomer, 8},
                        {kChanges, 4},
                        {kTrimChanges, 2},
                        {kTrimRequests, 1},
                        {kListCustomers, 3},
                        {kStatistics, 3},
                        {kExport, 3},
                        {kReopen, 1},
                        {kTransfer, 1}});
    for (uint32_t& arg : step.args) arg = below(1 << 20);
    // Most plans name everything: bit i of a mask leaves name i out.
    if (step.type == kWrite && below(6) != 0) step.args[0] = 0;
    if (step.type == kWrite && below(6) != 0) step.args[1] = 0;
    const uint32_t actions = step.type == kWrite  ? 1 + below(crowded ? 40 : 8)
                             : step.type == kRead ? 1 + below(4)
                                                  : 0;
    for (uint32_t j = 0; j < actions; ++j) {
      step.actions.push_back(make_action(step.type == kWrite));
      Action& action = step.actions.back();
      // Mostly the request that is planned.
      if (action.type == kPutRequest && below(4) != 0) action.args[0] = step.args[2];
    }
    sequence.push_back(std::move(step));
  }
  return sequence;
}

std::optional<Difference> FindDifference(const Backend& backend, const Sequence& sequence) {
  const std::unique_ptr<RecordStore> model = NewModelStore();
  BackendRun run(backend);
  const Step export_all = {.type = kExport};
  for (size_t i = 0; i <= sequence.size(); ++i) {
    const Step& step = i < sequence.size() ? sequence[i] : export_all;
    if (step.type == kReopen) run.Reopen();
    if (step.type == kTransfer) {
      const std::string error = run.Transfer(step.args[0] % 2 == 0 ? 1000 : 3);
      if (!error.empty()) return Difference{.step = i, .actual = error};
    }
    std::string expected = RunStep(*model, step);
    std::string actual = RunStep(run.store(), step);
    if (expected != actual) {
      return Difference{.step = i, .expected = std::move(expected), .actual = std::move(actual)};
    }
  }
  return std::nullopt;
}

Sequence Shrink(Sequence sequence, absl::Time deadline,
                absl::FunctionRef<std::optional<Difference>(const Sequence&)> find_difference) {
  const auto late = [&] { return absl::Now() > deadline; };
  // Takes the candidate, cut behind the step at which it differs, if it differs at all.
  const auto accept = [&](Sequence candidate) {
    const std::optional<Difference> difference = find_difference(candidate);
    if (!difference.has_value()) return false;
    candidate.resize(std::min(candidate.size(), difference->step + 1));
    sequence = std::move(candidate);
    return true;
  };
  // Leaves out runs of elements of the list that `list_of` finds in a sequence: halves, then
  // quarters, down to single ones.
  const auto drop = [&](auto list_of) {
    for (size_t size = std::max<size_t>(list_of(sequence).size() / 2, 1);; size /= 2) {
      for (size_t begin = 0; begin < list_of(sequence).size() && !late();) {
        Sequence candidate = sequence;
        auto& list = list_of(candidate);
        const size_t end = std::min(begin + size, list.size());
        list.erase(list.begin() + static_cast<ptrdiff_t>(begin),
                   list.begin() + static_cast<ptrdiff_t>(end));
        if (!accept(std::move(candidate))) begin += size;
      }
      if (size <= 1) return;
    }
  };
  const auto size_of = [](const Sequence& each) {
    size_t size = 0;
    for (const Step& step : each) {
      size += 1 + step.actions.size();
      for (const uint32_t arg : step.args) size += arg != 0;
      for (const Action& action : step.actions) {
        for (const uint32_t arg : action.args) size += arg != 0;
      }
    }
    return size;
  };
  accept(sequence);
  for (size_t before = 0; before != size_of(sequence) && !late();) {
    before = size_of(sequence);
    drop([](Sequence& each) -> Sequence& { return each; });
    for (size_t i = 0; i < sequence.size(); ++i) {
      drop([i](Sequence& each) -> std::vector<Action>& {
        static std::vector<Action> none;
        return i < each.size() ? each[i].actions : none;
      });
    }
    const auto zero = [&](auto arg_of) {
      uint32_t* const arg = arg_of(sequence);
      if (arg == nullptr || *arg == 0 || late()) return;
      Sequence candidate = sequence;
      *arg_of(candidate) = 0;
      accept(std::move(candidate));
    };
    for (size_t i = 0; i < sequence.size(); ++i) {
      for (size_t a = 0; a < 6; ++a) {
        zero([&](Sequence& each) { return i < each.size() ? &each[i].args[a] : nullptr; });
        for (size_t j = 0; i < sequence.size() && j < sequence[i].actions.size(); ++j) {
          zero([&](Sequence& each) {
            return i < each.size() && j < each[i].actions.size() ? &each[i].actions[j].args[a]
                                                                 : nullptr;
          });
        }
      }
    }
  }
  return sequence;
}

std::string Describe(const Sequence& sequence) {
  const std::unique_ptr<RecordStore> model = NewModelStore();
  std::string text;
  for (const Step& step : sequence) {
    absl::StrAppend(&text, NameOfStep(step));
    for (const Action& action : step.actions) absl::StrAppend(&text, "\n  ", NameOfAction(action));
    absl::StrAppend(&text, "\n  = ", RunStep(*model, step), "\n");
  }
  return text;
}

}  // namespace yilan::storage
