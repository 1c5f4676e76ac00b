#include "tests/core/identity_facts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/identity_data/labelled_records.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

using v1::SourceRecord;

constexpr int64_t kFirstSecond = 1700000000;
// Records that share a number of which more than 20 may not.
constexpr size_t kOfCrowd = 12;
constexpr size_t kRising = 26;
constexpr size_t kFalling = 24;

// Valid resident ids (GB 11643): made up, with their check characters.
constexpr const char* kDocuments[] = {"11010519491231002X", "440524188001010014",
                                      "11010519491231003X"};
constexpr const char* kNames[] = {"王小明", "李小红",        "張偉",    "张伟",  "欧阳娜娜",
                                  "王晓明", "Wang Xiaoming", "Li Wang", "李红王"};
constexpr const char* kSystems[] = {"crm", "billing", "care"};

std::string NameOf(const SourceRecord& record) {
  return absl::StrCat(record.source().source_system(), "/", record.source().key());
}

class FactsMaker {
 public:
  explicit FactsMaker(const IdentityFactsOptions& options)
      : random_(options.seed), records_(options.records) {}

  IdentityFacts Make() {
    std::vector<SourceRecord> first = People(records_ / 2);
    const size_t crossing = std::min<size_t>(3, records_ / 200 + 1);
    while (first.size() + crossing * (kRising + kFalling) < records_) {
      first.push_back(HardOne(first.size(), random_() % Crowds()));
    }
    for (const SourceRecord& record : first) AddVersions(record, first);
    for (size_t i = 0; i < crossing; ++i) {
      AddCrossing(absl::StrCat("rise", i), 13800300000 + i, kRising, /*rising=*/true);
      AddCrossing(absl::StrCat("fall", i), 13800310000 + i, kFalling, /*rising=*/false);
    }
    return std::move(facts_);
  }

 private:
  bool OneIn(uint64_t count) { return random_() % count == 0; }
  template <typename T, size_t kSize>
  const T& OneOf(const T (&all)[kSize]) {
    return all[random_() % kSize];
  }

  // Of some 20 records each.
  size_t Crowds() const { return std::max<size_t>(2, records_ / 40); }
  static std::string NumberOf(size_t crowd, size_t which) {
    return absl::StrCat(13800100000 + crowd * 10 + which);
  }

  std::vector<SourceRecord> People(size_t count) {
    std::vector<SourceRecord> people;
    auto labelled = identity_data::MakeRecords(
        {.seed = random_(), .people = count / 2 + 10, .companies = count / 40 + 1});
    for (identity_data::LabelledRecord& one : labelled) {
      if (people.size() == count) break;
      people.push_back(std::move(one.record));
    }
    return people;
  }

  // Many have the same.
  SourceRecord HardOne(size_t number, size_t crowd) {
    SourceRecord record;
    record.mutable_source()->set_source_system(OneOf(kSystems));
    record.mutable_source()->set_key(absl::StrCat("x", number));
    record.set_party_type(v1::PARTY_TYPE_INDIVIDUAL);
    record.set_name(OneOf(kNames));
    if (OneIn(2)) AddPhone(NumberOf(crowd, OneIn(5) ? 1 : 0), record);
    if (OneIn(3)) AddPhone(absl::StrCat(13800200000 + random_() % (records_ / 8 + 1)), record);
    if (OneIn(6)) {
      v1::ContactMedium& email = *record.add_contact_media();
      email.set_type(v1::CONTACT_MEDIUM_TYPE_EMAIL);
      email.set_value(absl::StrCat("box", random_() % (records_ / 20 + 1), "@example.com"));
    }
    if (OneIn(2)) {
      record.set_birth_date(absl::StrCat(1950 + crowd % 40, "-01-0", 1 + random_() % 3));
    }
    if (OneIn(30)) {
      v1::PartyIdentification& document = *record.add_identifications();
      document.set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
      document.set_value(OneOf(kDocuments));
    }
    if (OneIn(12)) {
      // Another record, which may be there.
      v1::SubjectReference& reference = *record.add_references();
      reference.set_source_system(OneOf(kSystems));
      reference.set_customer_key(absl::StrCat("x", random_() % records_));
    }
    if (OneIn(8)) {
      // One that is known by such references alone.
      v1::SubjectReference& reference = *record.add_references();
      reference.set_source_system("web");
      reference.set_customer_key(absl::StrCat("w", random_() % (records_ / 10 + 1)));
    }
    return record;
  }

