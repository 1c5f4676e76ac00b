// A bench_server in a process of its own, as a benchmark starts and asks it.
//
//   ASSIGN_OR_RETURN(const auto server, ServerProcess::Start({"--customers", "1000"}));
//   Load(server->address(), server->pid());
//   ASSIGN_OR_RETURN(const Figures now, server->Ask());
//
// The process ends with the object. Not thread-safe.
#ifndef YILAN_TESTS_BENCH_SERVER_PROCESS_H_
#define YILAN_TESTS_BENCH_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/child_process.h"

namespace yilan::bench {

// What the server tells of itself, by name (bench_server.cc).
class ServerFigures {
 public:
  // Reads "name=value name=value".
  static ServerFigures Parse(const std::string& line);
  // 0 when there is none of that name.
  double Number(const std::string& name) const;
  std::string Text(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

class ServerProcess {
 public:
  // Starts the bench_server beside the program that runs, and waits until it serves.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(std::vector<std::string> arguments);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  pid_t pid() const { return process_.pid(); }
  std::string address() const { return started_.Text("address"); }
  // As they were when it began to serve.
  const ServerFigures& started() const { return started_; }
  // As they are now.
  absl::StatusOr<ServerFigures> Ask();
  // Ends the process and waits for it. An error when it did not end well.
  absl::Status Stop();

 private:
  explicit ServerProcess(ChildProcess process);
  absl::StatusOr<ServerFigures> ReadLine();

  ChildProcess process_;
  std::FILE* in_;
  std::FILE* out_;
  ServerFigures started_;
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_SERVER_PROCESS_H_
