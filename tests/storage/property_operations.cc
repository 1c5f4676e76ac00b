#include "tests/storage/property_operations.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

constexpr const char* kStepNames[] = {
    "Write",         "Read",          "LoadCustomer", "Changes", "TrimChanges", "TrimRequests",
    "ListCustomers", "GetStatistics", "Export",       "Reopen",  "Transfer"};
constexpr const char* kActionNames[] = {
    "Put",         "Delete",       "AddHistory",   "Join",       "SetMembers",
    "SetRedirect", "NextRevision", "ReadAhead",    "PutRequest", "Get",
    "GetMany",     "Scan",         "ScanHistory",  "FindByKeys", "FindByTerm",
    "FindByTerms", "GetCustomer",  "GetCustomers", "FindRequest"};

// From numbers to things.

// Several share a feed partition.
CustomerId CustomerOf(uint32_t n) {
  constexpr uint64_t kNumbers[] = {1, 2, 17, 3, 33, 16};
  return {.high = 7, .low = kNumbers[n % std::size(kNumbers)]};
}
SubjectId SubjectOf(uint32_t n) { return {.high = 11, .low = n % 7 + 1}; }
Kind KindOf(uint32_t n) {
  constexpr Kind kKinds[] = {1, 2, 300};
  return kKinds[n % std::size(kKinds)];
}
// Up to 16 awkward names, and plain ones beyond.
std::string NameOf(uint32_t n) {
  static const std::vector<std::string>& names = *new std::vector<std::string>(TrickyNames());
  return n < names.size() ? names[n] : absl::StrCat("n", n);
}
std::string RecordIdOf(uint32_t n) {
  n %= 500;
  if (n == 499) return "";
  if (n == 498) return std::string(kMaxRecordIdBytes + 1, 'x');
  return NameOf(n);
}
std::string PayloadOf(uint32_t n) {
  constexpr size_t kSizes[] = {0, 3, 40, 100, 150, 800, 20, 60, 90, 120, 200, 10, 50, 5, 30, 7000};
  return std::string(kSizes[n % 16], static_cast<char>('a' + n / 16 % 26));
}
TimeMicros TimeOf(uint32_t n) {
  constexpr TimeMicros kTimes[] = {0,        1,       -1, 1700000000000000, 1700000000123456,
                                   kMinTime, kMaxTime};
  return kTimes[n % std::size(kTimes)];
}
RecordKey KeyOf(const Action& action) {
  return {SubjectOf(action.args[0]), KindOf(action.args[1]), RecordIdOf(action.args[2])};
}
// Six, one of them twice.
std::vector<RecordKey> ManyKeysOf(const Action& action) {
  const auto& args = action.args;
  std::vector<RecordKey> keys;
  for (uint32_t i = 0; i < 5; ++i) {
    keys.push_back({SubjectOf(args[0]), KindOf(args[1] + i / 2), RecordIdOf(args[2] + i * 3)});
  }
  keys.push_back(keys[args[3] % 5]);
  return keys;
}
RequestKey RequestOf(uint32_t n) {
  return {.client = n % 2 == 0 ? "" : "c", .request_id = NameOf(n / 2 % 6)};
}
std::string IndexNameOf(uint32_t n) { return NameOf(n % 40); }

Record RecordOf(const Action& action) {
  const uint32_t n = action.args[4];
  const uint32_t index = action.args[5];
  Record record = {.key = KeyOf(action),
                   .version = {.event_time = TimeOf(n), .source_version = n % 5},
                   .recorded_time = TimeOf(n / 3),
                   .payload = PayloadOf(n)};
  constexpr uint32_t kKeyCounts[] = {0, 0, 0, 1, 0, 1, 0, 2};
  for (uint32_t i = 0; i < kKeyCounts[index % 8]; ++i) {
    record.keys.push_back(IndexNameOf(index / 8 + i * 7));
  }
  for (uint32_t i = 0; i < index / 64 % 4; ++i) {
    Term term = {.term = IndexNameOf(index / 256 % 20 + i * 3)};
    if (i == 1) term.valid_from = TimeOf(index);
    if (i == 2) term.valid_to = TimeOf(index);
    record.terms.push_back(term);
  }
  return record;
}

