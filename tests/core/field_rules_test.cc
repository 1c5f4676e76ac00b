// What CheckFieldRules refuses, rule by rule, and how it says so.
#include "core/validation/field_rules.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <re2/re2.h>

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "yilan/v1/billing_service.pb.h"
#include "yilan/v1/care_service.pb.h"
#include "yilan/v1/customer_service.pb.h"
#include "yilan/v1/customer_view_service.pb.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/field_rules.pb.h"
#include "yilan/v1/ingest_service.pb.h"
#include "yilan/v1/network_service.pb.h"

namespace yilan::core {

// For the matchers' sake.
void PrintTo(const Violation& violation, std::ostream* out) {
  *out << violation.field << ": " << violation.description;
}

namespace {

using ::google::protobuf::FieldDescriptorProto;
using ::google::protobuf::Message;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<Violation> Check(const Message& message, const std::string& path = "") {
  Violations violations;
  CheckFieldRules(message, path, violations);
  return violations.list();
}

auto Is(const std::string& field, const std::string& description) {
  return AllOf(Field(&Violation::field, field),
               Field(&Violation::description, HasSubstr(description)));
}
auto At(const std::string& field) { return Field(&Violation::field, field); }

v1::CustomerBill GoodBill() {
  v1::CustomerBill bill;
  bill.mutable_source()->set_source_system("billing");
  bill.mutable_source()->set_key("bill-1");
  bill.mutable_source()->mutable_event_time()->set_seconds(1767225600);
  bill.set_billing_account_key("7");
  bill.set_state(v1::CUSTOMER_BILL_STATE_SENT);
  bill.mutable_billing_period()->mutable_start_time()->set_seconds(1764547200);
  bill.mutable_billing_period()->mutable_end_time()->set_seconds(1767225600);
  for (int i = 0; i < 3; ++i) {
    v1::AppliedCustomerBillingRate& line = *bill.add_lines();
    line.set_key("line-" + std::to_string(i));
    line.set_description("月租费 basic fee");
    line.set_rate_type("recurring");
    line.mutable_amount()->set_currency_code("CNY");
    line.mutable_amount()->set_minor_units(1000);
  }
  bill.mutable_amount()->set_currency_code("CNY");
  bill.mutable_amount()->set_minor_units(3000);
  return bill;
}

TEST(FieldRules, AcceptWhatKeepsThem) { EXPECT_THAT(Check(GoodBill()), IsEmpty()); }

// Messages with rules that the contract does not use, or not on a field of every type.
class RulesOfAnyField : public ::testing::Test {
 protected:
  // A message type with one field "f" of this type and rules. Types are compiled once and for all,
  // so the pool they are in is never destroyed.
  static std::unique_ptr<Message> Make(FieldDescriptorProto::Type type, const v1::FieldRules& rules,
                                       bool repeated = false, bool optional = false) {
    static auto* const pool =
        new google::protobuf::DescriptorPool(google::protobuf::DescriptorPool::generated_pool());
    static auto* const factory = new google::protobuf::DynamicMessageFactory(pool);
    static int made = 0;
    v1::FieldRules::descriptor();  // Brings the file into the generated pool.
    google::protobuf::FileDescriptorProto file;
    file.set_name("made" + std::to_string(++made) + ".proto");
    file.set_package("made" + std::to_string(made));
    file.set_syntax("proto3");
    file.add_dependency("yilan/v1/field_rules.proto");
    auto& message = *file.add_message_type();
    message.set_name("Made");
    FieldDescriptorProto& field = *message.add_field();
    field.set_name("f");
    field.set_number(1);
    field.set_type(type);
    field.set_label(repeated ? FieldDescriptorProto::LABEL_REPEATED
                             : FieldDescriptorProto::LABEL_OPTIONAL);
    if (optional) {
      field.set_proto3_optional(true);
      field.set_oneof_index(0);
      message.add_oneof_decl()->set_name("_f");
    }
    *field.mutable_options()->MutableExtension(v1::rules) = rules;
    const google::protobuf::FileDescriptor* built = pool->BuildFile(file);
    EXPECT_NE(built, nullptr);
    return std::unique_ptr<Message>(
        factory->GetPrototype(built->FindMessageTypeByName("Made"))->New());
  }
  static const google::protobuf::FieldDescriptor* F(const Message& message) {
    return message.GetDescriptor()->FindFieldByNumber(1);
  }
  static std::vector<Violation> CheckString(const v1::FieldRules& rules, const std::string& value) {
    const auto message = Make(FieldDescriptorProto::TYPE_STRING, rules);
    message->GetReflection()->SetString(message.get(), F(*message), value);
    return Check(*message);
  }
};

v1::FieldRules Required() {
  v1::FieldRules rules;
  rules.set_required(true);
  return rules;
}
v1::FieldRules Between(int64_t min, int64_t max) {
  v1::FieldRules rules;
  rules.set_min(min);
  rules.set_max(max);
  return rules;
}
v1::FieldRules Bytes(uint32_t max) {
  v1::FieldRules rules;
  rules.set_max_bytes(max);
  return rules;
}

TEST_F(RulesOfAnyField, RequiredStringMustNotBeEmpty) {
  EXPECT_THAT(CheckString(Required(), ""), ElementsAre(Is("f", "is missing")));
  EXPECT_THAT(CheckString(Required(), "x"), IsEmpty());
}

TEST_F(RulesOfAnyField, RequiredNumberMustNotBeZero) {
  const auto message = Make(FieldDescriptorProto::TYPE_INT64, Required());
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "is missing or 0")));
  message->GetReflection()->SetInt64(message.get(), F(*message), -1);
  EXPECT_THAT(Check(*message), IsEmpty());
}

