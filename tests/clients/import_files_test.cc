// What an import keeps and writes: the rows on their way, its state, the rejected rows, its
// progress.
#include <string>
#include <vector>

#include "clients/cli/import_source.h"
#include "clients/cli/import_state.h"
#include "clients/cli/progress.h"
#include "clients/cli/rejected_rows.h"
#include "clients/cli/row_tracker.h"
#include "clients/import/json_lines_reader.h"
#include "tests/clients/rows.h"
#include "tests/clients/temporary_directory.h"
#include "tests/status_matchers.h"

namespace yilan::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// RowTracker.

Row RowOf(uint64_t number) {
  Row row;
  row.number = number;
  row.line = number + 1;
  row.raw = "raw";
  row.end.row = number;
  return row;
}

v1::Fact Payment() {
  v1::Fact fact;
  fact.mutable_payment();
  return fact;
}

v1::FactResult Outcome(v1::FactOutcome outcome, const std::string& field = "") {
  v1::FactResult result;
  result.set_outcome(outcome);
  if (!field.empty()) {
    result.add_violations()->set_field(field);
    result.mutable_violations(0)->set_description("is wrong");
  }
  return result;
}

TEST(RowTracker, HandsOutRowsInOrderWhenAllBeforeThemAreFinished) {
  RowTracker tracker;
  const uint64_t first = tracker.Begin(RowOf(1), "1", {}, 2);
  const uint64_t second = tracker.Begin(RowOf(2), "2", {}, 1);
  tracker.TakeResult(RowTracker::FactId(second, Payment()), Outcome(v1::FACT_OUTCOME_OK));
  EXPECT_FALSE(tracker.PopFinished().has_value());
  tracker.TakeResult(RowTracker::FactId(first, Payment()), Outcome(v1::FACT_OUTCOME_OK));
  EXPECT_FALSE(tracker.PopFinished().has_value());
  tracker.TakeResult(RowTracker::FactId(first, Payment()), Outcome(v1::FACT_OUTCOME_DUPLICATE));
  const auto finished = tracker.PopFinished();
  ASSERT_TRUE(finished.has_value());
  EXPECT_EQ(finished->end.row, 1u);
  EXPECT_EQ(finished->counts.facts, 2);
  EXPECT_EQ(finished->counts.duplicates, 1);
  EXPECT_EQ(tracker.PopFinished()->end.row, 2u);
  EXPECT_FALSE(tracker.PopFinished().has_value());
}

TEST(RowTracker, CollectsWhatWasWrongWithARow) {
  RowTracker tracker;
  const uint64_t row = tracker.Begin(RowOf(1), "1", {{"product", "product.name", "is odd"}}, 1);
  tracker.TakeResult(RowTracker::FactId(row, Payment()),
                     Outcome(v1::FACT_OUTCOME_REJECTED, "payment.amount"));
  const auto finished = tracker.PopFinished();
  ASSERT_EQ(finished->row.problems.size(), 2u);
  EXPECT_EQ(finished->row.problems[1].fact_type, "payment");
  EXPECT_EQ(finished->row.problems[1].field, "payment.amount");
  EXPECT_EQ(finished->counts.facts, 2);
  EXPECT_EQ(finished->counts.rejected_facts, 2);
  EXPECT_EQ(finished->counts.rejected_rows, 1);
}

TEST(RowTracker, ARowThatTheServerWouldNotTakeStaysUnfinished) {
  RowTracker tracker;
  const uint64_t row = tracker.Begin(RowOf(1), "1", {}, 1);
  tracker.TakeResult(RowTracker::FactId(row, Payment()), Outcome(v1::FACT_OUTCOME_RETRY, "x"));
  EXPECT_EQ(tracker.gave_up(), "is wrong");
  EXPECT_FALSE(tracker.PopFinished().has_value());
}

TEST(RowTracker, TellsWhenTooManyRowsWaitForTheFirst) {
  RowTracker tracker;
  const uint64_t first = tracker.Begin(RowOf(1), "1", {}, 1);
  for (uint64_t i = 2; i <= RowTracker::kMostUnfinished; ++i) tracker.Begin(RowOf(i), "", {}, 0);
  EXPECT_FALSE(tracker.AwaitProgress(absl::ZeroDuration()));
  tracker.TakeResult(RowTracker::FactId(first, Payment()), Outcome(v1::FACT_OUTCOME_OK));
  EXPECT_TRUE(tracker.AwaitProgress(absl::ZeroDuration()));
}

// ImportState.

