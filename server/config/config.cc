#include "server/config/config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "yaml-cpp/yaml.h"

namespace yilan::server {
namespace {

constexpr size_t kGiB = size_t{1} << 30;
// Less is no cache, and RocksDB would read blocks for every row.
constexpr size_t kMinStorageCacheBytes = size_t{8} << 20;

absl::Status Wrong(absl::string_view value, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" is not ", wanted));
}

absl::Status ReadBool(absl::string_view value, bool& out) {
  if (value == "true" || value == "false") {
    out = value == "true";
    return absl::OkStatus();
  }
  return Wrong(value, "true or false");
}

template <typename T>
absl::Status ReadCount(absl::string_view value, int64_t min, int64_t max, T& out) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(value, &number) || number < min || number > max) {
    return Wrong(value, absl::StrCat("a whole number from ", min, " to ", max));
  }
  out = static_cast<T>(number);
  return absl::OkStatus();
}

// "512", "64KiB", "64K", "1.5GiB" …
absl::Status ReadBytes(absl::string_view value, size_t max, size_t& out) {
  absl::string_view number = value;
  double factor = 1;
  for (const auto& [suffix, bytes] :
       {std::pair<absl::string_view, double>{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}}) {
    for (const char* unit : {"iB", "B", ""}) {
      if (factor == 1 && absl::ConsumeSuffix(&number, absl::StrCat(suffix, unit))) factor = bytes;
    }
  }
  double amount = 0;
  if (!absl::SimpleAtod(number, &amount) || !(amount >= 0) ||
      amount * factor > static_cast<double>(max)) {
    return Wrong(value,
                 absl::StrCat("a size up to ", max >> 20, "MiB, as 512, 64KiB, 256MiB or 1GiB"));
  }
  out = static_cast<size_t>(amount * factor);
  return absl::OkStatus();
}

absl::Status ReadDuration(absl::string_view value, absl::Duration& out) {
  absl::Duration duration;
  if (!absl::ParseDuration(value, &duration) || duration <= absl::ZeroDuration() ||
      duration > absl::Hours(24)) {
    return Wrong(value, "a time span up to 24h, as 500ms, 10s or 2m");
  }
  out = duration;
  return absl::OkStatus();
}

std::function<absl::Status(absl::string_view, Config&)> Text(std::string Config::*field) {
  return [field](absl::string_view value, Config& config) {
    config.*field = std::string(value);
    return absl::OkStatus();
  };
}
std::function<absl::Status(absl::string_view, Config&)> Switch(bool Config::*field) {
  return
      [field](absl::string_view value, Config& config) { return ReadBool(value, config.*field); };
}
template <typename T>
std::function<absl::Status(absl::string_view, Config&)> Count(T Config::*field, int64_t min,
                                                              int64_t max) {
  return [field, min, max](absl::string_view value, Config& config) {
    return ReadCount(value, min, max, config.*field);
  };
}
std::function<absl::Status(absl::string_view, Config&)> Bytes(size_t Config::*field, size_t max) {
  return [field, max](absl::string_view value, Config& config) {
    return ReadBytes(value, max, config.*field);
  };
}
std::function<absl::Status(absl::string_view, Config&)> Duration(absl::Duration Config::*field) {
  return [field](absl::string_view value, Config& config) {
    return ReadDuration(value, config.*field);
  };
}

absl::Status SetListen(absl::string_view value, Config& config) {
  ASSIGN_OR_RETURN(config.listen, ParseAddress(value));
  return absl::OkStatus();
}

absl::Status SetMetricsListen(absl::string_view value, Config& config) {
  config.metrics_listen.reset();
  if (value == "off") return absl::OkStatus();
  ASSIGN_OR_RETURN(config.metrics_listen, ParseAddress(value));
  if (config.metrics_listen->is_unix()) return Wrong(value, "HOST:PORT or off");
  return absl::OkStatus();
}

absl::Status SetStorage(absl::string_view value, Config& config) {
  if (value == "memory") value = "memory:";  // Which YAML takes only in quotes.
  // What a URL must have, the backend knows.
  if (!absl::StartsWith(value, "mysql://") && value != "memory:" &&
      (value.substr(0, 8) != "rocksdb:" || value.size() == 8)) {
    return Wrong(value,
                 "a storage; write memory:, rocksdb:DIRECTORY or mysql://USER@HOST:PORT/DATABASE");
  }
  config.storage = std::string(value);
  return absl::OkStatus();
}

absl::Status SetStorageCache(absl::string_view value, Config& config) {
  config.storage_cache_bytes = 0;
  if (value == "auto") return absl::OkStatus();
  RETURN_IF_ERROR(ReadBytes(value, 1024 * kGiB, config.storage_cache_bytes));
  return config.storage_cache_bytes >= kMinStorageCacheBytes
             ? absl::OkStatus()
             : Wrong(value, "auto, or at least 8MiB");
}

absl::Status SetWorkers(absl::string_view value, Config& config) {
  config.workers = 0;
  if (value == "auto") return absl::OkStatus();
  return ReadCount(value, 1, 1024, config.workers);
}

