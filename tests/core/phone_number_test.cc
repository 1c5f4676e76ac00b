// Telephone numbers beyond the rows of identifiers_test.cc: extensions, several numbers in one
// field, and that the Chinese plan and libphonenumber agree.
#include "core/identity/phone_number.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/history/seed.h"

namespace yilan::core {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Row {
  std::string written;
  std::string normalized;
};
void ExpectRows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(NormalizePhoneNumber(row.written), row.normalized) << row.written;
    EXPECT_EQ(NormalizePhoneNumber(row.normalized), row.normalized) << "again: " << row.written;
  }
}

TEST(PhoneNumber, LosesItsExtension) {
  ExpectRows({{"010-62345678 转 8001", "861062345678"},
              {"010-62345678轉8001", "861062345678"},
              {"01062345678 分机 12", "861062345678"},
              {"010-62345678-8001", "861062345678"},
              {"0755-26712345-1", "8675526712345"},
              {"+86 10 62345678-22", "861062345678"},
              {"010-62345678 ext. 8001", "861062345678"},
              {"01062345678x12", "861062345678"},
              {"010-62345678#8001", "861062345678"},
              {"010-62345678,8001", "861062345678"},
              {"010-62345678＊8001", "861062345678"},
              {"tel:+86-10-62345678;ext=8001", "861062345678"},
              {"13800138000-2", "8613800138000"}});
}

TEST(PhoneNumber, KeepsItsLastGroup) {
  ExpectRows({{"010-6234-5678", "861062345678"},
              {"0755-2671-2345", "8675526712345"},
              {"138-0013-8000", "8613800138000"},
              {"+44-20-7946-0018", "442079460018"}});
}

TEST(PhoneNumber, IsFoundAmongWords) {
  ExpectRows({{"手机：13800138000（女儿）", "8613800138000"},
              {"电话 010-62345678（办公室）", "861062345678"},
              {"13800138000王先生", "8613800138000"}});
}

TEST(PhoneNumber, OfOtherCountriesIsReadByTheirPlan) {
  ExpectRows({{"+44 020 7946 0018", "442079460018"},
              {"+39 (0)6 698 12345", "390669812345"},  // Italy keeps its 0.
              {"+49 (0) 30 901820", "4930901820"},
              {"00 1 310 555 1234", "+13105551234"},
              {"+1 310 555 1234 x12", "+13105551234"},
              {"+81 (0)3-1234-5678", "81312345678"}});
}

TEST(PhoneNumber, PaidForByWhoIsCalledIsChinese) {
  ExpectRows({{"400-810-1234", "864008101234"},
              {"+86 400 810 1234", "864008101234"},
              {"800 820 1234", "868008201234"}});
}

TEST(PhoneNumber, WithAreaCodeButWithoutTrunkPrefixIsChineseWhereItIsNothingElse) {
  ExpectRows({{"21 6234 5678", "862162345678"}, {"85223456789", "85223456789"}});
}

TEST(PhoneNumber, WithACarrierBeforeItLosesTheCarrier) {
  ExpectRows({{"17909 13800138000", "8613800138000"}});
}

TEST(PhoneNumber, ThatIsNoNumberOfAnyPlanStays) {
  ExpectRows({{"10086", "10086"},
              {"62345678", "62345678"},
              {"138001380001", "138001380001"},
              {"+86 123", "86123"},
              {"12345678901234567890", "12345678901234567890"},
              {"1-800-FLOWERS", "1800flowers"}});
}

