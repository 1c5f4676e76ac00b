// What people see: tables, times, money, and the whole view.
#include "clients/cli/view_text.h"

#include <google/protobuf/text_format.h>

#include <string>

#include "clients/cli/field_text.h"
#include "clients/cli/sections.h"
#include "clients/cli/table.h"
#include "gmock/gmock.h"

namespace yilan::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Terminal Plain(int width = 0) { return {.width = width}; }
Terminal Colored() { return {.color = true}; }

v1::CustomerView ViewOf(const std::string& text) {
  v1::CustomerView view;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &view));
  return view;
}

TEST(Table, AlignsColumnsByTheirWidthOnATerminal) {
  Table table({{"Name"}, {"Amount", Table::Align::kRight}});
  table.AddRow({{"Ann"}, {"1,234.00 USD"}});
  table.AddRow({{"王小明"}, {"5.00 USD"}});
  EXPECT_EQ(table.Render(Plain(), 1),
            " Name          Amount\n"
            " Ann     1,234.00 USD\n"
            " 王小明      5.00 USD\n");
}

TEST(Table, LeavesOutColumnsWithoutText) {
  Table table({{"A"}, {"B"}, {"C"}});
  table.AddRow({{"1"}, {""}, {"3"}});
  table.AddRow({{"4"}});
  EXPECT_EQ(table.Render(Plain(), 0), "A  C\n1  3\n4\n");
}

TEST(Table, HasNoTitleLineWithoutTitles) {
  Table table({{""}, {""}});
  table.AddRow({{"a"}, {"b"}});
  EXPECT_EQ(table.Render(Plain(), 0), "a  b\n");
}

TEST(Table, CutsTheWidestColumnsOfANarrowTerminal) {
  Table table({{"Id", Table::Align::kLeft, false}, {"Text"}});
  table.AddRow({{"01234567890123456789"}, {"a rather long description of the matter"}});
  EXPECT_EQ(table.Render(Plain(40), 0),
            "Id                    Text\n"
            "01234567890123456789  a rather long des…\n");
}

TEST(Table, CutsWideCharactersWhole) {
  Table table({{"Name"}});
  table.AddRow({{"一览客户数据平台"}});
  EXPECT_EQ(table.Render(Plain(9), 0), "Name\n一览客户…\n");
}

TEST(Table, ColoursDoNotCountAsWidth) {
  Table table({{"A"}, {"B"}});
  table.AddRow({{"x", Emphasis::kBad}, {"y"}});
  table.AddRow({{"longer"}, {"z"}});
  EXPECT_EQ(table.Render(Colored(), 0),
            "\x1b[2mA\x1b[0m       \x1b[2mB\x1b[0m\n"
            "\x1b[1;31mx\x1b[0m       y\n"
            "longer  z\n");
}

TEST(Table, ShowsControlCharactersAsWhatTheyAre) {
  Table table({{""}});
  table.AddRow({{"a\x1b[2Jb\nc"}});
  EXPECT_EQ(table.Render(Plain(), 0), "a\xEF\xBF\xBD[2Jb c\n");
}

TEST(FieldText, TimesAreDatesAtMidnightOfTheirZone) {
  google::protobuf::Timestamp time;
  time.set_seconds(1706745600);  // 2024-02-01T00:00:00Z
  EXPECT_EQ(TimeText(time, absl::UTCTimeZone()), "2024-02-01");
  EXPECT_EQ(TimeText(time, absl::FixedTimeZone(8 * 3600)), "2024-02-01 08:00");
  EXPECT_EQ(TimeText({}, absl::UTCTimeZone()), "");
}

TEST(FieldText, EnumsAreWords) {
  const auto& type = *v1::TroubleTicketStatus_descriptor();
  EXPECT_EQ(EnumText(type, v1::TROUBLE_TICKET_STATUS_IN_PROGRESS), "in progress");
  EXPECT_EQ(EnumText(type, 0), "");
  EXPECT_EQ(EnumText(type, 99), "99");
}

TEST(FieldText, PathsNameFieldsAndTheirAlternatives) {
  const auto view = ViewOf(
      "customer_bills { source { key: 'K' } amount { currency_code: 'JPY' minor_units: 1500 } }");
  const auto& bill = view.customer_bills(0);
  EXPECT_EQ(PathText(bill, "bill_number|source.key", absl::UTCTimeZone()), "K");
  EXPECT_EQ(PathText(bill, "amount", absl::UTCTimeZone()), "1,500 JPY");
  EXPECT_EQ(PathText(bill, "due_time", absl::UTCTimeZone()), "");
  EXPECT_EQ(PathText(bill, "no.such.field", absl::UTCTimeZone()), "");
}

TEST(Sections, EveryPathOfEveryKnownKindExists) {
  const auto& oneof = *v1::Fact::descriptor()->oneof_decl(0);
  for (int i = 0; i < oneof.field_count(); ++i) {
    const auto& type = *oneof.field(i)->message_type();
    for (const SectionColumn& column : ColumnsOf(type)) {
      size_t begin = 0;
      while (begin <= column.paths.size()) {
        const size_t end = std::min(column.paths.find('|', begin), column.paths.size());
        std::string path = column.paths.substr(begin, end - begin);
        const auto* at = &type;
        if (type.name() != "FactDeletion") {
          for (size_t dot; (dot = path.find('.')) != std::string::npos; path.erase(0, dot + 1)) {
            ASSERT_NE(at->FindFieldByName(path.substr(0, dot)), nullptr)
                << type.name() << " " << path;
            at = at->FindFieldByName(path.substr(0, dot))->message_type();
          }
          EXPECT_NE(at->FindFieldByName(path), nullptr) << type.name() << " " << column.paths;
        }
        begin = end + 1;
      }
    }
  }
}

