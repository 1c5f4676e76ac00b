// Who is who, decided as records come: matches, constraints, blocks over their caps, and any order.
#include "core/identity/resolver.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check/check.h"
#include "core/facts/write_batch.h"
#include "core/identity/identity_records.h"
#include "google/protobuf/arena.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

// Valid resident ids (GB 11643): made up, with their check characters.
constexpr char kIdOfWang[] = "11010519491231002X";
constexpr char kIdOfLi[] = "440524188001010014";

class ResolverTest : public CoreTest {
 protected:
  static std::string Source(const std::string& system, const std::string& key,
                            const std::string& fields, int64_t seconds = 1700000000) {
    return absl::StrCat("source_record { source { source_system: '", system, "' key: '", key,
                        "' event_time { seconds: ", seconds, " } } ", fields, " }");
  }
  static std::string Phone(const std::string& number) {
    return absl::StrCat("contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '", number, "' } ");
  }
  static std::string Document(const std::string& number) {
    return absl::StrCat("identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '", number,
                        "' } ");
  }
  static std::string Deletion(const std::string& system, const std::string& key, int64_t seconds) {
    return absl::StrCat("deletion { fact_type: 'source_record' source_system: '", system,
                        "' key: '", key, "' event_time { seconds: ", seconds, " } }");
  }
  std::string CustomerOf(const std::string& system, const std::string& key) {
    const auto view =
        ViewOf(absl::StrCat("subject { source_system: '", system, "' customer_key: '", key, "' }"));
    EXPECT_THAT(view, IsOk());
    return view.ok() ? view->customer_id() : "";
  }
  void TearDown() override {
    const auto report = CheckStore(*store_, {}, clock_.Now());
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }
};

TEST_F(ResolverTest, TheSameVerifiedDocumentMakesOneCustomer) {
  Take({Source("crm", "C1", "name: '王小明' " + Document(kIdOfWang))});
  const std::string first = CustomerOf("crm", "C1");
  Take({Source("billing", "B1", "name: 'Wang Xiaoming' " + Document(kIdOfWang))});
  EXPECT_EQ(CustomerOf("billing", "B1"), first);
}

TEST_F(ResolverTest, TheSameNumberAndNameMakeOneCustomerWhileTheNumberIsTheirs) {
  Take({Source("crm", "C1", "name: '王小明' " + Phone("138-0013-8000")),
        Source("billing", "B1", "name: '王小明' " + Phone("+86 13800138000"))});
  EXPECT_EQ(CustomerOf("crm", "C1"), CustomerOf("billing", "B1"));
  const std::string later =
      "name: '王小明' contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13900139000' "
      "valid_period { start_time { seconds: 1600000000 } } }";
  const std::string earlier =
      "name: '王小明' contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13900139000' "
      "valid_period { end_time { seconds: 1600000000 } } }";
  Take({Source("crm", "C2", earlier), Source("billing", "B2", later)});
  EXPECT_NE(CustomerOf("crm", "C2"), CustomerOf("billing", "B2"));
}

TEST_F(ResolverTest, StrangersStayApart) {
  Take({Source("crm", "C1", "name: '王小明' birth_date: '1980-01-01'"),
        Source("crm", "C2", "name: '李小红' birth_date: '1985-05-05'"),
        Source("billing", "B1", "name: '王小明' birth_date: '1971-11-11'")});
  EXPECT_NE(CustomerOf("crm", "C1"), CustomerOf("crm", "C2"));
  EXPECT_NE(CustomerOf("crm", "C1"), CustomerOf("billing", "B1"));
}

TEST_F(ResolverTest, TwoVerifiedDocumentsAreNeverOneCustomer) {
  Take({Source("crm", "C1", "name: '王小明' " + Phone("13800138000") + Document(kIdOfWang)),
        Source("crm", "C2", "name: '王小明' " + Phone("13800138000") + Document(kIdOfLi)),
        Source("billing", "B1", "name: '王小明' " + Phone("13800138000"))});
  EXPECT_NE(CustomerOf("crm", "C1"), CustomerOf("crm", "C2"));
}

TEST_F(ResolverTest, ACorrectedRecordLeavesTheCustomerThatItJoinedByMistake) {
  Take({Source("crm", "C1", "name: '王小明' " + Document(kIdOfWang)),
        Source("billing", "B1", "name: '王晓明' " + Document(kIdOfWang))});
  EXPECT_EQ(CustomerOf("crm", "C1"), CustomerOf("billing", "B1"));
  Take(
      {"customer_bill { source { source_system: 'billing' key: 'bill' event_time { seconds: 1 } "
       "subject { customer_key: 'B1' } } amount { currency_code: 'CNY' minor_units: 100 } }"});
  Take({Source("billing", "B1", "name: '王晓明' " + Document(kIdOfLi), 1700000001)});
  EXPECT_NE(CustomerOf("crm", "C1"), CustomerOf("billing", "B1"));
  // Its facts went with it.
  const auto view = ViewOf("subject { source_system: 'billing' customer_key: 'B1' }");
  EXPECT_EQ(view->customer_bills_size(), 1);
  EXPECT_EQ(ViewOf("subject { source_system: 'crm' customer_key: 'C1' }")->customer_bills_size(),
            0);
}

