// The words of which made-up Chinese people consist: family and given names by how frequent they
// are, how each character is read, and what it is mistaken for.
//
// These tables are not those of core/identity, so that an error there is seen here.
#ifndef YILAN_TESTS_IDENTITY_DATA_CHINESE_WORDS_H_
#define YILAN_TESTS_IDENTITY_DATA_CHINESE_WORDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clients/simulate/random.h"

namespace yilan::identity_data {

using simulate::Random;

// Whether something happens that happens to `permille` of a thousand.
inline bool Happens(int permille, Random& random) {
  return random.Below(1000) < static_cast<uint64_t>(permille);
}

// The characters of a text in UTF-8.
std::vector<std::string> CharactersOf(absl::string_view text);

struct NamePart {
  std::string written;                 // 欧阳
  std::vector<std::string> syllables;  // ou, yang
};

// By people in 10,000 who have it (Ministry of Public Security, 2020): 王 has 725, 欧阳 11.
NamePart PickFamilyName(Random& random);

// Of one or two characters, by sex and year of birth: 秀英 is of 1940, 梓涵 of 2010. Frequencies
// fall with the rank, so that some names have many bearers. `generation`, if not empty, is the
// first character, which siblings share.
NamePart PickGivenName(bool male, int birth_year, absl::string_view generation, Random& random);

// How a character of these tables is read, without tone; empty for others.
absl::string_view ReadingOf(absl::string_view character);

// Another character that is read in the same way, or that looks alike; the character itself where
// these tables know none.
std::string HomophoneOf(absl::string_view character, Random& random);
std::string LookAlikeOf(absl::string_view character);

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_CHINESE_WORDS_H_
