#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/commands.h"
#include "clients/cli/field_text.h"
#include "clients/cli/json_argument.h"
#include "clients/cli/table.h"
#include "clients/text/utf8.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace yilan::cli {
namespace {

constexpr int kPage = 1000;

struct QuarantineArguments {
  std::vector<std::string> ids;
  bool all = false;
  std::string fact;
  int limit = 50;
  bool json = false;
  bool check = false;
};

std::string KindOf(const v1::QuarantinedFact& fact) {
  const auto* field = fact.fact().GetReflection()->GetOneofFieldDescriptor(
      fact.fact(), v1::Fact::descriptor()->oneof_decl(0));
  return field == nullptr ? "(not a fact)" : Words(field->name());
}

std::string Reasons(const google::protobuf::RepeatedPtrField<v1::FactViolation>& violations) {
  std::vector<std::string> reasons;
  for (const v1::FactViolation& violation : violations) {
    reasons.push_back(violation.field().empty()
                          ? violation.description()
                          : absl::StrCat(violation.field(), ": ", violation.description()));
  }
  return absl::StrJoin(reasons, "; ");
}

// Lists up to `limit` facts; false when that failed and was reported.
bool ListFacts(int limit, Context& context, v1::ListQuarantinedFactsResponse& all) {
  client::Client* client = context.Connect();
  if (client == nullptr) return false;
  v1::ListQuarantinedFactsRequest request;
  while (all.quarantined_facts_size() < limit) {
    request.set_page_size(std::min(limit - all.quarantined_facts_size(), kPage));
    auto response = client->Call<&v1::IngestService::Stub::ListQuarantinedFacts>(request);
    if (!response.ok()) {
      context.Fail(response.status());
      return false;
    }
    request.set_page_token(response->next_page_token());
    all.MergeFrom(*response);
    all.set_next_page_token(response->next_page_token());
    if (response->next_page_token().empty()) break;
  }
  return true;
}

void RunList(const QuarantineArguments& arguments, Context& context) {
  v1::ListQuarantinedFactsResponse all;
  if (!ListFacts(arguments.limit, context, all)) return;
  if (arguments.json) return context.PrintJson(all);
  if (all.quarantined_facts().empty()) return context.Print("the quarantine is empty\n");
  const Terminal terminal = context.Out();
  Table table({{"Id", Table::Align::kLeft, false},
               {"Since", Table::Align::kLeft, false},
               {"Times", Table::Align::kRight},
               {"Kind"},
               {"Key"},
               {"Why"}});
  for (const v1::QuarantinedFact& fact : all.quarantined_facts()) {
    const auto* kind = fact.fact().GetReflection()->GetOneofFieldDescriptor(
        fact.fact(), v1::Fact::descriptor()->oneof_decl(0));
    const std::string key =
        kind == nullptr ? ""
                        : PathText(fact.fact(),
                                   absl::StrCat(kind->name(), ".source.key|", kind->name(), ".key"),
                                   terminal.zone);
    table.AddRow({{fact.quarantined_fact_id()},
                  {TimeText(fact.recorded_time(), terminal.zone)},
                  {absl::StrCat(fact.times_received())},
                  {KindOf(fact)},
                  {key},
                  {Reasons(fact.violations()), Emphasis::kWarning}});
  }
  context.Print(table.Render(terminal, 0));
  if (!all.next_page_token().empty()) {
    context.Print(absl::StrCat("… and more: --limit ", arguments.limit * 4, "\n"));
  }
}

void RunFix(const QuarantineArguments& arguments, Context& context) {
  v1::FixQuarantinedFactRequest request;
  request.set_quarantined_fact_id(arguments.ids.front());
  request.set_validate_only(arguments.check);
  if (!ReadJsonArgument(arguments.fact, "the fact", context, *request.mutable_fact())) return;
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response =
      client->Call<&v1::IngestService::Stub::FixQuarantinedFact>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  context.Print(
      absl::StrCat(EnumText(*v1::WriteOutcome_descriptor(), response->result().outcome()), "\n"));
}

void RunReplay(const QuarantineArguments& arguments, Context& context) {
  std::vector<std::string> ids = arguments.ids;
  if (arguments.all) {
    v1::ListQuarantinedFactsResponse all;
    if (!ListFacts(std::numeric_limits<int>::max(), context, all)) return;
    for (const v1::QuarantinedFact& fact : all.quarantined_facts()) {
      ids.push_back(fact.quarantined_fact_id());
    }
  } else if (ids.empty()) {
    return context.Fail(kUnusable, "name the facts to replay, or say --all");
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  int64_t taken = 0;
  int64_t left = 0;
  for (size_t begin = 0; begin < ids.size(); begin += kPage) {
    v1::ReplayQuarantinedFactsRequest request;
    request.set_validate_only(arguments.check);
    for (size_t i = begin; i < std::min(ids.size(), begin + kPage); ++i) {
      request.add_quarantined_fact_ids(ids[i]);
    }
    const auto response = client->Call<&v1::IngestService::Stub::ReplayQuarantinedFacts>(request);
    if (!response.ok()) return context.Fail(response.status());
    for (int i = 0; i < response->results_size(); ++i) {
      const v1::FactResult& result = response->results(i);
      const bool good =
          result.outcome() == v1::FACT_OUTCOME_OK || result.outcome() == v1::FACT_OUTCOME_DUPLICATE;
      ++(good ? taken : left);
      if (!good) {
        context.Print(absl::StrCat(request.quarantined_fact_ids(i), ": ",
                                   Printable(Reasons(result.violations())), "\n"));
      }
    }
  }
  context.Print(absl::StrCat(taken, arguments.check ? " would be taken, " : " taken, ", left,
                             " still in quarantine\n"));
  if (left > 0) context.set_exit_code(kRefused);
}

void RunDelete(const QuarantineArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  for (const std::string& id : arguments.ids) {
    v1::DeleteQuarantinedFactRequest request;
    request.set_quarantined_fact_id(id);
    request.set_validate_only(arguments.check);
    const auto response =
        client->Call<&v1::IngestService::Stub::DeleteQuarantinedFact>(std::move(request));
    if (!response.ok()) return context.Fail(response.status());
  }
  context.Print(absl::StrCat(arguments.ids.size(),
                             arguments.check ? " would be discarded\n" : " discarded\n"));
}

}  // namespace

void AddQuarantineCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<QuarantineArguments>();
  CLI::App* command =
      app.add_subcommand("quarantine", "Facts that were rejected: list, mend, replay, discard");
  command->require_subcommand(1);

