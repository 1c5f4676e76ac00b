#include "tests/faults/ledger.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace yilan::storage {
namespace {

constexpr uint64_t kCustomers = 24;  // Few, so that writers meet.
constexpr Kind kEntryKind = 3;
constexpr Kind kLatestKind = 7;
constexpr char kLatestId[] = "latest";

CustomerId Customer(uint64_t n) { return {.high = 1, .low = n}; }
// The subject that a customer starts with and never loses: its records are the customer's ledger.
SubjectId Home(uint64_t n) { return {.high = 2, .low = n}; }
// A subject that wanders between customers 2n and 2n + 1.
SubjectId Wanderer(uint64_t n) { return {.high = 3, .low = n}; }

std::string EntryId(Revision revision) { return absl::StrCat("entry/", revision); }
std::string EntryKey(uint64_t customer, absl::string_view name) {
  return absl::StrCat("entry/", customer, "/", name);
}
std::string LatestKey(uint64_t customer, absl::string_view name) {
  return absl::StrCat("latest/", customer, "/", name);
}
std::string TermOf(uint64_t customer) { return absl::StrCat("group/", customer % 4); }

absl::Status Wrong(const std::string& what) { return absl::InternalError(what); }

// `name` tells the keys of one entry from those of all others.
absl::Status WritePart(Transaction& txn, const Entry& entry, const Entry::Part& part,
                       absl::string_view name) {
  const RecordKey latest{Home(part.customer), kLatestKind, kLatestId};
  const absl::StatusOr<Record> before = txn.Get(latest);
  if (before.ok()) {
    RETURN_IF_ERROR(txn.AddHistory({.subject = latest.subject,
                                    .kind = latest.kind,
                                    .fact_id = latest.record_id,
                                    .version = before->version,
                                    .revision = before->revision,
                                    .payload = before->payload}));
  } else if (!absl::IsNotFound(before.status())) {
    return before.status();
  }
  RETURN_IF_ERROR(txn.Put({.key = latest,
                           .version = {.source_version = part.revision},
                           .payload = entry.ToString(),
                           .keys = {LatestKey(part.customer, name)}}));
  return txn.Put({.key = {latest.subject, kEntryKind, EntryId(part.revision)},
                  .payload = entry.ToString(),
                  .keys = {EntryKey(part.customer, name)},
                  .terms = {{.term = TermOf(part.customer)}}},
                 Absent());
}

// Gives each customer its home, and the wanderer of the first to it when `wander` says so. The
// revisions are final after this.
absl::Status Settle(Transaction& txn, const std::vector<uint64_t>& customers, bool wander) {
  for (size_t i = 0; i < customers.size(); ++i) {
    std::vector<SubjectId> members;
    const absl::StatusOr<CustomerState> state = txn.GetCustomer(Customer(customers[i]));
    if (state.ok()) {
      members = state->members;
    } else if (absl::IsNotFound(state.status())) {
      members = {Home(customers[i])};
    } else {
      return state.status();
    }
    const SubjectId wanderer = Wanderer(customers[i] / 2);
    if (i == 0 && wander && std::find(members.begin(), members.end(), wanderer) == members.end()) {
      members.push_back(wanderer);
    }
    RETURN_IF_ERROR(txn.SetMembers(Customer(customers[i]), members));
  }
  return absl::OkStatus();
}

}  // namespace

std::string Entry::ToString() const {
  return absl::StrJoin(parts, " ", [](std::string* out, const Part& part) {
    absl::StrAppend(out, part.customer, ":", part.revision);
  });
}

std::optional<Entry> Entry::FromString(absl::string_view text) {
  Entry entry;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    const std::vector<absl::string_view> halves = absl::StrSplit(word, ':');
    Part part;
    if (halves.size() != 2 || !absl::SimpleAtoi(halves[0], &part.customer) ||
        !absl::SimpleAtoi(halves[1], &part.revision)) {
      return std::nullopt;
    }
    entry.parts.push_back(part);
  }
  return entry;
}

uint64_t Ledger::Random(uint64_t below) {
  MutexLock lock(mutex_);
  return random_() % below;
}

