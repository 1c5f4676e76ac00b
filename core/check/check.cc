#include "core/check/check.h"

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/billing/account_balance.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/cluster_input.h"
#include "core/identity/identity_records.h"
#include "core/identity/match_models.h"
#include "core/identity/model_operations.h"
#include "core/identity/own_customers.h"
#include "core/matching/match_model.h"
#include "core/quality/quality.h"
#include "core/survivorship/active_survivorship.h"
#include "core/validation/field_rules.h"
#include "google/protobuf/util/message_differencer.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::Message;
using storage::Change;
using storage::CustomerId;
using storage::CustomerState;
using storage::HistoryEntry;
using storage::Record;
using storage::SubjectId;

// A subject as its record tells, and as its facts add up.
struct SubjectSums {
  bool in_customer = false;
  bool has_record = false;
  bool has_facts = false;
  storage::CustomerId customer;
  yilan::storage::v1::Subject stored;
  WorkingSet::SubjectState summed;
};

class Checker {
 public:
  Checker(CheckReport& report, TimeMicros now) : report_(report), now_(now) {}

  void Visit(const storage::ExportEntry& entry) {
    std::visit([this](const auto& value) { See(value); }, entry);
  }

  void Finish() {
    report_.subjects = 0;
    for (auto& [id, subject] : subjects_) {
      if (IsOwnSubject(id)) continue;
      ++report_.subjects;
      if (!subject.in_customer)
        Damage(absl::StrCat("subject ", id.ToString(), " is in no customer"));
      if (!subject.has_record) {
        Damage(absl::StrCat("subject ", id.ToString(), " has no record of its own"));
        continue;
      }
      CompareTotals(id, subject);
    }
    CheckClusters();
  }

 private:
  void See(const CustomerState& customer) {
    if (!customer.members.empty() && !IsOwnCustomer(customer.customer)) ++report_.customers;
    for (const SubjectId member : customer.members) {
      SubjectSums& subject = subjects_[member];
      if (subject.in_customer) {
        Damage(absl::StrCat("subject ", member.ToString(), " is in two customers"));
      }
      subject.in_customer = true;
      subject.customer = customer.customer;
    }
  }

  void See(const Record& record) {
    ++report_.records;
    SubjectSums& subject = subjects_[record.key.subject];
    for (const std::string& key : record.keys) {
      if (!keys_.emplace(key, true).second) {
        Damage(absl::StrCat("two records hold the same key; one is of subject ",
                            record.key.subject.ToString()));
      }
    }
    switch (record.key.kind) {
      case kSubjectKind:
        subject.has_record = true;
        if (!subject.stored.ParseFromString(record.payload)) Unparsable(record.key);
        return;
      case kTombstoneKind:
        return CheckParse<yilan::storage::v1::Tombstone>(record);
      case kIdentityConflictKind:
        WorkingSet::Count(kIdentityConflictKind, 1, subject.summed);
        return CheckParse<yilan::storage::v1::StoredIdentityConflict>(record);
      case kQuarantinedFactKind:
        return CheckParse<yilan::storage::v1::StoredQuarantinedFact>(record);
      case kSurvivorshipRulesKind:
        return SeeSurvivorshipRules(record);
      case kQualityScorecardKind:
        return CheckOwn<v1::QualityScorecard>(record, QualityScorecardKey());
      case kQualityComputationKind:
        return CheckOwn<v1::QualityComputation>(record, QualityComputationKey());
      case kMatchModelKind:
        return SeeModel(record);
      case kActiveModelKind:
        return SeeActiveModel(record);
      case kModelOperationKind:
        return CheckOwn<v1::ModelOperation>(record, ModelOperationKey());
      case kIdentityEdgeKind:
        return SeeEdge(record);
      case kIdentityEventKind:
        return CheckParse<yilan::storage::v1::StoredIdentityEvent>(record);
      case kOverflowedBlockKind:
        return CheckParse<yilan::storage::v1::StoredOverflowedBlock>(record);
      default:
        return SeeFact(record, subject);
    }
  }

