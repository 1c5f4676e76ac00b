// Well-formed and malformed JSON Lines.
#include "clients/import/json_lines_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/clients/rows.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<ReadRow> Rows(const std::string& text, const std::vector<std::string>& columns) {
  MemorySource source(text);
  auto reader = JsonLinesReader::Open(source);
  EXPECT_THAT(reader, IsOk());
  EXPECT_THAT((*reader)->Columns(columns), IsOk());
  return ReadAll(**reader);
}

TEST(JsonLinesReader, ReadsMembersAsText) {
  const auto rows = Rows(R"({"a":"x","b":12,"c":true,"d":null,"e":-3})"
                         "\n",
                         {"a", "b", "c", "d", "e", "f"});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].cells, ElementsAre("x", "12", "true", "(absent)", "-3", "(absent)"));
}

TEST(JsonLinesReader, NumbersKeepTheTextTheyAreWrittenWith) {
  const auto rows =
      Rows(R"({"a":0.10,"b":90071992547409.93,"c":12345678901234567890123})", {"a", "b", "c"});
  EXPECT_THAT(rows[0].cells, ElementsAre("0.10", "90071992547409.93", "12345678901234567890123"));
}

TEST(JsonLinesReader, NamesNestedMembersByTheirPath) {
  const auto rows = Rows(R"({"o":{"p":{"q":1},"r":[{"s":2},{"s":3},4]},"z":5})",
                         {"o.p.q", "o.r[0].s", "o.r[1].s", "o.r[2]", "o.r[3]", "z"});
  EXPECT_EQ(rows[0].problem, "");
  EXPECT_THAT(rows[0].cells, ElementsAre("1", "2", "3", "4", "(absent)", "5"));
}

TEST(JsonLinesReader, ReportsALineThatIsNoJsonAndGoesOn) {
  const auto rows = Rows("{\"a\":1}\n{\"a\":\n\n{\"a\":2}", {"a"});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[1].problem, HasSubstr("is not JSON at position"));
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_THAT(rows[2].cells, ElementsAre("2"));
  EXPECT_EQ(rows[2].line, 4u);
  EXPECT_EQ(rows[2].number, 3u);
}

TEST(JsonLinesReader, ReportsALineThatIsNoObject) {
  for (const std::string line : {"[1]", "3", "\"a\"", "null"}) {
    EXPECT_THAT(Rows(line, {"a"})[0].problem, HasSubstr("is not a JSON object")) << line;
  }
  EXPECT_THAT(Rows("{} {}", {"a"})[0].problem, HasSubstr("is not JSON"));
}

TEST(JsonLinesReader, ReportsAMemberThatIsStatedTwice) {
  const auto rows = Rows(R"({"a":1,"a":2})", {"a"});
  EXPECT_EQ(rows[0].problem_field, "a");
  EXPECT_THAT(rows[0].problem, HasSubstr("stated twice"));
}

TEST(JsonLinesReader, ReportsAnObjectWhereAValueIsWanted) {
  const auto rows = Rows(R"({"a":{"b":1}})", {"a"});
  EXPECT_EQ(rows[0].problem_field, "a");
  EXPECT_THAT(rows[0].problem, HasSubstr("name one of its members"));
}

TEST(JsonLinesReader, ReportsBytesThatAreNotUtf8AndNulCharacters) {
  EXPECT_THAT(Rows("{\"a\":\"\xE9\"}", {"a"})[0].problem, HasSubstr("0xE9"));
  EXPECT_THAT(Rows("{\"a\":\"\\u0000\"}", {"a"})[0].problem, HasSubstr("NUL"));
}

TEST(JsonLinesReader, ReportsWhatIsNestedTooDeeply) {
  const std::string deep =
      absl::StrCat("{\"a\":", std::string(100000, '['), std::string(100000, ']'), "}");
  EXPECT_THAT(Rows(deep, {"b"})[0].problem, HasSubstr("nested too deeply"));
}

TEST(JsonLinesReader, ReportsALineThatIsTooLongAndGoesOn) {
  const std::string huge(RowReader::kMostRowBytes * 3, 'x');
  const auto rows = Rows(absl::StrCat("{\"a\":\"", huge, "\"}\n{\"a\":1}\n"), {"a"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].problem, HasSubstr("longer than"));
  EXPECT_THAT(rows[1].cells, ElementsAre("1"));
}

TEST(JsonLinesReader, TellsWhichColumnsNoRowHas) {
  const std::string text = "{\"a\":1}\n{\"b\":null}\n";
  MemorySource source(text);
  auto reader = JsonLinesReader::Open(source);
  EXPECT_THAT((*reader)->Columns({"a", "b", "c"}), IsOk());
  ReadAll(**reader);
  EXPECT_THAT((*reader)->NeverSeen(), ElementsAre("c"));
}

TEST(JsonLinesReader, ContinuesFromThePositionBehindARow) {
  const std::string text = "\xEF\xBB\xBF{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}";
  const auto all = Rows(text, {"a"});
  ASSERT_EQ(all.size(), 3u);
  MemorySource source(text);
  auto reader = JsonLinesReader::Open(source);
  EXPECT_THAT((*reader)->Columns({"a"}), IsOk());
  source = MemorySource(absl::string_view(text).substr(all[0].end.offset));
  (*reader)->ContinueFrom(all[0].end);
  const auto rest = ReadAll(**reader);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].line, 3u);
  EXPECT_EQ(rest[1].number, 3u);
  EXPECT_EQ(rest[1].end.fingerprint, ExtendFingerprint(kEmptyFingerprint, text));
  EXPECT_THAT((*reader)->NeverSeen(), IsEmpty());
}

}  // namespace
}  // namespace yilan
