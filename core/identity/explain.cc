// Explainer::Explain: why records and customers are one or are not.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/identity/candidates.h"
#include "core/identity/cluster_input.h"
#include "core/identity/explainer.h"
#include "core/identity/identity_edit.h"
#include "core/identity/identity_history.h"
#include "core/identity/join_obstacles.h"
#include "core/identity/resolve.h"
#include "core/identity/shared_blocks.h"
#include "core/matching/pair_explanation.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::CustomerState;
using storage::SubjectId;

constexpr size_t kMostPairs = 10;
constexpr size_t kMostRecordsCompared = 100;  // Of each side.
constexpr size_t kMostEvents = 1000;

// What one identifier of the request leads to.
struct Side {
  CustomerState customer;
  std::vector<SubjectId> subjects;  // All members, or the one that a key names.
  bool is_record = false;
};

absl::StatusOr<Side> SideOf(storage::Reader& reader, const v1::CustomerIdentifier& identifier,
                            TimeMicros now, absl::string_view path) {
  Side side;
  ASSIGN_OR_RETURN(side.customer, ResolveCustomer(reader, identifier, now, path));
  side.subjects = side.customer.members;
  if (identifier.has_subject() && !identifier.subject().customer_key().empty()) {
    ASSIGN_OR_RETURN(const storage::RecordKey record,
                     reader.FindByKey(SubjectKey(identifier.subject())));
    side.subjects = {record.subject};
    side.is_record = true;
  }
  return side;
}

// Two subjects and what is between them.
struct Tie {
  SubjectId first;
  SubjectId second;
  double probability = 0;
  double sum = 0;
};

// One question, on one snapshot.
class Explanation {
 public:
  Explanation(storage::Reader& reader, IdGenerator& ids, TimeMicros now, const MatchModel& model)
      : model_(model),
        // It only reads here; nobody is named as the author of anything.
        subjects_(reader, ids, now, IdentityEdit::Author{}),
        parties_(reader, model) {}

  // What holds the subjects of one customer together.
  absl::Status OfCustomer(const CustomerState& customer, v1::ExplainResponse& response) {
    ASSIGN_OR_RETURN(std::vector<SubjectPair> joins, JoinsOf(customer));
    if (joins.size() > kMostPairs) joins.resize(kMostPairs);
    std::vector<std::pair<SubjectId, SubjectId>> pairs;
    for (const SubjectPair& join : joins) pairs.emplace_back(join.first, join.second);
    ASSIGN_OR_RETURN(std::vector<Tie> ties, TiesOf(pairs));
    SortByProbability(ties);
    return ShowAll(ties, *response.mutable_pairs());
  }

  // What the subjects of two sides, of one customer or of two, say of each other.
  absl::Status OfTwo(const Side& first, const Side& second, v1::ExplainResponse& response) {
    RETURN_IF_ERROR(subjects_.ReadAhead(first.subjects));
    RETURN_IF_ERROR(subjects_.ReadAhead(second.subjects));
    ASSIGN_OR_RETURN(const auto pairs, PairsToCompare(first, second));
    ASSIGN_OR_RETURN(std::vector<Tie> ties, TiesOf(pairs));
    SortByProbability(ties);
    if (ties.size() > kMostPairs) ties.resize(kMostPairs);
    RETURN_IF_ERROR(ShowAll(ties, *response.mutable_pairs()));
    if (first.customer.customer != second.customer.customer) {
      return AddObstacles(first.customer, second.customer, response);
    }
    if (first.is_record && second.is_record) return AddChain(first, second, response);
    return absl::OkStatus();
  }

 private:
  using StoredEdge = IdentityEdit::StoredEdge;

