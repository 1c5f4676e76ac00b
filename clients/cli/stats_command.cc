#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands.h"
#include "clients/cli/field_text.h"
#include "clients/cli/table.h"
#include "clients/text/currency.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::cli {
namespace {

void RunStats(bool json, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&v1::CustomerService::Stub::GetStatistics>({});
  if (!response.ok()) return context.Fail(response.status());
  if (json) return context.PrintJson(*response);
  Table table({{""}, {"", Table::Align::kRight}});
  const auto add = [&table](const std::string& name, int64_t count,
                            Emphasis emphasis = Emphasis::kNone) {
    table.AddRow({{name}, {FormatCount(count), emphasis}});
  };
  add("Customers", response->customers(), Emphasis::kStrong);
  add("Subjects (customers of single systems)", response->subjects());
  for (const v1::FactCount& count : response->fact_counts()) {
    add(absl::StrCat("Facts: ", Words(count.fact_type())), count.count());
  }
  add("Deleted facts that are remembered", response->deleted_facts());
  add("Identity conflicts", response->identity_conflicts(),
      response->identity_conflicts() > 0 ? Emphasis::kWarning : Emphasis::kNone);
  add("Facts in quarantine", response->quarantined_facts(),
      response->quarantined_facts() > 0 ? Emphasis::kWarning : Emphasis::kNone);
  context.Print(table.Render(context.Out(), 0));
}

}  // namespace

void AddStatsCommand(CLI::App& app, Context& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("stats", "Count what the store holds");
  command->add_flag("--json", *json, "As JSON, for scripts");
  command->callback([json, &context] { RunStats(*json, context); });
}

}  // namespace yilan::cli
