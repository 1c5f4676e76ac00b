// Which record is believed: each criterion, chains of them, and the order that every server agrees
// on.
#include "core/survivorship/survivorship_rules.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/identity/identifiers.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

struct Stated {
  std::string system;
  std::string fields;
  TimeMicros event_time = 0;
  uint64_t version = 0;
  std::string key = "1";
};

// The systems in the order of a field's rule, the best first, each with what it lost by.
std::vector<std::string> Rank(const SurvivorshipRules& rules, const std::string& field,
                              const std::vector<Stated>& stated) {
  std::vector<v1::SourceRecord> records;
  for (const Stated& one : stated) {
    records.push_back(Parse<v1::SourceRecord>(absl::StrCat(
        "source { source_system: '", one.system, "' key: '", one.key, "' } ", one.fields)));
  }
  std::vector<SourceOpinion> opinions;
  for (size_t i = 0; i < stated.size(); ++i) {
    opinions.push_back({&records[i], {stated[i].event_time, stated[i].version}, 0});
  }
  std::vector<std::string> ranking;
  for (const RankedOpinion& ranked : rules.Rank(*FindProfileField(field), opinions)) {
    ranking.push_back(ranked.opinion->record->source().source_system());
    if (ranked.lost_by != v1::SURVIVORSHIP_CRITERION_UNSPECIFIED) {
      absl::StrAppend(&ranking.back(), " ", NameOf(ranked.lost_by));
    }
  }
  return ranking;
}

// Rules with these criteria, without the prefix, for one field.
SurvivorshipRules Rules(const std::string& field, const std::vector<std::string>& criteria,
                        const std::string& more = "") {
  std::string text = absl::StrCat("rules { field: '", field, "' ");
  for (const std::string& criterion : criteria) {
    absl::StrAppend(&text, "criteria: SURVIVORSHIP_CRITERION_", criterion, " ");
  }
  return SurvivorshipRules(Parse<v1::SurvivorshipRules>(absl::StrCat(text, "} ", more)));
}

std::string Verified(int64_t seconds) {
  return absl::StrCat("identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'X' ",
                      "verified_time { seconds: ", seconds, " } } ");
}

TEST(SurvivorshipRules, ATrustedSourceBeatsALaterRecord) {
  const SurvivorshipRules rules =
      Rules("name", {"SOURCE_TRUST", "MOST_RECENT"}, "source_systems: ['crm', 'billing']");
  EXPECT_THAT(
      Rank(rules, "name",
           {{"care", "name: 'c'", 9}, {"billing", "name: 'b'", 5}, {"crm", "name: 'a'", 1}}),
      ElementsAre("crm", "billing SOURCE_TRUST", "care SOURCE_TRUST"));
}

TEST(SurvivorshipRules, SystemsThatAreNotListedAreEqualAndComeLast) {
  const SurvivorshipRules rules =
      Rules("name", {"SOURCE_TRUST", "MOST_RECENT"}, "source_systems: 'crm'");
  EXPECT_THAT(
      Rank(rules, "name",
           {{"care", "name: 'c'", 2}, {"billing", "name: 'b'", 3}, {"crm", "name: 'a'", 1}}),
      ElementsAre("crm", "billing SOURCE_TRUST", "care SOURCE_TRUST"));
  EXPECT_THAT(Rank(rules, "name", {{"care", "name: 'c'", 2}, {"billing", "name: 'b'", 3}}),
              ElementsAre("billing", "care MOST_RECENT"));
}

TEST(SurvivorshipRules, AFieldMayTrustOtherSystemsThanTheRest) {
  const SurvivorshipRules rules(Parse<v1::SurvivorshipRules>(
      "source_systems: ['crm', 'billing'] "
      "rules { field: 'name' criteria: SURVIVORSHIP_CRITERION_SOURCE_TRUST } "
      "rules { field: 'contact_media' criteria: SURVIVORSHIP_CRITERION_SOURCE_TRUST "
      "source_systems: ['billing', 'crm'] }"));
  const std::string fields =
      "name: 'n' contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '1' }";
  EXPECT_THAT(Rank(rules, "name", {{"crm", fields}, {"billing", fields}}),
              ElementsAre("crm", "billing SOURCE_TRUST"));
  EXPECT_THAT(Rank(rules, "contact_media", {{"crm", fields}, {"billing", fields}}),
              ElementsAre("billing", "crm SOURCE_TRUST"));
}

