// Mappings that are right: what becomes of a row.
#include "clients/import/mapping.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "clients/import/json_lines_reader.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Matches a fact that is the same as this text.
MATCHER_P(IsFact, text, "is the fact " + std::string(text)) {
  v1::Fact wanted;
  if (!google::protobuf::TextFormat::ParseFromString(text, &wanted)) {
    *result_listener << "the expectation does not parse";
    return false;
  }
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  const bool same = differencer.Compare(wanted, arg);
  *result_listener << difference << "\n" << arg.DebugString();
  return same;
}

// What a mapping makes of all rows of a file.
std::vector<ConvertedFact> Convert(const std::string& yaml, const std::string& text,
                                   bool json = false) {
  std::vector<ConvertedFact> all;
  const auto mapping = Mapping::Parse(yaml, "m.yaml");
  EXPECT_THAT(mapping, IsOk());
  if (!mapping.ok()) return all;
  MemorySource source(text);
  std::unique_ptr<RowReader> reader;
  if (json) {
    reader = *JsonLinesReader::Open(source);
  } else {
    reader = *CsvReader::Open(source, "data.csv", mapping->csv());
  }
  const auto converter = mapping->Bind(*reader);
  EXPECT_THAT(converter, IsOk());
  if (!converter.ok()) return all;
  Row row;
  std::vector<ConvertedFact> facts;
  while (*reader->Next(row)) {
    EXPECT_FALSE(row.problem.has_value()) << row.problem->reason;
    (*converter)->Convert(row, facts);
    for (ConvertedFact& fact : facts) all.push_back(std::move(fact));
  }
  return all;
}

// The one fact of one row.
v1::Fact One(const std::string& yaml, const std::string& text) {
  std::vector<ConvertedFact> facts = Convert(yaml, text);
  EXPECT_EQ(facts.size(), 1u);
  if (facts.empty()) return {};
  EXPECT_FALSE(facts[0].problem.has_value())
      << facts[0].problem->field << " " << facts[0].problem->reason;
  return facts[0].fact;
}

// The problem of the one fact of one row: "field: reason".
std::string Problem(const std::string& yaml, const std::string& text) {
  const std::vector<ConvertedFact> facts = Convert(yaml, text);
  EXPECT_EQ(facts.size(), 1u);
  if (facts.empty() || !facts[0].problem.has_value()) return "none";
  return absl::StrCat(facts[0].problem->field, ": ", facts[0].problem->reason);
}

// A mapping to one kind of fact, with these fields and the least that it needs.
std::string MappingOf(const std::string& fact, const std::string& fields,
                      const std::string& head = "") {
  return absl::StrCat("version: 1\nsource_system: crm\n", head, "facts:\n  - fact: ", fact,
                      "\n    set:\n      source.key: k\n", fields);
}
std::string Customer(const std::string& fields, const std::string& head = "") {
  return MappingOf("source_record", fields, head);
}
std::string Bill(const std::string& fields, const std::string& head = "") {
  return MappingOf("customer_bill", fields, head);
}
v1::SourceRecord Record(const std::string& yaml, const std::string& text) {
  return One(yaml, text).source_record();
}

TEST(Mapping, FillsFieldsFromColumnsConstantsAndTemplates) {
  EXPECT_THAT(One("version: 1\n"
                  "source_system: crm\n"
                  "facts:\n"
                  "  - fact: source_record\n"
                  "    set:\n"
                  "      source.key: \"C-{no}-{row}\"\n"
                  "      name: {column: full name}\n"
                  "      customer_segment: residential\n"
                  "      gender: {constant: \"{as is}\"}\n"
                  "      family_name: \"{{{no}}}\"\n",
                  "no,full name\n7,Ann Lee\n"),
              IsFact("source_record { source { source_system: 'crm' key: 'C-7-1' }"
                     " name: 'Ann Lee' customer_segment: 'residential' gender: '{as is}'"
                     " family_name: '{7}' }"));
}