  CLI::App* list = command->add_subcommand("list", "List them, oldest first, with the reason");
  list->add_option("--limit", arguments->limit, "At most so many")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
  list->add_flag("--json", arguments->json, "As JSON, for scripts; with the fact as it came");
  list->callback([arguments, &context] { RunList(*arguments, context); });

  CLI::App* fix = command->add_subcommand("fix", "Replace one by a corrected fact");
  fix->add_option("id", arguments->ids, "Its id")->required()->expected(1)->type_name("ID");
  fix->add_option("--fact", arguments->fact,
                  "The corrected yilan.v1.Fact as JSON; @FILE or @- to read it from there")
      ->required()
      ->type_name("JSON");
  fix->add_flag("--check", arguments->check, "Check only, write nothing");
  fix->callback([arguments, &context] { RunFix(*arguments, context); });

  CLI::App* replay = command->add_subcommand(
      "replay", "Take some in again as they are, after things have changed");
  replay->add_option("ids", arguments->ids, "Their ids")->type_name("ID");
  replay->add_flag("--all", arguments->all, "All that are in quarantine");
  replay->add_flag("--check", arguments->check, "Check only, write nothing");
  replay->callback([arguments, &context] { RunReplay(*arguments, context); });

  CLI::App* discard = command->add_subcommand("delete", "Discard some for good");
  discard->add_option("ids", arguments->ids, "Their ids")->required()->type_name("ID");
  discard->add_flag("--check", arguments->check, "Check only, write nothing");
  discard->callback([arguments, &context] { RunDelete(*arguments, context); });
}

}  // namespace yilan::cli
