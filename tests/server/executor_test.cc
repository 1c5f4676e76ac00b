#include "server/executor.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace yilan::server {
namespace {

// Holds whoever waits until it is opened.
class Door {
 public:
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class TestTask final : public Executor::Task {
 public:
  explicit TestTask(std::function<void()> body = [] {}) : body_(std::move(body)) {}
  bool Abandoned() const override { return abandoned.load(); }
  void Run(google::protobuf::Arena& arena) override {
    arena_was_empty = arena.SpaceUsed() == 0;
    google::protobuf::Arena::CreateArray<char>(&arena, 1000);
    body_();
    was_run = true;
    ended.Open();
  }
  void Drop() override {
    was_dropped = true;
    ended.Open();
  }

  std::atomic<bool> abandoned{false};
  std::atomic<bool> was_run{false};
  std::atomic<bool> was_dropped{false};
  std::atomic<bool> arena_was_empty{false};
  Door ended;

 private:
  const std::function<void()> body_;
};

// An executor whose one worker is busy until the door opens.
class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() {
    EXPECT_TRUE(executor_.Submit(blocker_));
    started_.Wait();
  }
  ~ExecutorTest() override { door_.Open(); }

  Door door_;
  Door started_;
  TestTask blocker_{[this] {
    started_.Open();
    door_.Wait();
  }};
  Executor executor_{{.workers = 1, .max_queued = 2}};
};

TEST_F(ExecutorTest, TasksRunInTheirOrder) {
  std::vector<int> order;
  TestTask first([&] { order.push_back(1); });
  TestTask second([&] { order.push_back(2); });
  ASSERT_TRUE(executor_.Submit(first));
  ASSERT_TRUE(executor_.Submit(second));
  door_.Open();
  second.ended.Wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(ExecutorTest, AFullQueueRefusesAtOnce) {
  TestTask first, second, third;
  EXPECT_TRUE(executor_.Submit(first));
  EXPECT_TRUE(executor_.Submit(second));
  EXPECT_FALSE(executor_.Submit(third));
  EXPECT_EQ(executor_.figures().refused, 1u);
  EXPECT_EQ(executor_.figures().queued, 2u);
  door_.Open();
  second.ended.Wait();
  EXPECT_FALSE(third.was_run);
}

TEST_F(ExecutorTest, SubmitAlwaysTakesMoreThanTheQueueHolds) {
  TestTask first, second, third;
  EXPECT_TRUE(executor_.Submit(first));
  EXPECT_TRUE(executor_.Submit(second));
  executor_.SubmitAlways(third);
  door_.Open();
  third.ended.Wait();
  EXPECT_TRUE(third.was_run);
}

TEST_F(ExecutorTest, AbandonedTasksAreDroppedUnrun) {
  TestTask task;
  ASSERT_TRUE(executor_.Submit(task));
  task.abandoned = true;
  door_.Open();
  task.ended.Wait();
  EXPECT_TRUE(task.was_dropped);
  EXPECT_FALSE(task.was_run);
}

TEST_F(ExecutorTest, EveryTaskFindsAnEmptyArena) {
  TestTask first, second;
  ASSERT_TRUE(executor_.Submit(first));
  ASSERT_TRUE(executor_.Submit(second));
  door_.Open();
  first.ended.Wait();
  second.ended.Wait();
  EXPECT_TRUE(first.arena_was_empty);
  EXPECT_TRUE(second.arena_was_empty);
}

TEST_F(ExecutorTest, WhatIsQueuedIsRunBeforeTheEnd) {
  TestTask task;
  {
    TestTask blocker([this] { door_.Wait(); });
    Executor executor({.workers = 1, .max_queued = 10});
    ASSERT_TRUE(executor.Submit(blocker));
    ASSERT_TRUE(executor.Submit(task));
    door_.Open();
  }
  EXPECT_TRUE(task.was_run);
}

TEST(ExecutorParallelTest, EveryIndexRunsOnce) {
  Executor executor({.workers = 3, .max_queued = 1});
  std::vector<std::atomic<int>> runs(1000);
  executor.RunParallel(runs.size(), [&](size_t i) { ++runs[i]; });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(ExecutorParallelTest, NothingToRunIsDoneAtOnce) {
  Executor executor({.workers = 1, .max_queued = 1});
  executor.RunParallel(0, [](size_t) { FAIL(); });
}

TEST(ExecutorParallelTest, IdleWorkersHelp) {
  Executor executor({.workers = 2, .max_queued = 1});
  // Each index waits for the other: one thread alone would never end.
  std::atomic<int> arrived{0};
  executor.RunParallel(2, [&](size_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ExecutorParallelTest, ACallerThatIsTheOnlyWorkerRunsAllByItself) {
  Executor executor({.workers = 1, .max_queued = 1});
  std::atomic<int> runs{0};
  TestTask task([&] { executor.RunParallel(16, [&](size_t) { ++runs; }); });
  ASSERT_TRUE(executor.Submit(task));
  task.ended.Wait();
  EXPECT_EQ(runs, 16);
}

TEST(ExecutorParallelTest, AllWorkersMayRunParallelAtOnce) {
  Executor executor({.workers = 4, .max_queued = 100});
  std::atomic<int> runs{0};
  std::vector<std::unique_ptr<TestTask>> tasks;
  for (int i = 0; i < 50; ++i) {
    tasks.push_back(
        std::make_unique<TestTask>([&] { executor.RunParallel(8, [&](size_t) { ++runs; }); }));
    ASSERT_TRUE(executor.Submit(*tasks.back()));
  }
  for (const auto& task : tasks) task->ended.Wait();
  EXPECT_EQ(runs, 400);
}

TEST_F(ExecutorTest, ParallelWorkGoesBeforeWhatIsQueued) {
  // With the only worker busy, the caller does everything, and nothing that is queued.
  TestTask queued;
  ASSERT_TRUE(executor_.Submit(queued));
  int runs = 0;
  executor_.RunParallel(4, [&](size_t) { ++runs; });
  EXPECT_EQ(runs, 4);
  EXPECT_FALSE(queued.was_run);
  door_.Open();
  queued.ended.Wait();
}

}  // namespace
}  // namespace yilan::server