  absl::StatusOr<bool> IsEstablished(SubjectId id) {
    ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, subjects_.GetSubject(id));
    return subject->established();
  }

  // The edges that make one customer of its subjects, the strongest first.
  absl::StatusOr<std::vector<SubjectPair>> JoinsOf(const CustomerState& customer) {
    RETURN_IF_ERROR(subjects_.ReadAhead(customer.members));
    std::map<SubjectId, size_t> place;
    std::vector<ClusterNode> nodes;
    for (const SubjectId member : customer.members) {
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, subjects_.GetSubject(member));
      place.emplace(member, nodes.size());
      nodes.push_back(ClusterNodeOf(subject->record));
    }
    std::vector<ClusterEdge> edges;
    std::vector<SubjectPair> pairs;
    for (const auto& [member, at] : place) {
      ASSIGN_OR_RETURN(const std::vector<SubjectPair> all, subjects_.GetPairs(member));
      for (const SubjectPair& pair : all) {
        const auto other = place.find(pair.second);
        if (pair.first != member || other == place.end()) continue;
        ASSIGN_OR_RETURN(const StoredEdge edge, subjects_.GetEdge(pair));
        const auto strength =
            StrengthOf(edge, nodes[at].established && nodes[other->second].established,
                       model_.join_probability());
        if (!strength.has_value()) continue;
        edges.push_back({at, other->second, strength->first, strength->second});
        pairs.push_back(pair);
      }
    }
    std::vector<SubjectPair> joins;
    for (const size_t join : ClusterSubjects(nodes, edges).joins) joins.push_back(pairs[join]);
    return joins;
  }

  // Pairs of a subject of each, as far as there is something to say of them: both have source
  // records, or there is an edge between them.
  absl::StatusOr<std::vector<std::pair<SubjectId, SubjectId>>> PairsToCompare(const Side& first,
                                                                              const Side& second) {
    std::vector<std::pair<SubjectId, SubjectId>> pairs;
    std::vector<SubjectId> records[2];
    for (const bool is_second : {false, true}) {
      for (const SubjectId id : (is_second ? second : first).subjects) {
        ASSIGN_OR_RETURN(const bool established, IsEstablished(id));
        if (established && records[is_second].size() < kMostRecordsCompared) {
          records[is_second].push_back(id);
        }
      }
    }
    std::set<SubjectPair> seen;
    const auto add = [&](SubjectId a, SubjectId b) {
      if (a != b && seen.insert(SubjectPair::Of(a, b)).second) pairs.emplace_back(a, b);
    };
    for (const SubjectId a : records[0]) {
      for (const SubjectId b : records[1]) add(a, b);
    }
    const std::set<SubjectId> others(second.subjects.begin(), second.subjects.end());
    for (const SubjectId id : first.subjects) {
      ASSIGN_OR_RETURN(const std::vector<SubjectPair> edges, subjects_.GetPairs(id));
      for (const SubjectPair& pair : edges) {
        if (!others.contains(pair.Other(id))) continue;
        ASSIGN_OR_RETURN(const StoredEdge edge, subjects_.GetEdge(pair));
        if (Refers(edge) || !edge.steward_merge().empty()) add(id, pair.Other(id));
      }
    }
    return pairs;
  }

  // Reads what they say of each other.
  absl::StatusOr<std::vector<Tie>> TiesOf(
      const std::vector<std::pair<SubjectId, SubjectId>>& pairs) {
    std::set<SubjectId> subjects;
    for (const auto& [a, b] : pairs) subjects.insert({a, b});
    std::vector<const v1::SubjectReference*> names;
    for (const SubjectId id : subjects) {
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, subjects_.GetSubject(id));
      if (subject->established() && parties_.Find(id) == nullptr) {
        names.push_back(&subject->record.references(0));
      }
    }
    RETURN_IF_ERROR(parties_.ReadSources(names));
    RETURN_IF_ERROR(parties_.LeaveOutShared());
    std::vector<Tie> ties;
    for (const auto& [a, b] : pairs) {
      Tie tie = {.first = a, .second = b};
      ASSIGN_OR_RETURN(const StoredEdge edge, subjects_.GetEdge(SubjectPair::Of(a, b)));
      if (AreScored(a, b)) {
        const PairScore score = ScoreOf(a, b, edge);
        tie.probability = score.probability;
        tie.sum = score.sum;
      } else if (Refers(edge)) {
        tie.probability = 1;
      }
      ties.push_back(tie);
    }
    return ties;
  }

  bool AreScored(SubjectId a, SubjectId b) const {
    return parties_.Find(a) != nullptr && parties_.Find(b) != nullptr;
  }

  PairScore ScoreOf(SubjectId a, SubjectId b, const StoredEdge& edge) const {
    return ScorePair(model_, parties_.Find(a)->view, parties_.Find(b)->view, Refers(edge));
  }

  static void SortByProbability(std::vector<Tie>& ties) {
    std::stable_sort(ties.begin(), ties.end(), [](const Tie& a, const Tie& b) {
      return std::tie(b.probability, b.sum) < std::tie(a.probability, a.sum);
    });
  }

  absl::Status ShowAll(const std::vector<Tie>& ties,
                       google::protobuf::RepeatedPtrField<v1::PairExplanation>& shown) {
    std::set<BlockingKey> blocks;
    for (const Tie& tie : ties) {
      if (!AreScored(tie.first, tie.second)) continue;
      const auto shared =
          SharedBlocks(model_, *parties_.Find(tie.first), *parties_.Find(tie.second));
      blocks.insert(shared.begin(), shared.end());
    }
    RETURN_IF_ERROR(parties_.FindHolders(blocks));
    for (const Tie& tie : ties) RETURN_IF_ERROR(Show(tie, *shown.Add()));
    return absl::OkStatus();
  }

  absl::Status Show(const Tie& tie, v1::PairExplanation& explanation) {
    ASSIGN_OR_RETURN(const StoredEdge edge,
                     subjects_.GetEdge(SubjectPair::Of(tie.first, tie.second)));
    if (AreScored(tie.first, tie.second)) {
      ExplainScore(model_, ScoreOf(tie.first, tie.second, edge), explanation);
      ExplainBlocks(SharedBlocks(model_, *parties_.Find(tie.first), *parties_.Find(tie.second)),
                    parties_, explanation);
    } else if (Refers(edge)) {
      ExplainReference(model_, explanation);
    }
    explanation.set_steward_merge(!edge.steward_merge().empty());
    ASSIGN_OR_RETURN(const IdentityEdit::Subject* const first, subjects_.GetSubject(tie.first));
    *explanation.mutable_first_record() = first->record.references(0);
    ASSIGN_OR_RETURN(const IdentityEdit::Subject* const second, subjects_.GetSubject(tie.second));
    *explanation.mutable_second_record() = second->record.references(0);
    return absl::OkStatus();
  }

  absl::Status AddObstacles(const CustomerState& first, const CustomerState& second,
                            v1::ExplainResponse& response) {
    std::vector<const yilan::storage::v1::Subject*> records[2];
    bool established[2] = {false, false};
    for (const bool is_second : {false, true}) {
      const std::vector<SubjectId>& members = (is_second ? second : first).members;
      RETURN_IF_ERROR(subjects_.ReadAhead(members));
      for (const SubjectId id : members) {
        ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, subjects_.GetSubject(id));
        records[is_second].push_back(&subject->record);
        established[is_second] |= subject->established();
      }
    }
    for (const v1::JoinObstacle obstacle : ObstaclesBetween(records[0], records[1])) {
      response.add_obstacles(obstacle);
    }
    const bool is_named = std::any_of(
        response.pairs().begin(), response.pairs().end(), [](const v1::PairExplanation& pair) {
          return pair.rule() == v1::MATCH_RULE_STATED_REFERENCE && pair.fields().empty();
        });
    if (is_named && response.obstacles().empty() && established[0] && established[1]) {
      response.add_obstacles(v1::JOIN_OBSTACLE_CLAIMED_BY_ANOTHER);
    }
    return absl::OkStatus();
  }

  // How one subject of a customer leads to another, if not by an edge between the two.
  absl::Status AddChain(const Side& first, const Side& second, v1::ExplainResponse& response) {
    const SubjectId from = first.subjects.front();
    const SubjectId to = second.subjects.front();
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> joins, JoinsOf(first.customer));
    std::map<SubjectId, std::vector<SubjectId>> neighbors;
    for (const SubjectPair& join : joins) {
      neighbors[join.first].push_back(join.second);
      neighbors[join.second].push_back(join.first);
    }
    std::map<SubjectId, SubjectId> came_from = {{from, from}};
    std::deque<SubjectId> queue = {from};
    while (!queue.empty() && !came_from.contains(to)) {
      const SubjectId at = queue.front();
      queue.pop_front();
      for (const SubjectId next : neighbors[at]) {
        if (came_from.emplace(next, at).second) queue.push_back(next);
      }
    }
    if (!came_from.contains(to)) return absl::OkStatus();
    std::vector<std::pair<SubjectId, SubjectId>> way;
    for (SubjectId at = to; at != from; at = came_from.at(at)) {
      way.emplace_back(came_from.at(at), at);
    }
    if (way.size() < 2) return absl::OkStatus();
    std::reverse(way.begin(), way.end());
    ASSIGN_OR_RETURN(const std::vector<Tie> ties, TiesOf(way));
    return ShowAll(ties, *response.mutable_chain());
  }

  const MatchModel& model_;
  IdentityEdit subjects_;
  Candidates parties_;
};

