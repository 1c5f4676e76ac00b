// What matching knows of a source record.
#include "core/matching/party_features.h"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"

namespace yilan::core {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PartyFeatures Of(const std::string& text) {
  v1::SourceRecord record;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &record)) << text;
  return FeaturesOf(record);
}

PartyFeatures WithDocument(const std::string& number, const std::string& further = "") {
  return Of("identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '" + number + "' } " +
            further);
}

TEST(FeaturesOf, TwoWaysOfWritingOneRecordAreEqual) {
  const PartyFeatures plain = Of(R"(
      party_type: PARTY_TYPE_INDIVIDUAL name: '欧阳娜娜' birth_date: '1990-05-17' gender: '女'
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' }
      contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'nana@example.com' }
      contact_media { type: CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS
                      value: '广东省深圳市南山区科技园路12号3栋2单元501室' postal_code: '518000' }
      identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '11010519491231002X' })");
  const PartyFeatures other = Of(R"(
      party_type: PARTY_TYPE_INDIVIDUAL family_name: '歐陽' given_name: '娜娜 女士'
      birth_date: '1990-05-17' gender: 'F'
      contact_media { type: CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS value: '南山區科技園路十二號三棟二單元５０１'
                      city: '深圳' state_or_province: '广东' postal_code: '518000' }
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '+86 138-0013-8000' }
      contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: ' Nana@Example.com ' }
      identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '110105 19491231 002x' })");
  EXPECT_EQ(plain, other);
  EXPECT_EQ(plain.name.spoken, "ou yang na na");
  EXPECT_EQ(plain.sex, Sex::kFemale);
  EXPECT_EQ(plain.birth_date, "19900517");
}

TEST(FeaturesOf, AnEmptyRecordIsEmpty) { EXPECT_EQ(Of(""), PartyFeatures()); }

TEST(FeaturesOf, WhatSaysNothingIsEmpty) {
  const PartyFeatures features = Of(R"(
      name: 'N/A' given_name: 'unknown' family_name: '无' birth_date: '1900-01-01' gender: '未说明'
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '00000000000' }
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '11111111111' }
      contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'none@none.com' }
      contact_media { type: CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS value: '不详' postal_code: '000000' }
      identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '000000000000000000' }
      identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '123456789012345678' }
      identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '无' })");
  EXPECT_EQ(features, PartyFeatures());
}

TEST(FeaturesOf, AVerifiedResidentIdTellsBirthDateAndSex) {
  const PartyFeatures features = WithDocument("11010519491231002X");
  EXPECT_EQ(features.birth_date, "19491231");
  EXPECT_EQ(features.sex, Sex::kFemale);
  ASSERT_THAT(features.documents, SizeIs(1));
  EXPECT_EQ(features.documents[0].scheme, DocumentFeature::Scheme::kResidentId);
  EXPECT_TRUE(features.documents[0].verified);
}

TEST(FeaturesOf, WhatTheSourceStatesGoesBeforeTheResidentId) {
  const PartyFeatures features =
      WithDocument("11010519491231002X", "birth_date: '1950-01-01' gender: '男'");
  EXPECT_EQ(features.birth_date, "19500101");
  EXPECT_EQ(features.sex, Sex::kMale);
}

TEST(FeaturesOf, AMistypedResidentIdTellsNothingButItself) {
  const PartyFeatures features = WithDocument("110105194912310021");
  EXPECT_EQ(features.birth_date, "");
  ASSERT_THAT(features.documents, SizeIs(1));
  EXPECT_EQ(features.documents[0].scheme, DocumentFeature::Scheme::kResidentId);
  EXPECT_FALSE(features.documents[0].verified);
}

TEST(FeaturesOf, AResidentIdOf15DigitsIsThatOf18ButNotVerified) {
  const PartyFeatures features = WithDocument("110105 491231 002");
  ASSERT_THAT(features.documents, SizeIs(1));
  EXPECT_EQ(features.documents[0].value, "11010519491231002X");
  EXPECT_EQ(features.documents[0].scheme, DocumentFeature::Scheme::kResidentId);
  EXPECT_FALSE(features.documents[0].verified);
  EXPECT_EQ(features.birth_date, "");
}

TEST(FeaturesOf, AResidentIdOfSomebodyBornAfterTheEventIsNotVerified) {
  EXPECT_TRUE(WithDocument("11010519491231002X", "source { event_time { seconds: -631152000 } }")
                  .documents[0]
                  .verified);  // 1950-01-01.
  EXPECT_FALSE(WithDocument("11010519491231002X", "source { event_time { seconds: -662688000 } }")
                   .documents[0]
                   .verified);  // 1949-01-01.
}

TEST(FeaturesOf, DocumentsAreToldApartByTheirForm) {
  using Scheme = DocumentFeature::Scheme;
  const DocumentFeature code = WithDocument("91350100m000100y43").documents[0];
  EXPECT_EQ(code.scheme, Scheme::kSocialCreditCode);
  EXPECT_TRUE(code.verified);
  EXPECT_EQ(code.value, "91350100M000100Y43");
  EXPECT_EQ(WithDocument("91350100M000100Y44").documents[0].scheme, Scheme::kSocialCreditCode);
  EXPECT_FALSE(WithDocument("91350100M000100Y44").documents[0].verified);
  const DocumentFeature passport = WithDocument("E12345678").documents[0];
  EXPECT_EQ(passport.scheme, Scheme::kOther);
  EXPECT_FALSE(passport.verified);
  EXPECT_EQ(WithDocument("7369004").documents[0].scheme, Scheme::kOther);
}