absl::Status SetReflection(absl::string_view value, Config& config) {
  if (value == "auto")
    config.reflection = Reflection::kAuto;
  else if (value == "on")
    config.reflection = Reflection::kOn;
  else if (value == "off")
    config.reflection = Reflection::kOff;
  else
    return Wrong(value, "auto, on or off");
  return absl::OkStatus();
}

absl::Status SetLogLevel(absl::string_view value, Config& config) {
  const auto severity = ParseSeverity(value);
  if (!severity.has_value()) return Wrong(value, "debug, info, warning or error");
  config.log_level = *severity;
  return absl::OkStatus();
}

absl::Status SetBenchFloor(absl::string_view value, Config& config) {
  config.bench_floor.reset();
  if (value.empty()) return absl::OkStatus();
  size_t bytes = 0;
  RETURN_IF_ERROR(ReadBytes(value, size_t{1} << 20, bytes));
  config.bench_floor = bytes;
  return absl::OkStatus();
}

// The password of a URL such as mysql://user:password@host.
std::string Redact(absl::string_view value) {
  const size_t at = value.rfind('@');
  const size_t user = value.find("://");
  if (at == absl::string_view::npos || user == absl::string_view::npos || at < user) {
    return std::string(value);
  }
  const size_t colon = value.find(':', user + 3);
  if (colon == absl::string_view::npos || colon > at) return std::string(value);
  return absl::StrCat(value.substr(0, colon + 1), "***", value.substr(at));
}

}  // namespace

absl::Span<const Setting> AllSettings() {
  static const auto* const settings = new std::vector<Setting>{
      {"listen", "ADDRESS", "127.0.0.1:50051",
       "Where to take calls: HOST:PORT or unix:PATH; port 0 is any free one", false, SetListen},
      {"storage", "STORAGE", "rocksdb:data",
       "Where facts are kept: memory: (gone at the end), rocksdb:DIRECTORY or "
       "mysql://USER@HOST:PORT/DATABASE",
       false, SetStorage},
      {"mysql-password-file", "FILE", "", "Holds the password of the user of a mysql storage",
       false, Text(&Config::mysql_password_file)},
      {"mysql-password", "PASSWORD", "", "The password itself", false,
       Text(&Config::mysql_password), /*secret=*/true},
      {"insecure", nullptr, "false",
       "Plaintext also where other machines can connect; without it, that takes TLS", false,
       Switch(&Config::insecure)},
      {"tls-cert", "FILE", "", "Certificate chain of the server, PEM", false,
       Text(&Config::tls_cert)},
      {"tls-key", "FILE", "", "Private key of the certificate, PEM", false, Text(&Config::tls_key)},
      {"tls-client-ca", "FILE", "",
       "Certificate authorities of clients, PEM; clients must then show a certificate, and are "
       "known "
       "by its name",
       false, Text(&Config::tls_client_ca)},
      {"metrics-listen", "ADDRESS", "127.0.0.1:9464",
       "Where Prometheus finds /metrics: HOST:PORT, or off", false, SetMetricsListen},
      {"view-cache-bytes", "SIZE", "256MiB", "Memory for views that were read; 0 for no cache",
       false, Bytes(&Config::view_cache_bytes, 1024 * kGiB)},
      {"storage-cache-bytes", "SIZE", "auto",
       "Memory for what was read of a rocksdb storage; auto is a quarter of the machine's", false,
       SetStorageCache},
      {"workers", "NUMBER", "auto",
       "Threads for calls that may block: 16 with rocksdb and mysql, the cores with memory", false,
       SetWorkers},
      {"pollers", "NUMBER", "1", "Threads that receive and send", false,
       Count(&Config::pollers, 1, 64)},
      {"max-queued", "NUMBER", "1024", "Calls that may wait for a worker; more are SERVER_BUSY",
       false, Count(&Config::max_queued, 1, 1000000)},
      {"max-in-flight", "NUMBER", "4096", "Calls served at a time; more are SERVER_BUSY", false,
       Count(&Config::max_in_flight, 1, 1000000)},
      {"max-streams", "NUMBER", "256", "Streams open at a time; more are SERVER_BUSY", false,
       Count(&Config::max_streams, 1, 1000000)},
      {"max-connections", "NUMBER", "10000", "Connections open at a time; more are closed", false,
       Count(&Config::max_connections, 1, 1000000)},
      {"max-message-bytes", "SIZE", "4MiB",
       "Largest request, and, above 4MiB, answer; a larger one is TOO_LARGE", false,
       Bytes(&Config::max_message_bytes, kGiB)},
      {"max-buffer-bytes", "SIZE", "512MiB",
       "Memory for messages on their way, all calls together; those that exceed it are reset",
       false, Bytes(&Config::max_buffer_bytes, 1024 * kGiB)},
      {"default-deadline", "TIME", "10s", "Deadline of a call that sets none", false,
       Duration(&Config::default_deadline)},
      {"max-deadline", "TIME", "10m", "Longest deadline of a call that is not a stream", false,
       Duration(&Config::max_deadline)},
      {"drain-timeout", "TIME", "20s", "How long calls may go on after SIGTERM", false,
       Duration(&Config::drain_timeout)},
      {"reflection", "WHEN", "auto",
       "Whether callers may list the services: auto (on loopback and Unix sockets), on or off",
       false, SetReflection},
      {"isolate-by-token", nullptr, "false",
       "Every bearer token gets an empty store of its own; for tests, with memory: only", false,
       Switch(&Config::isolate_by_token)},
      {"max-tokens", "NUMBER", "256",
       "Stores kept with --isolate-by-token; the one unused for longest makes room", false,
       Count(&Config::max_tokens, 1, 100000)},
      {"log-level", "LEVEL", "info", "Least severe events logged: debug, info, warning or error",
       false, SetLogLevel},
      {"port-file", "FILE", "",
       "Written once calls are taken: the ports, as {\"port\": N, \"metrics_port\": N}", false,
       Text(&Config::port_file)},
      {"bench-floor", "SIZE", "", "Serve /yilan.bench.Floor/Get with answers of this size", true,
       SetBenchFloor},
  };
  return *settings;
}

