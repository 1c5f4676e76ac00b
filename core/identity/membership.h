// Which subjects are one customer: the one place where that is decided.
//
// For now two subjects become one customer only when a fact of one names a key of the other. A
// customer is *established* once one of its subjects has a source record; until then it is
// provisional, known by facts or references only. Provisional customers are taken into the customer
// that a reference joins them with; two established customers are never joined, the reference
// between them is an identity conflict, and whoever stated it stays where it is.
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
  std::vector<storage::CustomerId>
      absorbed;  // Existing customers whose subjects move into the target.
  std::vector<storage::CustomerId>
      conflicting;  // Customers that stay apart although a reference names them.
};

// `own` is the customer of the subject that states the references, `referenced` those of the
// subjects it names, in order; the same customer may occur more than once, and may be `own`.
MembershipDecision DecideMembership(const Candidate& own, const std::vector<Candidate>& referenced);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_MEMBERSHIP_H_
