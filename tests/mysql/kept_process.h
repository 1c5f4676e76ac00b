// A program that runs for as long as its owner does.
#ifndef YILAN_TESTS_MYSQL_KEPT_PROCESS_H_
#define YILAN_TESTS_MYSQL_KEPT_PROCESS_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace yilan {

// A child process that the kernel kills when this process ends, however it ends, and that inherits
// no descriptor but the three standard ones. The destructor kills it.
//
// Thread-safe, but for the destructor. The kernel counts the end of the *thread* that forked as the
// end of the parent; so each child has a thread of its own that forks it and waits for it, and
// threads of a test may start children and go.
//
//   ASSIGN_OR_RETURN(auto sleeper, KeptProcess::Start({"sleep", "60"}, "/tmp/log"));
//   sleeper->Signal(SIGTERM);
//   sleeper->WaitFor(absl::Seconds(5));  // -SIGTERM
class KeptProcess {
 public:
  // Starts `command`, found in PATH, with what it prints appended to the file `log`. A program that
  // does not exist exits with 127.
  static absl::StatusOr<std::unique_ptr<KeptProcess>> Start(std::vector<std::string> command,
                                                            std::string log);
  ~KeptProcess();
  KeptProcess(const KeptProcess&) = delete;
  KeptProcess& operator=(const KeptProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Readable, to poll(), once the process has ended.
  int pid_fd() const { return pid_fd_; }

  // No effect on a process that has ended; never reaches another one that got its number.
  void Signal(int signal) const;
  // SIGSTOP, and returns when all its threads stand still (or it has ended): they go on for a
  // moment after the signal. SIGCONT resumes it.
  void Suspend() const;
  // Waits for the end: the exit code, or minus the signal that ended it. Nothing when it still runs
  // after `timeout`.
  std::optional<int> WaitFor(absl::Duration timeout) const;

 private:
  KeptProcess() = default;

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::atomic<int> wait_status_ = 0;  // Set by keeper_ before ended_ is readable.
  int ended_ = -1;                    // An eventfd: the process has ended and is reaped.
  std::thread keeper_;
};

// Runs a program to its end; an error with what it printed, when it does not exit with 0 in a
// minute.
absl::Status RunToEnd(const std::vector<std::string>& command, const std::string& log);

}  // namespace yilan

#endif  // YILAN_TESTS_MYSQL_KEPT_PROCESS_H_