  static void AddPhone(const std::string& number, SourceRecord& record) {
    v1::ContactMedium& phone = *record.add_contact_media();
    phone.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    phone.set_value(number);
  }

  // Half of what comes afterwards is about records that were there before.
  void AddVersions(const SourceRecord& record, const std::vector<SourceRecord>& all) {
    const bool known = !OneIn(5);
    Add(record, 0, known);
    int version = 1;
    if (OneIn(16)) {
      // An older one, which may come after all others.
      Add(Changed(record, all), -1, known);
    }
    while (OneIn(6)) Add(Changed(record, all), version++, known && OneIn(2));
    if (OneIn(12)) {
      AddDeletion(record, version++, known && OneIn(2));
      if (OneIn(3)) Add(Changed(record, all), version++, known && OneIn(2));
    }
  }

  // A number that more share than may only after, or only before, stewards decide.
  void AddCrossing(const std::string& crowd, uint64_t number, size_t count, bool rising) {
    for (size_t i = 0; i < count; ++i) {
      SourceRecord record = HardOne(i, random_() % Crowds());
      record.mutable_source()->set_key(absl::StrCat(crowd, "-", i));
      record.clear_references();
      SourceRecord without = record;
      AddPhone(absl::StrCat(number), record);
      const bool first = !rising || i < kOfCrowd;
      Add(std::move(record), 0, first);
      if (!rising && i >= kOfCrowd) {
        if (OneIn(2)) {
          Add(std::move(without), 1, /*before=*/false);
        } else {
          AddDeletion(without, 1, /*before=*/false);
        }
      }
    }
  }

  // The same key with what another record says, or with less.
  SourceRecord Changed(const SourceRecord& record, const std::vector<SourceRecord>& all) {
    SourceRecord changed = OneIn(2) ? all[random_() % all.size()] : record;
    *changed.mutable_source() = record.source();
    if (OneIn(2)) changed.clear_contact_media();
    if (OneIn(3)) changed.clear_birth_date();
    if (OneIn(3)) changed.clear_references();
    if (OneIn(2)) {
      // Some crowds grow much, some a little.
      AddPhone(NumberOf(std::min(random_() % Crowds(), random_() % Crowds()), 0), changed);
    }
    return changed;
  }

  void Add(SourceRecord record, int version, bool before) {
    auto& time = *record.mutable_source()->mutable_event_time();
    time.set_seconds(kFirstSecond + version);
    time.clear_nanos();
    v1::Fact fact;
    const std::string name = NameOf(record);
    fact.mutable_source_record()->Swap(&record);
    (before ? facts_.before : facts_.after).push_back({name, false, fact.SerializeAsString()});
  }

  void AddDeletion(const SourceRecord& record, int version, bool before) {
    v1::Fact fact;
    v1::FactDeletion& deletion = *fact.mutable_deletion();
    deletion.set_fact_type("source_record");
    deletion.set_source_system(record.source().source_system());
    deletion.set_key(record.source().key());
    deletion.mutable_event_time()->set_seconds(kFirstSecond + version);
    (before ? facts_.before : facts_.after)
        .push_back({NameOf(record), true, fact.SerializeAsString()});
  }

  std::mt19937_64 random_;
  const size_t records_;
  IdentityFacts facts_;
};

}  // namespace

IdentityFacts MakeIdentityFacts(const IdentityFactsOptions& options) {
  return FactsMaker(options).Make();
}

void ShuffleFacts(std::vector<StatedFact>& facts, const std::set<std::string>& known,
                  std::mt19937_64& random) {
  std::shuffle(facts.begin(), facts.end(), random);
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < facts.size(); ++i) {
    if (known.count(facts[i].record) > 0) continue;
    const auto place = first.emplace(facts[i].record, i).first;
    if (facts[place->second].deletion && !facts[i].deletion) {
      std::swap(facts[place->second], facts[i]);
    }
  }
}

std::set<std::string> RecordsOf(const std::vector<StatedFact>& facts) {
  std::set<std::string> records;
  for (const StatedFact& fact : facts) records.insert(fact.record);
  return records;
}

}  // namespace yilan::core
