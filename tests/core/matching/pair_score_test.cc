#include "core/matching/pair_score.h"

#include <cmath>
#include <memory>
#include <string>

#include "core/matching/party_features.h"
#include "gtest/gtest.h"
#include "tests/core/matching/made_up_people.h"
#include "tests/core/matching/seed.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using Scheme = DocumentFeature::Scheme;

std::shared_ptr<const MatchModel> Shipped() {
  auto model = MatchModel::Make(ShippedMatchModel());
  EXPECT_THAT(model, IsOk());
  return *model;
}

PartyFeatures Person(const std::string& given, const std::string& spoken_given,
                     const std::string& family, const std::string& spoken_family) {
  PartyFeatures person;
  person.party_type = v1::PARTY_TYPE_INDIVIDUAL;
  person.given_name = {given, spoken_given};
  person.family_name = {family, spoken_family};
  person.name = {family + given, spoken_family + " " + spoken_given};
  return person;
}

AddressFeature Home() {
  return {.text = "科技园路 12 3 2 501",
          .house_number = "12",
          .street = "科技园路",
          .city = "深圳",
          .state = "广东",
          .postal_code = "518057"};
}

PartyFeatures WangXiaoming() {
  PartyFeatures person = Person("小明", "xiao ming", "王", "wang");
  person.birth_date = "19900307";
  person.sex = Sex::kMale;
  person.phones = {{"8613800138000"}};
  person.addresses = {Home()};
  return person;
}

PairScore Score(const PartyFeatures& a, const PartyFeatures& b) {
  return ScorePair(*Shipped(), PartyView(a), PartyView(b));
}

TEST(ScorePair, JoinsTwoRecordsThatAgreeOnEverything) {
  EXPECT_GE(Score(WangXiaoming(), WangXiaoming()).probability, 0.99);
}

TEST(ScorePair, AddsUpToItsSum) {
  PartyFeatures other = WangXiaoming();
  other.given_name = {"晓明", "xiao ming"};
  other.phones = {{"8613912345678"}};
  const PairScore score = Score(WangXiaoming(), other);
  ASSERT_EQ(score.rule, v1::MATCH_RULE_PROBABILITY);
  double sum = score.prior_weight + score.look_alike_weight;
  for (const Field field : kFields) sum += score[field].weight + score[field].term_weight;
  EXPECT_NEAR(score.sum, sum, 1e-9);
  EXPECT_NEAR(score.probability, 1 / (1 + std::exp2(-sum)), 1e-12);
  for (const Field field : kFields) {
    EXPECT_NEAR(score[field].weight, std::log2(score[field].m / score[field].u), 1e-9);
  }
}

TEST(ScorePair, KnowsThatAFrequentFamilyNameSaysLess) {
  PartyFeatures wang = Person("小明", "xiao ming", "王", "wang");
  PartyFeatures rare = Person("小明", "xiao ming", "郗", "chi");
  const PairScore frequent_score = Score(wang, wang);
  const PairScore rare_score = Score(rare, rare);
  EXPECT_LT(frequent_score[Field::kFamilyName].term_weight, 0);
  EXPECT_GT(rare_score[Field::kFamilyName].term_weight, 0);
  EXPECT_LT(frequent_score.probability, rare_score.probability);
}

TEST(ScorePair, JoinsByTheSameVerifiedDocument) {
  PartyFeatures first = Person("小明", "xiao ming", "王", "wang");
  first.documents = {{Scheme::kResidentId, "110105199003071233", true}};
  const PairScore score = Score(first, first);
  EXPECT_EQ(score.rule, v1::MATCH_RULE_VERIFIED_DOCUMENT);
  EXPECT_EQ(score.probability, 1);
}

TEST(ScorePair, JoinsByTheSameVerifiedDocumentWhateverElseSays) {
  PartyFeatures first = WangXiaoming();
  first.documents = {{Scheme::kResidentId, "110105199003071233", true}};
  PartyFeatures renamed = first;
  renamed.given_name = {"建国", "jian guo"};
  PartyFeatures moved = first;
  moved.sex = Sex::kFemale;
  moved.phones = {{"8613912345678"}};
  moved.addresses = {};
  for (const PartyFeatures& second : {renamed, moved}) {
    const PairScore score = Score(first, second);
    EXPECT_EQ(score.rule, v1::MATCH_RULE_VERIFIED_DOCUMENT);
    EXPECT_EQ(score.probability, 1);
  }
}