TEST_F(ResolverTest, AMergedCustomerRedirectsAndTheFeedSaysWhere) {
  Take({Source("crm", "C1", "name: '王小明' " + Document(kIdOfWang))});
  Take({Source("billing", "B1", "name: '王小明'")});
  const std::string kept = CustomerOf("crm", "C1");
  const std::string merged = CustomerOf("billing", "B1");
  ASSERT_NE(kept, merged);
  Take({Source("billing", "B1", "name: '王小明' " + Document(kIdOfWang), 1700000001)});
  EXPECT_EQ(CustomerOf("billing", "B1"), kept);
  EXPECT_EQ(ViewOf(absl::StrCat("customer_id: '", merged, "'"))->customer_id(), kept);
  bool told = false;
  for (int partition = 0; partition < storage::kFeedPartitions; ++partition) {
    const auto page = store_->Changes({}, partition, 0, 1000);
    ASSERT_THAT(page, IsOk());
    for (const storage::Change& change : page->changes) {
      told |= change.customer.ToString() == merged && change.redirect.has_value() &&
              change.redirect->ToString() == kept;
    }
  }
  EXPECT_TRUE(told);
}

TEST_F(ResolverTest, TheAnswerToAWriteNamesTheCustomerThatTheRecordJoinedAlsoWhenRepeated) {
  Take({Source("crm", "C1", "name: '王小明' " + Document(kIdOfWang))});
  v1::UpsertSourceRecordRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_source_record() =
      Parse<v1::Fact>(Source("billing", "B1", "name: '王小明' " + Document(kIdOfWang)))
          .source_record();
  const auto first = Upsert(request);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->result().customer_id(), CustomerOf("crm", "C1"));
  EXPECT_EQ(first->result().customer_etag(),
            ViewOf("subject { source_system: 'crm' customer_key: 'C1' }")->etag());
  const auto again = Upsert(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
}

TEST_F(ResolverTest, ANumberThatTooManyShareSaysNothingUntilFewerDo) {
  // An agency gives its own number for all its customers; two of them have one name.
  const size_t cap = platform_.match_models.Active()->BlockCap(v1::BLOCKING_RULE_PHONE);
  ASSERT_GT(cap, 2u);
  std::vector<std::string> records = {
      Source("crm", "same", "name: '王小明' " + Phone("13800138000")),
      Source("billing", "same", "name: '王小明' " + Phone("13800138000"))};
  Take(records);
  EXPECT_EQ(CustomerOf("crm", "same"), CustomerOf("billing", "same"));
  for (size_t i = 0; i + 1 < cap; ++i) {
    Take({Source("crm", absl::StrCat("x", i),
                 absl::StrCat("name: 'Agency Customer", std::string(1 + i % 20, 'q'),
                              std::string(1 + i / 20, 'z'), "' ", Phone("13800138000")))});
  }
  EXPECT_NE(CustomerOf("crm", "same"), CustomerOf("billing", "same"));
  Take({Deletion("crm", "x0", 1700000001)});
  EXPECT_EQ(CustomerOf("crm", "same"), CustomerOf("billing", "same"));
}

TEST_F(ResolverTest, WhatWaitsSinceACrashIsPickedUp) {
  // A server that dies between the two transactions: the first one is all there is.
  Take({Source("crm", "C1", "name: '王小明' " + Document(kIdOfWang))});
  google::protobuf::Arena arena;
  const std::string bytes =
      Parse<v1::Fact>(Source("billing", "B1", "name: '王小明' " + Document(kIdOfWang)))
          .SerializeAsString();
  const auto write = ParseFactWrite(bytes, clock_.Now(), arena);
  ASSERT_THAT(write, IsOk());
  WriteBatch batch(absl::MakeConstSpan(&*write, 1), clock_.Now(), ids_);
  std::vector<FactWriteResult> results;
  ASSERT_THAT(store_->Write(
                  {.actor = "test", .recorded_time = clock_.Now()},
                  [&](storage::Reader& reader) { return batch.Plan(reader); },
                  [&](storage::Transaction& txn) { return batch.Apply(txn, results); }),
              IsOk());
  EXPECT_TRUE(results[0].resolve_pending);
  EXPECT_NE(CustomerOf("crm", "C1"), CustomerOf("billing", "B1"));
  EXPECT_EQ(*platform_.resolver.ResolvePending(call_, clock_.Now(), 10), 0u);  // Too young yet.
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*platform_.resolver.ResolvePending(call_, clock_.Now(), 10), 1u);
  EXPECT_EQ(CustomerOf("crm", "C1"), CustomerOf("billing", "B1"));
  EXPECT_EQ(*platform_.resolver.ResolvePending(call_, clock_.Now(), 10), 0u);
}

