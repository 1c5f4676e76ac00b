// base/fault_points.h as yilan-server-faulty has it: what the environment says happens.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/fault_points.h"
#include "tests/faults/fault_names.h"

namespace yilan {
namespace {

// A test that asks for what there is not must not pass for it.
[[noreturn]] void Refuse(const char* variable) {
  std::fprintf(stderr,
               "yilan-server-faulty: %s does not say what tests/faults/fault_names.h does\n",
               variable);
  std::abort();
}

struct Fault {
  FaultPoint point = FaultPoint::kBeforeTransaction;
  uint64_t passage = 0;  // 0: never.
  int signal = SIGKILL;
  std::atomic<uint64_t> passed{0};

  Fault() {
    const char* const text = std::getenv("YILAN_FAULT");
    if (text == nullptr) return;
    const std::vector<std::string> parts = absl::StrSplit(text, ':');
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &passage) || passage == 0) {
      Refuse("YILAN_FAULT");
    }
    bool known = false;
    for (const auto& [one, name] : faults::kFaultPoints) {
      if (parts[0] != name) continue;
      point = one;
      known = true;
    }
    if (!known || (parts[2] != "kill" && parts[2] != "stop")) Refuse("YILAN_FAULT");
    signal = parts[2] == "kill" ? SIGKILL : SIGSTOP;
  }
};

Mutant PlantedMutant() {
  const char* const text = std::getenv("YILAN_MUTANT");
  if (text == nullptr) return Mutant::kNone;
  for (const auto& [mutant, name] : faults::kMutants) {
    if (std::string(text) == name) return mutant;
  }
  Refuse("YILAN_MUTANT");
}

}  // namespace

void PassFaultPoint(FaultPoint point) {
  static Fault fault;
  if (fault.passage == 0 || point != fault.point) return;
  if ((fault.passed.fetch_add(1) + 1) % fault.passage == 0) kill(getpid(), fault.signal);
}

bool IsPlanted(Mutant mutant) {
  static const Mutant planted = PlantedMutant();
  return mutant == planted;
}

}  // namespace yilan
