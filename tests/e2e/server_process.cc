#include "tests/e2e/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "nlohmann/json.hpp"

extern char** environ;

namespace yilan::e2e {
namespace {

constexpr double kStartSeconds = 30;  // Many tests at a time on a slow machine.

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "tests/e2e: %s\n", what.c_str());
  std::abort();
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int ExitCodeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

// Starts a program with its output in files.
pid_t Spawn(const std::vector<std::string>& command, const Environment& environment,
            const std::string& out, const std::string& err, int descriptors) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, "YILAN_", 6) != 0) variables.emplace_back(*variable);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (const std::string& variable : variables) envp.push_back(const_cast<char*>(variable.c_str()));
  envp.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  // Only what is safe between fork and exec.
  const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  dup2(out_fd, STDOUT_FILENO);
  dup2(err_fd, STDERR_FILENO);
  if (descriptors > 0) {
    const rlimit limit = {static_cast<rlim_t>(descriptors), static_cast<rlim_t>(descriptors)};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  execvpe(argv[0], argv.data(), envp.data());
  _exit(127);
}

bool HasFlag(const std::vector<std::string>& flags, const std::string& flag) {
  for (const std::string& given : flags) {
    if (given == flag) return true;
  }
  return false;
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "yilan_e2e_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) Die("no temporary directory");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Outcome RunProgram(const std::vector<std::string>& command, const Environment& environment) {
  const TempDir directory;
  const pid_t pid = Spawn(command, environment, directory.path("out"), directory.path("err"), 0);
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd end = {.fd = pid_fd, .events = POLLIN};
  if (poll(&end, 1, 60'000) == 0) kill(pid, SIGKILL);
  close(pid_fd);
  int status = 0;
  waitpid(pid, &status, 0);
  return {.exit_code = ExitCodeOf(status),
          .out = ReadWholeFile(directory.path("out")),
          .err = ReadWholeFile(directory.path("err"))};
}

Outcome RunServer(std::vector<std::string> arguments, const Environment& environment) {
  arguments.insert(arguments.begin(), YILAN_SERVER_BINARY);
  return RunProgram(arguments, environment);
}

ServerProcess::ServerProcess(std::vector<std::string> flags, const Environment& environment,
                             int descriptor_limit) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::string> command = {YILAN_SERVER_BINARY, "serve"};
  if (!HasFlag(flags, "--listen")) flags.insert(flags.end(), {"--listen", "127.0.0.1:0"});
  if (!HasFlag(flags, "--metrics-listen")) {
    flags.insert(flags.end(), {"--metrics-listen", "127.0.0.1:0"});
  }
  const std::string port_file = directory_.path("ports");
  flags.insert(flags.end(), {"--port-file", port_file});
  command.insert(command.end(), flags.begin(), flags.end());

  const int watch = inotify_init1(IN_CLOEXEC);
  inotify_add_watch(watch, directory_.path().c_str(), IN_MOVED_TO);
  pid_ =
      Spawn(command, environment, directory_.path("out"), directory_.path("err"), descriptor_limit);
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  // Either the file comes, or the process ends.
  pollfd waits[] = {{.fd = watch, .events = POLLIN}, {.fd = pid_fd_, .events = POLLIN}};
  poll(waits, 2, static_cast<int>(kStartSeconds * 1000));
  close(watch);
  start_seconds_ = SecondsSince(start);
  const std::string ports = ReadWholeFile(port_file);
  if (ports.empty()) Die("yilan-server does not start:\n" + Log());
  const auto parsed = nlohmann::json::parse(ports);
  port_ = parsed["port"];
  metrics_port_ = parsed["metrics_port"];
}

ServerProcess::~ServerProcess() {
  if (!exit_code_.has_value()) {
    kill(pid_, SIGKILL);
    Wait();
  }
  close(pid_fd_);
}

std::shared_ptr<grpc::Channel> ServerProcess::Channel() const {
  grpc::ChannelArguments arguments;
  // Channels of one program to one address share a connection otherwise.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments);
}

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

std::optional<int> ServerProcess::Wait(double seconds) {
  if (exit_code_.has_value()) return exit_code_;
  pollfd end = {.fd = pid_fd_, .events = POLLIN};
  if (poll(&end, 1, static_cast<int>(seconds * 1000)) == 0) return std::nullopt;
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = ExitCodeOf(status);
  return exit_code_;
}

std::string ServerProcess::Log() const { return ReadWholeFile(directory_.path("err")); }

TestCa::TestCa() {
  const Outcome made = RunProgram(
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-days", "2", "-subj", "/CN=Test CA", "-keyout", path("ca.key"), "-out", path("ca.pem")});
  if (made.exit_code != 0) Die("openssl: " + made.err);
}

void TestCa::Issue(const std::string& name, const std::string& common_name,
                   const std::string& subject_alternative_name) {
  const Outcome requested = RunProgram(
      {"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
       "/CN=" + common_name, "-keyout", path(name + ".key"), "-out", path(name + ".csr")});
  if (requested.exit_code != 0) Die("openssl: " + requested.err);
  std::ofstream extensions(path(name + ".ext"));
  extensions << "basicConstraints=CA:FALSE\n";
  if (!subject_alternative_name.empty()) {
    extensions << "subjectAltName=" << subject_alternative_name << "\n";
  }
  extensions.close();
  const Outcome issued =
      RunProgram({"openssl", "x509", "-req", "-days", "2", "-in", path(name + ".csr"), "-CA",
                  path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial", "-extfile",
                  path(name + ".ext"), "-out", path(name + ".pem")});
  if (issued.exit_code != 0) Die("openssl: " + issued.err);
}

std::string TestCa::Read(const std::string& file) const { return ReadWholeFile(path(file)); }

std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<uint16_t>(port));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0) {
    const std::string request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      char buffer[4096];
      for (ssize_t n = 0; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
        answer.append(buffer, static_cast<size_t>(n));
      }
    }
  }
  close(fd);
  const size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

}  // namespace yilan::e2e
