// What the system knows of a process: its memory and its CPU time.
#ifndef YILAN_TESTS_BENCH_PROCESS_FIGURES_H_
#define YILAN_TESTS_BENCH_PROCESS_FIGURES_H_

#include <sys/types.h>

#include <cstdint>

namespace yilan::bench {

// Bytes of memory in use (the resident set); 0 when there is no such process.
uint64_t ResidentBytes(pid_t pid);

// CPU time of all threads that the process has and had, user and system together, in seconds and to
// the nanosecond. 0 when there is no such process.
double CpuSeconds(pid_t pid);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_PROCESS_FIGURES_H_