TEST_F(RulesOfAnyField, RequiredListMustNotBeEmpty) {
  const auto message = Make(FieldDescriptorProto::TYPE_STRING, Required(), /*repeated=*/true);
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "state at least one")));
  message->GetReflection()->AddString(message.get(), F(*message), "x");
  EXPECT_THAT(Check(*message), IsEmpty());
}

TEST_F(RulesOfAnyField, RequiredListMustNotHoldEmptyStrings) {
  const auto message = Make(FieldDescriptorProto::TYPE_STRING, Required(), /*repeated=*/true);
  message->GetReflection()->AddString(message.get(), F(*message), "x");
  message->GetReflection()->AddString(message.get(), F(*message), "");
  EXPECT_THAT(Check(*message), ElementsAre(Is("f[1]", "is missing")));
}

TEST_F(RulesOfAnyField, RequiredBoolAndDoubleMustNotBeZero) {
  EXPECT_THAT(Check(*Make(FieldDescriptorProto::TYPE_BOOL, Required())), ElementsAre(At("f")));
  EXPECT_THAT(Check(*Make(FieldDescriptorProto::TYPE_DOUBLE, Required())), ElementsAre(At("f")));
}

TEST_F(RulesOfAnyField, StringWithoutMaxBytesTakes1024) {
  EXPECT_THAT(CheckString({}, std::string(1024, 'x')), IsEmpty());
  EXPECT_THAT(CheckString({}, std::string(1025, 'x')),
              ElementsAre(Is("f", "is 1,025 bytes long; at most 1,024 are taken")));
}

TEST_F(RulesOfAnyField, StringTakesMaxBytesAndNotOneMore) {
  EXPECT_THAT(CheckString(Bytes(6), "一览"), IsEmpty());
  EXPECT_THAT(CheckString(Bytes(5), "一览"), ElementsAre(Is("f", "is 6 bytes long; at most 5")));
}

TEST_F(RulesOfAnyField, EveryStringOfAListIsChecked) {
  const auto message = Make(FieldDescriptorProto::TYPE_STRING, Bytes(3), /*repeated=*/true);
  for (const char* text : {"abc", "abcd", "", "a\xff"}) {
    message->GetReflection()->AddString(message.get(), F(*message), text);
  }
  EXPECT_THAT(Check(*message), ElementsAre(Is("f[1]", "is 4 bytes long"), Is("f[3]", "not UTF-8")));
}

TEST_F(RulesOfAnyField, BytesMayBeAnythingUpToMaxBytes) {
  const auto message = Make(FieldDescriptorProto::TYPE_BYTES, Bytes(3));
  message->GetReflection()->SetString(message.get(), F(*message), std::string("\xff\0\xfe", 3));
  EXPECT_THAT(Check(*message), IsEmpty());
  message->GetReflection()->SetString(message.get(), F(*message), "abcd");
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "is 4 bytes long")));
}

