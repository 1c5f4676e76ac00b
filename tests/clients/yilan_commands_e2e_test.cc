// The other commands of `yilan` against the real server, and its exit codes.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/clients/yilan_process.h"

namespace yilan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A server with two customers, of whom one has a bill that is overdue and a rejected payment.
class YilanCommands : public ::testing::Test {
 protected:
  YilanCommands() : server_({"--storage", "memory:"}) {
    directory_.Write("c.mapping.yaml", R"(
version: 1
source: {source_system: crm, event_time: "2024-02-01"}
currency: CNY
facts:
  - fact: source_record
    set:
      source.key: "{id}"
      name: "{name}"
      status: ACTIVE
      contact_media: [{type: EMAIL, value: "{mail}"}]
      references: [{source_system: billing, billing_account_key: "A{id}"}]
  - fact: customer_bill
    when: {bill: {empty: false}}
    source_system: billing
    set:
      source.key: "B{id}"
      billing_account_key: "A{id}"
      amount: "{bill}"
      bill_time: "2024-02-01"
      due_time: "2024-02-20"
      state: SENT
  - fact: payment
    when: {paid: {empty: false}}
    source_system: billing
    set: {source.key: "P{id}", billing_account_key: "A{id}", amount: "{paid}"}
)");
    directory_.Write("c.csv",
                     "id,name,mail,bill,paid\n"
                     "C1,王小明,wang@example.com,1234.50,-1\n"
                     "C2,Wangari Lee,lee@example.com,,\n");
    EXPECT_EQ(Run({"import", "-q", directory_.File("c.csv")}).exit_code, 3);
  }

  e2e::Outcome Run(std::vector<std::string> arguments, const e2e::Environment& environment = {}) {
    arguments.insert(arguments.begin(), {"--server", server_.address()});
    return RunYilan(arguments, environment);
  }
  nlohmann::json Json(const std::vector<std::string>& arguments) {
    const e2e::Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out, nullptr, false);
  }

  TemporaryDirectory directory_;
  e2e::ServerProcess server_;
};

TEST_F(YilanCommands, ViewShowsACustomerByAnyName) {
  for (const std::string customer : {"crm/C1", "account:billing/AC1", "email:WANG@example.com"}) {
    const e2e::Outcome view = Run({"view", customer});
    EXPECT_EQ(view.exit_code, 0) << view.err;
    EXPECT_THAT(view.out, StartsWith("王小明\nactive\n")) << customer;
    EXPECT_THAT(view.out, HasSubstr("1,234.50 CNY due, 1,234.50 CNY overdue\n"));
    EXPECT_THAT(view.out, HasSubstr("  2024-02-01  BC1   sent   1,234.50 CNY  2024-02-20"));
    EXPECT_THAT(view.out, Not(HasSubstr("\x1b")));
  }
}

TEST_F(YilanCommands, ViewTakesTheIdThatItPrints) {
  const std::string id = Json({"view", "crm/C1", "--json"})["customerId"];
  EXPECT_THAT(Run({"view", id}).out, HasSubstr(id));
}

TEST_F(YilanCommands, ViewPrintsTheContractAsJson) {
  const auto view = Json({"view", "crm/C1", "--json"});
  EXPECT_EQ(view["profile"]["name"], "王小明");
  EXPECT_EQ(view["customerBills"][0]["amount"]["minorUnits"], "123450");
}

