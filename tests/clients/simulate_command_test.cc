// `yilan simulate` into a file.
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands.h"
#include "clients/import/fact_line.h"
#include "clients/simulate/simulator.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"

namespace yilan::cli {
namespace {

using ::testing::ElementsAreArray;

class SimulateCommand : public ::testing::Test {
 protected:
  // Runs `yilan simulate` with these arguments; the exit code.
  int Run(const std::string& arguments) {
    Context context;
    CLI::App app;
    BuildCommandLine(app, context);
    try {
      app.parse(absl::StrCat("simulate --quiet ", arguments));
    } catch (const CLI::ParseError&) {
      return kUnusable;
    }
    return context.exit_code();
  }

  std::vector<std::string> Facts(const std::string& path) {
    std::vector<std::string> facts;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      v1::Fact fact;
      EXPECT_FALSE(ParseFactLine(line, fact).has_value()) << line;
      facts.push_back(fact.SerializeAsString());
    }
    return facts;
  }

  static std::vector<std::string> Expected(const simulate::Simulator& simulator, uint64_t first) {
    std::vector<std::string> facts;
    for (uint64_t customer = first; customer < simulator.customers(); ++customer) {
      for (const v1::Fact& fact : simulator.FactsOf(customer)) {
        facts.push_back(fact.SerializeAsString());
      }
    }
    return facts;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/operator.jsonl";
};

TEST_F(SimulateCommand, WritesTheFactsOfItsSeed) {
  ASSERT_EQ(Run(absl::StrCat("--customers 5 --seed 9 --output ", path_)), kDone);
  EXPECT_THAT(Facts(path_), ElementsAreArray(Expected(simulate::Simulator(9, 5), 0)));
}

TEST_F(SimulateCommand, WritesSoManyFactsAsItIsTold) {
  ASSERT_EQ(Run(absl::StrCat("-n 3 --facts-per-customer 100 --shuffle --first 1 --output ", path_)),
            kDone);
  const simulate::Simulator simulator(
      1, 3, {.facts_per_customer = 100, .order = simulate::SimulatorOptions::Order::kShuffled});
  EXPECT_THAT(Facts(path_), ElementsAreArray(Expected(simulator, 1)));
}

TEST_F(SimulateCommand, SaysThatAFileCannotBeWritten) {
  EXPECT_EQ(Run("-n 200 --output /dev/full"), kUnusable);
  EXPECT_EQ(Run(absl::StrCat("-n 2 --output ", directory_.path(), "/missing/x.jsonl")), kUnusable);
}

TEST_F(SimulateCommand, RefusesWhatItCannotMake) {
  for (const char* arguments : {"", "-n 0", "-n 10000001", "-n x", "-n 2 --facts-per-customer 0",
                                "-n 2 --first 2", "-n -1"}) {
    EXPECT_EQ(Run(absl::StrCat(arguments, " --output ", path_)), kUnusable) << arguments;
  }
}

}  // namespace
}  // namespace yilan::cli
