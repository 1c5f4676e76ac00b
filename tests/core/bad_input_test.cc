// Bad values in every field of every request: each is refused by the name of the field, before it
// reaches anything that could choke on it.
//
// The fields are found by walking the descriptors of all services, so that a new RPC is covered
// when it is in the contract.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/validation/field_rules.h"
#include "core/validation/parse.h"
#include "gmock/gmock.h"
#include "tests/core/core_fixture.h"
#include "yilan/v1/field_rules.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A field somewhere in a message: the fields that lead to it, from the top.
using FieldPath = std::vector<const FieldDescriptor*>;

std::string Text(const FieldPath& path) {
  std::string text;
  for (const FieldDescriptor* field : path) {
    absl::StrAppend(&text, text.empty() ? "" : ".", field->name(),
                    field->is_repeated() ? "[0]" : "");
  }
  return text;
}

bool IsOutputOnly(const FieldPath& path) {
  return std::any_of(path.begin(), path.end(), [](const FieldDescriptor* field) {
    return field->options().GetExtension(v1::rules).output_only();
  });
}

// All fields of a type and the messages in it that are neither messages nor output only.
void CollectFields(const Descriptor& type, FieldPath& above, std::vector<FieldPath>& fields) {
  for (int i = 0; i < type.field_count(); ++i) {
    above.push_back(type.field(i));
    if (type.field(i)->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CollectFields(*type.field(i)->message_type(), above, fields);
    } else if (!IsOutputOnly(above)) {
      fields.push_back(above);
    }
    above.pop_back();
  }
}

struct RequestField {
  const Descriptor* request;
  FieldPath path;

  std::string Name() const { return absl::StrCat(request->name(), ": ", Text(path)); }
};

// The fields of the given type in the requests of all RPCs.
std::vector<RequestField> RequestFields(FieldDescriptor::CppType type) {
  std::vector<RequestField> found;
  for (const auto* file :
       {v1::UpsertCustomerBillRequest::descriptor()->file(),
        v1::UpsertTroubleTicketRequest::descriptor()->file(),
        v1::UpsertSourceRecordRequest::descriptor()->file(),
        v1::GetCustomerViewRequest::descriptor()->file(), v1::IngestRequest::descriptor()->file(),
        v1::UpsertProductRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const Descriptor* request = file->service(s)->method(m)->input_type();
        FieldPath above;
        std::vector<FieldPath> fields;
        CollectFields(*request, above, fields);
        for (FieldPath& path : fields) {
          if (path.back()->cpp_type() == type) found.push_back({request, std::move(path)});
        }
      }
    }
  }
  return found;
}

std::unique_ptr<Message> New(const Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// The message that holds the last field of the path, made with all above it.
Message& Holder(Message& top, const FieldPath& path) {
  Message* message = &top;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const auto* reflection = message->GetReflection();
    message = path[i]->is_repeated() ? reflection->AddMessage(message, path[i])
                                     : reflection->MutableMessage(message, path[i]);
  }
  return *message;
}

void SetString(Message& top, const FieldPath& path, const std::string& value) {
  Message& holder = Holder(top, path);
  if (path.back()->is_repeated()) {
    holder.GetReflection()->AddString(&holder, path.back(), value);
  } else {
    holder.GetReflection()->SetString(&holder, path.back(), value);
  }
}

void SetEnum(Message& top, const FieldPath& path, int value) {
  Message& holder = Holder(top, path);
  if (path.back()->is_repeated()) {
    holder.GetReflection()->AddEnumValue(&holder, path.back(), value);
  } else {
    holder.GetReflection()->SetEnumValue(&holder, path.back(), value);
  }
}

// What is said of a field; empty when nothing is.
std::string Complaint(const std::vector<Violation>& violations, const FieldPath& path) {
  for (const Violation& violation : violations) {
    if (violation.field == Text(path)) return violation.description;
  }
  return "";
}
std::string Complaint(const Message& message, const FieldPath& path) {
  Violations violations;
  CheckFieldRules(message, "", violations);
  return Complaint(violations.list(), path);
}

const std::string kNotUtf8 = "a\xff";
const std::string kWithNul = std::string("a\0", 2);
const std::string kMebibyte = std::string(1 << 20, 'x');

TEST(BadInput, RequestsHaveManyStringsAndEnums) {
  // Or the tests below would test nothing.
  EXPECT_GT(RequestFields(FieldDescriptor::CPPTYPE_STRING).size(), 500u);
  EXPECT_GT(RequestFields(FieldDescriptor::CPPTYPE_ENUM).size(), 50u);
}

TEST(BadInput, WhatIsNotUtf8IsRefusedInEveryString) {
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_STRING)) {
    const auto request = New(field.request);
    SetString(*request, field.path, kNotUtf8);
    EXPECT_THAT(Complaint(*request, field.path), testing::HasSubstr("is not UTF-8"))
        << field.Name();
  }
}

TEST(BadInput, WhatIsNotUtf8OnTheWireIsRefusedInEveryString) {
  google::protobuf::LogSilencer quiet;  // Protobuf logs each.
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_STRING)) {
    const auto request = New(field.request);
    SetString(*request, field.path, kNotUtf8);
    const auto received = New(field.request);
    const absl::Status status = ParseMessage(request->SerializePartialAsString(), *received);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELDS) << field.Name();
    EXPECT_THAT(Complaint(ViolationsOf(status), field.path), testing::HasSubstr("is not UTF-8"))
        << field.Name();
  }
}

