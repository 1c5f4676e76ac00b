// IdentityEdit::Recluster: from what is between subjects to customers, and to what a steward is to
// look at.
#include <algorithm>
#include <deque>
#include <utility>

#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/cluster_input.h"
#include "core/identity/identity_edit.h"
#include "core/identity/identity_records.h"

namespace yilan::core {

using storage::CustomerId;
using storage::CustomerState;
using storage::RecordKey;
using storage::SubjectId;
using yilan::storage::v1::StoredIdentityConflict;

// The subjects to be decided on, and what is between them.
struct IdentityEdit::Component {
  std::vector<SubjectId> subjects;
  std::vector<ClusterNode> nodes;
  std::vector<ClusterEdge> edges;
  std::vector<SubjectPair> pairs;  // Of `edges`.
  absl::flat_hash_map<SubjectId, size_t> place;
};

absl::StatusOr<IdentityEdit::Component> IdentityEdit::ReadComponent(
    absl::Span<const SubjectId> seeds, double join_probability) {
  Component component;
  std::deque<SubjectId> queue;
  const auto meet = [&](SubjectId subject) {
    if (component.place.try_emplace(subject, component.subjects.size()).second) {
      component.subjects.push_back(subject);
      queue.push_back(subject);
    }
  };
  for (const SubjectId seed : seeds) meet(seed);
  std::set<SubjectPair> joining;
  size_t read_ahead = 0;
  while (!queue.empty()) {
    if (read_ahead-- == 0) {
      // All that are known by now, with few questions.
      const std::vector<SubjectId> next(queue.begin(), queue.end());
      RETURN_IF_ERROR(ReadAhead(next));
      std::vector<SubjectId> others;
      for (const SubjectId one : next) {
        for (const SubjectPair& pair : pairs_.at(one)) others.push_back(pair.Other(one));
      }
      RETURN_IF_ERROR(ReadSubjects(others));
      read_ahead = queue.size() - 1;
    }
    const SubjectId id = queue.front();
    queue.pop_front();
    ASSIGN_OR_RETURN(const Subject* const subject, GetSubject(id));
    const bool established = subject->established();
    ASSIGN_OR_RETURN(const CustomerState* const customer, GetCustomer(subject->customer));
    relied_.insert(subject->customer);
    for (const SubjectId member : customer->members) meet(member);
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> pairs, GetPairs(id));
    for (const SubjectPair& pair : pairs) {
      ASSIGN_OR_RETURN(const StoredEdge edge, GetEdge(pair));
      if (IsEmpty(edge)) continue;
      ASSIGN_OR_RETURN(const Subject* const other, GetSubject(pair.Other(id)));
      if (!StrengthOf(edge, established && other->established(), join_probability).has_value()) {
        continue;
      }
      joining.insert(pair);
      meet(other->id);
    }
  }
  for (const SubjectId id : component.subjects) {
    ASSIGN_OR_RETURN(const Subject* const subject, GetSubject(id));
    component.nodes.push_back(ClusterNodeOf(subject->record));
  }
  for (const SubjectPair& pair : joining) {
    const size_t a = component.place.at(pair.first);
    const size_t b = component.place.at(pair.second);
    ASSIGN_OR_RETURN(const StoredEdge edge, GetEdge(pair));
    const auto strength = StrengthOf(
        edge, component.nodes[a].established && component.nodes[b].established, join_probability);
    component.edges.push_back({a, b, strength->first, strength->second});
    component.pairs.push_back(pair);
  }
  return component;
}

absl::Status IdentityEdit::Recluster(absl::Span<const SubjectId> seeds, const MatchModel& model,
                                     absl::Span<const Chosen> chosen) {
  RETURN_IF_ERROR(CheckModel(model));
  ASSIGN_OR_RETURN(const Component component, ReadComponent(seeds, model.join_probability()));
  const Clusters clusters = ClusterSubjects(component.nodes, component.edges);
  std::vector<CustomerId> customer_of;
  std::vector<bool> established;
  for (size_t i = 0; i < component.subjects.size(); ++i) {
    customer_of.push_back(CustomerOf(component.subjects[i]));
    established.push_back(component.nodes[i].established);
  }
  std::vector<ChosenCustomer> chosen_clusters;
  for (const auto& [customer, subject] : chosen) {
    RETURN_IF_ERROR(GetCustomer(customer).status());
    relied_.insert(customer);
    chosen_clusters.push_back({customer, component.place.at(subject)});
  }
  const CustomerAssignment assignment =
      AssignCustomers(customer_of, clusters.cluster_of, established, clusters.count,
                      chosen_clusters, [&] { return ids_.Next<storage::CustomerTag>(); });
  AddMoveEvents(component, clusters, assignment);
  RETURN_IF_ERROR(Move(component, clusters, assignment));
  RETURN_IF_ERROR(ReviewConflicts(component));
  return UpdateReviews(component.subjects);
}

