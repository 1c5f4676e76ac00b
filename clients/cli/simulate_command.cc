#include <memory>

#include "clients/cli/commands.h"
#include "clients/cli/simulate_run.h"
#include "clients/simulate/numbers.h"

namespace yilan::cli {

void AddSimulateCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Make up an operator: customers as CRM, billing, network and care see them.\n"
      "The same seed makes the same facts, to the byte, on every machine; all happens before "
      "2026-01-01. Goes into the server, or into a file with one fact as JSON on each line.");
  command->add_option("-n,--customers", arguments->customers, "How many customers")
      ->required()
      ->check(CLI::Range(uint64_t{1}, simulate::kMaxCustomers))
      ->type_name("N");
  command->add_option("--seed", arguments->seed, "Which operator")
      ->capture_default_str()
      ->type_name("S");
  command->add_option("--facts-per-customer", arguments->facts_per_customer, "Exactly so many each")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--shuffle", arguments->shuffle,
                    "Mix the systems' facts on a customer, instead of CRM first");
  command->add_option("-o,--output", arguments->output, "Write to a file, or - for standard output")
      ->type_name("FILE");
  command->add_option("--first", arguments->first, "Begin with this customer, counted from 0")
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--batch-facts", arguments->batch_facts, "Facts in one message")
      ->check(CLI::Range(1, 5000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--in-flight", arguments->batches_in_flight, "Messages without an answer")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("-q,--quiet", arguments->quiet, "No progress");
  command->add_flag("--json", arguments->json, "The summary as JSON, for scripts");
  command->callback([arguments, &context] { SimulateRun(*arguments, context).Run(); });
}

}  // namespace yilan::cli
