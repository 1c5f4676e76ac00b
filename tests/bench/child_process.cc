#include "tests/bench/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"

extern char** environ;

namespace yilan::bench {

absl::StatusOr<ChildProcess> ChildProcess::Start(std::vector<std::string> arguments, bool pipes) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ChildProcess child(arguments.front());

  int to_child[2] = {-1, -1};
  int from_child[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (pipes) {
    if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0) {
      return absl::ResourceExhaustedError("no pipe can be had");
    }
    posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  const int error = posix_spawn(&child.pid_, argv.front(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (pipes) {
    close(to_child[0]);
    close(from_child[1]);
    child.input_ = to_child[1];
    child.output_ = from_child[0];
  }
  if (error != 0) {
    child.pid_ = 0;
    return absl::UnavailableError(absl::StrCat(child.name_, " cannot be started; build it first"));
  }
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, 0)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)) {}

ChildProcess::~ChildProcess() { Terminate().IgnoreError(); }

bool ChildProcess::Running() {
  siginfo_t info{};
  return pid_ != 0 &&
         waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

absl::Status ChildProcess::Wait() {
  if (pid_ == 0) return absl::OkStatus();
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(name_, " did not end well; see above"));
}

absl::Status ChildProcess::Terminate() {
  if (pid_ != 0) kill(pid_, SIGTERM);
  return Wait();
}

}  // namespace yilan::bench
