// What is said of bytes that are not the message they should be.
#include "core/validation/parse.h"

#include <random>
#include <string>

#include "core/errors.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::core {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

// Protobuf does not serialize what is not UTF-8 silently, so a good message is made a bad one.
std::string Bytes(const google::protobuf::Message& message, const std::string& good,
                  const std::string& bad) {
  std::string bytes = message.SerializeAsString();
  for (size_t at = bytes.find(good); at != std::string::npos; at = bytes.find(good, at)) {
    bytes.replace(at, good.size(), bad);
  }
  return bytes;
}

v1::IngestRequest TwoFacts() {
  v1::IngestRequest request;
  request.add_facts()->mutable_payment()->set_payment_method("GOOD");
  v1::CustomerBill& bill = *request.add_facts()->mutable_customer_bill();
  bill.add_lines();
  bill.add_lines()->set_description("GOOD");
  bill.mutable_source()->set_key("GOOD");
  return request;
}

TEST(ParseMessage, ReadsWhatIsRight) {
  v1::IngestRequest read;
  ASSERT_THAT(ParseMessage(TwoFacts().SerializeAsString(), read), IsOk());
  EXPECT_EQ(read.SerializeAsString(), TwoFacts().SerializeAsString());
}

TEST(ParseMessage, NamesEveryStringThatIsNotUtf8) {
  v1::IngestRequest read;
  const absl::Status status = ParseMessage(Bytes(TwoFacts(), "GOOD", "a\xff__"), read);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_THAT(ViolationsOf(status),
              ElementsAre(Field(&Violation::field, "facts[0].payment.payment_method"),
                          Field(&Violation::field, "facts[1].customer_bill.source.key"),
                          Field(&Violation::field, "facts[1].customer_bill.lines[1].description")));
  EXPECT_THAT(ViolationsOf(status)[0].description, HasSubstr("not UTF-8 from byte 1"));
}

TEST(ParseMessage, LeavesNulToTheFieldRules) {
  v1::IngestRequest read;
  EXPECT_THAT(ParseMessage(Bytes(TwoFacts(), "GOOD", std::string("a\0bc", 4)), read), IsOk());
  const absl::Status status =
      ParseMessage(Bytes(TwoFacts(), "GOOD", std::string("a\0\0\xff", 4)), read);
  EXPECT_THAT(ViolationsOf(status)[0].description, HasSubstr("not UTF-8 from byte 3"));
}

TEST(ParseMessage, CallsOtherBytesMalformed) {
  const std::string good = TwoFacts().SerializeAsString();
  v1::IngestRequest read;
  for (const std::string& bytes : {good.substr(0, good.size() - 1), std::string("\xff"),
                                   std::string("\x0a\x05"), std::string("\x00\x00", 2)}) {
    const absl::Status status = ParseMessage(bytes, read);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_MALFORMED_MESSAGE);
    EXPECT_THAT(std::string(status.message()), HasSubstr("yilan.v1.IngestRequest"));
  }
}

TEST(ParseMessage, EndsOnAnyBytes) {
  std::mt19937_64 random(7);
  std::string bytes = Bytes(TwoFacts(), "GOOD", "a\xff__");
  for (int round = 0; round < 50000; ++round) {
    std::string mutated = bytes.substr(0, random() % (bytes.size() + 1));
    for (int changes = static_cast<int>(random() % 4); changes > 0 && !mutated.empty(); --changes) {
      mutated[random() % mutated.size()] = static_cast<char>(random());
    }
    v1::IngestRequest read;
    const absl::Status status = ParseMessage(mutated, read);
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace yilan::core
