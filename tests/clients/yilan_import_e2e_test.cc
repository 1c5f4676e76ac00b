// `yilan import` against the real server: whole, broken, interrupted and resumed.
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/clients/yilan_process.h"

namespace yilan {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPayments[] =
    "version: 1\n"
    "source_system: billing\n"
    "source: {event_time: \"2024-02-01\"}\n"
    "currency: USD\n"
    "facts:\n"
    "  - fact: payment\n"
    "    set:\n"
    "      source.key: \"P-{row}\"\n"
    "      billing_account_key: \"{account}\"\n"
    "      amount: \"{amount}\"\n";

bool Exists(const std::string& path) { return std::filesystem::exists(path); }

// A file of so many payments, each of an account of its own.
std::string Payments(int count) {
  std::string text = "account,amount\n";
  for (int i = 1; i <= count; ++i) absl::StrAppend(&text, "A", i, ",", i, ".50\n");
  return text;
}

// Enough rows that an import of them, in batches as small as this, can be caught in the middle.
constexpr int kMany = 30000;
constexpr int kManyDurable = 8000;  // Each of the batches waits for the disk.
const std::vector<std::string> kSlowly = {"--batch-facts", "20", "--in-flight", "1"};

class YilanImportE2e : public ::testing::Test {
 protected:
  // Runs `yilan import` on a file of the test's directory.
  e2e::Outcome Import(const std::string& server, const std::string& file,
                      std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"--server", server, "import", directory_.File(file)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunYilan(arguments);
  }
  nlohmann::json Stats(const std::string& server) {
    const e2e::Outcome stats = RunYilan({"--server", server, "stats", "--json"});
    EXPECT_EQ(stats.exit_code, 0) << stats.err;
    return nlohmann::json::parse(stats.out, nullptr, false);
  }
  // How many facts of a kind the server has.
  int FactCount(const std::string& server, const std::string& kind) {
    const nlohmann::json stats = Stats(server);
    for (const auto& count : stats["factCounts"]) {
      if (count["factType"] == kind) return std::stoi(count["count"].get<std::string>());
    }
    return 0;
  }
  // A server that can be stopped and started at the same address, and keeps its data.
  std::unique_ptr<e2e::ServerProcess> DurableServer() {
    return std::make_unique<e2e::ServerProcess>(std::vector<std::string>{
        "--storage", "rocksdb:" + directory_.File("db"), "--listen", durable_address_});
  }

