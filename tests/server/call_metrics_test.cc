#include "server/metrics/call_metrics.h"

#include <map>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace yilan::server {
namespace {

using testing::HasSubstr;

std::string TextOf(const CallMetrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.Collect());
}

TEST(CallMetricsTest, CountsWhatBeganAndEnded) {
  CallMetrics metrics;
  const size_t get = metrics.AddMethod("unary", "yilan.v1.S", "Get");
  CallMetrics::Cells* cells = metrics.AddThread();
  cells[get].Started();
  cells[get].Started();
  cells[get].Handled(grpc::StatusCode::OK, 200'000);
  cells[get].Handled(grpc::StatusCode::NOT_FOUND, 20'000'000'000);
  const std::string text = TextOf(metrics);
  const std::string labels = R"(grpc_type="unary",grpc_service="yilan.v1.S",grpc_method="Get")";
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{" + labels + "} 2\n"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{" + labels + ",grpc_code=\"OK\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("grpc_server_handled_total{" + labels + ",grpc_code=\"NotFound\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count{" + labels + "} 2\n"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_sum{" + labels + "} 20.0002\n"));
}

TEST(CallMetricsTest, BucketsAreCumulativeAndTheLastHoldsAll) {
  CallMetrics metrics;
  const size_t get = metrics.AddMethod("unary", "S", "Get");
  CallMetrics::Cells* cells = metrics.AddThread();
  cells[get].Handled(grpc::StatusCode::OK, 100'000);  // Up to and including the bound.
  cells[get].Handled(grpc::StatusCode::OK, 100'001);
  cells[get].Handled(grpc::StatusCode::OK, 60'000'000'000);
  const auto families = metrics.Collect();
  const auto& histogram = families[2].metric[0].histogram;
  EXPECT_EQ(histogram.bucket[0].cumulative_count, 1u);
  EXPECT_EQ(histogram.bucket[1].cumulative_count, 2u);
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 3u);
  EXPECT_EQ(histogram.sample_count, 3u);
}

TEST(CallMetricsTest, ThreadsAreAddedUp) {
  CallMetrics metrics;
  const size_t get = metrics.AddMethod("unary", "S", "Get");
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, cells = metrics.AddThread()] {
      for (int i = 0; i < 1000; ++i) cells[get].Started();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(TextOf(metrics), HasSubstr("grpc_method=\"Get\"} 3000\n"));
}

TEST(CallMetricsTest, AMethodIsThereBeforeItsFirstCall) {
  CallMetrics metrics;
  metrics.AddMethod("unary", "S", "Get");
  metrics.AddThread();
  EXPECT_THAT(TextOf(metrics), HasSubstr("grpc_code=\"OK\"} 0\n"));
}

}  // namespace
}  // namespace yilan::server