TEST_F(YilanCommands, ViewShowsTheSectionsAskedFor) {
  const auto view = Json({"view", "crm/C1", "--json", "--sections", "customer_bills,totals"});
  EXPECT_FALSE(view.contains("profile"));
  EXPECT_TRUE(view.contains("customerBills"));
  EXPECT_FALSE(Json({"view", "crm/C1", "--json", "--limit", "0"}).contains("customerBills"));
  const e2e::Outcome wrong = Run({"view", "crm/C1", "--sections", "bills"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("a view has no section `bills`"));
}

TEST_F(YilanCommands, ANumberIsLookedUpAsOfAMoment) {
  const auto holder = [](const std::string& name, const std::string& period) {
    return absl::StrCat(R"({"sourceRecord":{"source":{"sourceSystem":"crm","key":")", name,
                        R"(","eventTime":"2024-01-01T00:00:00Z"},"name":")", name,
                        R"(","contactMedia":[{"type":"CONTACT_MEDIUM_TYPE_PHONE",)",
                        R"("value":"13800138000","validPeriod":{)", period, "}}]}}\n");
  };
  directory_.Write("facts.jsonl", holder("Old", R"("endTime":"2024-03-01T00:00:00Z")") +
                                      holder("New", R"("startTime":"2024-03-01T00:00:00Z")"));
  ASSERT_EQ(Run({"import", "-q", "--format", "facts", directory_.File("facts.jsonl")}).exit_code,
            0);
  const std::string number = "msisdn:+8613800138000";
  EXPECT_THAT(Run({"view", number}).out, StartsWith("New\n"));
  EXPECT_THAT(Run({"--time-zone", "UTC", "view", number, "--as-of", "2024-02-29"}).out,
              StartsWith("Old\n"));
  EXPECT_THAT(Run({"view", number, "--as-of", "2024-03-01T07:59:59+08:00"}).out,
              StartsWith("Old\n"));
  EXPECT_THAT(Run({"view", number, "--as-of", "2024-03-01T08:00:00+08:00"}).out,
              StartsWith("New\n"));
  EXPECT_THAT(Run({"search", number, "--as-of", "2024-02-01"}).out, HasSubstr("crm/Old"));
  EXPECT_EQ(Json({"timeline", number, "--as-of", "2024-02-01",
                  "--json"})["entries"][0]["fact"]["sourceRecord"]["name"],
            "Old");
  const e2e::Outcome wrong = Run({"view", number, "--as-of", "yesterday"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--as-of"));
}

TEST_F(YilanCommands, QualityTellsOfEachSourceAndField) {
  const e2e::Outcome none = Run({"quality"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("yilan quality --refresh"));
  const e2e::Outcome quality = Run({"quality", "--refresh"});
  EXPECT_EQ(quality.exit_code, 0) << quality.err;
  EXPECT_THAT(quality.out, AllOf(HasSubstr(": 2 customers, 3 facts looked at in "),
                                 HasSubstr("contact_media[email]"), HasSubstr("Reaches to")));
  const e2e::Outcome csv = Run({"quality", "--csv", "--source", "crm"});
  EXPECT_THAT(csv.out, StartsWith("source_system,fact_type,field,expected,stated,completeness,"));
  EXPECT_THAT(csv.out, HasSubstr("\ncrm,source_record,contact_media[email],2,2,1.000000,2,2,"
                                 "1.000000,2,2,1.000000,2,2024-"));
  EXPECT_THAT(csv.out, Not(HasSubstr("\nbilling,")));
  const auto json = Json({"quality", "--json"});
  EXPECT_EQ(json["qualityScorecard"]["customers"], "2");
  EXPECT_EQ(json["qualityComputation"]["state"], "QUALITY_COMPUTATION_STATE_DONE");
  EXPECT_EQ(Run({"quality", "--json", "--csv"}).exit_code, 2);
  EXPECT_THAT(Run({"quality", "--source", "nobody"}).out, HasSubstr("no facts of this source"));
}

TEST_F(YilanCommands, SurvivorshipShowsAndSetsTheRules) {
  EXPECT_THAT(Run({"survivorship", "show"}).out,
              AllOf(HasSubstr("The rules that Yilan comes with\n"),
                    HasSubstr("none are set, all are equal"),
                    HasSubstr("never-empty, verified-by-document, source-trust, most-recent")));
  EXPECT_EQ(Run({"survivorship", "set", "--check", "--systems", "billing"}).exit_code, 0);
  EXPECT_FALSE(Json({"survivorship", "show", "--json"}).contains("version"));
  EXPECT_THAT(Run({"survivorship", "set", "--systems", "billing,crm", "--rule",
                   "name=never-empty,longest", "--rule", "gender=longest"})
                  .out,
              AllOf(HasSubstr("Version 1, set by local on "), HasSubstr("billing, crm\n"),
                    HasSubstr("never-empty, longest\n")));
  EXPECT_THAT(Run({"survivorship", "set", "--rule", "name=default"}).out,
              HasSubstr("Version 2, set by local on "));
  const auto rules = Json({"survivorship", "show", "--json"});
  EXPECT_EQ(rules["rules"][1]["criteria"].size(), 4u);
  EXPECT_EQ(rules["rules"][5]["criteria"][0], "SURVIVORSHIP_CRITERION_LONGEST");
  directory_.Write("rules.json", rules.dump());
  EXPECT_EQ(Run({"survivorship", "set", "--reset"}).exit_code, 0);
  EXPECT_THAT(Run({"survivorship", "show"}).out, HasSubstr("none are set"));
  EXPECT_EQ(Run({"survivorship", "set", "--file", directory_.File("rules.json")}).exit_code, 0);
  EXPECT_EQ(Json({"survivorship", "show", "--json"})["rules"], rules["rules"]);
  EXPECT_EQ(Json({"survivorship", "show", "--json", "--version", "2"}), rules);
}

TEST_F(YilanCommands, SurvivorshipNamesWhatIsWrong) {
  EXPECT_EQ(Run({"survivorship", "set"}).exit_code, 2);
  EXPECT_THAT(Run({"survivorship", "set", "--rule", "nam=longest"}).err,
              HasSubstr("a profile has no field `nam`"));
  EXPECT_THAT(Run({"survivorship", "set", "--rule", "name=longst"}).err,
              HasSubstr("there is no criterion `longst`"));
  EXPECT_THAT(Run({"survivorship", "set", "--rule", "status=longest"}).err,
              HasSubstr("rules[6].criteria[0]"));
  EXPECT_EQ(Run({"survivorship", "show", "--version", "9"}).exit_code, 1);
}

TEST_F(YilanCommands, ColoursComeWhenAskedForOnly) {
  EXPECT_THAT(Run({"view", "crm/C1", "--color", "always"}).out,
              HasSubstr("\x1b[1;31m1,234.50 CNY overdue\x1b[0m"));
  EXPECT_THAT(Run({"view", "crm/C1", "--color", "never"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(YilanCommands, ATerminalHasColoursUnlessNoColorIsSet) {
  const std::string command =
      absl::StrCat(YILAN_BINARY, " --server ", server_.address(), " view crm/C1");
  const auto on_terminal = [&command](const e2e::Environment& environment) {
    return e2e::RunProgram({"script", "-qec", command, "/dev/null"}, environment).out;
  };
  EXPECT_THAT(on_terminal({{"TERM", "xterm"}}), HasSubstr("\x1b[1;31m"));
  EXPECT_THAT(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}}),
              AllOf(HasSubstr("overdue"), Not(HasSubstr("\x1b"))));
}

TEST_F(YilanCommands, ACommandThatThereIsNotIsNamed) {
  for (const char* wrong : {"vew", "--jsn"}) {
    const e2e::Outcome outcome = Run({wrong});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(wrong));
  }
}

TEST_F(YilanCommands, SearchFindsByNameAndByIdentifier) {
  const e2e::Outcome both = Run({"search", "wang"});
  EXPECT_THAT(both.out, HasSubstr("Wangari Lee"));
  EXPECT_THAT(Run({"search", "王"}).out, HasSubstr("王小明"));
  EXPECT_THAT(Run({"search", "email:lee@example.com"}).out, HasSubstr("crm/C2"));
  EXPECT_EQ(Json({"search", "Lee", "--json"})["customers"].size(), 1u);
}

TEST_F(YilanCommands, SearchThatFindsNobodySaysSo) {
  const e2e::Outcome nobody = Run({"search", "nobody"});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("no customer found"));
}

TEST_F(YilanCommands, TimelineListsNewestFirst) {
  const e2e::Outcome timeline = Run({"timeline", "crm/C1"});
  EXPECT_EQ(timeline.exit_code, 0) << timeline.err;
  EXPECT_THAT(timeline.out, HasSubstr("2024-02-01  customer bill  BC1, sent, 1,234.50 CNY, AC1"));
  EXPECT_THAT(Run({"timeline", "crm/C1", "--types", "customer_bill"}).out,
              Not(HasSubstr("source record")));
  EXPECT_EQ(Json({"timeline", "crm/C1", "--json"})["entries"].size(), 2u);
  EXPECT_EQ(Run({"timeline", "crm/C1", "--types", "bill"}).exit_code, 2);
}

TEST_F(YilanCommands, StatsCount) {
  EXPECT_THAT(Run({"stats"}).out, HasSubstr("Customers                               2\n"));
  EXPECT_EQ(Json({"stats", "--json"})["quarantinedFacts"], "1");
}

TEST_F(YilanCommands, QuarantineListsReplaysFixesAndDeletes) {
  const e2e::Outcome list = Run({"quarantine", "list"});
  EXPECT_THAT(list.out, AllOf(HasSubstr("payment"), HasSubstr("PC1"), HasSubstr("payment.amount")));
  const auto json = Json({"quarantine", "list", "--json"});
  const std::string id = json["quarantinedFacts"][0]["quarantinedFactId"];

  const e2e::Outcome replay = Run({"quarantine", "replay", "--all"});
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_THAT(replay.out, HasSubstr("0 taken, 1 still in quarantine"));

  auto fact = json["quarantinedFacts"][0]["fact"];
  fact["payment"]["amount"]["minorUnits"] = "100";
  EXPECT_EQ(Run({"quarantine", "fix", id, "--fact", "{nonsense"}).exit_code, 2);
  const std::string file = directory_.Write("fact.json", fact.dump());
  EXPECT_THAT(Run({"quarantine", "fix", id, "--fact", "@" + file, "--check"}).out,
              HasSubstr("validated"));
  const e2e::Outcome fix = Run({"quarantine", "fix", id, "--fact", fact.dump()});
  EXPECT_EQ(fix.exit_code, 0) << fix.err;
  EXPECT_EQ(fix.out, "created\n");
  EXPECT_THAT(Run({"quarantine", "list"}).out, HasSubstr("the quarantine is empty"));
  EXPECT_THAT(Run({"view", "crm/C1"}).out, HasSubstr("1,233.50 CNY due"));
}

TEST_F(YilanCommands, QuarantinedFactsCanBeDiscarded) {
  const std::string id =
      Json({"quarantine", "list", "--json"})["quarantinedFacts"][0]["quarantinedFactId"];
  EXPECT_EQ(Run({"quarantine", "delete", id}).out, "1 discarded\n");
  const e2e::Outcome again = Run({"quarantine", "delete", id});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(Run({"quarantine", "replay"}).exit_code, 2);
}

TEST_F(YilanCommands, ExitCodesTellWhoSaidNo) {
  EXPECT_EQ(Run({"view", "crm/nobody"}).exit_code, 1);
  EXPECT_EQ(Run({"view", "Ann Lee"}).exit_code, 2);
  EXPECT_EQ(Run({"view"}).exit_code, 2);
  EXPECT_EQ(Run({"veiw", "crm/C1"}).exit_code, 2);
  EXPECT_EQ(Run({"view", "crm/C1", "--limit", "-1"}).exit_code, 2);
  EXPECT_EQ(RunYilan({"--server", "127.0.0.1:1", "stats"}).exit_code, 4);
  EXPECT_EQ(RunYilan({"--server", "yilan.example:1", "stats"}).exit_code, 2);
  EXPECT_EQ(Run({"--help"}).exit_code, 0);
  EXPECT_THAT(Run({"--help"}).out, HasSubstr("Exit codes:"));
}

TEST_F(YilanCommands, TheServerCanBeNamedInTheEnvironmentAndBehindTheCommand) {
  EXPECT_EQ(RunYilan({"stats"}, {{"YILAN_SERVER", server_.address()}}).exit_code, 0);
  EXPECT_EQ(RunYilan({"stats", "--server", server_.address()}).exit_code, 0);
}

TEST_F(YilanCommands, TimesAreShownInTheZoneAskedFor) {
  EXPECT_THAT(Run({"view", "crm/C1", "--time-zone", "Asia/Shanghai"}).out,
              HasSubstr("2024-02-01 08:00"));
  EXPECT_EQ(Run({"stats", "--time-zone", "Mars"}).exit_code, 2);
}

// Completes a command line in bash, as the cursor stands at its end.
std::string Complete(const std::vector<std::string>& words) {
  std::string line =
      absl::StrCat("source <(", YILAN_BINARY, " completion bash); COMP_WORDS=(yilan");
  for (const std::string& word : words) absl::StrAppend(&line, " '", word, "'");
  absl::StrAppend(&line, "); COMP_CWORD=", words.size(), "; _yilan; echo \"${COMPREPLY[@]}\"");
  const e2e::Outcome outcome = e2e::RunProgram({"bash", "-c", line});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

TEST(YilanCompletion, CompletesCommandsOptionsAndIdentifiers) {
  EXPECT_EQ(Complete({"vi"}), "view\n");
  EXPECT_EQ(Complete({"quarantine", "re"}), "replay\n");
  EXPECT_EQ(Complete({"identity", "preview-me"}), "preview-merge\n");
  EXPECT_EQ(Complete({"identity", "explain", "msi"}), "msisdn:\n");
  EXPECT_EQ(Complete({"quarantine", "replay", "--al"}), "--all\n");
  EXPECT_EQ(Complete({"import", "--dr"}), "--dry-run\n");
  EXPECT_EQ(Complete({"view", "--ser"}), "--server\n");
  EXPECT_EQ(Complete({"--server", "x:1", "view", "--js"}), "--json\n");
  EXPECT_EQ(Complete({"view", "msi"}), "msisdn:\n");
  EXPECT_EQ(Complete({"--color", "al"}), "always\n");
  EXPECT_EQ(Complete({"completion", ""}), "bash\n");
}

TEST(YilanCompletion, CompletesFilesToImport) {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("customers.csv", "x");
  EXPECT_EQ(Complete({"import", directory.File("cust")}), file + "\n");
  EXPECT_EQ(Complete({"import", "--mapping", directory.File("cust")}), file + "\n");
}

TEST(YilanTls, EncryptsAndShowsACertificate) {
  e2e::TestCa authority;
  authority.Issue("server", "yilan", "IP:127.0.0.1");
  authority.Issue("client", "billing", "");
  const e2e::ServerProcess server(
      {"--storage", "memory:", "--tls-cert", authority.path("server.pem"), "--tls-key",
       authority.path("server.key"), "--tls-client-ca", authority.path("ca.pem")});
  const auto run = [&server](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--server", server.address()});
    return RunYilan(arguments);
  };
  const e2e::Outcome good =
      run({"stats", "--tls-ca", authority.path("ca.pem"), "--tls-cert",
           authority.path("client.pem"), "--tls-key", authority.path("client.key")});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_EQ(run({"stats", "--tls-ca", authority.path("ca.pem")}).exit_code, 4);
  EXPECT_EQ(run({"stats", "--tls"}).exit_code, 4);
  EXPECT_EQ(run({"stats"}).exit_code, 4);
  EXPECT_EQ(run({"stats", "--tls-ca", "/nowhere.pem"}).exit_code, 2);
}

TEST(YilanToken, ComesFromAFileOrTheEnvironment) {
  const e2e::ServerProcess server({"--storage", "memory:", "--isolate-by-token"});
  const TemporaryDirectory directory;
  directory.Write("p.mapping.yaml",
                  "version: 1\nsource: {source_system: crm, event_time: \"2024-02-01\"}\nfacts:\n"
                  "  - {fact: source_record, set: {source.key: \"{id}\"}}\n");
  directory.Write("p.csv", "id\nC1\n");
  directory.Write("token", "one\n");
  const std::vector<std::string> by_file = {"--server", server.address(), "--token-file",
                                            directory.File("token")};
  std::vector<std::string> import = by_file;
  import.insert(import.end(), {"import", directory.File("p.csv")});
  EXPECT_EQ(RunYilan(import).exit_code, 0);
  const std::vector<std::string> view = {"--server", server.address(), "view", "crm/C1"};
  EXPECT_EQ(RunYilan(view, {{"YILAN_TOKEN", "one"}}).exit_code, 0);
  EXPECT_EQ(RunYilan(view, {{"YILAN_TOKEN", "two"}}).exit_code, 1);
}

}  // namespace
}  // namespace yilan
