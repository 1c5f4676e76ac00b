// Each level of each field, by an example and its neighbour. docs/identity.md has the table.
#include "core/matching/comparison.h"

#include <string>

#include "gtest/gtest.h"

namespace yilan::core {
namespace {

NameView Name(absl::string_view written) { return {.written = written, .spoken = written}; }
NameView Name(absl::string_view written, absl::string_view spoken) {
  return {.written = written, .spoken = spoken};
}

TEST(CompareNames, TellsAlphabeticNamesApart) {
  EXPECT_EQ(CompareNames(Name("kayla"), Name("kayla")), Level::kExact);
  EXPECT_EQ(CompareNames(Name("josé", "jose"), Name("jose")), Level::kSameSpoken);
  EXPECT_EQ(CompareNames(Name("kayla"), Name("kalya")), Level::kNear);
  EXPECT_EQ(CompareNames(Name("mary ann"), Name("mary")), Level::kContained);
  EXPECT_EQ(CompareNames(Name("k"), Name("kayla")), Level::kContained);
  EXPECT_EQ(CompareNames(Name("chris"), Name("christopher")), Level::kContained);
  EXPECT_EQ(CompareNames(Name("jonathan"), Name("jonatahnn")), Level::kSimilar);
  EXPECT_EQ(CompareNames(Name("garcia lopez"), Name("perez garcia")), Level::kPartial);
  EXPECT_EQ(CompareNames(Name("kayla"), Name("robert")), Level::kDifferent);
}

TEST(CompareNames, TellsChineseNamesApart) {
  EXPECT_EQ(CompareNames(Name("小明", "xiao ming"), Name("晓明", "xiao ming")), Level::kSameSpoken);
  EXPECT_EQ(CompareNames(Name("小明", "xiao ming"), Name("xiaoming", "xiao ming")),
            Level::kSameSpoken);
  EXPECT_EQ(CompareNames(Name("小明", "xiao ming"), Name("小敏", "xiao min")), Level::kNear);
  EXPECT_EQ(CompareNames(Name("小明", "xiao ming"), Name("明", "ming")), Level::kContained);
  EXPECT_EQ(CompareNames(Name("小明", "xiao ming"), Name("小红", "xiao hong")), Level::kPartial);
  EXPECT_EQ(CompareNames(Name("小明", "xiao ming"), Name("建国", "jian guo")), Level::kDifferent);
}

TEST(CompareNames, TellsANameThatMayBeABrothersFromOneThatWasReadWrongly) {
  const NameView name = Name("雪红", "xue hong");
  EXPECT_EQ(CompareNames(name, Name("雪江", "xue jiang")), Level::kPartial);
  EXPECT_EQ(CompareNames(name, Name("雷红", "lei hong")), Level::kSimilar);
}

TEST(CompareNames, HoldsOneSyllableOfDifferenceForAnotherFamilyName) {
  EXPECT_EQ(CompareNames(Name("王", "wang"), Name("杨", "yang")), Level::kSimilar);
}

TEST(CompareFullNames, DoesNotCareForTheOrderOfWords) {
  EXPECT_EQ(CompareFullNames(Name("acme tools berlin"), Name("acme tools berlin")), Level::kExact);
  EXPECT_EQ(CompareFullNames(Name("acme tools berlin"), Name("berlin acme tools")), Level::kNear);
  EXPECT_EQ(CompareFullNames(Name("acme tools berlin"), Name("acme tols berlin")), Level::kNear);
  EXPECT_EQ(CompareFullNames(Name("acme tools berlin"), Name("acme tools")), Level::kContained);
  EXPECT_EQ(CompareFullNames(Name("acme tools berlin"), Name("acme tools madrid")),
            Level::kPartial);
  EXPECT_EQ(CompareFullNames(Name("acme tools"), Name("zenith partners")), Level::kDifferent);
}

TEST(CompareFullNames, FindsACompanyWithoutItsTown) {
  EXPECT_EQ(CompareFullNames(Name("深圳远景软件", "shen zhen yuan jing ruan jian"),
                             Name("远景软件", "yuan jing ruan jian")),
            Level::kContained);
}

TEST(CompareFullNames, TellsACompanyFromItsBranches) {
  const NameView company = Name("远景软件", "yuan jing ruan jian");
  const NameView beijing = Name("远景软件北京分公司", "yuan jing ruan jian bei jing fen gong si");
  const NameView dalian = Name("远景软件大连分公司", "yuan jing ruan jian da lian fen gong si");
  EXPECT_EQ(CompareFullNames(company, beijing), Level::kPartial);
  EXPECT_EQ(CompareFullNames(beijing, dalian), Level::kPartial);
  EXPECT_EQ(CompareFullNames(Name("深圳远景软件北京分公司",
                                  "shen zhen yuan jing ruan jian bei jing fen gong si"),
                             beijing),
            Level::kContained);
}

TEST(CompareBirthDates, TellsTypingErrorsFromOtherDates) {
  EXPECT_EQ(CompareBirthDates("19840312", "19840312"), Level::kExact);
  EXPECT_EQ(CompareBirthDates("19840312", "19840313"), Level::kNear);
  EXPECT_EQ(CompareBirthDates("19840312", "19841203"), Level::kNear) << "day and month";
  EXPECT_EQ(CompareBirthDates("19840312", "19840329"), Level::kSimilar) << "year and month";
  EXPECT_EQ(CompareBirthDates("19840312", "19670312"), Level::kSimilar) << "month and day";
  EXPECT_EQ(CompareBirthDates("19840312", "19841127"), Level::kPartial);
  EXPECT_EQ(CompareBirthDates("19840312", "19671125"), Level::kDifferent);
}

TEST(ComparePhones, TellsTypingErrorsFromOtherNumbers) {
  EXPECT_EQ(ComparePhones("8613800138000", "8613800138000"), Level::kExact);
  EXPECT_EQ(ComparePhones("8613800138000", "8613800138001"), Level::kNear);
  EXPECT_EQ(ComparePhones("867552671234", "2671234"), Level::kContained);
  EXPECT_EQ(ComparePhones("8613800138000", "8613912345678"), Level::kDifferent);
}

TEST(CompareEmails, TellsTheLocalPartFromTheProvider) {
  EXPECT_EQ(CompareEmails("wang.wei@qq.com", "wang.wei@qq.com"), Level::kExact);
  EXPECT_EQ(CompareEmails("wang.wei@qq.com", "wang.wei@qq.con"), Level::kNear);
  EXPECT_EQ(CompareEmails("wang.wei@qq.com", "wangwei@qq.com"), Level::kNear);
  EXPECT_EQ(CompareEmails("wang.wei@qq.com", "wang.wei@example.org"), Level::kContained);
  EXPECT_EQ(CompareEmails("wang.wei@qq.com", "wangwie@qq.com"), Level::kSimilar);
  EXPECT_EQ(CompareEmails("wang.wei@qq.com", "li.na@qq.com"), Level::kDifferent);
}

TEST(CompareDocuments, CountsEdits) {
  EXPECT_EQ(CompareDocuments("7364009", "7364009"), Level::kExact);
  EXPECT_EQ(CompareDocuments("7364009", "7364090"), Level::kNear);
  EXPECT_EQ(CompareDocuments("7364009", "7364121"), Level::kDifferent);
  EXPECT_EQ(CompareDocuments("7364009", "7364112"), Level::kDifferent);
  EXPECT_EQ(CompareDocuments("7364009", "7364119"), Level::kSimilar);
}

AddressView Street(absl::string_view text, absl::string_view house, absl::string_view street) {
  return {.text = text, .house_number = house, .street = street};
}

TEST(CompareStreets, TellsHousesStreetsAndErrorsApart) {
  const AddressView home = Street("12 hawker pl", "12", "hawker pl");
  EXPECT_EQ(CompareStreets(home, home), Level::kExact);
  EXPECT_EQ(CompareStreets(home, Street("12 hawkre pl", "12", "hawkre pl")), Level::kNear);
  EXPECT_EQ(CompareStreets(home, Street("hawker pl", "", "hawker pl")), Level::kContained);
  EXPECT_EQ(CompareStreets(home, Street("12 hawker pl rosehill", "12", "hawker pl rosehill")),
            Level::kContained);
  EXPECT_EQ(CompareStreets(home, Street("21 hawker pl", "21", "hawker pl")), Level::kSimilar);
  EXPECT_EQ(CompareStreets(home, Street("77 hawker pl", "77", "hawker pl")), Level::kPartial);
  EXPECT_EQ(CompareStreets(home, Street("12 bannister rd", "12", "bannister rd")),
            Level::kDifferent);
  EXPECT_EQ(CompareStreets(home, AddressView()), Level::kNotCompared);
}

TEST(CompareStreets, TellsTheFlatsOfAHouseApart) {
  const AddressView home = Street("科技园路 12 3 2 501", "12", "科技园路");
  EXPECT_EQ(CompareStreets(home, Street("科技园路 12 3 2 501", "12", "科技园路")), Level::kExact);
  EXPECT_EQ(CompareStreets(home, Street("科技园路 12", "12", "科技园路")), Level::kNear);
  EXPECT_EQ(CompareStreets(home, Street("科技园路 12 8 1 904", "12", "科技园路")), Level::kSimilar);
}

TEST(CompareStreets, FindsAFlatWithoutItsDistrictRoadOrEstate) {
  const AddressView home =
      Street("荔湾区 朝阳街 145 怡景苑 6 2 401", "145", "荔湾区 朝阳街 怡景苑");
  EXPECT_EQ(CompareStreets(home, Street("荔湾区 怡景苑 6 2 401", "6", "荔湾区 怡景苑")),
            Level::kNear);
  EXPECT_EQ(CompareStreets(home, Street("荔湾区 朝阳街 145 6 2 401", "145", "荔湾区 朝阳街")),
            Level::kNear);
  EXPECT_EQ(CompareStreets(home, Street("朝阳街 145 怡景苑 6 2 401", "145", "朝阳街 怡景苑")),
            Level::kNear);
  EXPECT_NE(CompareStreets(home, Street("荔湾区 怡景苑 6 2 402", "6", "荔湾区 怡景苑")),
            Level::kNear)
      << "a neighbor";
}

TEST(CompareStreets, FindsAnErrorInAHouseNumberButNotInThatOfTheFlat) {
  const AddressView home = Street("三元里路 106 9 4 401", "106", "三元里路");
  EXPECT_EQ(CompareStreets(home, Street("三元里路 19 9 4 401", "19", "三元里路")), Level::kNear);
  EXPECT_EQ(CompareStreets(home, Street("三牛里路 106 9 4 401", "106", "三牛里路")), Level::kNear);
  EXPECT_EQ(CompareStreets(home, Street("三元里路 106 9 4 403", "106", "三元里路")),
            Level::kSimilar);
}

TEST(CompareStreets, HoldsAVillageForLessThanAHouse) {
  const AddressView village = Street("马头镇 周家桥村 7", "7", "马头镇 周家桥村");
  EXPECT_EQ(CompareStreets(village, village), Level::kContained);
  const AddressView no_number = Street("high st", "", "high st");
  EXPECT_EQ(CompareStreets(no_number, no_number), Level::kContained);
}

AddressView Place(absl::string_view city, absl::string_view code, absl::string_view state = "") {
  return {.city = city, .state = state, .postal_code = code};
}

TEST(ComparePlaces, IsOneComparisonOfTownCodeAndState) {
  EXPECT_EQ(ComparePlaces(Place("dapto", "4566"), Place("dapto", "4566")), Level::kExact);
  EXPECT_EQ(ComparePlaces(Place("dapto", "4566"), Place("dapto", "4656")), Level::kNear);
  EXPECT_EQ(ComparePlaces(Place("dapto", "4566"), Place("", "4566")), Level::kContained);
  EXPECT_EQ(ComparePlaces(Place("dapto", "4566"), Place("dapto", "1023")), Level::kSimilar);
  EXPECT_EQ(ComparePlaces(Place("dapto", "4566"), Place("datpo", "1023")), Level::kPartial);
  EXPECT_EQ(ComparePlaces(Place("dapto", "4566"), Place("leeton", "1023")), Level::kDifferent);
  EXPECT_EQ(ComparePlaces(Place("", "", "nsw"), Place("", "", "nsw")), Level::kPartial);
  EXPECT_EQ(ComparePlaces(Place("", "", "nsw"), Place("", "", "vic")), Level::kDifferent);
  EXPECT_EQ(ComparePlaces(Place("dapto", ""), Place("", "4566")), Level::kNotCompared);
}

AddressView InDistrict(absl::string_view text, absl::string_view city = "") {
  return {.text = text, .city = city};
}

TEST(ComparePlaces, TakesTheDistrictOfAChineseLineForACode) {
  const AddressView home = InDistrict("荔湾区 朝阳街 145", "广州");
  EXPECT_EQ(ComparePlaces(home, InDistrict("荔湾区 人民路 2", "广州")), Level::kExact);
  EXPECT_EQ(ComparePlaces(home, InDistrict("荔湾区 人民路 2")), Level::kContained);
  EXPECT_EQ(ComparePlaces(home, InDistrict("天河区 人民路 2", "广州")), Level::kSimilar);
  EXPECT_EQ(ComparePlaces(home, InDistrict("天河区 人民路 2")), Level::kDifferent);
  EXPECT_EQ(ComparePlaces(home, InDistrict("幸福小区 20")), Level::kNotCompared);
}

TEST(CompareNameWithEmail, FindsTheNameInEitherOrderAndPartsOfIt) {
  const auto compare = [](absl::string_view email) {
    return CompareNameWithEmail("wang", "xiao ming", email);
  };
  EXPECT_EQ(compare("wang.xiaoming85@qq.com"), Level::kExact);
  EXPECT_EQ(compare("xiaoming_wang@qq.com"), Level::kExact);
  EXPECT_EQ(compare("xiaoming_5593@139.com"), Level::kContained);
  EXPECT_EQ(compare("wangx198502@qq.com"), Level::kContained);
  EXPECT_EQ(compare("wangxiulan@qq.com"), Level::kDifferent);
  EXPECT_EQ(compare("38124071@qq.com"), Level::kNotCompared);
}

TEST(CompareBirthDateWithEmail, ReadsYearsOfFourDigitsAndOfTwo) {
  const auto compare = [](absl::string_view email) {
    return CompareBirthDateWithEmail("19850723", email);
  };
  EXPECT_EQ(compare("wangx198502@qq.com"), Level::kExact);
  EXPECT_EQ(compare("wangx199002@qq.com"), Level::kDifferent);
  EXPECT_EQ(compare("wangxiaoming85@qq.com"), Level::kContained);
  EXPECT_EQ(compare("wangxiaoming07@qq.com"), Level::kPartial);
  EXPECT_EQ(compare("wangxiaoming@qq.com"), Level::kNotCompared);
  EXPECT_EQ(compare("wang_8304@qq.com"), Level::kNotCompared) << "no year";
  EXPECT_EQ(compare("19850723@qq.com"), Level::kNotCompared) << "a number of its own";
}

TEST(ComparePlaces, FindsATownThatStandsInTheStreetLine) {
  AddressView a = Place("", "");
  a.text = "12 hawker pl dapto";
  EXPECT_EQ(ComparePlaces(a, Place("dapto", "")), Level::kContained);
}

PartyFeatures Person(const std::string& given, const std::string& family) {
  PartyFeatures person;
  person.party_type = v1::PARTY_TYPE_INDIVIDUAL;
  person.given_name = {given, given};
  person.family_name = {family, family};
  person.name = {given + " " + family, given + " " + family};
  return person;
}

PartyComparison Compare(const PartyFeatures& a, const PartyFeatures& b) {
  return CompareParties(PartyView(a), PartyView(b));
}

TEST(CompareParties, ComparesWhatOneDoesNotStateWithNothing) {
  const PartyComparison found = Compare(Person("kayla", "berry"), Person("kayla", ""));
  EXPECT_EQ(found[Field::kGivenName].level, Level::kExact);
  for (const Field field :
       {Field::kFamilyName, Field::kFullName, Field::kBirthDate, Field::kSex, Field::kPhone,
        Field::kEmail, Field::kDocument, Field::kStreet, Field::kPlace, Field::kNameOrder}) {
    EXPECT_EQ(found[field].level, Level::kNotCompared);
  }
}

TEST(CompareParties, ReadsAnEmailAddressWhereTheRecordStatesNoName) {
  PartyFeatures named = Person("wei", "wang");
  named.birth_date = "19850723";
  PartyFeatures unnamed;
  unnamed.emails = {{.value = "wangwei1985@qq.com"}};
  EXPECT_EQ(Compare(named, unnamed)[Field::kNameInEmail].level, Level::kExact);
  EXPECT_EQ(Compare(unnamed, named)[Field::kBirthYearInEmail].level, Level::kExact);
  named.emails = unnamed.emails;
  EXPECT_EQ(Compare(named, unnamed)[Field::kNameInEmail].level, Level::kNotCompared)
      << "the addresses agree, and what is in them says no more";
  unnamed = Person("wei", "wang");
  unnamed.emails = {{.value = "weiwei1985@qq.com"}};
  EXPECT_EQ(Compare(named, unnamed)[Field::kNameInEmail].level, Level::kNotCompared);
}

TEST(CompareParties, FindsNamesThatWereExchanged) {
  const PartyComparison found = Compare(Person("kayla", "berry"), Person("berry", "kayla"));
  EXPECT_EQ(found[Field::kGivenName].level, Level::kExact);
  EXPECT_EQ(found[Field::kFamilyName].level, Level::kExact);
  EXPECT_EQ(found[Field::kNameOrder].level, Level::kDifferent);
}

TEST(CompareParties, DoesNotExchangeNamesThatAgreeAsTheyStand) {
  const PartyComparison found = Compare(Person("lee", "leo"), Person("lee", "lea"));
  EXPECT_EQ(found[Field::kNameOrder].level, Level::kNotCompared);
}

TEST(CompareParties, DoesNotCompareTheWholeNameBesideItsParts) {
  const PartyComparison found = Compare(Person("kayla", "berry"), Person("kayla", "berry"));
  EXPECT_EQ(found[Field::kFullName].level, Level::kNotCompared);
}

TEST(CompareParties, ComparesPhonesThatWereHeldAtTheSameTimeOnly) {
  PartyFeatures first = Person("kayla", "berry");
  PartyFeatures second = Person("robert", "smith");
  first.phones = {{"8613800138000", kMinTime, 1000}};
  second.phones = {{"8613800138000", 1000, kMaxTime}};
  EXPECT_EQ(Compare(first, second)[Field::kPhone].level, Level::kNotCompared);
  second.phones = {{"8613800138000", 999, kMaxTime}};
  EXPECT_EQ(Compare(first, second)[Field::kPhone].level, Level::kExact);
}

TEST(CompareParties, TakesThePhonesThatAgreeBest) {
  PartyFeatures first = Person("kayla", "berry");
  PartyFeatures second = first;
  first.phones = {{"8613800138000"}, {"8613912345678"}};
  second.phones = {{"8613700000000"}, {"8613912345678"}};
  const PartyComparison found = Compare(first, second);
  EXPECT_EQ(found[Field::kPhone].level, Level::kExact);
  EXPECT_EQ(found[Field::kPhone].a, "8613912345678");
}

TEST(CompareParties, DoesNotCountTheBirthDateThatTheResidentIdTells) {
  PartyFeatures first = Person("小明", "王");
  first.birth_date = "19900307";
  first.sex = Sex::kMale;
  first.documents = {{DocumentFeature::Scheme::kResidentId, "11010519900307123X", false}};
  PartyFeatures second = first;
  PartyComparison found = Compare(first, second);
  EXPECT_EQ(found[Field::kDocument].level, Level::kExact);
  EXPECT_EQ(found[Field::kBirthDate].level, Level::kNotCompared);
  EXPECT_EQ(found[Field::kSex].level, Level::kNotCompared);
  second.birth_date = "19650708";
  found = Compare(first, second);
  EXPECT_EQ(found[Field::kBirthDate].level, Level::kDifferent) << "what contradicts it counts";
}

TEST(CompareParties, SeesVerifiedDocumentsThatDiffer) {
  using Scheme = DocumentFeature::Scheme;
  PartyFeatures first = Person("小明", "王");
  PartyFeatures second = first;
  first.documents = {{Scheme::kResidentId, "110105199003071233", true}};
  second.documents = {{Scheme::kResidentId, "440304198501012328", true}};
  EXPECT_TRUE(Compare(first, second).different_verified_documents);
  second.documents.push_back(first.documents[0]);
  EXPECT_FALSE(Compare(first, second).different_verified_documents);
  EXPECT_TRUE(Compare(first, second).same_verified_document);
  second.documents = {{Scheme::kResidentId, "440304198501012328", false}};
  EXPECT_FALSE(Compare(first, second).different_verified_documents);
  second.documents = {{Scheme::kSocialCreditCode, "91110000600037341L", true}};
  EXPECT_FALSE(Compare(first, second).different_verified_documents);
}

TEST(CompareParties, SeesAPersonAndAnOrganization) {
  PartyFeatures person = Person("kayla", "berry");
  PartyFeatures other = person;
  other.party_type = v1::PARTY_TYPE_ORGANIZATION;
  EXPECT_TRUE(Compare(person, other).different_party_types);
  other.party_type = v1::PARTY_TYPE_UNSPECIFIED;
  EXPECT_FALSE(Compare(person, other).different_party_types);
}

}  // namespace
}  // namespace yilan::core