TEST(Mapping, TakesNestedFieldsAsMapsAndAsDottedNames) {
  const std::string expected =
      "source_record { source { source_system: 'crm' key: 'k'"
      " subject { source_system: 'web' customer_key: '5' } } }";
  EXPECT_THAT(One(Customer("      source.subject: {source_system: web, customer_key: \"{a}\"}\n"),
                  "a\n5\n"),
              IsFact(expected));
  EXPECT_THAT(One(Customer("      source.subject.source_system: web\n"
                           "      source.subject.customer_key: \"{a}\"\n"),
                  "a\n5\n"),
              IsFact(expected));
}

TEST(Mapping, MakesSeveralFactsOfARowInOrder) {
  const auto facts = Convert(
      "version: 1\n"
      "source_system: crm\n"
      "facts:\n"
      "  - {fact: source_record, set: {source.key: \"{id}\"}}\n"
      "  - {fact: product, when: {phone: \"1\"}, set: {source.key: \"{id}-p\"}}\n"
      "  - {fact: billing_account, source_system: billing, set: {source.key: \"{id}-a\"}}\n",
      "id,phone\n1,1\n2,0\n");
  ASSERT_EQ(facts.size(), 5u);
  EXPECT_EQ(facts[1].fact.product().source().key(), "1-p");
  EXPECT_EQ(facts[2].fact.billing_account().source().source_system(), "billing");
  EXPECT_EQ(facts[3].fact.source_record().source().key(), "2");
  EXPECT_EQ(facts[4].fact.billing_account().source().key(), "2-a");
}

TEST(Mapping, ConditionsTestColumns) {
  const auto keys = [](const std::string& when) {
    std::string joined;
    for (const auto& fact :
         Convert(absl::StrCat("version: 1\nsource_system: crm\nempty: [NA]\nfacts:\n"
                              "  - fact: source_record\n    when: ",
                              when, "\n    set: {source.key: \"{id}\"}\n"),
                 "id,a,b\n1,x,yes\n2,y,\n3,xyz,NA\n4, x ,no\n")) {
      joined += fact.fact.source_record().source().key();
    }
    return joined;
  };
  EXPECT_EQ(keys("{a: x}"), "14");
  EXPECT_EQ(keys("{a: [x, y]}"), "124");
  EXPECT_EQ(keys("{a: {is: y}}"), "2");
  EXPECT_EQ(keys("{a: {not: x}}"), "23");
  EXPECT_EQ(keys("{a: {not: [x, y]}}"), "3");
  EXPECT_EQ(keys("{b: {empty: true}}"), "23");
  EXPECT_EQ(keys("{b: {empty: false}}"), "14");
  EXPECT_EQ(keys("{a: {starts_with: x}}"), "134");
  EXPECT_EQ(keys("{a: {ends_with: [y, z]}}"), "23");
  EXPECT_EQ(keys("{a: {contains: yz}}"), "3");
  EXPECT_EQ(keys("{a: x, b: no}"), "4");
  EXPECT_EQ(keys("{a: {starts_with: x, not: x}}"), "3");
}

TEST(Mapping, LeavesOutWhatIsEmpty) {
  const auto record =
      Record(Customer("      name: \"{a}\"\n      gender: \"<{a}{b}>\"\n", "empty: [NA, \"-\"]\n"),
             "a,b\n - ,x\n");
  EXPECT_EQ(record.name(), "");
  EXPECT_EQ(record.gender(), "");
}

TEST(Mapping, TrimsUnlessToldNotTo) {
  const auto record = Record(Customer("      name: {column: a, trim: false}\n"
                                      "      gender: \"{a}\"\n"),
                             "a\n x \n");
  EXPECT_EQ(record.name(), " x ");
  EXPECT_EQ(record.gender(), "x");
}

TEST(Mapping, TakesADefaultForWhatIsEmpty) {
  EXPECT_EQ(Record(Customer("      name: {column: a, default: nobody}\n"), "a,b\n,1\n").name(),
            "nobody");
}

TEST(Mapping, RejectsAnEmptyRequiredValue) {
  EXPECT_EQ(Problem(Customer("      name: {column: a, required: true}\n"), "a,b\n,1\n"),
            "source_record.name: is required, but not stated");
}

