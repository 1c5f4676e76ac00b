// How identifiers and names are compared.
#include "core/identity/identifiers.h"

#include <random>
#include <string>

#include "gmock/gmock.h"

namespace yilan::core {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Every row: a way of writing, and what it stands for.
struct Row {
  v1::IdentifierType type;
  std::string written;
  std::string normalized;
};

class Writing : public ::testing::TestWithParam<Row> {};

TEST_P(Writing, StandsFor) {
  EXPECT_EQ(NormalizeIdentifier(GetParam().type, GetParam().written), GetParam().normalized)
      << "written: " << GetParam().written;
}

TEST_P(Writing, IsNotChangedByAnotherPass) {
  EXPECT_EQ(NormalizeIdentifier(GetParam().type, GetParam().normalized), GetParam().normalized);
}

constexpr auto kMsisdn = v1::IDENTIFIER_TYPE_MSISDN;
INSTANTIATE_TEST_SUITE_P(ChineseMobile, Writing,
                         ::testing::Values(Row{kMsisdn, "13800138000", "8613800138000"},
                                           Row{kMsisdn, "+8613800138000", "8613800138000"},
                                           Row{kMsisdn, "+86 138 0013 8000", "8613800138000"},
                                           Row{kMsisdn, "+86-138-0013-8000", "8613800138000"},
                                           Row{kMsisdn, "(+86) 138.0013.8000", "8613800138000"},
                                           Row{kMsisdn, "(86)13800138000", "8613800138000"},
                                           Row{kMsisdn, "8613800138000", "8613800138000"},
                                           Row{kMsisdn, "008613800138000", "8613800138000"},
                                           Row{kMsisdn, "00 86 138 0013 8000", "8613800138000"},
                                           Row{kMsisdn, "013800138000", "8613800138000"},
                                           Row{kMsisdn, "+86 013800138000", "8613800138000"},
                                           Row{kMsisdn, "tel:+86-138-0013-8000", "8613800138000"},
                                           Row{kMsisdn, " Tel: 138 0013 8000 ", "8613800138000"},
                                           Row{kMsisdn, "１３８００１３８０００", "8613800138000"},
                                           Row{kMsisdn, "＋８６　１３８－００１３－８０００",
                                               "8613800138000"},
                                           Row{kMsisdn,
                                               "138\xe2\x80\x93"
                                               "0013\xe2\x80\x93"
                                               "8000",
                                               "8613800138000"},
                                           Row{kMsisdn,
                                               "138\xc2\xa0"
                                               "0013\xe2\x80\x89"
                                               "8000",
                                               "8613800138000"},
                                           Row{kMsisdn,
                                               "\xe2\x80\x8e"
                                               "13800138000",
                                               "8613800138000"},
                                           Row{kMsisdn, "19912345678", "8619912345678"}));
INSTANTIATE_TEST_SUITE_P(ChineseFixedLine, Writing,
                         ::testing::Values(Row{kMsisdn, "010-62345678", "861062345678"},
                                           Row{kMsisdn, "(010) 6234 5678", "861062345678"},
                                           Row{kMsisdn, "+86 10 6234 5678", "861062345678"},
                                           Row{kMsisdn, "+86 (0)10 6234 5678", "861062345678"},
                                           Row{kMsisdn, "+86 010 6234 5678", "861062345678"},
                                           Row{kMsisdn, "861062345678", "861062345678"},
                                           Row{kMsisdn, "021-62345678", "862162345678"},
                                           Row{kMsisdn, "0755-26712345", "8675526712345"},
                                           Row{kMsisdn, "0755 2671234", "867552671234"},
                                           Row{kMsisdn, "0086-755-26712345", "8675526712345"}));
INSTANTIATE_TEST_SUITE_P(
    OtherNumber, Writing,
    ::testing::Values(Row{kMsisdn, "+44 20 7946 0018", "442079460018"},
                      Row{kMsisdn, "+44 (0)20 7946 0018", "442079460018"},
                      Row{kMsisdn, "0044 20 7946 0018", "442079460018"},
                      Row{kMsisdn, "442079460018", "442079460018"},
                      Row{kMsisdn, "+1 (310) 555-1234", "+13105551234"},
                      Row{kMsisdn, "+852 2345 6789", "85223456789"}, Row{kMsisdn, "10086", "10086"},
                      Row{kMsisdn, "95533", "95533"}, Row{kMsisdn, "400-810-1234", "864008101234"},
                      Row{kMsisdn, "12012345678", "12012345678"},  // No Chinese mobile begins 12.
                      Row{kMsisdn, "call me", "callme"}, Row{kMsisdn, "-", ""},
                      Row{kMsisdn, "+", ""}, Row{kMsisdn, "( )", ""}, Row{kMsisdn, "", ""}));
INSTANTIATE_TEST_SUITE_P(
    NumberOfDevice, Writing,
    ::testing::Values(
        Row{v1::IDENTIFIER_TYPE_IMSI, "460 00 1234567890", "460001234567890"},
        Row{v1::IDENTIFIER_TYPE_IMSI, "４６０００１２３４５６７８９０", "460001234567890"},
        Row{v1::IDENTIFIER_TYPE_ICCID, "8986 0012 3456 7890 1234", "89860012345678901234"},
        Row{v1::IDENTIFIER_TYPE_ICCID, "8986001234567890123f", "8986001234567890123"},
        Row{v1::IDENTIFIER_TYPE_ICCID, "8986001234567890123", "8986001234567890123"},
        Row{v1::IDENTIFIER_TYPE_ICCID, "898600MF123456789012", "898600MF123456789012"},
        Row{v1::IDENTIFIER_TYPE_IMEI, "49-015420-323751-8", "49015420323751"},
        Row{v1::IDENTIFIER_TYPE_IMEI, "490154203237510", "49015420323751"},
        Row{v1::IDENTIFIER_TYPE_IMEI, "4901542032375101", "49015420323751"},
        Row{v1::IDENTIFIER_TYPE_IMEI, "49015420323751", "49015420323751"},
        Row{v1::IDENTIFIER_TYPE_IMEI, "a000004902c7d1", "A000004902C7D1"},
        Row{v1::IDENTIFIER_TYPE_STB_SERIAL, "stb 00-1a:2b", "STB001A2B"},
        Row{v1::IDENTIFIER_TYPE_ONT_SERIAL, "hwtc-1234abcd", "HWTC1234ABCD"},
        Row{v1::IDENTIFIER_TYPE_ONT_SERIAL, "485754431234abcd", "HWTC1234ABCD"},
        Row{v1::IDENTIFIER_TYPE_ONT_SERIAL, "0102030405060708", "0102030405060708"}));
INSTANTIATE_TEST_SUITE_P(
    OfParty, Writing,
    ::testing::Values(
        Row{v1::IDENTIFIER_TYPE_EMAIL, " Wang.Ming@Example.COM\n", "wang.ming@example.com"},
        Row{v1::IDENTIFIER_TYPE_EMAIL, "ｗａｎｇ＠example.com", "wang@example.com"},
        Row{v1::IDENTIFIER_TYPE_NATIONAL_ID, "11010519491231002x", "11010519491231002X"},
        Row{v1::IDENTIFIER_TYPE_NATIONAL_ID, "110105 19491231 002X", "11010519491231002X"},
        Row{v1::IDENTIFIER_TYPE_NATIONAL_ID, "110105 491231 002", "11010519491231002X"},
        Row{v1::IDENTIFIER_TYPE_NATIONAL_ID, "110105 491331 002", "110105491331002"},
        Row{v1::IDENTIFIER_TYPE_NATIONAL_ID, "a123456(7)", "A1234567"},
        Row{v1::IDENTIFIER_TYPE_NATIONAL_ID, "078-05-1120", "078051120"},
        Row{v1::IDENTIFIER_TYPE_ACCOUNT_NUMBER, " 8001 2345 66a", "8001234566A"},
        Row{v1::IDENTIFIER_TYPE_ACCOUNT_NUMBER, "1-23", "1-23"},
        Row{v1::IDENTIFIER_TYPE_PORT, "olt-bj-01 / 1/3", "OLT-BJ-01/1/3"}));
INSTANTIATE_TEST_SUITE_P(
    IpAddress, Writing,
    ::testing::Values(Row{v1::IDENTIFIER_TYPE_IP_ADDRESS, " 10.0.0.1 ", "10.0.0.1"},
                      Row{v1::IDENTIFIER_TYPE_IP_ADDRESS, "2001:0DB8:0000::0001", "2001:db8::1"},
                      Row{v1::IDENTIFIER_TYPE_IP_ADDRESS, "[2001:db8::1]", "2001:db8::1"},
                      Row{v1::IDENTIFIER_TYPE_IP_ADDRESS, "::ffff:192.0.2.1", "192.0.2.1"},
                      Row{v1::IDENTIFIER_TYPE_IP_ADDRESS, "10.0.0.256", "10.0.0.256"},
                      Row{v1::IDENTIFIER_TYPE_IP_ADDRESS, "::", ""}));

TEST(NormalizeIdentifier, KeepsChineseAndForeignNumbersApart) {
  EXPECT_NE(NormalizeIdentifier(kMsisdn, "+1 310 555 1234"),
            NormalizeIdentifier(kMsisdn, "131 0555 1234"));
}

TEST(NormalizeIdentifier, IsBoundedAndCutsAfterACharacter) {
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "\xef\xb7\xba";  // U+FDFA: NFKC makes 33 bytes of it.
  const std::string normalized = NormalizeIdentifier(v1::IDENTIFIER_TYPE_EMAIL, longest);
  EXPECT_LE(normalized.size(), kMaxNormalizedBytes);
  EXPECT_GT(normalized.size(), kMaxNormalizedBytes - 8);
  EXPECT_EQ(NormalizeIdentifier(v1::IDENTIFIER_TYPE_EMAIL, normalized), normalized);
}

TEST(NormalizeIdentifier, TakesAnyBytesOfAnyType) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random() % 3 == 0 ? random() : "+0186(-F:"[random() % 9]);
    const auto type = static_cast<v1::IdentifierType>(random() % 13);
    const std::string once = NormalizeIdentifier(type, bytes);
    EXPECT_LE(once.size(), kMaxNormalizedBytes);
  }
}

