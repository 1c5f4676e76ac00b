// Mappings that are wrong: each mistake is reported with its line and what to do.
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/import/mapping.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The errors of a mapping; empty when there are none.
std::string Errors(const std::string& yaml) {
  const auto mapping = Mapping::Parse(yaml, "m.yaml");
  if (mapping.ok()) return "";
  EXPECT_THAT(mapping, StatusIs(absl::StatusCode::kInvalidArgument));
  return std::string(mapping.status().message());
}

// The errors of one field, which stands at line 7 of an otherwise sound mapping.
std::string ErrorsOfField(const std::string& field, const std::string& fact = "source_record") {
  return Errors(absl::StrCat("version: 1\nsource_system: crm\nfacts:\n  - fact: ", fact,
                             "\n    set:\n      source.key: k\n      ", field, "\n"));
}

TEST(MappingErrors, ASoundMappingHasNone) { EXPECT_EQ(ErrorsOfField("name: x"), ""); }

TEST(MappingErrors, TextThatIsNoYamlIsReportedWithItsLine) {
  EXPECT_THAT(Errors("version: 1\nfacts: [\n"), StartsWith("m.yaml:3: is not YAML"));
  EXPECT_THAT(Errors("version: 1\n  a: b\n c"), HasSubstr("is not YAML"));
  EXPECT_THAT(Errors("version: 1\nname: caf\xE9\n"),
              StartsWith("m.yaml:2: has a byte that is not text"));
}

TEST(MappingErrors, AMappingIsOneMapWithAVersion) {
  EXPECT_THAT(Errors(""), HasSubstr("starts with `version: 1`"));
  EXPECT_THAT(Errors("- a\n"), HasSubstr("starts with `version: 1`"));
  EXPECT_THAT(Errors("facts: []\n"), HasSubstr("must state `version: 1`"));
  EXPECT_THAT(Errors("version: 2\n"), HasSubstr("m.yaml:1: must state `version: 1`"));
  EXPECT_THAT(Errors("version: 1\n---\nversion: 1\n"), HasSubstr("several documents"));
}

TEST(MappingErrors, AKeyThatIsStatedTwiceIsReported) {
  EXPECT_THAT(Errors("version: 1\nversion: 1\n"), StartsWith("m.yaml:2: states `version` twice"));
}

