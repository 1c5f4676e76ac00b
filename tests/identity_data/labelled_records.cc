#include "tests/identity_data/labelled_records.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "tests/identity_data/source_habits.h"
#include "tests/identity_data/source_systems.h"

namespace yilan::identity_data {
namespace {

struct Written {
  v1::SourceRecord record;
  Evidence evidence;
};

bool HaveInCommon(const Evidence& a, const Evidence& b) {
  return std::any_of(a.begin(), a.end(), [&b](const std::string& one) { return b.contains(one); });
}

// The records that do not hang together with the first, through others if need be.
std::vector<size_t> Apart(const std::vector<Written>& records) {
  std::vector<bool> reached(records.size(), false);
  std::vector<size_t> reaching = {0};
  reached[0] = true;
  while (!reaching.empty()) {
    const size_t from = reaching.back();
    reaching.pop_back();
    for (size_t to = 0; to < records.size(); ++to) {
      if (reached[to] || !HaveInCommon(records[from].evidence, records[to].evidence)) continue;
      reached[to] = true;
      reaching.push_back(to);
    }
  }
  std::vector<size_t> apart;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!reached[i]) apart.push_back(i);
  }
  return apart;
}

// One record of each system, drawn again until they hang together.
template <typename Draw>
void AddRecords(const std::string& key, const std::vector<const Habits*>& systems, Draw draw,
                std::vector<LabelledRecord>& labelled) {
  std::vector<Written> records;
  for (const Habits* habits : systems) records.push_back(draw(*habits));
  constexpr int kPatience = 5;
  for (int tries = 1;; ++tries) {
    const std::vector<size_t> apart = Apart(records);
    if (apart.empty()) break;
    for (const size_t i : apart) records[i] = draw(*systems[i]);
    // What the others share may be nothing that these systems know: then all anew.
    if (tries % kPatience != 0) continue;
    for (size_t i = 0; i < records.size(); ++i) records[i] = draw(*systems[i]);
  }
  for (Written& written : records) labelled.push_back({key, std::move(written.record)});
}

}  // namespace

std::vector<LabelledRecord> MakeRecords(const PeopleOptions& options) {
  const std::vector<Person> people = MakePeople(options);
  SourceSystems writer(options.seed, people);
  Random& random = writer.random();
  // With those that know somebody twice.
  const auto systems_that_know = [&random](bool person) {
    std::vector<const Habits*> systems;
    while (systems.size() < 2) {
      systems.clear();
      for (const Habits& habits : kHabits) {
        if (Happens(habits.knows, random)) systems.push_back(&habits);
      }
    }
    for (const Habits& habits : kHabits) {
      const bool knows = std::find(systems.begin(), systems.end(), &habits) != systems.end();
      if (person && knows && Happens(habits.twice, random)) systems.push_back(&habits);
    }
    return systems;
  };
  std::vector<LabelledRecord> records;
  for (const Person& person : people) {
    const auto draw = [&](const Habits& habits) {
      v1::SourceRecord record = writer.Write(habits, person);
      return Written{std::move(record), writer.evidence()};
    };
    AddRecords(person.key, systems_that_know(true), draw, records);
  }
  for (const Company& company : MakeCompanies(options)) {
    const auto draw = [&](const Habits& habits) {
      v1::SourceRecord record = writer.WriteCompany(habits, company);
      return Written{std::move(record), writer.evidence()};
    };
    AddRecords(company.key, systems_that_know(false), draw, records);
  }
  random.Shuffle(records);
  SetKeys(records);
  return records;
}

void SetKeys(std::vector<LabelledRecord>& records) {
  std::map<std::string, int> last;
  for (LabelledRecord& labelled : records) {
    v1::FactSource& source = *labelled.record.mutable_source();
    const char letter = absl::ascii_toupper(static_cast<unsigned char>(source.source_system()[0]));
    source.set_key(absl::StrFormat("%c%06d", letter, ++last[source.source_system()]));
  }
}

}  // namespace yilan::identity_data
