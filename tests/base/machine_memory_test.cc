#include "base/machine_memory.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "tests/clients/temporary_directory.h"

namespace yilan {
namespace {

class ControlGroups : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = directory_.path() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  uint64_t Limit() {
    return ControlGroupLimitBytes(directory_.path() + "/cgroup", directory_.path() + "/fs");
  }

  const TemporaryDirectory directory_;
};

TEST_F(ControlGroups, TheSmallestLimitOnTheWayUpCounts) {
  Write("/cgroup", "0::/system.slice/yilan.service\n");
  Write("/fs/system.slice/yilan.service/memory.max", "max\n");
  Write("/fs/system.slice/memory.max", "2000000\n");
  Write("/fs/other.slice/memory.max", "1\n");
  EXPECT_EQ(Limit(), 2000000u);
  Write("/fs/system.slice/yilan.service/memory.max", "1000000\n");
  EXPECT_EQ(Limit(), 1000000u);
}

TEST_F(ControlGroups, InAContainerTheRootOfTheMountCounts) {
  Write("/cgroup", "0::/host/path/that/is/not/seen\n");
  Write("/fs/memory.max", "3000000\n");
  EXPECT_EQ(Limit(), 3000000u);
}

TEST_F(ControlGroups, VersionOneHasTheMemoryControllerApart) {
  Write("/cgroup", "9:cpu,cpuacct:/a\n7:hugetlb,memory:/docker/1\n");
  Write("/fs/memory/docker/1/memory.limit_in_bytes", "4000000\n");
  Write("/fs/a/memory.max", "1\n");
  EXPECT_EQ(Limit(), 4000000u);
}

TEST_F(ControlGroups, WithoutFilesThereIsNoLimit) {
  EXPECT_EQ(Limit(), std::numeric_limits<uint64_t>::max());
  Write("/cgroup", "nonsense\n\n0::\n");
  EXPECT_EQ(Limit(), std::numeric_limits<uint64_t>::max());
}

TEST(UsableMemory, IsThatOfTheMachineAtMost) {
  EXPECT_GT(UsableMemoryBytes(), uint64_t{16} << 20);
  EXPECT_LT(UsableMemoryBytes(), uint64_t{1} << 50);
}

}  // namespace
}  // namespace yilan
