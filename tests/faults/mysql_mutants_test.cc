// Bugs that are planted one at a time (base/fault_points.h), each of which the checker must find:
// what shows that the tests of failures would. Three of them always; all, and a table of what found
// them, with YILAN_MUTANTS=all, as script/test --mutants has it.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/faults/fault_names.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/network/tcp_proxy.h"

namespace yilan::faults {
namespace {

// What happens to the database while the clients are at work.
enum class Disturbance {
  kNothing,
  kKilledCommits,  // Connections are killed just before their COMMIT.
  kLostAnswers,    // What the database does, its answers do not tell.
  kKilledServer,   // It ends as soon as a COMMIT is done, again and again.
};

struct Plan {
  Mutant mutant;
  Disturbance disturbance = Disturbance::kNothing;
  int given_up_percent = 10;
};

// Under which disturbance each bug shows. Those without a mutant must pass: the checker finds
// nothing where there is nothing.
constexpr Plan kPlans[] = {
    {.mutant = Mutant::kNone, .disturbance = Disturbance::kKilledCommits},
    {.mutant = Mutant::kNone, .disturbance = Disturbance::kLostAnswers, .given_up_percent = 100},
    {.mutant = Mutant::kNone, .disturbance = Disturbance::kKilledServer},
    {.mutant = Mutant::kDropForUpdate},
    {.mutant = Mutant::kAcknowledgeBeforeCommit},
    {.mutant = Mutant::kFeedNumberUnlocked},
    {.mutant = Mutant::kFeedInAnotherTransaction, .disturbance = Disturbance::kKilledServer},
    {.mutant = Mutant::kSkipRequestRow},
    {.mutant = Mutant::kRetryWithNewId, .disturbance = Disturbance::kKilledCommits},
    {.mutant = Mutant::kTrustCache},
    {.mutant = Mutant::kSwallowCommitError, .disturbance = Disturbance::kKilledCommits},
    {.mutant = Mutant::kDoNotRecheckPlan},
    {.mutant = Mutant::kTwoSnapshots},
    {.mutant = Mutant::kUnknownIsNotWritten,
     .disturbance = Disturbance::kLostAnswers,
     .given_up_percent = 100},
    {.mutant = Mutant::kNoFactDedupe},
    {.mutant = Mutant::kIgnoreEtag},
    {.mutant = Mutant::kSkipHistory},
};

// A bug that shows by chance has so many runs to do so, each on an empty database.
constexpr int kRuns = 10;
constexpr uint64_t kWrites = 400;

std::string NameOf(Mutant mutant) {
  for (const auto& [one, name] : kMutants) {
    if (one == mutant) return name;
  }
  return "none";
}

bool AllAreWanted() {
  const char* const wanted = std::getenv("YILAN_MUTANTS");
  return wanted != nullptr && std::string(wanted) == "all";
}

std::vector<Plan> PlansToRun() {
  if (AllAreWanted()) return {std::begin(kPlans), std::end(kPlans)};
  std::vector<Plan> plans;
  for (const Plan& plan : kPlans) {
    if (plan.mutant == Mutant::kDropForUpdate || plan.mutant == Mutant::kTrustCache ||
        plan.mutant == Mutant::kSkipRequestRow) {
      plans.push_back(plan);
    }
  }
  return plans;
}

// Prints what was caught when all tests of the program have run.
class Table : public testing::Environment {
 public:
  void Add(std::string line) { lines_.push_back(std::move(line)); }
  void TearDown() override {
    std::cout << absl::StrFormat("\n%-28s %-7s %8s %7s  %s\n", "mutant", "caught", "writes",
                                 "seconds", "by");
    for (const std::string& line : lines_) std::cout << line << "\n";
    std::cout << std::endl;
  }