TEST(FeaturesOf, ContactsAreSortedAndEachOnce) {
  const PartyFeatures features = Of(R"(
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13900139000' }
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '+8613800138000/010-62345678' }
      contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '138 0013 8000' })");
  EXPECT_THAT(features.phones, ElementsAre(Field(&ContactFeature::value, "861062345678"),
                                           Field(&ContactFeature::value, "8613800138000"),
                                           Field(&ContactFeature::value, "8613900139000")));
}

TEST(FeaturesOf, TheMailboxOfAMobileOperatorIsNamedByItsNumber) {
  const PartyFeatures features = Of(R"(
      contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: '13800138000@139.com' }
      contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: '13900139000@qq.com' })");
  EXPECT_THAT(features.phones, ElementsAre(Field(&ContactFeature::value, "8613800138000")));
  EXPECT_EQ(features.emails.size(), 2u);
}

TEST(FeaturesOf, ANumberHasThePeriodsInWhichItIsHeld) {
  const auto number = [](int from, int to) {
    return "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' valid_period { "
           "start_time { seconds: " +
           std::to_string(from) + " } end_time { seconds: " + std::to_string(to) + " } } } ";
  };
  EXPECT_THAT(Of(number(30, 40) + number(10, 20)).phones,
              ElementsAre(ContactFeature{"8613800138000", 10000000, 20000000},
                          ContactFeature{"8613800138000", 30000000, 40000000}));
  EXPECT_THAT(Of(number(15, 40) + number(10, 20)).phones,
              ElementsAre(ContactFeature{"8613800138000", 10000000, 40000000}));
  EXPECT_THAT(Of("contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' }").phones,
              ElementsAre(ContactFeature{"8613800138000", kMinTime, kMaxTime}));
}

TEST(FeaturesOf, AnOrganizationHasANameWithoutLegalFormAndNoParts) {
  const PartyFeatures features = Of("party_type: PARTY_TYPE_ORGANIZATION name: '一览科技有限公司'");
  EXPECT_EQ(features.name.written, "一览科技");
  EXPECT_EQ(features.name.spoken, "yi lan ke ji");
  EXPECT_TRUE(features.family_name.empty());
}

TEST(FeaturesOf, ALegalFormMakesAnOrganizationWhereTheSourceDoesNotSay) {
  EXPECT_EQ(Of("name: '一览科技有限公司'").party_type, v1::PARTY_TYPE_ORGANIZATION);
  EXPECT_EQ(Of("name: '王小明'").party_type, v1::PARTY_TYPE_UNSPECIFIED);
  EXPECT_EQ(Of("party_type: PARTY_TYPE_INDIVIDUAL name: 'Ann Co'").family_name.written, "co");
}

TEST(FeaturesOf, SexIsReadFromTheUsualWords) {
  for (const char* male : {"M", "male", "男", "男性", "1", "Ｍ"}) {
    EXPECT_EQ(Of(std::string("gender: '") + male + "'").sex, Sex::kMale) << male;
  }
  for (const char* female : {"F", "Female", "女", "女性", "2"}) {
    EXPECT_EQ(Of(std::string("gender: '") + female + "'").sex, Sex::kFemale) << female;
  }
  for (const char* unknown : {"0", "9", "x", "未知", ""}) {
    EXPECT_EQ(Of(std::string("gender: '") + unknown + "'").sex, Sex::kUnknown) << unknown;
  }
}

// Tables are made when they are first needed.
TEST(FeaturesOf, IsTheSameOnSeveralThreadsFromTheFirstCallOn) {
  constexpr int kThreads = 4;
  v1::SourceRecord record;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
      name: 'Xiaoming WANG' contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '+44 20 7946 0018' }
      contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'w@xn--fiq228c.cn' }
      contact_media { type: CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS value: '廣東省深圳市南山區科技園路12號' }
      contact_media { type: CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS value: '12 High Street' })",
                                                            &record));
  std::array<PartyFeatures, kThreads> found;
  std::vector<std::thread> threads;
  for (PartyFeatures& features : found) {
    threads.emplace_back([&features, &record] {
      for (int i = 0; i < 100; ++i) features = FeaturesOf(record);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const PartyFeatures& features : found) EXPECT_EQ(features, found[0]);
  EXPECT_EQ(found[0].phones[0].value, "442079460018");
  EXPECT_EQ(found[0].emails[0].value, "w@中文.cn");
}

TEST(FeaturesOf, MediaOfOtherSortsAreLeftOut) {
  const PartyFeatures features =
      Of("contact_media { type: CONTACT_MEDIUM_TYPE_MESSAGING value: '13800138000' }");
  EXPECT_THAT(features.phones, IsEmpty());
  EXPECT_THAT(features.emails, IsEmpty());
}

}  // namespace
}  // namespace yilan::core
