#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/cli/as_of.h"
#include "clients/cli/commands.h"
#include "clients/cli/customer_argument.h"
#include "clients/cli/field_text.h"
#include "clients/cli/table.h"
#include "clients/cli/view_text.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::cli {
namespace {

struct SearchArguments {
  std::string query;
  std::string as_of;
  int limit = 20;
  bool json = false;
};

void RunSearch(const SearchArguments& arguments, Context& context) {
  v1::SearchCustomersRequest request;
  if (LooksLikeIdentifier(arguments.query)) {
    const auto identifier = ParseCustomer(arguments.query);
    if (!identifier.ok()) return context.Fail(kUnusable, identifier.status().message());
    *request.mutable_identifier() = *identifier;
  } else {
    request.set_name_prefix(arguments.query);
  }
  if (!SetAsOf(arguments.as_of, context, request)) return;
  request.set_page_size(arguments.limit);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response =
      client->Call<&v1::CustomerService::Stub::SearchCustomers>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (response->customers().empty()) context.set_exit_code(kRefused);
  if (arguments.json) return context.PrintJson(*response);
  if (response->customers().empty()) {
    return context.Fail(kRefused, absl::StrCat("no customer found for ", arguments.query));
  }
  Table table({{"Customer", Table::Align::kLeft, false}, {"Name"}, {"Status"}, {"Known as"}});
  const Terminal terminal = context.Out();
  for (const v1::Customer& customer : response->customers()) {
    table.AddRow({{customer.customer_id()},
                  {customer.name(), Emphasis::kStrong},
                  {PathText(customer, "status", terminal.zone)},
                  {KnownAs(customer.subjects()), Emphasis::kWeak}});
  }
  context.Print(table.Render(terminal, 0));
  for (const v1::Customer& customer : response->customers()) {
    if (customer.redirected_from_customer_id().empty()) continue;
    context.Print(absl::StrCat(customer.redirected_from_customer_id(), " was merged into ",
                               customer.customer_id(), "\n"));
  }
  if (!response->next_page_token().empty()) {
    context.Print(
        absl::StrCat("… and more: type more of the name, or --limit ", arguments.limit * 10, "\n"));
  }
}

}  // namespace

void AddSearchCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SearchArguments>();
  CLI::App* command = app.add_subcommand(
      "search", "Find customers by the beginning of a name, or by an identifier");
  command
      ->add_option(
          "query", arguments->query,
          "The beginning of a name or of a word in it, or an identifier as `view` takes it: "
          "all its holders are listed")
      ->required()
      ->type_name("QUERY");
  command->add_option("--limit", arguments->limit, "At most so many customers")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->type_name("N");
  AddAsOfOption(*command, arguments->as_of);
  command->add_flag("--json", arguments->json, "As JSON, for scripts");
  command->callback([arguments, &context] { RunSearch(*arguments, context); });
}

}  // namespace yilan::cli
