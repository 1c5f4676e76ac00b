// The suite `start`: how long until a server answers.
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "nlohmann/json.hpp"
#include "tests/bench/child_process.h"
#include "tests/bench/server_process.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"
#include "yilan/testing/server.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

bool IsServing(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status =
      grpc::health::v1::Health::NewStub(channel)->Check(&context, {}, &response);
  return status.ok() && response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

// Seconds from the start of a server until its health service says SERVING. `command` is completed
// by flags, and writes its port to `port_file`.
absl::StatusOr<double> SecondsUntilServing(std::vector<std::string> command,
                                           const std::string& port_file) {
  command.insert(command.end(), {"--listen", "127.0.0.1:0", "--metrics-listen", "off",
                                 "--log-level", "error", "--port-file", port_file});
  std::remove(port_file.c_str());
  const absl::Time begin = absl::Now();
  ASSIGN_OR_RETURN(ChildProcess server, ChildProcess::Start(command));
  int port = 0;
  while (port == 0) {
    if (!server.Running()) return absl::InternalError("the server has ended; see above");
    if (absl::Now() - begin > kPatience) return absl::DeadlineExceededError("no server came up");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::ifstream file(port_file);
    const nlohmann::json ports = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (ports.is_object()) port = ports.value("port", 0);
  }
  const auto channel =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  while (!IsServing(channel)) {
    if (absl::Now() - begin > kPatience) return absl::DeadlineExceededError("it never serves");
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  RETURN_IF_ERROR(server.Terminate());
  return seconds;
}

absl::StatusOr<double> Typical(int rounds, const std::vector<std::string>& command,
                               const std::string& port_file) {
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    ASSIGN_OR_RETURN(const double once, SecondsUntilServing(command, port_file));
    seconds.push_back(once);
  }
  return Median(seconds);
}

// Milliseconds until a server within this process has answered a first call.
absl::StatusOr<double> HarnessMillis() {
  const absl::Time begin = absl::Now();
  testing::Server server;
  const auto stub = v1::CustomerService::NewStub(server.Channel());
  grpc::ClientContext context;
  v1::ListCustomersResponse response;
  if (!stub->ListCustomers(&context, {}, &response).ok()) {
    return absl::InternalError("the harness does not answer");
  }
  return absl::ToDoubleMilliseconds(absl::Now() - begin);
}

}  // namespace

absl::Status RunStart(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 1000
                                                   : 100000;
  const std::string port_file = absl::StrCat(options.directory, "/port");
  const std::string empty = absl::StrCat("rocksdb:", options.directory, "/empty");
  const std::string loaded = absl::StrCat("rocksdb:", options.directory, "/loaded");
  const std::string program = absl::StrCat(options.programs, "/yilan-server");
  ASSIGN_OR_RETURN(const auto loader, ServerProcess::Start({"--storage", loaded, "--customers",
                                                            absl::StrCat(customers)}));
  RETURN_IF_ERROR(loader->Stop());

  ASSIGN_OR_RETURN(const double on_nothing,
                   SecondsUntilServing({program, "serve", "--storage", empty}, port_file));
  report.Add("yilan-server on a directory that is not there", on_nothing, "s").AtMost(2);
  ASSIGN_OR_RETURN(const double on_empty,
                   Typical(options.Rounds(5), {program, "serve", "--storage", empty}, port_file));
  report.Add("yilan-server on an empty store", on_empty, "s").AtMost(2);
  ASSIGN_OR_RETURN(const double on_loaded,
                   Typical(options.Rounds(5), {program, "serve", "--storage", loaded}, port_file));
  report.Add(absl::StrCat("yilan-server on a store of ", customers, " customers"), on_loaded, "s")
      .AtMost(2);
  if (!options.small) {  // It builds, which a test must not do beneath other tests.
    const std::vector<std::string> script = {absl::StrCat(options.source, "/script/server"),
                                             "--storage", empty};
    RETURN_IF_ERROR(SecondsUntilServing(script, port_file).status());  // Builds what is missing.
    ASSIGN_OR_RETURN(const double by_script, Typical(5, script, port_file));
    report.Add("script/server, with all built", by_script, "s").AtMost(2);
  }

  ASSIGN_OR_RETURN(const double first, HarnessMillis());
  report.Add("yilan::testing::Server, first of a process", first, "ms");
  std::vector<double> millis;
  for (int round = 0; round < options.Rounds(21); ++round) {
    ASSIGN_OR_RETURN(const double once, HarnessMillis());
    millis.push_back(once);
  }
  report.Add("yilan::testing::Server, up and a call answered", Median(millis), "ms").AtMost(20);
  return absl::OkStatus();
}

}  // namespace yilan::bench