TEST(SurvivorshipRules, TheMostRecentIsByEventTimeThenByVersion) {
  const SurvivorshipRules rules = Rules("name", {"MOST_RECENT"});
  EXPECT_THAT(Rank(rules, "name", {{"a", "name: 'x'", 1, 9}, {"b", "name: 'y'", 2, 0}}),
              ElementsAre("b", "a MOST_RECENT"));
  EXPECT_THAT(Rank(rules, "name", {{"a", "name: 'x'", 2, 1}, {"b", "name: 'y'", 2, 2}}),
              ElementsAre("b", "a MOST_RECENT"));
}

TEST(SurvivorshipRules, TheMostFrequentValueCountsWaysOfWritingAsOne) {
  const SurvivorshipRules rules = Rules("name", {"MOST_FREQUENT"});
  EXPECT_THAT(Rank(rules, "name",
                   {{"a", "name: 'Wang Xiao-Ming'", 1},
                    {"b", "name: 'Wang Ming'", 9},
                    {"c", "name: 'ＷＡＮＧ  XIAO MING'", 2}}),
              ElementsAre("c", "a MOST_RECENT", "b MOST_FREQUENT"));
}

TEST(SurvivorshipRules, AnyValueIsMoreFrequentThanNone) {
  const SurvivorshipRules rules = Rules("name", {"MOST_FREQUENT"});
  EXPECT_THAT(Rank(rules, "name", {{"a", "name: 'x'", 1}, {"b", "", 9}}),
              ElementsAre("a", "b MOST_FREQUENT"));
}

TEST(SurvivorshipRules, PlainWordsCompareAsAllOthersDo) {
  const auto value = [](const std::string& name) {
    v1::SourceRecord record;
    record.set_name(name);
    return ComparableValue(record, *FindProfileField("name"));
  };
  for (const std::string name :
       {"", " ", "-", "Li", "LI  Lei-Ming", " - Li -", "1990-01-02", "a - b"}) {
    EXPECT_EQ(value(name), FoldName(name)) << name;
  }
  EXPECT_EQ(value("Ｌｉ Lei"), value("LI-LEI"));
}

TEST(SurvivorshipRules, TheMostFrequentListHasTheSameElementsInAnyOrder) {
  const SurvivorshipRules rules = Rules("contact_media", {"MOST_FREQUENT"});
  const std::string mobile =
      "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' } ";
  const std::string same_mobile =
      "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '+86 138-0013-8000' } ";
  const std::string mail = "contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'a@b.cn' } ";
  EXPECT_THAT(Rank(rules, "contact_media",
                   {{"a", mobile + mail, 1}, {"b", mail, 9}, {"c", mail + same_mobile, 2}}),
              ElementsAre("c", "a MOST_RECENT", "b MOST_FREQUENT"));
}

TEST(SurvivorshipRules, WhoSawTheDocumentBeatsWhoDidNotAndTheLastLookCounts) {
  const SurvivorshipRules rules = Rules("name", {"VERIFIED_BY_DOCUMENT", "MOST_RECENT"});
  EXPECT_THAT(Rank(rules, "name",
                   {{"a", "name: 'x'", 9},
                    {"b", "name: 'y' " + Verified(100), 1},
                    {"c", "name: 'z' " + Verified(200) + Verified(50), 1}}),
              ElementsAre("c", "b VERIFIED_BY_DOCUMENT", "a VERIFIED_BY_DOCUMENT"));
}

TEST(SurvivorshipRules, TheLongestTextIsCountedInCharacters) {
  const SurvivorshipRules rules = Rules("name", {"LONGEST"});
  // Nine bytes against five, but three characters.
  EXPECT_THAT(Rank(rules, "name", {{"a", "name: '王小明'", 9}, {"b", "name: 'Wang   '", 1}}),
              ElementsAre("b", "a LONGEST"));
}

