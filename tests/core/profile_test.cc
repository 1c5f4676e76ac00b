// The golden record: which value survives, and why.
#include "core/views/profile.h"

#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

constexpr TimeMicros kSecond = 1000000;

struct Stated {
  std::string record;
  TimeMicros event_time = 0;
  uint64_t version = 0;
  TimeMicros recorded_time = 0;
};

class ProfileTest : public testing::Test {
 protected:
  v1::CustomerProfile ProfileOf(const std::vector<Stated>& stated) {
    std::vector<v1::SourceRecord> records;
    for (const Stated& one : stated) records.push_back(Parse<v1::SourceRecord>(one.record));
    std::vector<SourceOpinion> opinions;
    for (size_t i = 0; i < stated.size(); ++i) {
      opinions.push_back(
          {&records[i], {stated[i].event_time, stated[i].version}, stated[i].recorded_time});
    }
    v1::CustomerProfile profile;
    ComputeProfile(rules_, opinions, profile);
    const v1::SourceRecord* winner = WinnerOf("name", rules_, opinions);
    EXPECT_EQ(winner == nullptr ? "" : winner->name(), profile.name());
    return profile;
  }
  SurvivorshipRules rules_;

  static void ExpectEqual(const v1::CustomerProfile& profile, const std::string& expected) {
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
        profile, Parse<v1::CustomerProfile>(expected)))
        << profile.DebugString();
  }
};

std::string Crm(const std::string& fields) {
  return "source { source_system: 'crm' key: 'C1' } " + fields;
}
std::string Billing(const std::string& fields) {
  return "source { source_system: 'billing' key: 'B1' } " + fields;
}

TEST_F(ProfileTest, WithoutSourceRecordsItIsEmpty) { ExpectEqual(ProfileOf({}), ""); }

TEST_F(ProfileTest, AFieldThatNobodyStatesHasNeitherValueNorProvenance) {
  ExpectEqual(ProfileOf({{Crm("name: 'Li'"), 5 * kSecond, 0, 7 * kSecond}}),
              "name: 'Li' provenance { field: 'name' source_system: 'crm' source_key: 'C1' "
              "rule: 'ONLY_VALUE' event_time { seconds: 5 } recorded_time { seconds: 7 } }");
}

TEST_F(ProfileTest, TheLatestEventTimeWinsWhateverCameLast) {
  ExpectEqual(ProfileOf({{Crm("name: 'Li Lei'"), 20 * kSecond, 0, 30 * kSecond},
                         {Billing("name: 'LI LEI'"), 10 * kSecond, 9, 99 * kSecond}}),
              "name: 'Li Lei' provenance { field: 'name' source_system: 'crm' source_key: 'C1' "
              "rule: 'MOST_RECENT' event_time { seconds: 20 } recorded_time { seconds: 30 } "
              "losing_values { source_system: 'billing' source_key: 'B1' value: 'LI LEI' "
              "event_time { seconds: 10 } recorded_time { seconds: 99 } "
              "lost_by: SURVIVORSHIP_CRITERION_MOST_RECENT } }");
}

TEST_F(ProfileTest, TheFieldsOfOneProfileMayComeFromDifferentSources) {
  const v1::CustomerProfile profile = ProfileOf(
      {{Crm("name: 'Li' gender: 'f'"), 10 * kSecond}, {Billing("name: 'Lee'"), 20 * kSecond}});
  EXPECT_EQ(profile.name(), "Lee");
  EXPECT_EQ(profile.gender(), "f");
  ASSERT_EQ(profile.provenance_size(), 2);
  EXPECT_EQ(profile.provenance(0).source_system(), "billing");
  EXPECT_EQ(profile.provenance(1).source_system(), "crm");
  EXPECT_EQ(profile.provenance(1).losing_values_size(), 0);
}

TEST_F(ProfileTest, TheHigherVersionWinsAtTheSameEventTime) {
  EXPECT_EQ(
      ProfileOf({{Crm("name: 'old'"), kSecond, 1}, {Billing("name: 'new'"), kSecond, 2}}).name(),
      "new");
}

TEST_F(ProfileTest, TheFirstSourceAndKeyInTheAlphabetWinWhereAllElseIsEqual) {
  EXPECT_EQ(ProfileOf({{Crm("name: 'c'"), kSecond, 1}, {Billing("name: 'b'"), kSecond, 1}}).name(),
            "b");
  EXPECT_EQ(ProfileOf({{"source { source_system: 'crm' key: '2' } name: 'two'", kSecond, 1},
                       {"source { source_system: 'crm' key: '10' } name: 'ten'", kSecond, 1}})
                .name(),
            "ten");
}

TEST_F(ProfileTest, TheOrderInWhichRecordsAreReadDoesNotMatter) {
  const std::vector<Stated> stated = {
      {Crm("name: 'a' birth_date: '1990-01-01'"), 3, 1},
      {Billing("name: 'b' gender: 'm'"), 3, 2},
      {"source { source_system: 'network' key: 'N' } name: 'c' gender: 'x'", 5, 0}};
  const std::string expected = ProfileOf(stated).SerializeAsString();
  EXPECT_EQ(ProfileOf({stated[2], stated[0], stated[1]}).SerializeAsString(), expected);
  EXPECT_EQ(ProfileOf({stated[1], stated[2], stated[0]}).SerializeAsString(), expected);
}

