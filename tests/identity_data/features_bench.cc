// features_bench: how long FeaturesOf takes for the records of made-up people, in microseconds
// each, on one thread and on two at once.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

#include "core/matching/party_features.h"
#include "tests/identity_data/labelled_records.h"

namespace {

// Of this thread: other work of the machine does not count.
double CpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double MicrosPerRecord(const std::vector<yilan::identity_data::LabelledRecord>& records) {
  const double start = CpuMicros();
  size_t phones = 0;
  for (const auto& labelled : records) {
    phones += yilan::core::FeaturesOf(labelled.record).phones.size();
  }
  const double micros = CpuMicros() - start;
  return phones == 0 ? 0 : micros / static_cast<double>(records.size());
}

}  // namespace

int main() {
  constexpr int kRounds = 5;
  const auto records = yilan::identity_data::MakeRecords({.seed = 1, .people = 20000});
  const double first = MicrosPerRecord({records.begin(), records.begin() + 1});
  double alone = 1e9;
  double together = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    alone = std::min(alone, MicrosPerRecord(records));
    double other = 0;
    std::thread thread([&] { other = MicrosPerRecord(records); });
    const double own = MicrosPerRecord(records);
    thread.join();
    together = std::min(together, std::max(own, other));
  }
  std::printf(
      "%zu records: %.2f us each on one thread, %.2f us on two at once; the first %.0f us\n",
      records.size(), alone, together, first);
  return 0;
}
