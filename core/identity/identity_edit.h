// One change of who is who: what was read of a neighbourhood of subjects, what it is to become, and
// the transaction that makes it so.
//
//   std::optional<IdentityEdit> edit;
//   store.Write(options,
//               [&](Reader& reader) -> absl::StatusOr<WritePlan> {
//                 edit.emplace(reader, ids, now, actor, request_id);
//                 ...  // Look at subjects and edges, change edges.
//                 RETURN_IF_ERROR(edit->Recluster({subject}, model));
//                 return edit->Plan();
//               },
//               [&](Transaction& txn) { return edit->Apply(txn); });
//
// Everything is read, and decided, on the snapshot of the plan; Apply only makes sure that none of
// the customers that the decision rests on has changed since, and asks for another plan if one has.
// Not thread-safe. Methods that read may be called only while the plan is made.
#ifndef YILAN_CORE_IDENTITY_IDENTITY_EDIT_H_
#define YILAN_CORE_IDENTITY_IDENTITY_EDIT_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/identity/clusters.h"
#include "core/identity/customer_assignment.h"
#include "core/identity/identity_records.h"
#include "core/matching/match_model.h"
#include "storage/record_store.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {

class IdentityEdit {
 public:
  using StoredEdge = yilan::storage::v1::StoredIdentityEdge;
  using StoredEvent = yilan::storage::v1::StoredIdentityEvent;

  struct Subject {
    storage::SubjectId id;
    storage::CustomerId customer;
    yilan::storage::v1::Subject record;
    bool changed = false;
    bool marked = false;  // As pending.

    bool established() const;  // Has a source record.
  };

  // Who makes the change, for the ledger.
  struct Author {
    std::string actor;
    std::string request_id;
    std::string note;
  };

  IdentityEdit(storage::Reader& reader, IdGenerator& ids, TimeMicros now, Author author)
      : reader_(&reader), ids_(ids), now_(now), author_(std::move(author)) {}

  storage::Reader& reader() { return *reader_; }
  TimeMicros now() const { return now_; }

  // Reads these subjects, their customers and all edges of theirs at once, so that the methods
  // below need not ask for them one by one. Errors: NOT_FOUND when there is no such subject.
  absl::Status ReadAhead(absl::Span<const storage::SubjectId> subjects);

  // A subject as it is stored, with the changes made here. Errors: NOT_FOUND.
  absl::StatusOr<Subject*> GetSubject(storage::SubjectId subject);
  absl::StatusOr<const storage::CustomerState*> GetCustomer(storage::CustomerId customer);
  // The pairs of all edges of a subject, also of those that are changed here, sorted.
  absl::StatusOr<std::vector<SubjectPair>> GetPairs(storage::SubjectId subject);
  // The edge of a pair, empty when there is none; good until the next call.
  absl::StatusOr<StoredEdge> GetEdge(const SubjectPair& pair);

  // What is changed is written by Apply, and the customers of the subjects are relied on.
  absl::Status SetEdge(const SubjectPair& pair, StoredEdge edge);
  absl::Status MarkPending(storage::SubjectId subject);
  // Makes every other change that rests on this subject be decided anew.
  absl::Status Touch(storage::SubjectId subject);
  void SetOverflowed(BlockingKey key, bool overflowed, size_t source_records);
  // An event of its own; those of moved subjects are made by Recluster.
  void AddEvent(IdentityEventId id, storage::SubjectId subject, StoredEvent event);

  // StaleModel() unless `model` is the one that holds in this snapshot.
  absl::Status CheckModel(const MatchModel& model);

  // Decides anew whose customers the subjects around `seeds` are: all that edges worth the join
  // probability of `model`, or stated references, connect with them, and the other members of their
  // customers. Errors: StaleModel().
  absl::Status Recluster(absl::Span<const storage::SubjectId> seeds, const MatchModel& model) {
    return Recluster(seeds, model, {});
  }
  // The customers of `chosen` are those of their subjects' clusters afterwards, whether they have
  // subjects now or not.
  using Chosen = std::pair<storage::CustomerId, storage::SubjectId>;
  absl::Status Recluster(absl::Span<const storage::SubjectId> seeds, const MatchModel& model,
                         absl::Span<const Chosen> chosen);
  // Decides anew which edges of `subjects` wait for a steward. Recluster does it; it is for
  // decisions that move nobody. All members of the subjects' customers are among them.
  absl::Status UpdateReviews(absl::Span<const storage::SubjectId> subjects);
  // From now on, what leaves a customer does so because this merge is undone.
  void SetUndone(IdentityEventId merge) { undone_ = merge; }
  // The first of the events made so far takes the key that says so: a merge is undone once.
  void MarkUndone(IdentityEventId merge);

