// The cache of views by itself: what it keeps, what it lets go, and its bound.
#include "core/views/view_cache.h"

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

ViewShape ShapeOf(const std::string& options) {
  v1::ViewOptions parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(options, &parsed));
  return *ViewShape::Parse(parsed, "options");
}

class ViewCacheTest : public testing::Test {
 protected:
  static constexpr size_t kCapacity = 100 << 10;

  static SharedView View(size_t bytes, storage::Revision revision = 1,
                         const std::string& shape = "") {
    auto view = std::make_shared<CachedView>();
    view->bytes.assign(bytes, 'x');
    view->revision = revision;
    view->shape = shape;
    view->good_until = kMaxTime;
    return view;
  }
  ViewKey Key(uint64_t customer) { return {{1, customer}, &all_}; }

  const ViewShape all_;
  ViewCache cache_{kCapacity};
};

TEST_F(ViewCacheTest, FindsWhatWasInserted) {
  EXPECT_EQ(cache_.Find(Key(1)), nullptr);
  const SharedView view = View(100);
  cache_.Insert(Key(1), view);
  EXPECT_EQ(cache_.Find(Key(1)), view);
  EXPECT_EQ(cache_.Find(Key(2)), nullptr);
  EXPECT_EQ(cache_.figures().entries, 1u);
}

TEST_F(ViewCacheTest, PeekTellsTheRevisionThatFindWouldReturn) {
  EXPECT_EQ(cache_.Peek(Key(1)).revision, 0u);
  cache_.Insert(Key(1), View(100, 5));
  EXPECT_EQ(cache_.Peek(Key(1)).revision, 5u);
  cache_.Insert(Key(1), View(100, 6));
  EXPECT_EQ(cache_.Peek(Key(1)).revision, 6u);
  cache_.Insert(Key(1), View(100, 4));
  EXPECT_EQ(cache_.Peek(Key(1)).revision, 6u);
}

TEST_F(ViewCacheTest, ShapesOfOneCustomerAreKeptApart) {
  const ViewShape profile = ShapeOf("section_mask { paths: 'profile' }");
  const SharedView whole = View(100);
  const SharedView part = View(10, 1, profile.key());
  cache_.Insert(Key(1), whole);
  cache_.Insert({{1, 1}, &profile}, part);
  EXPECT_EQ(cache_.Find(Key(1)), whole);
  EXPECT_EQ(cache_.Find({{1, 1}, &profile}), part);
}

TEST_F(ViewCacheTest, AnOlderRevisionDoesNotReplaceANewerOne) {
  const SharedView newer = View(100, 5);
  cache_.Insert(Key(1), newer);
  cache_.Insert(Key(1), View(100, 4));
  EXPECT_EQ(cache_.Find(Key(1)), newer);
}

TEST_F(ViewCacheTest, TheSameRevisionIsReplacedForItMayHoldLonger) {
  cache_.Insert(Key(1), View(100, 5));
  const SharedView again = View(100, 5);
  cache_.Insert(Key(1), again);
  EXPECT_EQ(cache_.Find(Key(1)), again);
  EXPECT_EQ(cache_.figures().entries, 1u);
}

TEST_F(ViewCacheTest, TheBoundHoldsAfterEveryInsert) {
  for (uint64_t i = 0; i < 2000; ++i) {
    cache_.Insert(Key(i % 700), View((i * 7919) % 9000, i));
    const ViewCacheFigures figures = cache_.figures();
    ASSERT_LE(figures.bytes, kCapacity) << i;
    ASSERT_EQ(figures.capacity_bytes, kCapacity);
  }
  EXPECT_GT(cache_.figures().evictions, 0u);
  EXPECT_GT(cache_.figures().entries, 0u);
}

TEST_F(ViewCacheTest, TheBoundCountsKeysAndBookkeepingOfEmptyViews) {
  for (uint64_t i = 0; i < 5000; ++i) {
    cache_.Insert(Key(i), View(0));
    ASSERT_LE(cache_.figures().bytes, kCapacity) << i;
  }
  // Each takes more than its key and its view object.
  EXPECT_LT(cache_.figures().entries, kCapacity / (sizeof(CachedView) + 24));
  EXPECT_GT(cache_.figures().entries, 100u);
}

TEST_F(ViewCacheTest, TheNewestViewIsKept) {
  for (uint64_t i = 0; i < 500; ++i) {
    cache_.Insert(Key(i), View(2000));
    ASSERT_NE(cache_.Find(Key(i)), nullptr) << i;
  }
}

TEST_F(ViewCacheTest, AViewTooLargeForAShardIsNotKeptNorWhatItReplaces) {
  cache_.Insert(Key(1), View(100, 1));
  cache_.Insert(Key(1), View(kCapacity / 2, 2));
  EXPECT_EQ(cache_.Find(Key(1)), nullptr);
  EXPECT_EQ(cache_.figures().entries, 0u);
}

TEST_F(ViewCacheTest, AScanDoesNotDriveOutWhatIsInUse) {
  const uint64_t used = 10;
  for (uint64_t i = 0; i < used; ++i) cache_.Insert(Key(i), View(2000));
  for (uint64_t scanned = 1000; scanned < 3000; ++scanned) {
    cache_.Insert(Key(scanned), View(2000));
    for (uint64_t i = 0; i < used && scanned % 10 == 0; ++i) {
      ASSERT_NE(cache_.Find(Key(i)), nullptr) << "after " << scanned - 1000;
    }
  }
}

TEST_F(ViewCacheTest, WhatIsUsedNoMoreGoesInTheEnd) {
  cache_.Insert(Key(1), View(2000));
  for (int i = 0; i < 100; ++i) cache_.Find(Key(1));
  for (uint64_t scanned = 1000; scanned < 3000; ++scanned) cache_.Insert(Key(scanned), View(2000));
  EXPECT_EQ(cache_.Find(Key(1)), nullptr);
}

TEST_F(ViewCacheTest, AViewThatIsHeldOutlivesItsEviction) {
  cache_.Insert(Key(1), View(2000));
  const SharedView held = cache_.Find(Key(1));
  for (uint64_t i = 1000; i < 3000; ++i) cache_.Insert(Key(i), View(2000));
  EXPECT_EQ(cache_.Find(Key(1)), nullptr);
  EXPECT_EQ(held->bytes, std::string(2000, 'x'));
}

TEST_F(ViewCacheTest, WithoutCapacityItKeepsNothing) {
  ViewCache off(0);
  EXPECT_FALSE(off.enabled());
  off.Insert(Key(1), View(0));
  EXPECT_EQ(off.Find(Key(1)), nullptr);
  EXPECT_EQ(off.figures().bytes, 0u);
}

TEST_F(ViewCacheTest, ALargeCacheKeepsTheBoundOverAllItsShards) {
  constexpr size_t kLarge = size_t{64} << 20;
  ViewCache large(kLarge);
  for (uint64_t i = 0; i < 20000; ++i) large.Insert(Key(i), View(5000));
  EXPECT_LE(large.figures().bytes, kLarge);
  // The shards are filled evenly: little of the room is wasted.
  EXPECT_GT(large.figures().bytes, kLarge * 9 / 10);
}

TEST(ViewCachedViewTest, HoldsFromItsMakingToBeforeItsEnd) {
  CachedView view;
  view.made_at = 10;
  view.good_until = 20;
  EXPECT_FALSE(view.HoldsAt(9));
  EXPECT_TRUE(view.HoldsAt(10));
  EXPECT_TRUE(view.HoldsAt(19));
  EXPECT_FALSE(view.HoldsAt(20));
}

}  // namespace
}  // namespace yilan::core
