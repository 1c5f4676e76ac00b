// Stewards and sources that change the same customers at the same moment, on every store, through
// the cores of two servers: whatever wins, nobody is told what is not so, the store is sound, and
// the customers are those of the records and decisions that there are.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/check/check.h"
#include "core/errors.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/core/identity_state.h"
#include "tests/status_matchers.h"
#include "tests/transfer/stores.h"

namespace yilan::core {
namespace {

using storage::transfer::BackendKind;
using testing::AnyOf;

constexpr int kRounds = 12;

// Valid resident ids (GB 11643): made up, with their check characters.
constexpr char kIdOfWang[] = "11010519491231002X";
constexpr char kIdOfLi[] = "440524188001010014";

class IdentityRacesTest : public testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override { ASSERT_NE(store_, nullptr); }
  void TearDown() override {
    ResolveAllThatWait(first_, call_);
    EXPECT_EQ(ReadIdentityState(*store_).pending, 0u);
    EXPECT_EQ(DifferencesFromBulk(first_, call_), "");
    const auto report = CheckStore(*store_, {}, clock_.Now());
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }

  // Runs all of them, each on a thread of its own, from one moment on. Each is given the core of
  // one of two servers.
  using Action = std::function<void(Platform&)>;
  void AtOnce(const std::vector<Action>& actions) {
    std::atomic<size_t> ready{0};
    std::vector<std::thread> threads;
    for (size_t i = 0; i < actions.size(); ++i) {
      threads.emplace_back([&, i] {
        ready.fetch_add(1);
        while (ready.load() < actions.size()) std::this_thread::yield();
        actions[i](i % 2 == 0 ? first_ : second_);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  static v1::CustomerIdentifier ByKey(const std::string& key) {
    v1::CustomerIdentifier identifier;
    identifier.mutable_subject()->set_source_system("crm");
    identifier.mutable_subject()->set_customer_key(key);
    return identifier;
  }
  // A name like no other.
  static std::string NameOf(const std::string& key) {
    std::string name = "Li ";
    for (const char c : key) name += std::string(1 + (c % 3), static_cast<char>('a' + c % 23));
    return name;
  }
  void Take(Platform& platform, const v1::Fact& fact) {
    const std::string bytes = fact.SerializeAsString();
    while (true) {
      const auto results = platform.ingest.TakeBatch(call_, {absl::string_view(bytes)});
      if (results[0].outcome() == v1::FACT_OUTCOME_RETRY) continue;
      EXPECT_EQ(results[0].outcome(), v1::FACT_OUTCOME_OK) << results[0].DebugString();
      return;
    }
  }
  void State(Platform& platform, const std::string& key, const std::string& document = "",
             int version = 0) {
    v1::Fact fact;
    v1::SourceRecord& record = *fact.mutable_source_record();
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key(key);
    record.mutable_source()->mutable_event_time()->set_seconds(1700000000 + version);
    record.set_name(NameOf(key));
    if (!document.empty()) {
      record.add_identifications()->set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
      record.mutable_identifications(0)->set_value(document);
    }
    Take(platform, fact);
  }
  void Delete(Platform& platform, const std::string& key) {
    v1::Fact fact;
    fact.mutable_deletion()->set_fact_type("source_record");
    fact.mutable_deletion()->set_source_system("crm");
    fact.mutable_deletion()->set_key(key);
    fact.mutable_deletion()->mutable_event_time()->set_seconds(1700000100);
    Take(platform, fact);
  }
  std::string CustomerOf(const v1::CustomerIdentifier& customer) {
    v1::GetCustomerRequest request;
    *request.mutable_customer() = customer;
    v1::GetCustomerResponse response;
    const absl::Status status = first_.customers.Get(call_, request, response);
    return status.ok() ? response.customer().customer_id() : status.ToString();
  }
  std::string CustomerOf(const std::string& key) { return CustomerOf(ByKey(key)); }
  std::string CustomerOfId(const std::string& id) {
    v1::CustomerIdentifier identifier;
    identifier.set_customer_id(id);
    return CustomerOf(identifier);
  }

  // "OK" or the reason why not. What failed because others were faster is tried again.
  template <typename Method>
  static std::string Outcome(Method method) {
    while (true) {
      const absl::Status status = method();
      const v1::ErrorReason reason = ReasonOf(status);
      if (reason == v1::ERROR_REASON_WRITE_CONTENTION ||
          reason == v1::ERROR_REASON_STORE_UNAVAILABLE) {
        continue;
      }
      return status.ok() ? "OK" : ReasonName(reason);
    }
  }
  std::string Merge(Platform& platform, const std::string& into, const std::string& from,
                    std::string* event = nullptr) {
    v1::MergeRequest request;
    request.set_request_id(ids_.NextUuid());
    *request.mutable_into_customer() = ByKey(into);
    *request.mutable_from_customer() = ByKey(from);
    v1::MergeResponse response;
    const std::string outcome =
        Outcome([&] { return platform.stewardship.Merge(call_, request, response); });
    if (event != nullptr) *event = response.event_id();
    return outcome;
  }
  std::string Unmerge(Platform& platform, const std::string& event) {
    v1::UnmergeRequest request;
    request.set_request_id(ids_.NextUuid());
    request.set_event_id(event);
    v1::UnmergeResponse response;
    return Outcome([&] { return platform.stewardship.Unmerge(call_, request, response); });
  }
  std::string KeepApart(Platform& platform, const std::string& one, const std::string& other) {
    v1::MarkNotDuplicateRequest request;
    request.set_request_id(ids_.NextUuid());
    *request.mutable_first_customer() = ByKey(one);
    *request.mutable_second_customer() = ByKey(other);
    v1::MarkNotDuplicateResponse response;
    return Outcome([&] { return platform.stewardship.MarkNotDuplicate(call_, request, response); });
  }
  // Names of so many new customers.
  std::vector<std::string> NewCustomers(int round, int count) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) {
      keys.push_back(absl::StrCat(std::string(1, static_cast<char>('A' + i)), round));
      State(first_, keys.back());
    }
    return keys;
  }

  const storage::transfer::TestDirectory directory_;
  const std::unique_ptr<storage::RecordStore> store_ =
      storage::transfer::NewStore(GetParam(), directory_);
  SystemClock clock_;
  IdGenerator ids_{clock_};
  Platform first_{*store_, clock_, ids_, size_t{1} << 20, RunSerially};
  Platform second_{*store_, clock_, ids_, size_t{1} << 20, RunSerially};
  const Call call_ = {.client = "test"};
};

TEST_P(IdentityRacesTest, MergesOfOneCustomerAtOnceAllHold) {
  for (int round = 0; round < kRounds; ++round) {
    const auto keys = NewCustomers(round, 5);
    const std::string kept = CustomerOf(keys[0]);
    std::vector<std::string> old;
    for (const std::string& key : keys) old.push_back(CustomerOf(key));
    std::vector<std::string> outcomes(5);
    std::vector<Action> actions;
    for (size_t i = 1; i < 5; ++i) {
      actions.push_back([&, i](Platform& p) { outcomes[i] = Merge(p, keys[0], keys[i]); });
    }
    // And one of them twice.
    actions.push_back([&](Platform& p) { outcomes[0] = Merge(p, keys[0], keys[1]); });
    AtOnce(actions);
    for (size_t i = 2; i < 5; ++i) EXPECT_EQ(outcomes[i], "OK");
    const std::multiset<std::string> both = {outcomes[0], outcomes[1]};
    EXPECT_EQ(both, (std::multiset<std::string>{"OK", "SAME_CUSTOMER"}));
    for (const std::string& key : keys) EXPECT_EQ(CustomerOf(key), kept);
    for (const std::string& id : old) EXPECT_EQ(CustomerOfId(id), kept);
  }
}

TEST_P(IdentityRacesTest, MergesInACircleMakeOneCustomer) {
  for (int round = 0; round < kRounds; ++round) {
    const size_t size = round % 2 == 0 ? 2 : 3;
    const auto keys = NewCustomers(round, static_cast<int>(size));
    std::vector<std::string> old;
    for (const std::string& key : keys) old.push_back(CustomerOf(key));
    std::vector<std::string> outcomes(size);
    std::vector<Action> actions;
    for (size_t i = 0; i < size; ++i) {
      actions.push_back(
          [&, i](Platform& p) { outcomes[i] = Merge(p, keys[(i + 1) % size], keys[i]); });
    }
    AtOnce(actions);
    // The last one finds them together.
    EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "OK"), static_cast<long>(size) - 1);
    EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "SAME_CUSTOMER"), 1);
    const std::string customer = CustomerOf(keys[0]);
    EXPECT_THAT(old, testing::Contains(customer));
    for (const std::string& key : keys) EXPECT_EQ(CustomerOf(key), customer);
    for (const std::string& id : old) EXPECT_EQ(CustomerOfId(id), customer);
  }
}