  // What Recluster decided: merges and splits, in the order of their ids.
  const std::map<IdentityEventId, StoredEvent>& moves() const { return moves_; }
  // Those that were marked here and were not resolved here.
  std::vector<storage::SubjectId> NewlyPending() const;
  // Where a subject is to be.
  storage::CustomerId CustomerOf(storage::SubjectId subject) const;
  bool HasConflict(storage::SubjectId subject) const { return in_conflict_.contains(subject); }

  storage::WritePlan Plan() const;
  absl::Status Apply(storage::Transaction& txn) const;

 private:
  struct Edge {
    StoredEdge stored;
    std::string before;  // The bytes that were read; empty when it did not exist.
    bool exists = false;
    bool changed = false;
  };
  struct Overflow {
    bool overflowed = false;
    size_t source_records = 0;
  };
  struct Conflict {
    bool keep = false;
    yilan::storage::v1::StoredIdentityConflict stored;
  };
  struct Component;
  // On which sides of which decisions the subjects of a customer stand.
  using Sides = std::set<std::pair<std::string, bool>>;

  // Each of them at once for those that are not known yet.
  absl::Status ReadSubjects(absl::Span<const storage::SubjectId> subjects);
  absl::Status ReadPairs(absl::Span<const storage::SubjectId> subjects);
  absl::Status ReadEdges(const std::vector<SubjectPair>& pairs);
  absl::StatusOr<Edge*> LoadEdge(const SubjectPair& pair);
  absl::StatusOr<Component> ReadComponent(absl::Span<const storage::SubjectId> seeds,
                                          double join_probability);
  absl::Status Move(const Component& component, const Clusters& clusters,
                    const CustomerAssignment& assignment);
  void AddMoveEvents(const Component& component, const Clusters& clusters,
                     const CustomerAssignment& assignment);
  absl::Status ReviewConflicts(const Component& component);
  absl::StatusOr<std::vector<storage::SubjectId>> MembersOf(storage::CustomerId customer);
  absl::StatusOr<const Sides*> SidesOf(storage::CustomerId customer,
                                       std::map<storage::CustomerId, Sides>& known);
  absl::StatusOr<bool> AreKeptApart(storage::CustomerId near, storage::CustomerId far,
                                    std::map<storage::CustomerId, Sides>& known);
  std::vector<storage::RecordKey> RecordsToWrite() const;
  absl::Status ApplyMembers(storage::Transaction& txn) const;
  absl::Status ApplyRecords(storage::Transaction& txn) const;

  storage::Reader* reader_;
  std::optional<std::string> active_model_;  // Its version, once it was read.
  IdGenerator& ids_;
  const TimeMicros now_;
  const Author author_;

  absl::node_hash_map<storage::SubjectId, Subject> subjects_;
  absl::node_hash_map<storage::CustomerId, storage::CustomerState> customers_;  // As they are.
  absl::flat_hash_map<storage::SubjectId, std::set<SubjectPair>> pairs_;
  absl::node_hash_map<SubjectPair, Edge> edges_;

  std::set<storage::CustomerId> relied_;
  std::map<storage::CustomerId, std::vector<storage::SubjectId>> members_;  // As they will be.
  std::vector<std::pair<storage::CustomerId, storage::CustomerId>> redirects_;
  std::map<IdentityEventId, StoredEvent> moves_;
  std::vector<storage::Record> events_;
  std::optional<IdentityEventId> undone_;
  std::map<storage::RecordKey, Conflict> conflicts_;
  std::set<storage::SubjectId> in_conflict_;
  std::map<BlockingKey, Overflow> overflows_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_IDENTITY_EDIT_H_