 private:
  std::vector<std::string> lines_;
};
Table* const table = static_cast<Table*>(testing::AddGlobalTestEnvironment(new Table));

class MutantTest : public MySqlFaultTest, public testing::WithParamInterface<Plan> {
 protected:
  // One run against a server with the bug.
  history::Report Run(const Plan& plan, uint64_t run) {
    e2e::Environment environment;
    if (plan.mutant != Mutant::kNone) environment = {{"YILAN_MUTANT", NameOf(plan.mutant)}};
    history::Options options{.seed = seed() + run, .given_up_percent = plan.given_up_percent};
    StartDatabase({.tcp = plan.disturbance == Disturbance::kLostAnswers, .durable = false});
    switch (plan.disturbance) {
      case Disturbance::kNothing:
        StartServer({.environment = environment});
        StartServer({.environment = environment});
        StartClients(options);
        clients().AwaitAcknowledged(kWrites, absl::Seconds(20));
        break;
      case Disturbance::kKilledCommits:
        environment.emplace_back("YILAN_FAULT", "before_commit:9:stop");
        StartServer({.environment = environment});
        StartClients(options);
        for (int i = 0; i < 20 && AwaitStopped(); ++i) {
          KillConnections();
          server().Signal(SIGCONT);
        }
        server().Signal(SIGKILL);
        break;
      case Disturbance::kKilledServer:
        environment.emplace_back("YILAN_FAULT", "after_commit:15:kill");
        StartServer({.environment = environment});
        StartClients(options);
        for (int i = 0; i < 20 && server().Wait().has_value(); ++i) RestartServer();
        break;
      case Disturbance::kLostAnswers:
        RunWithLostAnswers(options, environment);
        break;
    }
    const history::Report report = StopAndReport();
    EndDatabase();
    return report;
  }

  void RunWithLostAnswers(history::Options options, const e2e::Environment& environment) {
    auto proxy = TcpProxy::Start(database().port());
    ASSERT_TRUE(proxy.ok()) << proxy.status();
    // The server gives up before its clients do.
    const std::string url = absl::StrReplaceAll(
        TcpUrl("&read-timeout=1s"),
        {{absl::StrCat(":", database().port(), "/"), absl::StrCat(":", (*proxy)->port(), "/")}});
    StartServer({.url = url, .environment = environment});
    options.deadline = absl::Seconds(10);
    StartClients(options);
    for (int i = 0; i < 6; ++i) {
      clients().AwaitAcknowledged(30, absl::Seconds(20));
      (*proxy)->SetMode(TcpProxy::Mode::kHalfOpen);
      clients().AwaitAcknowledged(1000, absl::Milliseconds(1300));
      (*proxy)->SetMode(TcpProxy::Mode::kOpen);
    }
  }
};

TEST_P(MutantTest, IsCaught) {
  const Plan& plan = GetParam();
  const absl::Time start = absl::Now();
  uint64_t writes = 0;
  std::set<std::string> by;
  history::Report report;
  const int runs = plan.mutant == Mutant::kNone ? 1 : kRuns;
  for (int run = 0; run < runs && by.empty(); ++run) {
    report = Run(plan, static_cast<uint64_t>(run));
    ASSERT_FALSE(HasFatalFailure());
    writes += report.writes;
    for (const history::Violation& violation : report.violations) {
      by.insert(history::NameOf(violation.invariant));
    }
  }
  std::string names;
  for (const std::string& name : by) absl::StrAppend(&names, names.empty() ? "" : "; ", name);
  table->Add(absl::StrFormat("%-28s %-7s %8d %7.1f  %s", NameOf(plan.mutant),
                             by.empty() ? "no" : "yes", writes,
                             absl::ToDoubleSeconds(absl::Now() - start), names));
  if (plan.mutant == Mutant::kNone) {
    EXPECT_TRUE(report.sound()) << report.ToString();
  } else {
    EXPECT_FALSE(by.empty()) << "the mutant survives";
  }
}

std::string NameOf(const Plan& plan) {
  switch (plan.disturbance) {
    case Disturbance::kNothing:
      break;
    case Disturbance::kKilledCommits:
      return NameOf(plan.mutant) + "_killed_commits";
    case Disturbance::kLostAnswers:
      return NameOf(plan.mutant) + "_lost_answers";
    case Disturbance::kKilledServer:
      return NameOf(plan.mutant) + "_killed_server";
  }
  return NameOf(plan.mutant);
}

std::string TestName(const testing::TestParamInfo<Plan>& info) { return NameOf(info.param); }

INSTANTIATE_TEST_SUITE_P(Planted, MutantTest, testing::ValuesIn(PlansToRun()), TestName);

TEST(MutantsTest, EveryMutantIsPlantedInSomeTest) {
  for (const auto& [mutant, name] : kMutants) {
    EXPECT_TRUE(std::any_of(std::begin(kPlans), std::end(kPlans), [one = mutant](const Plan& plan) {
      return plan.mutant == one;
    })) << name;
  }
}

}  // namespace
}  // namespace yilan::faults
