// The format rules by which validity is counted.
#include "core/quality/validity.h"

#include <string>

#include "core/identity/identifiers.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

constexpr int kToday = 20260101;
constexpr Validity kGood = Validity::kValid;
constexpr Validity kBad = Validity::kInvalid;
constexpr Validity kOpen = Validity::kNotChecked;

Validity Of(v1::IdentifierType type, const std::string& value) {
  return ValidityOfIdentifier(type, value, NormalizeIdentifier(type, value), kToday);
}

TEST(QualityValidity, ANameHasLettersAndOfAPersonNoDigits) {
  const auto person = [](const std::string& name) {
    return ValidityOfName(name, v1::PARTY_TYPE_INDIVIDUAL);
  };
  for (const std::string name : {"王小明", "Li Lei", "O'Brien", "ＬＩ", "José"}) {
    EXPECT_EQ(person(name), kGood) << name;
  }
  for (const std::string name :
       {"13800138000", "Li 2", "王１", "!!", "。。。", "test user", "客户"}) {
    EXPECT_EQ(person(name), kBad) << name;
  }
  EXPECT_EQ(ValidityOfName("第10中学", v1::PARTY_TYPE_ORGANIZATION), kGood);
  EXPECT_EQ(ValidityOfName("10", v1::PARTY_TYPE_ORGANIZATION), kBad);
  EXPECT_EQ(ValidityOfName("第10中学", v1::PARTY_TYPE_UNSPECIFIED), kBad);
}

TEST(QualityValidity, ABirthDateIsADayInALifetime) {
  for (const std::string date : {"1990-02-28", "2000-02-29", "2026-01-01", "1896-01-01"}) {
    EXPECT_EQ(ValidityOfBirthDate(date, kToday), kGood) << date;
  }
  for (const std::string date : {"1990-02-30", "1900-02-29", "2026-01-02", "1895-12-31",
                                 "2999-01-01", "1990-13-01", "19900101", "x"}) {
    EXPECT_EQ(ValidityOfBirthDate(date, kToday), kBad) << date;
  }
}

TEST(QualityValidity, APhoneNumberCanBeDialledFromAbroad) {
  for (const std::string number : {"138 0013 8000", "+86 10 6234 5678", "+44 20 7946 0018"}) {
    EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_MSISDN, number), kGood) << number;
  }
  for (const std::string number :
       {"1380013800", "62345678", "13800000000", "12345678", "call me"}) {
    EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_MSISDN, number), kBad) << number;
  }
}

TEST(QualityValidity, AnEmailAddressHasALocalPartAndADomain) {
  for (const std::string address :
       {"wang@example.com", "Wang <W.Ming+x@mail.Example.CN>", "用户@例子.中国", "a_b-c@x-y.io"}) {
    EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_EMAIL, address), kGood) << address;
  }
  for (const std::string address :
       {"wang", "wang@", "@example.com", "wang@example", "a@b@example.com", "wang@-x.com",
        "wang@x..com", "wang@exa_mple.com",
        "0123456789012345678901234567890123456789012345678901234567890123x@example.com",
        "none@none.com"}) {
    EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_EMAIL, address), kBad) << address;
  }
}

TEST(QualityValidity, NationalIdsAreJudgedByTheirCheckCharacters) {
  for (const std::string id :
       {"11010519491231002X", "110105 19491231 002x", "110105491231002", "91350100M000100Y43"}) {
    EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_NATIONAL_ID, id), kGood) << id;
  }
  for (const std::string id :
       {"110105194912310021", "11010519491331002X", "91350100M000100Y44", "110105491331002"}) {
    EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_NATIONAL_ID, id), kBad) << id;
  }
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_NATIONAL_ID, "E12345678"), kOpen) << "A passport, perhaps.";
}

TEST(QualityValidity, NumbersOfCardsAndDevicesHaveTheirForms) {
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMSI, "460001234567890"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMSI, "46000123456789012"), kBad);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_ICCID, "89860012345678901234"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_ICCID, "8944110068256270054"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_ICCID, "8944110068256270055"), kBad);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_ICCID, "12860012345678901234"), kBad);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMEI, "49-015420-323751-8"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMEI, "490154203237510"), kGood) << "As it is on the air.";
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMEI, "4901542032375101"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMEI, "490154203237517"), kBad);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IMEI, "4901542032"), kBad);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IP_ADDRESS, "192.0.2.1"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IP_ADDRESS, "2001:DB8::1"), kGood);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_IP_ADDRESS, "192.0.2.256"), kBad);
  EXPECT_EQ(Of(v1::IDENTIFIER_TYPE_PORT, "anything"), kOpen);
}

}  // namespace
}  // namespace yilan::core
