#include "tests/identity_data/chinese_people.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"

namespace yilan::identity_data {
namespace {

constexpr int kThisYear = 2024;
constexpr Day kQuarantine = 90;  // How long a number that was given back rests.

// Of the three operators, as often as they have subscribers.
constexpr std::array<const char*, 34> kPrefixes = {
    "134", "135", "136", "137", "138", "139", "147", "150", "151", "152", "157", "158",
    "159", "178", "182", "183", "184", "187", "188", "198", "130", "131", "132", "155",
    "156", "176", "185", "186", "133", "153", "177", "180", "189", "199"};

struct Domain {
  const char* name;
  int weight;
};
constexpr std::array<Domain, 10> kDomains = {{{"qq.com", 45},
                                              {"163.com", 22},
                                              {"126.com", 8},
                                              {"gmail.com", 7},
                                              {"139.com", 6},
                                              {"sina.com", 4},
                                              {"hotmail.com", 3},
                                              {"foxmail.com", 3},
                                              {"outlook.com", 2},
                                              {"189.cn", 2}}};

constexpr std::array<const char*, 24> kBrands = {
    "远景", "恒达", "新联", "博瑞", "天成", "华茂", "中锐", "金桥", "优联", "东方", "鼎盛", "宏图",
    "星海", "汇通", "启明", "佳信", "百川", "瑞丰", "正大", "安泰", "万通", "德胜", "同创", "蓝天"};
constexpr std::array<const char*, 14> kTrades = {
    "软件",     "物流",     "贸易",     "电子科技", "建筑工程", "餐饮管理", "广告传媒",
    "医疗器械", "教育咨询", "机械制造", "装饰",     "食品",     "汽车服务", "房地产经纪"};

Day RandomDay(Day first, Day last, Random& random) {
  return static_cast<Day>(random.Between(first, last));
}

// GB 11643-1999; not by core/identity, so that one checks the other.
std::string WithCheckCharacter(std::string number) {
  constexpr std::array<int, 17> kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (size_t i = 0; i < kWeights.size(); ++i) sum += (number[i] - '0') * kWeights[i];
  number.push_back("10X98765432"[sum % 11]);
  return number;
}

}  // namespace

Day DayOf(int year, int month, int day) {
  return static_cast<Day>(absl::CivilDay(year, month, day) - absl::CivilDay(1970, 1, 1));
}

Date DateOf(Day day) {
  const absl::CivilDay civil = absl::CivilDay(1970, 1, 1) + day;
  return {static_cast<int>(civil.year()), civil.month(), civil.day()};
}

std::string PeopleMaker::MakeMobile() {
  std::string number = kPrefixes[random_.Below(kPrefixes.size())];
  while (number.size() < 11) absl::StrAppend(&number, random_.Below(10));
  return number;
}

std::string PeopleMaker::MakeResidentId(const Person& person) {
  for (;;) {
    // Six in ten were born where they live; the code is of the birth place.
    const District& district =
        random_.Chance(60) ? *person.home.district : PickDistrict(random_.Chance(40), random_);
    const Date date = DateOf(person.birth);
    // Places count up for each day, so the first sequences are by far the commonest.
    const uint64_t sequence =
        random_.Below(random_.Chance(70) ? 40 : 490) * 2 + (person.male ? 1 : 0);
    std::string id = WithCheckCharacter(absl::StrFormat("%s%04d%02d%02d%03d", district.code,
                                                        date.year, date.month, date.day, sequence));
    if (ids_.insert(id).second) return id;
  }
}

void PeopleMaker::MakeEmails(Person& person) {
  person.emails.clear();
  if (!Happens(kEmailPermille, random_)) return;
  const size_t count = random_.Chance(15) ? 2 : 1;
  const std::string family = absl::StrJoin(person.family.syllables, "");
  const std::string given = absl::StrJoin(person.given.syllables, "");
  const int year = DateOf(person.birth).year;
  while (person.emails.size() < count) {
    std::vector<int> weights;
    for (const Domain& domain : kDomains) weights.push_back(domain.weight);
    const std::string domain = kDomains[random_.Weighted(weights)].name;
    std::string local;
    if (domain == "qq.com" && random_.Chance(85)) {
      local = absl::StrCat(1 + random_.Below(9));
      for (uint64_t digits = 7 + random_.Below(3); digits > 0; --digits) {
        absl::StrAppend(&local, random_.Below(10));
      }
    } else if ((domain == "139.com" || domain == "189.cn") && !person.numbers.empty()) {
      local = person.numbers.back().digits;
    } else {
      switch (random_.Below(5)) {
        case 0:
          local = absl::StrCat(family, given, year % 100);
          break;
        case 1:
          local = absl::StrCat(family, ".", given, random_.Below(100));
          break;
        case 2:
          local = absl::StrCat(given, "_", random_.Below(10000));
          break;
        case 3:
          local = absl::StrCat(family, given.substr(0, 1), year, random_.Below(100));
          break;
        default:
          local = absl::StrCat(given, family, random_.Below(1000));
      }
    }
    person.emails.push_back(absl::StrCat(local, "@", domain));
    if (person.emails.size() == 2 && person.emails[0] == person.emails[1]) person.emails.pop_back();
  }
}

void PeopleMaker::MakeNumbers(Person& person) {
  const Day adult = person.birth + 12 * 365;
  const Day first = std::max(adult, DayOf(2008, 1, 1));
  if (adult > kToday) return;  // Children have none.
  Number now = {MakeMobile(), RandomDay(first, std::max(first, kToday - 30), random_),
                Number::kForever};
  if (Happens(kNumberChangedPermille, random_)) {
    const Day changed = RandomDay(std::max(first + 200, DayOf(2016, 1, 1)),
                                  std::max(first + 200, kToday - 60), random_);
    const Number before = {MakeMobile(), std::min(now.from, changed - 200), changed};
    now.from = changed;
    if (changed < kToday) person.numbers.push_back(before);
  }
  if (now.from > kToday) now.from = kToday - 30;
  person.numbers.push_back(now);
}

void PeopleMaker::Rename(Person& person) {
  person.resident_id = MakeResidentId(person);
  MakeEmails(person);
}

Address PeopleMaker::MakeHome(bool rural, std::string* family_name) {
  const District& district = PickDistrict(rural, random_);
  return rural ? PickVillageAddress(district, random_, family_name)
               : PickTownAddress(district, random_);
}

Person PeopleMaker::MakePerson(const NamePart& family, bool male, int first_birth_year,
                               int last_birth_year, absl::string_view generation,
                               const Address& home) {
  Person person;
  person.key = absl::StrFormat("p%06d", ++made_);
  person.male = male;
  person.family = family;
  person.home = home;
  person.birth = RandomDay(DayOf(first_birth_year, 1, 1), DayOf(last_birth_year, 12, 31), random_);
  person.given = PickGivenName(male, DateOf(person.birth).year, generation, random_);
  MakeNumbers(person);
  if (Happens(kMovedPermille, random_)) {
    person.former_home = PickTownAddress(
        random_.Chance(60) ? *home.district : PickDistrict(false, random_), random_);
  }
  if (random_.Chance(50)) person.work = PickTownAddress(*home.district, random_);
  Rename(person);
  return person;
}

std::string PeopleMaker::MakeSocialCreditCode(const District& district) {
  constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  constexpr std::array<int, 8> kOrganizationWeights = {3, 7, 9, 10, 5, 8, 4, 2};
  std::string code = absl::StrCat("91", district.code);
  // Those of before 2015 have digits; later ones begin with MA.
  std::string organization = random_.Chance(60) ? "MA" : "";
  while (organization.size() < 8) {
    organization.push_back(random_.Chance(80) ? static_cast<char>('0' + random_.Below(10))
                                              : kAlphabet[10 + random_.Below(21)]);
  }
  int sum = 0;
  for (size_t i = 0; i < 8; ++i) {
    const char c = organization[i];
    sum += (c <= '9' ? c - '0' : c - 'A' + 10) * kOrganizationWeights[i];
  }
  organization.push_back("0X987654321"[sum % 11]);
  code += organization;
  size_t weighted = 0;
  size_t weight = 1;
  for (const char c : code) {
    weighted += kAlphabet.find(c) * weight;
    weight = weight * 3 % 31;
  }
  code.push_back(kAlphabet[(31 - weighted % 31) % 31]);
  return code;
}

Company PeopleMaker::MakeCompany() {
  Company company;
  company.key = absl::StrFormat("c%06d", ++made_);
  const District& district = PickDistrict(false, random_);
  company.city = std::string(district.city.substr(0, district.city.size() - 3));
  company.brand = kBrands[random_.Below(kBrands.size())];
  if (random_.Chance(40)) company.brand += kBrands[random_.Below(kBrands.size())];
  company.trade = kTrades[random_.Below(kTrades.size())];
  company.form = random_.Chance(75)   ? "有限公司"
                 : random_.Chance(60) ? "有限责任公司"
                                      : "股份有限公司";
  company.social_credit_code = MakeSocialCreditCode(district);
  company.fixed_line = PickFixedLine(district, random_);
  company.email = absl::StrCat("info", random_.Below(100000), "@",
                               random_.Chance(50) ? "163.com" : "vip.sina.com");
  company.office = PickTownAddress(district, random_);
  return company;
}

namespace {

// Adds up to `wanted` people who live together.
void MakeHousehold(PeopleMaker& maker, size_t wanted, std::vector<Person>& people) {
  Random& random = maker.random();
  const bool rural = Happens(kRuralPermille, random);
  std::string village_name;
  const Address home = maker.MakeHome(rural, &village_name);
  NamePart family = PickFamilyName(random);
  if (rural && Happens(kVillageNamePermille, random)) {
    family = {village_name, {std::string(ReadingOf(village_name))}};
  }
  const size_t first = people.size();
  const auto add = [&](Person person) {
    if (people.size() == first + wanted) return;
    // Nobody is named as somebody at home is.
    const auto is_namesake = [&](const Person& other) { return other.Name() == person.Name(); };
    const auto family_begin = people.begin() + static_cast<std::ptrdiff_t>(first);
    while (std::any_of(family_begin, people.end(), is_namesake)) {
      person.given = PickGivenName(person.male, DateOf(person.birth).year, "", random);
      maker.Rename(person);
    }
    people.push_back(std::move(person));
  };
  const int year = 1945 + static_cast<int>(random.Below(58));
  const bool male = random.Chance(wanted > 1 ? 100 : 52);
  add(maker.MakePerson(family, male, year, year, "", home));
  const NamePart mother = PickFamilyName(random);
  add(maker.MakePerson(mother, false, year - 3, std::min(year + 5, 2002), "", home));
  const NamePart& of_children = Happens(950, random) ? family : mother;
  const std::string generation =
      Happens(kGenerationNamePermille, random)
          ? CharactersOf(PickGivenName(true, year + 27, "", random).written)[0]
          : "";
  const int child = std::min(year + 22 + static_cast<int>(random.Below(12)), kThisYear - 1);
  add(maker.MakePerson(of_children, random.Chance(52), child, child, generation, home));
  const int next = std::min(child + 1 + static_cast<int>(random.Below(7)), kThisYear - 1);
  Person second = maker.MakePerson(of_children, random.Chance(52), next, next, generation, home);
  if (wanted > 3 && people.size() == first + 3 && Happens(kTwinsPermille, random)) {
    second.birth = people.back().birth;
    maker.Rename(second);
  }
  add(std::move(second));
  add(maker.MakePerson(family, random.Chance(40), year - 32, year - 20, "", home));

  const std::string fixed_line =
      Happens(kFixedLinePermille, random) ? PickFixedLine(*home.district, random) : "";
  std::vector<size_t> members;
  for (size_t i = first; i < people.size(); ++i) members.push_back(i);
  for (const size_t i : members) {
    people[i].fixed_line = fixed_line;
    if (members.size() > 1) people[i].household = members;
  }
}

// Numbers that were given back are given to people who took one later.
void GiveNumbersOn(std::vector<Person>& people, Random& random) {
  std::vector<Number> returned;
  for (const Person& person : people) {
    if (person.numbers.size() > 1 && Happens(kNumbersGivenOnPermille, random)) {
      returned.push_back(person.numbers[0]);
    }
  }
  for (const Number& number : returned) {
    for (int tries = 0; tries < 200; ++tries) {
      Person& taker = people[random.Below(people.size())];
      if (taker.numbers.size() != 1) continue;
      Number& taken = taker.numbers[0];
      if (taken.from < number.to + kQuarantine) continue;
      taken.digits = number.digits;
      break;
    }
  }
}

}  // namespace

std::vector<Person> MakePeople(const PeopleOptions& options) {
  PeopleMaker maker(simulate::Mix(options.seed, 1));
  std::vector<Person> people;
  while (people.size() < options.people) {
    const std::array<int, 5> sizes = {45, 25, 18, 9, 3};
    const size_t wanted = 1 + maker.random().Weighted(sizes);
    MakeHousehold(maker, std::min(wanted, options.people - people.size()), people);
  }
  GiveNumbersOn(people, maker.random());
  return people;
}

std::vector<Company> MakeCompanies(const PeopleOptions& options) {
  PeopleMaker maker(simulate::Mix(options.seed, 2));
  std::vector<Company> companies;
  while (companies.size() < options.companies) {
    Company company = maker.MakeCompany();
    // One in ten has a branch, a customer of its own with its own code.
    if (maker.random().Chance(10)) {
      const District& district = PickDistrict(false, maker.random());
      Company branch = company;
      branch.key += "b";
      branch.branch = absl::StrCat(district.city.substr(0, district.city.size() - 3), "分公司");
      branch.social_credit_code = maker.MakeSocialCreditCode(district);
      branch.office = PickTownAddress(district, maker.random());
      if (maker.random().Chance(60)) branch.fixed_line = PickFixedLine(district, maker.random());
      companies.push_back(std::move(branch));
    }
    companies.push_back(std::move(company));
  }
  companies.resize(options.companies);
  return companies;
}

}  // namespace yilan::identity_data
