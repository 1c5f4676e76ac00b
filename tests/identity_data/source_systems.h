// What four systems of an operator write of a person or a company: not all that is true, and not
// all of it right.
//
// How often, and with which errors, is in source_habits.h.
#ifndef YILAN_TESTS_IDENTITY_DATA_SOURCE_SYSTEMS_H_
#define YILAN_TESTS_IDENTITY_DATA_SOURCE_SYSTEMS_H_

#include <set>
#include <string>
#include <vector>

#include "tests/identity_data/chinese_people.h"
#include "tests/identity_data/source_habits.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::identity_data {

// What a record has of who it is about, without an error: "phone 13800138000", "id", "email
// a@b.cn", "home". Numbers of agencies are none.
using Evidence = std::set<std::string>;

// Writes records. Not thread-safe. `people` must outlive it: relatives are looked up there.
class SourceSystems {
 public:
  SourceSystems(uint64_t seed, const std::vector<Person>& people);

  // What the system has of a person: as its habits are. Its key is empty.
  v1::SourceRecord Write(const Habits& habits, const Person& person);
  v1::SourceRecord WriteCompany(const Habits& habits, const Company& company);
  // What the last of them has.
  const Evidence& evidence() const { return evidence_; }
  // The telephone number of an agency, as any system may write it.
  const std::string& AgencyNumber(size_t agency) const { return agencies_[agency]; }
  // A number in one of the usual ways of writing it; `digits` are eleven, or "0755-26712345".
  std::string Spell(const std::string& digits);
  Random& random() { return random_; }

 private:
  void WriteName(const Habits& habits, const Person& person, v1::SourceRecord& record);
  void WriteId(const Habits& habits, const Person& person, v1::SourceRecord& record);
  void WriteBirthDate(const Habits& habits, const Person& person, v1::SourceRecord& record);
  void WritePhones(const Habits& habits, const Person& person, Day day, v1::SourceRecord& record);
  void WriteEmails(const Habits& habits, const Person& person, v1::SourceRecord& record);
  void WriteAddress(const Habits& habits, const Address& address, v1::SourceRecord& record);
  const Person* RelativeOf(const Person& person);

  Random random_;
  const std::vector<Person>& people_;
  std::vector<std::string> agencies_;
  Evidence evidence_;
};

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_SOURCE_SYSTEMS_H_
