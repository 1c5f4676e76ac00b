// Plans that were made of what was seen a moment ago, which may have changed since.
#include "core/facts/write_batch.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "google/protobuf/arena.h"
#include "tests/core/core_fixture.h"

namespace yilan::core {
namespace {

class SeenKeys : public CoreTest {
 protected:
  static std::string Bill(const std::string& key, const std::string& customer) {
    return absl::StrCat("customer_bill { source { source_system: 'billing' key: '", key,
                        "' event_time { seconds: 1700000000 } subject { customer_key: '", customer,
                        "' } } amount { currency_code: 'CNY' minor_units: 100 } }");
  }
  static std::string KeyOfCustomer(const std::string& customer) {
    return SubjectKey(Parse<v1::SubjectReference>(
        absl::StrCat("source_system: 'billing' customer_key: '", customer, "'")));
  }
  std::string CustomerOf(const std::string& customer) {
    return ViewOf(
               absl::StrCat("subject { source_system: 'billing' customer_key: '", customer, "' }"))
        ->customer_id();
  }

  // Writes a bill of `customer`, planned from `seen`. Sets plans_ to how often a plan was made.
  void Write(const std::string& key, const std::string& customer, const KeyCustomers& seen) {
    google::protobuf::Arena arena;
    const std::string bytes = Parse<v1::Fact>(Bill(key, customer)).SerializeAsString();
    const absl::StatusOr<FactWrite> write = ParseFactWrite(bytes, kStart, arena);
    ASSERT_TRUE(write.ok());
    WriteBatch batch({&*write, 1}, kStart, ids_, {}, &seen);
    std::vector<FactWriteResult> results;
    plans_ = 0;
    const absl::Status status = store_->Write(
        {.actor = "test", .recorded_time = kStart},
        [&](storage::Reader& reader) {
          ++plans_;
          return batch.Plan(reader);
        },
        [&](storage::Transaction& txn) { return batch.Apply(txn, results); });
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(results.size(), 1u);
    EXPECT_TRUE(results[0].status.ok()) << results[0].status;
    EXPECT_EQ(results[0].outcome, v1::WRITE_OUTCOME_CREATED);
  }
  int BillsOf(const std::string& customer) {
    return ViewOf(
               absl::StrCat("subject { source_system: 'billing' customer_key: '", customer, "' }"))
        ->customer_bills_size();
  }

  int plans_ = 0;
};

TEST_F(SeenKeys, SaveLookingThemUpAgain) {
  ASSERT_EQ(Take({Bill("B1", "C1")})[0].outcome(), v1::FACT_OUTCOME_OK);
  Write("B2", "C1", {{KeyOfCustomer("C1"), *storage::CustomerId::FromString(CustomerOf("C1"))}});
  EXPECT_EQ(plans_, 1);
  Write("B3", "C2", {});
  EXPECT_EQ(plans_, 1);
  EXPECT_EQ(BillsOf("C1"), 2);
  EXPECT_EQ(BillsOf("C2"), 1);
}

TEST_F(SeenKeys, ThatHaveBeenTakenSinceAreLookedUp) {
  ASSERT_EQ(Take({Bill("B1", "C1")})[0].outcome(), v1::FACT_OUTCOME_OK);
  Write("B2", "C1", {});
  EXPECT_EQ(plans_, 2);
  EXPECT_EQ(BillsOf("C1"), 2);
}

TEST_F(SeenKeys, ThatAreWithAnotherCustomerNowAreLookedUp) {
  ASSERT_EQ(Take({Bill("B1", "C1")})[0].outcome(), v1::FACT_OUTCOME_OK);
  ASSERT_EQ(Take({Bill("B2", "C2")})[0].outcome(), v1::FACT_OUTCOME_OK);
  Write("B3", "C1", {{KeyOfCustomer("C1"), *storage::CustomerId::FromString(CustomerOf("C2"))}});
  EXPECT_EQ(plans_, 2);
  EXPECT_EQ(BillsOf("C1"), 2);
  EXPECT_EQ(BillsOf("C2"), 1);
}

}  // namespace
}  // namespace yilan::core
