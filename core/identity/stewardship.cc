#include "core/identity/stewardship.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/identity/identity_edit.h"
#include "core/identity/identity_history.h"
#include "core/identity/identity_records.h"
#include "core/identity/join_obstacles.h"
#include "core/identity/resolve.h"
#include "core/validation/page_token.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::CustomerState;
using storage::SubjectId;
using yilan::storage::v1::Separation;
using yilan::storage::v1::StoredIdentityEvent;

absl::Status SameCustomer(const char* what_to_do) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_SAME_CUSTOMER,
                         what_to_do);
}

absl::Status NoSuchMerge() {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_IDENTITY_EVENT_NOT_FOUND,
                         "no merge goes by this event_id; ListHistory of the customer names them");
}

absl::Status NotInEffect(const char* why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                         v1::ERROR_REASON_MERGE_NOT_IN_EFFECT, why);
}

void Lift(const std::set<std::string>& decisions, std::vector<IdentityEdit::Subject*>& subjects) {
  for (IdentityEdit::Subject* subject : subjects) {
    auto& separations = *subject->record.mutable_separations();
    for (int i = separations.size() - 1; i >= 0; --i) {
      if (!decisions.contains(separations[i].decision())) continue;
      separations.DeleteSubrange(i, 1);
      subject->changed = true;
    }
  }
}

void Separate(const std::string& decision, bool second_side, IdentityEdit::Subject& subject) {
  auto& separations = *subject.record.mutable_separations();
  int at = 0;
  while (at < separations.size() && separations[at].decision() < decision) ++at;
  Separation* const added = separations.Add();
  added->set_decision(decision);
  added->set_second_side(second_side);
  for (int i = separations.size() - 1; i > at; --i) separations.SwapElements(i, i - 1);
  subject.changed = true;
}

absl::StatusOr<std::vector<IdentityEdit::Subject*>> SubjectsOf(IdentityEdit& edit,
                                                               const CustomerState& customer) {
  std::vector<IdentityEdit::Subject*> subjects;
  for (const SubjectId member : customer.members) {
    ASSIGN_OR_RETURN(subjects.emplace_back(), edit.GetSubject(member));
  }
  return subjects;
}

std::vector<const yilan::storage::v1::Subject*> RecordsOf(
    const std::vector<IdentityEdit::Subject*>& subjects) {
  std::vector<const yilan::storage::v1::Subject*> records;
  for (const IdentityEdit::Subject* subject : subjects) records.push_back(&subject->record);
  return records;
}

// The subject that speaks for a customer: one with a source record, if there is one. By its name,
// so that a decision does not rest on the order in which the records came.
SubjectId Representative(const std::vector<IdentityEdit::Subject*>& subjects) {
  const auto rank = [](const IdentityEdit::Subject* subject) {
    return std::pair(!subject->established(), ClusterName(subject->record));
  };
  return (*std::min_element(subjects.begin(), subjects.end(),
                            [&](const auto* a, const auto* b) { return rank(a) < rank(b); }))
      ->id;
}

// Why a steward's merge would not hold.
absl::Status CheckMergeable(const std::vector<IdentityEdit::Subject*>& into,
                            const std::vector<IdentityEdit::Subject*>& from) {
  if (AreTooMany(into.size(), from.size())) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_LARGE,
                           "together they would have more subjects than a customer may have");
  }
  if (!DocumentsDiffer(RecordsOf(into), RecordsOf(from))) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                         v1::ERROR_REASON_DIFFERENT_DOCUMENTS,
                         "each has a verified identity document that the other has not; correct "
                         "the source record whose document is wrong, then merge");
}

}  // namespace

