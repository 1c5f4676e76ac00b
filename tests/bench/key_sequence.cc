#include "tests/bench/key_sequence.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "tests/bench/bulk_load.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::bench {
namespace {

constexpr size_t kLength = size_t{1} << 21;
constexpr double kZipfExponent = 0.99;

}  // namespace

KeySequence::KeySequence(uint64_t customers, Skew skew, uint64_t first) : first_(first) {
  std::mt19937_64 random(customers);
  sequence_.resize(std::min<size_t>(kLength, std::max<size_t>(customers * 64, 1 << 16)));
  if (skew == Skew::kUniform) {
    std::uniform_int_distribution<uint32_t> pick(0, static_cast<uint32_t>(customers - 1));
    for (uint32_t& number : sequence_) number = pick(random);
  } else {
    std::vector<double> sums(customers);
    double sum = 0;
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i] = sum += std::pow(static_cast<double>(i + 1), -kZipfExponent);
    }
    std::vector<uint32_t> by_rank(customers);
    std::iota(by_rank.begin(), by_rank.end(), 0);
    std::shuffle(by_rank.begin(), by_rank.end(), random);
    std::uniform_real_distribution<double> pick(0, sum);
    for (uint32_t& number : sequence_) {
      const auto rank = std::lower_bound(sums.begin(), sums.end(), pick(random)) - sums.begin();
      number = by_rank[std::min(static_cast<size_t>(rank), by_rank.size() - 1)];
    }
  }
  for (uint64_t i = 0; i < customers; ++i) {
    v1::GetCustomerViewRequest request;
    request.mutable_customer()->set_customer_id(BulkCustomerId(first + i).ToString());
    const std::string bytes = request.SerializeAsString();
    request_size_ = bytes.size();
    requests_ += bytes;
  }
}

}  // namespace yilan::bench
