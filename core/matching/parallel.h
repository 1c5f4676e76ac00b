// Work that is cut into pieces, on several threads.
#ifndef YILAN_CORE_MATCHING_PARALLEL_H_
#define YILAN_CORE_MATCHING_PARALLEL_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace yilan::core {

// Calls work(piece, thread) for every piece below `pieces`, on `threads` threads, this one among
// them; returns when all are done. Threads have the numbers below `threads`.
template <typename Work>
void ForEachPiece(size_t pieces, size_t threads, const Work& work) {
  std::atomic<size_t> next{0};
  const auto run = [&](size_t thread) {
    for (size_t piece = next++; piece < pieces; piece = next++) work(piece, thread);
  };
  std::vector<std::thread> others;
  for (size_t thread = 1; thread < std::min(threads, pieces); ++thread) {
    others.emplace_back(run, thread);
  }
  run(0);
  for (std::thread& other : others) other.join();
}

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PARALLEL_H_