TEST_F(RulesOfAnyField, NulIsRefusedWithItsPlace) {
  EXPECT_THAT(CheckString({}, std::string("abc\0def", 7)),
              ElementsAre(Is("f", "has a NUL character at byte 3")));
  EXPECT_THAT(CheckString({}, std::string("abcdefghijkl\0", 13)),
              ElementsAre(Is("f", "has a NUL character at byte 12")));
}

TEST_F(RulesOfAnyField, WhatIsNotUtf8IsRefusedWithItsPlace) {
  for (const char* bad : {"\xff", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xe4\xb8", "\xc3", "\xf0\x9f\x98", "\xe4\xb8\x28"}) {
    EXPECT_THAT(CheckString({}, std::string("12345678") + bad),
                ElementsAre(Is("f", "is not UTF-8 from byte 8 on")));
    EXPECT_THAT(CheckString({}, std::string("12345678") + bad + "12345678"),
                ElementsAre(Is("f", "is not UTF-8 from byte 8 on")));
  }
}

TEST_F(RulesOfAnyField, EveryCharacterOfUnicodeIsTakenButNul) {
  for (const char* good :
       {"\x01", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "一览", "😀", "\xef\xbb\xbf"}) {
    EXPECT_THAT(CheckString({}, good), IsEmpty());
    EXPECT_THAT(CheckString({}, std::string("1234567") + good + "12345678"), IsEmpty());
  }
}

TEST_F(RulesOfAnyField, PatternMustMatchTheWholeString) {
  v1::FieldRules rules;
  rules.set_pattern("[a-z]{2}|[0-9]+");
  rules.set_pattern_name("two letters or a number");
  EXPECT_THAT(CheckString(rules, "ab"), IsEmpty());
  EXPECT_THAT(CheckString(rules, "123"), IsEmpty());
  EXPECT_THAT(CheckString(rules, ""), IsEmpty()) << "The pattern is for what is there.";
  for (const char* bad : {"abc", "ab\n", "x12", "12x"}) {
    EXPECT_THAT(CheckString(rules, bad), ElementsAre(Is("f", "state two letters or a number")));
  }
}

TEST_F(RulesOfAnyField, PatternWithoutANameIsShownAsItIs) {
  v1::FieldRules rules;
  rules.set_pattern("[a-z]+");
  EXPECT_THAT(CheckString(rules, "1"), ElementsAre(Is("f", "state what matches [a-z]+")));
}

TEST_F(RulesOfAnyField, NumbersKeepToMinAndMax) {
  const auto message = Make(FieldDescriptorProto::TYPE_INT32, Between(-2, 1000));
  const auto check = [&](int32_t value) {
    message->GetReflection()->SetInt32(message.get(), F(*message), value);
    return Check(*message);
  };
  EXPECT_THAT(check(-2), IsEmpty());
  EXPECT_THAT(check(1000), IsEmpty());
  EXPECT_THAT(check(-3), ElementsAre(Is("f", "is too small; at least -2 is taken")));
  EXPECT_THAT(check(1001), ElementsAre(Is("f", "is too large; at most 1,000 is taken")));
  EXPECT_THAT(check(std::numeric_limits<int32_t>::min()), SizeIs(1));
  EXPECT_THAT(check(std::numeric_limits<int32_t>::max()), SizeIs(1));
}

TEST_F(RulesOfAnyField, UnsignedNumbersKeepToMinAndMax) {
  const auto message = Make(FieldDescriptorProto::TYPE_UINT64, Between(1, 10));
  const auto check = [&](uint64_t value) {
    message->GetReflection()->SetUInt64(message.get(), F(*message), value);
    return Check(*message);
  };
  EXPECT_THAT(check(10), IsEmpty());
  EXPECT_THAT(check(0), ElementsAre(Is("f", "is too small")));
  EXPECT_THAT(check(11), ElementsAre(Is("f", "is too large")));
  EXPECT_THAT(check(std::numeric_limits<uint64_t>::max()), ElementsAre(Is("f", "is too large")));
}

TEST_F(RulesOfAnyField, UnsignedNumberWithOnlyAMinTakesTheLargest) {
  v1::FieldRules rules;
  rules.set_min(1);
  const auto message = Make(FieldDescriptorProto::TYPE_UINT64, rules);
  message->GetReflection()->SetUInt64(message.get(), F(*message),
                                      std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(Check(*message), IsEmpty());
}

TEST_F(RulesOfAnyField, NumbersInAListKeepToMinAndMax) {
  const auto message = Make(FieldDescriptorProto::TYPE_INT64, Between(0, 5), /*repeated=*/true);
  for (const int64_t value : {5, -1, 6}) {
    message->GetReflection()->AddInt64(message.get(), F(*message), value);
  }
  EXPECT_THAT(Check(*message), ElementsAre(Is("f[1]", "too small"), Is("f[2]", "too large")));
}

TEST_F(RulesOfAnyField, OptionalNumberIsCheckedOnlyWhenStated) {
  const auto message =
      Make(FieldDescriptorProto::TYPE_INT32, Between(1, 5), /*repeated=*/false, /*optional=*/true);
  EXPECT_THAT(Check(*message), IsEmpty());
  message->GetReflection()->SetInt32(message.get(), F(*message), 0);
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "too small")));
}

