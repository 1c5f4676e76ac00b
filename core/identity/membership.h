// Where a subject goes when a fact of it names others, if that is plain.
//
// A customer is *established* once one of its subjects has a source record; until then it is
// provisional, known by facts or references only. A new subject goes, at once, to the customer that
// it names. Everything else (customers to be joined, two that both have source records) takes a
// look at all that was said: they stay apart here, and the subject waits to be resolved
// (core/identity/resolver.h), where everything is weighed.
#ifndef YILAN_CORE_IDENTITY_MEMBERSHIP_H_
#define YILAN_CORE_IDENTITY_MEMBERSHIP_H_

#include <vector>

#include "storage/record.h"

namespace yilan::core {

// A customer that a reference speaks of, as it was before the fact that states the reference.
struct Candidate {
  storage::CustomerId customer;
  bool established = false;
  bool exists = true;  // False for the customer that would be made for a new subject.

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct MembershipDecision {
  storage::CustomerId target;  // The customer that holds the subject afterwards.
  bool plain = true;           // All that is named is that customer; else it takes a closer look.
};

// `own` is the customer of the subject that states the references, established also if the fact at
// hand makes it so; `referenced` are those of the subjects it names, in order; the same customer
// may occur more than once, and may be `own`.
MembershipDecision DecideMembership(const Candidate& own, const std::vector<Candidate>& referenced);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_MEMBERSHIP_H_