TEST(Mapping, JoinsWhatIsThere) {
  const std::string yaml = Customer(
      "      name: {join: [\"{a}\", \"{b}\", \"{c}\"]}\n"
      "      gender: {join: [\"{a}\", \"{c}\"], separator: \", \"}\n");
  EXPECT_EQ(Record(yaml, "a,b,c\nx,,z\n").name(), "x z");
  EXPECT_EQ(Record(yaml, "a,b,c\nx,,z\n").gender(), "x, z");
  EXPECT_EQ(Record(yaml, "a,b,c\n,,z\n").name(), "z");
  EXPECT_EQ(Record(yaml, "a,b,c\n,y,\n").gender(), "");
}

TEST(Mapping, ChangesTheCase) {
  const auto record = Record(Customer("      name: {column: a, case: title}\n"
                                      "      given_name: {column: a, case: upper}\n"
                                      "      family_name: {column: a, case: lower}\n"),
                             "a\nmARY-ann o'neil 王\n");
  EXPECT_EQ(record.name(), "Mary-Ann O'neil 王");
  EXPECT_EQ(record.given_name(), "MARY-ANN O'NEIL 王");
  EXPECT_EQ(record.family_name(), "mary-ann o'neil 王");
}

TEST(Mapping, TranslatesValues) {
  const std::string yaml = Customer(
      "      status: {column: a, map: {\"1\": ACTIVE, \"2\": CUSTOMER_STATUS_SUSPENDED},"
      " otherwise: terminated}\n");
  EXPECT_EQ(Record(yaml, "a\n1\n").status(), v1::CUSTOMER_STATUS_ACTIVE);
  EXPECT_EQ(Record(yaml, "a\n2\n").status(), v1::CUSTOMER_STATUS_SUSPENDED);
  EXPECT_EQ(Record(yaml, "a\n3\n").status(), v1::CUSTOMER_STATUS_TERMINATED);
}

TEST(Mapping, RejectsAValueThatTheMapDoesNotList) {
  EXPECT_THAT(Problem(Customer("      status: {column: a, map: {\"1\": ACTIVE}}\n"), "a\n9\n"),
              HasSubstr("source_record.status: has a value that `map` does not list"));
}

TEST(Mapping, ReadsEnumsByEitherName) {
  const std::string yaml = Customer("      status: \"{a}\"\n");
  EXPECT_EQ(Record(yaml, "a\nactive\n").status(), v1::CUSTOMER_STATUS_ACTIVE);
  EXPECT_EQ(Record(yaml, "a\nCUSTOMER_STATUS_ACTIVE\n").status(), v1::CUSTOMER_STATUS_ACTIVE);
  EXPECT_THAT(Problem(yaml, "a\nunspecified\n"), HasSubstr("is not a value of the field"));
}

TEST(Mapping, ReadsTrueAndFalse) {
  const std::string usual = MappingOf("billing_account", "      paperless: \"{a}\"\n");
  for (const std::string word : {"1", "true", "Yes", "Y", "t"}) {
    EXPECT_TRUE(One(usual, absl::StrCat("a\n", word, "\n")).billing_account().paperless()) << word;
  }
  EXPECT_FALSE(One(usual, "a\nNo\n").billing_account().paperless());
  EXPECT_THAT(Problem(usual, "a\nmaybe\n"), HasSubstr("is neither true nor false"));
  const std::string own =
      MappingOf("billing_account",
                "      paperless: {column: a, true_values: [ja, n], false_values: [nein]}\n");
  EXPECT_TRUE(One(own, "a\nJA\n").billing_account().paperless());
  EXPECT_FALSE(One(own, "a\nnein\n").billing_account().paperless());
  EXPECT_THAT(Problem(own, "a\nyes\n"), HasSubstr("is neither true nor false"));
}

TEST(Mapping, ReadsWholeNumbersOfTheFieldsRange) {
  const std::string yaml = MappingOf("billing_account", "      bill_cycle_day: \"{a}\"\n");
  EXPECT_EQ(One(yaml, "a\n31\n").billing_account().bill_cycle_day(), 31);
  for (const std::string text : {"2147483648", "-2147483649", "1.5", "1e2", "x"}) {
    EXPECT_THAT(Problem(yaml, absl::StrCat("a\n", text, "\n")), HasSubstr("is not a whole number"))
        << text;
  }
  const std::string version = Customer("      source.version: \"{a}\"\n");
  EXPECT_EQ(Record(version, "a\n18446744073709551615\n").source().version(), UINT64_MAX);
  EXPECT_THAT(Problem(version, "a\n-1\n"), HasSubstr("is not a whole number"));
}