TEST(ScorePair, LeavesTheDocumentOfAnotherToASteward) {
  PartyFeatures first = WangXiaoming();
  first.documents = {{Scheme::kResidentId, "110105199003071233", true}};
  PartyFeatures wife = WangXiaoming();
  wife.given_name = {"婉涵", "wan han"};
  wife.sex = Sex::kFemale;
  PartyFeatures stranger = Person("志强", "zhi qiang", "李", "li");
  for (PartyFeatures* second : {&wife, &stranger}) {
    second->documents = first.documents;
    const PairScore score = Score(first, *second);
    EXPECT_EQ(score.rule, v1::MATCH_RULE_DOCUMENT_OF_ANOTHER);
    EXPECT_GE(score.probability, 0.5);
    EXPECT_LT(score.probability, 0.99);
  }
}

TEST(ScorePair, NeverJoinsDifferentVerifiedDocuments) {
  PartyFeatures first = WangXiaoming();
  PartyFeatures second = WangXiaoming();
  first.documents = {{Scheme::kResidentId, "110105199003071233", true}};
  second.documents = {{Scheme::kResidentId, "440304199003071235", true}};
  const PairScore score = Score(first, second);
  EXPECT_EQ(score.rule, v1::MATCH_RULE_DIFFERENT_VERIFIED_DOCUMENTS);
  EXPECT_EQ(score.probability, 0);
}

TEST(ScorePair, NeverJoinsAPersonAndAnOrganization) {
  PartyFeatures second = WangXiaoming();
  second.party_type = v1::PARTY_TYPE_ORGANIZATION;
  const PairScore score = Score(WangXiaoming(), second);
  EXPECT_EQ(score.rule, v1::MATCH_RULE_DIFFERENT_PARTY_TYPES);
  EXPECT_EQ(score.probability, 0);
}

TEST(ScorePair, JoinsBySamePhoneAndName) {
  PartyFeatures first = Person("小明", "xiao ming", "王", "wang");
  first.phones = {{"8613800138000", 0, 100}};
  PartyFeatures second = first;
  EXPECT_EQ(Score(first, second).rule, v1::MATCH_RULE_MSISDN_AND_NAME);
  EXPECT_GE(Score(first, second).probability, kMsisdnAndNameProbability);
  second.phones = {{"8613800138000", 100, 200}};  // Another's number by then.
  EXPECT_EQ(Score(first, second).rule, v1::MATCH_RULE_PROBABILITY);
  EXPECT_LT(Score(first, second).probability, 0.99);
}

TEST(ScorePair, TrustsNoPhoneThatTheModelKnowsToBeShared) {
  v1::MatchModel parameters = ShippedMatchModel();
  parameters.set_shared_phone_frequency(0.001);
  v1::TermFrequencies& phones = *parameters.add_term_frequencies();
  phones.set_field(v1::MATCH_FIELD_PHONE);
  phones.set_level(v1::MATCH_LEVEL_EXACT);
  phones.set_other_frequency(1e-6);
  PartyFeatures person = Person("小明", "xiao ming", "王", "wang");
  person.phones = {{"8613800138000"}};
  const PairScore own =
      ScorePair(**MatchModel::Make(parameters), PartyView(person), PartyView(person));
  EXPECT_EQ(own.rule, v1::MATCH_RULE_MSISDN_AND_NAME);
  v1::TermFrequency& agency = *phones.add_values();
  agency.set_value(HashText(own.comparison[Field::kPhone].term));
  agency.set_frequency(0.01);
  const PairScore shared =
      ScorePair(**MatchModel::Make(parameters), PartyView(person), PartyView(person));
  EXPECT_EQ(shared.rule, v1::MATCH_RULE_PROBABILITY);
  EXPECT_LT(shared.probability, 0.99);
}

TEST(ScorePair, CountsOnceThatTwoWriteTheirNamesInTwoScripts) {
  PartyFeatures characters = Person("小明", "xiao ming", "王", "wang");
  PartyFeatures letters = Person("xiaoming", "xiao ming", "wang", "wang");
  PartyFeatures homophones = Person("晓鸣", "xiao ming", "汪", "wang");
  const PairScore scripts = Score(characters, letters);
  const PairScore errors = Score(characters, homophones);
  EXPECT_EQ(scripts.comparison[Field::kFamilyName].level, Level::kSameSpoken);
  EXPECT_EQ(errors.comparison[Field::kFamilyName].level, Level::kSameSpoken);
  EXPECT_GT(scripts.sum, errors.sum + 2);
}

