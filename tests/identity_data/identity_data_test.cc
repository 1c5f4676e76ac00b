// Made-up people are believable, the same for the same seed, and labelled rightly.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/import/csv_reader.h"
#include "clients/import/input_file.h"
#include "clients/import/mapping.h"
#include "clients/import/row_converter.h"
#include "core/identity/person_name.h"
#include "core/identity/phone_number.h"
#include "core/identity/postal_address.h"
#include "core/identity/resident_id.h"
#include "core/identity/social_credit_code.h"
#include "core/matching/party_features.h"
#include "core/validation/field_rules.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/identity_data/csv_output.h"
#include "tests/identity_data/labelled_records.h"
#include "tests/identity_data/look_alike_strangers.h"
#include "tests/identity_data/source_habits.h"

namespace yilan::identity_data {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

std::string Csv(const std::vector<LabelledRecord>& records) {
  std::string csv = CsvHeader();
  for (const LabelledRecord& labelled : records) csv += CsvLine(labelled);
  return csv;
}

const std::vector<Person>& People() {
  static const auto* const kPeople =
      new std::vector<Person>(MakePeople({.seed = 5, .people = 4000}));
  return *kPeople;
}
const std::vector<LabelledRecord>& Records() {
  static const auto* const kRecords =
      new std::vector<LabelledRecord>(MakeRecords({.seed = 5, .people = 4000, .companies = 200}));
  return *kRecords;
}
const std::vector<StrangerPair>& Pairs() {
  static const auto* const kPairs = new std::vector<StrangerPair>(MakeStrangers(5, 3000));
  return *kPairs;
}

TEST(People, HaveResidentIdsThatSayWhenTheyWereBorn) {
  for (const Person& person : People()) {
    const auto id = core::ParseResidentId(person.resident_id, 20240601);
    ASSERT_TRUE(id.has_value()) << person.resident_id;
    const Date date = DateOf(person.birth);
    EXPECT_EQ(id->birth_date, absl::StrFormat("%04d%02d%02d", date.year, date.month, date.day));
    EXPECT_EQ(id->is_male, person.male);
  }
}

TEST(People, HaveAResidentIdOfTheirOwnAndANameOfTheirOwnAtHome) {
  std::set<std::string> ids;
  for (const Person& person : People()) {
    EXPECT_TRUE(ids.insert(person.resident_id).second) << person.resident_id;
    for (const size_t other : person.household) {
      EXPECT_TRUE(People()[other].key == person.key || People()[other].Name() != person.Name());
    }
  }
}

// Two tables of readings, made apart: of Yilan's, and of these people.
TEST(People, AreSpokenAsYilanSaysThem) {
  std::set<std::string> different;
  for (const Person& person : People()) {
    const core::PersonName name = core::NormalizePersonName(person.Name(), "", "");
    std::vector<std::string> syllables = person.family.syllables;
    syllables.insert(syllables.end(), person.given.syllables.begin(), person.given.syllables.end());
    if (name.whole.spoken != absl::StrJoin(syllables, " ")) different.insert(person.Name());
    EXPECT_EQ(name.family.written, person.family.written);
  }
  EXPECT_THAT(different, IsEmpty());
}

TEST(People, HaveNamesakes) {
  std::map<std::string, int> bearers;
  for (const Person& person : People()) ++bearers[person.Name()];
  int shared = 0;
  for (const auto& [name, count] : bearers) shared += count > 1 ? count : 0;
  EXPECT_THAT(shared, AllOf(Ge(300), Le(1500)));
}

TEST(People, HoldEachNumberOneAtATime) {
  std::map<std::string, std::vector<std::pair<Number, std::string>>> holders;
  for (const Person& person : People()) {
    for (const Number& number : person.numbers)
      holders[number.digits].push_back({number, person.key});
  }
  int given_on = 0;
  for (const auto& [digits, all] : holders) {
    EXPECT_LE(all.size(), 2u) << digits;
    if (all.size() < 2) continue;
    ++given_on;
    const bool in_order = all[0].first.from < all[1].first.from;
    const Number& first = all[in_order ? 0 : 1].first;
    const Number& second = all[in_order ? 1 : 0].first;
    EXPECT_LT(first.to, second.from) << digits;
  }
  EXPECT_GT(given_on, 100);
}

TEST(People, LiveAtAddressesWhosePartsYilanFinds) {
  for (const Person& person : People()) {
    const std::string full = WriteAddress(person.home, AddressStyle::kFull);
    const core::PostalAddress address = core::NormalizePostalAddress(full, "", "", "");
    ASSERT_FALSE(address.state.empty()) << full;
    ASSERT_FALSE(address.city.empty()) << full;
    if (person.home.house > 0) {
      ASSERT_EQ(address.house_number, absl::StrCat(person.home.house)) << full;
    }
  }
}

TEST(Companies, HaveVerifiableCodes) {
  for (const Company& company : MakeCompanies({.seed = 5})) {
    EXPECT_TRUE(core::ParseSocialCreditCode(company.social_credit_code).has_value())
        << company.social_credit_code;
  }
}

TEST(Records, AreTheSameForTheSameSeed) {
  const PeopleOptions options = {.seed = 7, .people = 300, .companies = 20};
  EXPECT_EQ(Csv(MakeRecords(options)), Csv(MakeRecords(options)));
  PeopleOptions other = options;
  other.seed = 8;
  EXPECT_NE(Csv(MakeRecords(options)), Csv(MakeRecords(other)));
}

TEST(Records, AreMadeForEverySeed) {
  for (uint64_t seed = 100; seed < 130; ++seed) {
    EXPECT_GE(MakeRecords({.seed = seed, .people = 500, .companies = 20}).size(), 1040u) << seed;
  }
}

TEST(Records, PassTheRulesOfTheirFields) {
  for (const LabelledRecord& labelled : Records()) {
    core::Violations violations;
    core::CheckFieldRules(labelled.record, "", violations);
    EXPECT_TRUE(violations.empty()) << labelled.record.DebugString();
  }
}

TEST(Records, AreTwoToFourOfEachAndMoreOfThoseRegisteredTwice) {
  std::map<std::string, int> count;
  for (const LabelledRecord& labelled : Records()) ++count[labelled.person];
  EXPECT_EQ(count.size(), 4200u);
  int more_than_four = 0;
  for (const auto& [person, records] : count) {
    EXPECT_GE(records, 2) << person;
    if (records > 4) ++more_than_four;
  }
  EXPECT_THAT(more_than_four, AllOf(Ge(1), Le(120)));
}

// Number, document, e-mail address or house: whatever Yilan finds in both.
std::set<std::string> TokensOf(const v1::SourceRecord& record) {
  const core::PartyFeatures features = core::FeaturesOf(record);
  std::set<std::string> tokens;
  for (const core::ContactFeature& phone : features.phones) tokens.insert(phone.value);
  for (const core::ContactFeature& email : features.emails) tokens.insert(email.value);
  for (const core::DocumentFeature& document : features.documents) tokens.insert(document.value);
  for (const core::AddressFeature& address : features.addresses) {
    // Of the room, or the group of a village.
    tokens.insert(
        address.text.substr(address.text.size() - std::min<size_t>(address.text.size(), 12)));
  }
  return tokens;
}

TEST(Records, HaveSomethingInCommonWithAnotherOfTheSame) {
  std::map<std::string, std::vector<std::set<std::string>>> tokens;
  for (const LabelledRecord& labelled : Records()) {
    tokens[labelled.person].push_back(TokensOf(labelled.record));
  }
  double alone = 0;
  for (const auto& [person, records] : tokens) {
    for (size_t i = 0; i < records.size(); ++i) {
      bool common = false;
      for (size_t j = 0; j < records.size(); ++j) {
        for (const std::string& token : records[i]) common |= i != j && records[j].contains(token);
      }
      if (!common) ++alone;
    }
  }
  // Few, whose addresses are written in ways that end differently.
  EXPECT_LT(alone / static_cast<double>(Records().size()), 0.01);
}

TEST(Records, HaveKeysThatAreUniqueInTheirSystem) {
  std::set<std::string> keys;
  for (const LabelledRecord& labelled : Records()) {
    EXPECT_TRUE(
        keys.insert(labelled.record.source().source_system() + labelled.record.source().key())
            .second);
  }
}

// The rates in source_habits.h, as far as they can be counted from outside.
TEST(Records, HaveTheGapsAndErrorsOfTheirSystems) {
  std::map<std::string, const Person*> people;
  for (const Person& person : People()) people[person.key] = &person;
  for (const Habits& habits : kHabits) {
    double records = 0;
    double with_id = 0;
    double wrong_id = 0;
    double with_email = 0;
    double with_birth_date = 0;
    double other_birth_date = 0;
    for (const LabelledRecord& labelled : Records()) {
      const auto person = people.find(labelled.person);
      if (labelled.record.source().source_system() != habits.system || person == people.end())
        continue;
      ++records;
      const core::PartyFeatures features = core::FeaturesOf(labelled.record);
      if (!labelled.record.identifications().empty()) {
        ++with_id;
        if (features.documents.empty() ||
            features.documents[0].value != person->second->resident_id) {
          ++wrong_id;
        }
      }
      for (const v1::ContactMedium& medium : labelled.record.contact_media()) {
        if (medium.type() == v1::CONTACT_MEDIUM_TYPE_EMAIL) ++with_email;
      }
      if (!labelled.record.birth_date().empty()) {
        ++with_birth_date;
        const Date date = DateOf(person->second->birth);
        if (labelled.record.birth_date() !=
            absl::StrFormat("%04d-%02d-%02d", date.year, date.month, date.day)) {
          ++other_birth_date;
        }
      }
    }
    SCOPED_TRACE(habits.system);
    EXPECT_NEAR(with_id / records, habits.id / 1000.0, 0.03);
    EXPECT_NEAR(with_email / records, habits.email * kEmailPermille / 1e6, 0.04);
    EXPECT_NEAR(with_birth_date / records, habits.birth_date / 1000.0, 0.04);
    if (with_id > 0) {
      const int wrong = habits.id_digit + habits.id_transposed + habits.id_placeholder;
      EXPECT_NEAR(wrong_id / with_id, wrong / 1000.0, 0.015);
    }
    if (with_birth_date > 0) {
      const int other = habits.birth_digit + habits.birth_placeholder + habits.birth_swapped / 3;
      EXPECT_NEAR(other_birth_date / with_birth_date, other / 1000.0, 0.025);
    }
  }
}

TEST(Csv, IsImportedAsTheRecordsItWasWrittenOf) {
  std::ifstream file(YILAN_MAPPING);
  const std::string yaml{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto mapping = Mapping::Parse(yaml, "chinese.mapping.yaml");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  const std::string csv = Csv(Records());
  MemorySource source(csv);
  const auto reader = CsvReader::Open(source, "chinese.csv", mapping->csv());
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto converter = mapping->Bind(**reader);
  ASSERT_TRUE(converter.ok()) << converter.status();
  Row row;
  std::vector<ConvertedFact> facts;
  size_t read = 0;
  while ((*reader)->Next(row).value_or(false)) {
    ASSERT_FALSE(row.problem.has_value()) << row.problem->reason;
    (*converter)->Convert(row, facts);
    ASSERT_EQ(facts.size(), 1u);
    ASSERT_FALSE(facts[0].problem.has_value()) << facts[0].problem->reason;
    // The order of contact media does not count.
    const core::PartyFeatures imported = core::FeaturesOf(facts[0].fact.source_record());
    ASSERT_EQ(imported, core::FeaturesOf(Records()[read].record))
        << Records()[read].record.DebugString();
    ++read;
  }
  EXPECT_EQ(read, Records().size());
}

TEST(Strangers, AreTwoOfDifferentLabelsAndInOnePairOnly) {
  std::set<std::string> labels;
  for (const StrangerPair& pair : Pairs()) {
    EXPECT_TRUE(labels.insert(pair.a.person).second) << pair.a.person;
    EXPECT_TRUE(labels.insert(pair.b.person).second) << pair.b.person;
  }
}

TEST(Strangers, NeverShareAVerifiedDocument) {
  for (const StrangerPair& pair : Pairs()) {
    for (const core::DocumentFeature& a : core::FeaturesOf(pair.a.record).documents) {
      for (const core::DocumentFeature& b : core::FeaturesOf(pair.b.record).documents) {
        EXPECT_FALSE(a.verified && a == b) << a.value;
      }
    }
  }
}

TEST(Strangers, AreOfAllKindsAsOftenAsIsSaid) {
  std::map<StrangerKind, int> kinds;
  for (const StrangerPair& pair : Pairs()) ++kinds[pair.kind];
  ASSERT_EQ(kinds.size(), std::size(kStrangerPermille));
  for (const auto& [kind, count] : kinds) {
    EXPECT_NEAR(count / 3.0, kStrangerPermille[static_cast<size_t>(kind)], 25) << NameOf(kind);
  }
}

TEST(Strangers, LookAlike) {
  std::map<StrangerKind, double> pairs;
  std::map<StrangerKind, double> same_family_name;
  std::map<StrangerKind, double> same_name;
  std::map<StrangerKind, double> same_phone;
  for (const StrangerPair& pair : Pairs()) {
    const core::PartyFeatures a = core::FeaturesOf(pair.a.record);
    const core::PartyFeatures b = core::FeaturesOf(pair.b.record);
    ++pairs[pair.kind];
    if (a.family_name.spoken == b.family_name.spoken) ++same_family_name[pair.kind];
    if (a.name.spoken == b.name.spoken) ++same_name[pair.kind];
    const auto shared = [&b](const core::ContactFeature& phone) {
      return std::any_of(b.phones.begin(), b.phones.end(), [&](const core::ContactFeature& other) {
        return other.value == phone.value;
      });
    };
    if (std::any_of(a.phones.begin(), a.phones.end(), shared)) ++same_phone[pair.kind];
  }
  using Kind = StrangerKind;
  EXPECT_GT(same_family_name[Kind::kSiblings] / pairs[Kind::kSiblings], 0.8);
  EXPECT_GT(same_family_name[Kind::kTwins] / pairs[Kind::kTwins], 0.8);
  EXPECT_GT(same_phone[Kind::kSiblings] / pairs[Kind::kSiblings], 0.35);
  EXPECT_GT(same_phone[Kind::kAgency] / pairs[Kind::kAgency], 0.95);
  EXPECT_GT(same_phone[Kind::kRecycledNumber] / pairs[Kind::kRecycledNumber], 0.3);
  EXPECT_GT(same_name[Kind::kNamesakes] / pairs[Kind::kNamesakes], 0.75);
  EXPECT_GT(same_name[Kind::kSameNameInVillage] / pairs[Kind::kSameNameInVillage], 0.75);
  EXPECT_GT(same_name[Kind::kAgency] / pairs[Kind::kAgency], 0.15);
}

}  // namespace
}  // namespace yilan::identity_data
