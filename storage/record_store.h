// RecordStore: the only door between the platform and a database.
//
// A subject is one source system's idea of a customer; records belong to subjects for ever, in
// order of (kind, id). A customer is a set of subjects. The store never looks inside a payload: the
// rules about customers live in core/, and a new entity changes neither this file nor any backend.
//
// RecordStore is thread-safe. A Reader or Transaction is not, and lives only as long as the body
// that received it; a body must not call the store, block, or do I/O of its own. Bodies may run
// more than once and have no effect outside `txn`, except on what they captured, which they clear
// first.
//
// Every backend reports the same errors (tests/storage/conformance.h):
//   NOT_FOUND            no such subject, customer, record, key or request
//   ALREADY_EXISTS       Absent() failed, or another record holds the key
//   FAILED_PRECONDITION  AtRevision(n) failed; a write to a customer, or the taking of a key, that
//                        the plan did not name; a write to a subject that is in no customer; a
//                        subject that would be left in no customer
//   INVALID_ARGUMENT     an empty id, key or term, or one that is listed twice; a nil id; limits
//                        out of order; no such partition
//   OUT_OF_RANGE         a feed position that was trimmed away, or lies beyond the end
//   ABORTED              a conflict outlived the retries; nothing was written
//   RESOURCE_EXHAUSTED   a length limit, or the disk; nothing was written
//   UNAVAILABLE, DEADLINE_EXCEEDED   nothing was written
//   DATA_LOSS            stored bytes do not read back; names the place, never the content
//   UNKNOWN              COMMIT was sent and no answer came; run the same plan and body again
// Arguments are checked first (storage/checks.h, shared by all backends), then the plan (customers,
// and keys that are taken), then the precondition, then who holds the keys. Reads do not check:
// what cannot be stored is simply not found. A write of a body that returns an error has written
// nothing, and the body may go on.
//
// Example: put one record of a new customer.
//   store.Write({.actor = "billing"}, [&](Reader&) { return WritePlan{.customers = {customer}}; },
//               [&](Transaction& txn) -> absl::Status {
//                 RETURN_IF_ERROR(txn.SetMembers(customer, {subject}));
//                 return txn.Put({.key = {subject, kKind, "id"}, .payload = bytes}, Absent());
//               });
#ifndef YILAN_STORAGE_RECORD_STORE_H_
#define YILAN_STORAGE_RECORD_STORE_H_

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/record.h"

namespace yilan::storage {

// Limits of one call. Work that cannot finish by `deadline` ends with DEADLINE_EXCEEDED.
struct CallOptions {
  absl::Time deadline = absl::InfiniteFuture();
};

// What must hold of a record before it is written: nothing, that there is none, or that it is there
// with this very revision.
struct Precondition {
  enum class Kind { kAny, kAbsent, kAtRevision };
  Kind kind = Kind::kAny;
  Revision revision = 0;  // For kAtRevision: Record::revision.
  bool expected = false;  // For kAbsent: New().
};
inline Precondition Any() { return {}; }
inline Precondition Absent() { return {.kind = Precondition::Kind::kAbsent}; }
// Absent() of a record that the caller has reason to take for new. A backend need not look: it may
// let the body go on, and run plan and body again if the record turns out to be there.
inline Precondition New() { return {.kind = Precondition::Kind::kAbsent, .expected = true}; }
inline Precondition AtRevision(Revision revision) {
  return {.kind = Precondition::Kind::kAtRevision, .revision = revision};
}

// Returned by a plan or write body that found the plan outdated: plan and body run again on a newer
// snapshot. The retries are bounded; then the write ends with ABORTED, for which IsReplan() is
// false.
absl::Status Replan();
bool IsReplan(const absl::Status& status);

// Called for each record in order; an error ends the visit and is returned. A visitor does not call
// the reader that called it.
using RecordVisitor = absl::FunctionRef<absl::Status(const RecordView&)>;
using HistoryVisitor = absl::FunctionRef<absl::Status(const HistoryEntry&)>;

// Records of one subject and kind in ascending order of id: those with an id of at least `first_id`
// and, unless `limit_id` is empty, below `limit_id`; at most `max` of them.
struct Range {
  SubjectId subject;
  Kind kind = 0;
  absl::string_view first_id = {};
  absl::string_view limit_id = {};
  size_t max = std::numeric_limits<size_t>::max();
};

// How many records of a kind LoadCustomer reads per subject, lowest ids first; 0 leaves the kind
// out.
struct KindLimit {
  Kind kind = 0;
  size_t max = 0;
};

struct LoadOptions {
  Revision known = 0;  // Visit nothing if this is still the customer's revision; 0 always visits.
  // LoadedCustomer::place of an earlier load of this customer from this store, where a backend may
  // find it sooner. Only a hint: any number gives the same answer. 0: none.
  uint64_t place = 0;
  absl::Span<const KindLimit> limits =
      {};  // Sorted by kind, no kind twice. Kinds not listed are read whole. Checked when visiting.
};

struct LoadedCustomer {
  CustomerState state;     // When unchanged only `customer` and `revision`: the rest is known.
  bool unchanged = false;  // The revision is the known one: no record was visited.
  uint64_t place = 0;      // For LoadOptions::place; 0 when the backend has no use for it.
};

// Which customer: by its own id, or as the holder of a subject.
using CustomerRef = std::variant<CustomerId, SubjectId>;

// One index entry. Entries are ordered by (term, record key), whatever their periods.
struct TermEntry {
  Term term;
  RecordKey record;
};
// A place between two entries: FindByTerm continues after it. The default is before the first
// entry.
struct TermCursor {
  std::string term;
  RecordKey record;
};

// Sees one committed state, plus the writes of its own transaction.
class Reader {
 public:
  virtual ~Reader() = default;

