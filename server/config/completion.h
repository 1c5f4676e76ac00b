// Completion of yilan-server's command line.
#ifndef YILAN_SERVER_CONFIG_COMPLETION_H_
#define YILAN_SERVER_CONFIG_COMPLETION_H_

#include <string>

namespace yilan::server {

// A script for bash: `source <(yilan-server completion bash)`.
std::string BashCompletion();

}  // namespace yilan::server

#endif  // YILAN_SERVER_CONFIG_COMPLETION_H_