// Strangers who look alike.

TEST(ScorePair, DoesNotJoinSiblings) {
  PartyFeatures brother = WangXiaoming();
  brother.given_name = {"小刚", "xiao gang"};
  brother.birth_date = "19920815";
  EXPECT_LT(Score(WangXiaoming(), brother).probability, 0.5);
}

TEST(ScorePair, DoesNotJoinTwins) {
  PartyFeatures twin = WangXiaoming();
  twin.given_name = {"小刚", "xiao gang"};
  const PairScore score = Score(WangXiaoming(), twin);
  EXPECT_LT(score.probability, 0.99);
  EXPECT_LT(score.look_alike_weight, -10);
}

TEST(ScorePair, DoesNotJoinFatherAndSonOfOneName) {
  PartyFeatures father = WangXiaoming();
  father.birth_date = "19621121";
  EXPECT_LT(Score(WangXiaoming(), father).probability, 0.99);
}

TEST(ScorePair, DoesNotJoinByNameAndBirthDateAlone) {
  PartyFeatures first = Person("小明", "xiao ming", "郗", "chi");
  first.birth_date = "19900307";
  const PairScore score = Score(first, first);
  EXPECT_LT(score.probability, 0.99);
  EXPECT_EQ(score.look_alike, v1::LOOK_ALIKE_NAMESAKE);
}

TEST(ScorePair, DoesNotJoinByNameAndVillage) {
  PartyFeatures first = Person("艳洁", "yan jie", "郭", "guo");
  first.addresses = {{.text = "献县 新集镇 郭庄村 3",
                      .house_number = "3",
                      .street = "献县 新集镇 郭庄村",
                      .city = "沧州"}};
  EXPECT_LT(Score(first, first).probability, 0.99);
}

TEST(ScorePair, DoesNotJoinCustomersOfOneAgency) {
  PartyFeatures first = Person("国荣", "guo rong", "张", "zhang");
  PartyFeatures second = Person("玉霞", "yu xia", "胡", "hu");
  first.phones = second.phones = {{"8613800138000"}};
  EXPECT_LT(Score(first, second).probability, 0.5);
}

// Also where a model, one that has never seen such strangers, would join them.
void ExpectLeftToASteward(const PartyFeatures& a, const PartyFeatures& b) {
  v1::MatchModel parameters = ShippedMatchModel();
  parameters.clear_look_alikes();
  const PairScore score = ScorePair(**MatchModel::Make(parameters), PartyView(a), PartyView(b));
  EXPECT_GE(1 / (1 + std::exp2(-score.sum)), 0.99);
  EXPECT_EQ(score.rule, v1::MATCH_RULE_SHARED_EVIDENCE_ONLY);
  EXPECT_LT(score.probability, 0.99);
  EXPECT_GE(score.probability, 0.5);
}

TEST(ScorePair, LeavesBrothersWhoseNamesSoundAlikeToASteward) {
  PartyFeatures brother = WangXiaoming();
  brother.given_name = {"晓明", "xiao ming"};
  ExpectLeftToASteward(WangXiaoming(), brother);
}

TEST(ScorePair, LeavesOneNameAndHomeWithTwoBirthDatesToASteward) {
  PartyFeatures father = WangXiaoming();
  father.birth_date = "19621121";
  ExpectLeftToASteward(father, WangXiaoming());
}

TEST(ScorePair, LeavesNamesakesOfOneTownToASteward) {
  PartyFeatures first = WangXiaoming();
  first.phones.clear();
  PartyFeatures second = first;
  second.addresses[0] = {.text = "建设路 77 1 1 101",
                         .house_number = "77",
                         .street = "建设路",
                         .city = "深圳",
                         .state = "广东",
                         .postal_code = "518057"};
  ExpectLeftToASteward(first, second);
}

TEST(ScorePair, JoinsNamesakesWhoShareADocumentOrAnEmailAddress) {
  PartyFeatures first = Person("小明", "xiao ming", "王", "wang");
  first.birth_date = "19900307";
  first.emails = {{"xm1990@example.com"}};
  EXPECT_GE(Score(first, first).probability, 0.99);
}

