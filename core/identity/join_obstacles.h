// What keeps two customers apart, whatever their records say of each other.
#ifndef YILAN_CORE_IDENTITY_JOIN_OBSTACLES_H_
#define YILAN_CORE_IDENTITY_JOIN_OBSTACLES_H_

#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "storage/record.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/identity_match.pb.h"

namespace yilan::core {

// All subjects of one customer, by their records.
using SubjectRecords = absl::Span<const yilan::storage::v1::Subject* const>;

// The stewards' decisions that subjects of one customer are not those of the other.
std::set<std::string> DecisionsBetween(SubjectRecords a, SubjectRecords b);
// Whether each has a verified document of one scheme that the other has not.
bool DocumentsDiffer(SubjectRecords a, SubjectRecords b);
// Whether so many subjects are more than a customer may have.
inline bool AreTooMany(size_t a, size_t b) { return a + b > storage::kMaxMembers; }

// All of these that hold.
std::vector<v1::JoinObstacle> ObstaclesBetween(SubjectRecords a, SubjectRecords b);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_JOIN_OBSTACLES_H_