absl::Status PlanMerge(IdentityEdit& edit, IdGenerator& ids, const CustomerState& into,
                       const CustomerState& from, const SubjectPair& pair, bool lift_separation,
                       const MatchModel& model) {
  ASSIGN_OR_RETURN(auto kept, SubjectsOf(edit, into));
  ASSIGN_OR_RETURN(auto moved, SubjectsOf(edit, from));
  const std::set<std::string> decisions = DecisionsBetween(RecordsOf(kept), RecordsOf(moved));
  if (!decisions.empty() && !lift_separation) {
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_CUSTOMERS_SEPARATED,
        "a steward decided that these are different customers; ListHistory has the decision. Set "
        "lift_separation to take it back");
  }
  RETURN_IF_ERROR(CheckMergeable(kept, moved));
  Lift(decisions, kept);
  Lift(decisions, moved);
  ASSIGN_OR_RETURN(auto edge, edit.GetEdge(pair));
  edge.set_steward_merge(BytesOf(ids.Next<IdentityEventTag>()));
  RETURN_IF_ERROR(edit.SetEdge(pair, std::move(edge)));
  const bool first_stays = edit.CustomerOf(pair.first) == into.customer;
  const IdentityEdit::Chosen stays = {into.customer, first_stays ? pair.first : pair.second};
  RETURN_IF_ERROR(edit.Recluster({pair.first, pair.second}, model, {stays}));
  if (edit.CustomerOf(pair.first) != edit.CustomerOf(pair.second)) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_MISMATCH,
                           "other evidence keeps them apart; ListHistory and the identity "
                           "conflicts in their views say which");
  }
  return absl::OkStatus();
}

absl::StatusOr<IdentityEventId> PlanSeparation(IdentityEdit& edit, IdGenerator& ids,
                                               const CustomerState& first,
                                               const CustomerState& second) {
  const IdentityEventId decision = ids.Next<IdentityEventTag>();
  ASSIGN_OR_RETURN(auto ones, SubjectsOf(edit, first));
  ASSIGN_OR_RETURN(auto others, SubjectsOf(edit, second));
  for (IdentityEdit::Subject* subject : ones) Separate(BytesOf(decision), false, *subject);
  for (IdentityEdit::Subject* subject : others) Separate(BytesOf(decision), true, *subject);
  StoredIdentityEvent event;
  event.set_type(StoredIdentityEvent::TYPE_NOT_DUPLICATE);
  event.set_from_customer(BytesOf(first.customer));
  event.set_into_customer(BytesOf(second.customer));
  edit.AddEvent(decision, ones.front()->id, std::move(event));
  // What was between the two waits no longer.
  RETURN_IF_ERROR(edit.ReadAhead(first.members));
  RETURN_IF_ERROR(edit.UpdateReviews(first.members));
  return decision;
}

std::string MergeEventOf(const IdentityEdit& edit, CustomerId customer, const SubjectPair& pair) {
  for (const auto& [id, event] : edit.moves()) {
    if (event.type() != StoredIdentityEvent::TYPE_MERGE ||
        event.into_customer() != BytesOf(customer)) {
      continue;
    }
    // Others may have come along.
    for (const std::string& moved : event.moved_subjects()) {
      if (moved == BytesOf(pair.first) || moved == BytesOf(pair.second)) return id.ToString();
    }
  }
  return "";
}

absl::Status Stewardship::Merge(const Call& call, const v1::MergeRequest& request,
                                v1::MergeResponse& response) {
  return models_.Decide(call.storage(), [&](const MatchModel& model) {
    return Merge(call, model, request, response);
  });
}

absl::Status Stewardship::Merge(const Call& call, const MatchModel& model,
                                const v1::MergeRequest& request, v1::MergeResponse& response) {
  const TimeMicros now = clock_.Now();
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  std::optional<IdentityEdit> edit;
  CustomerId target;
  SubjectPair pair;
  RETURN_IF_ERROR(once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        edit.emplace(reader, ids_, now,
                     IdentityEdit::Author{call.client, once.Key().request_id, request.note()});
        ASSIGN_OR_RETURN(const CustomerState into,
                         ResolveCustomer(reader, request.into_customer(), now, "into_customer"));
        ASSIGN_OR_RETURN(const CustomerState from,
                         ResolveCustomer(reader, request.from_customer(), now, "from_customer"));
        if (into.customer == from.customer) {
          return SameCustomer("both identifiers lead to one customer; there is nothing to merge");
        }
        target = into.customer;
        ASSIGN_OR_RETURN(const auto kept, SubjectsOf(*edit, into));
        ASSIGN_OR_RETURN(const auto moved, SubjectsOf(*edit, from));
        pair = SubjectPair::Of(Representative(kept), Representative(moved));
        RETURN_IF_ERROR(PlanMerge(*edit, ids_, into, from, pair, request.lift_separation(), model));
        return edit->Plan();
      },
      [&](storage::Transaction& txn) -> absl::Status {
        response.Clear();
        RETURN_IF_ERROR(edit->Apply(txn));
        ASSIGN_OR_RETURN(const CustomerState customer, txn.GetCustomer(target));
        response.set_customer_id(target.ToString());
        response.set_customer_etag(EtagOf(customer.revision));
        response.set_event_id(MergeEventOf(*edit, target, pair));
        return absl::OkStatus();
      }));
  if (request.validate_only()) {
    response.clear_customer_etag();
    response.clear_event_id();
  }
  return absl::OkStatus();
}

