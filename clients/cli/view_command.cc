#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/as_of.h"
#include "clients/cli/commands.h"
#include "clients/cli/customer_argument.h"
#include "clients/cli/view_text.h"
#include "clients/text/suggestion.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"

namespace yilan::cli {
namespace {

struct ViewArguments {
  std::string customer;
  std::string as_of;
  std::vector<std::string> sections;
  int limit = -1;
  bool lines = false;
  bool json = false;
};

// The names that a section mask takes.
std::vector<std::string> SectionNames() {
  std::vector<std::string> names;
  const auto& type = *v1::CustomerView::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->message_type() != nullptr) names.push_back(type.field(i)->name());
  }
  return names;
}

void RunView(const ViewArguments& arguments, Context& context) {
  const auto customer = ParseCustomer(arguments.customer);
  if (!customer.ok()) return context.Fail(kUnusable, customer.status().message());
  v1::GetCustomerViewRequest request;
  *request.mutable_customer() = *customer;
  if (!SetAsOf(arguments.as_of, context, request)) return;
  const std::vector<std::string> names = SectionNames();
  for (const std::string& section : arguments.sections) {
    if (std::find(names.begin(), names.end(), section) == names.end()) {
      return context.Fail(kUnusable, absl::StrCat("a view has no section `", section, "`",
                                                  Suggestion(section, names)));
    }
    request.mutable_options()->mutable_section_mask()->add_paths(section);
  }
  if (arguments.limit >= 0) {
    for (const std::string& name : names) {
      const auto* field = v1::CustomerView::descriptor()->FindFieldByName(name);
      if (!field->is_repeated() || field->number() < 10) continue;
      auto* limit = request.mutable_options()->add_section_limits();
      limit->set_section(name);
      limit->set_limit(arguments.limit);
    }
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response =
      client->Call<&v1::CustomerViewService::Stub::GetCustomerView>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(response->customer_view());
  context.Print(
      ViewText(response->customer_view(), {.bill_lines = arguments.lines}, context.Out()));
}

}  // namespace

void AddViewCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ViewArguments>();
  CLI::App* command = app.add_subcommand("view", "Show all that is known of a customer");
  command->add_option("customer", arguments->customer, kCustomerHelp)
      ->required()
      ->type_name("CUSTOMER");
  command
      ->add_option("--sections", arguments->sections,
                   "Only these parts, separated by commas: profile, customer_bills …")
      ->delimiter(',')
      ->type_name("NAMES");
  command->add_option("--limit", arguments->limit, "At most so many facts in each section")
      ->check(CLI::Range(0, 1000))
      ->type_name("N");
  AddAsOfOption(*command, arguments->as_of);
  command->add_flag("--lines", arguments->lines, "Also the lines of bills");
  command->add_flag("--json", arguments->json, "As JSON, for scripts");
  command->callback([arguments, &context] { RunView(*arguments, context); });
}

}  // namespace yilan::cli
