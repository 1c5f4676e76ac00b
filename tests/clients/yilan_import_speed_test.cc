// How long an import takes. Runs alone, as other tests would take its time.
#include <filesystem>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/clients/yilan_process.h"

namespace yilan {
namespace {

using ::testing::HasSubstr;

TEST(YilanImportSpeed, TheTelcoSampleIsInWithinFiveSecondsOnRocksDb) {
  const TemporaryDirectory directory;
  std::filesystem::copy(YILAN_TEST_DATA "/telco_churn.csv", directory.File("telco_churn.csv"));
  std::filesystem::copy(YILAN_TEST_DATA "/telco_churn.mapping.yaml",
                        directory.File("telco_churn.mapping.yaml"));
  const e2e::ServerProcess server({"--storage", "rocksdb:" + directory.File("db")});
  const absl::Time start = absl::Now();
  const e2e::Outcome outcome =
      RunYilan({"--server", server.address(), "import", directory.File("telco_churn.csv")});
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("7,043 rows, 36,073 facts in "));
  EXPECT_THAT(outcome.out, HasSubstr("36,073 new\n"));
  const e2e::Outcome stats = RunYilan({"--server", server.address(), "stats"});
  EXPECT_THAT(stats.out, HasSubstr("Customers                                7,043\n"));
  EXPECT_FALSE(std::filesystem::exists(directory.File("telco_churn.csv.yilan-resume")));
  EXPECT_FALSE(std::filesystem::exists(directory.File("telco_churn.csv.rejected.csv")));
}

}  // namespace
}  // namespace yilan
