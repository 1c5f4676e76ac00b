#include "clients/cli/view_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/field_text.h"
#include "clients/cli/sections.h"
#include "clients/cli/table.h"
#include "clients/text/currency.h"
#include "clients/text/utf8.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kIndent = 2;

std::string Plural(int64_t count, absl::string_view noun) {
  return absl::StrCat(FormatCount(count), " ", noun, count == 1 ? "" : "s");
}

// "active individual, residential, since 2018-02-01".
std::string ProfileSummary(const v1::CustomerProfile& profile, const Terminal& terminal) {
  std::vector<std::string> parts;
  const std::string kind = absl::StrCat(PathText(profile, "status", terminal.zone), " ",
                                        PathText(profile, "party_type", terminal.zone));
  for (const std::string& part :
       {std::string(absl::StripAsciiWhitespace(kind)), profile.customer_segment()}) {
    if (!part.empty()) parts.push_back(part);
  }
  const std::string since = PathText(profile, "customer_since_time", terminal.zone);
  if (!since.empty()) parts.push_back(absl::StrCat("since ", since));
  return absl::StrJoin(parts, ", ");
}

void AddHead(const v1::CustomerView& view, const Terminal& terminal, std::string& text) {
  const std::string& name = view.profile().name();
  absl::StrAppend(&text,
                  name.empty() ? terminal.Emphasized("Customer without a name", Emphasis::kWeak)
                               : terminal.Emphasized(Printable(name), Emphasis::kStrong),
                  "\n");
  const std::string summary = ProfileSummary(view.profile(), terminal);
  if (!summary.empty()) absl::StrAppend(&text, Printable(summary), "\n");

  Table table({{""}, {""}});
  table.AddRow({{"Customer", Emphasis::kWeak},
                {absl::StrCat(view.customer_id(), ", version ", view.etag())}});
  if (!view.redirected_from_customer_id().empty()) {
    table.AddRow({{"Was", Emphasis::kWarning},
                  {absl::StrCat(view.redirected_from_customer_id(), ", merged into this customer"),
                   Emphasis::kWarning}});
  }
  const std::string known_as = KnownAs(view.subjects());
  if (!known_as.empty()) table.AddRow({{"Known as", Emphasis::kWeak}, {known_as}});
  for (const v1::IdentityConflict& conflict : view.identity_conflicts()) {
    table.AddRow(
        {{"Conflict", Emphasis::kWarning},
         {absl::StrCat(ReferenceText(conflict.subject()), " names ",
                       ReferenceText(conflict.reference()), ", which belongs to another customer"),
          Emphasis::kWarning}});
  }
  absl::StrAppend(&text, table.Render(terminal, 0));
}

void AddTotals(const v1::CustomerTotals& totals, const Terminal& terminal, std::string& text) {
  for (const v1::BalanceTotal& balance : totals.balances()) {
    const v1::Money& due = balance.balance_due();
    const v1::Money& overdue = balance.overdue();
    absl::StrAppend(
        &text, terminal.Emphasized("Balance", Emphasis::kWeak), "   ",
        terminal.Emphasized(FormatMoney(due.minor_units(), due.currency_code()),
                            due.minor_units() > 0 ? Emphasis::kStrong : Emphasis::kGood),
        due.minor_units() < 0 ? " (in the customer's favour)" : " due");
    if (overdue.minor_units() > 0) {
      absl::StrAppend(
          &text, ", ",
          terminal.Emphasized(
              absl::StrCat(FormatMoney(overdue.minor_units(), overdue.currency_code()), " overdue"),
              Emphasis::kBad));
    }
    absl::StrAppend(&text, "\n");
  }
  std::vector<std::string> open;
  if (totals.open_trouble_tickets() > 0) {
    open.push_back(terminal.Emphasized(Plural(totals.open_trouble_tickets(), "open trouble ticket"),
                                       Emphasis::kWarning));
  }
  if (totals.open_service_problems() > 0) {
    open.push_back(terminal.Emphasized(
        Plural(totals.open_service_problems(), "open service problem"), Emphasis::kWarning));
  }
  if (totals.active_products() > 0) {
    open.push_back(Plural(totals.active_products(), "active product"));
  }
  if (!open.empty()) {
    absl::StrAppend(&text, terminal.Emphasized("Now", Emphasis::kWeak), "       ",
                    absl::StrJoin(open, ", "), "\n");
  }
}

// What others say: "billing/7 agrees", or "billing/7: A. Lee (by source trust)", with what decided
// against it.
std::string OtherOpinions(const v1::FieldProvenance& provenance, absl::string_view value) {
  std::vector<std::string> opinions;
  for (const v1::LosingValue& loser : provenance.losing_values()) {
    const std::string who = absl::StrCat(loser.source_system(), "/", loser.source_key());
    opinions.push_back(loser.value() == value ? absl::StrCat(who, " agrees")
                                              : absl::StrCat(who, ": ", loser.value()));
    if (loser.value() != value && loser.lost_by() != v1::SURVIVORSHIP_CRITERION_UNSPECIFIED) {
      absl::StrAppend(&opinions.back(), " (by ",
                      EnumText(*v1::SurvivorshipCriterion_descriptor(), loser.lost_by()), ")");
    }
  }
  return absl::StrJoin(opinions, "; ");
}

