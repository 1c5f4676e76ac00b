// `yilan identity review` and `suspects`: what a steward is to look at.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clients/cli/field_text.h"
#include "clients/cli/identity_command.h"
#include "clients/cli/table.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::cli {
namespace {

using Stub = v1::IdentityService::Stub;

constexpr int kPage = 1000;

struct ReviewArguments {
  v1::ReviewFilter filter = v1::REVIEW_FILTER_UNSPECIFIED;
  std::string candidate;
  std::string steward;
  std::string duration;
  bool give_back = false;
  v1::ReviewDecision decision = v1::REVIEW_DECISION_UNSPECIFIED;
  std::string note;
  int limit = 50;
  bool check = false;
  bool json = false;
};

// "crm/C1".
std::string NameText(const v1::SubjectReference& record) {
  return absl::StrCat(
      record.source_system(), "/",
      record.has_billing_account_key() ? record.billing_account_key() : record.customer_key());
}

void RunList(const ReviewArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::ListReviewCandidatesRequest request;
  request.set_filter(arguments.filter);
  request.set_steward(arguments.steward);
  v1::ListReviewCandidatesResponse all;
  while (all.candidates_size() < arguments.limit) {
    request.set_page_size(std::min(arguments.limit - all.candidates_size(), kPage));
    const auto response = client->Call<&Stub::ListReviewCandidates>(request);
    if (!response.ok()) return context.Fail(response.status());
    request.set_page_token(response->next_page_token());
    all.clear_next_page_token();
    all.MergeFrom(*response);
    if (response->next_page_token().empty()) break;
  }
  if (arguments.json) return context.PrintJson(all);
  if (all.candidates().empty()) return context.Print("nothing waits for a steward\n");
  const Terminal terminal = context.Out();
  Table table({{"Probability", Table::Align::kRight, false},
               {"Record"},
               {"Customer", Table::Align::kLeft, false},
               {"Record"},
               {"Customer", Table::Align::kLeft, false},
               {"Rule"},
               {"Since", Table::Align::kLeft, false},
               {"Taken on by"},
               {"Until", Table::Align::kLeft, false},
               {"Candidate", Table::Align::kLeft, false}});
  for (const v1::ReviewCandidate& candidate : all.candidates()) {
    table.AddRow({{absl::StrFormat("%.4f", candidate.probability())},
                  {NameText(candidate.first_record()), Emphasis::kStrong},
                  {candidate.first_customer_id()},
                  {NameText(candidate.second_record()), Emphasis::kStrong},
                  {candidate.second_customer_id()},
                  {EnumText(*v1::MatchRule_descriptor(), candidate.rule())},
                  {TimeText(candidate.waiting_since_time(), terminal.zone)},
                  {candidate.claimed_by()},
                  {TimeText(candidate.due_time(), terminal.zone)},
                  {candidate.candidate_id()}});
  }
  context.Print(table.Render(terminal, 0));
  if (!all.next_page_token().empty()) {
    context.Print(absl::StrCat("… and more: --limit ", arguments.limit * 4, "\n"));
  }
}

void RunClaim(const ReviewArguments& arguments, Context& context) {
  v1::ClaimCandidateRequest request;
  request.set_candidate_id(arguments.candidate);
  request.set_steward(arguments.steward);
  request.set_validate_only(arguments.check);
  if (arguments.give_back) {
    request.mutable_duration();
  } else if (!arguments.duration.empty()) {
    absl::Duration duration;
    if (!absl::ParseDuration(arguments.duration, &duration) || duration <= absl::ZeroDuration() ||
        duration == absl::InfiniteDuration()) {
      return context.Fail(
          kUnusable, absl::StrCat("`", arguments.duration, "` is no time; state it as 90m or 12h"));
    }
    request.mutable_duration()->set_seconds(absl::ToInt64Seconds(duration));
  }
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&Stub::ClaimCandidate>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  const v1::ReviewCandidate& candidate = response->candidate();
  if (arguments.json) return context.PrintJson(candidate);
  context.Print(candidate.claimed_by().empty()
                    ? std::string("given back\n")
                    : absl::StrCat(arguments.check ? "could be taken on by " : "taken on by ",
                                   candidate.claimed_by(), " until ",
                                   TimeText(candidate.due_time(), context.Out().zone), "\n"));
}

void RunResolve(const ReviewArguments& arguments, Context& context) {
  if (arguments.decision == v1::REVIEW_DECISION_UNSPECIFIED) {
    return context.Fail(kUnusable, "say what they are: --merge or --not-duplicate");
  }
  v1::ResolveCandidateRequest request;
  request.set_candidate_id(arguments.candidate);
  request.set_steward(arguments.steward);
  request.set_decision(arguments.decision);
  request.set_note(arguments.note);
  request.set_validate_only(arguments.check);
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  const auto response = client->Call<&Stub::ResolveCandidate>(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(*response);
  if (arguments.check) return context.Print("that can be done; nothing was written\n");
  context.Print(arguments.decision == v1::REVIEW_DECISION_MERGE
                    ? absl::StrCat("customer ", response->customer_id(), " has both now, by event ",
                                   response->event_id(), "\n")
                    : absl::StrCat("they stay apart, by event ", response->event_id(), "\n"));
}

void RunSuspects(const ReviewArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  v1::ListSuspectsRequest request;
  v1::ListSuspectsResponse all;
  while (all.suspects_size() < arguments.limit) {
    request.set_page_size(std::min(arguments.limit - all.suspects_size(), kPage));
    const auto response = client->Call<&Stub::ListSuspects>(request);
    if (!response.ok()) return context.Fail(response.status());
    request.set_page_token(response->next_page_token());
    all.clear_next_page_token();
    all.MergeFrom(*response);
    if (response->next_page_token().empty()) break;
  }
  if (arguments.json) return context.PrintJson(all);
  if (all.suspects().empty()) return context.Print("nothing is shared by too many\n");
  const Terminal terminal = context.Out();
  Table table({{"Shared"},
               {"Records", Table::Align::kRight},
               {"At most", Table::Align::kRight},
               {"Since", Table::Align::kLeft, false},
               {"Some of them"}});
  for (const v1::IdentitySuspect& suspect : all.suspects()) {
    std::vector<std::string> examples;
    for (const v1::SubjectReference& example : suspect.examples()) {
      examples.push_back(NameText(example));
    }
    table.AddRow({{EnumText(*v1::BlockingRule_descriptor(), suspect.blocking_rule())},
                  {absl::StrCat(suspect.source_records()), Emphasis::kWarning},
                  {absl::StrCat(suspect.cap())},
                  {TimeText(suspect.since_time(), terminal.zone)},
                  {absl::StrJoin(examples, ", ")}});
  }
  context.Print(table.Render(terminal, 0));
  if (!all.next_page_token().empty()) {
    context.Print(absl::StrCat("… and more: --limit ", arguments.limit * 4, "\n"));
  }
}

void AddLimit(CLI::App& command, ReviewArguments& arguments) {
  command.add_option("--limit", arguments.limit, "At most so many")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
}

void AddSteward(CLI::App& command, ReviewArguments& arguments) {
  command
      .add_option("--steward", arguments.steward,
                  "Account name of the steward; who calls, if it is not stated")
      ->type_name("NAME");
}

void AddCandidate(CLI::App& command, ReviewArguments& arguments) {
  command.add_option("candidate", arguments.candidate, "Its id, as `review list` shows it")
      ->required()
      ->type_name("CANDIDATE");
  AddSteward(command, arguments);
  command.add_flag("--check", arguments.check, "Check only, write nothing");
  command.add_flag("--json", arguments.json, "As JSON, for scripts");
}

}  // namespace

void AddIdentityReviewCommands(CLI::App& identity, Context& context) {
  auto arguments = std::make_shared<ReviewArguments>();
  CLI::App* review = identity.add_subcommand(
      "review", "Pairs of records that may be one customer: list, take on, decide");
  review->require_subcommand(1);

  CLI::App* list = review->add_subcommand("list", "List those that wait, the most probable first");
  CLI::Option* unclaimed = list->add_flag_callback(
      "--unclaimed", [arguments] { arguments->filter = v1::REVIEW_FILTER_UNCLAIMED; },
      "Only those that nobody has taken on");
  list->add_flag_callback(
          "--mine", [arguments] { arguments->filter = v1::REVIEW_FILTER_MINE; },
          "Only those that the steward has taken on")
      ->excludes(unclaimed);
  AddSteward(*list, *arguments);
  AddLimit(*list, *arguments);
  list->add_flag("--json", arguments->json, "As JSON, for scripts");
  list->callback([arguments, &context] { RunList(*arguments, context); });

  CLI::App* claim =
      review->add_subcommand("claim", "Take one on, so that nobody else works on it meanwhile");
  AddCandidate(*claim, *arguments);
  CLI::Option* duration =
      claim->add_option("--for", arguments->duration, "How long, as 90m or 12h; a day by default")
          ->type_name("TIME");
  claim->add_flag("--give-back", arguments->give_back, "Give it back instead")->excludes(duration);
  claim->callback([arguments, &context] { RunClaim(*arguments, context); });

  CLI::App* resolve = review->add_subcommand("resolve", "Decide about one, for good");
  AddCandidate(*resolve, *arguments);
  CLI::Option* merge = resolve->add_flag_callback(
      "--merge", [arguments] { arguments->decision = v1::REVIEW_DECISION_MERGE; },
      "They are one party: merge their customers");
  resolve
      ->add_flag_callback(
          "--not-duplicate",
          [arguments] { arguments->decision = v1::REVIEW_DECISION_NOT_DUPLICATE; },
          "They are two: keep their customers apart")
      ->excludes(merge);
  resolve
      ->add_option("--note", arguments->note, "Why, for the ledger; no personal data in it, please")
      ->type_name("TEXT");
  resolve->callback([arguments, &context] { RunResolve(*arguments, context); });

  CLI::App* suspects = identity.add_subcommand(
      "suspects", "What too many source records share to tell anybody apart");
  AddLimit(*suspects, *arguments);
  suspects->add_flag("--json", arguments->json, "As JSON, for scripts");
  suspects->callback([arguments, &context] { RunSuspects(*arguments, context); });
}

}  // namespace yilan::cli
