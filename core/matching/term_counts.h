// How frequent the values of a field are among many records.
#ifndef YILAN_CORE_MATCHING_TERM_COUNTS_H_
#define YILAN_CORE_MATCHING_TERM_COUNTS_H_

#include "core/matching/comparison.h"
#include "core/matching/packed_parties.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

// The fields and levels that have term frequencies.
struct TermKind {
  Field field;
  Level level;
};
inline constexpr TermKind kTermKinds[] = {
    {Field::kGivenName, Level::kExact},  {Field::kGivenName, Level::kSameSpoken},
    {Field::kFamilyName, Level::kExact}, {Field::kFamilyName, Level::kSameSpoken},
    {Field::kFullName, Level::kExact},   {Field::kFullName, Level::kSameSpoken},
    {Field::kBirthDate, Level::kExact},  {Field::kPhone, Level::kExact},
    {Field::kEmail, Level::kExact},      {Field::kDocument, Level::kExact},
    {Field::kStreet, Level::kExact},     {Field::kPlace, Level::kExact},
};

// The frequencies of values that at least five records have, the most frequent 5,000 of them; none
// where there is no such value. The frequency of all others is what is left of `agreement`, the
// probability that two strangers agree at this level or a better one: values that two or three
// records share are often those of one party, and must not count as frequent.
v1::TermFrequencies CountTerms(const PackedParties& parties, TermKind kind, double agreement);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_TERM_COUNTS_H_
