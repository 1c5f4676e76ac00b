#include <memory>

#include "clients/cli/commands.h"
#include "clients/cli/import_run.h"

namespace yilan::cli {

void AddImportCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = app.add_subcommand(
      "import",
      "Load a CSV or JSON Lines file as a mapping says (docs/mapping.md).\n"
      "Rows that are not taken go to INPUT.rejected.csv (or .jsonl) with the reasons. After "
      "Ctrl-C, a "
      "crash or a lost connection the same command continues where it stopped: INPUT.yilan-resume "
      "keeps the place.");
  command->add_option("input", arguments->input, "The file")->required()->type_name("INPUT");
  command
      ->add_option("-m,--mapping", arguments->mapping,
                   "What its columns mean; by default telco.mapping.yaml beside telco.csv")
      ->type_name("FILE");
  command
      ->add_option("--format", arguments->format,
                   "csv or jsonl; by default what the mapping or the name says. Or facts: a "
                   "yilan.v1.Fact as JSON on each line, as `yilan simulate` writes them, which "
                   "needs no mapping")
      ->check(CLI::IsMember({"csv", "jsonl", "facts"}))
      ->type_name("FORMAT");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Convert everything, send nothing, and print the first facts");
  command->add_option("--show", arguments->show, "How many facts --dry-run prints")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--restart", arguments->restart, "Begin anew after an interrupted import");
  command
      ->add_option("--work-dir", arguments->work_dir,
                   "Where to write what goes beside the input, if not there")
      ->type_name("DIR");
  command->add_option("--batch-facts", arguments->batch_facts, "Facts in one message")
      ->check(CLI::Range(1, 5000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--in-flight", arguments->batches_in_flight, "Messages without an answer")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--give-up-after", arguments->give_up_after_seconds,
                   "How long to go on trying when the server does not answer any more, in seconds")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("SECONDS");
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no notes");
  command->add_flag("--json", arguments->json, "The summary as JSON, for scripts");
  command->callback([arguments, &context] { ImportRun(*arguments, context).Run(); });
}

}  // namespace yilan::cli
