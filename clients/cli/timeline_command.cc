#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/as_of.h"
#include "clients/cli/commands.h"
#include "clients/cli/customer_argument.h"
#include "clients/cli/field_text.h"
#include "clients/cli/sections.h"
#include "clients/cli/table.h"
#include "clients/text/suggestion.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"

namespace yilan::cli {
namespace {

constexpr int kPage = 200;

struct TimelineArguments {
  std::string customer;
  std::string as_of;
  std::vector<std::string> types;
  int limit = 50;
  bool json = false;
};

std::vector<std::string> FactTypes() {
  std::vector<std::string> names;
  const auto& oneof = *v1::Fact::descriptor()->oneof_decl(0);
  for (int i = 0; i < oneof.field_count(); ++i) {
    if (oneof.field(i)->name() != "deletion") names.push_back(oneof.field(i)->name());
  }
  return names;
}

void AddEntry(const v1::TimelineEntry& entry, const Terminal& terminal, Table& table) {
  const google::protobuf::Message* fact = FactIn(entry.fact());
  if (fact == nullptr) return;
  const auto* kind = entry.fact().GetReflection()->GetOneofFieldDescriptor(
      entry.fact(), v1::Fact::descriptor()->oneof_decl(0));
  table.AddRow({{TimeText(entry.occurrence_time(), terminal.zone)},
                {Words(kind->name()), Emphasis::kStrong},
                {SummaryOf(*fact, terminal.zone)},
                {PathText(*fact, "source.source_system", terminal.zone), Emphasis::kWeak}});
}

void RunTimeline(const TimelineArguments& arguments, Context& context) {
  const auto customer = ParseCustomer(arguments.customer);
  if (!customer.ok()) return context.Fail(kUnusable, customer.status().message());
  v1::ListTimelineRequest request;
  *request.mutable_customer() = *customer;
  if (!SetAsOf(arguments.as_of, context, request)) return;
  const std::vector<std::string> known = FactTypes();
  for (const std::string& type : arguments.types) {
    if (std::find(known.begin(), known.end(), type) == known.end()) {
      return context.Fail(kUnusable, absl::StrCat("there is no kind of fact `", type, "`",
                                                  Suggestion(type, known)));
    }
    request.add_fact_types(type);
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;

  const Terminal terminal = context.Out();
  Table table({{"Date", Table::Align::kLeft, false}, {"What"}, {""}, {"System"}});
  v1::ListTimelineResponse all;
  while (all.entries_size() < arguments.limit) {
    request.set_page_size(std::min(arguments.limit - all.entries_size(), kPage));
    auto response = client->Call<&v1::CustomerViewService::Stub::ListTimeline>(request);
    if (!response.ok()) return context.Fail(response.status());
    request.set_page_token(response->next_page_token());
    all.MergeFrom(*response);
    all.set_next_page_token(response->next_page_token());
    if (response->next_page_token().empty()) break;
  }
  if (arguments.json) return context.PrintJson(all);
  for (const v1::TimelineEntry& entry : all.entries()) AddEntry(entry, terminal, table);
  context.Print(table.empty() ? "nothing has happened yet\n" : table.Render(terminal, 0));
  if (!all.next_page_token().empty()) {
    context.Print(absl::StrCat("… and older: --limit ", arguments.limit * 4, "\n"));
  }
}

}  // namespace

void AddTimelineCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<TimelineArguments>();
  CLI::App* command =
      app.add_subcommand("timeline", "List what happened to a customer, newest first");
  command->add_option("customer", arguments->customer, kCustomerHelp)
      ->required()
      ->type_name("CUSTOMER");
  command
      ->add_option("--types", arguments->types,
                   "Only these kinds of fact, separated by commas: payment, customer_bill …")
      ->delimiter(',')
      ->type_name("NAMES");
  command->add_option("--limit", arguments->limit, "At most so many entries")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
  AddAsOfOption(*command, arguments->as_of);
  command->add_flag("--json", arguments->json, "As JSON, for scripts");
  command->callback([arguments, &context] { RunTimeline(*arguments, context); });
}

}  // namespace yilan::cli
