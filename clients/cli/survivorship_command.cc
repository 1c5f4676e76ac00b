#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/cli/commands.h"
#include "clients/cli/field_text.h"
#include "clients/cli/table.h"
#include "clients/text/suggestion.h"
#include "google/protobuf/util/json_util.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::cli {
namespace {

constexpr char kPrefix[] = "SURVIVORSHIP_CRITERION_";

struct SurvivorshipArguments {
  int64_t version = 0;
  std::vector<std::string> systems;
  std::vector<std::string> rules;
  std::string file;
  bool reset = false;
  bool check = false;
  bool json = false;
};

// "most-recent" for SURVIVORSHIP_CRITERION_MOST_RECENT.
std::string WordOf(int criterion) {
  const auto* value = v1::SurvivorshipCriterion_descriptor()->FindValueByNumber(criterion);
  if (value == nullptr) return absl::StrCat(criterion);
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripPrefix(value->name(), kPrefix)),
                             {{"_", "-"}});
}

// Those that rules may have.
std::vector<std::string> CriterionWords() {
  std::vector<std::string> words;
  const auto& type = *v1::SurvivorshipCriterion_descriptor();
  for (int i = 0; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    if (number != v1::SURVIVORSHIP_CRITERION_UNSPECIFIED &&
        number != v1::SURVIVORSHIP_CRITERION_SOURCE_KEY_ORDER) {
      words.push_back(WordOf(number));
    }
  }
  return words;
}

void Print(const v1::SurvivorshipRules& rules, Context& context) {
  const Terminal terminal = context.Out();
  if (rules.version() == 0) {
    context.Print("The rules that Yilan comes with\n");
  } else {
    context.Print(absl::StrCat("Version ", rules.version(), ", set by ", rules.actor(), " on ",
                               TimeText(rules.recorded_time(), terminal.zone), "\n"));
  }
  context.Print(absl::StrCat("Source systems, the most trusted first: ",
                             rules.source_systems().empty()
                                 ? "none are set, all are equal"
                                 : absl::StrJoin(rules.source_systems(), ", "),
                             "\n"));
  Table table({{"Field"}, {"Chosen by"}, {"Systems of its own"}});
  for (const v1::SurvivorshipRule& rule : rules.rules()) {
    std::vector<std::string> words;
    for (const int criterion : rule.criteria()) words.push_back(WordOf(criterion));
    table.AddRow({{rule.field(), Emphasis::kStrong},
                  {absl::StrJoin(words, ", ")},
                  {absl::StrJoin(rule.source_systems(), ", ")}});
  }
  context.Print(table.Render(terminal, 0));
}

void RunShow(const SurvivorshipArguments& arguments, Context& context) {
  v1::GetSurvivorshipRulesRequest request;
  request.set_version(arguments.version);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response =
      client->Call<&v1::IdentityService::Stub::GetSurvivorshipRules>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(response->survivorship_rules());
  Print(response->survivorship_rules(), context);
}

// "name=verified-by-document,most-recent" or "name=default" changes the rule of one field. Reports
// what is wrong with it.
bool Apply(const std::string& text, v1::SurvivorshipRules& rules, Context& context) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  v1::SurvivorshipRule* rule = nullptr;
  for (v1::SurvivorshipRule& one : *rules.mutable_rules()) {
    if (one.field() == parts.first) rule = &one;
  }
  std::vector<std::string> fields;
  for (const v1::SurvivorshipRule& one : rules.rules()) fields.push_back(one.field());
  if (rule == nullptr) {
    context.Fail(kUnusable, absl::StrCat("a profile has no field `", parts.first, "`",
                                         Suggestion(parts.first, fields)));
    return false;
  }
  rule->clear_criteria();
  if (parts.second == "default") return true;  // Left without criteria; see RunSet.
  const std::vector<std::string> words = CriterionWords();
  for (const absl::string_view word : absl::StrSplit(parts.second, ',')) {
    const std::string name =
        absl::StrCat(kPrefix, absl::StrReplaceAll(absl::AsciiStrToUpper(word), {{"-", "_"}}));
    const auto* value = v1::SurvivorshipCriterion_descriptor()->FindValueByName(name);
    if (value == nullptr) {
      context.Fail(kUnusable, absl::StrCat("there is no criterion `", std::string(word), "`",
                                           Suggestion(std::string(word), words), "; those are ",
                                           absl::StrJoin(words, ", ")));
      return false;
    }
    rule->add_criteria(static_cast<v1::SurvivorshipCriterion>(value->number()));
  }
  return true;
}