// What the plan decides by its length alone, without asking the library.
TEST(PhoneNumber, ByTheChinesePlanIsThatOfTheLibrary) {
  using i18n::phonenumbers::PhoneNumberUtil;
  const PhoneNumberUtil* library = PhoneNumberUtil::GetInstance();
  std::mt19937_64 random(history::TestSeed());
  const auto digits = [&random](int count) {
    std::string text;
    while (count-- > 0) text.push_back(static_cast<char>('0' + random() % 10));
    return text;
  };
  int valid = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string number;
    switch (random() % 4) {
      case 0:
        number = absl::StrCat("1", 3 + random() % 7, digits(9));
        break;
      case 1:
        number = absl::StrCat("010", 2 + random() % 7, digits(7));
        break;
      case 2:
        number = absl::StrCat("02", random() % 10, 2 + random() % 7, digits(7));
        break;
      default:
        number = absl::StrCat("0", 3 + random() % 7, digits(2), 2 + random() % 7, digits(7));
    }
    i18n::phonenumbers::PhoneNumber parsed;
    if (library->Parse(number, "CN", &parsed) != PhoneNumberUtil::NO_PARSING_ERROR) continue;
    if (!library->IsValidNumber(parsed)) continue;
    ++valid;
    std::string formatted;
    library->Format(parsed, PhoneNumberUtil::E164, &formatted);
    ASSERT_EQ(absl::StrCat("+", NormalizePhoneNumber(number)), formatted) << number;
  }
  EXPECT_GT(valid, 1000);
}

// Everybody's numbers, valid examples of every country: with "+" they keep their digits, and what
// is stored is read again as what it was.
TEST(PhoneNumber, OfEveryCountryIsRightAndStaysTheSame) {
  using i18n::phonenumbers::PhoneNumberUtil;
  const PhoneNumberUtil* library = PhoneNumberUtil::GetInstance();
  std::set<std::string> regions;
  library->GetSupportedRegions(&regions);
  ASSERT_GT(regions.size(), 200u);
  for (const std::string& region : regions) {
    i18n::phonenumbers::PhoneNumber example;
    if (!library->GetExampleNumber(region, &example)) continue;
    std::string e164;
    std::string spaced;
    library->Format(example, PhoneNumberUtil::E164, &e164);
    library->Format(example, PhoneNumberUtil::INTERNATIONAL, &spaced);
    const std::string normalized = NormalizePhoneNumber(e164);
    EXPECT_TRUE(normalized == e164 || absl::StrCat("+", normalized) == e164) << e164;
    EXPECT_EQ(NormalizePhoneNumber(spaced), normalized) << spaced;
    EXPECT_EQ(NormalizePhoneNumber(normalized), normalized) << e164;
    EXPECT_TRUE(IsCompletePhoneNumber(normalized)) << e164;
  }
}

TEST(PhoneNumber, IsTheSameWhenItIsNormalizedAgain) {
  std::mt19937_64 random(history::TestSeed());
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 24, '0');
    for (char& c : text) c = "00011234567890866+- (x"[random() % 22];
    const std::string once = NormalizePhoneNumber(text);
    ASSERT_EQ(NormalizePhoneNumber(once), once) << text;
  }
}

TEST(PhoneNumbers, AreAllThatAFieldHolds) {
  EXPECT_THAT(NormalizePhoneNumbers("13800138000/010-62345678"),
              ElementsAre("8613800138000", "861062345678"));
  EXPECT_THAT(NormalizePhoneNumbers("13800138000、13900139000；+44 20 7946 0018"),
              ElementsAre("8613800138000", "8613900139000", "442079460018"));
  EXPECT_THAT(NormalizePhoneNumbers("13800138000"), ElementsAre("8613800138000"));
  EXPECT_THAT(NormalizePhoneNumbers("010/62345678"), ElementsAre("861062345678"));
  EXPECT_THAT(NormalizePhoneNumbers("010-62345678,8001"), ElementsAre("861062345678"));
  EXPECT_THAT(NormalizePhoneNumbers("-"), IsEmpty());
  EXPECT_THAT(NormalizePhoneNumbers(""), IsEmpty());
}

TEST(PlaceholderPhoneNumber, LeadsToNobody) {
  for (const char* number : {"", "1", "0000", "00000000000", "11111111111", "12345678", "123456",
                             "8613000000000", "8699999999999", "callme"}) {
    EXPECT_TRUE(IsPlaceholderPhoneNumber(number)) << number;
  }
  for (const char* number :
       {"8613800138000", "861062345678", "+13105551234", "10086", "62345678"}) {
    EXPECT_FALSE(IsPlaceholderPhoneNumber(number)) << number;
  }
}

}  // namespace
}  // namespace yilan::core