absl::StatusOr<Entry> Ledger::Write(RecordStore& store, Entry* attempted) {
  std::set<uint64_t> chosen;
  for (uint64_t left = 1 + Random(3); left > 0; --left) chosen.insert(Random(kCustomers));
  const bool wander = Random(8) == 0;
  // The wanderer may have to be taken from the other of its two customers.
  if (wander) chosen.insert(*chosen.begin() ^ 1);
  const std::vector<uint64_t> customers(chosen.begin(), chosen.end());

  Entry entry;
  const RequestKey request{.client = "ledger", .request_id = absl::StrCat(Random(~uint64_t{0}))};
  const absl::Status status = store.Write(
      {.actor = "ledger", .request_id = request.request_id},
      [&](Reader&) {
        WritePlan plan{.request = request};
        for (const uint64_t customer : customers) {
          plan.customers.push_back(Customer(customer));
          plan.keys.push_back(EntryKey(customer, request.request_id));
          plan.keys.push_back(LatestKey(customer, request.request_id));
        }
        return plan;
      },
      [&](Transaction& txn) -> absl::Status {
        entry.parts.clear();
        RETURN_IF_ERROR(Settle(txn, customers, wander));
        for (const uint64_t customer : customers) {
          ASSIGN_OR_RETURN(const Revision revision, txn.NextRevision(Customer(customer)));
          entry.parts.push_back({customer, revision});
        }
        for (const Entry::Part& part : entry.parts) {
          RETURN_IF_ERROR(WritePart(txn, entry, part, request.request_id));
        }
        return txn.PutRequest(request, {.response = entry.ToString()});
      });
  if (attempted != nullptr) *attempted = entry;
  if (!status.ok()) return status;
  return entry;
}

absl::StatusOr<bool> Holds(RecordStore& store, const Entry& entry) {
  size_t found = 0;
  RETURN_IF_ERROR(store.Read({}, [&](Reader& reader) -> absl::Status {
    found = 0;
    for (const Entry::Part& part : entry.parts) {
      const absl::StatusOr<Record> record =
          reader.Get({Home(part.customer), kEntryKind, EntryId(part.revision)});
      if (absl::IsNotFound(record.status())) continue;
      RETURN_IF_ERROR(record.status());
      found += record->payload == entry.ToString() ? 1 : 0;
    }
    return absl::OkStatus();
  }));
  if (found != 0 && found != entry.parts.size()) {
    return Wrong(absl::StrCat("entry ", entry.ToString(), " is there in part"));
  }
  return found != 0;
}

absl::Status Audit(RocksDbStore& store, const std::vector<Entry>& acknowledged) {
  RETURN_IF_ERROR(store.Verify({}));
  std::map<uint64_t, CustomerState> customers;
  std::map<uint64_t, std::vector<Revision>> entries;  // By customer, as records.
  std::map<uint64_t, std::vector<Revision>> changes;  // By customer, as the feed has them.
  std::map<uint64_t, uint64_t> history;
  std::set<std::string> whole;
  uint64_t requests = 0;
  std::map<uint64_t, Revision> latest;
  RETURN_IF_ERROR(store.Export({}, [&](const ExportEntry& exported) -> absl::Status {
    if (const auto* state = std::get_if<CustomerState>(&exported)) {
      customers[state->customer.low] = *state;
    } else if (const auto* record = std::get_if<Record>(&exported)) {
      const std::optional<Entry> entry = Entry::FromString(record->payload);
      if (!entry.has_value()) return Wrong("a record is not an entry");
      if (record->key.kind == kEntryKind) {
        entries[record->key.subject.low].push_back(record->revision);
        whole.insert(record->payload);
        ASSIGN_OR_RETURN(const bool held, Holds(store, *entry));
        if (!held) return Wrong(absl::StrCat("entry ", record->payload, " is not there"));
      } else {
        latest[record->key.subject.low] = record->revision;
      }
    } else if (const auto* old = std::get_if<HistoryEntry>(&exported)) {
      ++history[old->subject.low];
    } else if (const auto* change = std::get_if<Change>(&exported)) {
      changes[change->customer.low].push_back(change->revision);
    } else if (std::holds_alternative<std::pair<RequestKey, StoredRequest>>(exported)) {
      ++requests;
    }
    return absl::OkStatus();
  }));

  for (auto& [customer, state] : customers) {
    std::vector<Revision>& revisions = entries[customer];
    std::sort(revisions.begin(), revisions.end());
    if (revisions.empty()) return Wrong(absl::StrCat("customer ", customer, " has no entries"));
    if (revisions != changes[customer]) {
      return Wrong(absl::StrCat("the feed of customer ", customer, " differs from its entries"));
    }
    if (state.revision != revisions.back() || latest[customer] != revisions.back()) {
      return Wrong(absl::StrCat("customer ", customer, " is not at its latest entry"));
    }
    if (history[customer] + 1 != revisions.size()) {
      return Wrong(absl::StrCat("the history of customer ", customer, " is not whole"));
    }
  }
  if (requests != whole.size()) return Wrong("requests and entries differ in number");
  for (const Entry& entry : acknowledged) {
    if (!whole.contains(entry.ToString())) {
      return Wrong(absl::StrCat("acknowledged entry ", entry.ToString(), " is lost"));
    }
  }
  return absl::OkStatus();
}

}  // namespace yilan::storage