  void SeeEdge(const Record& record) {
    const SubjectPair pair = PairOfEdge(record.key);
    yilan::storage::v1::StoredIdentityEdge edge;
    if (!edge.ParseFromString(record.payload)) return Unparsable(record.key);
    if (!(pair.first < pair.second) || IsEmpty(edge) || edge.references_to_first() < 0 ||
        edge.references_to_second() < 0 || record.terms != EdgeRecord(pair, edge, 0).terms) {
      return Damage(absl::StrCat("what is between the subjects ", pair.first.ToString(), " and ",
                                 pair.second.ToString(), " is not stored as it should be"));
    }
    edges_.emplace_back(pair, std::move(edge));
  }

  void SeeModel(const Record& record) {
    yilan::storage::v1::StoredMatchModelPart part;
    if (!part.ParseFromString(record.payload)) return Unparsable(record.key);
    if (part.has_model()) {
      join_probabilities_[part.model().version()] = part.model().join_probability();
    }
  }

  void SeeActiveModel(const Record& record) {
    const auto version = ReadActiveModel(record.payload);
    if (!version.ok()) return Unparsable(record.key);
    if (!(record.key == ActiveModelKey())) {
      return Damage(absl::StrCat("a record of kind ", record.key.kind, " is stored under subject ",
                                 record.key.subject.ToString(), ", where nobody looks for it"));
    }
    active_model_ = *version;
  }

  // Whether the customers are what the edges between subjects make of them.
  void CheckClusters() {
    const auto model = join_probabilities_.find(active_model_);
    if (model == join_probabilities_.end()) {
      return Damage("the match model that holds is not there; activate one that is");
    }
    const double join_probability = model->second;
    for (const auto& [pair, edge] : edges_) {
      // Nothing is promised before all is resolved by the model that holds.
      if (edge.has_score() && edge.score().model_version() != active_model_) return;
    }
    absl::flat_hash_map<SubjectId, size_t> place;
    std::vector<ClusterNode> nodes;
    std::vector<CustomerId> customers;
    for (const auto& [id, subject] : subjects_) {
      if (IsOwnSubject(id) || !subject.has_record || subject.stored.references().empty()) continue;
      // Nothing is promised while somebody waits for a decision.
      if (subject.stored.has_resolve_pending_since_micros()) return;
      place[id] = nodes.size();
      nodes.push_back(ClusterNodeOf(subject.stored));
      customers.push_back(subject.customer);
    }
    CheckReviews();
    std::vector<ClusterEdge> edges;
    for (const auto& [pair, edge] : edges_) {
      const auto a = place.find(pair.first);
      const auto b = place.find(pair.second);
      if (a == place.end() || b == place.end()) {
        Damage(absl::StrCat("something is between the subjects ", pair.first.ToString(), " and ",
                            pair.second.ToString(), ", one of which is not there"));
        continue;
      }
      const auto strength = StrengthOf(
          edge, nodes[a->second].established && nodes[b->second].established, join_probability);
      if (strength.has_value()) {
        edges.push_back({a->second, b->second, strength->first, strength->second});
      }
    }
    const Clusters clusters = ClusterSubjects(nodes, edges);
    std::vector<CustomerId> customer_of(clusters.count);
    absl::flat_hash_map<CustomerId, size_t> cluster_of;
    for (size_t i = 0; i < nodes.size(); ++i) {
      CustomerId& customer = customer_of[clusters.cluster_of[i]];
      if (customer.IsNil()) customer = customers[i];
      const auto known = cluster_of.emplace(customers[i], clusters.cluster_of[i]).first;
      if (customer != customers[i] || known->second != clusters.cluster_of[i]) {
        Damage(absl::StrCat("customer ", customers[i].ToString(),
                            " does not consist of the subjects that belong together"));
      }
    }
  }