  // A slow import of the payments that are in p.csv, once it has taken some.
  std::unique_ptr<YilanProcess> BeginImport(const std::string& server,
                                            const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--server", server, "import", directory_.File("p.csv")};
    arguments.insert(arguments.end(), kSlowly.begin(), kSlowly.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto import = std::make_unique<YilanProcess>(arguments);
    EXPECT_TRUE(import->AwaitError(" rows ")) << import->error();
    return import;
  }

  TemporaryDirectory directory_;
  const std::string durable_address_ = "unix:" + directory_.File("socket");
};

TEST_F(YilanImportE2e, TheBillsOfTheTelcoSampleAddUpAndAutomaticPayersHavePaid) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  const e2e::Outcome outcome = RunYilan({"--server", server.address(), "import", "-q", "--work-dir",
                                         directory_.path(), YILAN_TEST_DATA "/telco_churn.csv"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  // Row 4: no phone, DSL with three options, 42.30 a month by bank transfer.
  const e2e::Outcome paid = RunYilan({"--server", server.address(), "view", "crm/telco-4",
                                      "--lines", "--time-zone", "America/Los_Angeles"});
  EXPECT_THAT(paid.out, HasSubstr("active individual, residential, since 2020-05-01\n"));
  EXPECT_THAT(paid.out, HasSubstr("Balance   0.00 USD due\n"));
  EXPECT_THAT(paid.out, HasSubstr("Price plan difference          2.30 USD\n"));
  // Row 3: paid by cheque, and has left.
  const e2e::Outcome owed = RunYilan({"--server", server.address(), "view", "account:billing/A-3",
                                      "--time-zone", "America/Los_Angeles"});
  EXPECT_THAT(owed.out, HasSubstr("terminated individual"));
  EXPECT_THAT(owed.out, HasSubstr("53.85 USD overdue\n"));
}

TEST_F(YilanImportE2e, TheFebrlSampleMakesOneCustomerOfMostPersons) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  const e2e::Outcome outcome =
      RunYilan({"--server", server.address(), "import", "--work-dir", directory_.path(),
                YILAN_TEST_DATA "/dataset1.csv", "-m", YILAN_TEST_DATA "/febrl.mapping.yaml"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  // 1,000 records of 500 people, some so full of errors that a steward has to say.
  const int customers = std::stoi(Stats(server.address())["customers"].get<std::string>());
  EXPECT_GE(customers, 500);
  EXPECT_LE(customers, 540);
  const e2e::Outcome pair =
      RunYilan({"--server", server.address(), "search", "national-id:6988048"});
  EXPECT_THAT(pair.out, HasSubstr("crm/rec-223-org"));
  EXPECT_THAT(pair.out, HasSubstr("webshop/rec-223-dup-0"));
}

TEST_F(YilanImportE2e, TheSameFileAgainChangesNothing) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv", Payments(10));
  EXPECT_THAT(Import(server.address(), "p.csv").out, HasSubstr("10 new\n"));
  EXPECT_THAT(Import(server.address(), "p.csv").out, HasSubstr("10 there already\n"));
}

TEST_F(YilanImportE2e, RejectedRowsComeWithReasonsAndCanBeMendedAndImported) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv",
                   "account,amount\n"
                   "A1,1.50\n"
                   "A2,abc\n"        // Not a number: found here.
                   "A3,-3.50\n"      // A negative payment: found by the server.
                   "\"A4\"x,4.50\n"  // A broken quote.
                   "A5,5.50\n");
  const e2e::Outcome first = Import(server.address(), "p.csv");
  EXPECT_EQ(first.exit_code, 3) << first.err;
  EXPECT_THAT(first.out, HasSubstr("2 new, 2 rejected\n"));
  EXPECT_THAT(first.out, HasSubstr("3 rows rejected: "));
  const std::string rejected = directory_.File("p.csv.rejected.csv");
  EXPECT_THAT(ReadFile(rejected),
              HasSubstr("account,amount,yilan_row,yilan_line,yilan_field,yilan_reason"));
  EXPECT_THAT(ReadFile(rejected), HasSubstr("\nA2,abc,2,3,payment.amount,is not a decimal number"));
  EXPECT_THAT(ReadFile(rejected), HasSubstr("\nA3,-3.50,3,4,payment.amount"));
  EXPECT_THAT(ReadFile(rejected), HasSubstr("\n,,4,5,,\"a quote is misplaced at line 5"));
  EXPECT_FALSE(Exists(directory_.File("p.csv.yilan-resume")));

  // Mended in place, the rows keep their numbers, and with them their keys.
  std::string mended = ReadFile(rejected);
  mended.replace(mended.find("abc"), 3, "2.5");
  mended.replace(mended.find("-3.50"), 5, "3.50");
  mended.replace(mended.find("\n,,4"), 4, "\nA4,4.50,4");
  directory_.Write("p.csv.rejected.csv", mended);
  const e2e::Outcome second = Import(server.address(), "p.csv.rejected.csv");
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("3 new\n"));
  const e2e::Outcome view = RunYilan({"--server", server.address(), "view", "account:billing/A2"});
  EXPECT_THAT(view.out, HasSubstr("P-2"));
}

TEST_F(YilanImportE2e, BytesThatAreNotUtf8AreRejectedByLineAndColumn) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv", "account,amount\nA1,1.50\nCaf\xE9,2.50\n");
  EXPECT_EQ(Import(server.address(), "p.csv").exit_code, 3);
  const std::string rejected = ReadFile(directory_.File("p.csv.rejected.csv"));
  EXPECT_THAT(rejected, HasSubstr(",2,3,account,byte 0xE9 at position 4 is not UTF-8"));
  EXPECT_THAT(rejected, HasSubstr("Caf\xE9"));
}

