// Verification finds what must never be, and nothing where all is well.
#include "core/check/check.h"

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"
#include "tests/core/core_fixture.h"

namespace yilan::core {
namespace {

class CheckTest : public CoreTest {
 protected:
  CheckReport Check() {
    absl::StatusOr<CheckReport> report = CheckStore(*store_, {}, clock_.Now());
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }

  // One customer with one bill.
  void TakeOne() {
    ASSERT_EQ(Take({"customer_bill { source { source_system: 'billing' key: 'B1' subject { "
                    "customer_key: 'C1' } event_time { seconds: 1700000000 } } amount { "
                    "currency_code: 'CNY' minor_units: 100 } }"})[0]
                  .outcome(),
              v1::FACT_OUTCOME_OK);
  }

  // Writes to the store behind the core's back.
  void Tamper(
      const std::function<absl::Status(storage::Transaction&, storage::Record bill)>& body) {
    const absl::Status status = store_->Write(
        {},
        [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
          const auto holder = reader.FindByKey(FactKey(v1::Fact::kCustomerBill, "billing", "B1"));
          storage::WritePlan plan;
          plan.customers = {reader.GetCustomer(holder->subject)->customer};
          plan.keys = {FactKey(v1::Fact::kCustomerBill, "billing", "B1"), "other"};
          return plan;
        },
        [&](storage::Transaction& txn) {
          const auto holder = txn.FindByKey(FactKey(v1::Fact::kCustomerBill, "billing", "B1"));
          return body(txn, *txn.Get(*holder));
        });
    ASSERT_TRUE(status.ok()) << status;
  }
};

TEST_F(CheckTest, AnEmptyStoreIsSound) {
  const CheckReport report = Check();
  EXPECT_EQ(report.damages, 0u);
  EXPECT_EQ(report.records, 0u);
}

TEST_F(CheckTest, TotalsThatAreNotTheSumOfTheFactsAreFound) {
  TakeOne();
  EXPECT_EQ(Check().damages, 0u);
  Tamper([](storage::Transaction& txn, storage::Record bill) {
    v1::CustomerBill message;
    EXPECT_TRUE(message.ParseFromString(bill.payload));
    message.mutable_amount()->set_minor_units(101);
    bill.payload = message.SerializeAsString();
    return txn.Put(std::move(bill));
  });
  const CheckReport report = Check();
  ASSERT_EQ(report.damages, 1u);
  EXPECT_THAT(report.examples[0], testing::HasSubstr("totals"));
}

TEST_F(CheckTest, AFactThatDoesNotParseIsFound) {
  TakeOne();
  Tamper([](storage::Transaction& txn, storage::Record bill) {
    bill.payload = "\xff\xff";
    return txn.Put(std::move(bill));
  });
  EXPECT_GE(Check().damages, 1u);
}

TEST_F(CheckTest, AFactUnderAnotherKeyIsFound) {
  TakeOne();
  Tamper([](storage::Transaction& txn, storage::Record bill) {
    bill.keys = {"other"};
    return txn.Put(std::move(bill));
  });
  EXPECT_EQ(Check().damages, 1u);
}

TEST_F(CheckTest, ASubjectWithoutItsOwnRecordIsFound) {
  TakeOne();
  Tamper([](storage::Transaction& txn, const storage::Record& bill) {
    return txn.Delete({bill.key.subject, kSubjectKind, kSubjectRecordId});
  });
  EXPECT_GE(Check().damages, 1u);
}

// Random facts, versions, deletions and moves, with time going on: totals stay the sum of the
// facts.
TEST_F(CheckTest, WhateverIsWrittenTheStoreIsSound) {
  const char* const replay = std::getenv("YILAN_SEED");
  const uint64_t seed = replay != nullptr ? std::stoull(replay) : std::random_device()();
  SCOPED_TRACE(absl::StrCat("replay with YILAN_SEED=", seed));
  std::mt19937_64 random(seed);
  const auto pick = [&](uint64_t n) { return random() % n; };
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> facts;
    for (int i = 0; i < 25; ++i) {
      const std::string source = absl::StrCat("source { source_system: 'billing' key: 'K", pick(12),
                                              "' subject { customer_key: 'C", pick(5),
                                              "' } event_time { seconds: ", 1767225600 + pick(1000),
                                              " } version: ", pick(3), " } ");
      const std::string amount =
          absl::StrCat("amount { currency_code: '", pick(4) == 0 ? "USD" : "CNY",
                       "' minor_units: ", pick(1000), " } ");
      const std::string account = absl::StrCat("billing_account_key: 'A", pick(3), "' ");
      switch (pick(8)) {
        case 0:
        case 1:
        case 2:
          facts.push_back(absl::StrCat("customer_bill { ", source, account, amount,
                                       "due_time { seconds: ", 1767225600 + pick(200000), " } ",
                                       pick(5) == 0 ? "state: CUSTOMER_BILL_STATE_ON_HOLD" : "",
                                       " }"));
          break;
        case 3:
          facts.push_back(absl::StrCat("payment { ", source, account, amount, " }"));
          break;
        case 4:
          facts.push_back(absl::StrCat("adjustment { ", source, account, amount,
                                       "adjustment_type: ADJUSTMENT_TYPE_",
                                       pick(2) == 0 ? "CREDIT" : "DEBIT", " }"));
          break;
        case 5:
          facts.push_back(absl::StrCat("trouble_ticket { ", source,
                                       "status: TROUBLE_TICKET_STATUS_",
                                       pick(2) == 0 ? "HELD" : "CLOSED", " }"));
          break;
        case 6:
          facts.push_back(absl::StrCat(
              "source_record { source { source_system: 'billing' key: 'C", pick(5),
              "' event_time { seconds: ", 1767225600 + pick(1000), " } } name: 'N", pick(9),
              "' references { source_system: 'billing' customer_key: 'C", pick(5), "' } }"));
          break;
        default:
          facts.push_back(
              absl::StrCat("deletion { fact_type: 'customer_bill' source_system: 'billing' key: 'K",
                           pick(12), "' event_time { seconds: ", 1767225600 + pick(1000), " } }"));
      }
    }
    for (const v1::FactResult& result : Take(facts)) {
      ASSERT_NE(result.outcome(), v1::FACT_OUTCOME_RETRY) << result.DebugString();
    }
    clock_.Advance(absl::Seconds(pick(8000)));
    const CheckReport report = Check();
    ASSERT_EQ(report.damages, 0u) << report.examples[0];
  }
}

}  // namespace
}  // namespace yilan::core
