// Bytes of every sort on every method: an answer with a reason, and a server that goes on.
//
// The seed is printed; YILAN_SEED=N runs the same bytes again.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/error_reason.h"
#include "tests/raw_call.h"
#include "yilan/testing/server.h"
#include "yilan/v1/billing_service.pb.h"
#include "yilan/v1/care_service.pb.h"
#include "yilan/v1/customer_service.pb.h"
#include "yilan/v1/customer_view_service.pb.h"
#include "yilan/v1/ingest_service.pb.h"
#include "yilan/v1/network_service.pb.h"

namespace yilan {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* file :
       {v1::GetPaymentRequest::descriptor()->file(),
        v1::GetTroubleTicketRequest::descriptor()->file(),
        v1::GetCustomerRequest::descriptor()->file(),
        v1::GetCustomerViewRequest::descriptor()->file(), v1::IngestRequest::descriptor()->file(),
        v1::GetProductRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      methods.push_back(file->service(0)->method(i));
    }
  }
  return methods;
}

class BadBytesTest : public ::testing::Test {
 protected:
  BadBytesTest() {
    const char* given = std::getenv("YILAN_SEED");
    const uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::cout << "YILAN_SEED=" << seed << std::endl;
    random_.seed(seed);
  }

  size_t Below(size_t limit) { return random_() % limit; }

  // What gets through the checks of single fields, so that core is reached too.
  std::string PlausibleText(const std::string& field) {
    if (field == "request_id") {
      char id[37];
      std::snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", static_cast<int>(Below(1000)));
      return id;
    }
    if (field == "source_system") return Below(2) == 0 ? "crm" : "billing";
    if (field == "currency_code") return "CNY";
    if (field == "birth_date") return "1990-01-02";
    if (field == "customer_id" || field == "etag" || field == "page_token") return "";
    if (field == "fact_type") return "payment";
    if (field == "section") return "payments";
    return "k" + std::to_string(Below(5));
  }

  // Mostly short; now and then what is at the limits of what a field takes.
  std::string Text() {
    switch (Below(12)) {
      case 0:
        return "";
      case 1:
        return std::string(Below(3) == 0 ? 1 << 20 : 1025, 'x');
      case 2:
        return std::string("a\0b", 3);
      case 3:
        return "一览";
      case 4:
        return "00000000-0000-4000-8000-000000000001";
      case 5:
        return "2024-02-30";
      case 6:
        return "*";
      case 7:
        return "crm";
      default: {
        std::string text;
        for (size_t i = Below(20); i > 0; --i) text.push_back(static_cast<char>(' ' + Below(95)));
        return text;
      }
    }
  }