TEST_F(RulesOfAnyField, OptionalFieldMayBeRequired) {
  const auto message =
      Make(FieldDescriptorProto::TYPE_STRING, Required(), /*repeated=*/false, /*optional=*/true);
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "is missing")));
}

TEST_F(RulesOfAnyField, ListWithoutMaxItemsTakes1000) {
  const auto message = Make(FieldDescriptorProto::TYPE_STRING, {}, /*repeated=*/true);
  for (int i = 0; i < 1000; ++i) {
    message->GetReflection()->AddString(message.get(), F(*message), "x");
  }
  EXPECT_THAT(Check(*message), IsEmpty());
  message->GetReflection()->AddString(message.get(), F(*message), "x");
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "has 1,001 items; at most 1,000 are taken")));
}

TEST_F(RulesOfAnyField, ListTakesMaxItemsAndNotOneMore) {
  v1::FieldRules rules;
  rules.set_max_items(2);
  const auto message = Make(FieldDescriptorProto::TYPE_BOOL, rules, /*repeated=*/true);
  message->GetReflection()->AddBool(message.get(), F(*message), true);
  message->GetReflection()->AddBool(message.get(), F(*message), true);
  EXPECT_THAT(Check(*message), IsEmpty());
  message->GetReflection()->AddBool(message.get(), F(*message), true);
  EXPECT_THAT(Check(*message), ElementsAre(Is("f", "has 3 items; at most 2 are taken")));
}

TEST_F(RulesOfAnyField, OutputOnlyIsNotLookedAt) {
  v1::FieldRules rules = Required();
  rules.set_output_only(true);
  EXPECT_THAT(CheckString(rules, ""), IsEmpty());
  EXPECT_THAT(CheckString(rules, std::string(5000, '\xff')), IsEmpty());
}

TEST(FieldRules, EnumValuesMustBeDefined) {
  v1::CustomerBill bill = GoodBill();
  bill.set_state(static_cast<v1::CustomerBillState>(99));
  EXPECT_THAT(Check(bill), ElementsAre(Is("state",
                                          "is 99, which is not defined; state one of "
                                          "CUSTOMER_BILL_STATE_NEW, CUSTOMER_BILL_STATE_ON_HOLD")));
  bill.set_state(static_cast<v1::CustomerBillState>(-1));
  EXPECT_THAT(Check(bill), ElementsAre(Is("state", "is -1, which is not defined")));
}

TEST(FieldRules, RequiredEnumMustNotBeUnspecified) {
  v1::ContactMedium medium;
  medium.set_value("x");
  EXPECT_THAT(Check(medium),
              ElementsAre(Is("type", "is missing; state one of CONTACT_MEDIUM_TYPE_PHONE")));
}

TEST(FieldRules, RequiredMessageMustBeThere) {
  v1::CustomerBill bill = GoodBill();
  bill.clear_source();
  EXPECT_THAT(Check(bill), ElementsAre(Is("source", "is missing")));
}

TEST(FieldRules, PathsNameTheFieldInTheCallersTerms) {
  v1::Fact fact;
  *fact.mutable_customer_bill() = GoodBill();
  fact.mutable_customer_bill()->mutable_lines(2)->mutable_amount()->set_currency_code("yuan");
  fact.mutable_customer_bill()->mutable_lines(1)->clear_amount();
  EXPECT_THAT(Check(fact), ElementsAre(At("customer_bill.lines[1].amount"),
                                       At("customer_bill.lines[2].amount.currency_code")));
}

