// Explainer::Match: who a record could be.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/candidates.h"
#include "core/identity/explainer.h"
#include "core/identity/identity_records.h"
#include "core/identity/shared_blocks.h"
#include "core/matching/pair_explanation.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::RecordKey;
using storage::SubjectId;

constexpr size_t kDefaultCandidates = 10;
constexpr size_t kMostCandidates = 100;

absl::Status Check(const v1::MatchRequest& request) {
  Violations violations;
  if (!(request.min_probability() >= 0 && request.min_probability() <= 1)) {
    violations.Add("min_probability", "is no probability; state a number from 0 to 1");
  }
  const v1::SourceRecord& record = request.source_record();
  for (int i = 0; i < record.references_size(); ++i) {
    const v1::SubjectReference& reference = record.references(i);
    const std::string path = absl::StrCat("source_record.references[", i, "]");
    if (reference.source_system().empty() && record.source().source_system().empty()) {
      violations.Add(absl::StrCat(path, ".source_system"),
                     "is missing; state which system's key this is");
    }
    if (reference.customer_key().empty() && reference.billing_account_key().empty()) {
      violations.Add(path, "names no key; set customer_key or billing_account_key");
    }
  }
  return violations.ToStatus();
}

// One record that is asked about, on one snapshot.
class MatchSearch {
 public:
  MatchSearch(storage::Reader& reader, const MatchModel& model, const v1::SourceRecord& record)
      : reader_(reader), model_(model), record_(record), parties_(reader, model) {}

  absl::Status Run(double min_probability, size_t max, v1::MatchResponse& response) {
    RETURN_IF_ERROR(FindReferred());
    parties_.Add(asked_, record_);
    RETURN_IF_ERROR(FindCandidates());
    RETURN_IF_ERROR(parties_.LeaveOutShared());
    std::set<CustomerId> seen;
    for (const Scored& one : Score(min_probability)) {
      if (seen.size() == max) break;
      ASSIGN_OR_RETURN(const storage::CustomerState customer, reader_.GetCustomer(one.subject));
      if (!seen.insert(customer.customer).second) continue;
      v1::MatchCandidate& candidate = *response.add_candidates();
      candidate.set_customer_id(customer.customer.ToString());
      RETURN_IF_ERROR(Show(one.subject, *candidate.mutable_explanation()));
    }
    return absl::OkStatus();
  }

 private:
  struct Scored {
    SubjectId subject;
    double probability = 0;
    double sum = 0;
  };

  // The subjects that the record names, and those that name the one that it is a version of.
  absl::Status FindReferred() {
    std::vector<std::string> names;
    if (record_.has_source()) {
      v1::SubjectReference own;
      own.set_source_system(record_.source().source_system());
      own.set_customer_key(record_.source().key());
      names.push_back(SubjectKey(own));
    }
    for (v1::SubjectReference reference : record_.references()) {
      if (reference.source_system().empty()) {
        reference.set_source_system(record_.source().source_system());
      }
      names.push_back(SubjectKey(reference));
    }
    if (names.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto found, reader_.FindByKeys(names));
    for (size_t i = 0; i < found.size(); ++i) {
      if (!found[i].has_value()) continue;
      if (i == 0 && record_.has_source()) {
        asked_ = found[i]->subject;
        RETURN_IF_ERROR(AddThoseThatRefer());
      } else {
        referred_.insert(found[i]->subject);
      }
    }
    referred_.erase(asked_);
    return absl::OkStatus();
  }

  absl::Status AddThoseThatRefer() {
    ASSIGN_OR_RETURN(const auto pairs, PairsOf(reader_, {asked_}));
    std::vector<RecordKey> edges;
    for (const SubjectPair& pair : pairs.front()) edges.push_back(EdgeRecordKey(pair));
    std::sort(edges.begin(), edges.end());
    return reader_.GetMany(edges, [&](const storage::RecordView& view) -> absl::Status {
      yilan::storage::v1::StoredIdentityEdge edge;
      if (!edge.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
        return absl::DataLossError("an edge between subjects does not parse");
      }
      const SubjectPair pair = PairOfEdge({view.subject, view.kind, std::string(view.record_id)});
      if (ReferencesFrom(edge, pair, pair.Other(asked_)) > 0) referred_.insert(pair.Other(asked_));
      return absl::OkStatus();
    });
  }

