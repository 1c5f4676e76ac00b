// People made up with their records and the errors in them, as many and as bad as wanted: what
// matching is tested on besides public files, so that it is not made for these.
//
// Names, towns and streets are made of syllables, some frequent and most rare (Zipf); people live
// in families that share family name, address and telephone. Nothing is taken from FEBRL but its
// idea. Deterministic: the same options give the same records.
#ifndef YILAN_TESTS_CORE_MATCHING_MADE_UP_PEOPLE_H_
#define YILAN_TESTS_CORE_MATCHING_MADE_UP_PEOPLE_H_

#include <cstddef>
#include <cstdint>

#include "tests/core/matching/linkage_data.h"

namespace yilan::core {

struct MadeUpOptions {
  uint64_t seed = 1;
  size_t people = 1000;
  // Of each person's records after the first: from 1 to so many, drawn. One each when linking.
  size_t most_duplicates = 1;
  // First records in one set, duplicates in another; else all in one.
  bool link = false;
  // Part of the people who have a duplicate.
  double duplicated = 1;
  // Errors in a duplicate, on average: typing errors, words exchanged or run together, names
  // exchanged, other values.
  double errors = 2;
  // Part of the errors that put something else in the place of a value: a move, a marriage.
  double replaced = 0.05;
  // Probability that a record does not state a field that it could.
  double missing = 0.05;
  // Part of the people who live with others.
  double families = 0.5;
  bool birth_dates = true;
  bool sexes = false;
  bool addresses = true;
  bool documents = false;
  bool phones = false;
  bool emails = false;
};

LinkageData MakeUpPeople(const MadeUpOptions& options);

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_MATCHING_MADE_UP_PEOPLE_H_
