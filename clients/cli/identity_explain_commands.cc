// match, explain, preview-merge: what Yilan makes of records, before anything is decided.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/customer_argument.h"
#include "clients/cli/field_text.h"
#include "clients/cli/identity_command.h"
#include "clients/cli/identity_text.h"
#include "clients/cli/json_argument.h"
#include "clients/cli/table.h"
#include "clients/cli/view_text.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::cli {
namespace {

struct MatchArguments {
  std::string record;
  std::string key;
  std::string name;
  std::string given_name;
  std::string family_name;
  std::string birth_date;
  std::string gender;
  std::vector<std::string> phones;
  std::vector<std::string> emails;
  std::vector<std::string> documents;
  std::string address;
  std::string postal_code;
  std::string city;
  std::string state;
  bool organization = false;
  int limit = 10;
  double min_probability = 0;
  bool explain = false;
  bool json = false;
};

void AddContacts(v1::ContactMediumType type, const std::vector<std::string>& values,
                 v1::SourceRecord& record) {
  for (const std::string& value : values) {
    v1::ContactMedium& medium = *record.add_contact_media();
    medium.set_type(type);
    medium.set_value(value);
  }
}

// The record of --record and the single options together; false when that was reported as wrong.
bool ReadRecord(const MatchArguments& arguments, Context& context, v1::SourceRecord& record) {
  if (!arguments.record.empty() &&
      !ReadJsonArgument(arguments.record, "the record", context, record)) {
    return false;
  }
  if (!arguments.key.empty()) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(arguments.key, absl::MaxSplits('/', 1));
    if (parts.first.empty() || parts.second.empty()) {
      context.Fail(kUnusable, absl::StrCat("--key ", arguments.key,
                                           " is no key of a source system, as crm/C42 is one"));
      return false;
    }
    record.mutable_source()->set_source_system(parts.first);
    record.mutable_source()->set_key(parts.second);
  }
  if (arguments.organization) record.set_party_type(v1::PARTY_TYPE_ORGANIZATION);
  if (!arguments.name.empty()) record.set_name(arguments.name);
  if (!arguments.given_name.empty()) record.set_given_name(arguments.given_name);
  if (!arguments.family_name.empty()) record.set_family_name(arguments.family_name);
  if (!arguments.birth_date.empty()) record.set_birth_date(arguments.birth_date);
  if (!arguments.gender.empty()) record.set_gender(arguments.gender);
  AddContacts(v1::CONTACT_MEDIUM_TYPE_PHONE, arguments.phones, record);
  AddContacts(v1::CONTACT_MEDIUM_TYPE_EMAIL, arguments.emails, record);
  for (const std::string& document : arguments.documents) {
    v1::PartyIdentification& identification = *record.add_identifications();
    identification.set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
    identification.set_value(document);
  }
  if (arguments.address.empty()) {
    if (arguments.postal_code.empty() && arguments.city.empty() && arguments.state.empty()) {
      return true;
    }
    context.Fail(kUnusable, "--postal-code, --city and --state go with --address");
    return false;
  }
  AddContacts(v1::CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS, {arguments.address}, record);
  v1::ContactMedium& address = *record.mutable_contact_media()->rbegin();
  address.set_postal_code(arguments.postal_code);
  address.set_city(arguments.city);
  address.set_state_or_province(arguments.state);
  return true;
}

void RunMatch(const MatchArguments& arguments, Context& context) {
  v1::MatchRequest request;
  if (!ReadRecord(arguments, context, *request.mutable_source_record())) return;
  if (request.source_record().ByteSizeLong() == 0) {
    return context.Fail(kUnusable,
                        "say something of the record: --name, --phone, --birth-date … or --record");
  }
  request.set_max_candidates(arguments.limit);
  request.set_min_probability(arguments.min_probability);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&v1::IdentityService::Stub::Match>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (response->candidates().empty()) context.set_exit_code(kRefused);
  if (arguments.json) return context.PrintJson(*response);
  if (response->candidates().empty()) {
    return context.Print("nobody that is known could be this one\n");
  }
  const Terminal terminal = context.Out();
  Table table({{"Customer", Table::Align::kLeft, false},
               {"Probability", Table::Align::kRight, false},
               {"Would be"},
               {"Record"},
               {"Decided by"},
               {"Agree on"}});
  for (const v1::MatchCandidate& candidate : response->candidates()) {
    const v1::PairExplanation& pair = candidate.explanation();
    table.AddRow({{candidate.customer_id()},
                  {ProbabilityText(pair.probability()), Emphasis::kStrong},
                  {DecisionText(pair.decision())},
                  {ReferenceText(pair.second_record())},
                  {EnumText(*v1::MatchRule_descriptor(), pair.rule())},
                  {AgreementText(pair), Emphasis::kWeak}});
  }
  context.Print(table.Render(terminal, 0));
  if (!arguments.explain) return;
  for (const v1::MatchCandidate& candidate : response->candidates()) {
    context.Print(absl::StrCat("\n", PairText(candidate.explanation(), terminal)));
  }
}

struct PairArguments {
  std::string first;
  std::string second;
  bool json = false;
};

