// Made-up Chinese people, families and companies, as they really are: what source systems write of
// them is in source_systems.h. A seed gives the same ones on every machine.
#ifndef YILAN_TESTS_IDENTITY_DATA_CHINESE_PEOPLE_H_
#define YILAN_TESTS_IDENTITY_DATA_CHINESE_PEOPLE_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/identity_data/chinese_places.h"
#include "tests/identity_data/chinese_words.h"

namespace yilan::identity_data {

// Days since 1970-01-01. The data are of 1 June 2024.
using Day = int;
inline constexpr Day kToday = 19875;
Day DayOf(int year, int month, int day);
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};
Date DateOf(Day day);

// A mobile number, and the days in which somebody holds it: from `from` until before `to`.
struct Number {
  std::string digits;  // Eleven.
  Day from = 0;
  Day to = kForever;
  static constexpr Day kForever = 1000000;
};

struct Person {
  std::string key;
  bool male = false;
  NamePart family;
  NamePart given;
  Day birth = 0;
  std::string resident_id;
  // In their order in time; the last is held today. Numbers that were given back may be another's
  // now.
  std::vector<Number> numbers;
  std::vector<std::string> emails;
  Address home;
  Address former_home;     // district is null where there is none.
  Address work;            // Likewise.
  std::string fixed_line;  // Of the household; may be empty.
  // Indexes of those in the same household, in the same vector. Empty for who lives alone.
  std::vector<size_t> household;
  std::string Name() const { return family.written + given.written; }
};

struct Company {
  std::string key;
  std::string city;    // 深圳
  std::string brand;   // 远景
  std::string trade;   // 软件
  std::string form;    // 有限公司
  std::string branch;  // 北京分公司, or empty
  std::string social_credit_code;
  std::string fixed_line;
  std::string email;
  Address office;
};

struct PeopleOptions {
  uint64_t seed = 1;
  size_t people = 10000;
  size_t companies = 300;
};

// Of 1,000 numbers that somebody gave back, how many somebody else of the data got, after 90 days
// or more; and other shares of how people live.
inline constexpr int kNumbersGivenOnPermille = 400;
inline constexpr int kNumberChangedPermille = 280;   // Had another number before.
inline constexpr int kMovedPermille = 140;           // Lived elsewhere before.
inline constexpr int kRuralPermille = 180;           // Households in villages,
inline constexpr int kVillageNamePermille = 700;     // and those of them with its family name.
inline constexpr int kFixedLinePermille = 220;       // Households with a fixed line.
inline constexpr int kEmailPermille = 780;           // People with an e-mail address.
inline constexpr int kTwinsPermille = 25;            // Siblings that are twins.
inline constexpr int kGenerationNamePermille = 350;  // Siblings who share a character.

// Households of one to five: couples, children who have their father's (950 in 1,000) or mother's
// family name, a grandparent.
std::vector<Person> MakePeople(const PeopleOptions& options);
std::vector<Company> MakeCompanies(const PeopleOptions& options);

// The parts of which people are made, for those who make pairs of them.
class PeopleMaker {
 public:
  explicit PeopleMaker(uint64_t seed) : random_(seed) {}

  // Somebody with numbers, documents and e-mail of their own. `birth_year` is inclusive.
  Person MakePerson(const NamePart& family, bool male, int first_birth_year, int last_birth_year,
                    absl::string_view generation, const Address& home);
  Address MakeHome(bool rural, std::string* family_name);
  // Sets what follows from name and birth date anew: the resident id, the e-mail addresses.
  void Rename(Person& person);
  Company MakeCompany();
  // Of a company: another code, a fixed line.
  std::string MakeSocialCreditCode(const District& district);
  std::string MakeMobile();
  Random& random() { return random_; }

 private:
  std::string MakeResidentId(const Person& person);
  void MakeEmails(Person& person);
  void MakeNumbers(Person& person);

  Random random_;
  uint64_t made_ = 0;
  std::set<std::string> ids_;  // Nobody has another's.
};

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_CHINESE_PEOPLE_H_