TEST(MappingErrors, WhatIsTooLargeOrTooDeepIsReported) {
  std::string deep = "version: 1\nfacts: ";
  for (int i = 0; i < 40; ++i) deep += "[";
  for (int i = 0; i < 40; ++i) deep += "]";
  EXPECT_THAT(Errors(deep), HasSubstr("more deeply nested"));
  EXPECT_THAT(Errors("version: 1\n" + std::string(100000, '[')), HasSubstr("m.yaml"));
  EXPECT_THAT(Errors(std::string(2 << 20, '#')), HasSubstr("larger than 1 MiB"));
  // Ten aliases of ten aliases of …
  std::string bomb = "a0: &a0 x\n";
  for (int i = 1; i < 9; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&bomb, j > 0 ? ", " : "", "*a", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(Errors(bomb), HasSubstr("is larger or more deeply nested"));
}

TEST(MappingErrors, UnknownKeysAreReportedWithSuggestions) {
  EXPECT_THAT(Errors("version: 1\ntimezone: UTC\nfacts: [{fact: payment, set: {}}]\n"),
              HasSubstr("m.yaml:2: a mapping has no `timezone`; did you mean `time_zone`?"));
  EXPECT_THAT(Errors("version: 1\nfacts:\n  - {fact: payment, sets: {}}\n"),
              HasSubstr("m.yaml:3: a fact has no `sets`; did you mean `set`?"));
  EXPECT_THAT(
      ErrorsOfField("name: {column: a, defualt: b}"),
      HasSubstr(
          "m.yaml:7: the value of `source_record.name` has no `defualt`; did you mean `default`?"));
}

TEST(MappingErrors, UnknownFieldsAreReportedWithSuggestions) {
  EXPECT_THAT(ErrorsOfField("nmae: x"),
              HasSubstr("m.yaml:7: `source_record` has no field `nmae`; did you mean `name`?"));
  EXPECT_THAT(ErrorsOfField("source.keys: x"),
              HasSubstr("`source_record.source` has no field `keys`; did you mean `key`?"));
  EXPECT_THAT(ErrorsOfField("contact_media: [{typ: PHONE}]"),
              HasSubstr("`source_record.contact_media[0]` has no field `typ`"));
  EXPECT_THAT(Errors("version: 1\nsource: {evnt_time: x}\nfacts:\n"
                     "  - {fact: payment, set: {source.key: k}}\n"),
              HasSubstr("m.yaml:2: `source` has no field `evnt_time`; did you mean `event_time`?"));
}

TEST(MappingErrors, UnknownKindsOfFactAreReportedWithSuggestions) {
  EXPECT_THAT(
      Errors("version: 1\nfacts:\n  - {fact: customer_bil, set: {}}\n"),
      HasSubstr(
          "m.yaml:3: there is no kind of fact `customer_bil`; did you mean `customer_bill`?"));
}

TEST(MappingErrors, FieldsOfTheServerAreRefused) {
  EXPECT_THAT(ErrorsOfField("etag: x"), HasSubstr("`source_record.etag` is set by the server"));
  EXPECT_THAT(ErrorsOfField("source.recorded_time: x"), HasSubstr("is set by the server"));
}

TEST(MappingErrors, AFieldIsSetOnce) {
  EXPECT_THAT(ErrorsOfField("source: {key: again}"),
              HasSubstr("`source_record.source.key` is set already at line 6"));
}

TEST(MappingErrors, EveryFactIsIdentified) {
  const std::string errors = Errors("version: 1\nfacts:\n  - {fact: payment, set: {}}\n");
  EXPECT_THAT(errors, HasSubstr("m.yaml:3: the fact payment sets no `source.source_system`"));
  EXPECT_THAT(errors, HasSubstr("m.yaml:3: the fact payment sets no `source.key`"));
}

TEST(MappingErrors, FactsAreAListOfMaps) {
  EXPECT_THAT(Errors("version: 1\n"), HasSubstr("needs `facts`"));
  EXPECT_THAT(Errors("version: 1\nfacts: []\n"), HasSubstr("needs `facts`"));
  EXPECT_THAT(Errors("version: 1\nfacts: [payment]\n"), HasSubstr("a fact must be a map"));
  EXPECT_THAT(Errors("version: 1\nfacts: [{set: {}}]\n"), HasSubstr("a fact needs `fact`"));
  EXPECT_THAT(Errors("version: 1\nfacts: [{fact: payment}]\n"), HasSubstr("a fact needs `set`"));
}

TEST(MappingErrors, TemplatesAreChecked) {
  EXPECT_THAT(ErrorsOfField("name: \"{a\""), HasSubstr("m.yaml:7: has a { without a column and }"));
  EXPECT_THAT(ErrorsOfField("name: \"{}\""), HasSubstr("has a { without a column and }"));
  EXPECT_THAT(ErrorsOfField("name: a}"), HasSubstr("has a } without a {"));
  EXPECT_THAT(ErrorsOfField("name: {a}"), HasSubstr("put the template in quotes: \"{a}\""));
}

TEST(MappingErrors, AFieldHasOneSource) {
  EXPECT_THAT(ErrorsOfField("name: {default: x}"),
              HasSubstr("needs exactly one of `value`, `column`"));
  EXPECT_THAT(ErrorsOfField("name: {column: a, constant: b}"), HasSubstr("needs exactly one of"));
  EXPECT_THAT(ErrorsOfField("name:"), HasSubstr("`source_record.name` has no value"));
  EXPECT_THAT(ErrorsOfField("name: [a]"), HasSubstr("is a single value, not a list"));
  EXPECT_THAT(ErrorsOfField("name: {join: a}"), HasSubstr("`join` must be a list"));
  EXPECT_THAT(ErrorsOfField("name: \"\""),
              HasSubstr("`source_record.name` is empty; leave it out"));
}

TEST(MappingErrors, OptionsFitTheTypeOfTheField) {
  EXPECT_THAT(ErrorsOfField("name: {column: a, currency: USD}"),
              HasSubstr("m.yaml:7: `currency` is for money, which `source_record.name` is not"));
  EXPECT_THAT(ErrorsOfField("name: {column: a, format: \"%Y\"}"),
              HasSubstr("`format` is for times"));
  EXPECT_THAT(ErrorsOfField("name: {column: a, true_values: [x]}"),
              HasSubstr("`true_values` is for"));
  EXPECT_THAT(ErrorsOfField("name: {column: a, split: x}"),
              HasSubstr("`split` is for fields that are lists"));
  EXPECT_THAT(ErrorsOfField("status: {column: a, case: upper}"),
              HasSubstr("`case` is for strings"));
}

TEST(MappingErrors, ConstantsAreConvertedWhenTheMappingIsRead) {
  EXPECT_THAT(ErrorsOfField("status: ACTVE"),
              HasSubstr("`ACTVE` is not a value of the field; did you mean `ACTIVE`?"));
  EXPECT_THAT(ErrorsOfField("customer_since_time: yesterday"),
              HasSubstr("`yesterday` is not a time"));
  EXPECT_THAT(ErrorsOfField("bill_cycle_day: first", "billing_account"),
              HasSubstr("is not a whole number"));
  EXPECT_THAT(ErrorsOfField("paperless: maybe", "billing_account"),
              HasSubstr("is neither true nor false"));
  EXPECT_THAT(ErrorsOfField("amount: {constant: \"1.005\", currency: USD}", "payment"),
              HasSubstr("has more than 2 decimals"));
}

TEST(MappingErrors, TargetsOfMapsAreConvertedWhenTheMappingIsRead) {
  EXPECT_THAT(ErrorsOfField("status: {column: a, map: {\"1\": ACTVE}}"),
              HasSubstr("did you mean `ACTIVE`?"));
  EXPECT_THAT(ErrorsOfField("status: {column: a, map: {\"1\": ACTIVE}, otherwise: x}"),
              HasSubstr("`x` is not a value"));
  EXPECT_THAT(ErrorsOfField("status: {column: a, default: x}"), HasSubstr("`x` is not a value"));
  EXPECT_THAT(ErrorsOfField("name: {column: a, map: x}"), HasSubstr("`map` must be a map"));
  EXPECT_THAT(ErrorsOfField("name: {column: a, otherwise: x}"),
              HasSubstr("`otherwise` goes with `map`"));
}

TEST(MappingErrors, MoneyNeedsACurrency) {
  EXPECT_THAT(ErrorsOfField("amount: \"{a}\"", "payment"),
              HasSubstr("m.yaml:7: `payment.amount` has no currency; state `currency: USD`"));
  EXPECT_THAT(ErrorsOfField("amount: {constant: \"1\", currency: usd}", "payment"),
              HasSubstr("ISO 4217"));
  EXPECT_THAT(Errors("version: 1\ncurrency: RMB\nfacts: [{fact: payment, set: {}}]\n"),
              HasSubstr("m.yaml:2: `RMB` is not an ISO 4217 code"));
}

TEST(MappingErrors, MoneyOptionsAreChecked) {
  const auto errors = [](const std::string& options) {
    return ErrorsOfField(absl::StrCat("amount: {column: a, currency: USD, ", options, "}"),
                         "payment");
  };
  EXPECT_THAT(errors("unit: cents"), HasSubstr("`unit` must be major (12.50) or minor (1250)"));
  EXPECT_THAT(errors("round: up"), HasSubstr("`round` must be half_even or half_up"));
  EXPECT_THAT(errors("decimal_separator: \"1\""),
              HasSubstr("`decimal_separator` must be one character"));
  EXPECT_THAT(errors("group_separator: \".\""), HasSubstr("must differ"));
}

TEST(MappingErrors, TimesAreChecked) {
  EXPECT_THAT(ErrorsOfField("customer_since_time: {column: a, time_zone: Mars}"),
              HasSubstr("`Mars` is not a time zone"));
  EXPECT_THAT(Errors("version: 1\ntime_zone: ../x\nfacts: [{fact: payment, set: {}}]\n"),
              HasSubstr("m.yaml:2: `../x` is not a time zone"));
  EXPECT_THAT(ErrorsOfField("customer_since_time: {column: a, format: YYYY}"),
              HasSubstr("`format` has no conversion"));
  EXPECT_THAT(ErrorsOfField("customer_since_time: {column: a, format: \"%Q\"}"),
              HasSubstr("`format` has an unknown conversion `%Q`"));
  EXPECT_THAT(ErrorsOfField("customer_since_time: {constant: \"2024-01-01\", shift: 3 moons}"),
              HasSubstr("cannot be shifted"));
}

TEST(MappingErrors, ListsAreWrittenAsLists) {
  EXPECT_THAT(ErrorsOfField("contact_media: {type: PHONE}"),
              HasSubstr("is a list; begin each element with `- `"));
  EXPECT_THAT(ErrorsOfField("contact_media.type: PHONE"), HasSubstr("it is a list"));
  EXPECT_THAT(ErrorsOfField("contact_media: [x]"), HasSubstr("must be a map of fields"));
  EXPECT_THAT(ErrorsOfField("customer_since_time.seconds: 5"),
              HasSubstr("has no fields to set by name"));
}

TEST(MappingErrors, WhatIsLeftStandsInTheLastElement) {
  const std::string where = "`rest_of` belongs to the amount of the last element of a list";
  EXPECT_THAT(ErrorsOfField("amount: {rest_of: amount}", "payment"), HasSubstr(where));
  EXPECT_THAT(ErrorsOfField("lines: [{amount: {rest_of: amount}}, {key: a}]", "customer_bill"),
              HasSubstr(where));
  EXPECT_THAT(ErrorsOfField("lines: [{amount: {rest_of: lines}}]", "customer_bill"),
              HasSubstr("`rest_of` must name an amount of CustomerBill"));
}

TEST(MappingErrors, ConditionsAreChecked) {
  const auto errors = [](const std::string& when) {
    return Errors(
        absl::StrCat("version: 1\nsource_system: crm\nfacts:\n  - fact: payment\n    when: ", when,
                     "\n    set: {source.key: k}\n"));
  };
  EXPECT_THAT(errors("x"), HasSubstr("m.yaml:5: `when` must name columns"));
  EXPECT_THAT(errors("{a: {like: x}}"), HasSubstr("a condition has no `like`"));
  EXPECT_THAT(errors("{a: {empty: maybe}}"), HasSubstr("`empty` must be true or false"));
}

TEST(MappingErrors, CsvOptionsAreChecked) {
  const auto errors = [](const std::string& csv) {
    return Errors(absl::StrCat("version: 1\ncsv: ", csv, "\nfacts: [{fact: payment, set: {}}]\n"));
  };
  EXPECT_THAT(errors("x"), HasSubstr("`csv` must be a map"));
  EXPECT_THAT(errors("{delimiter: ab}"), HasSubstr("`delimiter` must be one character"));
  EXPECT_THAT(errors("{delimiter: \"'\", quote: \"'\"}"), HasSubstr("must differ"));
  EXPECT_THAT(Errors("version: 1\nformat: xml\nfacts: [{fact: payment, set: {}}]\n"),
              HasSubstr("m.yaml:2: `format` must be csv or jsonl"));
}

TEST(MappingErrors, AllMistakesAreReportedAtOnce) {
  const std::string errors = Errors(
      "version: 1\nsource_system: crm\ncurrency: RMB\nfacts:\n"
      "  - fact: payment\n    set:\n      source.key: k\n      nmae: x\n      amount: \"{a}\"\n");
  EXPECT_THAT(errors, HasSubstr("m.yaml:3:"));
  EXPECT_THAT(errors, HasSubstr("m.yaml:8:"));
}

TEST(MappingErrors, NoFieldOfAFactIsNamedLikeAWordOfTheMapping) {
  std::vector<const google::protobuf::Descriptor*> types = {v1::Fact::descriptor()};
  for (size_t i = 0; i < types.size(); ++i) {
    for (int j = 0; j < types[i]->field_count(); ++j) {
      const auto& field = *types[i]->field(j);
      EXPECT_NE(field.name(), "when") << types[i]->full_name();
      EXPECT_NE(field.name(), "columns") << types[i]->full_name();
      const bool seen = field.message_type() == nullptr ||
                        std::find(types.begin(), types.end(), field.message_type()) != types.end();
      if (!seen) types.push_back(field.message_type());
    }
  }
  EXPECT_GT(types.size(), 12u);
}

TEST(MappingErrors, AFileIsNamedThatCannotBeRead) {
  EXPECT_THAT(Mapping::Load("/nowhere/m.yaml"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Mapping::Load("/").status().message(), HasSubstr("/ is a directory"));
}

}  // namespace
}  // namespace yilan