TEST(FieldRules, PathsBeginWithTheGivenOne) {
  v1::Money money;
  EXPECT_THAT(Check(money, "facts[3].payment.amount"),
              ElementsAre(At("facts[3].payment.amount.currency_code")));
}

TEST(FieldRules, AllViolationsAreReportedAtOnce) {
  v1::UpsertCustomerBillRequest request;
  request.set_request_id("no uuid");
  request.set_etag(std::string(65, 'e'));
  request.mutable_update_mask()->add_paths("a..b");
  v1::CustomerBill& bill = *request.mutable_customer_bill();
  bill = GoodBill();
  bill.mutable_source()->set_source_system("Billing System");
  bill.mutable_source()->clear_key();
  bill.mutable_source()->mutable_event_time()->set_nanos(-1);
  bill.set_bill_number(std::string("1\0", 2));
  bill.set_state(static_cast<v1::CustomerBillState>(77));
  bill.mutable_billing_period()->mutable_end_time()->set_seconds(1);
  bill.mutable_amount()->set_minor_units(std::numeric_limits<int64_t>::max());
  bill.mutable_lines(0)->set_description("\xc3\x28");
  EXPECT_THAT(Check(request),
              UnorderedElementsAre(
                  Is("request_id", "state a UUID"), Is("etag", "65 bytes"),
                  Is("update_mask.paths[0]", "is not a field path"),
                  Is("customer_bill.source.source_system", "state lower-case letters"),
                  Is("customer_bill.source.key", "is missing"),
                  Is("customer_bill.source.event_time", "nanos"),
                  Is("customer_bill.bill_number", "NUL"), Is("customer_bill.state", "is 77"),
                  Is("customer_bill.billing_period.end_time", "is not later than start_time"),
                  Is("customer_bill.amount.minor_units",
                     "is too large; at most 1,000,000,000,000,000 is taken"),
                  Is("customer_bill.lines[0].description", "is not UTF-8")));
}

TEST(FieldRules, DescriptionsDoNotRepeatTheValue) {
  v1::SourceRecord record;
  record.mutable_source()->set_source_system("SECRET system");
  record.mutable_source()->set_key(std::string("SECRET\0", 7));
  record.set_name("SECRET" + std::string(1000, 'x'));
  record.set_birth_date("SECRET");
  record.set_gender("SECRET\xff");
  const std::vector<Violation> violations = Check(record);
  EXPECT_THAT(violations, SizeIs(5));
  for (const Violation& violation : violations) {
    EXPECT_THAT(violation.description, Not(HasSubstr("SECRET"))) << violation.field;
  }
}

TEST(FieldRules, TimesLieInTheYears1To9999) {
  v1::CustomerBill bill = GoodBill();
  google::protobuf::Timestamp& due = *bill.mutable_due_time();
  due.set_seconds(-62135596800);
  EXPECT_THAT(Check(bill), IsEmpty());
  due.set_seconds(253402300799);
  due.set_nanos(999999999);
  EXPECT_THAT(Check(bill), IsEmpty());
  due.set_nanos(0);
  for (const int64_t seconds :
       {int64_t{-62135596801}, int64_t{253402300800}, std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max()}) {
    due.set_seconds(seconds);
    EXPECT_THAT(Check(bill), ElementsAre(Is("due_time", "is outside the years 1 to 9999")));
  }
}

TEST(FieldRules, NanosAreAFractionOfASecond) {
  v1::CustomerBill bill = GoodBill();
  for (const int32_t nanos : {-1, 1000000000, std::numeric_limits<int32_t>::min()}) {
    bill.mutable_due_time()->set_nanos(nanos);
    EXPECT_THAT(Check(bill), ElementsAre(Is("due_time", "has nanos outside")));
  }
}

TEST(FieldRules, PeriodsEndAfterTheyStart) {
  v1::TimePeriod period;
  EXPECT_THAT(Check(period), IsEmpty());
  period.mutable_start_time()->set_seconds(100);
  EXPECT_THAT(Check(period), IsEmpty()) << "Without end.";
  period.mutable_end_time()->set_seconds(100);
  EXPECT_THAT(Check(period), ElementsAre(Is("end_time", "is not later than start_time")));
  period.mutable_end_time()->set_nanos(999);
  EXPECT_THAT(Check(period), SizeIs(1)) << "Stored times are microseconds.";
  period.mutable_end_time()->set_nanos(1000);
  EXPECT_THAT(Check(period), IsEmpty());
  period.mutable_end_time()->set_seconds(99);
  EXPECT_THAT(Check(period), SizeIs(1));
  period.clear_start_time();
  EXPECT_THAT(Check(period), IsEmpty()) << "Since ever.";
}