absl::Status AddEvents(storage::Reader& reader, const std::vector<CustomerId>& customers,
                       v1::ExplainResponse& response) {
  IdentityHistory events;
  for (const CustomerId customer : customers) {
    ASSIGN_OR_RETURN(IdentityHistory more, HistoryOf(reader, customer));
    events.merge(more);
  }
  for (const auto& [id, event] : events) {
    if (static_cast<size_t>(response.events_size()) == kMostEvents) break;
    RETURN_IF_ERROR(ShowEvent(reader, id, event, *response.add_events()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Explainer::Explain(const Call& call, const v1::ExplainRequest& request,
                                v1::ExplainResponse& response) {
  const TimeMicros now = clock_.Now();
  const std::shared_ptr<const MatchModel> model = models_.Active();
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    Explanation explanation(reader, ids_, now, *model);
    ASSIGN_OR_RETURN(const Side first, SideOf(reader, request.first(), now, "first"));
    response.set_first_customer_id(first.customer.customer.ToString());
    std::vector<CustomerId> customers = {first.customer.customer};
    if (!request.has_second()) {
      RETURN_IF_ERROR(explanation.OfCustomer(first.customer, response));
      return AddEvents(reader, customers, response);
    }
    ASSIGN_OR_RETURN(const Side second, SideOf(reader, request.second(), now, "second"));
    response.set_second_customer_id(second.customer.customer.ToString());
    response.set_same_customer(first.customer.customer == second.customer.customer);
    if (!response.same_customer()) customers.push_back(second.customer.customer);
    if (response.same_customer() && !first.is_record && !second.is_record) {
      RETURN_IF_ERROR(explanation.OfCustomer(first.customer, response));
    } else {
      RETURN_IF_ERROR(explanation.OfTwo(first, second, response));
    }
    return AddEvents(reader, customers, response);
  }));
}

}  // namespace yilan::core
