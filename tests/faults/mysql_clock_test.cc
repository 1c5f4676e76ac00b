// The clock of the server is moved by a day, forth and back, under checked clients.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/faults/mysql_fault_test.h"

namespace yilan::faults {
namespace {

// Debian's package libfaketime.
constexpr char kFakeTime[] = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

class MySqlClockTest : public MySqlFaultTest {
 protected:
  // Moves the clock of all servers that were started with ClockEnvironment(): "+1d", "-1d", "+0".
  void MoveClock(const std::string& offset) {
    const std::string part = directory_.path("part");
    std::ofstream(part) << offset << "\n";
    ASSERT_EQ(std::rename(part.c_str(), directory_.path("clock").c_str()), 0);
  }
  e2e::Environment ClockEnvironment() {
    return {{"LD_PRELOAD", kFakeTime},
            {"FAKETIME_TIMESTAMP_FILE", directory_.path("clock")},
            // Somebody sets the clock of the wall; that which counts from the start goes on.
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"FAKETIME_CACHE_DURATION", "1"}};
  }

  // Waits until the server logs calls with a time that is off by so much; they are served
  // meanwhile. (It looks at the clock every few seconds only, and counts between.)
  void AwaitClock(absl::Duration offset) {
    const std::string date =
        absl::FormatTime("\"time\":\"%Y-%m-%dT", absl::Now() + offset, absl::UTCTimeZone());
    const absl::Time limit = absl::Now() + absl::Seconds(60);
    while (absl::Now() < limit) {
      AwaitWrites(20);
      const std::string log = server().Log();
      const size_t last = log.rfind("\"time\":");
      if (last != std::string::npos && log.compare(last, date.size(), date) == 0) return;
    }
    FAIL() << "the clock of the server does not move by " << offset;
  }

 private:
  const e2e::TempDir directory_;
};

TEST_F(MySqlClockTest, AClockThatIsMovedByADayChangesNoAnswer) {
  ASSERT_EQ(access(kFakeTime, R_OK), 0)
      << kFakeTime << " is missing; script/bootstrap libfaketime installs it";
  StartDatabase();
  MoveClock("+0");
  StartServer({.environment = ClockEnvironment()});
  StartServer();
  StartClients();
  AwaitWrites(100);
  constexpr absl::Duration kDay = absl::Hours(24);
  for (const auto& [offset, days] :
       {std::pair("+1d", 1), std::pair("+0", 0), std::pair("-1d", -1), std::pair("+0", 0)}) {
    MoveClock(offset);
    AwaitClock(kDay * days);
    AwaitWrites(50);
  }
  StopAndCheck();
  // The library takes its files in /dev/shm away when the process ends in order.
  server().Signal(SIGTERM);
  EXPECT_EQ(server().Wait(), 0);
}

}  // namespace
}  // namespace yilan::faults
