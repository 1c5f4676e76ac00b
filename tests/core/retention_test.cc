// What is kept for a time only is forgotten, and nothing else.
#include "core/retention/retention.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"
#include "tests/core/core_fixture.h"

namespace yilan::core {
namespace {

class RetentionTest : public CoreTest {
 protected:
  // One change of one customer, hence of one partition, under `request_id`.
  absl::StatusOr<v1::UpsertCustomerBillResponse> Write(const std::string& request_id, int version) {
    return Upsert(Parse<v1::UpsertCustomerBillRequest>(
        absl::StrCat("request_id: '", request_id,
                     "' customer_bill { source { source_system: 'billing' key: 'B1' ",
                     "subject { customer_key: 'C1' } event_time { seconds: 1 } version: ", version,
                     " } amount { currency_code: 'CNY' minor_units: ", version, " } }")));
  }
  storage::FeedBounds Feed() { return store_->GetStatistics({})->feeds.at(0); }
};

TEST_F(RetentionTest, ChangesOlderThanTheirTimeAreForgottenAndNoOthers) {
  for (int day = 1; day <= 10; ++day) {
    ASSERT_TRUE(Write(NewRequestId(), day).ok());
    clock_.Advance(absl::Hours(24));
  }
  // Now the changes are 10, 9, … 1 days old.
  const Retention retention{.changes = absl::Hours(24 * 4)};
  ASSERT_TRUE(ForgetExpired(*store_, {}, clock_.Now(), retention).ok());
  EXPECT_EQ(Feed().trimmed, 6u);
  EXPECT_EQ(Feed().end, 10u);
  clock_.Advance(absl::Hours(24));
  ASSERT_TRUE(ForgetExpired(*store_, {}, clock_.Now(), retention).ok());
  EXPECT_EQ(Feed().trimmed, 7u);
  clock_.Advance(absl::Hours(240));
  ASSERT_TRUE(ForgetExpired(*store_, {}, clock_.Now(), retention).ok());
  EXPECT_EQ(Feed().trimmed, 10u);
}

TEST_F(RetentionTest, ARequestIsRememberedForSevenDays) {
  const std::string id = NewRequestId();
  ASSERT_TRUE(Write(id, 1).ok());
  clock_.Advance(absl::Hours(24 * 7));
  ASSERT_TRUE(ForgetExpired(*store_, {}, clock_.Now(), {}).ok());
  EXPECT_EQ(ReasonOf(Write(id, 2).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(ForgetExpired(*store_, {}, clock_.Now(), {}).ok());
  EXPECT_TRUE(Write(id, 2).ok());
}

TEST_F(RetentionTest, AnEmptyStoreHasNothingToForget) {
  EXPECT_TRUE(ForgetExpired(*store_, {}, clock_.Now(), {}).ok());
}

}  // namespace
}  // namespace yilan::core
