// A simulated operator on its way into a server or a file.
#ifndef YILAN_CLIENTS_CLI_SIMULATE_RUN_H_
#define YILAN_CLIENTS_CLI_SIMULATE_RUN_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "clients/cli/context.h"
#include "clients/cli/import_counts.h"
#include "clients/cli/progress.h"
#include "clients/simulate/simulator.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::cli {

struct SimulateArguments {
  uint64_t customers = 0;
  uint64_t seed = 1;
  int facts_per_customer = 40;
  bool shuffle = false;
  uint64_t first = 0;  // The first customer to send: after an interruption.
  std::string output;  // A file, or "-"; the server when empty.
  bool quiet = false;
  bool json = false;
  int batch_facts = 2000;
  int batches_in_flight = 4;
};

// Makes customers one after the other, sends or writes their facts, and reports through the
// context. Sent again, facts count as there already. Not thread-safe.
class SimulateRun {
 public:
  SimulateRun(const SimulateArguments& arguments, Context& context);

  void Run();

 private:
  // Hands each fact to `take` until it returns false or the user interrupts; whether all were
  // taken.
  bool ForEachFact(const std::function<bool(v1::Fact fact, uint64_t id)>& take);
  void IntoServer();
  void IntoFile();
  void TakeResult(const v1::FactResult& result);
  void ShowProgress();
  void PrintSummary();
  // "the same command with --first 120 continues".
  std::string HowToContinue() const;

  const SimulateArguments& arguments_;
  Context& context_;
  const simulate::Simulator simulator_;
  const absl::Time start_;
  std::optional<Progress> progress_;
  uint64_t next_customer_;  // The first of which not all facts were handed on.

  mutable Mutex mutex_;
  // Of the facts that have a result, or are written.
  ImportCounts counts_ ABSL_GUARDED_BY(mutex_);
  // What was wrong with the first fact that was not taken.
  std::string first_problem_ ABSL_GUARDED_BY(mutex_);
  // Why the server would not take a fact any more; empty while it does.
  std::string gave_up_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_SIMULATE_RUN_H_
