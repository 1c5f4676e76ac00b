// What all subcommands share: the options before them, the connection, and how to report.
#ifndef YILAN_CLIENTS_CLI_CONTEXT_H_
#define YILAN_CLIENTS_CLI_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/terminal.h"
#include "google/protobuf/message.h"
#include "yilan/client/client.h"

namespace yilan::cli {

// The options of `yilan` itself.
struct GlobalOptions {
  std::string server = "localhost:50051";
  bool tls = false;
  std::string tls_ca;  // Files in PEM.
  std::string tls_cert;
  std::string tls_key;
  std::string tls_server_name;
  std::string token_file;
  bool insecure = false;
  double timeout_seconds = 10;
  ColorMode color = ColorMode::kAuto;
  std::string time_zone;  // The machine's when empty.
};

// One run of the program. Not thread-safe.
class Context {
 public:
  GlobalOptions options;

  // The client; on failure it has reported why, and the result is null.
  client::Client* Connect();

  // Where the answer goes.
  Terminal Out() const;
  // Writes to standard output.
  void Print(absl::string_view text) const;
  // Writes a message as JSON, as the contract has it.
  void PrintJson(const google::protobuf::Message& message) const;

  // Reports an error on standard error and makes it the end of the program.
  void Fail(ExitCode code, absl::string_view message);
  void Fail(const client::Status& status);

  ExitCode exit_code() const { return exit_code_; }
  void set_exit_code(ExitCode code) { exit_code_ = code; }

 private:
  std::unique_ptr<client::Client> client_;
  ExitCode exit_code_ = kDone;
};

// A status of the client as people read it: message, violations, candidates.
std::string ErrorText(const client::Status& status);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_CONTEXT_H_