TEST_F(ProfileTest, LosingValuesAreListedBestFirstAndEqualOnesToo) {
  const v1::CustomerProfile profile =
      ProfileOf({{Crm("name: 'same'"), 3},
                 {Billing("name: 'same'"), 1},
                 {"source { source_system: 'network' key: 'N' } name: 'other'", 2}});
  ASSERT_EQ(profile.provenance(0).losing_values_size(), 2);
  EXPECT_EQ(profile.provenance(0).losing_values(0).value(), "other");
  EXPECT_EQ(profile.provenance(0).losing_values(1).value(), "same");
}

TEST_F(ProfileTest, WinnerLosersRuleAndTimesAreShownByTheRulesThatHold) {
  rules_ = SurvivorshipRules(
      Parse<v1::SurvivorshipRules>("version: 7 source_systems: 'billing' rules { field: 'name' "
                                   "criteria: SURVIVORSHIP_CRITERION_NEVER_EMPTY criteria: "
                                   "SURVIVORSHIP_CRITERION_SOURCE_TRUST }"));
  ExpectEqual(
      ProfileOf({{Crm("name: 'Li Lei'"), 20 * kSecond, 0, 30 * kSecond},
                 {Billing("name: 'LI LEI' identifications { type: IDENTIFIER_TYPE_NATIONAL_ID "
                          "value: '-' verified_time { seconds: 3 } }"),
                  10 * kSecond, 9, 99 * kSecond}}),
      "name: 'LI LEI' survivorship_rules_version: 7 provenance { field: 'name' "
      "source_system: 'billing' source_key: 'B1' rule: 'SOURCE_TRUST' event_time { seconds: 10 } "
      "recorded_time { seconds: 99 } verified_time { seconds: 3 } losing_values { "
      "source_system: 'crm' source_key: 'C1' value: 'Li Lei' event_time { seconds: 20 } "
      "recorded_time { seconds: 30 } lost_by: SURVIVORSHIP_CRITERION_SOURCE_TRUST } }");
}

TEST_F(ProfileTest, AFieldThatARuleLeavesEmptySaysWhoHidItAndWhatItHides) {
  rules_ = SurvivorshipRules(Parse<v1::SurvivorshipRules>(
      "version: 1 source_systems: ['crm', 'billing'] "
      "rules { field: 'gender' criteria: SURVIVORSHIP_CRITERION_SOURCE_TRUST }"));
  const v1::CustomerProfile profile = ProfileOf({{Crm(""), 1}, {Billing("gender: 'f'"), 2}});
  EXPECT_EQ(profile.gender(), "");
  ASSERT_EQ(profile.provenance_size(), 1);
  EXPECT_EQ(profile.provenance(0).source_system(), "crm");
  EXPECT_EQ(profile.provenance(0).rule(), "SOURCE_TRUST");
  ASSERT_EQ(profile.provenance(0).losing_values_size(), 1);
  EXPECT_EQ(profile.provenance(0).losing_values(0).value(), "f");
}

TEST_F(ProfileTest, ListsComeWholeFromTheWinner) {
  const v1::CustomerProfile profile = ProfileOf(
      {{Crm("contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' } "
            "contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'a@b.cn' }"),
        2},
       {Billing("contact_media { type: CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS value: '1 Road' "
                "postal_code: '100000' city: 'Beijing' } "
                "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '010-1234567' } "
                "identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'X1' }"),
        1}});
  ASSERT_EQ(profile.contact_media_size(), 2);
  EXPECT_EQ(profile.contact_media(1).value(), "a@b.cn");
  ASSERT_EQ(profile.identifications_size(), 1);
  EXPECT_EQ(profile.identifications(0).value(), "X1");
  ASSERT_EQ(profile.provenance_size(), 2);
  EXPECT_EQ(profile.provenance(0).field(), "contact_media");
  EXPECT_EQ(profile.provenance(0).losing_values(0).value(), "1 Road, 100000, Beijing; 010-1234567");
}

TEST_F(ProfileTest, EveryFieldOfTheProfileIsTakenAndItsLosersShownAsText) {
  const std::string all =
      "party_type: PARTY_TYPE_INDIVIDUAL name: 'n' given_name: 'g' family_name: 'f' "
      "birth_date: '1990-01-02' gender: 'x' status: CUSTOMER_STATUS_ACTIVE "
      "customer_segment: 'residential' customer_since_time { seconds: 86400 } "
      "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '1' } "
      "identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'X1' } "
      "identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'X2' } ";
  v1::CustomerProfile profile = ProfileOf({{Crm(all), 2}, {Billing(all), 1}});
  std::vector<std::string> losers;
  for (const v1::FieldProvenance& provenance : profile.provenance()) {
    losers.push_back(provenance.field() + "=" + provenance.losing_values(0).value());
  }
  EXPECT_EQ(losers,
            (std::vector<std::string>{
                "party_type=PARTY_TYPE_INDIVIDUAL", "name=n", "given_name=g", "family_name=f",
                "birth_date=1990-01-02", "gender=x", "status=CUSTOMER_STATUS_ACTIVE",
                "customer_segment=residential", "customer_since_time=1970-01-02T00:00:00Z",
                "contact_media=1", "identifications=X1; X2"}));
  // Every field but the provenance and the version of the rules: a field added to CustomerProfile
  // must be found here.
  EXPECT_EQ(v1::CustomerProfile::descriptor()->field_count() - 2, profile.provenance_size());
  profile.clear_provenance();
  ExpectEqual(profile, all);
}

}  // namespace
}  // namespace yilan::core