TEST(ImportState, ComesBackAsItWasSaved) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("state");
  ImportState state;
  state.server = "localhost:1";
  state.mapping_fingerprint = UINT64_MAX;
  state.position = {.offset = 1, .line = 2, .row = 3, .fingerprint = UINT64_MAX - 1};
  state.counts.rows = 3;
  state.counts.identity_conflicts = 9;
  state.rejected_bytes = 77;
  ASSERT_THAT(SaveImportState(state, path), IsOk());
  const auto loaded = LoadImportState(path);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ((*loaded)->server, "localhost:1");
  EXPECT_EQ((*loaded)->mapping_fingerprint, UINT64_MAX);
  EXPECT_EQ((*loaded)->position.fingerprint, UINT64_MAX - 1);
  EXPECT_EQ((*loaded)->position.row, 3u);
  EXPECT_EQ((*loaded)->counts.identity_conflicts, 9);
  EXPECT_EQ((*loaded)->rejected_bytes, 77u);
}

TEST(ImportState, IsNothingWhenThereIsNoFile) {
  const TemporaryDirectory directory;
  const auto loaded = LoadImportState(directory.File("none"));
  ASSERT_THAT(loaded, IsOk());
  EXPECT_FALSE(loaded->has_value());
}

TEST(ImportState, RefusesAFileThatIsNone) {
  const TemporaryDirectory directory;
  for (const std::string text :
       {"", "x", "{}", "[]", "{\"format\":2}", "{\"format\":1,\"server\":\"s\"}"}) {
    const auto loaded = LoadImportState(directory.Write("state", text));
    EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kDataLoss)) << text;
    EXPECT_THAT(loaded.status().message(), HasSubstr("--restart")) << text;
  }
}

TEST(ImportState, SaysWhereItCannotBeWritten) {
  EXPECT_THAT(SaveImportState({}, "/nowhere/state").message(), HasSubstr("--work-dir"));
}

// Rejected rows.

const std::vector<std::string> kHeader = {"id", "name"};

RejectedRow Rejected(const std::string& original) {
  return {"7", 9, original, true, {{"payment", "payment.amount", "is \"odd\", really"}}};
}

TEST(RejectedCsv, PutsTheReasonsBehindTheRow) {
  const RejectedCsvFormat format({}, kHeader, "id,\"name\"");
  EXPECT_EQ(format.Header(),
            "id,\"name\",yilan_row,yilan_line,yilan_field,yilan_reason,yilan_original\n");
  EXPECT_EQ(format.Line(Rejected("1,\"a, b\"")),
            "1,\"a, b\",7,9,payment.amount,\"is \"\"odd\"\", really\",\n");
}

TEST(RejectedCsv, KeepsABrokenRowAsOneValue) {
  const RejectedCsvFormat format({}, kHeader, "id,name");
  RejectedRow row = Rejected("1,a\"b");
  row.is_readable = false;
  row.problems = {{"", "", "a quote is misplaced"}, {"", "x", "more"}};
  EXPECT_EQ(format.Line(row), ",,7,9, | x,a quote is misplaced | more,\"1,a\"\"b\"\n");
}

TEST(RejectedCsv, CanBeImportedAgainAndRejectedAgain) {
  const RejectedCsvFormat format({}, kHeader, "id,name");
  const std::string text = format.Header() + format.Line(Rejected("1,a"));
  MemorySource source(text);
  auto reader = CsvReader::Open(source, "x.csv", {});
  ASSERT_THAT(reader, IsOk());
  const auto rows = ReadAll(**reader);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].problem, "");
  EXPECT_THAT(rows[0].cells,
              ElementsAre("1", "a", "7", "9", "payment.amount", "is \"odd\", really", ""));
  const RejectedCsvFormat again({}, (*reader)->header(), (*reader)->header_line());
  EXPECT_EQ(again.Header(), format.Header());
  EXPECT_EQ(again.Line(Rejected(rows[0].raw)), format.Line(Rejected("1,a")));
}

TEST(RejectedCsv, AFileWithoutHeaderGetsOneThatIsRecognized) {
  const CsvFormat csv{.delimiter = ';', .columns = kHeader};
  const RejectedCsvFormat format(csv, kHeader, "");
  const std::string text = format.Header() + format.Line(Rejected("1;a"));
  MemorySource source(text);
  auto reader = CsvReader::Open(source, "x.csv", csv);
  ASSERT_THAT(reader, IsOk());
  EXPECT_TRUE((*reader)->HasColumn("yilan_row"));
  const auto rows = ReadAll(**reader);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].problem, "");
  EXPECT_EQ(rows[0].line, 2u);
}