absl::Status CheckStorage(absl::string_view storage) {
  Config unused;
  return SetStorage(storage, unused);
}

std::string EnvironmentName(const Setting& setting) {
  std::string name = absl::StrCat("YILAN_", absl::AsciiStrToUpper(setting.name));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

absl::StatusOr<GivenValues> ReadConfigFile(const std::string& path) {
  const auto wrong = [&path](int line, absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(path, ", line ", line, ": ", what));
  };
  YAML::Node root;
  try {
    root = YAML::LoadFile(path);
  } catch (const YAML::BadFile&) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the file cannot be read"));
  } catch (const YAML::Exception& error) {
    return wrong(error.mark.line + 1, absl::StrCat("not YAML: ", error.msg));
  }
  GivenValues values;
  if (root.IsNull()) return values;
  if (!root.IsMap())
    return wrong(root.Mark().line + 1, "expected lines of the form \"listen: ADDRESS\"");
  for (const auto& entry : root) {
    const int line = entry.first.Mark().line + 1;
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const auto settings = AllSettings();
    if (std::none_of(settings.begin(), settings.end(),
                     [&key](const Setting& setting) { return key == setting.name; })) {
      return wrong(line, absl::StrCat("no such setting: \"", key, "\"; --help lists all"));
    }
    if (!entry.second.IsScalar()) return wrong(line, absl::StrCat(key, " takes one value"));
    const GivenValue given{entry.second.Scalar(), absl::StrCat("file ", path, ", line ", line)};
    if (!values.emplace(key, given).second)
      return wrong(line, absl::StrCat(key, " is there twice"));
  }
  return values;
}

GivenValues ReadEnvironment(const std::function<const char*(const char*)>& get) {
  GivenValues values;
  for (const Setting& setting : AllSettings()) {
    const std::string name = EnvironmentName(setting);
    if (const char* value = get(name.c_str())) {
      values[setting.name] = {value, absl::StrCat("environment ", name)};
    }
  }
  return values;
}

absl::StatusOr<LoadedConfig> MergeConfig(const GivenValues& flags, const GivenValues& environment,
                                         const GivenValues& file) {
  LoadedConfig loaded;
  for (const Setting& setting : AllSettings()) {
    GivenValue given{setting.default_value, "default"};
    for (const GivenValues* source : {&flags, &environment, &file}) {
      const auto found = source->find(setting.name);
      if (found == source->end()) continue;
      given = found->second;
      break;
    }
    if (absl::Status status = setting.set(given.value, loaded.config); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(setting.name, " (", given.source, "): ", status.message()));
    }
    loaded.values[setting.name] = std::move(given);
  }
  const Config& config = loaded.config;
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    return absl::InvalidArgumentError("tls-cert and tls-key go together: give both or neither");
  }
  if (!config.tls_client_ca.empty() && config.tls_cert.empty()) {
    return absl::InvalidArgumentError("tls-client-ca needs tls-cert and tls-key");
  }
  if (config.tls_cert.empty() && !config.listen.IsLocal() && !config.insecure) {
    return absl::InvalidArgumentError(absl::StrCat(
        "listen (", loaded.values["listen"].source, "): other machines can reach ",
        config.listen.ToString(),
        "; give tls-cert and tls-key, or say insecure if plaintext there is what you want"));
  }
  if (config.isolate_by_token && config.storage != "memory:") {
    return absl::InvalidArgumentError("isolate-by-token goes with storage memory: only");
  }
  return loaded;
}

std::string PrintConfig(const LoadedConfig& loaded) {
  std::string text;
  for (const Setting& setting : AllSettings()) {
    const GivenValue& given = loaded.values.at(setting.name);
    if (setting.hidden && given.source == "default") continue;
    YAML::Emitter value;
    value << (setting.secret && !given.value.empty() ? "***" : Redact(given.value));
    const std::string line = absl::StrCat(setting.name, ": ", value.c_str());
    absl::StrAppend(&text, line, std::string(line.size() < 40 ? 40 - line.size() : 1, ' '), "# ",
                    given.source, "\n");
  }
  return text;
}

}  // namespace yilan::server
