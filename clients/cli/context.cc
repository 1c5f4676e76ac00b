#include "clients/cli/context.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/import/time_text.h"
#include "clients/text/utf8.h"
#include "google/protobuf/util/json_util.h"

namespace yilan::cli {
namespace {

// Reads a small file; false when it cannot be read.
bool ReadWhole(const std::string& path, std::string& text) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  text.assign(std::istreambuf_iterator<char>(file), {});
  return !file.bad();
}

}  // namespace

ExitCode ExitCodeOf(const client::Status& status) {
  if (status.ok()) return kDone;
  // An error with a reason came from the server, so it was reached.
  const bool silent = status.reason.empty() && (status.code == absl::StatusCode::kUnavailable ||
                                                status.code == absl::StatusCode::kDeadlineExceeded);
  return silent ? kUnreachable : kRefused;
}

std::string ErrorText(const client::Status& status) {
  std::string text =
      status.message.empty() ? absl::StatusCodeToString(status.code) : status.message;
  // The message repeats the first violation; with several, the list says more.
  if (status.violations.size() > 1) {
    text = "the request breaks rules:";
    for (const client::FieldViolation& violation : status.violations) {
      absl::StrAppend(&text, "\n  ", violation.field, ": ", violation.description);
    }
  }
  const auto candidates = status.metadata.find("customer_ids");
  if (candidates != status.metadata.end()) {
    absl::StrAppend(&text, "\n  candidates: ", candidates->second);
  }
  return text;
}

client::Client* Context::Connect() {
  if (client_ != nullptr) return client_.get();
  client::ClientOptions client_options;
  client_options.address = options.server;
  client_options.allow_plaintext = options.insecure;
  client_options.deadline = absl::Seconds(options.timeout_seconds);
  const auto read = [this](const std::string& path, const char* what, std::string& text) {
    if (path.empty() || ReadWhole(path, text)) return true;
    Fail(kUnusable, absl::StrCat("cannot read the ", what, " in ", path));
    return false;
  };
  if (options.tls || !options.tls_ca.empty() || !options.tls_cert.empty()) {
    client::TlsOptions& tls = client_options.tls.emplace();
    tls.server_name = options.tls_server_name;
    if (!read(options.tls_ca, "certificate authorities", tls.root_certificates) ||
        !read(options.tls_cert, "client certificate", tls.certificate) ||
        !read(options.tls_key, "private key", tls.private_key)) {
      return nullptr;
    }
  }
  if (!read(options.token_file, "token", client_options.bearer_token)) return nullptr;
  if (const char* token = std::getenv("YILAN_TOKEN");
      token != nullptr && options.token_file.empty()) {
    client_options.bearer_token = token;
  }
  client_options.bearer_token =
      std::string(absl::StripAsciiWhitespace(client_options.bearer_token));
  auto client = client::Client::Create(client_options);
  if (!client.ok()) {
    const bool plaintext = client.status().code == absl::StatusCode::kFailedPrecondition;
    Fail(kUnusable, absl::StrCat(client.status().message,
                                 plaintext ? " (--tls, --tls-ca FILE or --insecure)" : ""));
    return nullptr;
  }
  client_ = *std::move(client);
  return client_.get();
}

Terminal Context::Out() const {
  absl::TimeZone zone = absl::LocalTimeZone();
  if (!options.time_zone.empty()) zone = ParseTimeZone(options.time_zone).value_or(zone);
  return TerminalOf(stdout, options.color, zone);
}

void Context::Print(absl::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Context::PrintJson(const google::protobuf::Message& message) const {
  google::protobuf::util::JsonPrintOptions json;
  json.add_whitespace = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, json);
  // Only a message with an unknown Any could fail; there are none.
  Print(status.ok() ? text : "{}\n");
}

void Context::Fail(ExitCode code, absl::string_view message) {
  exit_code_ = code;
  const Terminal terminal = TerminalOf(stderr, options.color, absl::UTCTimeZone());
  std::string text = absl::StrCat(terminal.Emphasized("yilan:", Emphasis::kBad), " ");
  for (const absl::string_view line : absl::StrSplit(message, '\n')) {
    absl::StrAppend(&text, Printable(line), "\n");
  }
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Context::Fail(const client::Status& status) {
  const ExitCode code = ExitCodeOf(status);
  Fail(code, code == kUnreachable ? absl::StrCat("cannot reach the server at ", options.server,
                                                 ": ", ErrorText(status))
                                  : ErrorText(status));
}

}  // namespace yilan::cli