  absl::Status FindCandidates() {
    const std::vector<BlockingKey> blocks = BlockingKeysOf(parties_.Find(asked_)->view);
    RETURN_IF_ERROR(
        parties_.FindHolders(std::set<BlockingKey>(blocks.begin(), blocks.end()), asked_));
    std::set<RecordKey> records;
    for (const BlockingKey key : blocks) {
      for (const RecordKey& holder : parties_.HoldersOf(key)) {
        if (holder.subject == asked_) continue;
        candidates_.insert(holder.subject);
        records.insert(holder);
      }
    }
    RETURN_IF_ERROR(parties_.ReadRecords(records));
    return ReadReferred();
  }

  absl::Status ReadReferred() {
    std::vector<RecordKey> keys;
    for (const SubjectId subject : referred_) {
      keys.push_back({subject, kSubjectKind, kSubjectRecordId});
    }
    std::vector<v1::SubjectReference> names;
    RETURN_IF_ERROR(reader_.GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
      yilan::storage::v1::Subject subject;
      if (!subject.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
        return absl::DataLossError("the record of a subject does not parse");
      }
      candidates_.insert(view.subject);
      if (WorkingSet::CountOf(v1::Fact::kSourceRecord, subject) > 0) {
        names.push_back(subject.references(0));
      }
      return absl::OkStatus();
    }));
    std::vector<const v1::SubjectReference*> sources;
    for (const v1::SubjectReference& name : names) sources.push_back(&name);
    return parties_.ReadSources(sources);
  }

  PairScore ScoreOf(SubjectId subject) const {
    return ScorePair(model_, parties_.Find(asked_)->view, parties_.Find(subject)->view,
                     referred_.contains(subject));
  }

  // Those that are probable enough, the best first.
  std::vector<Scored> Score(double min_probability) const {
    std::vector<Scored> scored;
    for (const SubjectId subject : candidates_) {
      Scored one = {.subject = subject, .probability = 1};
      if (parties_.Find(subject) != nullptr) {
        const PairScore score = ScoreOf(subject);
        one.probability = score.probability;
        one.sum = score.sum;
      }
      if (one.probability >= min_probability) scored.push_back(one);
    }
    std::sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) {
      return std::tie(b.probability, b.sum, a.subject) < std::tie(a.probability, a.sum, b.subject);
    });
    return scored;
  }

  absl::Status Show(SubjectId subject, v1::PairExplanation& explanation) {
    const Party* const party = parties_.Find(subject);
    if (party != nullptr) {
      ExplainScore(model_, ScoreOf(subject), explanation);
      ExplainBlocks(SharedBlocks(model_, *parties_.Find(asked_), *party), parties_, explanation);
    } else {
      ExplainReference(model_, explanation);
    }
    ASSIGN_OR_RETURN(*explanation.mutable_second_record(), NameOf(reader_, subject));
    return absl::OkStatus();
  }

  storage::Reader& reader_;
  const MatchModel& model_;
  const v1::SourceRecord& record_;
  Candidates parties_;
  SubjectId asked_;  // Nobody's while none goes by its name.
  std::set<SubjectId> referred_;
  std::set<SubjectId> candidates_;
};

}  // namespace

absl::Status Explainer::Match(const Call& call, const v1::MatchRequest& request,
                              v1::MatchResponse& response) {
  RETURN_IF_ERROR(Check(request));
  const std::shared_ptr<const MatchModel> model = models_.Active();
  const double min_probability =
      request.min_probability() > 0 ? request.min_probability() : model->review_probability();
  const size_t max = request.max_candidates() <= 0
                         ? kDefaultCandidates
                         : std::min(static_cast<size_t>(request.max_candidates()), kMostCandidates);
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    return MatchSearch(reader, *model, request.source_record()).Run(min_probability, max, response);
  }));
}

}  // namespace yilan::core