TEST(SurvivorshipRules, TheLongestListHasMostElements) {
  const SurvivorshipRules rules = Rules("identifications", {"LONGEST"});
  const std::string one = "identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'X' } ";
  EXPECT_THAT(Rank(rules, "identifications", {{"a", one, 9}, {"b", one + one, 1}}),
              ElementsAre("b", "a LONGEST"));
}

TEST(SurvivorshipRules, TheEarliestIsForDatesAndTimes) {
  EXPECT_THAT(Rank(Rules("customer_since_time", {"EARLIEST"}), "customer_since_time",
                   {{"a", "customer_since_time { seconds: 200 }", 9},
                    {"b", "customer_since_time { seconds: 100 }", 1}}),
              ElementsAre("b", "a EARLIEST"));
  EXPECT_THAT(Rank(Rules("birth_date", {"EARLIEST"}), "birth_date",
                   {{"a", "birth_date: '1990-10-01'", 9}, {"b", "birth_date: '1990-09-30'", 1}}),
              ElementsAre("b", "a EARLIEST"));
}

TEST(SurvivorshipRules, AnEmptyValueOfABetterSourceHidesNothing) {
  const SurvivorshipRules rules =
      Rules("gender", {"NEVER_EMPTY", "SOURCE_TRUST"}, "source_systems: ['crm', 'billing']");
  EXPECT_THAT(Rank(rules, "gender", {{"crm", "", 9}, {"billing", "gender: 'f'", 1}}),
              ElementsAre("billing"));
  for (const std::string nothing :
       {" ", "-", " — ", "N/A", "unknown", "UNKNOWN.", "未知", "　不详"}) {
    EXPECT_THAT(Rank(rules, "gender",
                     {{"crm", "gender: '" + nothing + "'", 9}, {"billing", "gender: 'f'", 1}}),
                ElementsAre("billing", "crm NEVER_EMPTY"))
        << nothing;
  }
}

TEST(SurvivorshipRules, NamesThatLookLikeNothingInOtherLanguagesAreNames) {
  for (const std::string name : {"Null", "Na", "None", "Test", "无忌", "吴", "X"}) {
    EXPECT_TRUE(SaysSomething(name)) << name;
  }
}

TEST(SurvivorshipRules, ABirthDateThatSystemsStoreForNoneStatesNothing) {
  const SurvivorshipRules rules;
  EXPECT_THAT(Rank(rules, "birth_date",
                   {{"a", "birth_date: '1900-01-01'", 9}, {"b", "birth_date: '1990-01-01'", 1}}),
              ElementsAre("b", "a NEVER_EMPTY"));
}

TEST(SurvivorshipRules, WithoutNeverEmptyABetterSourceTakesAValueBack) {
  const SurvivorshipRules rules =
      Rules("gender", {"SOURCE_TRUST"}, "source_systems: ['crm', 'billing']");
  EXPECT_THAT(Rank(rules, "gender", {{"crm", "", 1}, {"billing", "gender: 'f'", 9}}),
              ElementsAre("crm", "billing SOURCE_TRUST"));
  EXPECT_THAT(Rank(rules, "gender", {{"crm", "", 1}, {"billing", "", 9}}), IsEmpty());
}

TEST(SurvivorshipRules, NeverEmptyBehindTrustDecidesAmongEquallyTrusted) {
  const SurvivorshipRules rules = Rules("gender", {"SOURCE_TRUST", "NEVER_EMPTY", "MOST_RECENT"},
                                        "source_systems: ['crm', 'billing']");
  EXPECT_THAT(Rank(rules, "gender",
                   {{"crm", "", 9, 0, "1"}, {"crm", "gender: 'f'", 1, 0, "2"}, {"billing", "", 9}}),
              ElementsAre("crm", "crm NEVER_EMPTY", "billing SOURCE_TRUST"));
}

