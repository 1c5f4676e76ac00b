// How `yilan` ends: what scripts can rely on. Printed by `yilan --help`.
#ifndef YILAN_CLIENTS_CLI_EXIT_CODE_H_
#define YILAN_CLIENTS_CLI_EXIT_CODE_H_

#include "yilan/client/status.h"

namespace yilan::cli {

enum ExitCode : int {
  kDone = 0,
  kRefused = 1,       // The server said no, or nothing was found.
  kUnusable = 2,      // The command line, the mapping or the input cannot be used.
  kRowsRejected = 3,  // import: finished, but not all rows were taken.
  kUnreachable = 4,   // The server cannot be reached or does not answer.
  kInterrupted = 130,
};

// For the help.
inline constexpr char kExitCodeHelp[] =
    "Exit codes:\n"
    "  0    done\n"
    "  1    the server said no, or nothing was found\n"
    "  2    the command line, the mapping or the input cannot be used\n"
    "  3    import finished, but some rows were rejected\n"
    "  4    the server cannot be reached, or does not answer in time\n"
    "  130  interrupted; import says how to continue\n";

// The exit code of a call that ended so.
ExitCode ExitCodeOf(const client::Status& status);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_EXIT_CODE_H_
