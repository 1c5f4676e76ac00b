#include "clients/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "clients/cli/exit_code.h"

namespace yilan::cli {
namespace {

// A signal handler can reach nothing but this.
volatile sig_atomic_t interrupted = 0;

void OnInterrupt(int) {
  if (interrupted != 0) _exit(kInterrupted);
  interrupted = 1;
  constexpr char kMessage[] = "\nfinishing what is on its way; again to stop at once\n";
  // Nothing can be done about an error here.
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
}

}  // namespace

void RememberInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

}  // namespace yilan::cli
