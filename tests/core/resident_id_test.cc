// Numbers of identity cards and of organizations: right ones, and every usual error.
#include "core/identity/resident_id.h"

#include <random>
#include <set>
#include <string>

#include "absl/strings/str_format.h"
#include "core/identity/social_credit_code.h"
#include "gtest/gtest.h"
#include "tests/history/seed.h"

namespace yilan::core {
namespace {

std::string AnyResidentId(std::mt19937_64& random) {
  std::string number =
      absl::StrFormat("%s%04d%04d%02d%02d%03d", random() % 2 == 0 ? "11" : "44", random() % 10000,
                      1900 + static_cast<int>(random() % 120), 1 + static_cast<int>(random() % 12),
                      1 + static_cast<int>(random() % 28), static_cast<int>(random() % 1000));
  number.push_back(ResidentIdCheckCharacter(number));
  return number;
}

TEST(ResidentId, OfTheStandardIsRead) {  // GB 11643-1999, its two examples.
  const auto beijing = ParseResidentId("11010519491231002X", kAnyDay);
  ASSERT_TRUE(beijing.has_value());
  EXPECT_EQ(beijing->birth_date, "19491231");
  EXPECT_FALSE(beijing->is_male);
  const auto guangdong = ParseResidentId("440524188001010014", kAnyDay);
  ASSERT_TRUE(guangdong.has_value());
  EXPECT_EQ(guangdong->birth_date, "18800101");
  EXPECT_TRUE(guangdong->is_male);
}

TEST(ResidentId, WithAWrongCheckCharacterIsRefused) {
  for (const char check : std::string("0123456789")) {
    EXPECT_FALSE(ParseResidentId(std::string("11010519491231002") + check, kAnyDay).has_value());
  }
}

TEST(ResidentId, WithAnySingleErrorIsRefused) {
  std::mt19937_64 random(history::TestSeed());
  for (int round = 0; round < 200; ++round) {
    const std::string number = AnyResidentId(random);
    ASSERT_TRUE(ParseResidentId(number, kAnyDay).has_value()) << number;
    for (size_t i = 0; i < number.size(); ++i) {
      for (const char other : std::string("0123456789X")) {
        if (other == number[i]) continue;
        std::string wrong = number;
        wrong[i] = other;
        ASSERT_FALSE(ParseResidentId(wrong, kAnyDay).has_value()) << wrong << " for " << number;
      }
    }
  }
}

TEST(ResidentId, WithTwoNeighboursExchangedIsRefused) {
  std::mt19937_64 random(history::TestSeed());
  for (int round = 0; round < 500; ++round) {
    const std::string number = AnyResidentId(random);
    for (size_t i = 0; i + 1 < number.size(); ++i) {
      if (number[i] == number[i + 1]) continue;
      std::string wrong = number;
      std::swap(wrong[i], wrong[i + 1]);
      ASSERT_FALSE(ParseResidentId(wrong, kAnyDay).has_value()) << wrong << " for " << number;
    }
  }
}

std::string WithCheck(std::string seventeen) {
  seventeen.push_back(ResidentIdCheckCharacter(seventeen));
  return seventeen;
}

TEST(ResidentId, WithoutProvinceOrBirthDateIsRefused) {
  EXPECT_TRUE(ParseResidentId(WithCheck("11010519900228001"), kAnyDay).has_value());
  EXPECT_FALSE(ParseResidentId(WithCheck("10010519900228001"), kAnyDay).has_value());
  EXPECT_FALSE(ParseResidentId(WithCheck("99010519900228001"), kAnyDay).has_value());
  EXPECT_FALSE(ParseResidentId(WithCheck("11010519900230001"), kAnyDay).has_value());
  EXPECT_FALSE(ParseResidentId(WithCheck("11010519901301001"), kAnyDay).has_value());
  EXPECT_FALSE(ParseResidentId(WithCheck("11010519900001001"), kAnyDay).has_value());
  EXPECT_FALSE(ParseResidentId(WithCheck("11010517990101001"), kAnyDay).has_value());
  EXPECT_FALSE(
      ParseResidentId(WithCheck("11010519000229001"), kAnyDay).has_value());  // No leap year.
  EXPECT_TRUE(ParseResidentId(WithCheck("11010520000229001"), kAnyDay).has_value());
}

TEST(ResidentId, OfSomebodyNotYetBornIsRefused) {
  const std::string number = WithCheck("11010520240301001");
  EXPECT_TRUE(ParseResidentId(number, 20240301).has_value());
  EXPECT_FALSE(ParseResidentId(number, 20240229).has_value());
}

TEST(ResidentId, OfPermanentResidentsAndOfHongKongMacaoAndTaiwanIsRead) {
  EXPECT_TRUE(ParseResidentId(WithCheck("81000019900101001"), kAnyDay).has_value());
  EXPECT_TRUE(ParseResidentId(WithCheck("83000019900101001"), kAnyDay).has_value());
  EXPECT_TRUE(ParseResidentId(WithCheck("91184019900101001"), kAnyDay).has_value());
}

TEST(ResidentId, Of15DigitsIsRewritten) {
  EXPECT_EQ(ResidentIdOf18Characters("110105491231002"), "11010519491231002X");
  EXPECT_EQ(ParseResidentId("110105491231002", kAnyDay)->number, "11010519491231002X");
  // 996 to 999 were for those older than a hundred years.
  EXPECT_EQ(ResidentIdOf18Characters("440524800101996")->substr(6, 4), "1880");
}

TEST(ResidentId, Of15DigitsWithoutDateOrProvinceIsNotOne) {
  for (const char* number : {"110105491331002", "000105491231002", "11010549123100",
                             "11010549123100X", "1101054912310022", "", "490154203237518"}) {
    EXPECT_EQ(ResidentIdOf18Characters(number), std::nullopt) << number;
  }
}

TEST(ResidentId, TakesAnyText) {
  for (const char* text : {"", "X", "11010519491231002x", "11010519491231002XX", "王小明王小明",
                           "A1010519491231002X", "1101051949123100XX"}) {
    EXPECT_FALSE(ParseResidentId(text, kAnyDay).has_value()) << text;
  }
}

// Codes of companies as their registrations state them.
constexpr const char* kCodes[] = {"91350100M000100Y43", "91440300708461136T", "914403001922038216",
                                  "91330100799655058B", "12100000400000624D"};

TEST(SocialCreditCode, OfKnownOrganizationsIsRead) {
  for (const char* code : kCodes) {
    const auto parsed = ParseSocialCreditCode(code);
    ASSERT_TRUE(parsed.has_value()) << code;
    EXPECT_EQ(parsed->organization_code, std::string(code).substr(8, 9));
  }
}

TEST(SocialCreditCode, WithAnySingleErrorIsRefused) {
  for (const std::string code : kCodes) {
    for (size_t i = 0; i < code.size(); ++i) {
      for (const char other : std::string("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        if (other == code[i]) continue;
        std::string wrong = code;
        wrong[i] = other;
        EXPECT_FALSE(ParseSocialCreditCode(wrong).has_value()) << wrong << " for " << code;
      }
    }
  }
}

TEST(SocialCreditCode, WithTwoNeighboursExchangedIsRefused) {
  for (const std::string code : kCodes) {
    for (size_t i = 0; i + 1 < code.size(); ++i) {
      if (code[i] == code[i + 1]) continue;
      std::string wrong = code;
      std::swap(wrong[i], wrong[i + 1]);
      EXPECT_FALSE(ParseSocialCreditCode(wrong).has_value()) << wrong << " for " << code;
    }
  }
}

TEST(SocialCreditCode, WithAWrongOrganizationCodeIsRefused) {
  std::string code = "91350100M000100Y4";
  code[16] = '5';  // Its check character; that of the whole is made to fit.
  code.push_back('0');
  code.back() = SocialCreditCodeCheckCharacter(code);
  EXPECT_FALSE(ParseSocialCreditCode(code).has_value());
}

TEST(SocialCreditCode, HasNoLettersThatLookLikeDigits) {
  for (const char letter : std::string("IOSVZ")) {
    std::string code = "91350100M000100Y4";
    code[8] = letter;
    EXPECT_EQ(SocialCreditCodeCheckCharacter(code + "0"), '\0');
  }
}

TEST(SocialCreditCode, TakesAnyText) {
  for (const char* text : {"", "9", "91350100m000100y43", "91350100M000100Y433", "王小明王小明",
                           "91990100M000100Y43", "00350100M000100Y43"}) {
    EXPECT_FALSE(ParseSocialCreditCode(text).has_value()) << text;
  }
}

TEST(OrganizationCode, HasTheCheckCharacterOfTheStandard) {  // GB 11714-1997.
  EXPECT_EQ(OrganizationCodeCheckCharacter("D2143569X"), 'X');
  EXPECT_EQ(OrganizationCodeCheckCharacter("708461136"), '6');
}

}  // namespace
}  // namespace yilan::core