TEST(Mapping, ReadsMoneyExactlyInTheUnitsOfItsCurrency) {
  const auto amount = [](const std::string& options, const std::string& text) {
    return One(Bill(absl::StrCat("      amount: {column: a, ", options, "}\n")), text)
        .customer_bill()
        .amount();
  };
  EXPECT_EQ(amount("currency: USD", "a\n29.85\n").minor_units(), 2985);
  EXPECT_EQ(amount("currency: USD", "a\n29.85\n").currency_code(), "USD");
  EXPECT_EQ(amount("currency: JPY", "a\n1500\n").minor_units(), 1500);
  EXPECT_EQ(amount("currency: KWD", "a\n1.5\n").minor_units(), 1500);
  EXPECT_EQ(amount("currency: USD, unit: minor", "a\n2985\n").minor_units(), 2985);
  EXPECT_EQ(amount("currency: \"{c}\"", "a,c\n12,KWD\n").minor_units(), 12000);
  EXPECT_EQ(
      amount("currency: EUR, decimal_separator: \",\", group_separator: \".\"", "a\n\"1.234,50\"\n")
          .minor_units(),
      123450);
  EXPECT_EQ(amount("currency: USD, round: half_even", "a\n0.125\n").minor_units(), 12);
  EXPECT_EQ(amount("currency: USD, round: half_up", "a\n0.125\n").minor_units(), 13);
}

TEST(Mapping, RejectsMoneyThatIsNone) {
  const std::string yaml = Bill("      amount: {column: a, currency: \"{c}\"}\n");
  EXPECT_THAT(Problem(yaml, "a,c\nabc,USD\n"),
              HasSubstr("customer_bill.amount: is not a decimal number"));
  EXPECT_THAT(Problem(yaml, "a,c\n1.005,USD\n"), HasSubstr("has more than 2 decimals"));
  EXPECT_THAT(Problem(yaml, "a,c\n1,ABC\n"), HasSubstr("not an ISO 4217 code"));
  EXPECT_THAT(Problem(yaml, "a,c\n1,\n"), HasSubstr("has no currency"));
}

TEST(Mapping, ReadsTimesInTheirTimeZone) {
  const auto since = [](const std::string& value, const std::string& text,
                        const std::string& head = "") {
    return Record(Customer(absl::StrCat("      customer_since_time: ", value, "\n"), head), text)
        .customer_since_time();
  };
  EXPECT_EQ(since("\"{a}\"", "a\n2024-02-01\n").seconds(), 1706745600);
  EXPECT_EQ(since("\"{a}\"", "a\n2024-02-01\n", "time_zone: Asia/Shanghai\n").seconds(),
            1706745600 - 8 * 3600);
  EXPECT_EQ(since("{column: a, time_zone: \"-03:30\"}", "a\n2024-02-01\n").seconds(),
            1706745600 + 12600);
  // An offset in the text outweighs the zone.
  EXPECT_EQ(
      since("\"{a}\"", "a\n2024-02-01T08:00:00+08:00\n", "time_zone: Asia/Shanghai\n").seconds(),
      1706745600);
  EXPECT_EQ(since("\"{a}\"", "a\n2024-02-01T00:00:00Z\n").seconds(), 1706745600);
  EXPECT_EQ(since("\"{a}\"", "a\n2024-02-01 00:00:00.123456\n").nanos(), 123456000);
  EXPECT_EQ(since("{column: a, format: \"%d/%m/%Y\"}", "a\n01/02/2024\n").seconds(), 1706745600);
  EXPECT_EQ(since("{column: a, format: [\"%d/%m/%Y\", \"%Y%m%d\"]}", "a\n20240201\n").seconds(),
            1706745600);
  EXPECT_EQ(since("{column: a, format: unix_seconds}", "a\n1706745600\n").seconds(), 1706745600);
  EXPECT_EQ(since("{column: a, format: unix_millis}", "a\n1706745600123\n").nanos(), 123000000);
}

