// How customers are named on the command line.
#include "clients/cli/customer_argument.h"

#include <string>

#include "tests/status_matchers.h"

namespace yilan::cli {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// A customer argument as text of the contract; empty when it is refused.
std::string Parsed(const std::string& text) {
  const auto customer = ParseCustomer(text);
  return customer.ok() ? customer->ShortDebugString() : "";
}

TEST(CustomerArgument, TakesAnId) {
  const std::string id = "01HF7YAT00TSV4RRFFQ69G5FAV";
  EXPECT_EQ(Parsed(id), "customer_id: \"" + id + "\"");
  EXPECT_EQ(Parsed("id:" + id), "customer_id: \"" + id + "\"");
}

TEST(CustomerArgument, TakesASourceKey) {
  EXPECT_EQ(Parsed("crm/C42"), "subject { source_system: \"crm\" customer_key: \"C42\" }");
  EXPECT_EQ(Parsed("crm/a/b:c"), "subject { source_system: \"crm\" customer_key: \"a/b:c\" }");
}

TEST(CustomerArgument, TakesABillingAccount) {
  EXPECT_EQ(Parsed("account:billing/7"),
            "subject { source_system: \"billing\" billing_account_key: \"7\" }");
}

TEST(CustomerArgument, TakesEverySortOfIdentifier) {
  EXPECT_EQ(Parsed("msisdn:+8613800000000"),
            "typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: \"+8613800000000\" }");
  EXPECT_EQ(Parsed("STB-Serial:x:y"),
            "typed_identifier { type: IDENTIFIER_TYPE_STB_SERIAL value: \"x:y\" }");
  EXPECT_EQ(Parsed("email:a@b.c"),
            "typed_identifier { type: IDENTIFIER_TYPE_EMAIL value: \"a@b.c\" }");
  for (const std::string& word : IdentifierWords()) {
    EXPECT_NE(Parsed(word + (word == "account" ? ":billing/7" : ":1")), "") << word;
  }
  EXPECT_THAT(IdentifierWords(), Contains("national-id"));
}

TEST(CustomerArgument, RefusesWhatNamesNobodyAndSaysTheForms) {
  for (const std::string text :
       {"", "Ann", "/x", "crm/", "CRM/C42", "account:7", "msisdn:", "01HF7YAT00"}) {
    const auto customer = ParseCustomer(text);
    EXPECT_THAT(customer, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(customer.status().message(), HasSubstr("crm/C42")) << text;
  }
  EXPECT_THAT(ParseCustomer("msisnd:1").status().message(), HasSubstr("did you mean `msisdn`?"));
}

TEST(CustomerArgument, TellsIdentifiersFromNames) {
  for (const std::string text : {"crm/C42", "msisdn:1", "email:", "01HF7YAT00TSV4RRFFQ69G5FAV"}) {
    EXPECT_TRUE(LooksLikeIdentifier(text)) << text;
  }
  for (const std::string text : {"Ann", "Lee: Ann", "A/B Ltd", "王"}) {
    EXPECT_FALSE(LooksLikeIdentifier(text)) << text;
  }
}

}  // namespace
}  // namespace yilan::cli
