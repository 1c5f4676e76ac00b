// Well-formed and malformed CSV.
#include "clients/import/csv_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/clients/rows.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A reader over text in memory.
class CsvText {
 public:
  explicit CsvText(std::string text, const CsvFormat& format = {})
      : text_(std::move(text)), source_(text_) {
    auto opened = CsvReader::Open(source_, "data.csv", format);
    status = opened.status();
    if (opened.ok()) reader = *std::move(opened);
  }

  absl::Status status;
  std::unique_ptr<CsvReader> reader;

 private:
  const std::string text_;
  MemorySource source_;
};

std::vector<ReadRow> Rows(const std::string& text, const CsvFormat& format = {}) {
  CsvText csv(text, format);
  EXPECT_THAT(csv.status, IsOk());
  return csv.reader == nullptr ? std::vector<ReadRow>() : ReadAll(*csv.reader);
}

TEST(CsvReader, ReadsQuotedAndUnquotedValues) {
  const auto rows = Rows("a,b\n1,\"x, y\"\n\"say \"\"hi\"\"\",\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].cells, ElementsAre("1", "x, y"));
  EXPECT_THAT(rows[1].cells, ElementsAre("say \"hi\"", ""));
}

TEST(CsvReader, KeepsBlanksAroundValuesAndDropsThoseAroundColumnNames) {
  CsvText csv(" a , b\n 1 , 2\n");
  EXPECT_THAT(csv.reader->header(), ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll(*csv.reader)[0].cells, ElementsAre(" 1 ", " 2"));
}

TEST(CsvReader, KnowsTheLinesOfRowsBehindValuesWithLineBreaks) {
  const auto rows = Rows("a,b\n\"one\ntwo\",2\n3,4\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].line, 2u);
  EXPECT_THAT(rows[0].cells, ElementsAre("one\ntwo", "2"));
  EXPECT_EQ(rows[1].line, 4u);
  EXPECT_EQ(rows[1].number, 2u);
}

TEST(CsvReader, TakesAllLineEndsAndAMissingLast) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const auto rows = Rows(absl::StrCat("a,b", end, "1,2", end, "3,4"));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_THAT(rows[0].cells, ElementsAre("1", "2"));
    EXPECT_THAT(rows[1].cells, ElementsAre("3", "4"));
    EXPECT_EQ(rows[1].line, 3u);
  }
}

TEST(CsvReader, SkipsAByteOrderMark) {
  CsvText csv("\xEF\xBB\xBFname,b\n1,2\n");
  EXPECT_THAT(csv.reader->header(), ElementsAre("name", "b"));
}

TEST(CsvReader, SkipsBlankLinesAndCountsThem) {
  const auto rows = Rows("a,b\n\n1,2\n\n\n3,4\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].line, 3u);
  EXPECT_EQ(rows[1].line, 6u);
  EXPECT_EQ(rows[1].number, 2u);
}

TEST(CsvReader, TakesOtherDelimitersAndQuotes) {
  const auto rows = Rows("a;b\n1;'x;y'\n", {.delimiter = ';', .quote = '\''});
  EXPECT_THAT(rows[0].cells, ElementsAre("1", "x;y"));
}

TEST(CsvReader, TakesTheColumnNamesOfAFileWithoutHeader) {
  CsvText csv("1,2\n", {.columns = {"x", "y"}});
  EXPECT_THAT(csv.reader->header(), ElementsAre("x", "y"));
  const auto rows = ReadAll(*csv.reader);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].line, 1u);
}

