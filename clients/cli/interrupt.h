// Ctrl-C, once gently and the second time at once.
#ifndef YILAN_CLIENTS_CLI_INTERRUPT_H_
#define YILAN_CLIENTS_CLI_INTERRUPT_H_

namespace yilan::cli {

// From now on SIGINT and SIGTERM are remembered instead of ending the process; a second one ends
// it, with the exit code of an interruption.
void RememberInterrupts();
// Whether there was one.
bool Interrupted();

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_INTERRUPT_H_
