#include "tests/identity_data/source_systems.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/facts/times.h"
#include "tests/identity_data/typing_errors.h"

namespace yilan::identity_data {
namespace {

constexpr TimeMicros kMicrosOfDay = TimeMicros{86400} * 1000000;

void SetDay(Day day, google::protobuf::Timestamp& time) {
  core::SetTimestamp(day * kMicrosOfDay, time);
}

std::string Capitalized(std::string word) {
  if (!word.empty()) word[0] = absl::ascii_toupper(static_cast<unsigned char>(word[0]));
  return word;
}

// The ways in which pinyin is written: the syllables of the given name together or apart.
std::string InPinyin(const Person& person, Random& random) {
  const std::string family = absl::StrJoin(person.family.syllables, "");
  const std::string given = absl::StrJoin(person.given.syllables, "");
  switch (random.Below(5)) {
    case 0:
      return absl::StrCat(Capitalized(family), " ", Capitalized(given));
    case 1:
      return absl::StrCat(Capitalized(given), " ", Capitalized(family));
    case 2:
      return absl::AsciiStrToUpper(absl::StrCat(family, " ", given));
    case 3:
      return absl::StrCat(family, " ", absl::StrJoin(person.given.syllables, " "));
    default:
      return absl::StrCat(Capitalized(given), " ", absl::AsciiStrToUpper(family));
  }
}

v1::ContactMedium* AddMedium(v1::ContactMediumType type, std::string value,
                             v1::SourceRecord& record) {
  v1::ContactMedium* medium = record.add_contact_media();
  medium->set_type(type);
  medium->set_value(std::move(value));
  return medium;
}

AddressStyle StyleOf(const Habits& habits, Random& random) {
  const absl::string_view system = habits.system;
  // full, no province, short names, from district, from road, Chinese digits, estate, courtyard
  static constexpr std::array<std::array<int, 8>, 4> kWeights = {{{70, 8, 4, 10, 0, 1, 2, 5},
                                                                  {55, 15, 10, 10, 2, 3, 2, 3},
                                                                  {5, 10, 5, 40, 20, 3, 15, 2},
                                                                  {35, 15, 15, 15, 5, 2, 10, 3}}};
  const size_t row = system == "crm" ? 0 : system == "billing" ? 1 : system == "network" ? 2 : 3;
  return static_cast<AddressStyle>(random.Weighted(kWeights[row]));
}

}  // namespace

SourceSystems::SourceSystems(uint64_t seed, const std::vector<Person>& people)
    : random_(simulate::Mix(seed, 3)), people_(people) {
  PeopleMaker maker(simulate::Mix(seed, 4));
  for (int i = 0; i < kAgencies; ++i) {
    agencies_.push_back(i % 3 == 0 ? PickFixedLine(PickDistrict(false, random_), random_)
                                   : maker.MakeMobile());
  }
}

std::string SourceSystems::Spell(const std::string& digits) {
  const bool mobile = digits[0] == '1';
  if (!mobile) {
    const std::string plain =
        absl::StrCat(digits.substr(0, digits.find('-')), digits.substr(digits.find('-') + 1));
    switch (random_.Below(10)) {
      case 0:
        return plain;
      case 1:
        return absl::StrCat("+86-", digits.substr(1));
      case 2:
        return absl::StrCat("(", digits.substr(0, digits.find('-')), ")",
                            digits.substr(digits.find('-') + 1));
      case 3:
        return absl::StrCat(digits, random_.Chance(50) ? "-" : " 转 ", 8000 + random_.Below(1000));
      default:
        return digits;
    }
  }
  switch (random_.Below(20)) {
    case 0:
      return absl::StrCat("+86", digits);
    case 1:
      return absl::StrCat("+86 ", digits.substr(0, 3), " ", digits.substr(3, 4), " ",
                          digits.substr(7));
    case 2:
      return absl::StrCat("86", digits);
    case 3:
      return absl::StrCat("0086", digits);
    case 4:
      return absl::StrCat(digits.substr(0, 3), "-", digits.substr(3, 4), "-", digits.substr(7));
    case 5:
      return absl::StrCat(digits.substr(0, 3), " ", digits.substr(3, 4), " ", digits.substr(7));
    case 6:
      return InFullWidth(digits);
    case 7:
      return absl::StrCat("0", digits);
    default:
      return digits;
  }
}

const Person* SourceSystems::RelativeOf(const Person& person) {
  std::vector<const Person*> others;
  for (const size_t i : person.household) {
    if (people_[i].key != person.key) others.push_back(&people_[i]);
  }
  return others.empty() ? nullptr : others[random_.Below(others.size())];
}

void SourceSystems::WriteName(const Habits& habits, const Person& person,
                              v1::SourceRecord& record) {
  if (!Happens(habits.name, random_)) {
    if (random_.Chance(30)) record.set_name(random_.Chance(50) ? "未知" : "无");
    return;
  }
  if (Happens(habits.name_nickname, random_)) {
    record.set_name(random_.Chance(50)
                        ? absl::StrCat(CharactersOf(person.given.written).back(), "同学")
                        : absl::StrCat(person.given.syllables.back(), random_.Below(10000)));
    return;
  }
  if (Happens(habits.name_title_only, random_)) {
    record.set_name(absl::StrCat(person.family.written, person.male ? "先生" : "女士"));
    return;
  }
  const bool parted = Happens(habits.name_parted, random_);
  const bool given_first = Happens(habits.name_given_first, random_);
  std::string family = person.family.written;
  std::vector<std::string> given = CharactersOf(person.given.written);
  std::string& changed = given[random_.Below(given.size())];
  if (Happens(habits.name_homophone, random_)) changed = HomophoneOf(changed, random_);
  if (Happens(habits.name_look_alike, random_)) changed = LookAlikeOf(changed);
  if (Happens(habits.name_family_homophone, random_)) family = HomophoneOf(family, random_);
  if (given.size() > 1 && Happens(habits.name_shortened, random_)) {
    given.erase(given.begin() + static_cast<std::ptrdiff_t>(random_.Below(2)));
  }
  std::string given_name = absl::StrJoin(given, "");
  if (Happens(habits.name_pinyin, random_)) {
    if (!parted) {
      record.set_name(InPinyin(person, random_));
      return;
    }
    family = Capitalized(absl::StrJoin(person.family.syllables, ""));
    given_name = Capitalized(absl::StrJoin(person.given.syllables, ""));
  } else if (Happens(habits.name_traditional, random_)) {
    family = InTraditionalCharacters(family);
    given_name = InTraditionalCharacters(given_name);
  }
  if (parted) {
    record.set_family_name(given_first ? given_name : family);
    record.set_given_name(given_first ? family : given_name);
    return;
  }
  const char* const blank =
      Happens(habits.name_with_blanks, random_) ? (random_.Chance(50) ? " " : "　") : "";
  record.set_name(given_first ? absl::StrCat(given_name, " ", family)
                              : absl::StrCat(family, blank, given_name));
}

void SourceSystems::WriteId(const Habits& habits, const Person& person, v1::SourceRecord& record) {
  if (!Happens(habits.id, random_)) return;
  std::string id = person.resident_id;
  bool right = true;
  if (Happens(habits.id_of_relative, random_)) {
    const Person* relative = RelativeOf(person);
    if (relative != nullptr) {
      id = relative->resident_id;
      right = false;
    }
  }
  if (Happens(habits.id_of_15_digits, random_) && DateOf(person.birth).year < 1985 &&
      id.substr(6, 2) == "19") {
    id = absl::StrCat(id.substr(0, 6), id.substr(8, 9));
  }
  const std::string without_error = id;
  if (Happens(habits.id_digit, random_)) id = WithAnotherDigit(std::move(id), random_);
  if (Happens(habits.id_transposed, random_)) id = WithNeighboursExchanged(std::move(id), random_);
  if (Happens(habits.id_placeholder, random_)) id = "000000000000000000";
  if (right && id == without_error) evidence_.insert("id");
  if (random_.Chance(25)) absl::AsciiStrToLower(&id);
  if (random_.Chance(3) && id.size() == 18) {
    id = absl::StrCat(id.substr(0, 6), " ", id.substr(6, 8), " ", id.substr(14));
  }
  if (random_.Chance(1)) id = InFullWidth(id);
  v1::PartyIdentification* document = record.add_identifications();
  document->set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
  document->set_value(std::move(id));
}

void SourceSystems::WriteBirthDate(const Habits& habits, const Person& person,
                                   v1::SourceRecord& record) {
  if (!Happens(habits.birth_date, random_)) return;
  Date date = DateOf(person.birth);
  if (Happens(habits.birth_placeholder, random_)) {
    date = random_.Chance(50) ? Date{1900, 1, 1} : Date{date.year, 1, 1};
  }
  if (Happens(habits.birth_swapped, random_) && date.day <= 12) std::swap(date.day, date.month);
  if (Happens(habits.birth_digit, random_)) {
    // A digit of the day or of the decade: what is no date is not accepted by any form.
    if (random_.Chance(60)) {
      date.day = 1 + static_cast<int>(random_.Below(28));
    } else {
      date.year += random_.Chance(50) ? 10 : random_.Chance(50) ? -1 : 1;
    }
  }
  record.set_birth_date(absl::StrFormat("%04d-%02d-%02d", date.year, date.month, date.day));
}

void SourceSystems::WritePhones(const Habits& habits, const Person& person, Day day,
                                v1::SourceRecord& record) {
  if (!Happens(habits.phone, random_)) return;
  constexpr auto kPhone = v1::CONTACT_MEDIUM_TYPE_PHONE;
  if (Happens(habits.phone_placeholder, random_)) {
    AddMedium(kPhone, "00000000000", record);
    return;
  }
  if (Happens(habits.phone_of_agency, random_)) {
    // The first agency signs a fifth of all contracts, the last hardly any.
    const size_t agency = std::min(random_.Below(kAgencies), random_.Below(kAgencies));
    AddMedium(kPhone, Spell(agencies_[agency]), record);
    return;
  }
  const Person* holder = &person;
  const Person* relative = RelativeOf(person);
  if (relative != nullptr &&
      (Happens(habits.phone_of_relative, random_) || person.numbers.empty())) {
    holder = relative;
  }
  const std::vector<Number>& numbers = holder->numbers;
  const bool second = !person.fixed_line.empty() && Happens(habits.phone_second * 4, random_);
  if (habits.phone_periods) {
    for (const Number& number : numbers) {
      v1::ContactMedium* medium = AddMedium(kPhone, Spell(number.digits), record);
      evidence_.insert("phone " + number.digits);
      // Relatives' numbers are noted without a period.
      if (holder != &person) continue;
      SetDay(number.from, *medium->mutable_valid_period()->mutable_start_time());
      if (number.to != Number::kForever) {
        SetDay(number.to, *medium->mutable_valid_period()->mutable_end_time());
      }
    }
  } else if (!numbers.empty()) {
    const Number& held = day < numbers.back().from ? numbers.front() : numbers.back();
    std::string digits = held.digits;
    if (Happens(habits.phone_digit, random_)) {
      digits = absl::StrCat("1", WithAnotherDigit(digits.substr(1), random_));
    }
    if (Happens(habits.phone_transposed, random_)) {
      digits = absl::StrCat("1", WithNeighboursExchanged(digits.substr(1), random_));
    }
    if (digits == held.digits) evidence_.insert("phone " + digits);
    if (second && Happens(habits.phone_in_one_field, random_)) {
      evidence_.insert("phone " + person.fixed_line);
      AddMedium(kPhone, absl::StrCat(digits, "/", person.fixed_line), record);
      return;
    }
    AddMedium(kPhone, Spell(digits), record);
  }
  if (second) {
    evidence_.insert("phone " + person.fixed_line);
    AddMedium(kPhone, Spell(person.fixed_line), record);
  }
}

void SourceSystems::WriteEmails(const Habits& habits, const Person& person,
                                v1::SourceRecord& record) {
  if (!Happens(habits.email, random_)) return;
  const Person* relative = RelativeOf(person);
  const bool of_relative = relative != nullptr && Happens(habits.email_of_relative, random_);
  const std::vector<std::string>& emails = of_relative ? relative->emails : person.emails;
  if (emails.empty()) return;
  std::string email = emails[random_.Below(emails.size())];
  if (!Happens(habits.email_typing, random_)) {
    evidence_.insert("email " + email);
  } else {
    if (random_.Chance(40) && absl::EndsWith(email, ".com")) {
      email.replace(email.size() - 4, 4, random_.Chance(50) ? ".con" : ".cn");
    } else {
      email = WithMissedLetter(std::move(email), random_);
    }
  }
  if (random_.Chance(6)) absl::AsciiStrToUpper(&email);
  if (random_.Chance(1)) email = InFullWidth(email);
  AddMedium(v1::CONTACT_MEDIUM_TYPE_EMAIL, std::move(email), record);
}

void SourceSystems::WriteAddress(const Habits& habits, const Address& address,
                                 v1::SourceRecord& record) {
  Address written = address;
  if (Happens(habits.address_typing, random_)) {
    if (random_.Chance(50)) {
      written.house = 1 + static_cast<int>(random_.Below(200));
    } else {
      std::string& name = written.village.empty() ? written.road : written.village;
      std::vector<std::string> characters = CharactersOf(name);
      std::string& changed = characters[random_.Below(characters.size() - 1)];
      const std::string look_alike = LookAlikeOf(changed);
      changed = look_alike != changed ? look_alike : HomophoneOf(changed, random_);
      name = absl::StrJoin(characters, "");
    }
  }
  const bool in_fields = Happens(habits.address_in_fields, random_);
  const AddressStyle style = StyleOf(habits, random_);
  std::string text = in_fields ? identity_data::WriteAddress(written, AddressStyle::kFromDistrict)
                     : style == AddressStyle::kFull && random_.Chance(10)
                         ? WriteAddressWithBlanks(written)
                         : identity_data::WriteAddress(written, style);
  if (Happens(habits.address_traditional, random_)) text = InTraditionalCharacters(text);
  if (random_.Chance(3)) text = InFullWidth(text);
  v1::ContactMedium* medium =
      AddMedium(v1::CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS, std::move(text), record);
  if (in_fields) {
    const bool short_names = random_.Chance(30);
    const absl::string_view city = address.district->city;
    medium->set_city(std::string(short_names ? absl::StripSuffix(city, "市") : city));
    medium->set_state_or_province(std::string(address.district->province));
  }
  if (Happens(habits.postal_code, random_)) {
    medium->set_postal_code(random_.Chance(3) ? "000000"
                                              : std::string(address.district->postal_code));
  }
}

v1::SourceRecord SourceSystems::Write(const Habits& habits, const Person& person) {
  evidence_.clear();
  v1::SourceRecord record;
  record.mutable_source()->set_source_system(habits.system);
  const Day day = static_cast<Day>(random_.Between(DayOf(2018, 1, 1), kToday));
  SetDay(std::max(day, person.birth + 1), *record.mutable_source()->mutable_event_time());
  if (random_.Chance(95)) record.set_party_type(v1::PARTY_TYPE_INDIVIDUAL);
  WriteName(habits, person, record);
  WriteId(habits, person, record);
  WriteBirthDate(habits, person, record);
  if (Happens(habits.gender, random_)) {
    const bool male = person.male != Happens(habits.gender_wrong, random_);
    const std::array<const char*, 4> men = {"男", "M", "1", "male"};
    const std::array<const char*, 4> women = {"女", "F", "2", "female"};
    const size_t way = random_.Chance(70) ? 0 : random_.Below(men.size());
    record.set_gender(male ? men[way] : women[way]);
  }
  WritePhones(habits, person, day, record);
  WriteEmails(habits, person, record);
  if (Happens(habits.address, random_)) {
    const Address* address = &person.home;
    const char* which = "home";
    if (person.former_home.district != nullptr && Happens(habits.address_former, random_)) {
      address = &person.former_home;
      which = "former home";
    } else if (person.work.district != nullptr && Happens(habits.address_of_work, random_)) {
      address = &person.work;
      which = "work";
    }
    evidence_.insert(which);
    WriteAddress(habits, *address, record);
  }
  return record;
}

v1::SourceRecord SourceSystems::WriteCompany(const Habits& habits, const Company& company) {
  evidence_.clear();
  v1::SourceRecord record;
  record.mutable_source()->set_source_system(habits.system);
  SetDay(static_cast<Day>(random_.Between(DayOf(2018, 1, 1), kToday)),
         *record.mutable_source()->mutable_event_time());
  if (random_.Chance(93)) record.set_party_type(v1::PARTY_TYPE_ORGANIZATION);
  std::string brand = company.brand;
  if (random_.Chance(1)) {
    std::vector<std::string> characters = CharactersOf(brand);
    characters[0] = LookAlikeOf(characters[0]);
    brand = absl::StrJoin(characters, "");
  }
  std::string name = absl::StrCat(company.city, brand, company.trade);
  switch (random_.Below(20)) {
    case 0:
      name = absl::StrCat(brand, company.trade);  // Without its town.
      break;
    case 1:
      name += "公司";
      break;
    case 2:
      name = absl::StrCat(brand, "（", company.city, "）", company.trade, company.form);
      break;
    case 3:
      break;
    default:
      name += company.form;
  }
  name += company.branch;
  if (random_.Chance(2)) name = InTraditionalCharacters(name);
  record.set_name(std::move(name));
  if (Happens(habits.id > 0 ? habits.id : 200, random_)) {
    std::string code = company.social_credit_code;
    if (Happens(8, random_)) code = WithAnotherDigit(std::move(code), random_);
    if (Happens(4, random_)) code = WithNeighboursExchanged(std::move(code), random_);
    if (code == company.social_credit_code) evidence_.insert("id");
    if (random_.Chance(10)) absl::AsciiStrToLower(&code);
    v1::PartyIdentification* document = record.add_identifications();
    document->set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
    document->set_value(std::move(code));
  }
  if (Happens(habits.phone, random_)) {
    evidence_.insert("phone");
    AddMedium(v1::CONTACT_MEDIUM_TYPE_PHONE, Spell(company.fixed_line), record);
  }
  if (Happens(habits.email, random_)) {
    evidence_.insert("email");
    AddMedium(v1::CONTACT_MEDIUM_TYPE_EMAIL, company.email, record);
  }
  if (Happens(habits.address, random_)) {
    evidence_.insert("office");
    WriteAddress(habits, company.office, record);
  }
  return record;
}

}  // namespace yilan::identity_data
