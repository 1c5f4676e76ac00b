#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/commands.h"
#include "clients/cli/field_text.h"
#include "clients/cli/table.h"
#include "clients/text/currency.h"
#include "yilan/v1/quality_service.grpc.pb.h"

namespace yilan::cli {
namespace {

struct QualityArguments {
  std::string source;
  std::string type;
  bool refresh = false;
  bool json = false;
  bool csv = false;
};

// "98.7 %", never 100 % where something is missing.
std::string Percent(bool known, double share) {
  if (!known) return "";
  if (share >= 1) return "100 %";
  return absl::StrFormat("%.1f %%", std::min(std::floor(share * 1000) / 10, 99.9));
}

Emphasis EmphasisOf(bool known, double share) {
  return known && share < 0.9 ? Emphasis::kWarning : Emphasis::kNone;
}

// "3 d", "45 s", "2.5 years": as much as one wants to know of how late data is.
std::string DurationText(const google::protobuf::Duration& duration) {
  const double seconds =
      static_cast<double>(duration.seconds()) + static_cast<double>(duration.nanos()) / 1e9;
  if (seconds < 1) return absl::StrFormat("%.0f ms", seconds * 1000);
  if (seconds < 120) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 7200) return absl::StrFormat("%.0f min", seconds / 60);
  if (seconds < 172800) return absl::StrFormat("%.0f h", seconds / 3600);
  if (seconds < 730 * 86400.0) return absl::StrFormat("%.0f d", seconds / 86400);
  return absl::StrFormat("%.1f years", seconds / (365.25 * 86400));
}

bool IsWanted(const QualityArguments& arguments, const std::string& source,
              const std::string& type) {
  return (arguments.source.empty() || arguments.source == source) &&
         (arguments.type.empty() || arguments.type == type);
}

template <typename Visit>
void ForEachFacts(const v1::QualityScorecard& scorecard, const QualityArguments& arguments,
                  Visit visit) {
  for (const v1::SourceQuality& source : scorecard.sources()) {
    for (const v1::FactQuality& facts : source.facts()) {
      if (IsWanted(arguments, source.source_system(), facts.fact_type())) {
        visit(source.source_system(), facts);
      }
    }
  }
}

void PrintTables(const v1::QualityScorecard& scorecard, const QualityArguments& arguments,
                 Context& context) {
  const Terminal terminal = context.Out();
  context.Print(absl::StrCat("As of ", TimeText(scorecard.computed_time(), terminal.zone), ": ",
                             FormatCount(scorecard.customers()), " customers, ",
                             FormatCount(scorecard.facts()), " facts looked at in ",
                             DurationText(scorecard.scan_time()), "\n\n"));
  Table fields({{"Source"},
                {"Fact"},
                {"Field"},
                {"Expected", Table::Align::kRight},
                {"Complete", Table::Align::kRight},
                {"Valid", Table::Align::kRight},
                {"Unique", Table::Align::kRight}});
  Table times({{"Source"},
               {"Fact"},
               {"Facts", Table::Align::kRight},
               {"Reaches to", Table::Align::kLeft, false},
               {"Lag: half", Table::Align::kRight},
               {"99 %", Table::Align::kRight},
               {"Age: half", Table::Align::kRight},
               {"90 %", Table::Align::kRight}});
  ForEachFacts(scorecard, arguments, [&](const std::string& source, const v1::FactQuality& facts) {
    for (const v1::FieldQuality& field : facts.fields()) {
      fields.AddRow({{source},
                     {Words(facts.fact_type())},
                     {field.field(), Emphasis::kStrong},
                     {FormatCount(field.expected())},
                     {Percent(field.has_completeness(), field.completeness())},
                     {Percent(field.has_validity(), field.validity()),
                      EmphasisOf(field.has_validity(), field.validity())},
                     {Percent(field.has_uniqueness(), field.uniqueness()),
                      EmphasisOf(field.has_uniqueness(), field.uniqueness())}});
    }
    const v1::Timeliness& time = facts.timeliness();
    times.AddRow({{source},
                  {Words(facts.fact_type())},
                  {FormatCount(facts.facts())},
                  {TimeText(time.watermark_time(), terminal.zone)},
                  {DurationText(time.lag().p50())},
                  {DurationText(time.lag().p99())},
                  {DurationText(time.age().p50())},
                  {DurationText(time.age().p90())}});
  });
  if (times.empty()) return context.Print("no facts of this source and kind were looked at\n");
  context.Print(fields.Render(terminal, 0));
  context.Print("\n");
  context.Print(times.Render(terminal, 0));
  if (scorecard.identifier_sampling() > 1) {
    context.Print(absl::StrCat("\nUniqueness: of one identifier in ",
                               scorecard.identifier_sampling(), ", chosen by chance.\n"));
  }
}

std::string Share(bool known, double share) {
  return known ? absl::StrFormat("%.6f", share) : std::string();
}

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + static_cast<double>(duration.nanos()) / 1e9;
}

