#include "core/matching/pair_scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/matching/string_distance.h"

namespace yilan::core {
namespace {

// More than rounding can add up to.
constexpr double kMargin = 1e-6;

double SumFor(double probability) {
  if (probability <= 0) return -std::numeric_limits<double>::infinity();
  if (probability >= 1) return -kMargin + std::log2(1e15);
  return std::log2(probability) - std::log2(1 - probability) - kMargin;
}

absl::string_view FirstWord(const AddressView& address) {
  return address.text.substr(0, address.text.find(' '));
}

absl::string_view LastWord(const AddressView& address) {
  return address.text.substr(address.text.rfind(' ') + 1);
}

}  // namespace

PairScorer::PairScorer(const MatchModel& model, double least)
    : model_(model),
      least_(least),
      least_sum_(SumFor(least)),
      frequency_of_([&model](Field field, uint64_t term) {
        return model.Frequency(field, Level::kExact, term);
      }) {}

bool PairScorer::MayMatter(const PartyView& a, const PartyView& b, bool have_addresses) {
  CompareAllButAddresses(a, b, &frequency_of_, found_);
  if (found_.different_party_types || found_.different_verified_documents) return false;
  rule_may_raise_ = found_.same_verified_document || found_[Field::kPhone].level == Level::kExact;
  if (rule_may_raise_) return true;
  // Look-alikes take off and never add.
  sum_ = model_.prior_log2_odds();
  for (const Field field : kFields) {
    if (found_[field].level == Level::kNotCompared) continue;
    const FieldWeight weight = WeightOf(model_, field, found_);
    sum_ += weight.weight + weight.term_weight;
  }
  const double most =
      have_addresses ? model_.MostWeight(Field::kStreet) + model_.MostWeight(Field::kPlace) : 0;
  return sum_ + most >= least_sum_;
}

double PairScorer::MostOfAddresses(const PartyView& a, const PartyView& b) const {
  double most = 0;
  for (const AddressView& left : a.addresses) {
    for (const AddressView& right : b.addresses) {
      // Of two houses, CompareStreets finds no more in common, but for flats of one number: the one
      // line may leave out the road.
      double street = model_.MostWeight(Field::kStreet);
      if (left.text != right.text && !left.house_number.empty() && !right.house_number.empty() &&
          left.house_number != right.house_number && LastWord(left) != LastWord(right)) {
        street = std::max({0.0, model_.MostWeight(Field::kStreet, Level::kContained),
                           model_.MostWeight(Field::kStreet, Level::kSimilar),
                           model_.MostWeight(Field::kStreet, Level::kPartial),
                           model_.MostWeight(Field::kStreet, Level::kDifferent)});
      }
      // Without two postal codes or districts that are the same no place is EXACT.
      double place = model_.MostWeight(Field::kPlace);
      const bool same_code = !left.postal_code.empty() && left.postal_code == right.postal_code;
      const bool no_codes = left.postal_code.empty() || right.postal_code.empty();
      if (!same_code && !(no_codes && FirstWord(left) == FirstWord(right))) {
        place = 0;
        for (size_t level = Index(Level::kNear); level < kLevelLimit; ++level) {
          place = std::max(place, model_.MostWeight(Field::kPlace, static_cast<Level>(level)));
        }
      }
      most = std::max(most, street + place);
    }
  }
  return most;
}

const PairScore* PairScorer::Score(const PartyView& a, const PartyView& b) {
  if (!rule_may_raise_ && sum_ + MostOfAddresses(a, b) < least_sum_) return nullptr;
  CompareAddresses(a, b, found_);
  score_ = ScoreComparison(model_, found_);
  return score_.probability > 0 && score_.probability >= least_ ? &score_ : nullptr;
}

}  // namespace yilan::core
