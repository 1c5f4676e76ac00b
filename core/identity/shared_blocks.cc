#include "core/identity/shared_blocks.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace yilan::core {

std::vector<BlockingKey> SharedBlocks(const MatchModel& model, const Party& a, const Party& b) {
  // Of all that they say, also what is not compared because too many share it.
  const std::vector<BlockingKey> of_a = BlockingKeysOf(PartyView(a.features));
  const std::vector<BlockingKey> of_b = BlockingKeysOf(PartyView(b.features));
  std::vector<BlockingKey> shared;
  std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                        std::back_inserter(shared));
  std::erase_if(shared, [&](BlockingKey key) { return model.BlockCap(RuleOf(key)) == 0; });
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
