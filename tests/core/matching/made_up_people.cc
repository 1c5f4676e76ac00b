#include "tests/core/matching/made_up_people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace yilan::core {
namespace {

constexpr std::array<const char*, 10> kStreetSorts = {
    "Street", "Road", "Lane", "Place", "Court", "Avenue", "Circle", "Drive", "Way", "Close"};

struct Person {
  std::string given, family, birth_date;
  bool male = false;
  std::string house, street, suburb, city, state, postal_code;
  std::string document, phone, email;
};

class Maker {
 public:
  explicit Maker(const MadeUpOptions& options) : options_(options), random_(options.seed) {
    for (int i = 0; i < 4000; ++i) given_names_.push_back(Word(2));
    for (int i = 0; i < 20000; ++i) family_names_.push_back(Word(2 + i % 2));
    for (int i = 0; i < 3000; ++i) {
      towns_.push_back({Word(3), absl::StrFormat("%05d", Below(99999)), absl::StrCat("S", i % 12)});
    }
    for (int i = 0; i < 30000; ++i) streets_.push_back(Word(3));
  }

  LinkageData Make();

 private:
  struct Town {
    std::string name, postal_code, state;
  };

  // Distributions of the standard library differ between implementations; these do not.
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool Chance(double probability) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
  }
  // Small numbers often, large ones rarely.
  template <typename T>
  const T& Pick(const std::vector<T>& values) {
    const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;
    const double rank = std::pow(static_cast<double>(values.size()), uniform) - 1;
    // Half of the draws are even: names are less concentrated than Zipf says.
    if (Chance(0.5)) return values[Below(values.size())];
    return values[std::min(values.size() - 1, static_cast<size_t>(rank))];
  }

  std::string Word(int syllables) {
    constexpr std::array<const char*, 24> kOnsets = {"b", "br", "c",  "d", "f", "g", "gr", "h",
                                                     "j", "k",  "l",  "m", "n", "p", "pr", "r",
                                                     "s", "st", "sh", "t", "v", "w", "tr", "th"};
    constexpr std::array<const char*, 8> kVowels = {"a", "e", "i", "o", "u", "ee", "ai", "ou"};
    constexpr std::array<const char*, 10> kCodas = {"",  "",  "",  "n",  "r",
                                                    "l", "s", "m", "ck", "nd"};
    std::string word;
    for (int i = 0; i < syllables; ++i) {
      absl::StrAppend(&word, kOnsets[Below(kOnsets.size())], kVowels[Below(kVowels.size())],
                      kCodas[Below(kCodas.size())]);
    }
    return word;
  }

  void SettleDown(Person& person) {
    const Town& town = Pick(towns_);
    person.house = absl::StrCat(1 + Below(Chance(0.8) ? 120 : 900));
    person.street = absl::StrCat(Pick(streets_), " ", kStreetSorts[Below(kStreetSorts.size())]);
    person.suburb.clear();
    if (Chance(0.3)) person.suburb = Word(3);
    person.city = town.name;
    person.postal_code = town.postal_code;
    person.state = town.state;
  }

  Person MakePerson(const Person* relative) {
    Person person;
    if (relative != nullptr) {
      person = *relative;  // Family name, address, telephone.
    } else {
      person.family = Pick(family_names_);
      SettleDown(person);
      person.phone = absl::StrFormat("+614%08d", Below(100000000));
    }
    person.given = Pick(given_names_);
    person.male = Chance(0.5);
    person.birth_date =
        absl::StrFormat("%04d-%02d-%02d", 1930 + Below(75), 1 + Below(12), 1 + Below(28));
    person.document = absl::StrFormat("%08d", Below(100000000));
    person.email = absl::StrCat(person.given, ".", person.family, Below(100), "@",
                                Chance(0.5) ? "example.com" : "example.org");
    return person;
  }

  // One typing error.
  void Mistype(std::string& text) {
    if (text.empty()) return;
    const size_t at = Below(text.size());
    const bool digit = text[at] >= '0' && text[at] <= '9';
    const char other = static_cast<char>(digit ? '0' + Below(10) : 'a' + Below(26));
    switch (Below(5)) {
      case 0:
        text = absl::StrCat(text.substr(0, at), std::string(1, other), text.substr(at));
        break;
      case 1:
        if (text.size() > 1) text.erase(at, 1);
        break;
      case 2:
        if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
        break;
      case 3:  // Words run together, or one in two.
        if (const size_t blank = text.find(' '); blank != std::string::npos) {
          text.erase(blank, 1);
          break;
        }
        [[fallthrough]];
      default:
        text[at] = other;
    }
  }

  void MistypeDate(std::string& date) {
    if (date.size() != 10) return;
    if (Chance(0.2)) {
      const std::string day = date.substr(8, 2);
      if (day <= "12") date = absl::StrCat(date.substr(0, 5), day, "-", date.substr(5, 2));
      return;
    }
    // A digit of the year, of the day, or the month.
    const size_t at = std::array<size_t, 3>{3, 2, 9}[Below(3)];
    date[at] = static_cast<char>('0' + Below(at == 2 ? 10 : 9));
    if (date.substr(8) == "00") date[9] = '1';
  }

