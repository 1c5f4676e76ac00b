// yilan identity train, models, preview-model, activate-model.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/field_text.h"
#include "clients/cli/identity_command.h"
#include "clients/cli/table.h"
#include "clients/text/currency.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::cli {
namespace {

using Stub = v1::IdentityService::Stub;

struct ModelArguments {
  std::string version;
  std::string description;
  double join_probability = 0;
  double review_probability = 0;
  uint64_t seed = 0;
  bool wait = true;
  bool json = false;
};

// Shows how far an operation is, on a terminal only: one line that is written over.
void ShowProgress(const v1::ModelOperation& operation) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r\033[K%3.0f %%  %s", operation.progress() * 100,
               operation.step().c_str());
}

void ClearProgress() {
  if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r\033[K");
}

// Waits for the operation; its last state, or null when it did not succeed, which was reported.
std::unique_ptr<v1::ModelOperation> Await(client::Client& client,
                                          const v1::ModelOperation& operation, Context& context) {
  absl::Duration pause = absl::Milliseconds(20);
  while (true) {
    const auto read = client.Call<&Stub::GetModelOperation>({});
    if (!read.ok()) {
      ClearProgress();
      context.Fail(read.status());
      return nullptr;
    }
    const v1::ModelOperation& now = read->operation();
    const bool ours = now.operation_id() == operation.operation_id();
    if (ours && now.state() == v1::OPERATION_STATE_RUNNING) {
      ShowProgress(now);
      // The server has no call that waits for an operation; the pauses grow to a second.
      absl::SleepFor(pause);
      pause = std::min(pause * 2, absl::Seconds(1));
      continue;
    }
    ClearProgress();
    if (ours && now.state() == v1::OPERATION_STATE_SUCCEEDED) {
      return std::make_unique<v1::ModelOperation>(now);
    }
    context.Fail(kRefused, now.error().empty()
                               ? "the operation was given up: its server ended; ask again"
                               : absl::StrCat("the operation failed: ", now.error()));
    return nullptr;
  }
}

void PrintDifference(const v1::ModelOperation& operation, const char* would, Context& context) {
  const v1::ModelDifference& difference = operation.difference();
  context.Print(absl::StrCat(FormatCount(difference.source_records()), " source records were ",
                             FormatCount(difference.customers_before()), " customers and ", would,
                             " ", FormatCount(difference.customers_after()), "\n",
                             FormatCount(difference.joined_pairs()), " pairs of records joined, ",
                             FormatCount(difference.parted_pairs()), " parted\n"));
  if (difference.examples().empty()) return;
  context.Print("\n");
  Table table({{"Customers before", Table::Align::kLeft, false},
               {"Records of each after", Table::Align::kRight}});
  for (const v1::ModelDifferenceExample& example : difference.examples()) {
    std::string before;
    for (const std::string& id : example.customer_ids_before()) {
      absl::StrAppend(&before, before.empty() ? "" : " ", id);
    }
    std::string after;
    for (const int64_t records : example.records_after()) {
      absl::StrAppend(&after, after.empty() ? "" : " + ", records);
    }
    table.AddRow({{before}, {after}});
  }
  context.Print(table.Render(context.Out(), 0));
}

void RunTrain(const ModelArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::TrainModelRequest request;
  request.set_model_version(arguments.version);
  request.set_description(arguments.description);
  request.set_join_probability(arguments.join_probability);
  request.set_review_probability(arguments.review_probability);
  request.set_seed(arguments.seed);
  const auto began = client->Call<&Stub::TrainModel>(request);
  if (!began.ok()) return context.Fail(began.status());
  if (!arguments.wait) {
    if (arguments.json) return context.PrintJson(began->operation());
    return context.Print(
        "training has begun; yilan identity models lists the model when it is done\n");
  }
  const auto done = Await(*client, began->operation(), context);
  if (done == nullptr) return;
  if (arguments.json) return context.PrintJson(*done);
  v1::GetModelRequest get;
  get.set_model_version(arguments.version);
  const auto model = client->Call<&Stub::GetModel>(get);
  if (!model.ok()) return context.Fail(model.status());
  const v1::ModelProvenance& provenance = model->model().provenance();
  context.Print(absl::StrCat(
      "trained ", arguments.version, " on ",
      FormatCount(static_cast<int64_t>(provenance.records())), " source records, of whose ",
      FormatCount(static_cast<int64_t>(provenance.blocked_pairs())), " compared pairs about ",
      FormatCount(static_cast<int64_t>(provenance.expected_matches())), " match\n",
      "yilan identity preview-model ", arguments.version, " tells what would change with it\n"));
}

void RunModels(const ModelArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto listed = client->Call<&Stub::ListModels>({});
  if (!listed.ok()) return context.Fail(listed.status());
  if (arguments.json) return context.PrintJson(*listed);
  const Terminal terminal = context.Out();
  Table table({{"Model"},
               {"Holds"},
               {"Joins from", Table::Align::kRight},
               {"Review from", Table::Align::kRight},
               {"Records", Table::Align::kRight},
               {"Trained", Table::Align::kLeft, false},
               {"Description"}});
  for (const v1::ModelSummary& model : listed->models()) {
    const v1::ModelProvenance& provenance = model.provenance();
    table.AddRow(
        {{model.model_version(), Emphasis::kStrong},
         {model.active() ? "yes" : ""},
         {absl::StrFormat("%g", model.join_probability())},
         {absl::StrFormat("%g", model.review_probability())},
         {provenance.records() == 0 ? "" : FormatCount(static_cast<int64_t>(provenance.records()))},
         {provenance.has_trained_time() ? TimeText(provenance.trained_time(), terminal.zone) : ""},
         {provenance.records() == 0 && provenance.description().empty()
              ? "comes with Yilan"
              : provenance.description()}});
  }
  context.Print(table.Render(terminal, 0));
}

void RunPreview(const ModelArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::PreviewModelRequest request;
  request.set_model_version(arguments.version);
  const auto began = client->Call<&Stub::PreviewModel>(request);
  if (!began.ok()) return context.Fail(began.status());
  const auto done = Await(*client, began->operation(), context);
  if (done == nullptr) return;
  if (arguments.json) return context.PrintJson(*done);
  PrintDifference(*done, "would be", context);
  const v1::ModelDifference& difference = done->difference();
  context.Print(absl::StrCat(FormatCount(difference.review_pairs_after()),
                             " pairs would wait for a steward, ",
                             FormatCount(difference.review_pairs_before()), " do now\n"));
}

void RunActivate(const ModelArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::ActivateModelRequest request;
  request.set_model_version(arguments.version);
  const auto began = client->Call<&Stub::ActivateModel>(request);
  if (!began.ok()) return context.Fail(began.status());
  if (!arguments.wait) {
    if (arguments.json) return context.PrintJson(began->operation());
    return context.Print(
        absl::StrCat(arguments.version, " holds; records that are there are resolved by it now\n"));
  }
  const auto done = Await(*client, began->operation(), context);
  if (done == nullptr) return;
  if (arguments.json) return context.PrintJson(*done);
  PrintDifference(*done, "are now", context);
}

CLI::App* AddCommand(CLI::App& identity, const char* name, const char* help,
                     const std::shared_ptr<ModelArguments>& arguments, bool waits) {
  CLI::App* command = identity.add_subcommand(name, help);
  command->add_flag("--json", arguments->json, "As JSON, for scripts");
  if (waits) {
    command->add_flag("!--no-wait", arguments->wait,
                      "Return when it has begun; it goes on in the server");
  }
  return command;
}

}  // namespace