// People known to several systems, some of whose records share names, numbers and documents; with
// newer versions, deletions and references: in whatever order they come and however they are cut
// into batches, the customers are the same.
TEST_F(ResolverTest, AnyOrderGivesTheSameCustomers) {
  const char* const replay = std::getenv("YILAN_SEED");
  const uint64_t seed = replay != nullptr ? std::stoull(replay) : std::random_device()();
  SCOPED_TRACE(absl::StrCat("replay with YILAN_SEED=", seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> names = {"王小明", "李小红",   "張偉",
                                          "张伟",   "欧阳娜娜", "Wang Xiaoming"};
  const std::vector<std::string> documents = {kIdOfWang, kIdOfLi, "11010519491231003X", "12345"};
  const std::vector<std::string> systems = {"crm", "billing", "care"};
  constexpr int kPeople = 40;
  struct Stated {
    std::string name;  // System and key.
    bool deletion = false;
    std::string text;
  };
  std::vector<Stated> facts;
  std::set<std::pair<std::string, std::string>> keys;
  for (int person = 0; person < kPeople; ++person) {
    const std::string name = names[random() % names.size()];
    const std::string phone = absl::StrCat("1380013", 8000 + random() % 25);
    const std::string birth = absl::StrCat("19", 70 + random() % 3, "-01-0", 1 + random() % 3);
    for (const std::string& system : systems) {
      const std::string key = absl::StrCat(person);
      keys.emplace(system, key);
      for (int version = 0; version < 3; ++version) {
        if (random() % 2 == 0) continue;
        const std::string stated = system + key;
        const bool known = !facts.empty() && facts.back().name == stated;
        if (known && random() % 4 == 0) {
          facts.push_back({stated, true, Deletion(system, key, 1700000000 + version)});
          continue;
        }
        std::string fields = absl::StrCat("name: '", name, "' ");
        if (random() % 2 == 0) fields += Phone(phone);
        if (random() % 2 == 0) absl::StrAppend(&fields, "birth_date: '", birth, "' ");
        if (random() % 4 == 0) fields += Document(documents[random() % documents.size()]);
        if (random() % 6 == 0) {
          absl::StrAppend(&fields, "references { source_system: '", systems[random() % 3],
                          "' customer_key: '", kPeople + random() % 5, "' } ");
        }
        if (random() % 8 == 0) {
          absl::StrAppend(&fields, "references { source_system: 'web' customer_key: '",
                          random() % kPeople, "' } ");
        }
        facts.push_back({stated, false, Source(system, key, fields, 1700000000 + version)});
      }
    }
  }
  std::optional<std::set<std::set<std::string>>> expected;
  const int rounds = 12;
  for (int round = 0; round < rounds; ++round) {
    const auto store = storage::NewMemoryStore();
    Platform platform(*store, clock_, ids_, 1 << 20, RunSerially);
    std::shuffle(facts.begin(), facts.end(), random);
    // What was never stated cannot be taken back.
    std::map<std::string, size_t> first;
    for (size_t i = 0; i < facts.size(); ++i) {
      const auto known = first.emplace(facts[i].name, i).first;
      if (facts[known->second].deletion && !facts[i].deletion) {
        std::swap(facts[known->second], facts[i]);
      }
    }
    for (size_t at = 0; at < facts.size();) {
      const size_t size = std::min<size_t>(1 + random() % 10, facts.size() - at);
      std::vector<std::string> bytes;
      for (size_t i = at; i < at + size; ++i) {
        bytes.push_back(Parse<v1::Fact>(facts[i].text).SerializeAsString());
      }
      const std::vector<absl::string_view> views(bytes.begin(), bytes.end());
      for (const auto& result : platform.ingest.TakeBatch(call_, views)) {
        ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
      }
      at += size;
    }
    // Records that are there, by customer.
    std::map<std::string, std::set<std::string>> customers;
    for (const auto& [system, key] : keys) {
      v1::GetSourceRecordRequest get;
      get.set_source_system(system);
      get.set_key(key);
      v1::GetSourceRecordResponse got;
      if (!platform.facts.Get(call_, get, got).ok()) continue;
      v1::GetCustomerRequest request;
      request.mutable_customer()->mutable_subject()->set_source_system(system);
      request.mutable_customer()->mutable_subject()->set_customer_key(key);
      v1::GetCustomerResponse response;
      ASSERT_THAT(platform.customers.Get(call_, request, response), IsOk());
      customers[response.customer().customer_id()].insert(absl::StrCat(system, "/", key));
    }
    std::set<std::set<std::string>> partition;
    for (const auto& [id, members] : customers) partition.insert(members);
    if (!expected.has_value()) expected = partition;
    ASSERT_EQ(partition, *expected) << "round " << round;
    const auto report = CheckStore(*store, {}, clock_.Now());
    ASSERT_THAT(report, IsOk());
    ASSERT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }
}

}  // namespace
}  // namespace yilan::core
