#include "tests/identity_data/look_alike_strangers.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/identity_data/source_systems.h"

namespace yilan::identity_data {
namespace {

// Makes people and companies by twos. The pairs are written when all are there, since records of
// relatives are looked up among all.
class Strangers {
 public:
  Strangers(uint64_t seed, size_t count) : maker_(simulate::Mix(seed, 11)) {
    Random& random = maker_.random();
    for (size_t i = 0; i < count; ++i) {
      kinds_.push_back(static_cast<StrangerKind>(random.Weighted(kStrangerPermille)));
      MakePair(kinds_.back());
    }
  }

  std::vector<StrangerPair> Write(uint64_t seed) {
    SourceSystems systems(simulate::Mix(seed, 12), people_);
    std::vector<StrangerPair> pairs;
    size_t person = 0;
    size_t company = 0;
    for (const StrangerKind kind : kinds_) {
      StrangerPair pair;
      pair.kind = kind;
      LabelledRecord* const both[] = {&pair.a, &pair.b};
      const bool of_companies =
          kind == StrangerKind::kBranches || kind == StrangerKind::kSimilarCompanies;
      const size_t agency = systems.random().Below(kAgencies);
      for (LabelledRecord* labelled : both) {
        Habits habits = AnySystem(systems.random());
        // Whose document was shown, with them the contract is: nobody could say who is meant.
        habits.id_of_relative = 0;
        if (of_companies) {
          const Company& one = companies_[company++];
          *labelled = {one.key, systems.WriteCompany(habits, one)};
          continue;
        }
        const Person& one = people_[person++];
        *labelled = {one.key, systems.Write(habits, one)};
        if (kind == StrangerKind::kAgency) SetAgency(agency, systems, labelled->record);
      }
      pairs.push_back(std::move(pair));
    }
    return pairs;
  }

 private:
  static const Habits& AnySystem(Random& random) {
    std::vector<int> weights;
    for (const Habits& habits : kHabits) weights.push_back(habits.knows);
    return kHabits[random.Weighted(weights)];
  }

  // The agency's number stands where that of the customer should.
  static void SetAgency(size_t agency, SourceSystems& systems, v1::SourceRecord& record) {
    v1::ContactMedium* phone = nullptr;
    for (v1::ContactMedium& medium : *record.mutable_contact_media()) {
      if (medium.type() == v1::CONTACT_MEDIUM_TYPE_PHONE) phone = &medium;
    }
    if (phone == nullptr) phone = record.add_contact_media();
    phone->Clear();
    phone->set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    phone->set_value(systems.Spell(systems.AgencyNumber(agency)));
  }

  Person Adult(const NamePart& family, bool male, const Address& home) {
    return maker_.MakePerson(family, male, 1950, 2004, "", home);
  }

  void Add(Person a, Person b, bool one_household) {
    if (one_household) {
      a.household = b.household = {people_.size(), people_.size() + 1};
      if (maker_.random().Chance(22)) {
        a.fixed_line = b.fixed_line = PickFixedLine(*a.home.district, maker_.random());
      }
    }
    people_.push_back(std::move(a));
    people_.push_back(std::move(b));
  }