TEST(SurvivorshipRules, EachCriterionDecidesOnlyWhatThoseBeforeLeftEqual) {
  const SurvivorshipRules rules =
      Rules("name", {"VERIFIED_BY_DOCUMENT", "SOURCE_TRUST", "LONGEST"}, "source_systems: ['crm']");
  EXPECT_THAT(Rank(rules, "name",
                   {{"crm", "name: 'Li'", 9, 0, "1"},
                    {"crm", "name: 'Li Lei'", 1, 0, "2"},
                    {"care", "name: 'Li Lei Long'", 9},
                    {"shop", "name: 'L' " + Verified(1), 1}}),
              ElementsAre("shop", "crm VERIFIED_BY_DOCUMENT", "crm VERIFIED_BY_DOCUMENT",
                          "care VERIFIED_BY_DOCUMENT"));
}

TEST(SurvivorshipRules, WhatTheCriteriaLeaveEqualGoesToTheLatestThenToTheFirstKey) {
  const SurvivorshipRules rules = Rules("name", {"LONGEST"});
  EXPECT_THAT(Rank(rules, "name", {{"a", "name: 'xy'", 1}, {"b", "name: 'zz'", 2}}),
              ElementsAre("b", "a MOST_RECENT"));
  EXPECT_THAT(Rank(rules, "name", {{"b", "name: 'xy'", 1}, {"a", "name: 'zz'", 1}}),
              ElementsAre("a", "b SOURCE_KEY_ORDER"));
}

TEST(SurvivorshipRules, TheDefaultsPreferDocumentsForNamesAndMajoritiesForBirthDates) {
  const SurvivorshipRules rules;
  EXPECT_THAT(Rank(rules, "name", {{"a", "name: 'x' " + Verified(1), 1}, {"b", "name: 'y'", 9}}),
              ElementsAre("a", "b VERIFIED_BY_DOCUMENT"));
  EXPECT_THAT(Rank(rules, "birth_date",
                   {{"a", "birth_date: '1990-01-02'", 1},
                    {"b", "birth_date: '1990-01-02'", 2},
                    {"c", "birth_date: '1990-02-01'", 9}}),
              ElementsAre("b", "a MOST_RECENT", "c MOST_FREQUENT"));
  EXPECT_THAT(Rank(rules, "status",
                   {{"a", "status: CUSTOMER_STATUS_ACTIVE " + Verified(1), 1},
                    {"b", "status: CUSTOMER_STATUS_TERMINATED", 9}}),
              ElementsAre("b", "a MOST_RECENT"));
  EXPECT_THAT(Rank(rules, "customer_since_time",
                   {{"a", "customer_since_time { seconds: 200 }", 9},
                    {"b", "customer_since_time { seconds: 100 }", 1}}),
              ElementsAre("b", "a EARLIEST"));
}

// Everything between "defaults" and "whatever an operator may set" gives one order, whatever order
// the records come in.
TEST(SurvivorshipRules, TheOrderOfRecordsNeverMatters) {
  const char* const seed_text = std::getenv("YILAN_SEED");
  const auto seed = static_cast<uint64_t>(
      seed_text != nullptr ? std::strtoull(seed_text, nullptr, 10) : std::random_device()());
  std::printf("YILAN_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> names = {"'Li'", "'LI'", "'Li Lei'", "'-'", "''", "'王'"};
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> criteria = {"NEVER_EMPTY", "SOURCE_TRUST",         "MOST_RECENT",
                                         "LONGEST",     "VERIFIED_BY_DOCUMENT", "MOST_FREQUENT"};
    std::shuffle(criteria.begin(), criteria.end(), random);
    criteria.resize(1 + random() % criteria.size());
    const SurvivorshipRules rules = Rules("name", criteria, "source_systems: ['s1', 's0']");
    std::vector<Stated> stated;
    for (int i = 0; i < 6; ++i) {
      stated.push_back({absl::StrCat("s", random() % 3),
                        absl::StrCat("name: ", names[random() % names.size()], " ",
                                     random() % 3 == 0 ? Verified(1 + random() % 2) : ""),
                        static_cast<TimeMicros>(random() % 3), random() % 2, absl::StrCat(i)});
    }
    const std::vector<std::string> expected = Rank(rules, "name", stated);
    for (int shuffle = 0; shuffle < 5; ++shuffle) {
      std::shuffle(stated.begin(), stated.end(), random);
      ASSERT_EQ(Rank(rules, "name", stated), expected) << absl::StrJoin(criteria, ",");
    }
  }
}

