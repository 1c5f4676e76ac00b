// Names of people and organizations, parted and in one form.
#include "core/identity/person_name.h"

#include <ostream>
#include <string>
#include <vector>

#include "core/identity/organization_name.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

// A name as the fields of a source have it, and its written forms.
struct Row {
  std::string name, given, family;
  std::string whole, family_written, given_written;
};
void ExpectWritten(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const PersonName parted = NormalizePersonName(row.name, row.given, row.family);
    const std::string source = row.name + "|" + row.given + "|" + row.family;
    EXPECT_EQ(parted.whole.written, row.whole) << source;
    EXPECT_EQ(parted.family.written, row.family_written) << source;
    EXPECT_EQ(parted.given.written, row.given_written) << source;
  }
}

TEST(PersonName, InChineseBeginsWithTheFamilyName) {
  ExpectWritten({{"王小明", "", "", "王小明", "王", "小明"},
                 {"歐陽娜娜", "", "", "欧阳娜娜", "欧阳", "娜娜"},
                 {"司马懿", "", "", "司马懿", "司马", "懿"},
                 {"欧阳", "", "", "欧阳", "欧", "阳"},
                 {"王　小明", "", "", "王小明", "王", "小明"},
                 {"王 小 明", "", "", "王小明", "王", "小明"},
                 {"迪丽热巴", "", "", "迪丽热巴", "迪", "丽热巴"}});
}

TEST(PersonName, InChineseMayHaveTheFamilyNameBehindABlank) {
  ExpectWritten({{"小明 王", "", "", "小明王", "王", "小明"},
                 {"阿凡提·买买提", "", "", "阿凡提买买提", "买买提", "阿凡提"}});
}

TEST(PersonName, InOtherScriptsEndsWithTheFamilyName) {
  ExpectWritten(
      {{"John Smith", "", "", "john smith", "smith", "john"},
       {"John Ronald Smith", "", "", "john ronald smith", "smith", "john ronald"},
       {"Smith, John", "", "", "smith john", "smith", "john"},
       {"SMITH John", "", "", "smith john", "smith", "john"},
       {"John Smith Jr.", "", "", "john smith jr", "smith", "john"},
       {"Smith, Jr.", "", "", "smith jr", "smith", ""},
       {"Ludwig van Beethoven", "", "", "ludwig van beethoven", "van beethoven", "ludwig"},
       {"Conan O'Brien", "", "", "conan obrien", "obrien", "conan"},
       {"Madonna", "", "", "madonna", "madonna", ""}});
}

TEST(PersonName, InPinyinHasTheWordThatIsAFamilyName) {
  ExpectWritten({{"Wang Xiaoming", "", "", "wang xiaoming", "wang", "xiaoming"},
                 {"Xiaoming Wang", "", "", "xiaoming wang", "wang", "xiaoming"},
                 {"Wang Xiao-Ming", "", "", "wang xiao ming", "wang", "xiao ming"},
                 {"Wang Li", "", "", "wang li", "wang", "li"},
                 {"LI Wang", "", "", "li wang", "li", "wang"},
                 {"Nana Ouyang", "", "", "nana ouyang", "ouyang", "nana"},
                 {"Lü Bu", "", "", "lü bu", "lü", "bu"}});
}

TEST(PersonName, IsMadeOfItsPartsWhereTheSourceStatesOnlyThem) {
  ExpectWritten({{"", "小明", "王", "王小明", "王", "小明"},
                 {"", "John", "Smith", "john smith", "smith", "john"},
                 {"", "John", "", "john", "", "john"},
                 {"", "", "Smith", "smith", "smith", ""},
                 {"", "王小明", "", "王小明", "王", "小明"},
                 {"", "王小明", "王", "王小明", "王", "小明"}});
}

TEST(PersonName, HasThePartsThatTheSourceStates) {
  ExpectWritten({{"Smith John", "John", "Smith", "smith john", "smith", "john"},
                 {"王小明", "明", "王小", "王小明", "王小", "明"},
                 {"John Smith", "Johnny", "", "john smith", "smith", "johnny"}});
}

TEST(PersonName, HasNoOtherPartThanItsOnlyWord) {
  ExpectWritten({{"Kelsey", "Kelsey", "", "kelsey", "", "kelsey"},
                 {"Kelsey", "", "Kelsey", "kelsey", "kelsey", ""},
                 {"小明", "小明", "", "小明", "", "小明"},
                 {"Smith John", "John", "", "smith john", "smith", "john"},
                 {"John Smith", "", "Smith", "john smith", "smith", "john"},
                 {"Johnson", "John", "", "johnson", "johnson", "john"},
                 {"王小明", "", "王", "王小明", "王", "小明"}});
}

TEST(PersonName, HasNoTitlesAndRemarks) {
  ExpectWritten({{"Dr. John Smith", "", "", "john smith", "smith", "john"},
                 {"Mr John Smith PhD", "", "", "john smith", "smith", "john"},
                 {"王小明先生", "", "", "王小明", "王", "小明"},
                 {"王女士", "", "", "王", "王", ""},
                 {"张三（本人）", "", "", "张三", "张", "三"},
                 {"王小明 Wang Xiaoming", "", "", "王小明", "王", "小明"},
                 {"先生", "", "", "", "", ""}});
}