  void MakePair(StrangerKind kind) {
    Random& random = maker_.random();
    std::string village_name;
    const bool village = kind == StrangerKind::kVillage || kind == StrangerKind::kSameNameInVillage;
    const Address home = maker_.MakeHome(village || Happens(kRuralPermille, random), &village_name);
    NamePart family = PickFamilyName(random);
    if (village) family = {village_name, {std::string(ReadingOf(village_name))}};
    switch (kind) {
      case StrangerKind::kSiblings:
      case StrangerKind::kTwins:
        return MakeSiblings(family, home, kind == StrangerKind::kTwins);
      case StrangerKind::kCouple: {
        Person a = Adult(family, true, home);
        const int year = DateOf(a.birth).year;
        Person b = maker_.MakePerson(PickFamilyName(random), false, year - 3, year + 4, "", home);
        if (random.Chance(50)) b.numbers = a.numbers;
        if (random.Chance(20)) b.emails = a.emails;
        return Add(std::move(a), std::move(b), true);
      }
      case StrangerKind::kParentAndChild: {
        Person a = maker_.MakePerson(family, random.Chance(60), 1950, 1990, "", home);
        const int year = DateOf(a.birth).year + 24 + static_cast<int>(random.Below(8));
        Person b = maker_.MakePerson(family, random.Chance(52), year, year, "", home);
        while (b.given.written == a.given.written) {
          b.given = PickGivenName(b.male, year, "", random);
          maker_.Rename(b);
        }
        if (b.numbers.empty() || random.Chance(50)) b.numbers = a.numbers;
        return Add(std::move(a), std::move(b), true);
      }
      case StrangerKind::kNamesakes: {
        Person a = Adult(family, random.Chance(50), home);
        Person b = Adult(family, a.male, maker_.MakeHome(Happens(kRuralPermille, random), nullptr));
        b.given = a.given;
        b.birth = a.birth;
        maker_.Rename(b);
        return Add(std::move(a), std::move(b), false);
      }
      case StrangerKind::kSameNameInVillage:
      case StrangerKind::kVillage: {
        Address of_a = home;
        Address of_b = home;
        of_a.house = of_b.house = 0;
        of_b.group = 1 + static_cast<int>(random.Below(8));
        Person a = Adult(family, random.Chance(50), of_a);
        Person b = Adult(family, a.male, of_b);
        if (kind == StrangerKind::kSameNameInVillage) {
          b.given = a.given;
          maker_.Rename(b);
        }
        return Add(std::move(a), std::move(b), false);
      }
      case StrangerKind::kAgency: {
        Person a = Adult(family, random.Chance(50), home);
        Person b = Adult(PickFamilyName(random), a.male, PickTownAddress(*home.district, random));
        if (random.Chance(33)) {
          b.family = a.family;
          b.given = a.given;
          maker_.Rename(b);
        }
        return Add(std::move(a), std::move(b), false);
      }
      case StrangerKind::kRecycledNumber: {
        Person a = Adult(family, random.Chance(50), home);
        Person b = Adult(random.Chance(33) ? family : PickFamilyName(random), random.Chance(50),
                         maker_.MakeHome(false, nullptr));
        const std::string digits = maker_.MakeMobile();
        const Day given_back = DayOf(2019, 1, 1) + static_cast<Day>(random.Below(1500));
        a.numbers = {{digits, given_back - 1500, given_back},
                     {maker_.MakeMobile(), given_back, Number::kForever}};
        b.numbers = {
            {digits, given_back + 90 + static_cast<Day>(random.Below(200)), Number::kForever}};
        return Add(std::move(a), std::move(b), false);
      }
      case StrangerKind::kBranches: {
        const Company a = maker_.MakeCompany();
        Company b = a;
        b.key += "b";
        const District& district = PickDistrict(false, random);
        b.branch = absl::StrCat(district.city.substr(0, district.city.size() - 3), "分公司");
        b.social_credit_code = maker_.MakeSocialCreditCode(district);
        b.office = PickTownAddress(district, random);
        if (random.Chance(50)) b.fixed_line = PickFixedLine(district, random);
        companies_.push_back(a);
        companies_.push_back(b);
        return;
      }
      case StrangerKind::kSimilarCompanies: {
        const Company a = maker_.MakeCompany();
        Company b = maker_.MakeCompany();
        b.brand = a.brand;
        if (random.Chance(50)) {
          b.trade = a.trade;
        } else {
          b.city = a.city;
        }
        companies_.push_back(a);
        companies_.push_back(b);
        return;
      }
    }
  }

  void MakeSiblings(const NamePart& family, const Address& home, bool twins) {
    Random& random = maker_.random();
    const int year = 1960 + static_cast<int>(random.Below(50));
    const bool shared = Happens(kGenerationNamePermille, random);
    const std::string generation =
        shared ? CharactersOf(PickGivenName(true, year, "", random).written)[0] : "";
    Person a = maker_.MakePerson(family, random.Chance(52), year, year, generation, home);
    const int next = year + 1 + static_cast<int>(random.Below(7));
    Person b = maker_.MakePerson(family, twins && random.Chance(70) ? a.male : random.Chance(52),
                                 next, next, generation, home);
    if (twins) b.birth = a.birth;
    while (b.given.written == a.given.written) {
      b.given = PickGivenName(b.male, next, generation, random);
    }
    maker_.Rename(b);
    // One number for both: that of their parents.
    if (random.Chance(50)) b.numbers = a.numbers;
    Add(std::move(a), std::move(b), true);
  }

  PeopleMaker maker_;
  std::vector<StrangerKind> kinds_;
  std::vector<Person> people_;
  std::vector<Company> companies_;
};

}  // namespace

const char* NameOf(StrangerKind kind) {
  constexpr const char* kNames[] = {"siblings",         "twins",
                                    "couple",           "parent_and_child",
                                    "namesakes",        "same_name_in_village",
                                    "village",          "agency",
                                    "recycled_number",  "branches",
                                    "similar_companies"};
  return kNames[static_cast<size_t>(kind)];
}

std::vector<StrangerPair> MakeStrangers(uint64_t seed, size_t count) {
  std::vector<StrangerPair> pairs = Strangers(seed, count).Write(seed);
  // Keys over all records, as if one system after the other had been asked.
  std::vector<LabelledRecord> records;
  for (StrangerPair& pair : pairs) {
    records.push_back(std::move(pair.a));
    records.push_back(std::move(pair.b));
  }
  SetKeys(records);
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].a = std::move(records[2 * i]);
    pairs[i].b = std::move(records[2 * i + 1]);
  }
  return pairs;
}

}  // namespace yilan::identity_data
