// `yilan identity pairs` and `links`: what was decided about all records, to be scored against
// labels of one's own.
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "clients/cli/csv_output.h"
#include "clients/cli/identity_command.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::cli {
namespace {

struct LinksArguments {
  double min_probability = 0.5;
  std::string output;
};

// "verified_document" for MATCH_RULE_VERIFIED_DOCUMENT; the number of one that is newer than this
// program.
std::string RuleText(int rule) {
  const auto* value = v1::MatchRule_descriptor()->FindValueByNumber(rule);
  if (value == nullptr) return absl::StrCat(rule);
  return absl::AsciiStrToLower(absl::StripPrefix(value->name(), "MATCH_RULE_"));
}

// The end of a stream of rows: how it ended, and whether all is written.
void Finish(const client::Status& status, CsvOutput& csv, Context& context) {
  if (!csv.error().empty()) return context.Fail(kUnusable, csv.error());
  if (!status.ok()) return context.Fail(status);
  if (!csv.Finish()) context.Fail(kUnusable, csv.error());
}

void RunPairs(const LinksArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  CsvOutput csv(arguments.output);
  csv.Row({"source_a", "key_a", "source_b", "key_b", "probability", "rule"});
  v1::StreamPairsRequest request;
  request.set_min_probability(arguments.min_probability);
  const client::Status status = client->ReadStream<&v1::IdentityService::Stub::StreamPairs>(
      request, [&](const v1::StreamPairsResponse& part) {
        bool written = csv.error().empty();
        for (const v1::IdentityPair& pair : part.pairs()) {
          const v1::SubjectReference& a = pair.first_record();
          const v1::SubjectReference& b = pair.second_record();
          written =
              written &&
              csv.Row({a.source_system(), a.customer_key(), b.source_system(), b.customer_key(),
                       absl::StrFormat("%.9f", pair.probability()), RuleText(pair.rule())});
        }
        return written;
      });
  Finish(status, csv, context);
}

void RunLinks(const LinksArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  CsvOutput csv(arguments.output);
  csv.Row({"source", "key", "customer_id"});
  const client::Status status = client->ReadStream<&v1::IdentityService::Stub::StreamLinks>(
      v1::StreamLinksRequest(), [&](const v1::StreamLinksResponse& part) {
        bool written = csv.error().empty();
        for (const v1::IdentityLink& link : part.links()) {
          written = written && csv.Row({link.record().source_system(), link.record().customer_key(),
                                        link.customer_id()});
        }
        return written;
      });
  Finish(status, csv, context);
}

void AddOutput(CLI::App& command, LinksArguments& arguments) {
  command
      .add_option("-o,--output", arguments.output,
                  "Write here, once all was read; standard output by default")
      ->type_name("FILE");
}

}  // namespace

void AddIdentityLinksCommands(CLI::App& identity, Context& context) {
  auto arguments = std::make_shared<LinksArguments>();
  CLI::App* pairs = identity.add_subcommand(
      "pairs",
      "All pairs of source records that are alike, as CSV:\n"
      "source_a,key_a,source_b,key_b,probability,rule. Each pair is there once.");
  pairs
      ->add_option("--min-probability", arguments->min_probability,
                   "Leave out those below; none is kept below the model's threshold of review")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("P");
  AddOutput(*pairs, *arguments);
  pairs->callback([arguments, &context] { RunPairs(*arguments, context); });

  CLI::App* links = identity.add_subcommand(
      "links", "Whose customer each source record is, as CSV: source,key,customer_id");
  AddOutput(*links, *arguments);
  links->callback([arguments, &context] { RunLinks(*arguments, context); });
}

}  // namespace yilan::cli
