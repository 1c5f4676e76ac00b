// The program `yilan` as a process of its own.
#ifndef YILAN_TESTS_CLIENTS_YILAN_PROCESS_H_
#define YILAN_TESTS_CLIENTS_YILAN_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/e2e/server_process.h"

namespace yilan {

// Runs `yilan` to its end, outside any terminal and with UTC as its time zone.
e2e::Outcome RunYilan(std::vector<std::string> arguments, e2e::Environment environment = {});

// A running `yilan`, whose standard error can be watched.
class YilanProcess {
 public:
  explicit YilanProcess(const std::vector<std::string>& arguments);
  // Kills it if it still runs.
  ~YilanProcess();
  YilanProcess(const YilanProcess&) = delete;
  YilanProcess& operator=(const YilanProcess&) = delete;

  // Reads standard error until it holds `text`; false when it ended before.
  bool AwaitError(const std::string& text);
  void Signal(int signal);
  // Waits for the end and returns the exit code, or minus the signal that ended it.
  int Wait();
  // What was read of standard error; after Wait(), all of it.
  const std::string& error() const { return error_; }

 private:
  bool ReadSome();

  pid_t pid_ = -1;
  int error_fd_ = -1;
  std::string error_;
};

}  // namespace yilan

#endif  // YILAN_TESTS_CLIENTS_YILAN_PROCESS_H_
