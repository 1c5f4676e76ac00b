#include "storage/rocksdb/customer_cache.h"

#include "gmock/gmock.h"

namespace yilan::storage::rocks {
namespace {

using ::testing::Eq;
using ::testing::Optional;

const CustomerId kCustomer{1, 1};
const CustomerId kOther{1, 2};
const SubjectId kSubject{2, 1};

CustomerState State(CustomerId customer, Revision revision, std::vector<SubjectId> members = {}) {
  return {.customer = customer, .revision = revision, .members = std::move(members)};
}

TEST(CustomerCache, KeepsARowThatIsOffered) {
  CustomerCache cache(100);
  cache.Offer(State(kCustomer, 3), 10);
  EXPECT_THAT(cache.Find(kCustomer), Optional(State(kCustomer, 3)));
}

TEST(CustomerCache, FindsACustomerByItsSubject) {
  CustomerCache cache(100);
  cache.Offer(State(kCustomer, 3, {kSubject}), 10);
  EXPECT_THAT(cache.Find(kSubject), Optional(State(kCustomer, 3, {kSubject})));
}

TEST(CustomerCache, FindsNothingForASubjectThatMovedAway) {
  CustomerCache cache(100);
  cache.Offer(State(kCustomer, 3, {kSubject}), 10);
  {
    CustomerCache::Commit commit(cache, {kCustomer});
    const CustomerState without = State(kCustomer, 4);
    commit.Finish({&without, 1}, 11);
  }
  EXPECT_THAT(cache.Find(kSubject), Eq(std::nullopt));
}

TEST(CustomerCache, SaysNothingOfARowWhileItIsBeingCommitted) {
  CustomerCache cache(100);
  cache.Offer(State(kCustomer, 3), 10);
  CustomerCache::Commit commit(cache, {kCustomer});
  EXPECT_THAT(cache.Find(kCustomer), Eq(std::nullopt));
  const CustomerState after = State(kCustomer, 4);
  commit.Finish({&after, 1}, 11);
  EXPECT_THAT(cache.Find(kCustomer), Optional(after));
}

TEST(CustomerCache, ForgetsARowWhoseCommitFailed) {
  CustomerCache cache(100);
  cache.Offer(State(kCustomer, 3), 10);
  { const CustomerCache::Commit commit(cache, {kCustomer}); }
  EXPECT_THAT(cache.Find(kCustomer), Eq(std::nullopt));
  cache.Offer(State(kCustomer, 3), 10);
  EXPECT_THAT(cache.Find(kCustomer), Optional(State(kCustomer, 3)));
}

TEST(CustomerCache, RefusesARowReadBeforeTheLastCommit) {
  CustomerCache cache(100);
  {
    CustomerCache::Commit commit(cache, {kCustomer});
    const CustomerState after = State(kCustomer, 4);
    commit.Finish({&after, 1}, 11);
  }
  cache.Clear();
  cache.Offer(State(kCustomer, 3), 10);
  EXPECT_THAT(cache.Find(kCustomer), Eq(std::nullopt));
  cache.Offer(State(kCustomer, 4), 11);
  EXPECT_THAT(cache.Find(kCustomer), Optional(State(kCustomer, 4)));
}

TEST(CustomerCache, RefusesARowReadWhileACommitIsUnderWay) {
  CustomerCache cache(100);
  CustomerCache::Commit commit(cache, {kCustomer});
  cache.Offer(State(kCustomer, 3), 10);
  EXPECT_THAT(cache.Find(kCustomer), Eq(std::nullopt));
}

TEST(CustomerCache, AnswersForASnapshotOnlyWhatTheSnapshotShows) {
  CustomerCache cache(100);
  {
    CustomerCache::Commit commit(cache, {kCustomer});
    const CustomerState after = State(kCustomer, 4);
    commit.Finish({&after, 1}, 11);
  }
  EXPECT_THAT(cache.FindAt(kCustomer, 10), Eq(std::nullopt));
  EXPECT_THAT(cache.FindAt(kCustomer, 11), Optional(State(kCustomer, 4)));
}

TEST(CustomerCache, KeepsABoundedNumberOfRows) {
  CustomerCache cache(1000);
  for (uint64_t n = 0; n < 100'000; ++n) cache.Offer(State({3, n}, 1), 10);
  int kept = 0;
  for (uint64_t n = 0; n < 100'000; ++n) kept += cache.Find(CustomerId{3, n}).has_value() ? 1 : 0;
  EXPECT_GT(kept, 400);
  EXPECT_LT(kept, 1300);
}

TEST(CustomerCache, KeepsARowThatIsUsed) {
  CustomerCache cache(1000);
  cache.Offer(State(kOther, 7), 10);
  for (uint64_t n = 0; n < 10'000; ++n) {
    cache.Offer(State({3, n}, 1), 10);
    ASSERT_THAT(cache.Find(kOther), Optional(State(kOther, 7))) << n;
  }
}

}  // namespace
}  // namespace yilan::storage::rocks
