// Stewards' decisions: merge, unmerge, not-duplicate; and history, which has them all.
#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/customer_argument.h"
#include "clients/cli/identity_command.h"
#include "clients/cli/identity_text.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::cli {
namespace {

constexpr int kPage = 1000;
constexpr char kNoteHelp[] = "Why, for the ledger; no personal data, it is kept for ever";

struct StewardshipArguments {
  std::string first;
  std::string second;
  std::string event;
  std::string note;
  int limit = kPage;
  bool lift_separation = false;
  bool check = false;
  bool json = false;
};

// Reads two customers; reports what is wrong.
bool ReadCustomers(const StewardshipArguments& arguments, Context& context,
                   v1::CustomerIdentifier& first, v1::CustomerIdentifier& second) {
  return ReadCustomer(arguments.first, context, first) &&
         ReadCustomer(arguments.second, context, second);
}

void RunMerge(const StewardshipArguments& arguments, Context& context) {
  v1::MergeRequest request;
  if (!ReadCustomers(arguments, context, *request.mutable_into_customer(),
                     *request.mutable_from_customer())) {
    return;
  }
  request.set_lift_separation(arguments.lift_separation);
  request.set_note(arguments.note);
  request.set_validate_only(arguments.check);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&v1::IdentityService::Stub::Merge>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(*response);
  if (arguments.check) return context.Print("they can be merged; nothing was written\n");
  context.Print(absl::StrCat("merged into customer ", response->customer_id(),
                             "\nundo with: yilan identity unmerge ", response->event_id(), "\n"));
}

void RunUnmerge(const StewardshipArguments& arguments, Context& context) {
  v1::UnmergeRequest request;
  request.set_event_id(arguments.event);
  request.set_note(arguments.note);
  request.set_validate_only(arguments.check);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&v1::IdentityService::Stub::Unmerge>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(*response);
  if (arguments.check) return context.Print("the merge can be undone; nothing was written\n");
  context.Print(absl::StrCat("customer ", response->customer_id(), " stays; apart from it now: ",
                             absl::StrJoin(response->separated_customer_ids(), ", "), "\n"));
}

void RunNotDuplicate(const StewardshipArguments& arguments, Context& context) {
  v1::MarkNotDuplicateRequest request;
  if (!ReadCustomers(arguments, context, *request.mutable_first_customer(),
                     *request.mutable_second_customer())) {
    return;
  }
  request.set_note(arguments.note);
  request.set_validate_only(arguments.check);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response =
      client->Call<&v1::IdentityService::Stub::MarkNotDuplicate>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(*response);
  context.Print(arguments.check ? "they can be kept apart; nothing was written\n"
                                : "they are kept apart from now on\n");
}

void RunHistory(const StewardshipArguments& arguments, Context& context) {
  v1::ListHistoryRequest request;
  if (!ReadCustomer(arguments.first, context, *request.mutable_customer())) return;
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::ListHistoryResponse all;
  while (all.events_size() < arguments.limit) {
    request.set_page_size(std::min(arguments.limit - all.events_size(), kPage));
    const auto response = client->Call<&v1::IdentityService::Stub::ListHistory>(request);
    if (!response.ok()) return context.Fail(response.status());
    request.set_page_token(response->next_page_token());
    all.MergeFrom(*response);
    all.set_next_page_token(response->next_page_token());
    if (response->next_page_token().empty()) break;
  }
  if (arguments.json) return context.PrintJson(all);
  if (all.events().empty()) {
    return context.Print("nothing was ever merged with this customer, nor kept apart from it\n");
  }
  context.Print(HistoryText(all.events(), context.Out()));
  if (!all.next_page_token().empty()) {
    context.Print(absl::StrCat("… and more: --limit ", arguments.limit * 10, "\n"));
  }
}

}  // namespace

void AddIdentityStewardshipCommands(CLI::App& identity, Context& context) {
  auto arguments = std::make_shared<StewardshipArguments>();
  const auto add_end = [arguments](CLI::App& command) {
    command.add_option("--note", arguments->note, kNoteHelp)->type_name("TEXT");
    command.add_flag("--check", arguments->check, "Check only, write nothing");
    command.add_flag("--json", arguments->json, "As JSON, for scripts");
  };

  CLI::App* merge = identity.add_subcommand(
      "merge", "Make one customer of two; `preview-merge` shows first what would change");
  merge->add_option("into", arguments->first, absl::StrCat("Whose id stays. ", kCustomerHelp))
      ->required()
      ->type_name("INTO");
  merge->add_option("from", arguments->second, "Who is taken into it")
      ->required()
      ->type_name("FROM");
  merge->add_flag("--lift-separation", arguments->lift_separation,
                  "Take back decisions that keep the two apart");
  add_end(*merge);
  merge->footer("Example: yilan identity merge crm/C42 billing/7 --note 'called, same person'");
  merge->callback([arguments, &context] { RunMerge(*arguments, context); });

  CLI::App* unmerge = identity.add_subcommand(
      "unmerge", "Undo a merge, Yilan's own too: each customer gets what is its own");
  unmerge->add_option("event", arguments->event, "The merge, as `history` names it")
      ->required()
      ->type_name("EVENT");
  add_end(*unmerge);
  unmerge->footer("Example: yilan identity unmerge 06BWQ8Z3M5R6X4T2V1C9N7K0PD");
  unmerge->callback([arguments, &context] { RunUnmerge(*arguments, context); });

  CLI::App* separate =
      identity.add_subcommand("not-duplicate", "Decide that two customers are different, for good");
  separate->add_option("first", arguments->first, kCustomerHelp)->required()->type_name("CUSTOMER");
  separate->add_option("second", arguments->second, "The other one")
      ->required()
      ->type_name("CUSTOMER");
  add_end(*separate);
  separate->footer("Example: yilan identity not-duplicate crm/C42 crm/C43 --note 'father and son'");
  separate->callback([arguments, &context] { RunNotDuplicate(*arguments, context); });

  CLI::App* history = identity.add_subcommand(
      "history", "How a customer came to be: merges, splits and decisions, the oldest first");
  history->add_option("customer", arguments->first, kCustomerHelp)
      ->required()
      ->type_name("CUSTOMER");
  history->add_option("--limit", arguments->limit, "At most so many")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
  history->add_flag("--json", arguments->json, "As JSON, for scripts");
  history->footer("Example: yilan identity history crm/C42");
  history->callback([arguments, &context] { RunHistory(*arguments, context); });
}

}  // namespace yilan::cli