// From things to text.

std::string Text(absl::string_view bytes) {
  if (bytes.size() <= 20) return absl::StrCat("'", absl::CHexEscape(bytes), "'");
  return absl::StrCat(bytes.size(), " bytes of ", absl::CHexEscape(bytes.substr(0, 1)), " #",
                      absl::HashOf(bytes) % 1000);
}
std::string Text(const RecordKey& key) {
  return absl::StrCat(key.subject.low, "/", key.kind, "/", Text(key.record_id));
}
std::string Text(const Version& version) {
  return absl::StrCat(version.event_time, "+", version.source_version);
}
std::string Text(const RecordView& view) {
  return absl::StrCat(view.subject.low, "/", view.kind, "/", Text(view.record_id), " v",
                      Text(view.version), " t", view.recorded_time, " r", view.revision, " ",
                      Text(view.payload));
}
std::string Text(const Record& record) {
  std::string text =
      absl::StrCat(Text(record.key), " v", Text(record.version), " t", record.recorded_time, " r",
                   record.revision, " ", Text(record.payload));
  for (const std::string& key : record.keys) absl::StrAppend(&text, " key ", Text(key));
  for (const Term& term : record.terms) {
    absl::StrAppend(&text, " term ", Text(term.term), " ", term.valid_from, "..", term.valid_to);
  }
  return text;
}
std::string Text(const HistoryEntry& entry) {
  return absl::StrCat(entry.subject.low, "/", entry.kind, "/", Text(entry.fact_id), " v",
                      Text(entry.version), " r", entry.revision, " t", entry.recorded_time, "..",
                      entry.retired_time, entry.deletion ? " gone " : " ", Text(entry.payload));
}
std::string Text(const CustomerState& state) {
  std::string text = absl::StrCat("customer ", state.customer.low, " r", state.revision, " {");
  for (const SubjectId member : state.members) absl::StrAppend(&text, " ", member.low);
  absl::StrAppend(&text, " }");
  if (state.redirect.has_value()) absl::StrAppend(&text, " -> ", state.redirect->low);
  return text;
}
std::string Text(const FeedBounds& bounds) {
  return absl::StrCat("feed ", bounds.partition, " ", bounds.trimmed, "..", bounds.end);
}
std::string Text(const Change& change) {
  std::string text = absl::StrCat(
      "change ", change.partition, ":", change.sequence, " customer ", change.customer.low, " r",
      change.revision, " t", change.recorded_time, " by ", change.actor, " ",
      Text(change.request_id), change.members_changed ? " members" : "",
      change.redirect.has_value() ? absl::StrCat(" -> ", change.redirect->low) : "");
  for (const RecordChange& record : change.records) {
    absl::StrAppend(&text, record.deleted ? " -" : " +", Text(record.key));
  }
  return text;
}
std::string Text(const StoredRequest& request) {
  return absl::StrCat("answer ", Text(request.fingerprint), " ", Text(request.response), " t",
                      request.recorded_time);
}
std::string Text(const std::pair<RequestKey, StoredRequest>& request) {
  return absl::StrCat("request ", Text(request.first.client), " ", Text(request.first.request_id),
                      " ", Text(request.second));
}
std::string Text(const TermEntry& entry) {
  return absl::StrCat(Text(entry.term.term), " ", entry.term.valid_from, "..", entry.term.valid_to,
                      " > ", Text(entry.record));
}
std::string Text(const ExportEntry& entry) {
  return std::visit([](const auto& each) { return Text(each); }, entry);
}
// Backends word their errors differently.
std::string Text(const absl::Status& status) { return absl::StatusCodeToString(status.code()); }
template <typename T>
std::string Text(const std::vector<T>& list) {
  std::string text = "[";
  for (const T& each : list) absl::StrAppend(&text, " ", Text(each), ";");
  return text + " ]";
}
template <typename T>
std::string Text(const absl::StatusOr<T>& result) {
  return result.ok() ? Text(*result) : Text(result.status());
}