void IdentityEdit::AddMoveEvents(const Component& component, const Clusters& clusters,
                                 const CustomerAssignment& assignment) {
  // Subjects by where they are and where they go.
  std::map<std::pair<CustomerId, CustomerId>, std::vector<size_t>> moves;
  for (size_t i = 0; i < component.subjects.size(); ++i) {
    const CustomerId from = CustomerOf(component.subjects[i]);
    const CustomerId into = assignment.customer_of[clusters.cluster_of[i]];
    if (from != into) moves[{from, into}].push_back(i);
  }
  for (const auto& [way, places] : moves) {
    const auto& [from, into] = way;
    StoredEvent event;
    const auto target = customers_.find(into);
    const bool joins = target != customers_.end() && !target->second.members.empty();
    event.set_type(joins                 ? StoredEvent::TYPE_MERGE
                   : undone_.has_value() ? StoredEvent::TYPE_UNMERGE
                                         : StoredEvent::TYPE_SPLIT);
    if (event.type() == StoredEvent::TYPE_UNMERGE) event.set_undone_event(BytesOf(*undone_));
    if (joins) {
      for (const SubjectId subject : target->second.members) {
        event.add_joined_subjects(BytesOf(subject));
      }
    }
    event.set_from_customer(BytesOf(from));
    event.set_into_customer(BytesOf(into));
    std::set<SubjectId> moved;
    for (const size_t place : places) moved.insert(component.subjects[place]);
    for (const SubjectId subject : moved) event.add_moved_subjects(BytesOf(subject));
    // The strongest of the edges between those that moved and those that they joined.
    for (const size_t join : clusters.joins) {
      const SubjectPair& pair = component.pairs[join];
      if (!joins || moved.contains(pair.first) == moved.contains(pair.second)) continue;
      event.set_first_subject(BytesOf(pair.first));
      event.set_second_subject(BytesOf(pair.second));
      *event.mutable_edge() = edges_.at(pair).stored;
      break;
    }
    const IdentityEventId id = ids_.Next<IdentityEventTag>();
    AddEvent(id, *moved.begin(), event);
    moves_.emplace(id, std::move(event));
  }
}

absl::Status IdentityEdit::Move(const Component& component, const Clusters& clusters,
                                const CustomerAssignment& assignment) {
  bool moved = false;
  std::map<CustomerId, std::vector<SubjectId>> members;
  for (size_t i = 0; i < component.subjects.size(); ++i) {
    const CustomerId customer = assignment.customer_of[clusters.cluster_of[i]];
    members[customer].push_back(component.subjects[i]);
    Subject& subject = subjects_.at(component.subjects[i]);
    moved |= subject.customer != customer;
    members[subject.customer];  // Also those that lose all.
    subject.customer = customer;
  }
  if (!moved) return absl::OkStatus();
  for (auto& [customer, subjects] : members) {
    std::sort(subjects.begin(), subjects.end());
    const auto before = customers_.find(customer);
    if (before != customers_.end() && before->second.members == subjects) continue;
    members_[customer] = std::move(subjects);
  }
  redirects_.insert(redirects_.end(), assignment.redirects.begin(), assignment.redirects.end());
  return absl::OkStatus();
}