TEST_F(YilanImportE2e, JsonLinesAreRejectedAndMendedToo) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.jsonl",
                   "{\"account\":\"A1\",\"amount\":1.10}\n"
                   "{\"account\":\"A2\",\"amount\":\"x\"}\n"
                   "{\"account\":\n");
  const e2e::Outcome first = Import(server.address(), "p.jsonl");
  EXPECT_EQ(first.exit_code, 3) << first.err;
  std::string rejected = ReadFile(directory_.File("p.jsonl.rejected.jsonl"));
  EXPECT_THAT(rejected,
              HasSubstr("\"yilan_line\":3,\"yilan_field\":\"\",\"yilan_reason\":\"is not JSON"));
  rejected.replace(rejected.find("\"x\""), 3, "2.20");
  directory_.Write("p.jsonl.rejected.jsonl", rejected.substr(0, rejected.find('\n') + 1));
  const e2e::Outcome second = Import(server.address(), "p.jsonl.rejected.jsonl");
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(RunYilan({"--server", server.address(), "view", "account:billing/A2"}).out,
              HasSubstr("2.20 USD"));
}

TEST_F(YilanImportE2e, AfterCtrlCTheSameCommandContinues) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  std::string text = Payments(kMany);
  text.replace(text.find("A7,"), 3, "A7,x");  // One bad row near the beginning.
  directory_.Write("p.csv", text);
  {
    const auto import = BeginImport(server.address());
    import->Signal(SIGINT);
    EXPECT_EQ(import->Wait(), 130);
    EXPECT_THAT(import->error(), HasSubstr("the same command continues"));
  }
  EXPECT_TRUE(Exists(directory_.File("p.csv.yilan-resume")));
  const int before = FactCount(server.address(), "payment");
  EXPECT_GT(before, 0);
  EXPECT_LT(before, kMany - 1);

  const e2e::Outcome second = Import(server.address(), "p.csv");
  EXPECT_EQ(second.exit_code, 3) << second.err;
  EXPECT_THAT(second.err, HasSubstr("continuing behind row "));
  // What was on its way at the interruption had been waited for: nothing came twice.
  EXPECT_THAT(second.out, HasSubstr("29,999 new, 1 rejected\n"));
  EXPECT_EQ(FactCount(server.address(), "payment"), kMany - 1);
  EXPECT_FALSE(Exists(directory_.File("p.csv.yilan-resume")));
  EXPECT_THAT(ReadFile(directory_.File("p.csv.rejected.csv")), HasSubstr("\nA7,x7.50,7,8,"));
}

TEST_F(YilanImportE2e, AfterACrashTheSameCommandContinues) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv", Payments(kMany));
  {
    const auto import = BeginImport(server.address());
    import->Signal(SIGKILL);
    EXPECT_EQ(import->Wait(), -SIGKILL);
  }
  EXPECT_TRUE(Exists(directory_.File("p.csv.yilan-resume")));
  EXPECT_EQ(Import(server.address(), "p.csv").exit_code, 0);
  EXPECT_EQ(FactCount(server.address(), "payment"), kMany);
}

TEST_F(YilanImportE2e, SurvivesARestartOfTheServer) {
  auto server = DurableServer();
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv", Payments(kManyDurable));
  const auto import = BeginImport(durable_address_);
  server->Signal(SIGKILL);
  server->Wait();
  server = DurableServer();
  EXPECT_EQ(import->Wait(), 0) << import->error();
  EXPECT_EQ(FactCount(durable_address_, "payment"), kManyDurable);
}