bool ReadRules(const std::string& path, v1::SurvivorshipRules& rules, Context& context) {
  std::ifstream file(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    context.Fail(kUnusable, absl::StrCat("cannot read ", path));
    return false;
  }
  const auto status = google::protobuf::util::JsonStringToMessage(json, &rules);
  if (status.ok()) return true;
  context.Fail(kUnusable, absl::StrCat(path, " holds no yilan.v1.SurvivorshipRules in JSON: ",
                                       std::string(status.message())));
  return false;
}

void RunSet(const SurvivorshipArguments& arguments, Context& context) {
  if (arguments.systems.empty() && arguments.rules.empty() && arguments.file.empty() &&
      !arguments.reset) {
    return context.Fail(kUnusable, "say what to set: --systems, --rule, --file or --reset");
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::UpdateSurvivorshipRulesRequest request;
  request.set_validate_only(arguments.check);
  v1::SurvivorshipRules& rules = *request.mutable_survivorship_rules();
  if (!arguments.file.empty()) {
    if (!ReadRules(arguments.file, rules, context)) return;
  } else if (!arguments.reset) {
    const auto present = client->Call<&v1::IdentityService::Stub::GetSurvivorshipRules>({});
    if (!present.ok()) return context.Fail(present.status());
    rules = present->survivorship_rules();
    request.set_etag(rules.etag());
  }
  if (!arguments.systems.empty()) {
    rules.mutable_source_systems()->Assign(arguments.systems.begin(), arguments.systems.end());
  }
  for (const std::string& rule : arguments.rules) {
    if (!Apply(rule, rules, context)) return;
  }
  // Who has no rule has the default.
  for (int i = rules.rules_size() - 1; i >= 0; --i) {
    if (rules.rules(i).criteria().empty()) rules.mutable_rules()->DeleteSubrange(i, 1);
  }
  const auto response =
      client->Call<&v1::IdentityService::Stub::UpdateSurvivorshipRules>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(response->survivorship_rules());
  if (arguments.check) return context.Print("the rules are good; nothing was written\n");
  Print(response->survivorship_rules(), context);
}

}  // namespace

void AddSurvivorshipCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SurvivorshipArguments>();
  CLI::App* command = app.add_subcommand(
      "survivorship", "Which source is believed, field by field: show the rules, set them");
  command->require_subcommand(1);

  CLI::App* show = command->add_subcommand("show", "Show the rules that hold");
  show->add_option("--version", arguments->version, "An earlier version of them")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  show->add_flag("--json", arguments->json, "As JSON, for scripts");
  show->callback([arguments, &context] { RunShow(*arguments, context); });

  CLI::App* set = command->add_subcommand("set", "Change them; all profiles follow at once");
  set->add_option("--systems", arguments->systems,
                  "The source systems, the most trusted first, separated by commas")
      ->delimiter(',')
      ->type_name("NAMES");
  set->add_option(
         "--rule", arguments->rules,
         absl::StrCat("FIELD=CRITERION,CRITERION … or FIELD=default, once for each field. ",
                      "Criteria: ", absl::StrJoin(CriterionWords(), ", ")))
      ->type_name("RULE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  set->add_option("--file", arguments->file,
                  "All rules as JSON, as `show --json` prints them; - reads standard input")
      ->type_name("FILE");
  set->add_flag("--reset", arguments->reset, "Back to the rules that Yilan comes with");
  set->add_flag("--check", arguments->check, "Check only, write nothing");
  set->add_flag("--json", arguments->json, "As JSON, for scripts");
  set->callback([arguments, &context] { RunSet(*arguments, context); });
}

}  // namespace yilan::cli