// One line for each field, with the timeliness of its facts. No value needs quotes: names of
// systems and fields have none of the characters that would.
void PrintCsv(const v1::QualityScorecard& scorecard, const QualityArguments& arguments,
              Context& context) {
  std::string text =
      "source_system,fact_type,field,expected,stated,completeness,checked,valid,validity,distinct,"
      "unique,uniqueness,facts,watermark_time,lag_p50_s,lag_p99_s,age_p50_s,age_p90_s\n";
  ForEachFacts(scorecard, arguments, [&](const std::string& source, const v1::FactQuality& facts) {
    const v1::Timeliness& time = facts.timeliness();
    const std::string end = absl::StrFormat(
        "%d,%s,%.6f,%.6f,%.6f,%.6f\n", facts.facts(),
        time.has_watermark_time()
            ? absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                               absl::FromUnixSeconds(time.watermark_time().seconds()),
                               absl::UTCTimeZone())
            : "",
        Seconds(time.lag().p50()), Seconds(time.lag().p99()), Seconds(time.age().p50()),
        Seconds(time.age().p90()));
    for (const v1::FieldQuality& field : facts.fields()) {
      absl::StrAppend(&text, source, ",", facts.fact_type(), ",", field.field(), ",",
                      field.expected(), ",", field.stated(), ",",
                      Share(field.has_completeness(), field.completeness()), ",", field.checked(),
                      ",", field.valid(), ",", Share(field.has_validity(), field.validity()), ",",
                      field.distinct(), ",", field.unique(), ",",
                      Share(field.has_uniqueness(), field.uniqueness()), ",", end);
    }
  });
  context.Print(text);
}

// Asks for a new scorecard and waits for it; false when it did not come, which was reported.
bool Refresh(client::Client& client, Context& context) {
  const auto began = client.Call<&v1::QualityService::Stub::ComputeQualityScorecard>({});
  if (!began.ok()) {
    context.Fail(began.status());
    return false;
  }
  const std::string id = began->quality_computation().computation_id();
  absl::Duration pause = absl::Milliseconds(20);
  while (true) {
    const auto read = client.Call<&v1::QualityService::Stub::GetQualityScorecard>({});
    if (!read.ok()) {
      context.Fail(read.status());
      return false;
    }
    const v1::QualityComputation& computation = read->quality_computation();
    const bool ours = computation.computation_id() == id;
    if (ours && computation.state() == v1::QUALITY_COMPUTATION_STATE_DONE) return true;
    if (!ours || computation.state() != v1::QUALITY_COMPUTATION_STATE_RUNNING) {
      context.Fail(kRefused, computation.error().empty()
                                 ? "the computation was given up: its server ended; ask again"
                                 : absl::StrCat("the computation failed: ", computation.error()));
      return false;
    }
    // The server has no call that waits for its computation; the pauses grow to a second.
    absl::SleepFor(pause);
    pause = std::min(pause * 2, absl::Seconds(1));
  }
}

void RunQuality(const QualityArguments& arguments, Context& context) {
  client::Client* client = context.Connect();
  if (client == nullptr) return;
  if (arguments.refresh && !Refresh(*client, context)) return;
  const auto response = client->Call<&v1::QualityService::Stub::GetQualityScorecard>({});
  if (!response.ok()) return context.Fail(response.status());
  if (arguments.json) return context.PrintJson(*response);
  const v1::QualityComputation& computation = response->quality_computation();
  if (!response->has_quality_scorecard()) {
    if (computation.state() != v1::QUALITY_COMPUTATION_STATE_RUNNING) {
      return context.Fail(kRefused,
                          "no scorecard was computed yet: yilan quality --refresh computes one");
    }
    return context.Fail(
        kRefused, absl::StrCat("the first scorecard is being computed: ",
                               FormatCount(computation.customers_done()), " customers of about ",
                               FormatCount(computation.customers_total()), " are done"));
  }
  if (arguments.csv) return PrintCsv(response->quality_scorecard(), arguments, context);
  PrintTables(response->quality_scorecard(), arguments, context);
}

}  // namespace

void AddQualityCommand(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<QualityArguments>();
  CLI::App* command = app.add_subcommand(
      "quality", "How complete, valid, unique and timely the data of each source is");
  command->add_flag("--refresh", arguments->refresh,
                    "Compute a new scorecard first, and wait for it; a third of one core of the "
                    "server is busy with it, for minutes where there are millions of customers");
  command->add_option("--source", arguments->source, "Only this source system")->type_name("NAME");
  command->add_option("--type", arguments->type, "Only this kind of fact: source_record …")
      ->type_name("NAME");
  CLI::Option* json = command->add_flag("--json", arguments->json,
                                        "As JSON, for scripts; with the state of the computation");
  command->add_flag("--csv", arguments->csv, "As CSV, one line for each field")->excludes(json);
  command->callback([arguments, &context] { RunQuality(*arguments, context); });
}

}  // namespace yilan::cli
