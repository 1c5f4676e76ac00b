// Simplified characters, pinyin and numbers in characters.
#include "core/identity/chinese_text.h"

#include <opencc/SimpleConverter.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/identity/chinese_tables.h"
#include "core/identity/family_names.h"
#include "core/identity/unicode_text.h"
#include "gmock/gmock.h"
#include "tests/history/seed.h"

namespace yilan::core {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Simplified, TurnsTraditionalCharactersIntoSimplifiedOnes) {
  EXPECT_EQ(Simplified("歐陽鋒"), "欧阳锋");
  EXPECT_EQ(Simplified("臺北市信義區"), "台北市信义区");
  EXPECT_EQ(Simplified("王小明 Wang 12"), "王小明 Wang 12");
}

TEST(Simplified, TakesPhrasesAsAWhole) {
  EXPECT_EQ(Simplified("瞭解"), "了解");
  EXPECT_EQ(Simplified("瞭望"), "瞭望");
  EXPECT_EQ(Simplified("於崇文"), "於崇文");
}

TEST(Simplified, KeepsTheQianOfNames) {
  EXPECT_EQ(Simplified("陳乾"), "陈乾");
  EXPECT_EQ(Simplified("乾縣"), "乾县");
  EXPECT_EQ(Simplified("張法乾"), "张法乾");
}

// Any text of characters that OpenCC knows, and of its phrases.
TEST(Simplified, IsWhatOpenCcConverts) {
  std::mt19937_64 random(history::TestSeed());
  const opencc::SimpleConverter converter("t2s.json");
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (uint64_t pieces = 1 + random() % 6; pieces > 0; --pieces) {
      if (random() % 4 == 0) {
        text += chinese_tables::kPhrases[random() % chinese_tables::kPhrasesCount].from;
      } else {
        const char32_t c =
            chinese_tables::kFirst +
            static_cast<char32_t>(random() % (chinese_tables::kLimit - chinese_tables::kFirst));
        if (c != U'乾') AppendCharacter(c, text);
      }
    }
    if (text.find("乾") != std::string::npos) continue;
    ASSERT_EQ(Simplified(text), converter.Convert(text)) << text;
  }
}

TEST(Pinyin, HasOneBlankBetweenSyllablesAndWords) {
  EXPECT_EQ(Pinyin("小明"), "xiao ming");
  EXPECT_EQ(Pinyin("一览tel公司"), "yi lan tel gong si");
  EXPECT_EQ(Pinyin("wang 小 明"), "wang xiao ming");
  EXPECT_EQ(Pinyin(""), "");
}

TEST(Pinyin, WritesUmlautAsKeyboardsDo) {
  EXPECT_EQ(Pinyin("吕绿"), "lv lv");
  EXPECT_EQ(Pinyin("女略"), "nv lve");
}

TEST(Pinyin, ReadsPolyphonicCharactersAsGivenNamesDo) {
  EXPECT_EQ(Pinyin("乐"), "le");
  EXPECT_EQ(Pinyin("晟"), "sheng");
  EXPECT_EQ(Pinyin("长"), "chang");
  EXPECT_EQ(Pinyin("珩"), "heng");
}

TEST(Pinyin, KnowsCharactersOutsideTheBasicPlaneAndTraditionalOnes) {
  EXPECT_EQ(Pinyin("𬱖"), "di");
  EXPECT_EQ(Pinyin("〇"), "ling");
  EXPECT_EQ(Pinyin("龍"), "long");
}

TEST(Spoken, DropsAccentsAndTones) {
  EXPECT_EQ(Spoken("élodie 王"), "elodie wang");
  EXPECT_EQ(Spoken("wáng xiǎomíng"), "wang xiaoming");
  EXPECT_EQ(Spoken("lǚ"), "lv");
  EXPECT_EQ(Spoken("nüe"), "nve");
  EXPECT_EQ(Spoken("müller"), "muller");
}

TEST(FamilyNamePinyin, ReadsFamilyNamesThatAreReadOtherwiseElsewhere) {
  const std::vector<std::pair<std::string, std::string>> readings = {
      {"单", "shan"},      {"解", "xie"},       {"曾", "zeng"},      {"仇", "qiu"},
      {"查", "zha"},       {"区", "ou"},        {"朴", "piao"},      {"任", "ren"},
      {"盖", "ge"},        {"缪", "miao"},      {"翟", "zhai"},      {"华", "hua"},
      {"尉迟", "yu chi"},  {"万俟", "mo qi"},   {"单于", "chan yu"}, {"长孙", "zhang sun"},
      {"令狐", "ling hu"}, {"欧阳", "ou yang"}, {"王", "wang"},      {"吕", "lv"}};
  for (const auto& [name, reading] : readings) EXPECT_EQ(FamilyNamePinyin(name), reading) << name;
}

TEST(CompoundFamilyName, IsFoundAtTheBeginningOnly) {
  for (const char* name : {"欧阳娜娜", "司马懿", "上官婉儿", "诸葛亮", "尉迟恭", "万俟丑奴"}) {
    EXPECT_EQ(CompoundFamilyName(name), std::string(name).substr(0, 6)) << name;
  }
  EXPECT_EQ(CompoundFamilyName("王小明"), "");
  EXPECT_EQ(CompoundFamilyName("王欧阳"), "");
  EXPECT_EQ(CompoundFamilyName(""), "");
  EXPECT_EQ(CompoundFamilyName("wang"), "");
}

TEST(PinyinSyllables, ArePartedAsInNames) {
  EXPECT_THAT(PinyinSyllables("xiaoming"), ElementsAre("xiao", "ming"));
  EXPECT_THAT(PinyinSyllables("ouyang"), ElementsAre("ou", "yang"));
  EXPECT_THAT(PinyinSyllables("nana"), ElementsAre("na", "na"));
  EXPECT_THAT(PinyinSyllables("xian"), ElementsAre("xian"));
  EXPECT_THAT(PinyinSyllables("lyu"), ElementsAre("lv"));
  EXPECT_THAT(PinyinSyllables("zhuang"), ElementsAre("zhuang"));
}

TEST(PinyinSyllables, AreNoneForOtherWords) {
  for (const char* word : {"smith", "john", "", "WANG", "wang xiao", "m", "ng", "élodie",
                           "xiaomingxiaomingxiaomingxiaomingxiaoming"}) {
    EXPECT_THAT(PinyinSyllables(word), IsEmpty()) << word;
  }
}

TEST(ChineseNumber, ReadsBothWaysOfWriting) {
  const std::vector<std::pair<std::string, int>> numbers = {
      {"十", 10},          {"十二", 12},        {"二十", 20},  {"二十一", 21},   {"一百", 100},
      {"一百零三", 103},   {"一百二十一", 121}, {"两百", 200}, {"二〇一", 201},  {"一千零一", 1001},
      {"一万二千", 12000}, {"五〇一", 501},     {"零", 0},     {"一百十二", 112}};
  for (const auto& [written, number] : numbers)
    EXPECT_EQ(ChineseNumber(written), number) << written;
}

TEST(ChineseNumber, RefusesWhatIsNone) {
  for (const char* written :
       {"", "百", "千", "十百", "一二十", "小", "十小", "九九九九九九", "一十二十"}) {
    EXPECT_EQ(ChineseNumber(written), std::nullopt) << written;
  }
}

}  // namespace
}  // namespace yilan::core
