// A match model, ready for use: the parameters of yilan.v1.MatchModel, checked and looked up fast.
//
//   ASSIGN_OR_RETURN(const std::shared_ptr<const MatchModel> model,
//                    MatchModel::Make(ShippedMatchModel()));
//   const PairScore score = ScorePair(*model, PartyView(a), PartyView(b));
#ifndef YILAN_CORE_MATCHING_MATCH_MODEL_H_
#define YILAN_CORE_MATCHING_MATCH_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/matching/comparison.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

// The parameters that come with Yilan and need no training. Its provenance is empty.
v1::MatchModel ShippedMatchModel();

// One look-alike kind, in logarithms.
struct LookAlikeModel {
  v1::LookAlike kind = v1::LOOK_ALIKE_UNSPECIFIED;
  double log2_odds = 0;  // Of this kind against any strangers, before any evidence.
  // log2 P(level | kind); NaN where such strangers are like any others.
  std::array<std::array<double, kLevelLimit>, kFieldLimit> log2_probability;
};

// Whether values of the field are known by their TermHash in a model, because they are personal
// data or have several parts.
bool TermIsHashed(Field field);
// The text by which such a value stands in yilan.v1.TermFrequency.
std::string HashText(uint64_t term);

// Nothing is rarer than this for the adjustment by frequency: one value would outweigh all other
// evidence.
inline constexpr double kLeastFrequency = 1e-9;

// Immutable; thread-safe.
class MatchModel {
 public:
  struct Parameters {
    double m = 1;
    double u = 1;
    double weight = 0;  // log2(m / u).
    double log2_u = 0;
  };

  // Errors: INVALID_ARGUMENT naming the first parameter that is missing or out of its range.
  static absl::StatusOr<std::shared_ptr<const MatchModel>> Make(v1::MatchModel parameters);

  const v1::MatchModel& proto() const { return proto_; }
  const std::string& version() const { return proto_.version(); }
  double prior_log2_odds() const { return prior_log2_odds_; }
  double join_probability() const { return proto_.join_probability(); }
  double review_probability() const { return proto_.review_probability(); }

  // Of weight 0 for fields that the model does not have, and for kNotCompared.
  const Parameters& Of(Field field, Level level) const {
    return parameters_[Index(field)][Index(level)];
  }
  // The frequency of a value (its TermHash) among records that state the field; nothing (a negative
  // number) where the model has no frequencies of this field at this level.
  double Frequency(Field field, Level level, uint64_t term) const;
  bool IsSharedPhone(uint64_t term) const;
  // The most that a field can add to the sum at this level, with the rarest value there may be.
  double MostWeight(Field field, Level level) const {
    return most_weight_[Index(field)][Index(level)];
  }
  // Of any level, or none.
  double MostWeight(Field field) const { return most_weight_[Index(field)][0]; }

  const std::vector<LookAlikeModel>& look_alikes() const { return look_alikes_; }
  // 0: the rule is not used.
  uint32_t BlockCap(v1::BlockingRule rule) const;

 private:
  struct Frequencies {
    absl::flat_hash_map<uint64_t, double> by_hash;
    double other = -1;
    double least = -1;
  };

  explicit MatchModel(v1::MatchModel parameters) : proto_(std::move(parameters)) {}
  absl::Status Init();
  absl::Status AddField(const v1::FieldParameters& field);
  absl::Status AddFrequencies(const v1::TermFrequencies& frequencies);
  void SetMostWeights();
  absl::Status AddLookAlike(const v1::LookAlikeParameters& look_alike);

  const v1::MatchModel proto_;
  double prior_log2_odds_ = 0;
  std::array<std::array<Parameters, kLevelLimit>, kFieldLimit> parameters_;
  std::array<std::array<double, kLevelLimit>, kFieldLimit> most_weight_ = {};
  // Of written and of spoken forms.
  std::array<Frequencies, kFieldLimit> written_;
  std::array<Frequencies, kFieldLimit> spoken_;
  std::vector<LookAlikeModel> look_alikes_;
  std::array<uint32_t, v1::BlockingRule_ARRAYSIZE> caps_ = {};
};

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_MATCH_MODEL_H_
