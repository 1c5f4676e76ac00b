// The mark on an unfinished copy, and that it keeps a store from being served.
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_store.h"
#include "storage/transfer/unfinished_copy.h"
#include "tests/core/forwarding_store.h"
#include "tests/status_matchers.h"

namespace yilan::storage::transfer {
namespace {

TEST(MarkTest, ItSaysWhatIsCopied) {
  const std::unique_ptr<RecordStore> store = NewMemoryStore();
  EXPECT_THAT(CheckComplete(*store, {}), IsOk());
  ASSERT_THAT(store->Import({}, {MarkOf({.source = "rocksdb:/data", .run = 5})}), IsOk());
  const absl::Status status = CheckComplete(*store, {});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("rocksdb:/data"));
  EXPECT_EQ((*FindMark(*store, {}))->run, 5u);
}

TEST(MarkTest, ForgettingOldRequestsLeavesIt) {
  const std::unique_ptr<RecordStore> store = NewMemoryStore();
  ASSERT_THAT(store->Import({}, {MarkOf({.source = "s"})}), IsOk());
  ASSERT_THAT(store->TrimRequests({}, kMaxTime), IsOk());
  EXPECT_TRUE(FindMark(*store, {})->has_value());
}

TEST(CompleteStoreTest, AMarkedStoreIsNotReadyAndAnswersNothingUntilTheMarkIsGone) {
  std::unique_ptr<RecordStore> memory = NewMemoryStore();
  RecordStore& inner = *memory;
  CompleteStore store(std::move(memory));
  const auto read = [&] { return store.Read({}, [](Reader&) { return absl::OkStatus(); }); };
  EXPECT_THAT(store.CheckReady({}), IsOk());
  EXPECT_THAT(read(), IsOk());
  ASSERT_THAT(inner.Import({}, {MarkOf({.source = "s"})}), IsOk());
  EXPECT_THAT(store.CheckReady({}), StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto nothing = [](const auto&) { return absl::OkStatus(); };
  const auto unavailable = StatusIs(absl::StatusCode::kUnavailable);
  EXPECT_THAT(read(), unavailable);
  EXPECT_THAT(store.LoadCustomer({}, CustomerId{1, 2}, {}, nothing), unavailable);
  EXPECT_THAT(
      store.Write(
          {}, [](Reader&) { return WritePlan{}; }, [](Transaction&) { return absl::OkStatus(); }),
      unavailable);
  EXPECT_THAT(store.Changes({}, 0, 0, 1), unavailable);
  EXPECT_THAT(store.TrimChanges({}, 0, 0), unavailable);
  EXPECT_THAT(store.TrimRequests({}, 0), unavailable);
  EXPECT_THAT(store.ListCustomers({}, {}, 1), unavailable);
  EXPECT_THAT(store.GetStatistics({}), unavailable);
  EXPECT_THAT(store.Export({}, nothing), unavailable);
  EXPECT_THAT(store.ReadBulk({}, nothing), unavailable);
  EXPECT_THAT(store.Import({}, {}), unavailable);
  ASSERT_THAT(inner.Import({}, {MarkKey()}), IsOk());
  EXPECT_THAT(store.CheckReady({}), IsOk());
  EXPECT_THAT(read(), IsOk());
}

TEST(CompleteStoreTest, ItIsAsFarAwayAsTheStoreThatItGuards) {
  class DistantStore final : public core::ForwardingStore {
   public:
    explicit DistantStore(RecordStore& store) : ForwardingStore(store) {}
    bool IsLocal() const override { return false; }
  };
  const std::unique_ptr<RecordStore> memory = NewMemoryStore();
  EXPECT_FALSE(CompleteStore(std::make_unique<DistantStore>(*memory)).IsLocal());
  EXPECT_TRUE(CompleteStore(NewMemoryStore()).IsLocal());
}

}  // namespace
}  // namespace yilan::storage::transfer