// Running.

std::string RunRead(Reader& reader, const Action& action) {
  const auto& args = action.args;
  std::string text;
  const auto visit = [&](const auto& each) {
    absl::StrAppend(&text, " ", Text(each), ";");
    return absl::OkStatus();
  };
  switch (action.type) {
    case kGet:
      return Text(reader.Get(KeyOf(action)));
    case kGetMany: {
      const std::string status = Text(reader.GetMany(ManyKeysOf(action), visit));
      return status + text;
    }
    case kScan: {
      const std::string first = args[2] % 3 == 0 ? "" : RecordIdOf(args[3] % 60);
      const std::string limit = args[2] % 5 < 3 ? "" : RecordIdOf(args[4] % 60);
      const Range range = {.subject = SubjectOf(args[0]),
                           .kind = KindOf(args[1]),
                           .first_id = first,
                           .limit_id = limit,
                           .max = args[5] % 4 == 0 ? args[5] / 4 % 6 : size_t{1000}};
      const std::string status = Text(reader.Scan(range, visit));
      return status + text;
    }
    case kScanHistory: {
      const std::string fact = args[2] % 2 == 0 ? "" : NameOf(args[3] % 20);
      const std::string status =
          Text(reader.ScanHistory(SubjectOf(args[0]), KindOf(args[1]), fact, visit));
      return status + text;
    }
    case kFindByKeys: {
      std::vector<std::string> keys;
      for (uint32_t i = 0; i < args[0] % 5; ++i) keys.push_back(IndexNameOf(args[1] + i * 3));
      const auto holders = reader.FindByKeys(keys);
      if (!holders.ok()) return Text(holders.status());
      for (const auto& holder : *holders)
        absl::StrAppend(&text, holder ? Text(*holder) : "-", "; ");
      return text + Text(reader.FindByKey(IndexNameOf(args[2])));
    }
    case kFindByTerm: {
      const std::string first = args[0] % 3 == 0 ? "" : IndexNameOf(args[1]);
      const std::string limit = args[0] % 2 == 0 ? "" : IndexNameOf(args[2]);
      const size_t max = args[3] % 5;
      TermCursor cursor;
      if (args[4] % 4 == 0) {
        cursor = {
            .term = IndexNameOf(args[5]),
            .record = {SubjectOf(args[5] / 3), KindOf(args[5] / 5), RecordIdOf(args[5] % 40)}};
      }
      // A few pages, so that the cursor is used as well.
      for (int page = 0; page < 4; ++page) {
        const auto entries = reader.FindByTerm(first, limit, cursor, max);
        absl::StrAppend(&text, Text(entries), " at ", Text(cursor.term), Text(cursor.record), " ");
      }
      return text;
    }
    case kFindByTerms: {
      std::vector<std::string> terms;
      for (uint32_t i = 0; i < args[0] % 9; ++i) {
        // Some are there twice, some are none.
        terms.push_back(i == args[1] % 11 ? "" : IndexNameOf(args[2] + i * (args[3] % 4)));
      }
      const auto found = reader.FindByTerms(terms, args[4] % 6);
      if (!found.ok()) return Text(found.status());
      for (const std::vector<RecordKey>& records : *found) absl::StrAppend(&text, Text(records));
      return text;
    }
    case kGetCustomer:
      return absl::StrCat(Text(reader.GetCustomer(CustomerOf(args[0]))), "; ",
                          Text(reader.GetCustomer(SubjectOf(args[1]))));
    case kGetCustomers: {
      std::vector<CustomerRef> refs;
      for (uint32_t i = 0; i < args[0] % 12; ++i) {
        const uint32_t n = args[2] + i * (args[3] % 5);
        if ((args[1] >> i & 1) != 0) {
          refs.emplace_back(CustomerOf(n));
        } else {
          refs.emplace_back(SubjectOf(n));
        }
      }
      const auto customers = reader.GetCustomers(refs);
      if (!customers.ok()) return Text(customers.status());
      for (const auto& customer : *customers) {
        absl::StrAppend(&text, customer ? Text(*customer) : "-", "; ");
      }
      return text;
    }
    case kFindRequest:
      return Text(reader.FindRequest(RequestOf(args[0])));
    default:
      return "";
  }
}

