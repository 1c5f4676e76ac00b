#include "core/matching/string_distance.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/core/matching/seed.h"

namespace yilan::core {
namespace {

// The definition, character by character, for ASCII.
size_t PlainDistance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

TEST(EditDistance, CountsEachSortOfEditOnce) {
  EXPECT_EQ(EditDistance("street", "setreet"), 1u);
  EXPECT_EQ(EditDistance("street", "steet"), 1u);
  EXPECT_EQ(EditDistance("street", "streat"), 1u);
  EXPECT_EQ(EditDistance("street", "stretе"), 2u) << "the last letter is Cyrillic";
  EXPECT_EQ(EditDistance("street", "srteet"), 1u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("", ""), 0u);
}

TEST(EditDistance, DoesNotEditATranspositionAgain) { EXPECT_EQ(EditDistance("ca", "abc"), 3u); }

TEST(EditDistance, CountsCharactersAndNotBytes) {
  EXPECT_EQ(EditDistance("王小明", "王晓明"), 1u);
  EXPECT_EQ(EditDistance("王小明", "小王明"), 1u);
  EXPECT_EQ(EditDistance("王", "wang"), 4u);
}

TEST(EditDistance, IsThatOfTheDefinitionForRandomTexts) {
  Seed seed;
  for (int round = 0; round < 5000; ++round) {
    const std::string a = seed.Text(round % 90, "abc");
    const std::string b = seed.Text(seed.Below(90), "abc");
    EXPECT_EQ(EditDistance(a, b), PlainDistance(a, b)) << a << " " << b;
    for (const size_t limit : {1, 2, 3}) {
      EXPECT_EQ(WithinEdits(a, b, limit), PlainDistance(a, b) <= limit) << a << " " << b;
    }
  }
}

TEST(WithinEdits, AgreesWithTheDistanceNearItsLimit) {
  Seed seed;
  for (int round = 0; round < 20000; ++round) {
    const std::string a = seed.Text(1 + seed.Below(12), "abcdefgh");
    std::string b = a;
    for (uint64_t edits = seed.Below(4); edits > 0; --edits) b = seed.Mistyped(b, "abcdefgh");
    for (const size_t limit : {1, 2}) {
      EXPECT_EQ(WithinEdits(a, b, limit), PlainDistance(a, b) <= limit) << a << " " << b;
    }
    EXPECT_EQ(IsSimilar(a, b, 0.8), EditSimilarity(a, b) >= 0.8) << a << " " << b;
  }
}

TEST(EditDistance, TakesBytesThatAreNotUtf8) {
  EXPECT_EQ(EditDistance("\xFF\xC3", "\xFF"), 1u);
  EXPECT_EQ(EditDistance("\xE7\x8E", "a"), 2u);
}

TEST(EditSimilarity, IsThePartThatIsNotEdited) {
  EXPECT_DOUBLE_EQ(EditSimilarity("abcd", "abcx"), 0.75);
  EXPECT_DOUBLE_EQ(EditSimilarity("", ""), 1);
  EXPECT_DOUBLE_EQ(EditSimilarity("王小明", "王晓明"), 1 - 1.0 / 3);
}

TEST(JaroWinkler, HasTheValuesOfThePapers) {
  EXPECT_NEAR(JaroWinkler("martha", "marhta"), 0.9611, 1e-4);
  EXPECT_NEAR(JaroWinkler("dwayne", "duane"), 0.84, 1e-4);
  EXPECT_NEAR(JaroWinkler("dixon", "dicksonx"), 0.8133, 1e-4);
}

TEST(JaroWinkler, IsOneForTheSameAndZeroForNothingInCommon) {
  EXPECT_EQ(JaroWinkler("abc", "abc"), 1);
  EXPECT_EQ(JaroWinkler("abc", "xyz"), 0);
  EXPECT_EQ(JaroWinkler("", "abc"), 0);
}

TEST(JaroWinkler, DoesNotDependOnTheOrder) {
  Seed seed;
  for (int round = 0; round < 5000; ++round) {
    const std::string a = seed.Text(seed.Below(15), "abcd");
    const std::string b = seed.Text(seed.Below(15), "abcd");
    EXPECT_EQ(JaroWinkler(a, b), JaroWinkler(b, a)) << a << " " << b;
  }
}

TEST(CharacterCount, CountsCharacters) {
  EXPECT_EQ(CharacterCount("abc"), 3u);
  EXPECT_EQ(CharacterCount("王小明"), 3u);
  EXPECT_EQ(CharacterCount(""), 0u);
}

}  // namespace
}  // namespace yilan::core