TEST_P(IdentityRacesTest, AMergeIsUndoneOnce) {
  for (int round = 0; round < kRounds; ++round) {
    const auto keys = NewCustomers(round, 2);
    const std::string second = CustomerOf(keys[1]);
    std::string event;
    ASSERT_EQ(Merge(first_, keys[0], keys[1], &event), "OK");
    std::vector<std::string> outcomes(4);
    std::vector<Action> actions;
    for (std::string& outcome : outcomes) {
      actions.push_back([&](Platform& p) { outcome = Unmerge(p, event); });
    }
    AtOnce(actions);
    EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "OK"), 1);
    EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "MERGE_NOT_IN_EFFECT"), 3);
    EXPECT_EQ(CustomerOf(keys[1]), second);
    EXPECT_NE(CustomerOf(keys[0]), second);
  }
}

TEST_P(IdentityRacesTest, TwoAreMergedOrKeptApartAndNotBoth) {
  for (int round = 0; round < kRounds; ++round) {
    const auto keys = NewCustomers(round, 2);
    std::string merged;
    std::string apart;
    AtOnce({[&](Platform& p) { merged = Merge(p, keys[0], keys[1]); },
            [&](Platform& p) { apart = KeepApart(p, keys[0], keys[1]); }});
    if (merged == "OK") {
      EXPECT_EQ(apart, "SAME_CUSTOMER");
      EXPECT_EQ(CustomerOf(keys[0]), CustomerOf(keys[1]));
    } else {
      EXPECT_EQ(merged, "CUSTOMERS_SEPARATED");
      EXPECT_EQ(apart, "OK");
      EXPECT_NE(CustomerOf(keys[0]), CustomerOf(keys[1]));
    }
  }
}

