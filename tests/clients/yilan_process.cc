#include "tests/clients/yilan_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace yilan {

e2e::Outcome RunYilan(std::vector<std::string> arguments, e2e::Environment environment) {
  arguments.insert(arguments.begin(), YILAN_BINARY);
  environment.emplace_back("TZ", "UTC");
  return e2e::RunProgram(arguments, environment);
}

YilanProcess::YilanProcess(const std::vector<std::string>& arguments) {
  std::vector<char*> argv = {const_cast<char*>(YILAN_BINARY)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    // Only what is safe between fork and exec.
    dup2(ends[1], STDERR_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  error_fd_ = ends[0];
}

YilanProcess::~YilanProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    Wait();
  }
  close(error_fd_);
}

bool YilanProcess::ReadSome() {
  char buffer[4096];
  ssize_t count;
  do {
    count = read(error_fd_, buffer, sizeof(buffer));
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  error_.append(buffer, static_cast<size_t>(count));
  return true;
}

bool YilanProcess::AwaitError(const std::string& text) {
  while (error_.find(text) == std::string::npos) {
    if (!ReadSome()) return false;
  }
  return true;
}

void YilanProcess::Signal(int signal) { kill(pid_, signal); }

int YilanProcess::Wait() {
  while (ReadSome()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace yilan