TEST(BadInput, NulIsRefusedInEveryString) {
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_STRING)) {
    const auto request = New(field.request);
    SetString(*request, field.path, kWithNul);
    EXPECT_THAT(Complaint(*request, field.path), testing::HasSubstr("has a NUL character"))
        << field.Name();
  }
}

TEST(BadInput, AMebibyteIsRefusedInEveryString) {
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_STRING)) {
    const auto request = New(field.request);
    SetString(*request, field.path, kMebibyte);
    EXPECT_THAT(Complaint(*request, field.path), testing::HasSubstr("is 1,048,576 bytes long"))
        << field.Name();
  }
}

TEST(BadInput, NumbersThatAreNotDefinedAreRefusedInEveryEnum) {
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_ENUM)) {
    const auto* defined = field.path.back()->enum_type();
    const int above = defined->value(defined->value_count() - 1)->number() + 1;
    for (const int number :
         {above, 12345, -1, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
      const auto request = New(field.request);
      SetEnum(*request, field.path, number);
      EXPECT_THAT(Complaint(*request, field.path), testing::HasSubstr("which is not defined"))
          << field.Name() << " = " << number;
    }
  }
}

TEST(BadInput, EveryDefinedNumberOfEveryEnumIsTaken) {
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_ENUM)) {
    const auto* defined = field.path.back()->enum_type();
    for (int i = 0; i < defined->value_count(); ++i) {
      if (defined->value(i)->number() == 0) continue;
      const auto request = New(field.request);
      SetEnum(*request, field.path, defined->value(i)->number());
      EXPECT_EQ(Complaint(*request, field.path), "") << field.Name();
    }
  }
}

TEST(BadInput, PageSizesAreNotNegativeAndAsLargeAsOneLikes) {
  size_t page_sizes = 0;
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_INT32)) {
    if (field.path.back()->name() != "page_size") continue;
    ++page_sizes;
    const auto check = [&](int32_t value) {
      const auto request = New(field.request);
      request->GetReflection()->SetInt32(request.get(), field.path.back(), value);
      return Complaint(*request, field.path);
    };
    for (const int32_t value : {-1, std::numeric_limits<int32_t>::min()}) {
      EXPECT_THAT(check(value), testing::HasSubstr("is too small; at least 0")) << field.Name();
    }
    for (const int32_t value : {0, 1, 1001, std::numeric_limits<int32_t>::max()}) {
      EXPECT_EQ(check(value), "") << field.Name();
    }
  }
  EXPECT_GE(page_sizes, 14u);
}

TEST(BadInput, EveryListRequestHasAPageSizeAndAToken) {
  for (const RequestField& field : RequestFields(FieldDescriptor::CPPTYPE_STRING)) {
    if (field.path.back()->name() != "page_token") continue;
    EXPECT_NE(field.request->FindFieldByName("page_size"), nullptr) << field.request->name();
  }
}

// The same through the stream's path: the fact is rejected by the name of the field, and nothing
// of it is stored.
class BadFacts : public CoreTest {
 protected:
  void ExpectRejected(const v1::Fact& fact, const FieldPath& path) {
    const std::string bytes = fact.SerializePartialAsString();
    const std::vector<v1::FactResult> results = platform_.ingest.TakeBatch(call_, {bytes});
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].outcome(), v1::FACT_OUTCOME_REJECTED) << Text(path);
    EXPECT_THAT(results[0].violations(),
                testing::Contains(testing::Property(&v1::FactViolation::field, Text(path))));
  }
  // Paths within Fact.
  static std::vector<FieldPath> FactFields(FieldDescriptor::CppType type) {
    FieldPath above;
    std::vector<FieldPath> all;
    CollectFields(*v1::Fact::descriptor(), above, all);
    std::vector<FieldPath> found;
    for (FieldPath& path : all) {
      if (path.back()->cpp_type() == type) found.push_back(std::move(path));
    }
    return found;
  }
};

TEST_F(BadFacts, AreRejectedByTheNameOfTheStringAndNotStored) {
  google::protobuf::LogSilencer quiet;
  for (const FieldPath& path : FactFields(FieldDescriptor::CPPTYPE_STRING)) {
    for (const std::string& value : {kNotUtf8, kWithNul, kMebibyte.substr(0, 5000)}) {
      v1::Fact fact;
      SetString(fact, path, value);
      ExpectRejected(fact, path);
    }
  }
  v1::GetStatisticsResponse statistics;
  ASSERT_TRUE(platform_.customers.GetStatistics(call_, {}, statistics).ok());
  EXPECT_EQ(statistics.customers(), 0);
  EXPECT_EQ(statistics.subjects(), 0);
  EXPECT_GT(statistics.quarantined_facts(), 100);
}

TEST_F(BadFacts, AreRejectedByTheNameOfTheEnum) {
  for (const FieldPath& path : FactFields(FieldDescriptor::CPPTYPE_ENUM)) {
    v1::Fact fact;
    SetEnum(fact, path, 12345);
    ExpectRejected(fact, path);
  }
}

}  // namespace
}  // namespace yilan::core