TEST(PersonName, IsEmptyWhereNothingIsSaid) {
  for (const char* nothing :
       {"", "N/A", "unknown", "NULL", "无", "未知", "測試", "--", "13800138000"}) {
    EXPECT_EQ(NormalizePersonName(nothing, "", "").whole.written, "") << nothing;
    EXPECT_EQ(NormalizePersonName("", nothing, nothing).whole.written, "") << nothing;
  }
  EXPECT_EQ(NormalizePersonName("", "Na", "Li").given.written, "na");
}

// A name, and how it, its family name and its given name are spoken.
struct Sound {
  std::string name, whole, family, given;
};

TEST(PersonName, IsEmptyForAUserName) {
  for (const char* text : {"lihua1990", "xm88", "明同学"}) {
    EXPECT_EQ(NormalizePersonName(text, "", "").whole.written, "") << text;
  }
  EXPECT_EQ(NormalizePersonName("王小明", "", "").whole.written, "王小明");
}

TEST(PersonName, IsSpokenInSyllables) {
  const std::vector<Sound> sounds = {{"王小明", "wang xiao ming", "wang", "xiao ming"},
                                     {"Wang Xiaoming", "wang xiao ming", "wang", "xiao ming"},
                                     {"Xiaoming WANG", "xiao ming wang", "wang", "xiao ming"},
                                     {"单雄信", "shan xiong xin", "shan", "xiong xin"},
                                     {"简单", "jian dan", "jian", "dan"},
                                     {"万俟丑奴", "mo qi chou nu", "mo qi", "chou nu"},
                                     {"吕布", "lv bu", "lv", "bu"},
                                     {"Lyu Bu", "lv bu", "lv", "bu"},
                                     {"陳乾", "chen qian", "chen", "qian"},
                                     {"Élodie Dubois", "elodie dubois", "dubois", "elodie"},
                                     {"小明 王", "xiao ming wang", "wang", "xiao ming"},
                                     {"David 王", "david wang", "wang", "david"}};
  for (const Sound& sound : sounds) {
    const PersonName name = NormalizePersonName(sound.name, "", "");
    EXPECT_EQ(name.whole.spoken, sound.whole) << sound.name;
    EXPECT_EQ(name.family.spoken, sound.family) << sound.name;
    EXPECT_EQ(name.given.spoken, sound.given) << sound.name;
  }
  EXPECT_EQ(NormalizePersonName("", "Xiaoming", "Wang").given.spoken, "xiao ming");
}

TEST(OrganizationName, HasNoLegalForm) {
  for (const char* name : {"一览科技有限公司", "一览科技股份有限公司", "一覽科技（有限責任公司）",
                           "一览科技 有限责任公司", "一览科技公司", "一览科技"}) {
    EXPECT_EQ(NormalizeOrganizationName(name).written, "一览科技") << name;
  }
  for (const char* name :
       {"Yilan Tech Co., Ltd.", "YILAN TECH LIMITED", "Yilan Tech Inc", "yilan tech",
        "Yilan Tech (Pty) Ltd", "Yilan Tech S.A.", "Yilan-Tech GmbH & Co. KG"}) {
    EXPECT_EQ(NormalizeOrganizationName(name).written, "yilan tech") << name;
  }
}

TEST(OrganizationName, OfABranchIsNotThatOfItsCompany) {
  EXPECT_EQ(NormalizeOrganizationName("一览科技有限公司北京分公司").written, "一览科技北京分公司");
}

TEST(OrganizationName, HasItsTownInFront) {
  for (const char* name :
       {"深圳一览科技有限公司", "深圳市一览科技有限公司", "一览（深圳）科技有限公司",
        "一览(深圳市)科技有限公司", "深圳一览（深圳）科技有限公司"}) {
    EXPECT_EQ(NormalizeOrganizationName(name).written, "深圳一览科技") << name;
  }
  EXPECT_EQ(NormalizeOrganizationName("一览（中国）科技有限公司").written, "一览中国科技");
  EXPECT_EQ(NormalizeOrganizationName("北京一览（集团）有限公司").written, "北京一览集团");
  EXPECT_EQ(NormalizeOrganizationName("南京西路药店").written, "南京西路药店");
}

TEST(OrganizationName, IsNeverLeftWithoutAWord) {
  EXPECT_EQ(NormalizeOrganizationName("有限公司").written, "有限公司");
  EXPECT_EQ(NormalizeOrganizationName("Co. Ltd.").written, "co");
  EXPECT_EQ(NormalizeOrganizationName("unknown").written, "");
  EXPECT_EQ(NormalizeOrganizationName("").written, "");
}

TEST(OrganizationName, IsSpokenInPinyinWithoutAccents) {
  EXPECT_EQ(NormalizeOrganizationName("一览科技有限公司").spoken, "yi lan ke ji");
  EXPECT_EQ(NormalizeOrganizationName("Müller GmbH").spoken, "muller");
}

TEST(OrganizationName, IsKnownByItsLegalForm) {
  for (const char* name :
       {"一览科技有限公司", "小李理发店（个体工商户）", "Yilan Ltd", "某某公司"}) {
    EXPECT_TRUE(HasLegalForm(name)) << name;
  }
  for (const char* name : {"王小明", "John Smith", "Marco", "", "公"}) {
    EXPECT_FALSE(HasLegalForm(name)) << name;
  }
}

}  // namespace
}  // namespace yilan::core
