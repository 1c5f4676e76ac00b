#include "core/matching/pair_explanation.h"

#include <string>

namespace yilan::core {
namespace {

void ExplainField(Field field, const PairScore& score, v1::FieldExplanation& explanation) {
  const FieldComparison& found = score.comparison[field];
  const FieldWeight& weight = score[field];
  explanation.set_field(ToProto(field));
  explanation.set_level(ToProto(found.level));
  explanation.set_first_value(std::string(found.a));
  explanation.set_second_value(std::string(found.b));
  explanation.set_m(weight.m);
  explanation.set_u(weight.u);
  explanation.set_weight(weight.weight);
  explanation.set_term_frequency(weight.term_frequency);
  explanation.set_term_weight(weight.term_weight);
}

void ExplainChange(const MatchModel& model, const Counterfactual& found,
                   v1::Counterfactual& counterfactual) {
  for (const EvidenceChange& change : found.changes) {
    v1::EvidenceChange& shown = *counterfactual.add_changes();
    shown.set_field(ToProto(change.field));
    shown.set_from_level(ToProto(change.from));
    shown.set_to_level(ToProto(change.to));
  }
  counterfactual.set_documents_change(found.documents_change);
  counterfactual.set_probability(found.probability);
  counterfactual.set_decision(DecisionOf(model, found.probability));
}

}  // namespace

v1::MatchDecision DecisionOf(const MatchModel& model, double probability) {
  if (probability >= model.join_probability()) return v1::MATCH_DECISION_JOIN;
  if (probability >= model.review_probability()) return v1::MATCH_DECISION_REVIEW;
  return v1::MATCH_DECISION_DIFFERENT;
}

void ExplainScore(const MatchModel& model, const PairScore& score,
                  v1::PairExplanation& explanation) {
  explanation.set_probability(score.probability);
  explanation.set_rule(score.rule);
  explanation.set_decision(DecisionOf(model, score.probability));
  explanation.set_model_version(model.version());
  explanation.set_prior_weight(score.prior_weight);
  for (const Field field : kFields) {
    if (score.comparison[field].level != Level::kNotCompared) {
      ExplainField(field, score, *explanation.add_fields());
    }
  }
  explanation.set_look_alike_weight(score.look_alike_weight);
  explanation.set_look_alike(score.look_alike);
  explanation.set_sum(score.sum);
  explanation.set_stated_reference(score.referred);
  ExplainChange(model, FindCounterfactual(model, score, model.join_probability()),
                *explanation.mutable_counterfactual());
}

void ExplainReference(const MatchModel& model, v1::PairExplanation& explanation) {
  explanation.set_probability(1);
  explanation.set_rule(v1::MATCH_RULE_STATED_REFERENCE);
  explanation.set_decision(v1::MATCH_DECISION_JOIN);
  explanation.set_model_version(model.version());
  explanation.set_stated_reference(true);
}

}  // namespace yilan::core
