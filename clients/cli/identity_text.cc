#include "clients/cli/identity_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/field_text.h"
#include "clients/cli/table.h"
#include "clients/cli/view_text.h"
#include "clients/text/currency.h"
#include "clients/text/utf8.h"

namespace yilan::cli {
namespace {

constexpr int kMostNames = 4;

std::string NamesOf(const google::protobuf::RepeatedPtrField<v1::SubjectReference>& subjects) {
  std::vector<std::string> names;
  for (int i = 0; i < std::min(subjects.size(), kMostNames); ++i) {
    names.push_back(ReferenceText(subjects[i]));
  }
  if (subjects.size() > kMostNames) {
    names.push_back(absl::StrCat("and ", subjects.size() - kMostNames, " more"));
  }
  return absl::StrJoin(names, ", ");
}

std::string WhyText(const v1::IdentityEvent& event) {
  if (event.by_steward()) {
    return absl::StrCat("a steward decided", event.note().empty() ? "" : ": ", event.note());
  }
  if (!event.has_first_subject()) return "nothing holds them together any more";
  std::string why = absl::StrCat(ReferenceText(event.first_subject()), " and ",
                                 ReferenceText(event.second_subject()), ": ",
                                 EnumText(*v1::MatchRule_descriptor(), event.rule()));
  if (event.probability() > 0) {
    absl::StrAppend(&why, ", ", ProbabilityText(event.probability()));
  }
  return why;
}

std::string Signed(double bits) { return absl::StrFormat("%+.2f", bits); }

std::string Fraction(double part) {
  if (part == 0) return "";
  return part < 0.001 ? absl::StrFormat("%.1e", part) : absl::StrFormat("%.3f", part);
}

std::string FieldName(v1::MatchField field) {
  return EnumText(*v1::MatchField_descriptor(), field);
}

std::string LevelName(v1::MatchLevel level) {
  return level == v1::MATCH_LEVEL_UNSPECIFIED ? "not stated"
                                              : EnumText(*v1::MatchLevel_descriptor(), level);
}

std::string BlocksText(const google::protobuf::RepeatedField<int>& rules) {
  std::vector<std::string> names;
  for (const int rule : rules) names.push_back(EnumText(*v1::BlockingRule_descriptor(), rule));
  return absl::StrJoin(names, ", ");
}

std::string CounterfactualText(const v1::PairExplanation& pair) {
  const v1::Counterfactual& found = pair.counterfactual();
  std::vector<std::string> changes;
  if (found.documents_change()) changes.push_back("without their verified documents");
  for (const v1::EvidenceChange& change : found.changes()) {
    changes.push_back(absl::StrCat(FieldName(change.field()), " ", LevelName(change.to_level()),
                                   " instead of ", LevelName(change.from_level())));
  }
  const bool joined = pair.decision() == v1::MATCH_DECISION_JOIN;
  if (joined == (found.decision() == v1::MATCH_DECISION_JOIN)) {
    return absl::StrCat("No change of three fields would ", joined ? "part" : "join", " them.");
  }
  return absl::StrCat(joined ? "They would not be joined with " : "They would be joined with ",
                      absl::StrJoin(changes, ", "), ": ", ProbabilityText(found.probability()),
                      ".");
}

// The sum, line by line.
std::string WeightsText(const v1::PairExplanation& pair, const Terminal& terminal) {
  constexpr auto kRight = Table::Align::kRight;
  Table table({{"Field"},
               {"Agree"},
               {"First"},
               {"Second"},
               {"m", kRight},
               {"u", kRight},
               {"Weight", kRight, false},
               {"Frequency", kRight},
               {"Adds", kRight, false}});
  table.AddRow({{"prior", Emphasis::kWeak}, {}, {}, {}, {}, {}, {Signed(pair.prior_weight())}});
  for (const v1::FieldExplanation& field : pair.fields()) {
    table.AddRow({{FieldName(field.field()), Emphasis::kStrong},
                  {LevelName(field.level())},
                  {field.first_value()},
                  {field.second_value()},
                  {Fraction(field.m()), Emphasis::kWeak},
                  {Fraction(field.u()), Emphasis::kWeak},
                  {Signed(field.weight()), field.weight() < 0 ? Emphasis::kBad : Emphasis::kGood},
                  {Fraction(field.term_frequency()), Emphasis::kWeak},
                  {field.term_frequency() > 0 ? Signed(field.term_weight()) : ""}});
  }
  if (pair.look_alike_weight() != 0) {
    table.AddRow(
        {{absl::StrCat("look-alikes: ", EnumText(*v1::LookAlike_descriptor(), pair.look_alike())),
          Emphasis::kWeak},
         {},
         {},
         {},
         {},
         {},
         {Signed(pair.look_alike_weight())}});
  }
  table.AddRow({{"sum, in bits", Emphasis::kWeak}, {}, {}, {}, {}, {}, {Signed(pair.sum())}});
  return table.Render(terminal, 2);
}

std::string PairTitle(const v1::PairExplanation& pair) {
  std::string first = "The record";
  if (pair.has_first_record()) first = ReferenceText(pair.first_record());
  return absl::StrCat(first, " and ", ReferenceText(pair.second_record()));
}

std::string ObstacleText(int obstacle) {
  switch (obstacle) {
    case v1::JOIN_OBSTACLE_SEPARATED:
      return "a steward decided that they are different (history says who and when)";
    case v1::JOIN_OBSTACLE_DIFFERENT_DOCUMENTS:
      return "each has a verified identity document that the other has not";
    case v1::JOIN_OBSTACLE_TOO_LARGE:
      return "together they would have more subjects than a customer may have";
    case v1::JOIN_OBSTACLE_CLAIMED_BY_ANOTHER:
      return "one is named by sources only, and goes with another that is named for it";
    default:
      return absl::StrCat("obstacle ", obstacle);
  }
}

void AddObstacles(const google::protobuf::RepeatedField<int>& obstacles, const Terminal& terminal,
                  std::string& text) {
  for (const int obstacle : obstacles) {
    absl::StrAppend(
        &text,
        terminal.Emphasized(absl::StrCat("Kept apart: ", ObstacleText(obstacle)), Emphasis::kBad),
        "\n");
  }
}

// One line of figures: the same of all three.
void AddFigures(const std::string& name, const std::string& into, const std::string& from,
                const std::string& merged, Table& table) {
  table.AddRow({{name}, {into}, {from}, {merged, Emphasis::kStrong}});
}

int64_t CountOf(const v1::CustomerTotals& totals, const std::string& fact_type) {
  for (const v1::FactCount& count : totals.fact_counts()) {
    if (count.fact_type() == fact_type) return count.count();
  }
  return 0;
}

std::string BalanceOf(const v1::CustomerTotals& totals, const std::string& currency, bool overdue) {
  for (const v1::BalanceTotal& balance : totals.balances()) {
    if (balance.balance_due().currency_code() != currency) continue;
    const v1::Money& money = overdue ? balance.overdue() : balance.balance_due();
    return FormatMoney(money.minor_units(), currency);
  }
  return FormatMoney(0, currency);
}

std::string TotalsText(const v1::PreviewMergeResponse& preview, const Terminal& terminal) {
  constexpr auto kRight = Table::Align::kRight;
  const v1::CustomerTotals& into = preview.into_totals();
  const v1::CustomerTotals& from = preview.from_totals();
  const v1::CustomerTotals& merged = preview.merged_totals();
  Table table({{"Figures"}, {"Now", kRight}, {"Of the other", kRight}, {"Merged", kRight}});
  for (const v1::BalanceTotal& balance : merged.balances()) {
    const std::string& currency = balance.balance_due().currency_code();
    for (const bool overdue : {false, true}) {
      AddFigures(overdue ? "of it overdue" : "balance due", BalanceOf(into, currency, overdue),
                 BalanceOf(from, currency, overdue), BalanceOf(merged, currency, overdue), table);
    }
  }
  const auto add_count = [&](const std::string& name, auto count) {
    if (count(merged) == 0) return;
    AddFigures(name, FormatCount(count(into)), FormatCount(count(from)), FormatCount(count(merged)),
               table);
  };
  using Totals = v1::CustomerTotals;
  add_count("open trouble tickets", [](const Totals& t) { return t.open_trouble_tickets(); });
  add_count("open service problems", [](const Totals& t) { return t.open_service_problems(); });
  add_count("active products", [](const Totals& t) { return t.active_products(); });
  for (const v1::FactCount& kind : merged.fact_counts()) {
    add_count(absl::StrCat(Words(kind.fact_type()), "s"),
              [&](const Totals& t) { return CountOf(t, kind.fact_type()); });
  }
  return table.Render(terminal, 0);
}

}  // namespace

std::string DecisionText(v1::MatchDecision decision) {
  switch (decision) {
    case v1::MATCH_DECISION_JOIN:
      return "joined";
    case v1::MATCH_DECISION_REVIEW:
      return "left to a steward";
    case v1::MATCH_DECISION_DIFFERENT:
      return "kept as two";
    default:
      return "";
  }
}

std::string AgreementText(const v1::PairExplanation& pair) {
  std::vector<std::string> fields;
  for (const v1::FieldExplanation& field : pair.fields()) {
    if (field.level() == v1::MATCH_LEVEL_DIFFERENT) continue;
    fields.push_back(
        field.level() == v1::MATCH_LEVEL_EXACT
            ? FieldName(field.field())
            : absl::StrCat(FieldName(field.field()), " (", LevelName(field.level()), ")"));
  }
  return absl::StrJoin(fields, ", ");
}

std::string PairText(const v1::PairExplanation& pair, const Terminal& terminal) {
  std::string text =
      absl::StrCat(terminal.Emphasized(Printable(PairTitle(pair)), Emphasis::kStrong), ": ",
                   ProbabilityText(pair.probability()), ", ", DecisionText(pair.decision()),
                   "; decided by ", EnumText(*v1::MatchRule_descriptor(), pair.rule()), " (model ",
                   Printable(pair.model_version()), ")\n");
  if (pair.steward_merge()) absl::StrAppend(&text, "  A steward says that they are one.\n");
  if (pair.stated_reference()) absl::StrAppend(&text, "  A source states that they are one.\n");
  if (pair.fields().empty()) {
    absl::StrAppend(&text,
                    "  There is nothing to compare: one of them has no source record, or "
                    "they state no field in common.\n");
    return text;
  }
  absl::StrAppend(&text, WeightsText(pair, terminal));
  absl::StrAppend(
      &text, "  ",
      pair.shared_blocks().empty()
          ? "They share no blocking key, so nothing compares them by itself."
          : absl::StrCat("Compared because they share: ", BlocksText(pair.shared_blocks()), "."),
      "\n");
  if (!pair.overflowed_blocks().empty()) {
    absl::StrAppend(
        &text, "  Shared with too many to count: ", BlocksText(pair.overflowed_blocks()), ".\n");
  }
  absl::StrAppend(&text, "  ", CounterfactualText(pair), "\n");
  return text;
}

std::string ExplanationText(const v1::ExplainResponse& response, const Terminal& terminal) {
  std::string text;
  if (response.second_customer_id().empty() || response.same_customer()) {
    text = absl::StrCat("One customer: ", response.first_customer_id(), "\n");
  } else {
    text = absl::StrCat("Two customers: ", response.first_customer_id(), " and ",
                        response.second_customer_id(), "\n");
  }
  AddObstacles(response.obstacles(), terminal, text);
  if (response.pairs().empty() && response.chain().empty()) {
    absl::StrAppend(&text, "There are no two source records to compare.\n");
  }
  for (const v1::PairExplanation& pair : response.pairs()) {
    absl::StrAppend(&text, "\n", PairText(pair, terminal));
  }
  if (!response.chain().empty()) {
    absl::StrAppend(&text, "\nWhat joins them leads through others:\n");
    for (const v1::PairExplanation& pair : response.chain()) {
      absl::StrAppend(&text, "\n", PairText(pair, terminal));
    }
  }
  if (!response.events().empty()) {
    absl::StrAppend(&text, "\n", HistoryText(response.events(), terminal));
  }
  return text;
}

std::string PreviewText(const v1::PreviewMergeResponse& response, const Terminal& terminal) {
  std::string text = absl::StrCat("Customer ", response.into_customer_id(), " stays; ",
                                  response.from_customer_id(), " would lead there.\n");
  absl::StrAppend(&text, "Moves: ", Printable(KnownAs(response.moved_subjects())), "\n");
  AddObstacles(response.obstacles(), terminal, text);
  Table profile({{"Profile"}, {"Now"}, {"Of the other"}, {"Merged"}});
  for (const v1::ProfileChange& change : response.profile_changes()) {
    profile.AddRow({{Words(change.field())},
                    {change.into_value()},
                    {change.from_value()},
                    {change.merged_value(), Emphasis::kStrong}});
  }
  absl::StrAppend(&text, "\n",
                  profile.empty() ? "The profile stays as it is.\n" : profile.Render(terminal, 0),
                  "\n", TotalsText(response, terminal));
  return text;
}

std::string ProbabilityText(double probability) {
  constexpr int kMostDigits = 6;
  if (probability <= 0) return "0 %";
  if (probability >= 1) return "100 %";
  for (int digits = 1; digits <= kMostDigits; ++digits) {
    const std::string text = absl::StrFormat("%.*f", digits, probability * 100);
    const bool is_end =
        text.find_first_not_of("0.") == std::string::npos || text.compare(0, 3, "100") == 0;
    if (!is_end) return absl::StrCat(text, " %");
  }
  return probability < 0.5 ? "below 0.000001 %" : "above 99.999999 %";
}

std::string HistoryText(const google::protobuf::RepeatedPtrField<v1::IdentityEvent>& events,
                        const Terminal& terminal) {
  Table table({{"When", Table::Align::kLeft, false},
               {"What", Table::Align::kLeft, false},
               {"Subjects"},
               {"From", Table::Align::kLeft, false},
               {"Into", Table::Align::kLeft, false},
               {"Why"},
               {"By"},
               {"Event", Table::Align::kLeft, false}});
  for (const v1::IdentityEvent& event : events) {
    table.AddRow({{TimeText(event.event_time(), terminal.zone)},
                  {EnumText(*v1::IdentityEventType_descriptor(), event.type()), Emphasis::kStrong},
                  {NamesOf(event.moved_subjects())},
                  {event.from_customer_id()},
                  {event.into_customer_id()},
                  {WhyText(event)},
                  {event.actor(), Emphasis::kWeak},
                  {event.event_id(), Emphasis::kWeak}});
  }
  return table.Render(terminal, 0);
}

}  // namespace yilan::cli
