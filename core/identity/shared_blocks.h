// Why two records are compared at all.
#ifndef YILAN_CORE_IDENTITY_SHARED_BLOCKS_H_
#define YILAN_CORE_IDENTITY_SHARED_BLOCKS_H_

#include <vector>

#include "core/identity/candidates.h"
#include "core/matching/match_model.h"
#include "yilan/v1/identity_match.pb.h"

namespace yilan::core {

// The blocking keys of rules in use that a record has, sorted: of all that it says, also of what is
// not compared because too many share it.
std::vector<BlockingKey> BlocksOf(const MatchModel& model, const Party& party);
// Those that both have, sorted.
std::vector<BlockingKey> SharedBlocks(const MatchModel& model, const Party& a, const Party& b);

// Adds the kinds of these keys to `explanation`, those that too many share apart, each once.
// `candidates` has looked for the holders of all of them.
void ExplainBlocks(const std::vector<BlockingKey>& shared, const Candidates& candidates,
                   v1::PairExplanation& explanation);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_SHARED_BLOCKS_H_