TEST(FoldName, FoldsCaseWidthAndBlanks) {
  EXPECT_EQ(FoldName("ＷＡＮＧ　Xiao   Ming "), "wang xiao ming");
  EXPECT_EQ(FoldName("ÉLODIE"), "élodie");
  EXPECT_EQ(FoldName("ΣΟΦΊΑ"), "σοφία");
  EXPECT_EQ(FoldName("ИВАН"), "иван");
  EXPECT_EQ(FoldName("Straße"), "strasse");
  EXPECT_EQ(FoldName("E\xcc\x81lodie"), "élodie");  // A letter and its accent as two characters.
  EXPECT_EQ(FoldName("\tWang\nMing\r\n"), "wang ming");
}

TEST(FoldName, TakesPunctuationForBlanksAndDropsApostrophes) {
  EXPECT_EQ(FoldName("Smith-Jones, J."), "smith jones j");
  EXPECT_EQ(FoldName("O'Brien"), "obrien");
  EXPECT_EQ(FoldName("O’Brien"), "obrien");
  EXPECT_EQ(FoldName("北京一览（集团）有限公司"), "北京一览 集团 有限公司");
  EXPECT_EQ(FoldName("阿凡提·买买提"), "阿凡提 买买提");
  EXPECT_EQ(FoldName("--- ()"), "");
  EXPECT_EQ(FoldName(""), "");
}