  // Whether just those pairs wait for a steward that are alike, and of two customers that nobody
  // has kept apart.
  void CheckReviews() {
    absl::flat_hash_map<CustomerId, std::set<std::pair<std::string, bool>>> sides;
    for (const auto& [id, subject] : subjects_) {
      for (const auto& one : subject.stored.separations()) {
        sides[subject.customer].emplace(one.decision(), one.second_side());
      }
    }
    for (const auto& [pair, edge] : edges_) {
      const auto first = subjects_.find(pair.first);
      const auto second = subjects_.find(pair.second);
      if (first == subjects_.end() || second == subjects_.end()) continue;  // Found elsewhere.
      const CustomerId a = first->second.customer;
      const CustomerId b = second->second.customer;
      bool waits = edge.has_score() && a != b;
      const auto own = sides.find(a);
      const auto others = sides.find(b);
      if (waits && own != sides.end() && others != sides.end()) {
        for (const auto& [decision, second_side] : own->second) {
          if (others->second.contains({decision, !second_side})) waits = false;
        }
      }
      if (waits == edge.has_review()) continue;
      Damage(absl::StrCat("the subjects ", pair.first.ToString(), " and ", pair.second.ToString(),
                          waits ? " do not wait" : " wait", " for a steward, and should",
                          waits ? "" : " not"));
    }
  }

  // A record of Yilan's own of which there is one, in its place.
  template <typename T>
  void CheckOwn(const Record& record, const storage::RecordKey& place) {
    if (!(record.key == place)) {
      Damage(absl::StrCat("a record of kind ", record.key.kind, " is stored under subject ",
                          record.key.subject.ToString(), ", where nobody looks for it"));
    }
    CheckParse<T>(record);
  }

  void SeeSurvivorshipRules(const Record& record) {
    CheckOwn<v1::SurvivorshipRules>(record, SurvivorshipRulesKey());
    v1::SurvivorshipRules rules;
    if (!rules.ParseFromString(record.payload)) return;
    Violations violations;
    CheckFieldRules(rules, "survivorship_rules", violations);
    SurvivorshipRules::Check(rules, "survivorship_rules", violations);
    for (const Violation& violation : violations.list()) {
      Damage(absl::StrCat("the stored ", violation.field, " ", violation.description));
    }
    if (rules.version() <= 0 ||
        record.version.source_version != static_cast<uint64_t>(rules.version())) {
      Damage("the survivorship rules have another version than their record");
    }
  }

  void SeeFact(const Record& record, SubjectSums& subject) {
    const FactKind* const kind = FindFactKind(record.key.kind);
    if (kind == nullptr) {
      Damage(absl::StrCat("a record of subject ", record.key.subject.ToString(),
                          " is of the unknown kind ", record.key.kind));
      return;
    }
    const std::unique_ptr<Message> fact = Parse(*kind, record.payload);
    if (fact == nullptr) return Unparsable(record.key);
    const v1::FactSource& source = kind->source(*fact);
    const std::string fact_key = FactKey(kind->kind, source.source_system(), source.key());
    bool has_key = false;
    for (const std::string& key : record.keys) has_key |= key == fact_key;
    const std::string record_id =
        FactRecordId(kind->occurrence_time(*fact), FactId(source.source_system(), source.key()));
    if (!has_key || record_id != record.key.record_id) {
      Damage(absl::StrCat("a ", kind->name, " of subject ", record.key.subject.ToString(),
                          " is not stored under its own key"));
    }
    kind->tally(*fact, 1, now_, subject.summed.record);
    WorkingSet::Count(kind->kind, 1, subject.summed);
  }

  void See(const HistoryEntry& entry) {
    ++report_.history_entries;
    if (entry.kind == kSurvivorshipRulesKind && !entry.deletion &&
        v1::SurvivorshipRules().ParseFromString(entry.payload)) {
      return;
    }
    if (entry.kind == kActiveModelKind && ReadActiveModel(entry.payload).ok()) return;
    const FactKind* const kind = FindFactKind(entry.kind);
    if (kind == nullptr || (!entry.deletion && Parse(*kind, entry.payload) == nullptr)) {
      Damage(absl::StrCat("a version in the history of subject ", entry.subject.ToString(),
                          " does not parse"));
    }
  }