absl::Status Stewardship::Unmerge(const Call& call, const v1::UnmergeRequest& request,
                                  v1::UnmergeResponse& response) {
  return models_.Decide(call.storage(), [&](const MatchModel& model) {
    return Unmerge(call, model, request, response);
  });
}

absl::Status Stewardship::Unmerge(const Call& call, const MatchModel& model,
                                  const v1::UnmergeRequest& request,
                                  v1::UnmergeResponse& response) {
  const TimeMicros now = clock_.Now();
  const auto merge = IdentityEventId::FromString(request.event_id());
  if (!merge.has_value()) return NoSuchMerge();
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  std::optional<IdentityEdit> edit;
  CustomerId stays;
  std::vector<SubjectId> leaving;
  RETURN_IF_ERROR(once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        edit.emplace(reader, ids_, now,
                     IdentityEdit::Author{call.client, once.Key().request_id, request.note()});
        leaving.clear();
        const auto key = reader.FindByKey(EventKey(*merge));
        if (absl::IsNotFound(key.status())) return NoSuchMerge();
        RETURN_IF_ERROR(key.status());
        ASSIGN_OR_RETURN(const storage::Record record, reader.Get(*key));
        StoredIdentityEvent event;
        if (!event.ParseFromString(record.payload)) {
          return absl::DataLossError("an entry of the ledger of identity does not parse");
        }
        if (event.type() != StoredIdentityEvent::TYPE_MERGE) return NoSuchMerge();
        if (reader.FindByKey(UndoneKey(*merge)).ok()) {
          return NotInEffect("this merge was undone before; ListHistory has when and by whom");
        }
        // Those on either side of the merge that are together now.
        std::set<SubjectId> joined;
        for (const std::string& id : event.joined_subjects()) {
          joined.insert(SubjectId::FromBytes(id));
        }
        std::set<CustomerId> customers;
        for (const std::string& id : event.moved_subjects()) {
          ASSIGN_OR_RETURN(const auto* subject, edit->GetSubject(SubjectId::FromBytes(id)));
          ASSIGN_OR_RETURN(const CustomerState* customer, edit->GetCustomer(subject->customer));
          const bool together = std::any_of(customer->members.begin(), customer->members.end(),
                                            [&](SubjectId m) { return joined.contains(m); });
          if (!together) continue;
          leaving.push_back(subject->id);
          customers.insert(subject->customer);
        }
        if (leaving.empty()) {
          return NotInEffect("what this merge joined is apart again; ListHistory says since when");
        }
        const std::string decision = BytesOf(ids_.Next<IdentityEventTag>());
        const std::set<SubjectId> second(leaving.begin(), leaving.end());
        std::vector<SubjectId> seeds;
        for (const CustomerId id : customers) {
          ASSIGN_OR_RETURN(const CustomerState* customer, edit->GetCustomer(id));
          stays = id;
          for (const SubjectId member : customer->members) {
            seeds.push_back(member);
            ASSIGN_OR_RETURN(auto* subject, edit->GetSubject(member));
            if (second.contains(member)) Separate(decision, true, *subject);
            if (joined.contains(member)) Separate(decision, false, *subject);
          }
        }
        // A steward's own word for the merge is taken back.
        for (const SubjectId one : leaving) {
          ASSIGN_OR_RETURN(const auto pairs, edit->GetPairs(one));
          for (const SubjectPair& pair : pairs) {
            if (!joined.contains(pair.Other(one))) continue;
            ASSIGN_OR_RETURN(auto edge, edit->GetEdge(pair));
            edge.clear_steward_merge();
            RETURN_IF_ERROR(edit->SetEdge(pair, std::move(edge)));
          }
        }
        // The former id, if nobody has it now; and the id of who stays, for who stays.
        std::vector<IdentityEdit::Chosen> chosen;
        const CustomerId former = CustomerId::FromBytes(event.from_customer());
        ASSIGN_OR_RETURN(const CustomerState* before, edit->GetCustomer(former));
        if (before->members.empty()) chosen.emplace_back(former, leaving.front());
        for (const SubjectId one : joined) {
          if (edit->CustomerOf(one) == stays) {
            chosen.emplace_back(stays, one);
            break;
          }
        }
        edit->SetUndone(*merge);
        RETURN_IF_ERROR(edit->Recluster(seeds, model, chosen));
        edit->MarkUndone(*merge);
        return edit->Plan();
      },
      [&](storage::Transaction& txn) -> absl::Status {
        response.Clear();
        RETURN_IF_ERROR(edit->Apply(txn));
        response.set_customer_id(stays.ToString());
        std::set<std::string> separated;
        for (const SubjectId subject : leaving) {
          const std::string id = edit->CustomerOf(subject).ToString();
          if (separated.insert(id).second) response.add_separated_customer_ids(id);
        }
        return absl::OkStatus();
      }));
  return absl::OkStatus();
}