Precondition PreconditionOf(Transaction& txn, const Action& action) {
  switch (action.args[3] % 16) {
    case 13:
      return Absent();
    case 14: {
      const absl::StatusOr<Record> record = txn.Get(KeyOf(action));
      return AtRevision(record.ok() ? record->revision : 1);
    }
    case 15:
      return AtRevision(action.args[3] / 16 % 6);
    default:
      return Any();
  }
}

std::string RunAction(Transaction& txn, const Action& action) {
  const auto& args = action.args;
  switch (action.type) {
    case kPut:
      return Text(txn.Put(RecordOf(action), PreconditionOf(txn, action)));
    case kDelete:
      return Text(txn.Delete(KeyOf(action), PreconditionOf(txn, action)));
    case kAddHistory:
      return Text(txn.AddHistory(
          {.subject = SubjectOf(args[0]),
           .kind = KindOf(args[1]),
           .fact_id = NameOf(args[2] % 20),
           .version = {.event_time = TimeOf(args[3]), .source_version = args[3] / 7 % 3},
           .revision = args[4] % 4,
           .recorded_time = TimeOf(args[5]),
           .retired_time = TimeOf(args[5] / 7),
           .deletion = args[5] % 2 == 0,
           .payload = PayloadOf(args[5])}));
    case kJoin: {
      const CustomerId customer = CustomerOf(args[0]);
      const absl::StatusOr<CustomerState> state = txn.GetCustomer(customer);
      std::vector<SubjectId> members = state.ok() ? state->members : std::vector<SubjectId>();
      const SubjectId subject = SubjectOf(args[1]);
      if (std::find(members.begin(), members.end(), subject) == members.end()) {
        members.push_back(subject);
      }
      return Text(txn.SetMembers(customer, members));
    }
    case kSetMembers: {
      std::vector<SubjectId> members;
      for (uint32_t i = 0; i < 7; ++i) {
        if ((args[1] >> i & 1) != 0) members.push_back(SubjectOf(i));
      }
      return Text(txn.SetMembers(CustomerOf(args[0]), members));
    }
    case kSetRedirect:
      return Text(txn.SetRedirect(CustomerOf(args[0]), CustomerOf(args[1])));
    case kNextRevision: {
      const absl::StatusOr<Revision> next = txn.NextRevision(CustomerOf(args[0]));
      return next.ok() ? absl::StrCat(*next) : Text(next.status());
    }
    case kReadAhead:
      return Text(txn.ReadAhead(ManyKeysOf(action)));
    case kPutRequest:
      return Text(txn.PutRequest(RequestOf(args[0]),
                                 {.fingerprint = NameOf(args[1] % 20),
                                  .response = PayloadOf(args[2]),
                                  .recorded_time = TimeOf(args[3])},
                                 args[3] % 3 == 0));
    default:
      return RunRead(txn, action);
  }
}

std::string RunWrite(RecordStore& store, const Step& step) {
  const auto& args = step.args;
  WritePlan plan;
  for (uint32_t i = 0; i < 6; ++i) {
    if ((args[0] >> i & 1) == 0) plan.customers.push_back(CustomerOf(i));
  }
  for (uint32_t i = 0; i < 40; ++i) {
    if ((args[1] >> i % 20 & 1) == 0) plan.keys.push_back(IndexNameOf(i));
  }
  if (args[2] % 4 != 3) plan.request = RequestOf(args[2]);
  int runs = 0;
  std::string text;
  const absl::Status status = store.Write(
      {.actor = absl::StrCat("actor", args[3] % 3),
       .request_id = args[3] % 2 == 0 ? "" : "request",
       .recorded_time = TimeOf(args[3])},
      [&](Reader& reader) {
        text = Text(reader.GetCustomer(CustomerOf(args[4])));
        return plan;
      },
      [&](Transaction& txn) -> absl::Status {
        ++runs;
        for (const Action& action : step.actions) {
          absl::StrAppend(&text, "\n    ", kActionNames[action.type % kActionTypes], ": ",
                          RunAction(txn, action));
        }
        // Most succeed; some fail at the end, some ask for another run first.
        if (args[5] % 16 == 14) return absl::CancelledError("the body gives up");
        if (args[5] % 16 == 15 && runs == 1) return Replan();
        return absl::OkStatus();
      });
  return absl::StrCat(Text(status), " ", text);
}

}  // namespace