TEST(FieldRules, OnlyTheChosenMemberOfAOneofIsChecked) {
  v1::SearchCustomersRequest request;
  EXPECT_THAT(Check(request), IsEmpty());
  request.set_name_prefix(std::string(129, 'x'));
  EXPECT_THAT(Check(request), ElementsAre(Is("name_prefix", "is 129 bytes long")));
  request.mutable_identifier()->mutable_typed_identifier()->set_value("1");
  EXPECT_THAT(Check(request), ElementsAre(At("identifier.typed_identifier.type")));
}

TEST(FieldRules, FieldMaskPathsAreNamesAndDots) {
  v1::UpsertCustomerBillRequest request;
  const auto check = [&](const std::string& path) {
    google::protobuf::FieldMask mask;
    mask.add_paths(path);
    return Check(mask, "update_mask");
  };
  for (const char* good : {"name", "valid_period.start_time", "a", "a1_b.c"}) {
    EXPECT_THAT(check(good), IsEmpty()) << good;
  }
  for (const char* bad :
       {"", ".", "a.", ".a", "a..b", "lines[0]", "validPeriod", "1a", "_a", "a b", "*", "a,b"}) {
    EXPECT_THAT(check(bad), ElementsAre(Is("update_mask.paths[0]", "is not a field path"))) << bad;
  }
  EXPECT_THAT(check(std::string("a\0", 2)), ElementsAre(Is("update_mask.paths[0]", "NUL")));
}

TEST(FieldRules, BoundTheDepthOfMessages) {
  // DescriptorProto contains itself.
  google::protobuf::DescriptorProto message;
  google::protobuf::DescriptorProto* deepest = &message;
  for (int depth = 0; depth < 32; ++depth) deepest = deepest->add_nested_type();
  EXPECT_THAT(Check(message), IsEmpty());
  for (int depth = 0; depth < 5000; ++depth) deepest = deepest->add_nested_type();
  EXPECT_THAT(Check(message),
              ElementsAre(Field(&Violation::description, HasSubstr("is nested too deeply"))));
}

TEST(FieldRules, AreTheSameForMessagesOfAClassMadeAtRunTime) {
  v1::UpsertCustomerBillRequest request;
  *request.mutable_customer_bill() = GoodBill();
  request.mutable_update_mask()->add_paths("a..b");
  request.mutable_customer_bill()->mutable_due_time()->set_nanos(-1);
  request.mutable_customer_bill()->mutable_billing_period()->mutable_end_time()->set_seconds(1);
  request.mutable_customer_bill()->mutable_lines(2)->clear_amount();
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<Message> made(
      factory.GetPrototype(v1::UpsertCustomerBillRequest::descriptor())->New());
  ASSERT_TRUE(made->ParsePartialFromString(request.SerializePartialAsString()));
  EXPECT_THAT(Check(*made), UnorderedElementsAre(At("request_id"), At("update_mask.paths[0]"),
                                                 At("customer_bill.due_time"),
                                                 At("customer_bill.billing_period.end_time"),
                                                 At("customer_bill.lines[2].amount")));
  EXPECT_THAT(Check(request), SizeIs(5));
}

TEST(FieldRules, StringsOfAMebibyteAreRefusedByTheirLength) {
  v1::SourceRecord record;
  record.mutable_source()->set_source_system("crm");
  record.mutable_source()->set_key("1");
  record.set_name(std::string(1 << 20, 'x'));
  EXPECT_THAT(Check(record),
              ElementsAre(Is("name", "is 1,048,576 bytes long; at most 512 are taken")));
}