TEST(Mapping, KnowsWhenTheClocksAreTurned) {
  const auto hour = [](const std::string& text) {
    return Record(Customer("      customer_since_time: \"{a}\"\n", "time_zone: Europe/Berlin\n"),
                  absl::StrCat("a\n", text, "\n"))
        .customer_since_time()
        .seconds();
  };
  // 02:30 on 31 March 2024 was skipped: half past two by the clocks not yet turned, 01:30 UTC.
  EXPECT_EQ(hour("2024-03-31 02:30:00"), 1711848600);
  // 02:30 on 27 October 2024 came twice: the first, 00:30 UTC.
  EXPECT_EQ(hour("2024-10-27 02:30:00"), 1729989000);
}

TEST(Mapping, RejectsTimesThatAreNone) {
  const std::string yaml = Customer("      customer_since_time: \"{a}\"\n");
  for (const std::string text :
       {"2024-02-30", "soon", "infinite-future", "2024-13-01", "12024-01-01"}) {
    EXPECT_THAT(Problem(yaml, absl::StrCat("a\n", text, "\n")),
                HasSubstr("source_record.customer_since_time: is not"))
        << text;
  }
}

TEST(Mapping, ShiftsTimesOnTheCalendar) {
  const auto shifted = [](const std::string& by, const std::string& tenure) {
    return Record(Customer(absl::StrCat("      birth_date: {constant: \"2024-03-31\", shift: \"",
                                        by, "\", output: \"%Y-%m-%d\"}\n")),
                  absl::StrCat("t,x\n", tenure, ",1\n"))
        .birth_date();
  };
  EXPECT_EQ(shifted("-{t} months", "1"), "2024-02-29");
  EXPECT_EQ(shifted("-{t} months", "72"), "2018-03-31");
  EXPECT_EQ(shifted("{t} days", "1"), "2024-04-01");
  EXPECT_EQ(shifted("1 week", ""), "2024-04-07");
  EXPECT_EQ(shifted("-1 year", ""), "2023-03-31");
  EXPECT_EQ(shifted("25 hours", ""), "2024-04-01");
  const std::string empty =
      Customer("      customer_since_time: {constant: \"2024-03-31\", shift: \"-{t} months\"}\n");
  EXPECT_THAT(Problem(empty, "t,x\n,1\n"), HasSubstr("the column to shift by is empty"));
  EXPECT_THAT(Problem(empty, "t,x\n99999999999,1\n"), HasSubstr("cannot be shifted"));
  EXPECT_THAT(Problem(empty, "t,x\n999999,1\n"), HasSubstr("out of the years 1 to 9999"));
}

TEST(Mapping, RewritesDatesOfStringFields) {
  EXPECT_EQ(
      Record(Customer("      birth_date: {column: a, format: \"%Y%m%d\", output: \"%Y-%m-%d\"}\n"),
             "a\n19081209\n")
          .birth_date(),
      "1908-12-09");
}

TEST(Mapping, LeavesOutAnInvalidValueWhenToldTo) {
  const auto record =
      Record(Customer("      birth_date: {column: a, format: \"%Y%m%d\", output: \"%Y-%m-%d\","
                      " invalid: leave_out}\n      name: x\n"),
             "a\n19371233\n");
  EXPECT_EQ(record.birth_date(), "");
  EXPECT_EQ(record.name(), "x");
}

TEST(Mapping, ListsHoldTheElementsThatApply) {
  EXPECT_THAT(
      One(Customer("      contact_media:\n"
                   "        - {type: PHONE, value: \"{tel}\", preferred: \"true\"}\n"
                   "        - {type: EMAIL, value: \"{mail}\"}\n"
                   "        - {when: {vip: \"1\"}, type: MESSAGING, value: concierge}\n"),
          "tel,mail,vip\n,a@b.c,1\n"),
      IsFact("source_record { source { source_system: 'crm' key: 'k' }"
             " contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'a@b.c' }"
             " contact_media { type: CONTACT_MEDIUM_TYPE_MESSAGING value: 'concierge' } }"));
}