  void See(const Change& change) {
    ++report_.changes;
    std::optional<uint64_t>& last = last_sequence_[static_cast<size_t>(change.partition)];
    if (last.has_value() && change.sequence != *last + 1) {
      Damage(absl::StrCat("the change feed of partition ", change.partition, " jumps from ", *last,
                          " to ", change.sequence));
    }
    last = change.sequence;
  }

  void See(const std::pair<storage::RequestKey, storage::StoredRequest>&) { ++report_.requests; }
  void See(const storage::FeedBounds&) {}
  // Only Import is told of what is gone.
  void See(const storage::RecordKey&) {}
  void See(const storage::RequestKey&) {}

  static std::unique_ptr<Message> Parse(const FactKind& kind, absl::string_view payload) {
    std::unique_ptr<Message> fact(google::protobuf::MessageFactory::generated_factory()
                                      ->GetPrototype(kind.descriptor)
                                      ->New());
    if (!fact->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return nullptr;
    return fact;
  }

  template <typename T>
  void CheckParse(const Record& record) {
    T message;
    if (!message.ParseFromString(record.payload)) Unparsable(record.key);
  }

  // Due amounts are merged as time goes by, so what counts is what is overdue, and when the rest
  // will be.
  void CompareTotals(SubjectId id, SubjectSums& subject) {
    yilan::storage::v1::Subject stored = subject.stored;
    yilan::storage::v1::Subject summed = subject.summed.record;
    for (auto* totals : {&stored, &summed}) {
      totals->clear_references();
      totals->clear_left_blocks();
      totals->clear_resolve_pending_since_micros();
      totals->clear_separations();
      for (int i = totals->balances_size() - 1; i >= 0; --i) {
        auto& balance = *totals->mutable_balances(i);
        AddBilled(0, std::nullopt, now_, balance);
        if (balance.due_size() > 0 && balance.due(0).due_time_micros() <= now_) {
          balance.mutable_due(0)->set_due_time_micros(0);
        }
        // A balance without movement is as good as none.
        if (balance.billed() == 0 && balance.credited() == 0 && balance.due().empty()) {
          totals->mutable_balances()->DeleteSubrange(i, 1);
        }
      }
    }
    if (!google::protobuf::util::MessageDifferencer::Equals(stored, summed)) {
      Damage(
          absl::StrCat("the totals of subject ", id.ToString(), " are not the sum of its facts"));
    }
  }

  void Unparsable(const storage::RecordKey& key) {
    Damage(absl::StrCat("a record of kind ", key.kind, " of subject ", key.subject.ToString(),
                        " does not parse"));
  }

  void Damage(std::string what) {
    if (++report_.damages <= CheckReport::kMaxExamples) report_.examples.push_back(std::move(what));
  }

  CheckReport& report_;
  const TimeMicros now_;
  absl::node_hash_map<SubjectId, SubjectSums> subjects_;
  absl::flat_hash_map<std::string, bool> keys_;
  std::vector<std::pair<SubjectPair, yilan::storage::v1::StoredIdentityEdge>> edges_;
  // The join probabilities of the models by their versions, and the version of the one that holds.
  absl::flat_hash_map<std::string, double> join_probabilities_ = {
      {ShippedModelVersion(), ShippedMatchModel().join_probability()}};
  std::string active_model_ = ShippedModelVersion();
  std::array<std::optional<uint64_t>, storage::kFeedPartitions> last_sequence_;
};

}  // namespace

absl::StatusOr<CheckReport> CheckStore(storage::RecordStore& store,
                                       const storage::CallOptions& call, TimeMicros now,
                                       absl::FunctionRef<void(const storage::ExportEntry&)> also) {
  CheckReport report;
  Checker checker(report, now);
  RETURN_IF_ERROR(store.Export(call, [&](const storage::ExportEntry& entry) -> absl::Status {
    checker.Visit(entry);
    also(entry);
    return absl::OkStatus();
  }));
  checker.Finish();
  return report;
}

absl::StatusOr<CheckReport> CheckStore(storage::RecordStore& store,
                                       const storage::CallOptions& call, TimeMicros now) {
  return CheckStore(store, call, now, [](const storage::ExportEntry&) {});
}

}  // namespace yilan::core
