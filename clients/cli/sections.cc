#include "clients/cli/sections.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/field_text.h"

namespace yilan::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr auto kRight = Table::Align::kRight;
constexpr auto kLeft = Table::Align::kLeft;

SectionColumn Time(const char* title, const char* paths) { return {title, paths, kLeft, false}; }
SectionColumn Text(const char* title, const char* paths) { return {title, paths}; }
SectionColumn Amount(const char* title, const char* paths) { return {title, paths, kRight, false}; }
SectionColumn System() { return {"System", "source.source_system"}; }

}  // namespace

std::vector<SectionColumn> ColumnsOf(const Descriptor& fact_type) {
  const std::string& name = fact_type.name();
  if (name == "SourceRecord") {
    return {Time("As of", "source.event_time|source.recorded_time"),
            Text("Key", "source.key"),
            Text("Name", "name"),
            Text("Status", "status"),
            Text("Properties", "characteristics"),
            System()};
  }
  if (name == "BillingAccount") {
    return {Time("Since", "valid_period.start_time"),
            Text("Account", "account_number|source.key"),
            Text("Name", "name"),
            Text("State", "state"),
            Text("Rating", "rating_type"),
            Text("Paid by", "payment_method"),
            Amount("Credit limit", "credit_limit"),
            System()};
  }
  if (name == "CustomerBill") {
    return {Time("Date", "bill_time|source.event_time"),
            Text("Bill", "bill_number|source.key"),
            Text("State", "state"),
            Amount("Amount", "amount"),
            Time("Due", "due_time"),
            Text("Account", "billing_account_key"),
            System()};
  }
  if (name == "Payment") {
    return {Time("Date", "payment_time|source.event_time"),
            Text("Payment", "source.key"),
            Text("State", "state"),
            Amount("Amount", "amount"),
            Text("Paid by", "payment_method"),
            Text("Account", "billing_account_key"),
            System()};
  }
  if (name == "Adjustment") {
    return {Time("Date", "adjustment_time|source.event_time"),
            Text("Adjustment", "source.key"),
            Text("Type", "adjustment_type"),
            Amount("Amount", "amount"),
            Text("Reason", "reason"),
            Text("Account", "billing_account_key"),
            System()};
  }
  if (name == "Product") {
    return {Time("Since", "valid_period.start_time"),
            Time("Until", "valid_period.end_time"),
            Text("Product", "product_offering_name|name|source.key"),
            Text("Status", "status"),
            Amount("Monthly", "monthly_price"),
            {"Months", "contract_months", kRight},
            Text("Properties", "characteristics"),
            System()};
  }
  if (name == "Service") {
    return {Time("Since", "valid_period.start_time"),
            Time("Until", "valid_period.end_time"),
            Text("Service", "name|source.key"),
            Text("Category", "category"),
            Text("State", "state"),
            Text("Product", "product_key"),
            System()};
  }
  if (name == "Resource") {
    return {Time("Since", "valid_period.start_time"),
            Time("Until", "valid_period.end_time"),
            Text("Type", "resource_type"),
            Text("Number", "value"),
            Text("Status", "status"),
            Text("Service", "service_key"),
            System()};
  }
  if (name == "ServiceProblem") {
    return {Time("Start", "start_time|source.event_time"),
            Time("Resolved", "resolved_time"),
            Text("Severity", "severity"),
            Text("Status", "status"),
            Text("Category", "category"),
            Text("Problem", "description|source.key"),
            System()};
  }
  if (name == "PartyInteraction") {
    return {Time("Date", "start_time|source.event_time"),
            Text("Channel", "channel"),
            Text("Direction", "direction"),
            Text("Reason", "reason"),
            Text("What was said", "description"),
            System()};
  }
  if (name == "TroubleTicket") {
    return {Time("Opened", "creation_time|source.event_time"),
            Text("Ticket", "source.key"),
            Text("Status", "status"),
            Text("Severity", "severity"),
            Text("About", "name|description"),
            Time("Expected", "expected_resolution_time"),
            Time("Resolved", "resolution_time"),
            System()};
  }
  std::vector<SectionColumn> columns = {Time("As of", "source.event_time|source.recorded_time"),
                                        Text("Key", "source.key")};
  for (int i = 0; i < fact_type.field_count(); ++i) {
    const FieldDescriptor& field = *fact_type.field(i);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE && field.name() != "etag") {
      columns.push_back({Title(field.name()), field.name()});
    }
  }
  columns.push_back(System());
  return columns;
}

std::string SummaryOf(const Message& fact, absl::TimeZone zone) {
  std::string summary;
  for (const SectionColumn& column : ColumnsOf(*fact.GetDescriptor())) {
    // The time and the system stand in columns of their own.
    if (!column.may_be_cut && column.align == kLeft) continue;
    if (absl::StartsWith(column.paths, "source.source_system")) continue;
    const std::string text = PathText(fact, column.paths, zone);
    if (!text.empty()) absl::StrAppend(&summary, summary.empty() ? "" : ", ", text);
  }
  return summary;
}

const Message* FactIn(const v1::Fact& fact) {
  const auto* field =
      fact.GetReflection()->GetOneofFieldDescriptor(fact, fact.GetDescriptor()->oneof_decl(0));
  return field == nullptr ? nullptr : &fact.GetReflection()->GetMessage(fact, field);
}

}  // namespace yilan::cli