TEST(Mapping, ElementsThatDependOnNoColumnStay) {
  const auto record = Record(
      Customer("      references: [{source_system: billing, billing_account_key: \"A-{row}\"}]\n"),
      "a\n1\n");
  ASSERT_EQ(record.references_size(), 1);
  EXPECT_EQ(record.references(0).billing_account_key(), "A-1");
}

TEST(Mapping, MessagesWithoutAValueAreLeftOut) {
  const auto record = Record(
      Customer("      source.subject: {source_system: web, customer_key: \"{a}\"}\n"), "a,b\n,1\n");
  EXPECT_FALSE(record.source().has_subject());
}

TEST(Mapping, ConditionsOfMessagesApply) {
  const std::string yaml = MappingOf(
      "billing_account", "      valid_period: {when: {a: \"1\"}, start_time: \"2024-01-01\"}\n");
  EXPECT_TRUE(One(yaml, "a\n1\n").billing_account().has_valid_period());
  EXPECT_FALSE(One(yaml, "a\n2\n").billing_account().has_valid_period());
}

TEST(Mapping, TheFirstStatedMemberOfAOneofWins) {
  const std::string yaml =
      Customer("      source.subject: {customer_key: \"{c}\", billing_account_key: \"{a}\"}\n");
  EXPECT_EQ(Record(yaml, "c,a\nC1,A1\n").source().subject().customer_key(), "C1");
  EXPECT_EQ(Record(yaml, "c,a\n,A1\n").source().subject().billing_account_key(), "A1");
}

TEST(Mapping, MakesCharacteristicsOfColumns) {
  EXPECT_THAT(One(Customer("      characteristics: {columns: [a, b, c]}\n"), "a,b,c\n1,,x\n"),
              IsFact("source_record { source { source_system: 'crm' key: 'k' }"
                     " characteristics { name: 'a' value: '1' }"
                     " characteristics { name: 'c' value: 'x' } }"));
}

TEST(Mapping, SplitsAValueIntoAList) {
  const auto fact =
      One(MappingOf("service_problem", "      affected_service_keys: {column: a, split: \";\"}\n"),
          "a\ns1; s2;;s3\n");
  EXPECT_THAT(fact.service_problem().affected_service_keys(), ElementsAre("s1", "s2", "s3"));
}

TEST(Mapping, TheLastLineOfABillCanBeWhatIsLeft) {
  const std::string yaml = Bill(
      "      lines:\n"
      "        - {when: {p: \"1\"}, key: phone, amount: \"20\"}\n"
      "        - {key: dsl, amount: \"{d}\"}\n"
      "        - {key: rest, amount: {rest_of: amount}}\n"
      "      amount: \"{total}\"\n",
      "currency: USD\n");
  const auto lines = [&yaml](const std::string& row) {
    std::string text;
    const v1::Fact fact = One(yaml, absl::StrCat("p,d,total\n", row, "\n"));
    for (const auto& line : fact.customer_bill().lines()) {
      absl::StrAppend(&text, line.key(), "=", line.amount().minor_units(), " ");
    }
    return text;
  };
  EXPECT_EQ(lines("1,25.50,45.40"), "phone=2000 dsl=2550 rest=-10 ");
  EXPECT_EQ(lines("1,25.50,45.50"), "phone=2000 dsl=2550 ");
  EXPECT_EQ(lines("0,,7"), "rest=700 ");
  EXPECT_THAT(Problem(yaml, "p,d,total\n1,1,\n"), HasSubstr("`amount`, which is not stated"));
}

TEST(Mapping, SourceDefaultsHoldUnlessAFactSaysOtherwise) {
  const auto facts = Convert(
      "version: 1\n"
      "source: {source_system: crm, event_time: \"2024-02-01\", subject: {customer_key: "
      "\"{id}\"}}\n"
      "facts:\n"
      "  - {fact: product, set: {source.key: \"{id}\"}}\n"
      "  - {fact: product, source_system: shop, set: {source: {key: \"{id}\", event_time: "
      "\"2024-02-02\"}}}\n"
      "  - {fact: deletion, set: {fact_type: product, key: \"{id}\"}}\n",
      "id\n1\n");
  EXPECT_THAT(
      facts[0].fact,
      IsFact("product { source { source_system: 'crm' key: '1' subject { customer_key: '1' }"
             " event_time { seconds: 1706745600 } } }"));
  EXPECT_THAT(
      facts[1].fact,
      IsFact("product { source { source_system: 'shop' key: '1' subject { customer_key: '1' }"
             " event_time { seconds: 1706832000 } } }"));
  EXPECT_THAT(facts[2].fact, IsFact("deletion { fact_type: 'product' source_system: 'crm' key: '1'"
                                    " event_time { seconds: 1706745600 } }"));
}

