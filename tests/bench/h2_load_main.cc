// yilan-load: measures how many unary calls a server takes, and what they cost it.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/bench/h2_load.h"
#include "tests/bench/key_sequence.h"
#include "yilan/v1/customer_view_service.pb.h"

int main(int argc, char** argv) {
  yilan::bench::LoadOptions options;
  std::string address = "127.0.0.1:50051";
  std::string method = "/yilan.bench.Floor/Get";
  int connections = 1;
  double seconds = 2;
  std::string customers;
  uint64_t bulk_customers = 0;
  bool zipf = false;
  CLI::App app("Measures how many unary calls a server takes, and what they cost it.");
  app.add_option("--server", address, "HOST:PORT or unix:PATH");
  app.add_option("--method", method, "/package.Service/Method");
  app.add_option("--connections", connections);
  app.add_option("--in-flight", options.in_flight);
  app.add_option("--seconds", seconds);
  app.add_option("--rate", options.rate, "Calls a second; 0 for as many as it takes");
  app.add_option("--pid", options.server_pid, "Process of the server, for its CPU time");
  app.add_option(
      "--customers", customers,
      "File of customer ids, one a line: requests of GetCustomerView; else they are empty");
  app.add_option("--bulk-customers", bulk_customers,
                 "Requests of GetCustomerView for so many customers of bench_server");
  app.add_flag("--zipf", zipf, "Draws the customers Zipf-skewed, not uniformly");
  CLI11_PARSE(app, argc, argv);
  options.duration = absl::Seconds(seconds);

  std::vector<std::string> requests;
  std::ifstream file(customers);
  for (std::string line; std::getline(file, line);) {
    yilan::v1::GetCustomerViewRequest request;
    request.mutable_customer()->set_customer_id(line);
    requests.push_back(request.SerializeAsString());
  }
  if (requests.empty()) requests.emplace_back();
  std::mt19937_64 random(1);
  std::uniform_int_distribution<size_t> pick(0, requests.size() - 1);
  const auto client = yilan::bench::LoadClient::Connect(address, method, connections);
  if (!client.ok()) {
    std::fprintf(stderr, "yilan-load: %s\n", std::string(client.status().message()).c_str());
    return 1;
  }
  using yilan::bench::KeySequence;
  using yilan::bench::Skew;
  std::unique_ptr<KeySequence> keys;
  if (bulk_customers > 0) {
    keys = std::make_unique<KeySequence>(bulk_customers, zipf ? Skew::kZipf : Skew::kUniform);
  }
  const auto result = (*client)->Run(options, [&]() -> absl::string_view {
    return keys != nullptr ? keys->NextViewRequest() : requests[pick(random)];
  });
  if (!result.ok()) {
    std::fprintf(stderr, "yilan-load: %s\n", std::string(result.status().message()).c_str());
    return 1;
  }
  std::printf(
      "%-48s in flight %4d  %9.0f/s  server %6.2f us  client %5.2f us  p50 %7.3f ms  "
      "p99 %7.3f ms  %6.0f bytes  errors %llu\n",
      method.c_str(), options.in_flight, result->rate, result->server_micros, result->client_micros,
      result->p50_millis, result->p99_millis, result->bytes,
      static_cast<unsigned long long>(result->errors));
  return 0;
}
