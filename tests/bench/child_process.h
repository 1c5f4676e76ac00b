// Other programs, started and waited for.
#ifndef YILAN_TESTS_BENCH_CHILD_PROCESS_H_
#define YILAN_TESTS_BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace yilan::bench {

// A program with pipes to its input and from its output; either may be -1 for none, and is the
// caller's to close.
class ChildProcess {
 public:
  // `arguments` begins with the program. Without pipes the child reads and writes /dev/null; its
  // standard error is ours.
  static absl::StatusOr<ChildProcess> Start(std::vector<std::string> arguments, bool pipes = false);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Asks the program to end (SIGTERM), and waits for it.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  int input() const { return input_; }
  int output() const { return output_; }
  bool Running();

  // Waits for the end. An error when the program did not exit with 0.
  absl::Status Wait();
  // SIGTERM, then Wait().
  absl::Status Terminate();

 private:
  explicit ChildProcess(std::string name) : name_(std::move(name)) {}

  std::string name_;
  pid_t pid_ = 0;  // 0: it has ended.
  int input_ = -1;
  int output_ = -1;
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_CHILD_PROCESS_H_