TEST(Mapping, AFileOfRejectedRowsKeepsTheRowNumbers) {
  const std::string yaml = Customer("      name: \"{row}\"\n");
  EXPECT_EQ(Record(yaml, "a,yilan_row\nx,42\n").name(), "42");
  EXPECT_EQ(Convert("version: 1\nformat: jsonl\nsource_system: crm\nfacts:\n"
                    "  - {fact: source_record, set: {source.key: \"{row}\"}}\n",
                    "{\"a\":1}\n{\"a\":1,\"yilan_row\":42}\n", true)[1]
                .fact.source_record()
                .source()
                .key(),
            "42");
}

TEST(Mapping, ReadsJsonMembers) {
  const auto facts = Convert(
      Bill("      amount: \"{total.amount}\"\n"
           "      lines: [{amount: \"{items[0].price}\"}, {amount: \"{items[1].price}\"}]\n",
           "format: jsonl\ncurrency: USD\n"),
      "{\"total\":{\"amount\":30.10},\"items\":[{\"price\":30.10}]}\n", true);
  EXPECT_THAT(facts[0].fact,
              IsFact("customer_bill { source { source_system: 'crm' key: 'k' }"
                     " amount { currency_code: 'USD' minor_units: 3010 }"
                     " lines { amount { currency_code: 'USD' minor_units: 3010 } } }"));
}

TEST(Mapping, AnchorsStandForWhatTheyName) {
  const auto record =
      Record(Customer("      characteristics:\n"
                      "        - {name: p, value: {column: p, map: &m {\"1\": yes}}}\n"
                      "        - {name: q, value: {column: q, map: *m}}\n"),
             "p,q\n1,1\n");
  EXPECT_EQ(record.characteristics(1).value(), "yes");
}

TEST(Mapping, TellsWhichFactsStateNoEventTime) {
  const auto mapping = Mapping::Parse(
      "version: 1\n"
      "source_system: crm\n"
      "facts:\n"
      "  - {fact: product, set: {source.key: a}}\n"
      "  - {fact: product, set: {source.key: b}}\n"
      "  - {fact: payment, set: {source: {key: c, event_time: \"2024-02-01\"}}}\n",
      "m.yaml");
  EXPECT_THAT(mapping->FactsWithoutEventTime(), ElementsAre("product"));
}

TEST(Mapping, ItsFingerprintFollowsItsText) {
  const std::string yaml = Customer("");
  EXPECT_EQ(Mapping::Parse(yaml, "a")->fingerprint(), Mapping::Parse(yaml, "b")->fingerprint());
  EXPECT_NE(Mapping::Parse(yaml, "a")->fingerprint(),
            Mapping::Parse(yaml + "# more\n", "a")->fingerprint());
}

TEST(Mapping, RefusesAFileThatLacksItsColumns) {
  MemorySource source("name\nx\n");
  auto reader = CsvReader::Open(source, "data.csv", {});
  const auto converter =
      Mapping::Parse(Customer("      name: \"{nmae}\"\n"), "m.yaml")->Bind(**reader);
  EXPECT_THAT(converter, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(converter.status().message(),
              HasSubstr("data.csv has no column `nmae`; did you mean `name`?"));
}

TEST(Mapping, RefusesAColumnThatIsNamedLikeTheRowNumber) {
  MemorySource source("row\nx\n");
  auto reader = CsvReader::Open(source, "data.csv", {});
  const auto converter =
      Mapping::Parse(Customer("      name: \"{row}\"\n"), "m.yaml")->Bind(**reader);
  EXPECT_THAT(converter.status().message(), HasSubstr("column `row`"));
  EXPECT_EQ(Record(Customer("      name: {column: row}\n"), "row\nx\n").name(), "x");
}

}  // namespace
}  // namespace yilan