void RunExplain(const PairArguments& arguments, Context& context) {
  v1::ExplainRequest request;
  if (!ReadCustomer(arguments.first, context, *request.mutable_first())) return;
  if (!arguments.second.empty() &&
      !ReadCustomer(arguments.second, context, *request.mutable_second())) {
    return;
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&v1::IdentityService::Stub::Explain>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(*response);
  context.Print(ExplanationText(*response, context.Out()));
}

void RunPreview(const PairArguments& arguments, Context& context) {
  v1::PreviewMergeRequest request;
  if (!ReadCustomer(arguments.first, context, *request.mutable_into_customer()) ||
      !ReadCustomer(arguments.second, context, *request.mutable_from_customer())) {
    return;
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&v1::IdentityService::Stub::PreviewMerge>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (!response->obstacles().empty()) context.set_exit_code(kRefused);
  if (arguments.json) return context.PrintJson(*response);
  context.Print(PreviewText(*response, context.Out()));
}

void AddMatchCommand(CLI::App& identity, Context& context) {
  auto arguments = std::make_shared<MatchArguments>();
  CLI::App* match = identity.add_subcommand(
      "match", "Who could a record be that is not stored? Nothing is written");
  match->add_option("--name", arguments->name, "Full name")->type_name("TEXT");
  match->add_option("--given-name", arguments->given_name, "Given name")->type_name("TEXT");
  match->add_option("--family-name", arguments->family_name, "Family name")->type_name("TEXT");
  match->add_option("--birth-date", arguments->birth_date, "Date of birth")
      ->type_name("YYYY-MM-DD");
  match->add_option("--gender", arguments->gender, "Gender, as a source would write it")
      ->type_name("TEXT");
  const auto add_list = [match](const char* name, std::vector<std::string>& values,
                                const char* help, const char* type) {
    match->add_option(name, values, help)
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  add_list("--phone", arguments->phones, "Telephone number; may be repeated", "NUMBER");
  add_list("--email", arguments->emails, "E-mail address; may be repeated", "ADDRESS");
  add_list("--document", arguments->documents,
           "Number of an identity document or company registration; may be repeated", "NUMBER");
  match->add_option("--address", arguments->address, "Postal address, on one line")
      ->type_name("TEXT");
  match->add_option("--postal-code", arguments->postal_code, "Postal code")->type_name("CODE");
  match->add_option("--city", arguments->city, "Town")->type_name("TEXT");
  match->add_option("--state", arguments->state, "State or province")->type_name("TEXT");
  match->add_flag("--organization", arguments->organization, "It is an organization");
  match
      ->add_option("--key", arguments->key,
                   "The source system's key of a stored record, to be compared as if it said "
                   "this: crm/C42")
      ->type_name("SYSTEM/KEY");
  match
      ->add_option("--record", arguments->record,
                   "A yilan.v1.SourceRecord as JSON; @FILE or @- to read it from there")
      ->type_name("JSON");
  match->add_option("--limit", arguments->limit, "At most so many customers")
      ->check(CLI::Range(1, 100))
      ->capture_default_str()
      ->type_name("N");
  match
      ->add_option("--min-probability", arguments->min_probability,
                   "Only those as probable, 0 to 1; by default what goes to review")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  match->add_flag("--explain", arguments->explain, "Also how each probability comes about");
  match->add_flag("--json", arguments->json, "As JSON, for scripts; always with all explanations");
  match->footer("Example: yilan identity match --name 王小明 --phone 13800138000 --explain");
  match->callback([arguments, &context] { RunMatch(*arguments, context); });
}

}  // namespace

void AddIdentityExplainCommands(CLI::App& identity, Context& context) {
  AddMatchCommand(identity, context);

  auto arguments = std::make_shared<PairArguments>();
  CLI::App* explain = identity.add_subcommand(
      "explain", "Why are two records or customers one, or not; how did a customer come to be");
  explain
      ->add_option("first", arguments->first,
                   absl::StrCat(kCustomerHelp, ". A source system's key names one record"))
      ->required()
      ->type_name("FIRST");
  explain
      ->add_option("second", arguments->second,
                   "The other one; without it, what holds the first together")
      ->type_name("SECOND");
  explain->add_flag("--json", arguments->json, "As JSON, for scripts");
  explain->footer(
      "Examples: yilan identity explain crm/C42 billing/7\n"
      "          yilan identity explain msisdn:13800138000");
  explain->callback([arguments, &context] { RunExplain(*arguments, context); });

  CLI::App* preview = identity.add_subcommand(
      "preview-merge", "What would change if two customers were merged; nothing is written");
  preview->add_option("into", arguments->first, absl::StrCat("Whose id stays. ", kCustomerHelp))
      ->required()
      ->type_name("INTO");
  preview->add_option("from", arguments->second, "Who would be taken into it")
      ->required()
      ->type_name("FROM");
  preview->add_flag("--json", arguments->json, "As JSON, for scripts");
  preview->footer(
      "Ends with code 1 if something stands against the merge.\n"
      "Example: yilan identity preview-merge crm/C42 billing/7");
  preview->callback([arguments, &context] { RunPreview(*arguments, context); });
}

}  // namespace yilan::cli