TEST(FoldName, IsIdempotent) {
  for (const char* name :
       {"ＷＡＮＧ　Xiao", "O’Brien & Söhne", "北京（集团）", "ΣΟΦΊΑ ς", "ǅ", "ﬁ"}) {
    EXPECT_EQ(FoldName(FoldName(name)), FoldName(name)) << name;
  }
}

TEST(FoldName, TakesBytesThatAreNotUtf8) {
  EXPECT_EQ(FoldName("Wang\xff\xfeMing"), "wang\xef\xbf\xbd\xef\xbf\xbdming");
}

TEST(NameWords, BeginAtEveryWord) {
  EXPECT_THAT(NameWords("Wang Xiao-Ming"), ElementsAre("wang xiao ming", "xiao ming", "ming"));
  EXPECT_THAT(NameWords("Wang"), ElementsAre("wang"));
}

TEST(NameWords, BeginAtEveryChineseJapaneseOrKoreanCharacter) {
  EXPECT_THAT(NameWords("王小明"), ElementsAre("王小明", "小明", "明"));
  EXPECT_THAT(NameWords("김민준"), ElementsAre("김민준", "민준", "준"));
  EXPECT_THAT(NameWords("タナカ"), ElementsAre("タナカ", "ナカ", "カ"));
  EXPECT_THAT(NameWords("一览Tel 公司"),
              ElementsAre("一览tel 公司", "览tel 公司", "tel 公司", "公司", "司"));
}

TEST(NameWords, FindACompanyByItsBrandInTheMiddle) {
  const std::vector<std::string> words = NameWords("北京一览通信有限公司");
  EXPECT_THAT(words, Contains(::testing::StartsWith(FoldName("一览"))));
  EXPECT_THAT(words, Contains(::testing::StartsWith(FoldName("通信有限"))));
}

TEST(NameWords, AreBoundedDistinctAndNoneForNothing) {
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "中国";
  EXPECT_THAT(NameWords(longest), SizeIs(kMaxNameWords));
  EXPECT_THAT(NameWords(" -- "), IsEmpty());
  EXPECT_THAT(NameWords("a"), Not(Contains("")));
}

}  // namespace
}  // namespace yilan::core
