// The records of all systems, each labelled with who it is.
#ifndef YILAN_TESTS_IDENTITY_DATA_LABELLED_RECORDS_H_
#define YILAN_TESTS_IDENTITY_DATA_LABELLED_RECORDS_H_

#include <string>
#include <vector>

#include "tests/identity_data/chinese_people.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::identity_data {

struct LabelledRecord {
  std::string person;  // Person::key or Company::key.
  v1::SourceRecord record;
};

// Two to four records of each person and company, of one system each, and more of those registered
// twice; in any order, with keys that say nothing of who it is.
//
// Records of which nobody could know who it is are not among them: all of a person hang together by
// evidence without an error (SourceSystems::evidence), each with one other at least. Those that
// do not, one in 40, are drawn again. That they share a number or a home does not say that their
// names agree, or that nobody else has it.
std::vector<LabelledRecord> MakeRecords(const PeopleOptions& options);

// Gives every record a key of its system, in their order: C000001, B000001, N…, W….
void SetKeys(std::vector<LabelledRecord>& records);

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_LABELLED_RECORDS_H_
