#include "base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace yilan {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// "max", which is no number, means none.
uint64_t LimitIn(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  uint64_t limit = 0;
  if (!std::getline(file, text) || !absl::SimpleAtoi(text, &limit)) return kNoLimit;
  return limit;
}

}  // namespace

uint64_t ControlGroupLimitBytes(const std::string& cgroup_file, const std::string& mount) {
  uint64_t least = kNoLimit;
  std::ifstream groups(cgroup_file);
  for (std::string line; std::getline(groups, line);) {
    // "0::/system.slice/yilan.service", or "7:memory:/docker/1234" in version 1.
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    const bool version_1 =
        std::find(controllers.begin(), controllers.end(), "memory") != controllers.end();
    if (!parts[1].empty() && !version_1) continue;
    const std::string root = version_1 ? absl::StrCat(mount, "/memory") : mount;
    const char* const name = version_1 ? "/memory.limit_in_bytes" : "/memory.max";
    // Inside a container the path is the host's, and only the root is to be seen.
    for (std::string group = parts[2];;) {
      least = std::min(least, LimitIn(absl::StrCat(root, group, name)));
      const size_t slash = group.rfind('/');
      if (slash == std::string::npos) break;
      group.resize(slash);
    }
  }
  return least;
}

uint64_t UsableMemoryBytes() {
  const uint64_t machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return std::min(machine, ControlGroupLimitBytes("/proc/self/cgroup", "/sys/fs/cgroup"));
}

}  // namespace yilan
