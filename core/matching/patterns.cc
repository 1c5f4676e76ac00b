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

struct LearntClass {
  const MixtureClass* start = nullptr;
  double share = 0;
  LevelTable table = {};
  ClassCounts counts = {};

  // Takes over what was counted; how far that is from what was.
  double Update(double total, double prior_pairs, const std::array<bool, kFieldLimit>& used) {
    const double next = std::max(kLeastShare, counts.pairs / total);
    double moved = std::abs(next - share);
    share = next;
    for (const Field field : kFields) {
      const size_t f = Index(field);
      if (!start->learnt[f] || !used[f]) continue;
      std::array<double, kLevelLimit> levels = {};
      for (size_t level = 1; level < kLevelLimit; ++level) {
        if (!HasLevel(field, static_cast<Level>(level))) continue;
        levels[level] = (counts.levels[f][level] + prior_pairs * start->first[f][level]) /
                        (counts.fields[f] + prior_pairs);
      }
      LimitLevels(start->least[f], start->most[f], levels);
      for (size_t level = 1; level < kLevelLimit; ++level) {
        moved = std::max(moved, std::abs(levels[level] - table[f][level]));
      }
      table[f] = levels;
    }
    return moved;
  }
};

}  // namespace

void ClassCounts::Add(Pattern pattern, double count) {
  pairs += count;
  for (const Field field : kFields) {
    const Level level = LevelIn(pattern, field);
    if (level != Level::kNotCompared) {
      levels[Index(field)][Index(level)] += count;
      fields[Index(field)] += count;
    } else if (field == Field::kNameOrder && StatesNames(pattern)) {
      fields[Index(field)] += count;
    }
  }
}

void ClassCounts::Add(const ClassCounts& other, const std::array<bool, kFieldLimit>& used) {
  pairs += other.pairs;
  for (const Field field : kFields) {
    const size_t f = Index(field);
    if (!used[f]) continue;
    fields[f] += other.fields[f];
    for (size_t level = 0; level < kLevelLimit; ++level) levels[f][level] += other.levels[f][level];
  }
}

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

void LimitLevels(const std::array<double, kLevelLimit>& least,
                 const std::array<double, kLevelLimit>& most,
                 std::array<double, kLevelLimit>& levels) {
  double free = 0;     // What levels within their limits have,
  double surplus = 0;  // and what they are to have besides.
  std::array<bool, kLevelLimit> within = {};
  for (size_t level = 1; level < kLevelLimit; ++level) {
    const double limited = std::clamp(levels[level], least[level], most[level]);
    within[level] = limited == levels[level];
    if (within[level]) free += levels[level];
    surplus += levels[level] - limited;
    levels[level] = limited;
  }
  if (surplus == 0 || free <= 0) return;
  const double factor = std::max(0.0, 1 + surplus / free);
  for (size_t level = 1; level < kLevelLimit; ++level) {
    if (within[level]) levels[level] *= factor;
  }
}

Mixture MaximizeExpectation(const std::vector<std::pair<Pattern, double>>& patterns,
                            const MixtureStart& start, double prior_pairs) {
  const size_t classes = start.classes.size();
  std::vector<LearntClass> learnt;
  for (const MixtureClass& one : start.classes) {
    learnt.push_back({.start = &one,
                      .share = learnt.empty() ? kFirstMatchShare : kFirstLookAlikeShare,
                      .table = one.first});
  }
  std::vector<double> stranger(patterns.size());
  double total = 0;
  for (size_t i = 0; i < patterns.size(); ++i) {
    total += patterns[i].second;
    stranger[i] = Likelihood(patterns[i].first, start.u, start.used);
  }
  Mixture mixture;
  mixture.classes.resize(classes);
  if (total <= 0) return mixture;
  std::vector<double> odds(classes);
  for (mixture.rounds = 1; mixture.rounds <= kMostRounds; ++mixture.rounds) {
    double strangers = 1;
    for (LearntClass& one : learnt) {
      strangers -= one.share;
      one.counts = {};
    }
    for (size_t i = 0; i < patterns.size(); ++i) {
      const auto& [pattern, count] = patterns[i];
      double all = std::max(strangers, kLeastShare) * stranger[i];
      for (size_t k = 0; k < classes; ++k) {
        odds[k] = learnt[k].share * Likelihood(pattern, learnt[k].table, start.used);
        all += odds[k];
      }
      if (!(all > 0)) continue;
      for (size_t k = 0; k < classes; ++k) learnt[k].counts.Add(pattern, count * odds[k] / all);
    }
    double moved = 0;
    for (LearntClass& one : learnt) {
      moved = std::max(moved, one.Update(total, prior_pairs, start.used));
    }
    if (moved < kSettled) break;
  }
  for (size_t k = 0; k < classes; ++k) mixture.classes[k] = learnt[k].counts;
  return mixture;
}

}  // namespace yilan::core