  virtual absl::StatusOr<Record> Get(const RecordKey& key) = 0;
  // Visits those of `keys` that exist, in the order of `keys`; one that is listed twice, twice.
  virtual absl::Status GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) = 0;
  virtual absl::Status Scan(const Range& range, RecordVisitor visit) = 0;
  // The history of one fact in ascending order, or of all facts of the kind when `fact_id` is
  // empty.
  virtual absl::Status ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                                   HistoryVisitor visit) = 0;

  // The record that holds `key`.
  virtual absl::StatusOr<RecordKey> FindByKey(absl::string_view key) = 0;
  // For each of `keys` the record that holds it, or nothing.
  virtual absl::StatusOr<std::vector<std::optional<RecordKey>>> FindByKeys(
      absl::Span<const std::string> keys) = 0;
  // Up to `max` entries of terms in [first, limit) after `cursor`, which is advanced behind the
  // last one returned, or left alone when there is none. An empty `limit` has no upper bound. Fewer
  // than `max` entries: there are no more. The cursor may stand at an entry that is gone since.
  virtual absl::StatusOr<std::vector<TermEntry>> FindByTerm(absl::string_view first,
                                                            absl::string_view limit,
                                                            TermCursor& cursor, size_t max) = 0;
  // For each of `terms` the records that have it, whatever the period, in order of key: the first
  // `max` of them. (A record has a term once at most, so none is there twice.) All are asked for at
  // once, and of a term that very many records have, no more is read than is returned.
  virtual absl::StatusOr<std::vector<std::vector<RecordKey>>> FindByTerms(
      absl::Span<const std::string> terms, size_t max) = 0;

  // A customer that this transaction wrote to has its NextRevision() here. NOT_FOUND as with
  // LoadCustomer.
  virtual absl::StatusOr<CustomerState> GetCustomer(const CustomerRef& ref) = 0;
  // For each of `refs` the customer that GetCustomer would return, or nothing where that is
  // NOT_FOUND; all are asked for at once.
  virtual absl::StatusOr<std::vector<std::optional<CustomerState>>> GetCustomers(
      absl::Span<const CustomerRef> refs) = 0;
  virtual absl::StatusOr<StoredRequest> FindRequest(const RequestKey& key) = 0;
};