TEST_F(YilanImportE2e, ContinuesAfterTheServerWasAwayForTooLong) {
  auto server = DurableServer();
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv", Payments(kManyDurable));
  const auto import = BeginImport(durable_address_, {"--give-up-after", "0.2"});
  server->Signal(SIGKILL);
  server->Wait();
  EXPECT_EQ(import->Wait(), 4) << import->error();
  EXPECT_THAT(import->error(), HasSubstr("cannot reach the server at " + durable_address_));
  EXPECT_THAT(import->error(), HasSubstr("the same command continues"));
  server = DurableServer();
  EXPECT_EQ(Import(durable_address_, "p.csv").exit_code, 0);
  EXPECT_EQ(FactCount(durable_address_, "payment"), kManyDurable);
}

TEST_F(YilanImportE2e, AnInterruptedImportGoesOnWithWhatItBeganOnly) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  const e2e::ServerProcess other({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  const std::string text = Payments(kMany);
  directory_.Write("p.csv", text);
  {
    const auto import = BeginImport(server.address());
    import->Signal(SIGINT);
    EXPECT_EQ(import->Wait(), 130);
  }
  const e2e::Outcome elsewhere = Import(other.address(), "p.csv");
  EXPECT_EQ(elsewhere.exit_code, 2);
  EXPECT_THAT(elsewhere.err, HasSubstr("this is another server; begin anew with --restart"));

  directory_.Write("other.yaml", std::string(kPayments) + "# changed\n");
  const e2e::Outcome remapped =
      Import(server.address(), "p.csv", {"-m", directory_.File("other.yaml")});
  EXPECT_EQ(remapped.exit_code, 2);
  EXPECT_THAT(remapped.err, HasSubstr("the mapping has changed since; begin anew"));

  std::string changed = text;
  changed.replace(changed.find("A2,"), 2, "B2");
  directory_.Write("p.csv", changed);
  const e2e::Outcome edited = Import(server.address(), "p.csv");
  EXPECT_EQ(edited.exit_code, 2);
  EXPECT_THAT(edited.err, HasSubstr("is not the file that it was"));

  const e2e::Outcome anew = Import(other.address(), "p.csv", {"--restart"});
  EXPECT_EQ(anew.exit_code, 0) << anew.err;
  EXPECT_EQ(FactCount(other.address(), "payment"), kMany);
}

TEST_F(YilanImportE2e, TheSummaryComesAsJsonForScripts) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml", kPayments);
  directory_.Write("p.csv", Payments(3) + "A9,x\n");
  const e2e::Outcome outcome = Import(server.address(), "p.csv", {"--json", "--quiet"});
  EXPECT_EQ(outcome.err, "");
  const auto json = nlohmann::json::parse(outcome.out, nullptr, false);
  EXPECT_EQ(json["rows"], 4);
  EXPECT_EQ(json["created"], 3);
  EXPECT_EQ(json["rejected_rows"], 1);
  EXPECT_EQ(json["rejected_file"], directory_.File("p.csv.rejected.csv"));
}

TEST_F(YilanImportE2e, FactsWithoutAnEventTimeAreNoted) {
  const e2e::ServerProcess server({"--storage", "memory:"});
  directory_.Write("p.mapping.yaml",
                   "version: 1\nsource_system: crm\nfacts:\n"
                   "  - {fact: source_record, set: {source.key: \"{id}\"}}\n");
  directory_.Write("p.csv", "id\n1\n");
  EXPECT_THAT(Import(server.address(), "p.csv").err,
              HasSubstr("states no source.event_time for source_record"));
}

// What needs no server: inputs and mappings that cannot be used.

class YilanImportBadInput : public YilanImportE2e {
 protected:
  // An import that is refused before anything is sent.
  std::string Refused(const std::string& file, std::vector<std::string> more = {}) {
    const e2e::Outcome outcome = Import("127.0.0.1:1", file, std::move(more));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }
  void SetUp() override { directory_.Write("p.mapping.yaml", kPayments); }
};

TEST_F(YilanImportBadInput, AFileThatIsNotThere) {
  EXPECT_THAT(Refused("none.csv"), HasSubstr("none.csv: No such file or directory"));
}

