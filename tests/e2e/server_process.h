// The real yilan-server as a process of its own, on free ports, for as long as a test takes.
//
//   ServerProcess server({"--storage", "memory:"});
//   auto customers = v1::CustomerService::NewStub(server.Channel());
//   server.Signal(SIGTERM);
//   EXPECT_EQ(server.Wait(), 0);
#ifndef YILAN_TESTS_E2E_SERVER_PROCESS_H_
#define YILAN_TESTS_E2E_SERVER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace yilan::e2e {

// A directory of the test's own, removed with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& name = "") const {
    return name.empty() ? path_ : path_ + "/" + name;
  }

 private:
  std::string path_;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// What a program printed, and how it ended.
struct Outcome {
  int exit_code = -1;  // Minus the signal that ended it.
  std::string out;
  std::string err;
};
// Runs a program to its end, without any YILAN_… variables but those given. One that does not end
// within a minute is killed.
Outcome RunProgram(const std::vector<std::string>& command, const Environment& environment = {});
// The same for yilan-server.
Outcome RunServer(std::vector<std::string> arguments, const Environment& environment = {});

class ServerProcess {
 public:
  // Runs `yilan-server serve` with these flags and waits until it takes calls. It listens on
  // 127.0.0.1:0 unless the flags say otherwise. `descriptor_limit` is how many file descriptors it
  // may have, if not 0. Ends the test program if it does not start.
  explicit ServerProcess(std::vector<std::string> flags, const Environment& environment = {},
                         int descriptor_limit = 0);
  // Kills it if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int port() const { return port_; }
  int metrics_port() const { return metrics_port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  pid_t pid() const { return pid_; }
  double start_seconds() const { return start_seconds_; }

  // A connection of its own to the port, in plaintext.
  std::shared_ptr<grpc::Channel> Channel() const;

  void Signal(int signal);
  // Waits for the end; the exit code, or minus the signal that ended it. Nothing when the process
  // still runs after `seconds`.
  std::optional<int> Wait(double seconds = 30);
  // All that it wrote to stderr, up to now.
  std::string Log() const;

 private:
  TempDir directory_;
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::optional<int> exit_code_;
  int port_ = 0;
  int metrics_port_ = 0;
  double start_seconds_ = 0;
};

// A certificate authority of the test's own.
class TestCa {
 public:
  TestCa();
  // Makes NAME.pem and NAME.key, for localhost and 127.0.0.1 besides `subject_alternative_name`
  // ("DNS:billing.example"; may be empty) and with the common name `common_name`.
  void Issue(const std::string& name, const std::string& common_name,
             const std::string& subject_alternative_name);
  std::string path(const std::string& file) const { return directory_.path(file); }
  std::string Read(const std::string& file) const;

 private:
  TempDir directory_;
};

// The body of an answer to GET `path` from 127.0.0.1:port; empty when there is none.
std::string HttpGet(int port, const std::string& path);

}  // namespace yilan::e2e

#endif  // YILAN_TESTS_E2E_SERVER_PROCESS_H_