// The writes of one transaction: all of them are committed, or none. A customer that anything was
// written of gets its NextRevision() at commit; Put, Delete and AddHistory touch the customer that
// holds the subject, SetMembers the customer and those it takes subjects from. A request touches
// none.
class Transaction : public Reader {
 public:
  // Creates or replaces a record, with its keys and terms: those it had before and has no longer
  // are given up, and free for another record from then on. A key that this record does not hold
  // yet must be in the plan. The subject must belong to a customer (SetMembers first for a new
  // one). `record.revision` is ignored and set to the customer's NextRevision().
  virtual absl::Status Put(Record record, Precondition precondition = Any()) = 0;
  // Removes a record, its keys and its terms. NOT_FOUND if there is none, whatever the
  // precondition. History is not touched: AddHistory first.
  virtual absl::Status Delete(const RecordKey& key, Precondition precondition = Any()) = 0;
  virtual absl::Status AddHistory(HistoryEntry entry) = 0;
  // Makes `members` the subjects of the customer. Subjects that belong to another customer leave
  // it, and that customer must be in the plan too; subjects in no customer are created. No subject
  // is left behind in no customer: one that the customer has must be in `members`, so it can only
  // leave by being taken by another customer's SetMembers. The customer's NextRevision() becomes
  // the greatest of its own and those of the customers it takes subjects from, so that revisions of
  // one record never repeat. A customer that has members has no redirect. To set the members that
  // it has already writes nothing.
  virtual absl::Status SetMembers(CustomerId customer, std::vector<SubjectId> members) = 0;
  // Points a customer without members to the one that took them (which is not checked).
  // FAILED_PRECONDITION when it has members, NOT_FOUND when there is no such customer,
  // INVALID_ARGUMENT when it would point to itself.
  virtual absl::Status SetRedirect(CustomerId customer, CustomerId target) = 0;
  // The revision that a planned customer will have after this commit if it is written to: one more
  // than it has, unless a SetMembers has raised it.
  virtual absl::StatusOr<Revision> NextRevision(CustomerId customer) = 0;
  // Says that the body is about to read or write these records, so that a backend which has to ask
  // for them asks once for all. A hint: nothing depends on it, and records that do not exist are
  // fine.
  virtual absl::Status ReadAhead(absl::Span<const RecordKey> keys) = 0;
  // Remembers the answer to the request of the plan (any other is FAILED_PRECONDITION).
  // ALREADY_EXISTS if it is stored: FindRequest first. With `replace` an answer that is stored is
  // replaced, but keeps its recorded_time.
  virtual absl::Status PutRequest(const RequestKey& key, StoredRequest request,
                                  bool replace = false) = 0;
};

// What a write will touch. The store locks these, in an order that cannot deadlock, before it runs
// the body; only what is locked is stable until commit.
struct WritePlan {
  std::vector<CustomerId>
      customers;  // Existing ones and new ones; a missing row counts as revision 0.
  std::vector<std::string>
      keys;  // Keys that the body relies on or takes: nobody else takes them before commit.
  // Of `keys`, those that nobody held a moment ago. A hint: a backend may take it for true and run
  // plan and body again if it was not.
  std::vector<std::string> free_keys = {};
  std::optional<RequestKey> request;  // Two writes with the same request run one after the other.
};

struct WriteOptions {
  CallOptions call = {};
  std::string actor;             // For the change feed.
  std::string request_id;        // For the change feed; may be empty.
  TimeMicros recorded_time = 0;  // For the change feed.
};

struct ChangePage {
  std::vector<Change> changes;
  uint64_t end =
      0;  // Sequence of the newest committed change of the partition; 0 when there was never one.
};

// Totals over the whole store, exact as of some recent commit.
struct Statistics {
  uint64_t customers = 0;  // With at least one member.
  uint64_t subjects = 0;   // In a customer.
  std::vector<std::pair<Kind, uint64_t>>
      records;  // Current records by kind, sorted; kinds without any may be missing.
  std::vector<FeedBounds> feeds;  // Partitions of the change feed ever written to, sorted.
  std::vector<std::pair<std::string, double>>
      gauges;  // Figures of the backend's own (cache, files …): snake_case names.
};

// One piece of a store on its way to another, in an order in which Import accepts it. A bare key
// says that the record or request is gone: only Import is given one.
using ExportEntry = std::variant<CustomerState, Record, HistoryEntry, FeedBounds, Change,
                                 std::pair<RequestKey, StoredRequest>, RecordKey, RequestKey>;
using ExportVisitor = absl::FunctionRef<absl::Status(const ExportEntry&)>;

// One committed state of the whole store, read in pieces: for moving a store while it is written
// (storage/transfer). Not thread-safe.
class BulkReader {
 public:
  virtual ~BulkReader() = default;

