// Lines that are facts already.
#include "clients/import/fact_line.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/import/input_file.h"
#include "clients/import/json_lines_reader.h"
#include "clients/import/mapping.h"
#include "clients/simulate/simulator.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"

namespace yilan {
namespace {

using ::testing::HasSubstr;

std::string Json(const v1::Fact& fact) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(fact, &json, options).ok());
  return json;
}

TEST(ParseFactLine, ReadsWhatSimulateWrites) {
  for (const v1::Fact& fact : simulate::Simulator(7, 60).FactsOf(5)) {
    v1::Fact read;
    ASSERT_FALSE(ParseFactLine(Json(fact), read).has_value()) << Json(fact);
    EXPECT_EQ(read.SerializeAsString(), fact.SerializeAsString());
  }
}

TEST(ParseFactLine, ReadsNamesInCamelCase) {
  v1::Fact fact;
  ASSERT_FALSE(ParseFactLine(R"({"customerBill":{"billNumber":"1"}})", fact).has_value());
  EXPECT_EQ(fact.customer_bill().bill_number(), "1");
}

TEST(ParseFactLine, LeavesOutWhatAnImportHasWrittenBeside) {
  v1::Fact fact;
  ASSERT_FALSE(ParseFactLine(R"({"yilan_row":"1","yilan_line":1,"yilan_field":"a","yilan_reason":
                                 "\"b\"","payment":{"payment_method":"yilan_pay"}})",
                             fact)
                   .has_value());
  EXPECT_EQ(fact.payment().payment_method(), "yilan_pay");
}

TEST(ParseFactLine, SaysWhatIsNoFact) {
  for (const char* line : {R"({"payment":{"colour":"red"}})", R"({"customer":{}})", "[]", "{",
                           R"({"yilan_row":"1","x":{}})", R"({"yilan_row":)"}) {
    v1::Fact fact;
    const std::optional<RowProblem> problem = ParseFactLine(line, fact);
    ASSERT_TRUE(problem.has_value()) << line;
    EXPECT_THAT(problem->reason, HasSubstr("is no yilan.v1.Fact")) << line;
  }
}

TEST(ParseFactLine, SaysThatThereIsNoFact) {
  for (const char* line : {"{}", R"({"yilan_row":"1"})"}) {
    v1::Fact fact;
    const std::optional<RowProblem> problem = ParseFactLine(line, fact);
    ASSERT_TRUE(problem.has_value()) << line;
    EXPECT_THAT(problem->reason, HasSubstr("states no fact"));
  }
}

TEST(PlainFacts, AreTheRowsOfAFile) {
  const std::string text =
      absl::StrCat(R"({"payment":{"payment_method":"cash"}})", "\n", "nonsense\n",
                   R"({"yilan_row":"7","deletion":{"fact_type":"payment"}})", "\n", "{\"x\":1}\n");
  MemorySource source(text);
  const auto reader = JsonLinesReader::Open(source);
  ASSERT_TRUE(reader.ok());
  const auto converter = Mapping::PlainFacts().Bind(**reader);
  ASSERT_TRUE(converter.ok());
  Row row;
  std::vector<ConvertedFact> facts;
  const auto next = [&] {
    EXPECT_TRUE(*(*reader)->Next(row));
    if (!row.problem.has_value()) (*converter)->Convert(row, facts);
  };
  next();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].fact.payment().payment_method(), "cash");
  EXPECT_EQ((*converter)->row_number(), "1");
  next();
  EXPECT_TRUE(row.problem.has_value());
  next();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].fact.deletion().fact_type(), "payment");
  EXPECT_EQ((*converter)->row_number(), "7") << "A rejected row keeps its number.";
  next();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_TRUE(facts[0].problem.has_value());
  EXPECT_FALSE(*(*reader)->Next(row));
}

TEST(PlainFacts, AreNotSuspectedToLackTimes) {
  EXPECT_TRUE(Mapping::PlainFacts().FactsWithoutEventTime().empty());
}

}  // namespace
}  // namespace yilan
