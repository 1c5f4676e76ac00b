#include "core/identity/shared_blocks.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace yilan::core {

std::vector<BlockingKey> BlocksOf(const MatchModel& model, const Party& party) {
  std::vector<BlockingKey> blocks = BlockingKeysOf(PartyView(party.features));
  std::erase_if(blocks, [&](BlockingKey key) { return model.BlockCap(RuleOf(key)) == 0; });
  return blocks;
}

std::vector<BlockingKey> SharedBlocks(const MatchModel& model, const Party& a, const Party& b) {
  const std::vector<BlockingKey> of_a = BlocksOf(model, a);
  const std::vector<BlockingKey> of_b = BlocksOf(model, b);
  std::vector<BlockingKey> shared;
  std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                        std::back_inserter(shared));
  return shared;
}

void ExplainBlocks(const std::vector<BlockingKey>& shared, const Candidates& candidates,
                   v1::PairExplanation& explanation) {
  std::set<v1::BlockingRule> counted;
  std::set<v1::BlockingRule> overflowed;
  for (const BlockingKey key : shared) {
    (candidates.IsOverCap(key) ? overflowed : counted).insert(RuleOf(key));
  }
  for (const v1::BlockingRule rule : counted) explanation.add_shared_blocks(rule);
  for (const v1::BlockingRule rule : overflowed) explanation.add_overflowed_blocks(rule);
}

}  // namespace yilan::core
