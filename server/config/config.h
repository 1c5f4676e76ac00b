// What a server is told: every setting, its default, and where its value came from.
//
// A flag goes before the environment, that before the file, and that before the default. The
// setting "listen" is --listen as a flag, YILAN_LISTEN in the environment and `listen:` in the
// file.
#ifndef YILAN_SERVER_CONFIG_CONFIG_H_
#define YILAN_SERVER_CONFIG_CONFIG_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/log.h"
#include "server/config/address.h"

namespace yilan::server {

enum class Reflection { kAuto, kOn, kOff };

// The effective settings; setting.help says what each means.
struct Config {
  Address listen;
  std::string storage;
  std::string mysql_password_file;
  std::string mysql_password;
  bool insecure = false;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  std::optional<Address> metrics_listen;  // Nothing: off.
  size_t view_cache_bytes = 0;
  size_t storage_cache_bytes = 0;  // 0: what suits the machine.
  int workers = 0;                 // 0: what suits the storage.
  int pollers = 1;
  size_t max_queued = 0;
  size_t max_in_flight = 0;
  size_t max_streams = 0;
  size_t max_connections = 0;
  size_t max_message_bytes = 0;
  size_t max_buffer_bytes = 0;
  absl::Duration default_deadline;
  absl::Duration max_deadline;
  absl::Duration drain_timeout;
  Reflection reflection = Reflection::kAuto;
  bool isolate_by_token = false;
  size_t max_tokens = 0;
  Severity log_level = Severity::kInfo;
  std::string port_file;
  std::optional<size_t> bench_floor;
};

struct Setting {
  const char* name;           // "max-in-flight"
  const char* value_name;     // For help: "NUMBER"; null for a switch, which is "true" or "false".
  const char* default_value;  // May be empty.
  const char* help;
  bool hidden;  // Not in help.
  // Reads the value; the message of an error says what the value should be.
  std::function<absl::Status(absl::string_view value, Config& config)> set;
  bool secret = false;  // Not a flag, which everybody on the machine can see, and never printed.
};

// All settings, in the order of help and --print-config.
absl::Span<const Setting> AllSettings();
std::string EnvironmentName(const Setting& setting);  // "YILAN_MAX_IN_FLIGHT"

// A value and where it was found.
struct GivenValue {
  std::string value;
  std::string source;  // "flag", "environment", "file server.yaml, line 3", "default"
};
using GivenValues = std::map<std::string, GivenValue>;  // By name of the setting.

// The values in a file: a YAML mapping from names of settings to single values. INVALID_ARGUMENT
// names the line.
absl::StatusOr<GivenValues> ReadConfigFile(const std::string& path);
// The values in the environment; `get` is std::getenv outside of tests.
GivenValues ReadEnvironment(const std::function<const char*(const char*)>& get);

struct LoadedConfig {
  Config config;
  GivenValues values;  // All settings.
};

// INVALID_ARGUMENT for what is no storage, as in the setting of that name.
absl::Status CheckStorage(absl::string_view storage);

// The effective settings of what was given by flags, environment and file. INVALID_ARGUMENT names
// the setting and its source.
absl::StatusOr<LoadedConfig> MergeConfig(const GivenValues& flags, const GivenValues& environment,
                                         const GivenValues& file);

// Every setting with its value and source, a line each, as a file that --config takes. Secrets are
// replaced by "***".
std::string PrintConfig(const LoadedConfig& loaded);

}  // namespace yilan::server

#endif  // YILAN_SERVER_CONFIG_CONFIG_H_