std::string RunStep(RecordStore& store, const Step& step) {
  const auto& args = step.args;
  std::string text;
  switch (step.type) {
    case kWrite:
      return RunWrite(store, step);
    case kRead: {
      const absl::Status status = store.Read({}, [&](Reader& reader) {
        for (const Action& action : step.actions) {
          absl::StrAppend(&text, "\n    ", kActionNames[action.type % kActionTypes], ": ",
                          RunRead(reader, action));
        }
        return absl::OkStatus();
      });
      return Text(status) + text;
    }
    case kLoadCustomer: {
      const CustomerRef ref = args[0] % 2 == 0 ? CustomerRef(CustomerOf(args[0] / 2))
                                               : CustomerRef(SubjectOf(args[0] / 2));
      std::vector<KindLimit> limits;
      for (uint32_t i = 0; i < 3; ++i) {
        if ((args[1] >> i & 1) != 0) limits.push_back({KindOf(i), args[2] / (i + 1) % 4});
      }
      const absl::StatusOr<LoadedCustomer> loaded = store.LoadCustomer(
          {}, ref, {.known = args[3] % 12, .limits = limits}, [&](const RecordView& view) {
            absl::StrAppend(&text, " ", Text(view), ";");
            return absl::OkStatus();
          });
      if (!loaded.ok()) return Text(loaded.status());
      return absl::StrCat(Text(loaded->state), loaded->unchanged ? " unchanged" : "", text);
    }
    case kChanges: {
      const absl::StatusOr<ChangePage> page =
          store.Changes({}, FeedPartitionOf(CustomerOf(args[0])), args[1] % 30, args[2] % 10);
      if (!page.ok()) return Text(page.status());
      return absl::StrCat(page->end, Text(page->changes));
    }
    case kTrimChanges:
      return Text(store.TrimChanges({}, FeedPartitionOf(CustomerOf(args[0])), args[1] % 30));
    case kTrimRequests:
      return Text(store.TrimRequests({}, TimeOf(args[0])));
    case kListCustomers: {
      const CustomerId after = args[0] % 2 == 0 ? CustomerId() : CustomerOf(args[0] / 2);
      return Text(store.ListCustomers({}, after, args[1] % 8));
    }
    case kStatistics: {
      const absl::StatusOr<Statistics> statistics = store.GetStatistics({});
      if (!statistics.ok()) return Text(statistics.status());
      text = absl::StrCat(statistics->customers, " ", statistics->subjects);
      for (const auto& [kind, count] : statistics->records) {
        if (count > 0) absl::StrAppend(&text, " ", kind, ":", count);
      }
      return text;
    }
    case kExport: {
      const absl::Status status = store.Export({}, [&](const ExportEntry& entry) {
        absl::StrAppend(&text, "\n    ", Text(entry));
        return absl::OkStatus();
      });
      return Text(status) + text;
    }
    default:
      return "";
  }
}

std::string NameOfStep(const Step& step) {
  return absl::StrCat(kStepNames[step.type], "(", absl::StrJoin(step.args, ", "), ")");
}

std::string NameOfAction(const Action& action) {
  std::string name =
      absl::StrCat(kActionNames[action.type], "(", absl::StrJoin(action.args, ", "), ")");
  if (action.type <= kDelete || action.type == kGet) {
    absl::StrAppend(&name, " ", Text(KeyOf(action)));
  }
  return name;
}

}  // namespace yilan::storage