TEST_P(IdentityRacesTest, AMergeAndNewVersionsOfItsRecords) {
  for (int round = 0; round < kRounds; ++round) {
    const auto keys = NewCustomers(round, 2);
    std::string merged;
    AtOnce({[&](Platform& p) { merged = Merge(p, keys[0], keys[1]); },
            [&](Platform& p) { State(p, keys[0], kIdOfWang, 1); },
            [&](Platform& p) { State(p, keys[1], kIdOfLi, 1); }});
    // Different documents part what a steward joined, and keep it from being joined.
    EXPECT_THAT(merged, AnyOf("OK", "DIFFERENT_DOCUMENTS"));
    ResolveAllThatWait(first_, call_);
    EXPECT_NE(CustomerOf(keys[0]), CustomerOf(keys[1]));
    // The documents are free for the next ones.
    State(first_, keys[0], "", 2);
    State(first_, keys[1], "", 2);
    ResolveAllThatWait(first_, call_);
    EXPECT_EQ(CustomerOf(keys[0]) == CustomerOf(keys[1]), merged == "OK");
  }
}

TEST_P(IdentityRacesTest, AMergeAndTheDeletionOfARecord) {
  for (int round = 0; round < kRounds; ++round) {
    const auto keys = NewCustomers(round, 2);
    std::string merged;
    AtOnce({[&](Platform& p) { merged = Merge(p, keys[0], keys[1]); },
            [&](Platform& p) { Delete(p, keys[1]); }});
    // A steward's word is about the customer, whether its record is there or not.
    EXPECT_EQ(merged, "OK");
    ResolveAllThatWait(first_, call_);
    EXPECT_EQ(CustomerOf(keys[0]), CustomerOf(keys[1]));
  }
}

TEST_P(IdentityRacesTest, AnUnmergeInsideAChainThatGrows) {
  for (int round = 0; round < kRounds; ++round) {
    const auto keys = NewCustomers(round, 3);
    std::string event;
    ASSERT_EQ(Merge(first_, keys[0], keys[1], &event), "OK");
    std::string merged;
    std::string undone;
    AtOnce({[&](Platform& p) { merged = Merge(p, keys[2], keys[0]); },
            [&](Platform& p) { undone = Unmerge(p, event); }});
    EXPECT_EQ(merged, "OK");
    EXPECT_EQ(undone, "OK");
    EXPECT_EQ(CustomerOf(keys[2]), CustomerOf(keys[0]));
    EXPECT_NE(CustomerOf(keys[1]), CustomerOf(keys[0]));
  }
}

std::string StoreName(const testing::TestParamInfo<BackendKind>& store) {
  return storage::transfer::NameOf(store.param);
}
INSTANTIATE_TEST_SUITE_P(Stores, IdentityRacesTest,
                         testing::Values(BackendKind::kMemory, BackendKind::kRocksDb,
                                         BackendKind::kMariaDb),
                         StoreName);

}  // namespace
}  // namespace yilan::core