TEST(ScorePair, LeavesPeopleWithoutAGivenNameToASteward) {
  PartyFeatures first = WangXiaoming();
  PartyFeatures second = WangXiaoming();
  second.given_name = {};
  const PairScore score = Score(first, second);
  EXPECT_LT(score.probability, 0.99);
  EXPECT_GE(score.probability, 0.5);
}

TEST(ScorePair, IsSymmetricForAnyTwoRecords) {
  Seed seed;
  const LinkageData data = MakeUpPeople({.seed = seed.Next(),
                                         .people = 300,
                                         .most_duplicates = 3,
                                         .errors = 4,
                                         .missing = 0.2,
                                         .sexes = true,
                                         .documents = true,
                                         .phones = true,
                                         .emails = true});
  std::vector<PartyFeatures> parties;
  for (const v1::SourceRecord& record : data.records) parties.push_back(FeaturesOf(record));
  const auto model = Shipped();
  for (int round = 0; round < 20000; ++round) {
    const size_t a = seed.Below(parties.size());
    // Half of them near each other, so that many agree on something.
    const size_t b = round % 2 == 0 ? seed.Below(parties.size())
                                    : std::min(parties.size() - 1, a + seed.Below(4));
    const PairScore forth = ScorePair(*model, PartyView(parties[a]), PartyView(parties[b]));
    const PairScore back = ScorePair(*model, PartyView(parties[b]), PartyView(parties[a]));
    ASSERT_EQ(forth.probability, back.probability) << a << " " << b;
    ASSERT_EQ(forth.rule, back.rule);
    ASSERT_GE(forth.probability, 0);
    ASSERT_LE(forth.probability, 1);
    for (const Field field : kFields) {
      ASSERT_EQ(forth.comparison[field].level, back.comparison[field].level);
      ASSERT_EQ(forth.comparison[field].term, back.comparison[field].term);
    }
  }
}

TEST(ScorePair, StaysANumberForAnyEvidence) {
  const auto model = Shipped();
  for (const Level level : {Level::kExact, Level::kDifferent}) {
    PartyComparison comparison;
    for (const Field field : kFields) comparison[field].level = level;
    const double probability = ScoreComparison(*model, comparison).probability;
    EXPECT_GE(probability, 0);
    EXPECT_LE(probability, 1);
  }
}

TEST(FindCounterfactual, FlipsTheDecisionWithWhatItNames) {
  const auto model = Shipped();
  PartyFeatures other = WangXiaoming();
  other.given_name = {"晓敏", "xiao min"};
  other.phones = {{"8613912345678"}};
  other.birth_date = "19651107";
  for (const PartyFeatures& second : {WangXiaoming(), other}) {
    const PartyFeatures first = WangXiaoming();
    const PairScore score = ScorePair(*model, PartyView(first), PartyView(second));
    const Counterfactual found = FindCounterfactual(*model, score, 0.99);
    ASSERT_FALSE(found.changes.empty());
    PartyComparison changed = score.comparison;
    for (const EvidenceChange& change : found.changes) {
      EXPECT_EQ(changed[change.field].level, change.from);
      changed[change.field] = {.level = change.to};
    }
    const double probability = ScoreComparison(*model, changed).probability;
    EXPECT_DOUBLE_EQ(probability, found.probability);
    EXPECT_NE(probability >= 0.99, score.probability >= 0.99);
  }
}

TEST(FindCounterfactual, NamesAsFewChangesAsPossible) {
  const auto model = Shipped();
  PartyFeatures name_only = Person("小明", "xiao ming", "王", "wang");
  name_only.birth_date = "19900307";
  const PairScore score = ScorePair(*model, PartyView(name_only), PartyView(name_only));
  EXPECT_EQ(FindCounterfactual(*model, score, 0.99).changes.size(), 1u);
}

TEST(FindCounterfactual, SaysThatVerifiedDocumentsStandInTheWay) {
  const auto model = Shipped();
  PartyFeatures first = WangXiaoming();
  PartyFeatures second = WangXiaoming();
  first.documents = {{Scheme::kResidentId, "110105199003071233", true}};
  second.documents = {{Scheme::kResidentId, "440304199003071235", true}};
  const PairScore score = ScorePair(*model, PartyView(first), PartyView(second));
  const Counterfactual found = FindCounterfactual(*model, score, 0.99);
  EXPECT_TRUE(found.documents_change);
  EXPECT_TRUE(found.changes.empty());
  EXPECT_GE(found.probability, 0.99);
}

}  // namespace
}  // namespace yilan::core