TEST(SurvivorshipRules, FingerprintsTellRulesApart) {
  EXPECT_EQ(SurvivorshipRules().fingerprint(), 0u);
  const auto fingerprint = [](const std::string& text) {
    return SurvivorshipRules(Parse<v1::SurvivorshipRules>(text)).fingerprint();
  };
  EXPECT_NE(fingerprint("version: 1"), fingerprint("version: 2"));
  EXPECT_NE(fingerprint("version: 1"), fingerprint("version: 1 source_systems: 'crm'"));
  EXPECT_EQ(fingerprint("version: 1 source_systems: 'crm'"),
            fingerprint("version: 1 source_systems: 'crm'"));
}

TEST(SurvivorshipRules, WhatANewerServerWroteIsPassedOver) {
  v1::SurvivorshipRules stored = Parse<v1::SurvivorshipRules>(
      "rules { field: 'name' criteria: SURVIVORSHIP_CRITERION_LONGEST }"
      "rules { field: 'shoe_size' criteria: SURVIVORSHIP_CRITERION_LONGEST }");
  stored.mutable_rules(0)->mutable_criteria()->Add(99);
  stored.mutable_rules(0)->add_criteria(v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST);
  v1::SurvivorshipRules described;
  SurvivorshipRules(stored).Describe(described);
  EXPECT_EQ(described.rules_size(), static_cast<int>(ProfileFields().size()));
  EXPECT_EQ(described.rules(1).field(), "name");
  EXPECT_THAT(described.rules(1).criteria(), ElementsAre(v1::SURVIVORSHIP_CRITERION_LONGEST,
                                                         v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST));
}

std::vector<std::string> Wrong(const std::string& rules) {
  Violations violations;
  SurvivorshipRules::Check(Parse<v1::SurvivorshipRules>(rules), "survivorship_rules", violations);
  std::vector<std::string> fields;
  for (const Violation& violation : violations.list()) fields.push_back(violation.field);
  return fields;
}

TEST(SurvivorshipRules, EveryMistakeIsNamedAtItsPlace) {
  EXPECT_THAT(
      Wrong("source_systems: ['crm', 'billing', 'crm'] "
            "rules { field: 'shoe_size' criteria: SURVIVORSHIP_CRITERION_LONGEST } "
            "rules { field: 'status' criteria: SURVIVORSHIP_CRITERION_LONGEST "
            "criteria: SURVIVORSHIP_CRITERION_EARLIEST } "
            "rules { field: 'name' criteria: SURVIVORSHIP_CRITERION_MOST_RECENT "
            "criteria: SURVIVORSHIP_CRITERION_MOST_RECENT source_systems: ['a', 'a'] } "
            "rules { field: 'name' criteria: SURVIVORSHIP_CRITERION_SOURCE_KEY_ORDER } "
            "rules { field: 'birth_date' criteria: SURVIVORSHIP_CRITERION_LONGEST }"),
      ElementsAre(
          "survivorship_rules.source_systems[2]", "survivorship_rules.rules[0].field",
          "survivorship_rules.rules[1].criteria[0]", "survivorship_rules.rules[1].criteria[1]",
          "survivorship_rules.rules[2].criteria[1]",
          "survivorship_rules.rules[2].source_systems[1]", "survivorship_rules.rules[3].field",
          "survivorship_rules.rules[3].criteria[0]", "survivorship_rules.rules[4].criteria[0]"));
}

TEST(SurvivorshipRules, TheDefaultsCanBeWrittenBack) {
  v1::SurvivorshipRules described;
  SurvivorshipRules().Describe(described);
  Violations violations;
  SurvivorshipRules::Check(described, "", violations);
  EXPECT_THAT(violations.list(), IsEmpty());
  v1::SurvivorshipRules again;
  SurvivorshipRules(described).Describe(again);
  EXPECT_EQ(again.SerializeAsString(), described.SerializeAsString());
}

}  // namespace
}  // namespace yilan::core