  int64_t Number() {
    if (plausible_) return static_cast<int64_t>(Below(4));
    constexpr int64_t kNumbers[] = {0,
                                    1,
                                    -1,
                                    7,
                                    1000,
                                    1001,
                                    std::numeric_limits<int32_t>::max(),
                                    std::numeric_limits<int32_t>::min(),
                                    std::numeric_limits<int64_t>::max(),
                                    std::numeric_limits<int64_t>::min(),
                                    253'402'300'800,
                                    -62'135'596'801};
    return kNumbers[Below(std::size(kNumbers))];
  }

  void FillField(Message& message, const FieldDescriptor* field, int depth) {
    const auto* reflection = message.GetReflection();
    const auto number = Number();
    const auto set = [&](auto setter, auto adder, auto value) {
      if (field->is_repeated()) {
        (reflection->*adder)(&message, field, value);
      } else {
        (reflection->*setter)(&message, field, value);
      }
    };
    using R = google::protobuf::Reflection;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        set(&R::SetInt32, &R::AddInt32, static_cast<int32_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        set(&R::SetInt64, &R::AddInt64, number);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        set(&R::SetUInt32, &R::AddUInt32, static_cast<uint32_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        set(&R::SetUInt64, &R::AddUInt64, static_cast<uint64_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        set(&R::SetDouble, &R::AddDouble, static_cast<double>(number));
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        set(&R::SetFloat, &R::AddFloat, static_cast<float>(number));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        set(&R::SetBool, &R::AddBool, number != 0);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        // Half of them defined ones.
        set(&R::SetEnumValue, &R::AddEnumValue,
            plausible_ || Below(2) == 0 ? static_cast<int>(Below(4))
                                        : static_cast<int32_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = plausible_ ? PlausibleText(field->name()) : Text();
        if (field->is_repeated()) {
          reflection->AddString(&message, field, text);
        } else {
          reflection->SetString(&message, field, text);
        }
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth < 6) {
          Fill(field->is_repeated() ? *reflection->AddMessage(&message, field)
                                    : *reflection->MutableMessage(&message, field),
               depth + 1);
        }
        break;
    }
  }

  void Fill(Message& message, int depth = 0) {
    const auto* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      if (!plausible_ && Below(3) == 0) continue;
      // Of the members of a oneof the one that is set last stays.
      if (plausible_ && Below(8) == 0) continue;
      for (size_t n = descriptor->field(i)->is_repeated() ? Below(3) : 1; n > 0; --n) {
        FillField(message, descriptor->field(i), depth);
      }
    }
  }

  std::string Request(const MethodDescriptor* method) {
    std::string bytes;
    plausible_ = Below(2) == 0;
    if (!plausible_ && Below(4) == 0) {  // Noise.
      for (size_t i = Below(200); i > 0; --i) bytes.push_back(static_cast<char>(random_()));
      return bytes;
    }
    const std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()
                                               ->GetPrototype(method->input_type())
                                               ->New());
    Fill(*message);
    bytes = message->SerializePartialAsString();
    // Half of the time some bytes turn, go or come.
    for (size_t i = plausible_ || Below(2) == 0 ? 0 : 1 + Below(4); i > 0 && !bytes.empty(); --i) {
      const size_t at = Below(std::min<size_t>(bytes.size(), 2000));
      switch (Below(3)) {
        case 0:
          bytes[at] = static_cast<char>(random_());
          break;
        case 1:
          bytes.erase(at, 1 + Below(5));
          break;
        default:
          bytes.insert(at, 1, static_cast<char>(random_()));
      }
    }
    return bytes;
  }

  std::mt19937_64 random_;
  bool plausible_ = false;
  yilan::testing::Server server_{{.listen = false}};
};

TEST_F(BadBytesTest, EveryMethodAnswersThemWithAReason) {
  const auto channel = server_.Channel();
  // All methods once, and then as long as there is time.
  const char* given = std::getenv("YILAN_FUZZ_SECONDS");
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(given != nullptr ? std::atoi(given) : 3);
  std::set<std::string> reasons;
  std::set<const MethodDescriptor*> succeeded;
  const std::vector<const MethodDescriptor*> methods = AllMethods();
  for (size_t m = 0; m < methods.size() || std::chrono::steady_clock::now() < end; ++m) {
    const MethodDescriptor* method = methods[m % methods.size()];
    const std::string path = "/" + method->service()->full_name() + "/" + method->name();
    for (int i = 0; i < 20; ++i) {
      const std::string bytes = Request(method);
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
      const grpc::Status status = CallRaw(channel, path, bytes, context).status;
      if (status.ok()) {
        succeeded.insert(method);
        continue;
      }
      const std::string reason = ReasonOf(status);
      reasons.insert(reason);
      EXPECT_NE(status.error_code(), grpc::StatusCode::INTERNAL) << path << status.error_message();
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNKNOWN) << path << status.error_message();
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE) << path;
      EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << path;
      EXPECT_NE(reason, "0 ErrorInfos") << path << " " << status.error_message();
    }
  }
  EXPECT_GT(succeeded.size(), 10u) << "the requests are too bad to reach core";
  EXPECT_TRUE(reasons.count("MALFORMED_MESSAGE"));
  EXPECT_TRUE(reasons.count("INVALID_FIELDS"));
  EXPECT_TRUE(CallRaw(channel, "/yilan.v1.CustomerService/GetStatistics", "").status.ok());
}

}  // namespace
}  // namespace yilan
