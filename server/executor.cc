#include "server/executor.h"

#include <algorithm>

namespace yilan::server {
namespace {

// Enough for the messages of most calls, so that their arena never goes to the heap.
constexpr size_t kArenaBytes = size_t{64} << 10;

}  // namespace

Executor::Executor(const Options& options) : max_queued_(options.max_queued) {
  const int count = std::max(1, options.workers);
  {
    MutexLock lock(mutex_);
    figures_.workers = static_cast<uint64_t>(count);
  }
  for (int i = 0; i < count; ++i) workers_.emplace_back([this] { WorkLoop(); });
}

Executor::~Executor() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    work_.SignalAll();
  }
  for (std::thread& worker : workers_) worker.join();
}

bool Executor::Submit(Task& task) {
  MutexLock lock(mutex_);
  if (queue_.size() >= max_queued_) {
    ++figures_.refused;
    return false;
  }
  Enqueue(task);
  return true;
}

void Executor::SubmitAlways(Task& task) {
  MutexLock lock(mutex_);
  Enqueue(task);
}

void Executor::Enqueue(Task& task) {
  queue_.push_back(&task);
  if (idle_ > 0) work_.Signal();
}

void Executor::RunParallel(size_t count, const std::function<void(size_t)>& task) {
  if (count == 0) return;
  const auto parallel = std::make_shared<Parallel>(count, task);
  if (count > 1) {
    MutexLock lock(mutex_);
    parallel_.push_back(parallel);
    for (size_t i = 0; i < std::min(idle_, count - 1); ++i) work_.Signal();
  }
  TakePart(*parallel);
  if (count > 1) {
    MutexLock lock(mutex_);
    std::erase(parallel_, parallel);
  }
  MutexLock lock(parallel->mutex);
  while (parallel->done.load(std::memory_order_acquire) < count) {
    parallel->all_done.Wait(parallel->mutex);
  }
}

void Executor::TakePart(Parallel& parallel) {
  while (true) {
    const size_t index = parallel.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= parallel.count) return;
    (*parallel.task)(index);
    if (parallel.done.fetch_add(1, std::memory_order_acq_rel) + 1 == parallel.count) {
      MutexLock lock(parallel.mutex);
      parallel.all_done.SignalAll();
    }
  }
}

void Executor::WorkLoop() {
  const auto block = std::make_unique<char[]>(kArenaBytes);
  google::protobuf::ArenaOptions arena_options;
  arena_options.initial_block = block.get();
  arena_options.initial_block_size = kArenaBytes;
  google::protobuf::Arena arena(arena_options);
  while (true) {
    Task* task = nullptr;
    std::shared_ptr<Parallel> parallel;
    {
      MutexLock lock(mutex_);
      while (true) {
        while (!parallel_.empty() && parallel_.front()->next.load(std::memory_order_relaxed) >=
                                         parallel_.front()->count) {
          parallel_.pop_front();
        }
        if (!parallel_.empty()) {
          parallel = parallel_.front();
          break;
        }
        if (!queue_.empty()) {
          task = queue_.front();
          queue_.pop_front();
          break;
        }
        if (stopping_) return;
        ++idle_;
        work_.Wait(mutex_);
        --idle_;
      }
      ++figures_.busy;
    }
    bool dropped = false;
    if (parallel != nullptr) {
      TakePart(*parallel);
    } else if (task->Abandoned()) {
      dropped = true;
      task->Drop();
    } else {
      task->Run(arena);
      arena.Reset();
    }
    MutexLock lock(mutex_);
    --figures_.busy;
    if (task != nullptr) ++(dropped ? figures_.dropped : figures_.executed);
  }
}

Executor::Figures Executor::figures() const {
  MutexLock lock(mutex_);
  Figures figures = figures_;
  figures.queued = queue_.size();
  return figures;
}

}  // namespace yilan::server
