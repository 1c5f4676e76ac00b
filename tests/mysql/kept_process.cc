#include "tests/mysql/kept_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace yilan {
namespace {

constexpr int kSuspendPollMs = 1;

// The child's side of a fork, of which other threads may hold any lock: only system calls.
[[noreturn]] void Exec(char* const* argv, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // It ended before the line above.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (in < 0 || out < 0) _exit(127);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  // A socket of the test's, held open by a database, would keep its port and its peer waiting.
  close_range(STDERR_FILENO + 1, UINT_MAX, 0);
  execvp(argv[0], argv);
  _exit(127);
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeptProcess>> KeptProcess::Start(std::vector<std::string> command,
                                                                std::string log) {
  std::unique_ptr<KeptProcess> process(new KeptProcess());
  process->ended_ = eventfd(0, EFD_CLOEXEC);
  if (process->ended_ < 0) return absl::InternalError(std::strerror(errno));
  std::promise<absl::Status> started;
  std::future<absl::Status> start = started.get_future();
  process->keeper_ = std::thread([self = process.get(), &command, &log,
                                  started = std::move(started)]() mutable {
    std::vector<char*> argv;
    for (std::string& argument : command) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) Exec(argv.data(), log.c_str(), parent);
    if (pid < 0) {
      started.set_value(absl::ResourceExhaustedError(std::strerror(errno)));
      return;
    }
    self->pid_ = pid;
    self->pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (self->pid_fd_ < 0) {
      started.set_value(absl::InternalError(absl::StrCat("pidfd_open: ", std::strerror(errno))));
      kill(pid, SIGKILL);
    } else {
      // command and log are gone once this is said.
      started.set_value(absl::OkStatus());
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    self->wait_status_ = status;
    const uint64_t one = 1;
    if (write(self->ended_, &one, sizeof(one)) < 0) std::abort();
  });
  RETURN_IF_ERROR(start.get());
  return process;
}

KeptProcess::~KeptProcess() {
  if (pid_fd_ >= 0) Signal(SIGKILL);
  if (keeper_.joinable()) keeper_.join();
  if (pid_fd_ >= 0) close(pid_fd_);
  if (ended_ >= 0) close(ended_);
}

void KeptProcess::Signal(int signal) const {
  syscall(SYS_pidfd_send_signal, pid_fd_, signal, nullptr, 0);
}

void KeptProcess::Suspend() const {
  Signal(SIGSTOP);
  pollfd end = {.fd = pid_fd_, .events = POLLIN};
  // The kernel tells that it is suspended once the last thread is.
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pid_fd_), &info, WSTOPPED | WNOWAIT | WNOHANG) == 0 &&
         info.si_pid == 0) {
    if (poll(&end, 1, kSuspendPollMs) == 1) return;
  }
}

std::optional<int> KeptProcess::WaitFor(absl::Duration timeout) const {
  pollfd end = {.fd = ended_, .events = POLLIN};
  const absl::Time deadline = absl::Now() + timeout;
  int polled = 0;
  do {
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    polled = poll(&end, 1,
                  static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(left), INT_MAX)));
  } while (polled < 0 && errno == EINTR);
  if (polled != 1) return std::nullopt;
  const int status = wait_status_;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

absl::Status RunToEnd(const std::vector<std::string>& command, const std::string& log) {
  ASSIGN_OR_RETURN(const std::unique_ptr<KeptProcess> process, KeptProcess::Start(command, log));
  const std::optional<int> code = process->WaitFor(absl::Minutes(1));
  if (code == 0) return absl::OkStatus();
  const std::string ended = !code.has_value() ? "does not end"
                            : *code == 127    ? "cannot be run"
                                              : absl::StrCat("ended with ", *code);
  return absl::InternalError(
      absl::StrCat(absl::StrJoin(command, " "), " ", ended, ":\n", ReadWholeFile(log)));
}

}  // namespace yilan
