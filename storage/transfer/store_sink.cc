#include "storage/transfer/store_sink.h"

#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/transfer/unfinished_copy.h"

namespace yilan::storage::transfer {
namespace {

// One Import: large enough to share the cost of its commit, small enough to be in memory a few
// times over.
constexpr size_t kMaxPending = 4096;
constexpr size_t kMaxPendingBytes = size_t{4} << 20;
constexpr size_t kRequestsPerPage = 1000;

using Request = std::pair<RequestKey, StoredRequest>;

// About, for bounding memory.
size_t BytesOf(const ExportEntry& entry) {
  constexpr size_t kOverhead = 64;
  struct Visitor {
    size_t operator()(const CustomerState& state) const { return state.members.size() * 16; }
    size_t operator()(const Record& record) const {
      size_t bytes = record.payload.size();
      for (const std::string& key : record.keys) bytes += key.size();
      for (const Term& term : record.terms) bytes += term.term.size();
      return bytes;
    }
    size_t operator()(const HistoryEntry& entry) const { return entry.payload.size(); }
    size_t operator()(const FeedBounds&) const { return 0; }
    size_t operator()(const Change& change) const { return change.records.size() * kOverhead; }
    size_t operator()(const Request& request) const { return request.second.response.size(); }
    size_t operator()(const RecordKey&) const { return 0; }
    size_t operator()(const RequestKey&) const { return 0; }
  };
  return kOverhead + std::visit(Visitor{}, entry);
}

// Goes over requests in order of key, a page at a time.
class RequestCursor {
 public:
  explicit RequestCursor(RequestPages pages) : pages_(pages) {}

  // The next one, or null at the end. It stays until Advance().
  absl::StatusOr<const Request*> Peek() {
    if (at_ == page_.size() && !ended_) {
      const RequestKey after = page_.empty() ? RequestKey() : page_.back().first;
      page_.clear();
      at_ = 0;
      RETURN_IF_ERROR(pages_(after, kRequestsPerPage, [this](const ExportEntry& entry) {
        page_.push_back(std::get<Request>(entry));
        return absl::OkStatus();
      }));
      ended_ = page_.size() < kRequestsPerPage;
    }
    return at_ < page_.size() ? &page_[at_] : nullptr;
  }
  void Advance() { ++at_; }

 private:
  const RequestPages pages_;
  std::vector<Request> page_;
  size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

absl::StatusOr<std::optional<CopyState>> StoreSink::Begin(absl::string_view source) {
  absl::BitGen random;
  run_ = absl::Uniform<uint64_t>(random);
  ASSIGN_OR_RETURN(std::optional<CopyState> state, FindMark(store_, call_));
  if (state.has_value()) {
    if (state->source != source) {
      return absl::FailedPreconditionError(absl::StrCat("the target holds an unfinished copy of ",
                                                        state->source, ", not of ", source,
                                                        "; finish that, or name an empty target"));
    }
  } else {
    RETURN_IF_ERROR(CheckEmpty());
    state.emplace().source = std::string(source);
  }
  const bool resumed = state->run != 0;
  state->run = run_;
  RETURN_IF_ERROR(store_.Import(call_, {MarkOf(*state)}));
  if (!resumed) return std::nullopt;
  return state;
}

absl::Status StoreSink::CheckEmpty() {
  return store_.ReadBulk(call_, [](BulkReader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(const auto customers, reader.ListCustomers({}, 1));
    ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
    bool requests = false;
    RETURN_IF_ERROR(reader.VisitRequests({}, 1, [&](const ExportEntry&) {
      requests = true;
      return absl::OkStatus();
    }));
    if (customers.empty() && feeds.empty() && !requests) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "the target is not empty; name a new directory or an empty database");
  });
}

absl::Status StoreSink::CheckOurs() {
  ASSIGN_OR_RETURN(const std::optional<CopyState> state, FindMark(store_, call_));
  if (state.has_value() && state->run == run_) return absl::OkStatus();
  return absl::AbortedError("another process has taken this copy over");
}

absl::Status StoreSink::Add(ExportEntry entry) {
  pending_bytes_ += BytesOf(entry);
  pending_.push_back(std::move(entry));
  if (pending_.size() < kMaxPending && pending_bytes_ < kMaxPendingBytes) return absl::OkStatus();
  return Flush();
}

absl::Status StoreSink::Flush() {
  if (pending_.empty()) return absl::OkStatus();
  absl::Status status = store_.Import(call_, pending_);
  if (absl::IsAlreadyExists(status)) {
    ASSIGN_OR_RETURN(std::vector<ExportEntry> entries, WithoutTakenKeys());
    entries.insert(entries.end(), std::make_move_iterator(pending_.begin()),
                   std::make_move_iterator(pending_.end()));
    status = store_.Import(call_, entries);
  }
  pending_.clear();
  pending_bytes_ = 0;
  return status;
}

absl::StatusOr<std::vector<ExportEntry>> StoreSink::WithoutTakenKeys() {
  // What comes later was read later. Whoever holds a key here that another record brings has lost
  // it in the source since it was read, so it is going to be read again; until then it goes
  // without.
  std::vector<std::string> keys;
  absl::flat_hash_map<std::string, const RecordKey*> owners;
  for (const ExportEntry& entry : pending_) {
    const auto* const record = std::get_if<Record>(&entry);
    if (record == nullptr) continue;
    for (const std::string& key : record->keys) {
      keys.push_back(key);
      owners[key] = &record->key;
    }
  }
  std::vector<ExportEntry> stripped;
  RETURN_IF_ERROR(store_.Read(call_, [&](Reader& reader) -> absl::Status {
    stripped.clear();
    ASSIGN_OR_RETURN(const auto holders, reader.FindByKeys(keys));
    absl::flat_hash_map<std::string, size_t> places;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!holders[i].has_value() || *holders[i] == *owners[keys[i]]) continue;
      std::string name;
      holders[i]->subject.AppendTo(name);
      absl::StrAppend(&name, holders[i]->kind, "/", holders[i]->record_id);
      const auto [place, is_new] = places.try_emplace(name, stripped.size());
      if (is_new) {
        ASSIGN_OR_RETURN(Record holder, reader.Get(*holders[i]));
        stripped.push_back(std::move(holder));
      }
      std::erase(std::get<Record>(stripped[place->second]).keys, keys[i]);
    }
    return absl::OkStatus();
  }));
  return stripped;
}