void AddIdentityModelCommands(CLI::App& identity, Context& context) {
  auto train = std::make_shared<ModelArguments>();
  CLI::App* command = AddCommand(
      identity, "train",
      "Fit a match model to the stored source records, without labels; it does not hold before it "
      "is activated",
      train, true);
  command->add_option("model", train->version, "What to call it")->required()->type_name("NAME");
  command->add_option("--description", train->description, "For its provenance")->type_name("TEXT");
  command
      ->add_option("--join-probability", train->join_probability,
                   "Records are joined from here on; as the model that holds if not given")
      ->type_name("P");
  command
      ->add_option("--review-probability", train->review_probability,
                   "Pairs wait for a steward from here on")
      ->type_name("P");
  command->add_option("--seed", train->seed, "The same records and seed give the same model")
      ->type_name("N");
  command->callback([train, &context] { RunTrain(*train, context); });

  auto models = std::make_shared<ModelArguments>();
  command = AddCommand(identity, "models", "The match models, and which one holds", models, false);
  command->callback([models, &context] { RunModels(*models, context); });

  auto preview = std::make_shared<ModelArguments>();
  command = AddCommand(identity, "preview-model",
                       "What would be otherwise with another match model; changes nothing", preview,
                       false);
  command->add_option("model", preview->version, "Which")->required()->type_name("NAME");
  command->callback([preview, &context] { RunPreview(*preview, context); });

  auto activate = std::make_shared<ModelArguments>();
  command =
      AddCommand(identity, "activate-model",
                 "Make a match model hold, and resolve all source records by it", activate, true);
  command->add_option("model", activate->version, "Which")->required()->type_name("NAME");
  command->callback([activate, &context] { RunActivate(*activate, context); });
}

}  // namespace yilan::cli
