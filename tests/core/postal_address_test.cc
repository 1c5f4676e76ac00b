// Postal addresses: ways of writing that are one, and what is in them.
#include "core/identity/postal_address.h"

#include <string>
#include <vector>

#include "core/identity/chinese_regions.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

PostalAddress Line(const std::string& line) { return NormalizePostalAddress(line, "", "", ""); }

TEST(PostalAddress, HasOneFormOfTheSortsOfStreet) {
  for (const char* line :
       {"12 High Street", "12 HIGH ST.", "12, high  str", "No. 12 High Street"}) {
    EXPECT_EQ(Line(line).text, "12 high st") << line;
  }
  EXPECT_EQ(Line("5 Elm Avenue").text, Line("5 elm ave.").text);
  EXPECT_EQ(Line("5 Elm Road").text, Line("5 elm rd").text);
  EXPECT_EQ(Line("5 North Elm Crescent").text, Line("5 n elm cres").text);
  EXPECT_EQ(Line("1 O'Connell Place").text, Line("1 OConnell Pl").text);
}

TEST(PostalAddress, HasTheHouseNumberFromAnywhereOnTheLine) {
  struct Row {
    const char* line;
    const char* house_number;
    const char* street;
  };
  const std::vector<Row> rows = {{"12 High St", "12", "high st"},
                                 {"High St 12", "12", "high st"},
                                 {"12b High St", "12b", "high st"},
                                 {"012 High St", "12", "high st"},
                                 {"12/34 High St", "34", "high st"},
                                 {"12 / 34 High St", "34", "high st"},
                                 {"Flat 3, 12 High St", "12", "high st"},
                                 {"12 High St, Apartment 3", "12", "high st"},
                                 {"12 High St #5", "12", "high st"},
                                 {"Unit 7", "7", ""},
                                 {"High St", "", "high st"},
                                 {"1st Street 12", "12", "1st st"},
                                 {"6 tullaroop street willaroo", "6", "tullaroop st willaroo"}};
  for (const Row& row : rows) {
    EXPECT_EQ(Line(row.line).house_number, row.house_number) << row.line;
    EXPECT_EQ(Line(row.line).street, row.street) << row.line;
  }
}

TEST(PostalAddress, HasAllWordsInItsText) {
  EXPECT_EQ(Line("Flat 3, 12/34 High St").text, "flt 3 12 34 high st");
}

TEST(PostalAddress, FoldsTownStateAndPostalCode) {
  const PostalAddress address =
      NormalizePostalAddress("12 High St", " LEEDS ", "West-Yorkshire", "ls1 4ap");
  EXPECT_EQ(address.city, "leeds");
  EXPECT_EQ(address.state, "west yorkshire");
  EXPECT_EQ(address.postal_code, "ls14ap");
}

TEST(PostalAddress, IsEmptyWhereNothingIsSaid) {
  for (const char* nothing : {"", "unknown", "N/A", "无", "不詳", "-"}) {
    const PostalAddress address = NormalizePostalAddress(nothing, nothing, nothing, "000000");
    EXPECT_EQ(address.text + address.house_number + address.street + address.city + address.state +
                  address.postal_code,
              "")
        << nothing;
  }
}

struct Chinese {
  std::string line, city, state;
};

TEST(ChineseAddress, HasOneFormHoweverItIsSpreadOverTheFields) {
  for (const Chinese& written :
       std::vector<Chinese>{{"广东省深圳市南山区科技园路12号3栋2单元501室", "", ""},
                            {"廣東省深圳市南山區科技園路12號3棟2單元501室", "", ""},
                            {"广东省深圳市广东省深圳市南山区科技园路12号3栋2单元501室", "", ""},
                            {"中国广东深圳南山区科技园路１２号３栋２单元５０１室", "", ""},
                            {"深圳南山区科技园路12号3栋2单元501", "", ""},
                            {"南山区科技园路12号3栋2单元501室", "深圳市", "广东省"},
                            {"南山区 科技园路 12号 3栋 2单元 501室", "深圳", "广东"},
                            {"科技园路12号3-2-501", "深圳市南山区", "广东省"},
                            {"南山区科技园路十二号三幢二单元五〇一室", "深圳", ""},
                            {"南山区科技园路12号第3座2单元五零一", "深圳", ""},
                            {"科技园路12号3栋2单元501房", "南山区", "广东省深圳市"},
                            {"518000 广东省深圳市南山区科技园路12号3栋2单元501室", "", ""}}) {
    const PostalAddress address =
        NormalizePostalAddress(written.line, written.city, written.state, "");
    const std::string source = written.line + "|" + written.city + "|" + written.state;
    EXPECT_EQ(address.state, "广东") << source;
    if (written.city != "南山区") {
      EXPECT_EQ(address.city, "深圳") << source;
      EXPECT_EQ(address.text, "南山区 科技园路 12 3 2 501") << source;
    }
    EXPECT_EQ(address.house_number, "12") << source;
  }
}

