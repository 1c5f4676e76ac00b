#include "core/identity/membership.h"

#include <algorithm>

namespace yilan::core {

MembershipDecision DecideMembership(const Candidate& own,
                                    const std::vector<Candidate>& referenced) {
  std::vector<Candidate> all = {own};
  for (const Candidate& candidate : referenced) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const Candidate& other) {
      return other.customer == candidate.customer;
    });
    if (!known) all.push_back(candidate);
  }
  std::vector<storage::CustomerId> established;
  for (const Candidate& candidate : all) {
    if (candidate.established) established.push_back(candidate.customer);
  }

  MembershipDecision decision;
  decision.target = own.customer;
  if (established.size() == 1) {
    decision.target = established.front();
  } else if (established.empty() && !own.exists && all.size() > 1) {
    decision.target = all[1].customer;
  }
  for (const Candidate& candidate : all) {
    if (candidate.customer == decision.target) continue;
    if (candidate.established) {
      decision.conflicting.push_back(candidate.customer);
    } else if (candidate.exists) {
      decision.absorbed.push_back(candidate.customer);
    }
  }
  return decision;
}

}  // namespace yilan::core