TEST(FieldRules, GiveTheSameAnswerToManyThreadsAtOnce) {
  // The first use of a type compiles its rules: all threads begin with it.
  std::vector<std::thread> threads;
  std::vector<size_t> found(8);
  for (size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([i, &found] {
      v1::UpsertAdjustmentRequest adjustment;
      v1::BatchGetCustomerViewsRequest batch;
      v1::ListTimelineRequest timeline;
      for (int round = 0; round < 100; ++round) {
        found[i] += Check(adjustment).size() + Check(batch).size() + Check(timeline).size();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(found, ::testing::Each(400));
}

TEST(ClearOutputOnlyFields, ClearsThemAtEveryLevel) {
  v1::IngestRequest request;
  *request.add_facts()->mutable_customer_bill() = GoodBill();
  v1::CustomerBill& bill = *request.mutable_facts(0)->mutable_customer_bill();
  bill.set_etag("r7");
  bill.mutable_source()->mutable_recorded_time()->set_seconds(7);
  request.add_facts()->mutable_payment()->set_etag("r8");
  ClearOutputOnlyFields(request);
  EXPECT_EQ(bill.SerializeAsString(), GoodBill().SerializeAsString());
  EXPECT_EQ(request.facts(1).payment().etag(), "");
}

TEST(ClearOutputOnlyFields, MakesNoMessageThatWasNotThere) {
  v1::CustomerBill bill;
  bill.set_etag("r7");
  ClearOutputOnlyFields(bill);
  EXPECT_FALSE(bill.has_source());
  EXPECT_EQ(bill.etag(), "");
}

TEST(ClearOutputOnlyFields, LeavesMessagesWithoutThemAlone) {
  v1::GetCustomerRequest request;
  request.mutable_customer()->set_customer_id("x");
  ClearOutputOnlyFields(request);
  EXPECT_EQ(request.customer().customer_id(), "x");
}

// Every rule of the contract, on every field that carries rules.
class RulesOfTheContract : public ::testing::Test {
 protected:
  static std::vector<const google::protobuf::FieldDescriptor*> Fields() {
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    for (const auto* type :
         {v1::UpsertCustomerBillRequest::descriptor(), v1::UpsertSourceRecordRequest::descriptor(),
          v1::GetCustomerViewRequest::descriptor(), v1::IngestRequest::descriptor(),
          v1::UpsertProductRequest::descriptor(), v1::UpsertTroubleTicketRequest::descriptor(),
          v1::Fact::descriptor()}) {
      const google::protobuf::FileDescriptor* file = type->file();
      CollectFile(*file, fields);
      for (int i = 0; i < file->dependency_count(); ++i) CollectFile(*file->dependency(i), fields);
    }
    return fields;
  }

 private:
  static void CollectFile(const google::protobuf::FileDescriptor& file,
                          std::vector<const google::protobuf::FieldDescriptor*>& fields) {
    for (int i = 0; i < file.message_type_count(); ++i) {
      for (int j = 0; j < file.message_type(i)->field_count(); ++j) {
        fields.push_back(file.message_type(i)->field(j));
      }
    }
  }
};

TEST_F(RulesOfTheContract, FitTheTypesOfTheirFields) {
  using google::protobuf::FieldDescriptor;
  size_t with_rules = 0;
  for (const FieldDescriptor* field : Fields()) {
    const v1::FieldRules& rules = field->options().GetExtension(v1::rules);
    if (field->options().HasExtension(v1::rules)) ++with_rules;
    const bool number = field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
                        field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                        field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
                        field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
    const std::string& name = field->full_name();
    EXPECT_TRUE(number || !(rules.has_min() || rules.has_max())) << name << ": min, max";
    EXPECT_TRUE(field->cpp_type() == FieldDescriptor::CPPTYPE_STRING || rules.max_bytes() == 0)
        << name << ": max_bytes";
    EXPECT_TRUE(field->type() == FieldDescriptor::TYPE_STRING || rules.pattern().empty())
        << name << ": pattern";
    EXPECT_EQ(rules.pattern().empty(), rules.pattern_name().empty()) << name << ": pattern_name";
    EXPECT_TRUE(RE2(rules.pattern(), RE2::Quiet).ok()) << name << ": pattern";
    EXPECT_TRUE(field->is_repeated() || rules.max_items() == 0) << name << ": max_items";
    EXPECT_TRUE(!rules.has_min() || !rules.has_max() || rules.min() <= rules.max()) << name;
    EXPECT_FALSE(rules.output_only() && rules.required()) << name << ": required by nobody";
  }
  EXPECT_GT(with_rules, 150u);
}

}  // namespace
}  // namespace yilan::core