  void Replace(Person& person) {
    switch (Below(4)) {
      case 0:
        SettleDown(person);
        break;
      case 1:
        person.family = Pick(family_names_);
        break;
      case 2:
        person.given = Pick(given_names_);
        break;
      case 3:
        person.phone = absl::StrFormat("+614%08d", Below(100000000));
        break;
    }
  }

  void Err(Person& person) {
    if (Chance(options_.replaced)) return Replace(person);
    switch (Below(13)) {
      case 0:
      case 1:
        return Mistype(person.given);
      case 2:
      case 3:
        return Mistype(person.family);
      case 4:
        if (Chance(0.4)) std::swap(person.given, person.family);
        return;
      case 5:
        return MistypeDate(person.birth_date);
      case 6:
        return Mistype(person.house);
      case 7:
      case 8:
        return Mistype(person.street);
      case 9:
        return Mistype(person.city);
      case 10:
        return Mistype(person.postal_code);
      case 11:
        return Mistype(person.document);
      default:
        if (Chance(0.5)) return Mistype(person.phone);
        return Mistype(person.email);
    }
  }

  bool States() { return !Chance(options_.missing); }

  v1::SourceRecord RecordOf(const Person& person, absl::string_view key) {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system("made-up");
    record.mutable_source()->set_key(std::string(key));
    record.set_party_type(v1::PARTY_TYPE_INDIVIDUAL);
    if (States()) record.set_given_name(person.given);
    if (States()) record.set_family_name(person.family);
    record.set_name(absl::StrCat(record.given_name(), " ", record.family_name()));
    if (options_.birth_dates && States()) record.set_birth_date(person.birth_date);
    if (options_.sexes && States()) record.set_gender(person.male ? "M" : "F");
    if (options_.documents && States()) {
      v1::PartyIdentification& document = *record.add_identifications();
      document.set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
      document.set_value(person.document);
    }
    if (options_.addresses) {
      v1::ContactMedium& address = *record.add_contact_media();
      address.set_type(v1::CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS);
      std::vector<std::string> parts;
      if (States()) parts.push_back(person.house);
      if (States()) parts.push_back(person.street);
      if (!person.suburb.empty() && States()) parts.push_back(person.suburb);
      address.set_value(absl::StrJoin(parts, " "));
      if (States()) address.set_city(person.city);
      if (States()) address.set_postal_code(person.postal_code);
      if (States()) address.set_state_or_province(person.state);
    }
    const auto add = [&](v1::ContactMediumType type, const std::string& value) {
      v1::ContactMedium& medium = *record.add_contact_media();
      medium.set_type(type);
      medium.set_value(value);
    };
    if (options_.phones && States()) add(v1::CONTACT_MEDIUM_TYPE_PHONE, person.phone);
    if (options_.emails && States()) add(v1::CONTACT_MEDIUM_TYPE_EMAIL, person.email);
    return record;
  }

  const MadeUpOptions& options_;
  std::mt19937_64 random_;
  std::vector<std::string> given_names_, family_names_, streets_;
  std::vector<Town> towns_;
};

LinkageData Maker::Make() {
  std::vector<Person> people;
  people.reserve(options_.people);
  while (people.size() < options_.people) {
    const bool related = !people.empty() && Chance(options_.families);
    people.push_back(MakePerson(related ? &people.back() : nullptr));
  }
  LinkageData data;
  LinkageData duplicates;
  for (size_t i = 0; i < people.size(); ++i) {
    data.records.push_back(RecordOf(people[i], absl::StrCat("p", i, "-0")));
    data.parties.push_back(absl::StrCat(i));
    if (!Chance(options_.duplicated)) continue;
    const size_t count = options_.link ? 1 : 1 + Below(options_.most_duplicates);
    for (size_t k = 1; k <= count; ++k) {
      Person copy = people[i];
      // The number of errors around its mean: with a whole mean, none to twice as many.
      const size_t most = static_cast<size_t>(std::lround(2 * options_.errors));
      for (size_t left = Below(most + 1); left > 0; --left) Err(copy);
      duplicates.records.push_back(RecordOf(copy, absl::StrCat("p", i, "-", k)));
      duplicates.parties.push_back(absl::StrCat(i));
    }
  }
  if (options_.link) data.first_set = data.records.size();
  for (v1::SourceRecord& record : duplicates.records) data.records.push_back(std::move(record));
  data.parties.insert(data.parties.end(), duplicates.parties.begin(), duplicates.parties.end());
  return data;
}

}  // namespace

LinkageData MakeUpPeople(const MadeUpOptions& options) { return Maker(options).Make(); }

}  // namespace yilan::core