  // As RecordStore::ListCustomers.
  virtual absl::StatusOr<std::vector<CustomerState>> ListCustomers(CustomerId after,
                                                                   size_t max) = 0;
  // Those of `customers` that there are, in their order.
  virtual absl::StatusOr<std::vector<CustomerState>> GetCustomers(
      absl::Span<const CustomerId> customers) = 0;
  // Visits the records of the subjects, with keys and terms, in order of key; then their history in
  // its order. `subjects` are sorted, none is there twice.
  virtual absl::Status VisitSubjects(absl::Span<const SubjectId> subjects, ExportVisitor visit) = 0;
  // As Statistics::feeds.
  virtual absl::StatusOr<std::vector<FeedBounds>> GetFeeds() = 0;
  // As RecordStore::Changes.
  virtual absl::StatusOr<ChangePage> Changes(int partition, uint64_t after, size_t max) = 0;
  // Visits up to `max` requests with a key above `after` (the default: all), in order of key.
  virtual absl::Status VisitRequests(const RequestKey& after, size_t max, ExportVisitor visit) = 0;
};

class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // The customer: its revision, and the records of its subjects in order of (subject, kind, id),
  // unless its revision is still `options.known`. One snapshot. A customer without members is
  // returned with its redirect and no records. NOT_FOUND when there never was such a customer, or
  // the subject is in none. A visit may have begun before an error is returned.
  virtual absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call,
                                                      const CustomerRef& ref,
                                                      const LoadOptions& options,
                                                      RecordVisitor visit) = 0;
  // Runs `body` on one snapshot and returns what it returns.
  virtual absl::Status Read(const CallOptions& call,
                            absl::FunctionRef<absl::Status(Reader&)> body) = 0;
  // Runs `plan` on a snapshot to learn what to lock, then `body` with that locked, and commits
  // durably if it returns OK. Runs both again after a conflict or when `body` returns Replan(). Any
  // other error of either rolls back and is returned. A body that writes nothing commits nothing:
  // no revision, no change.
  virtual absl::Status Write(const WriteOptions& options,
                             absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                             absl::FunctionRef<absl::Status(Transaction&)> body) = 0;

  // Up to `max` changes of a partition after `after` (0: from the first), in order. OUT_OF_RANGE
  // when the change behind `after` was trimmed, or `after` is beyond the end, also with a `max` of
  // 0.
  virtual absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                             size_t max) = 0;
  // Forgets the changes of a partition up to and including `through`; those beyond the end are not
  // affected.
  virtual absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) = 0;
  // Forgets the requests recorded before `before`.
  virtual absl::Status TrimRequests(const CallOptions& call, TimeMicros before) = 0;
  // Up to `max` customers with an id above `after`, in order of id, those without members included.
  virtual absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                                   CustomerId after,
                                                                   size_t max) = 0;
  virtual absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) = 0;

  // Visits the whole store in one snapshot: customers by id, then records with keys and terms by
  // key, history in its order, the bounds of each feed partition that was ever written to with its
  // changes behind them, and requests by key. Equal stores give equal exports, on every backend.
  virtual absl::Status Export(const CallOptions& call, ExportVisitor visit) = 0;
  // Runs `body`, once, on one committed state, and returns what it returns. Unlike that of Read it
  // may take its time and use other stores, but not this one; meanwhile a backend may keep writers
  // waiting, though no readers, or old versions from being cleaned up.
  virtual absl::Status ReadBulk(const CallOptions& call,
                                absl::FunctionRef<absl::Status(BulkReader&)> body) = 0;
  // Adds entries as they were exported, revisions and sequences included; makes no change of its
  // own. One call is all or nothing, and durable on return. Entries of one export arrive in its
  // order, over any number of calls; an entry that is there already is replaced (a customer takes
  // its members from whoever has them), so that an import that was cut off can be run again; what
  // a bare key names is removed, if it is there. ALREADY_EXISTS when another record holds a key.
  virtual absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) = 0;

  // Whether reads are answered from this machine, so soon that a thread may ask which must not
  // wait.
  virtual bool IsLocal() const { return true; }
  // OK when the store can serve reads and durable writes now.
  virtual absl::Status CheckReady(const CallOptions& call) = 0;
};

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_RECORD_STORE_H_
