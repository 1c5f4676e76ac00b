#include "core/matching/patterns.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace yilan::core {
namespace {

constexpr uint32_t kMostRounds = 200;
constexpr double kSettled = 1e-5;
constexpr double kFirstMatchShare = 0.2;
constexpr double kFirstLookAlikeShare = 0.05;
// Shares never die out: a kind that is not there costs nothing.
constexpr double kLeastShare = 1e-9;

// The order of names has one level, which is a matter of all pairs whose names are compared.
bool StatesNames(Pattern pattern) {
  return LevelIn(pattern, Field::kGivenName) != Level::kNotCompared ||
         LevelIn(pattern, Field::kFamilyName) != Level::kNotCompared;
}

double Likelihood(Pattern pattern, const LevelTable& table,
                  const std::array<bool, kFieldLimit>& used) {
  double product = 1;
  for (const Field field : kFields) {
    const Level level = LevelIn(pattern, field);
    if (used[Index(field)] && level != Level::kNotCompared) {
      product *= table[Index(field)][Index(level)];
    }
  }
  return product;
}

}  // namespace

Pattern PatternOf(const PartyComparison& comparison) {
  Pattern pattern = 0;
  for (const Field field : kFields) {
    pattern |= static_cast<Pattern>(comparison[field].level) << (3 * Index(field));
  }
  return pattern;
}

std::vector<std::pair<Pattern, double>> PatternCounts::Sorted() const {
  std::vector<std::pair<Pattern, double>> sorted(counts_.begin(), counts_.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

Mixture MaximizeExpectation(const std::vector<std::pair<Pattern, double>>& patterns,
                            const MixtureStart& start, double prior_pairs) {
  const size_t kinds = start.look_alikes.size();
  LevelTable m = start.m;
  std::vector<double> shares(kinds, kFirstLookAlikeShare);
  double match_share = kFirstMatchShare;
  // u and the look-alikes stay, and so do their likelihoods.
  std::vector<double> stranger(patterns.size());
  std::vector<std::vector<double>> look_alike(kinds, std::vector<double>(patterns.size()));
  double total = 0;
  for (size_t i = 0; i < patterns.size(); ++i) {
    total += patterns[i].second;
    stranger[i] = Likelihood(patterns[i].first, start.u, start.used);
    for (size_t kind = 0; kind < kinds; ++kind) {
      look_alike[kind][i] = Likelihood(patterns[i].first, start.look_alikes[kind], start.used);
    }
  }
  Mixture mixture;
  if (total <= 0) return mixture;
  for (mixture.rounds = 1; mixture.rounds <= kMostRounds; ++mixture.rounds) {
    double other_share = 1 - match_share;
    for (const double share : shares) other_share -= share;
    mixture.expected_matches = 0;
    mixture.level_matches = {};
    mixture.field_matches = {};
    std::vector<double> found(kinds, 0);
    for (size_t i = 0; i < patterns.size(); ++i) {
      const auto& [pattern, count] = patterns[i];
      const double match = match_share * Likelihood(pattern, m, start.used);
      double all = match + std::max(other_share, kLeastShare) * stranger[i];
      for (size_t kind = 0; kind < kinds; ++kind) all += shares[kind] * look_alike[kind][i];
      if (!(all > 0)) continue;
      const double matches = count * match / all;
      mixture.expected_matches += matches;
      for (size_t kind = 0; kind < kinds; ++kind) {
        found[kind] += count * shares[kind] * look_alike[kind][i] / all;
      }
      for (const Field field : kFields) {
        const Level level = LevelIn(pattern, field);
        if (level != Level::kNotCompared) {
          mixture.level_matches[Index(field)][Index(level)] += matches;
          mixture.field_matches[Index(field)] += matches;
        } else if (field == Field::kNameOrder && StatesNames(pattern)) {
          mixture.field_matches[Index(field)] += matches;
        }
      }
    }
    double moved = std::abs(mixture.expected_matches / total - match_share);
    match_share = std::max(kLeastShare, mixture.expected_matches / total);
    for (size_t kind = 0; kind < kinds; ++kind) {
      shares[kind] = std::max(kLeastShare, found[kind] / total);
    }
    for (const Field field : kFields) {
      const size_t f = Index(field);
      for (size_t level = 0; level < kLevelLimit; ++level) {
        if (!HasLevel(field, static_cast<Level>(level))) continue;
        const double value = (mixture.level_matches[f][level] + prior_pairs * start.m[f][level]) /
                             (mixture.field_matches[f] + prior_pairs);
        if (start.used[f]) moved = std::max(moved, std::abs(value - m[f][level]));
        m[f][level] = value;
      }
    }
    if (moved < kSettled) break;
  }
  mixture.match_share = match_share;
  return mixture;
}

}  // namespace yilan::core
