// The smallest change of evidence that flips a decision.
#include <cmath>
#include <optional>
#include <utility>

#include "core/matching/pair_score.h"

namespace yilan::core {
namespace {

constexpr size_t kMostChanges = 3;

struct Found {
  std::vector<EvidenceChange> changes;
  double distance = 0;  // How many bits the changes are worth.
  double probability = 0;
};

class Search {
 public:
  Search(const MatchModel& model, const PairScore& score, double threshold)
      : model_(model), score_(score), threshold_(threshold) {}

  // With `count` changes, or nothing.
  std::optional<Found> With(size_t count) {
    best_.reset();
    PartyComparison changed = score_.comparison;
    std::vector<EvidenceChange> changes;
    Try(count, 0, changed, changes);
    return best_;
  }

 private:
  bool Flips(double probability) const {
    return (probability >= threshold_) != (score_.probability >= threshold_);
  }

  void Try(size_t count, size_t first_field, PartyComparison& changed,
           std::vector<EvidenceChange>& changes) {
    if (count == 0) {
      const PairScore after = ScoreComparison(model_, changed, score_.referred);
      if (!Flips(after.probability)) return;
      const double distance = std::abs(after.sum - score_.sum);
      if (best_.has_value() && best_->distance <= distance) return;
      best_ = {.changes = changes, .distance = distance, .probability = after.probability};
      return;
    }
    for (size_t i = first_field; i < kFields.size(); ++i) {
      const Field field = kFields[i];
      const FieldComparison before = changed[field];
      for (size_t level = 0; level < kLevelLimit; ++level) {
        const Level to = static_cast<Level>(level);
        if (to == before.level || !IsPossible(field, to)) continue;
        // The value that they would agree on is not known, so that its frequency does not count.
        changed[field] = {.level = to};
        changes.push_back({.field = field, .from = before.level, .to = to});
        Try(count - 1, i + 1, changed, changes);
        changes.pop_back();
        changed[field] = before;
      }
    }
  }

  // What could be in records like these.
  bool IsPossible(Field field, Level to) const {
    if (field == Field::kNameOrder) return false;  // Follows from the names.
    if (to != Level::kNotCompared && !HasLevel(field, to)) return false;
    if (to != Level::kNotCompared && model_.Of(field, to).weight == 0) return false;
    // Whether e-mail addresses tell of names and years is a matter of what else is stated.
    if (field == Field::kNameInEmail || field == Field::kBirthYearInEmail) {
      return to != Level::kNotCompared && score_.comparison[field].level != Level::kNotCompared;
    }
    // The whole name is compared instead of its parts, or the parts instead of it.
    const bool by_full_name = score_.comparison[Field::kFullName].level != Level::kNotCompared;
    if (field == Field::kFullName) return by_full_name;
    if (by_full_name && (field == Field::kGivenName || field == Field::kFamilyName ||
                         field == Field::kBirthDate || field == Field::kSex)) {
      return score_.comparison[field].level != Level::kNotCompared;
    }
    return true;
  }

  const MatchModel& model_;
  const PairScore& score_;
  const double threshold_;
  std::optional<Found> best_;
};

}  // namespace

Counterfactual FindCounterfactual(const MatchModel& model, const PairScore& score,
                                  double threshold) {
  Counterfactual answer;
  answer.probability = score.probability;
  if (score.rule == v1::MATCH_RULE_DIFFERENT_PARTY_TYPES) return answer;
  PairScore without = score;
  if (score.comparison.same_verified_document || score.comparison.different_verified_documents) {
    // Without verified documents, as if neither stated one.
    PartyComparison comparison = score.comparison;
    comparison.same_verified_document = false;
    comparison.different_verified_documents = false;
    comparison[Field::kDocument] = {};
    without = ScoreComparison(model, comparison, score.referred);
    answer.documents_change = true;
    answer.probability = without.probability;
    if ((without.probability >= threshold) != (score.probability >= threshold)) return answer;
    // Then the rest must change as well: to the other side of where the rule puts it.
    without.probability = score.probability;
  }
  for (size_t count = 1; count <= kMostChanges; ++count) {
    if (const std::optional<Found> found = Search(model, without, threshold).With(count)) {
      answer.changes = found->changes;
      answer.probability = found->probability;
      return answer;
    }
  }
  return answer;
}

}  // namespace yilan::core
