// Decisions on who is who, as people read them.
#ifndef YILAN_CLIENTS_CLI_IDENTITY_TEXT_H_
#define YILAN_CLIENTS_CLI_IDENTITY_TEXT_H_

#include <string>

#include "clients/cli/terminal.h"
#include "google/protobuf/repeated_field.h"
#include "yilan/v1/identity_event.pb.h"
#include "yilan/v1/identity_match.pb.h"
#include "yilan/v1/identity_review.pb.h"

namespace yilan::cli {

// A table of events in their order: when, what, which subjects, why, who, and the id by which a
// merge is undone.
std::string HistoryText(const google::protobuf::RepeatedPtrField<v1::IdentityEvent>& events,
                        const Terminal& terminal);

// "join", "review", "stay apart".
std::string DecisionText(v1::MatchDecision decision);
// The fields on which two records agree: "given name, birth date (near)".
std::string AgreementText(const v1::PairExplanation& pair);
// How one probability comes about: a table of fields with their weights up to the sum, which blocks
// they share, and what would change the decision.
std::string PairText(const v1::PairExplanation& pair, const Terminal& terminal);
// The answer to Explain: one customer or two, what keeps them apart, pairs, chain, history.
std::string ExplanationText(const v1::ExplainResponse& response, const Terminal& terminal);
// The answer to PreviewMerge: what moves, what the profile and the totals become, and what stands
// against it.
std::string PreviewText(const v1::PreviewMergeResponse& response, const Terminal& terminal);

// A probability as "99.8 %": with as many digits as tell it from 0 and 1.
std::string ProbabilityText(double probability);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IDENTITY_TEXT_H_
