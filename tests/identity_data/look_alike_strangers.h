// Pairs of records of two different persons, or companies, that look alike: none may be joined.
#ifndef YILAN_TESTS_IDENTITY_DATA_LOOK_ALIKE_STRANGERS_H_
#define YILAN_TESTS_IDENTITY_DATA_LOOK_ALIKE_STRANGERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/identity_data/labelled_records.h"

namespace yilan::identity_data {

enum class StrangerKind {
  kSiblings,        // One home and family name, two birth dates; half of them one telephone number.
  kTwins,           // And one birth date; names that share a character for a third.
  kCouple,          // One home, half of them one number or one e-mail address.
  kParentAndChild,  // One home and family name, half of them the parent's number.
  kNamesakes,       // One name and one birth date, nothing else.
  kSameNameInVillage,  // One name in one village, without house numbers; other birth dates.
  kVillage,            // One family name, one village.
  kAgency,             // The number of the agency that made both contracts; a third have one name.
  kRecycledNumber,     // The second got the number of the first; a third have one family name.
  kBranches,           // A company and its branch, with one number for half of them.
  kSimilarCompanies,   // One name but for the town, or the trade.
};

struct StrangerPair {
  StrangerKind kind = StrangerKind::kSiblings;
  LabelledRecord a;
  LabelledRecord b;
};

// "siblings", "twins" …
const char* NameOf(StrangerKind kind);

// How many of 1,000 pairs are of each kind, in the order of StrangerKind.
inline constexpr int kStrangerPermille[] = {180, 40, 80, 120, 250, 40, 80, 80, 70, 30, 30};

// `count` pairs. Each person is in one pair only. What the systems write has their usual errors and
// gaps (source_habits.h), but for one: nobody shows the document of a relative, since a record
// under another's verified number is that other's to everybody. The system of each record is drawn
// by how many persons it knows. The keys are unique over all records.
std::vector<StrangerPair> MakeStrangers(uint64_t seed, size_t count);

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_LOOK_ALIKE_STRANGERS_H_