absl::Status StoreSink::Commit(const CopyState& state) {
  RETURN_IF_ERROR(CheckOurs());
  CopyState ours = state;
  ours.run = run_;
  pending_.push_back(MarkOf(ours));
  return Flush();
}

absl::Status StoreSink::Restart(CopyState& state) {
  pending_.clear();
  pending_bytes_ = 0;
  state.compare = true;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RecordKey>> StoreSink::RecordsOf(absl::Span<const SubjectId> subjects) {
  RETURN_IF_ERROR(Flush());
  std::vector<RecordKey> keys;
  RETURN_IF_ERROR(store_.ReadBulk(call_, [&](BulkReader& reader) {
    return reader.VisitSubjects(subjects, [&](const ExportEntry& entry) {
      if (const auto* record = std::get_if<Record>(&entry)) keys.push_back(record->key);
      return absl::OkStatus();
    });
  }));
  return keys;
}

absl::Status StoreSink::SetRequests(RequestPages pages) {
  RequestCursor there(pages);
  const auto own_page = [this](const RequestKey& after, size_t max, ExportVisitor visit) {
    return store_.ReadBulk(
        call_, [&](BulkReader& reader) { return reader.VisitRequests(after, max, visit); });
  };
  RequestCursor here(own_page);
  for (;;) {
    ASSIGN_OR_RETURN(const Request* const wanted, there.Peek());
    ASSIGN_OR_RETURN(const Request* const found, here.Peek());
    if (wanted == nullptr && found == nullptr) return absl::OkStatus();
    if (found != nullptr && found->first == MarkKey()) {
      here.Advance();
    } else if (wanted == nullptr || (found != nullptr && found->first < wanted->first)) {
      RETURN_IF_ERROR(Add(found->first));
      here.Advance();
    } else if (found == nullptr || wanted->first < found->first) {
      RETURN_IF_ERROR(Add(*wanted));
      there.Advance();
    } else {
      if (wanted->second != found->second) RETURN_IF_ERROR(Add(*wanted));
      here.Advance();
      there.Advance();
    }
  }
}

absl::Status StoreSink::Finish(const CopyState&) {
  RETURN_IF_ERROR(CheckOurs());
  pending_.push_back(MarkKey());
  const absl::Status status = Flush();
  if (!absl::IsUnknown(status)) return status;
  // The answer was lost, but the mark tells: it goes with the last entries.
  ASSIGN_OR_RETURN(const std::optional<CopyState> state, FindMark(store_, call_));
  return state.has_value() ? status : absl::OkStatus();
}

}  // namespace yilan::storage::transfer
