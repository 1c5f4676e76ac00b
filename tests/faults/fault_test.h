// What the fault tests share: seeds, and stores small enough to flush and compact all the time.
#ifndef YILAN_TESTS_FAULTS_FAULT_TEST_H_
#define YILAN_TESTS_FAULTS_FAULT_TEST_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace yilan::storage {

// A number from the environment, or `otherwise`.
inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// The seed of a random test, printed so that it can be replayed.
inline uint64_t TestSeed() {
  const uint64_t seed = NumberFromEnvironment("YILAN_SEED", std::random_device()());
  std::cout << "replay with YILAN_SEED=" << seed << std::endl;
  return seed;
}

// A write of a few kilobytes fills a buffer, so flushes and compactions happen all the time.
inline RocksDbOptions TinyOptions(const std::string& directory, rocksdb::Env* env = nullptr) {
  return {.directory = directory,
          .block_cache_bytes = size_t{1} << 20,
          .write_buffer_bytes = size_t{128} << 10,
          .cached_customers = 16,
          .env = env};
}

// Runs `body(thread)` in this many threads.
inline void InThreads(int threads, absl::FunctionRef<void(int)> body) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : running) thread.join();
}

}  // namespace yilan::storage

#endif  // YILAN_TESTS_FAULTS_FAULT_TEST_H_
