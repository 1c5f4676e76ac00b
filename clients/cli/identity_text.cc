#include "clients/cli/identity_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/field_text.h"
#include "clients/cli/table.h"
#include "clients/cli/view_text.h"

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

}  // namespace

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