TEST(CsvReader, ReportsAMisplacedQuoteWithLineAndPositionAndGoesOn) {
  const auto rows = Rows("a,b\n1,2\n3,x\"y\n5,6\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[1].problem, HasSubstr("line 3, position 4"));
  EXPECT_EQ(rows[1].line, 3u);
  EXPECT_EQ(rows[1].raw, "3,x\"y");
  EXPECT_THAT(rows[2].cells, ElementsAre("5", "6"));
}

TEST(CsvReader, AQuoteThatIsNotClosedTakesNoOtherRowWithIt) {
  const auto rows = Rows("a,b\n1,\"x\n3,4\n5,6\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].problem, HasSubstr("never closed"));
  EXPECT_EQ(rows[0].line, 2u);
  EXPECT_THAT(rows[1].cells, ElementsAre("3", "4"));
  EXPECT_EQ(rows[2].line, 4u);
  EXPECT_EQ(rows[2].number, 3u);
}

TEST(CsvReader, ReportsARowWithTooFewOrTooManyValues) {
  const auto rows = Rows("a,b\n1\n1,2,3\n1,2\n");
  EXPECT_THAT(rows[0].problem, HasSubstr("has 1 values where the header has 2 columns"));
  EXPECT_THAT(rows[1].problem, HasSubstr("has 3 values"));
  EXPECT_EQ(rows[2].problem, "");
}

TEST(CsvReader, NamesTheColumnWithABadByte) {
  const auto rows = Rows("id,name\n1,caf\xE9\n2,ok\n");
  EXPECT_EQ(rows[0].problem_field, "name");
  EXPECT_THAT(rows[0].problem, HasSubstr("byte 0xE9 at position 4 is not UTF-8"));
  EXPECT_EQ(rows[0].line, 2u);
  EXPECT_EQ(rows[1].problem, "");
}

TEST(CsvReader, ReportsANulByte) {
  const auto rows = Rows(std::string("id,name\n1,a\0b\n", 14));
  EXPECT_EQ(rows[0].problem_field, "name");
  EXPECT_THAT(rows[0].problem, HasSubstr("NUL"));
}

TEST(CsvReader, ReportsARowThatIsTooLongAndGoesOn) {
  const std::string huge(RowReader::kMostRowBytes * 3, 'x');
  const auto rows = Rows(absl::StrCat("a,b\n1,", huge, "\n3,4\n"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].problem, HasSubstr("longer than"));
  EXPECT_THAT(rows[1].cells, ElementsAre("3", "4"));
  EXPECT_EQ(rows[1].line, 3u);
}

TEST(CsvReader, ReportsAQuoteThatSwallowsTooManyLinesAndGoesOn) {
  std::string text = "a,b\n1,\"x\n";
  for (int i = 0; i < 5000; ++i) text += "3,4\n";
  const auto rows = Rows(text);
  ASSERT_EQ(rows.size(), 5001u);
  EXPECT_THAT(rows[0].problem, HasSubstr("longer than"));
  EXPECT_EQ(rows[5000].problem, "");
  EXPECT_EQ(rows[5000].line, 5002u);
}

TEST(CsvReader, RefusesAFileWithoutHeader) {
  const CsvText blank("\n\n");
  EXPECT_THAT(blank.status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(blank.status.message(), HasSubstr("data.csv has no header line"));
}

TEST(CsvReader, RefusesAHeaderThatCannotBeRead) {
  const CsvText broken("a,\"b\n1,2\n");
  EXPECT_THAT(broken.status.message(), HasSubstr("data.csv:1: the header cannot be read"));
}

TEST(CsvReader, NamesAllMissingColumnsWithSuggestions) {
  CsvText csv("name,tenure\n");
  const auto columns = csv.reader->Columns({"name", "tenur", "zip"});
  EXPECT_THAT(columns, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(columns.status().message(), HasSubstr("no column `tenur`; did you mean `tenure`?"));
  EXPECT_THAT(columns.status().message(), HasSubstr("no column `zip`"));
}

TEST(CsvReader, RefusesAColumnThatIsThereTwiceOnlyIfItIsUsed) {
  CsvText csv("a,b,a\n1,2,3\n");
  EXPECT_THAT(csv.reader->Columns({"b"}), IsOk());
  const auto columns = csv.reader->Columns({"a"});
  EXPECT_THAT(columns.status().message(), HasSubstr("several columns `a`"));
}

TEST(CsvReader, ContinuesFromThePositionBehindAnyRow) {
  const std::string text = "\xEF\xBB\xBFid,note\n1,\"a\nb\"\n\n2,x\"\n3,c\r\n4,d";
  const auto all = Rows(text);
  ASSERT_EQ(all.size(), 4u);
  for (size_t i = 0; i < all.size(); ++i) {
    const InputPosition& position = all[i].end;
    EXPECT_EQ(position.fingerprint,
              ExtendFingerprint(kEmptyFingerprint, text.substr(0, position.offset)));
    MemorySource header(text);
    auto reader = CsvReader::Open(header, "data.csv", {});
    ASSERT_THAT(reader, IsOk());
    // The rest of the file under the reader, as InputFile::GoTo leaves it.
    header = MemorySource(absl::string_view(text).substr(position.offset));
    (*reader)->ContinueFrom(position);
    const auto rest = ReadAll(**reader);
    ASSERT_EQ(rest.size(), all.size() - i - 1);
    for (size_t j = 0; j < rest.size(); ++j) {
      EXPECT_EQ(rest[j].cells, all[i + 1 + j].cells);
      EXPECT_EQ(rest[j].line, all[i + 1 + j].line);
      EXPECT_EQ(rest[j].number, all[i + 1 + j].number);
      EXPECT_EQ(rest[j].end.fingerprint, all[i + 1 + j].end.fingerprint);
    }
  }
}

}  // namespace
}  // namespace yilan