TEST(ChineseAddress, OfAMunicipalityHasItAsCityAndAsState) {
  for (const Chinese& written : std::vector<Chinese>{{"北京市朝阳区建国门外大街1号", "", ""},
                                                     {"朝阳区建国门外大街1号", "北京市", "北京市"},
                                                     {"朝阳区建国门外大街1号", "北京", ""},
                                                     {"北京市北京市朝阳区建国门外大街1号", "", ""},
                                                     {"北京朝阳区建国门外大街1号", "", ""}}) {
    const PostalAddress address =
        NormalizePostalAddress(written.line, written.city, written.state, "");
    EXPECT_EQ(address.state, "北京") << written.line;
    EXPECT_EQ(address.city, "北京") << written.line;
    EXPECT_EQ(address.text, "朝阳区 建国门外大街 1") << written.line;
  }
}

TEST(ChineseAddress, KeepsNamesOfStreetsThatAreNamesOfCitiesOrNumbers) {
  EXPECT_EQ(NormalizePostalAddress("南京西路100号", "上海市", "", "").street, "南京西路");
  EXPECT_EQ(NormalizePostalAddress("上海路5号", "南京市", "", "").street, "上海路");
  EXPECT_EQ(NormalizePostalAddress("深圳路5号", "深圳市", "", "").street, "深圳路");
  EXPECT_EQ(Line("五一路8号").street, "五一路");
  EXPECT_EQ(Line("三门路8号").street, "三门路");
  EXPECT_EQ(Line("八一大道8号").street, "八一大道");
}

TEST(ChineseAddress, OfAVillageHasItsGroupAndHouse) {
  const PostalAddress address = Line("江苏省南京市江宁区湖熟镇张家村三组12号");
  EXPECT_EQ(address.text, "江宁区 湖熟镇 张家村 3 12");
  EXPECT_EQ(address.street, "江宁区 湖熟镇 张家村");
  EXPECT_EQ(address.house_number, "12");
}

TEST(ChineseAddress, HasTheNumberOfTheHouseNotOfTheBuilding) {
  EXPECT_EQ(Line("建国路88号院3号楼2单元501").house_number, "88");
  EXPECT_EQ(Line("阳光花园3栋2单元501室").house_number, "3");
  EXPECT_EQ(Line("曙光路101号A座1203").text, "曙光路 101 a 1203");
  EXPECT_EQ(Line("曙光路101号03栋0501室").text, "曙光路 101 3 501");
}

TEST(ChineseAddress, KeepsATownThatIsInNoTable) {
  const PostalAddress address = NormalizePostalAddress("义乌市稠州路1号", "义乌市", "浙江省", "");
  EXPECT_EQ(address.city, "义乌");
  EXPECT_EQ(address.text, "稠州路 1");
}

TEST(ChineseRegions, AreFoundAtTheBeginning) {
  EXPECT_EQ(ProvinceAt("广西壮族自治区南宁市").name, "广西");
  EXPECT_EQ(ProvinceAt("广西壮族自治区南宁市").bytes, std::string("广西壮族自治区").size());
  EXPECT_EQ(ProvinceAt("内蒙古呼和浩特市").name, "内蒙古");
  EXPECT_EQ(ProvinceAt("新疆").name, "新疆");
  EXPECT_EQ(ProvinceAt("吉林市船营区").name, "");
  EXPECT_EQ(CityAt("吉林市船营区").name, "吉林");
  EXPECT_EQ(CityAt("张家界市永定区").name, "张家界");
  EXPECT_EQ(CityAt("张家口市桥西区").name, "张家口");
  EXPECT_EQ(CityAt("朝阳区建国路").name, "");
  EXPECT_EQ(CityAt("长沙县星沙街道").name, "");
  EXPECT_EQ(CityAt("").name, "");
  EXPECT_EQ(ProvinceAt("wang").name, "");
}

TEST(ChineseRegions, ThatAreSharedNamesAreNotMistakenForStreets) {
  EXPECT_EQ(ProvinceAt("山东路12号").name, "");
  EXPECT_EQ(CityAt("南京西路100号").name, "");
  EXPECT_EQ(ProvinceOfCity("深圳"), "广东");
  EXPECT_EQ(ProvinceOfCity("上海"), "上海");
  EXPECT_EQ(ProvinceOfCity("义乌"), "");
}

}  // namespace
}  // namespace yilan::core