absl::Status IdentityEdit::ReviewConflicts(const Component& component) {
  for (const SubjectId id : component.subjects) {
    ASSIGN_OR_RETURN(Subject* const subject, GetSubject(id));
    std::map<RecordKey, StoredIdentityConflict> due;
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> pairs, GetPairs(id));
    for (const SubjectPair& pair : pairs) {
      ASSIGN_OR_RETURN(const StoredEdge edge, GetEdge(pair));
      if (!Refers(edge)) continue;
      ASSIGN_OR_RETURN(const Subject* const other, GetSubject(pair.Other(id)));
      if (other->customer == subject->customer) continue;
      if (ReferencesFrom(edge, pair, id) == 0) {
        // The other one's conflict; it is in another component if it did not take part.
        continue;
      }
      StoredIdentityConflict conflict;
      *conflict.mutable_subject() = subject->record.references(0);
      *conflict.mutable_reference() = other->record.references(0);
      due.emplace(ConflictRecordKey(id, conflict.reference()), std::move(conflict));
    }
    if (!due.empty()) in_conflict_.insert(id);
    std::set<RecordKey> stored;
    if (WorkingSet::CountOf(kIdentityConflictKind, subject->record) > 0) {
      RETURN_IF_ERROR(reader_->Scan({.subject = id, .kind = kIdentityConflictKind},
                                    [&](const storage::RecordView& view) {
                                      stored.insert({id, view.kind, std::string(view.record_id)});
                                      return absl::OkStatus();
                                    }));
    }
    for (const RecordKey& key : stored) {
      if (due.contains(key)) continue;
      conflicts_[key] = {};
      WorkingSet::Count(kIdentityConflictKind, -1, subject->record);
      subject->changed = true;
    }
    for (auto& [key, conflict] : due) {
      if (stored.contains(key)) continue;
      conflicts_[key] = {.keep = true, .stored = std::move(conflict)};
      WorkingSet::Count(kIdentityConflictKind, 1, subject->record);
      subject->changed = true;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SubjectId>> IdentityEdit::MembersOf(CustomerId customer) {
  if (const auto it = members_.find(customer); it != members_.end()) return it->second;
  ASSIGN_OR_RETURN(const CustomerState* const state, GetCustomer(customer));
  return state->members;
}

absl::StatusOr<const IdentityEdit::Sides*> IdentityEdit::SidesOf(
    CustomerId customer, std::map<CustomerId, Sides>& known) {
  const auto [place, is_new] = known.try_emplace(customer);
  if (!is_new) return &place->second;
  ASSIGN_OR_RETURN(const std::vector<SubjectId> members, MembersOf(customer));
  RETURN_IF_ERROR(ReadSubjects(members));
  for (const SubjectId member : members) {
    for (const auto& one : subjects_.at(member).record.separations()) {
      place->second.emplace(one.decision(), one.second_side());
    }
  }
  return &place->second;
}

absl::StatusOr<bool> IdentityEdit::AreKeptApart(CustomerId near, CustomerId far,
                                                std::map<CustomerId, Sides>& known) {
  if (near == far) return false;
  ASSIGN_OR_RETURN(const Sides* const own, SidesOf(near, known));
  if (own->empty()) return false;
  relied_.insert(far);
  ASSIGN_OR_RETURN(const Sides* const others, SidesOf(far, known));
  return std::any_of(own->begin(), own->end(), [&](const auto& side) {
    return others->contains({side.first, !side.second});
  });
}

// Whether an edge waits depends on the edge, on whose its ends are, and on what keeps these apart.
// A change of any of them touches a customer that this change relies on: that of a subject here,
// or, where decisions count at all, also that of the other end.
absl::Status IdentityEdit::UpdateReviews(absl::Span<const SubjectId> subjects) {
  std::map<CustomerId, Sides> sides;
  std::set<SubjectPair> seen;
  for (const SubjectId id : subjects) {
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> pairs, GetPairs(id));
    for (const SubjectPair& pair : pairs) {
      if (!seen.insert(pair).second) continue;
      ASSIGN_OR_RETURN(StoredEdge edge, GetEdge(pair));
      bool waits = false;
      if (edge.has_score()) {
        ASSIGN_OR_RETURN(const Subject* const other, GetSubject(pair.Other(id)));
        ASSIGN_OR_RETURN(const bool apart, AreKeptApart(CustomerOf(id), other->customer, sides));
        waits = CustomerOf(id) != other->customer && !apart;
      }
      if (waits == edge.has_review()) continue;
      if (waits) {
        edge.mutable_review()->set_waiting_since_micros(now_);
      } else {
        edge.clear_review();
      }
      RETURN_IF_ERROR(SetEdge(pair, std::move(edge)));
    }
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