TEST_F(YilanImportBadInput, ADirectory) { EXPECT_THAT(Refused(""), HasSubstr("is a directory")); }

TEST_F(YilanImportBadInput, AnEmptyFile) {
  directory_.Write("p.csv", "");
  EXPECT_THAT(Refused("p.csv"), HasSubstr("p.csv is empty"));
}

TEST_F(YilanImportBadInput, AFileOfBlankLines) {
  directory_.Write("p.csv", "\n\n");
  EXPECT_THAT(Refused("p.csv"), HasSubstr("has no header line"));
}

TEST_F(YilanImportBadInput, ABinaryFile) {
  directory_.Write("p.csv", std::string("a\0b", 3));
  EXPECT_THAT(Refused("p.csv"), HasSubstr("looks binary"));
}

TEST_F(YilanImportBadInput, AFileInUtf16) {
  directory_.Write("p.csv", "\xFF\xFE" + std::string("a\0,\0", 4));
  EXPECT_THAT(Refused("p.csv"), HasSubstr("UTF-16"));
}

TEST_F(YilanImportBadInput, AColumnThatIsMissing) {
  directory_.Write("p.csv", "accounts,amount\nA1,1\n");
  EXPECT_THAT(Refused("p.csv"), HasSubstr("no column `account`; did you mean `accounts`?"));
}

TEST_F(YilanImportBadInput, ABrokenHeader) {
  directory_.Write("p.csv", "account,\"amount\nA1,1\n");
  EXPECT_THAT(Refused("p.csv"), HasSubstr("p.csv:1: the header cannot be read"));
}

TEST_F(YilanImportBadInput, NoMapping) {
  directory_.Write("q.csv", "a\n1\n");
  EXPECT_THAT(Refused("q.csv"), HasSubstr("put it at " + directory_.File("q.mapping.yaml")));
}

TEST_F(YilanImportBadInput, ABrokenMapping) {
  directory_.Write("p.csv", Payments(1));
  directory_.Write("m.yaml", "version: 1\nfacts:\n  - {fact: paymnt, set: {}}\n");
  EXPECT_THAT(Refused("p.csv", {"-m", directory_.File("m.yaml")}),
              HasSubstr("m.yaml:3: there is no kind of fact `paymnt`; did you mean `payment`?"));
}

TEST_F(YilanImportBadInput, AnUnknownFormat) {
  directory_.Write("p.xls", "a\n1\n");
  EXPECT_THAT(Refused("p.xls"), HasSubstr("say --format csv or jsonl"));
}

TEST_F(YilanImportBadInput, AWorkDirectoryThatIsNotThere) {
  directory_.Write("p.csv", Payments(1));
  EXPECT_THAT(Refused("p.csv", {"--work-dir", "/nowhere"}), HasSubstr("cannot write /nowhere/"));
}

TEST_F(YilanImportBadInput, ADryRunShowsFactsAndWhatWouldBeRejected) {
  directory_.Write("p.csv", "account,amount\nA1,1.50\nA2,x\n");
  const e2e::Outcome outcome = Import("127.0.0.1:1", "p.csv", {"--dry-run", "--show", "1"});
  EXPECT_EQ(outcome.exit_code, 3);
  const auto fact = nlohmann::json::parse(outcome.out, nullptr, false);
  EXPECT_EQ(fact["payment"]["amount"]["minor_units"], "150");
  EXPECT_THAT(outcome.err, HasSubstr("p.csv:3: payment.amount: is not a decimal number"));
  EXPECT_THAT(outcome.err,
              HasSubstr("2 rows, 2 facts, 1 rows would be rejected; nothing was sent"));
}

TEST_F(YilanImportBadInput, AServerThatIsNotThere) {
  directory_.Write("p.csv", Payments(1));
  const e2e::Outcome outcome = Import("127.0.0.1:1", "p.csv");
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("cannot reach the server at 127.0.0.1:1"));
}

}  // namespace
}  // namespace yilan