absl::Status Stewardship::MarkNotDuplicate(const Call& call,
                                           const v1::MarkNotDuplicateRequest& request,
                                           v1::MarkNotDuplicateResponse& response) {
  const TimeMicros now = clock_.Now();
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  std::optional<IdentityEdit> edit;
  IdentityEventId decision;
  RETURN_IF_ERROR(once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        edit.emplace(reader, ids_, now,
                     IdentityEdit::Author{call.client, once.Key().request_id, request.note()});
        ASSIGN_OR_RETURN(const CustomerState first,
                         ResolveCustomer(reader, request.first_customer(), now, "first_customer"));
        ASSIGN_OR_RETURN(
            const CustomerState second,
            ResolveCustomer(reader, request.second_customer(), now, "second_customer"));
        if (first.customer == second.customer) {
          return SameCustomer(
              "both identifiers lead to one customer; undo the merge that joined them (Unmerge, "
              "ListHistory names it), which also keeps them apart");
        }
        ASSIGN_OR_RETURN(decision, PlanSeparation(*edit, ids_, first, second));
        return edit->Plan();
      },
      [&](storage::Transaction& txn) -> absl::Status {
        response.Clear();
        RETURN_IF_ERROR(edit->Apply(txn));
        response.set_event_id(decision.ToString());
        return absl::OkStatus();
      }));
  if (request.validate_only()) response.clear_event_id();
  return absl::OkStatus();
}

absl::Status Stewardship::ListHistory(const Call& call, const v1::ListHistoryRequest& request,
                                      v1::ListHistoryResponse& response) {
  const TimeMicros now = clock_.Now();
  const auto page_size = static_cast<size_t>(ClampPageSize(request.page_size()));
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const CustomerState customer,
                     ResolveCustomer(reader, request.customer(), now));
    response.set_redirected_from_customer_id(RedirectedFrom(request.customer(), customer.customer));
    const uint64_t query = QueryHash({"ListHistory", customer.customer.ToString()});
    ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
    IdentityEventId after;
    if (position.size() == IdentityEventId::kBytes) after = IdentityEventId::FromBytes(position);
    ASSIGN_OR_RETURN(const auto events, HistoryOf(reader, customer.customer));
    for (auto it = events.upper_bound(after); it != events.end(); ++it) {
      if (static_cast<size_t>(response.events_size()) == page_size) {
        response.set_next_page_token(MakePageToken(query, BytesOf(std::prev(it)->first)));
        break;
      }
      RETURN_IF_ERROR(ShowEvent(reader, it->first, it->second, *response.add_events()));
    }
    return absl::OkStatus();
  }));
}

}  // namespace yilan::core