constexpr char kView[] = R"(
  customer_id: '01HF7YAT00TSV4RRFFQ69G5FAV' etag: 'r7'
  profile {
    party_type: PARTY_TYPE_INDIVIDUAL name: 'Ann Lee' status: CUSTOMER_STATUS_ACTIVE
    customer_segment: 'residential' customer_since_time { seconds: 1706745600 }
    contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'a@b.c' preferred: true }
    contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '+861' }
    provenance {
      field: 'name' source_system: 'crm' source_key: 'C42' event_time { seconds: 1706745600 }
      losing_values { source_system: 'billing' source_key: '7' value: 'A. Lee' }
      losing_values { source_system: 'web' source_key: 'w' value: 'Ann Lee' }
    }
  }
  totals {
    balances {
      balance_due { currency_code: 'USD' minor_units: 12345 }
      overdue { currency_code: 'USD' minor_units: 2345 }
    }
    open_trouble_tickets: 1 active_products: 2
    fact_counts { fact_type: 'customer_bill' count: 36 }
  }
  subjects { references { source_system: 'crm' customer_key: 'C42' } }
  subjects { references { source_system: 'billing' billing_account_key: '7' } }
  identity_conflicts {
    subject { source_system: 'crm' customer_key: 'C42' }
    reference { source_system: 'billing' billing_account_key: '8' }
  }
  customer_bills {
    source { source_system: 'billing' key: 'B1' } state: CUSTOMER_BILL_STATE_SENT
    bill_time { seconds: 1706745600 } amount { currency_code: 'USD' minor_units: 12345 }
    due_time { seconds: 1708560000 }
    lines { description: 'Phone' amount { currency_code: 'USD' minor_units: 12345 } }
  })";

TEST(ViewText, ShowsTheWholeCustomer) {
  EXPECT_EQ(ViewText(ViewOf(kView), {}, Plain()),
            "Ann Lee\n"
            "active individual, residential, since 2024-02-01\n"
            "Customer  01HF7YAT00TSV4RRFFQ69G5FAV, version r7\n"
            "Known as  crm/C42, billing account billing/7\n"
            "Conflict  crm/C42 names billing account billing/8, which belongs to another customer\n"
            "Balance   123.45 USD due, 23.45 USD overdue\n"
            "Now       1 open trouble ticket, 2 active products\n"
            "\n"
            "Profile                                    From     As of       Others say\n"
            "Party type        individual\n"
            "Name              Ann Lee                  crm/C42  2024-02-01  billing/7: A. Lee; "
            "web/w agrees\n"
            "Status            active\n"
            "Customer segment  residential\n"
            "Customer since    2024-02-01\n"
            "Contact media     email, a@b.c, preferred\n"
            "                  phone, +861\n"
            "\n"
            "Customer bills (newest 1 of 36)\n"
            "  Date        Bill  State      Amount  Due         System\n"
            "  2024-02-01  B1    sent   123.45 USD  2024-02-22  billing\n");
}

TEST(ViewText, ShowsTheLinesOfBillsWhenAskedTo) {
  EXPECT_THAT(ViewText(ViewOf(kView), {.bill_lines = true}, Plain()),
              HasSubstr("  2024-02-01  B1       sent   123.45 USD  2024-02-22  billing\n"
                        "                Phone         123.45 USD\n"));
}

TEST(ViewText, WhatIsOverdueIsRedOnATerminalOnly) {
  EXPECT_THAT(ViewText(ViewOf(kView), {}, Colored()),
              HasSubstr("\x1b[1;31m23.45 USD overdue\x1b[0m"));
  EXPECT_THAT(ViewText(ViewOf(kView), {}, Plain()), Not(HasSubstr("\x1b")));
}

TEST(ViewText, SaysWhenTheCustomerIsOwed) {
  const auto view = ViewOf(
      "customer_id: 'x' totals { balances { balance_due { currency_code: 'KWD' minor_units: -1500 }"
      " overdue { currency_code: 'KWD' } } }");
  EXPECT_THAT(ViewText(view, {}, Plain()), HasSubstr("-1.500 KWD (in the customer's favour)\n"));
}

TEST(ViewText, ACustomerThatOnlyFactsSpeakOfHasNoName) {
  const std::string text = ViewText(ViewOf("customer_id: 'x' etag: 'r1'"), {}, Plain());
  EXPECT_EQ(text, "Customer without a name\nCustomer  x, version r1\n");
}

TEST(ViewText, NamesCannotPlayTricksOnTheTerminal) {
  const auto view = ViewOf("customer_id: 'x' profile { name: 'a\\033[2Jb' }");
  EXPECT_THAT(ViewText(view, {}, Plain()), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace yilan::cli