void AddProfile(const v1::CustomerProfile& profile, const Terminal& terminal, std::string& text) {
  Table table({{"Profile"}, {""}, {"From"}, {"As of", Table::Align::kLeft, false}, {"Others say"}});
  std::vector<const FieldDescriptor*> fields;
  profile.GetReflection()->ListFields(profile, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->name() == "provenance" || field->name() == "survivorship_rules_version") continue;
    const auto provenance =
        std::find_if(profile.provenance().begin(), profile.provenance().end(),
                     [field](const auto& entry) { return entry.field() == field->name(); });
    std::string from;
    std::string as_of;
    std::string others;
    std::string raw;  // As the losing values write it.
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      raw = profile.GetReflection()->GetString(profile, field);
    }
    if (provenance != profile.provenance().end()) {
      from = absl::StrCat(provenance->source_system(), "/", provenance->source_key());
      as_of = TimeText(provenance->event_time(), terminal.zone);
      others = OtherOpinions(*provenance, raw);
    }
    // A list is easier to read with an element on each line.
    const int count = field->is_repeated() ? profile.GetReflection()->FieldSize(profile, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string value =
          field->is_repeated()
              ? [&] {
                  const Message& element =
                      profile.GetReflection()->GetRepeatedMessage(profile, field, i);
                  std::vector<const FieldDescriptor*> parts;
                  element.GetReflection()->ListFields(element, &parts);
                  std::vector<std::string> texts;
                  for (const FieldDescriptor* part : parts) {
                    if (part->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
                      texts.push_back(Words(part->name()));
                    } else {
                      texts.push_back(FieldText(element, *part, terminal.zone));
                    }
                  }
                  return absl::StrJoin(texts, ", ");
                }()
              : FieldText(profile, *field, terminal.zone);
      table.AddRow({{i == 0 ? Title(field->name()) : ""},
                    {value},
                    {i == 0 ? from : "", Emphasis::kWeak},
                    {i == 0 ? as_of : "", Emphasis::kWeak},
                    {i == 0 ? others : "", Emphasis::kWeak}});
    }
  }
  if (!table.empty()) absl::StrAppend(&text, "\n", table.Render(terminal, 0));
}

void AddBillLines(const Message& fact, const std::vector<SectionColumn>& columns, Table& table) {
  const auto* bill = google::protobuf::DynamicCastToGenerated<v1::CustomerBill>(&fact);
  if (bill == nullptr) return;
  for (const v1::AppliedCustomerBillingRate& line : bill->lines()) {
    std::vector<Table::Cell> cells;
    for (const SectionColumn& column : columns) {
      if (column.title == "Bill") {
        cells.push_back(
            {absl::StrCat("  ", line.description().empty() ? line.key() : line.description()),
             Emphasis::kWeak});
      } else if (column.title == "Amount") {
        cells.push_back({FormatMoney(line.amount().minor_units(), line.amount().currency_code()),
                         Emphasis::kWeak});
      } else {
        cells.push_back({});
      }
    }
    table.AddRow(std::move(cells));
  }
}

void AddSection(const v1::CustomerView& view, const FieldDescriptor& section,
                const ViewTextOptions& options, const Terminal& terminal, std::string& text) {
  const auto& reflection = *view.GetReflection();
  const int shown = reflection.FieldSize(view, &section);
  if (shown == 0) return;
  const std::vector<SectionColumn> specs = ColumnsOf(*section.message_type());
  std::vector<Table::Column> columns;
  columns.reserve(specs.size());
  for (const SectionColumn& column : specs) {
    columns.push_back({column.title, column.align, column.may_be_cut});
  }
  Table table(std::move(columns));
  for (int i = 0; i < shown; ++i) {
    const Message& fact = reflection.GetRepeatedMessage(view, &section, i);
    std::vector<Table::Cell> cells;
    cells.reserve(specs.size());
    for (const SectionColumn& column : specs) {
      cells.push_back({PathText(fact, column.paths, terminal.zone)});
    }
    table.AddRow(std::move(cells));
    if (options.bill_lines) AddBillLines(fact, specs, table);
  }
  // The number of a section is that of its kind of fact.
  const FieldDescriptor* kind = v1::Fact::descriptor()->FindFieldByNumber(section.number());
  int64_t total = shown;
  for (const v1::FactCount& count : view.totals().fact_counts()) {
    if (kind != nullptr && count.fact_type() == kind->name()) total = count.count();
  }
  absl::StrAppend(
      &text, "\n", terminal.Emphasized(Title(section.name()), Emphasis::kStrong),
      total > shown ? absl::StrCat(" (newest ", shown, " of ", FormatCount(total), ")") : "", "\n",
      table.Render(terminal, kIndent));
}

}  // namespace

std::string ReferenceText(const v1::SubjectReference& reference) {
  if (!reference.billing_account_key().empty()) {
    return absl::StrCat("billing account ", reference.source_system(), "/",
                        reference.billing_account_key());
  }
  return absl::StrCat(reference.source_system(), "/", reference.customer_key());
}

std::string KnownAs(const google::protobuf::RepeatedPtrField<v1::CustomerSubject>& subjects) {
  std::vector<std::string> names;
  for (const v1::CustomerSubject& subject : subjects) {
    for (const v1::SubjectReference& reference : subject.references()) {
      names.push_back(ReferenceText(reference));
    }
  }
  return absl::StrJoin(names, ", ");
}

std::string ViewText(const v1::CustomerView& view, const ViewTextOptions& options,
                     const Terminal& terminal) {
  std::string text;
  AddHead(view, terminal, text);
  AddTotals(view.totals(), terminal, text);
  AddProfile(view.profile(), terminal, text);
  const auto& type = *v1::CustomerView::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    // Sections of facts; what is before them is in the head.
    if (field.is_repeated() && field.number() >= 10) {
      AddSection(view, field, options, terminal, text);
    }
  }
  return text;
}

}  // namespace yilan::cli
