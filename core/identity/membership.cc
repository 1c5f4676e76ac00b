#include "core/identity/membership.h"

#include <algorithm>

namespace yilan::core {

MembershipDecision DecideMembership(const Candidate& own,
                                    const std::vector<Candidate>& referenced) {
  MembershipDecision decision{.target = own.customer};
  if (!own.exists) {
    // The established one of those that it names, else the first.
    const Candidate* best = nullptr;
    for (const Candidate& candidate : referenced) {
      if (own.established && candidate.established) continue;
      if (best == nullptr || (candidate.established && !best->established)) best = &candidate;
    }
    if (best != nullptr) decision.target = best->customer;
  }
  decision.plain = std::all_of(
      referenced.begin(), referenced.end(),
      [&](const Candidate& candidate) { return candidate.customer == decision.target; });
  return decision;
}

}  // namespace yilan::core
