// Which customers are asked for, in which order: drawn before the measuring begins.
//
//   KeySequence keys(1'000'000, Skew::kZipf);
//   client.Run(options, [&] { return keys.NextViewRequest(); });
//
// Not thread-safe.
#ifndef YILAN_TESTS_BENCH_KEY_SEQUENCE_H_
#define YILAN_TESTS_BENCH_KEY_SEQUENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace yilan::bench {

enum class Skew {
  kUniform,
  kZipf,  // The n-th of them comes with a probability proportional to 1 / n^0.99; who is the n-th
          // has nothing to do with the numbers.
};

class KeySequence {
 public:
  // Numbers from `first` to below `first + customers`, of BulkCustomers. The same arguments give
  // the same sequence.
  KeySequence(uint64_t customers, Skew skew, uint64_t first = 0);

  // The number of the next customer. After a million or two the sequence begins again.
  uint64_t Next() {
    at_ = at_ + 1 < sequence_.size() ? at_ + 1 : 0;
    return first_ + sequence_[at_];
  }
  // An encoded GetCustomerViewRequest for the next customer, by its id.
  absl::string_view NextViewRequest() {
    at_ = at_ + 1 < sequence_.size() ? at_ + 1 : 0;
    return absl::string_view(requests_).substr(sequence_[at_] * request_size_, request_size_);
  }

 private:
  const uint64_t first_;
  std::vector<uint32_t> sequence_;
  size_t at_ = 0;
  std::string requests_;  // One for each customer, behind each other.
  size_t request_size_ = 0;
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_KEY_SEQUENCE_H_
