// Writes to a store from several threads whatever makes moving it hard, until it is told to end.
//
// New customers between the others; records, keys and terms put, replaced and deleted; keys that
// move between records of one and of two customers; history; customers merged and redirected;
// requests with and without another write; trimming of the feed and of requests. What it does
// depends on its seed, and on how the threads run.
#ifndef YILAN_TESTS_TRANSFER_RANDOM_WRITER_H_
#define YILAN_TESTS_TRANSFER_RANDOM_WRITER_H_

#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "storage/record_store.h"

namespace yilan::storage::transfer {

// The seed of this run: YILAN_SEED, or a new one. Printed.
uint64_t TestSeed();

class RandomWriter {
 public:
  // The store outlives the writer. Without `trims` nothing is forgotten.
  RandomWriter(RecordStore& store, uint64_t seed, bool trims)
      : store_(store), seed_(seed), trims_(trims) {}
  ~RandomWriter() { Stop(); }

  // Does `count` operations on this thread.
  void Run(int count);
  // Writes on threads of its own, up to what Allow() has allowed: so that it neither outruns what
  // it disturbs, nor falls behind it.
  void Start(int threads);
  void Allow(int more);
  void Stop();
  // How many succeeded so far.
  uint64_t done() const { return done_; }

 private:
  // Waits for a step to be allowed; false when it is to stop.
  bool Take();
  void Step(std::mt19937_64& random);
  // Writes to two customers, which may be one.
  absl::Status WriteSome(std::mt19937_64& random, CustomerId a, CustomerId b);
  absl::Status Merge(CustomerId from, CustomerId into);
  absl::Status PutRequest(std::mt19937_64& random);
  absl::Status Trim(std::mt19937_64& random);

  RecordStore& store_;
  const uint64_t seed_;
  const bool trims_;
  std::atomic<uint64_t> done_{0};
  Mutex mutex_;
  CondVar changed_;
  int allowed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_TESTS_TRANSFER_RANDOM_WRITER_H_
