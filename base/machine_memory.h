// How much memory this process may count on.
#ifndef YILAN_BASE_MACHINE_MEMORY_H_
#define YILAN_BASE_MACHINE_MEMORY_H_

#include <cstdint>
#include <string>

namespace yilan {

// Bytes of the machine's memory, or of the smallest limit that a control group sets for this
// process (cgroup version 2, or the memory controller of version 1), whichever is less. Limits that
// cannot be read do not count.
uint64_t UsableMemoryBytes();

// The smallest limit on the way from the group of `cgroup_file` (as /proc/self/cgroup has it) up to
// the root of the hierarchies mounted at `mount` (as /sys/fs/cgroup is); UINT64_MAX without any.
uint64_t ControlGroupLimitBytes(const std::string& cgroup_file, const std::string& mount);

}  // namespace yilan

#endif  // YILAN_BASE_MACHINE_MEMORY_H_