TEST(RejectedJson, PutsTheReasonsBeforeTheMembers) {
  EXPECT_EQ(RejectedJsonLine(Rejected("{\"id\": 0.10}")),
            "{\"yilan_row\":\"7\",\"yilan_line\":9,\"yilan_field\":\"payment.amount\","
            "\"yilan_reason\":\"is \\\"odd\\\", really\",\"id\": 0.10}\n");
}

TEST(RejectedJson, KeepsABrokenLineAsOneValue) {
  RejectedRow row = Rejected("{\"id\":");
  row.is_readable = false;
  EXPECT_THAT(RejectedJsonLine(row), HasSubstr(",\"yilan_original\":\"{\\\"id\\\":\"}\n"));
}

TEST(RejectedJson, CanBeRejectedAgain) {
  for (const std::string original : {"{\"id\":1}", "{}", "{\"a\":{\"b\":[1,2]}}"}) {
    const std::string once = RejectedJsonLine(Rejected(original));
    EXPECT_EQ(RejectedJsonLine(Rejected(once)), once) << original;
    MemorySource source(once);
    auto reader = JsonLinesReader::Open(source);
    EXPECT_THAT((*reader)->Columns({"yilan_row"}), IsOk());
    EXPECT_THAT(ReadAll(**reader)[0].cells, ElementsAre("7"));
  }
}

TEST(RejectedRowsFile, ComesIntoBeingWithTheFirstRow) {
  const TemporaryDirectory directory;
  RejectedRows rows(directory.File("r.csv"), 0);
  EXPECT_THAT(rows.Flush(), IsOk());
  EXPECT_EQ(ReadFile(rows.path()), "");
  EXPECT_THAT(rows.Write("head\n", "one\n"), IsOk());
  EXPECT_THAT(rows.Write("head\n", "two\n"), IsOk());
  EXPECT_THAT(rows.Flush(), IsOk());
  EXPECT_EQ(ReadFile(rows.path()), "head\none\ntwo\n");
  EXPECT_EQ(rows.bytes(), 13u);
}

TEST(RejectedRowsFile, ForgetsWhatWasWrittenAfterTheSavedState) {
  const TemporaryDirectory directory;
  RejectedRows rows(directory.Write("r.csv", "head\none\ntwo\n"), 9);
  EXPECT_THAT(rows.Write("head\n", "other\n"), IsOk());
  EXPECT_THAT(rows.Flush(), IsOk());
  EXPECT_EQ(ReadFile(rows.path()), "head\none\nother\n");
}

TEST(RejectedRowsFile, SaysWhereItCannotBeWritten) {
  RejectedRows rows("/nowhere/r.csv", 0);
  EXPECT_THAT(rows.Write("h\n", "x\n").message(), HasSubstr("--work-dir"));
}

TEST(MappingBeside, IsNamedLikeTheInput) {
  EXPECT_EQ(MappingBeside("a/telco.csv"), "a/telco.mapping.yaml");
  EXPECT_EQ(MappingBeside("a/telco.csv.rejected.csv"), "a/telco.mapping.yaml");
  EXPECT_EQ(MappingBeside("t.jsonl.rejected.jsonl.rejected.jsonl"), "t.mapping.yaml");
}

// Progress.

ProgressFigures Half() {
  ProgressFigures figures;
  figures.bytes_done = 50;
  figures.bytes_total = 100;
  figures.rows = 3650;
  figures.facts = 18700;
  figures.rejected_rows = 2;
  figures.facts_per_second = 15684.4;
  figures.remaining = absl::Seconds(62.5);
  return figures;
}

TEST(Progress, TellsShareRateRemainingTimeAndRejectedRows) {
  EXPECT_EQ(ProgressLine(Half()),
            " 50 %  3,650 rows  18,700 facts  15,684/s  ETA 1:03  rejected 2");
}

TEST(Progress, ABarFillsTheRoomThatATerminalHas) {
  EXPECT_EQ(ProgressBar(Half(), {.width = 80}),
            "[======>      ]  50 %  3,650 rows  18,700 facts  15,684/s  ETA 1:03  rejected 2");
  EXPECT_EQ(ProgressBar(Half(), {.width = 40}), " 50 %  3,650 rows  18,700 facts  15,684…");
}

TEST(Progress, TheRestOfAnUnknownSpeedIsUnknown) {
  EXPECT_THAT(ProgressLine({}), HasSubstr("100 %"));
  EXPECT_THAT(ProgressLine({}), HasSubstr("ETA -:--"));
}

}  // namespace
}  // namespace yilan::cli
