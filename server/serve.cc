#include "server/serve.h"

#include <pthread.h>
#include <unistd.h>
#include <algorithm>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "core/check/check.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "server/config/command_line.h"
#include "server/listener.h"
#include "server/metrics/store_observer.h"
#include "server/open_store.h"
#include "server/server.h"
#include "server/tls_files.h"
#include "server/version.h"
#include "storage/observed_store.h"
#include "storage/transfer/store_digest.h"
#include "storage/transfer/unfinished_copy.h"

namespace yilan::server {
namespace {

// Descriptors that are not connections: the store's files, and some to spare.
constexpr size_t kOtherDescriptors = 512;

absl::StatusOr<std::unique_ptr<storage::RecordStore>> OpenConfigured(const Config& config,
                                                                     bool must_exist) {
  ASSIGN_OR_RETURN(const StorageOptions options, StorageOptionsOf(config));
  return OpenStore(options, must_exist);
}

// Where the log functions of gRPC and protobuf find the log: they take no argument of ours.
Log* library_log = nullptr;

void LogFromGrpc(gpr_log_func_args* args) {
  const Severity severity = args->severity == GPR_LOG_SEVERITY_ERROR  ? Severity::kWarning
                            : args->severity == GPR_LOG_SEVERITY_INFO ? Severity::kInfo
                                                                      : Severity::kDebug;
  library_log->Write(severity, "grpc",
                     {{"text", args->message}, {"file", args->file}, {"line", args->line}});
}

// What protobuf has to say (a string that is not UTF-8) goes to the caller with the error.
void LogFromProtobuf(google::protobuf::LogLevel, const char* file, int line,
                     const std::string& text) {
  library_log->Write(Severity::kDebug, "protobuf",
                     {{"text", text}, {"file", file}, {"line", line}});
}

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

absl::Status WritePortFile(const std::string& path, const Server& server) {
  if (path.empty()) return absl::OkStatus();
  // Written beside and moved, so that whoever waits for it never reads half of it.
  const std::string part = absl::StrCat(path, ".part");
  std::ofstream file(part);
  file << "{\"port\": " << server.address()->port
       << ", \"metrics_port\": " << server.metrics_port().value_or(0) << "}\n";
  file.close();
  if (!file || std::rename(part.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("port-file: ", path, " cannot be written"));
  }
  return absl::OkStatus();
}

void WarnOfExpiry(const std::string& certificate, Log& log) {
  const auto expiry = CertificateExpiry(certificate);
  if (!expiry.ok() || *expiry > absl::Now() + absl::Hours(24 * 14)) return;
  log.Warning("the certificate ends soon or has ended",
              {{"valid_until", absl::FormatTime(absl::RFC3339_sec, *expiry, absl::UTCTimeZone())}});
}

int Fail(Log& log, const absl::Status& status) {
  log.Error("cannot serve", {{"error", status.message()}});
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

}  // namespace

absl::StatusOr<StorageOptions> StorageOptionsOf(const Config& config) {
  StorageOptions options{.storage = config.storage,
                         .cache_bytes = config.storage_cache_bytes > 0 ? config.storage_cache_bytes
                                                                       : SuitableCacheBytes(),
                         .mysql_password = config.mysql_password};
  if (config.mysql_password_file.empty()) return options;
  std::ifstream file(config.mysql_password_file);
  if (!std::getline(file, options.mysql_password)) {
    return absl::NotFoundError(absl::StrCat("mysql-password-file: ", config.mysql_password_file,
                                            " cannot be read, or is empty"));
  }
  return options;
}

int WaitForEndSignal() {
  const sigset_t signals = EndSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  return signal;
}

void BlockEndSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void PrepareProcess(Log& log) {
  std::signal(SIGPIPE, SIG_IGN);
  // Debian's abseil is built to look for deadlocks at every lock, which costs gRPC's calls a tenth.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  library_log = &log;
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

absl::StatusOr<ServerOptions> OptionsOf(const Config& config) {
  ServerOptions options;
  options.listen = config.listen;
  options.metrics_listen = config.metrics_listen;
  options.max_connections = config.max_connections;
  if (const size_t limit = RaiseDescriptorLimit(); limit > 2 * kOtherDescriptors) {
    options.max_connections = std::min(options.max_connections, limit - kOtherDescriptors);
  }
  if (!config.tls_cert.empty()) {
    ASSIGN_OR_RETURN(options.tls,
                     ReadTlsFiles(config.tls_cert, config.tls_key, config.tls_client_ca));
  }
  options.max_buffer_bytes = config.max_buffer_bytes;
  options.gate.default_deadline = config.default_deadline;
  options.gate.max_deadline = config.max_deadline;
  options.gate.max_message_bytes = config.max_message_bytes;
  options.gate.max_answer_bytes = std::max(options.gate.max_answer_bytes, config.max_message_bytes);
  options.gate.max_in_flight = config.max_in_flight;
  options.gate.max_streams = config.max_streams;
  options.executor.workers = config.workers > 0 ? config.workers : SuitableWorkers(config.storage);
  options.executor.max_queued = config.max_queued;
  options.pollers = config.pollers;
  options.view_cache_bytes = config.view_cache_bytes;
  options.reflection = config.reflection == Reflection::kOn ||
                       (config.reflection == Reflection::kAuto && config.listen.IsLocal());
  options.isolate_by_token = config.isolate_by_token;
  options.max_tokens = config.max_tokens;
  options.drain_timeout = config.drain_timeout;
  options.bench_floor = config.bench_floor;
  return options;
}

int Serve(const Config& config, Log& log) {
  const absl::Time start = absl::Now();
  PrepareProcess(log);
  auto options = OptionsOf(config);
  if (!options.ok()) return Fail(log, options.status());
  const auto observer = std::make_shared<StoreObserver>();
  options->more_metrics.push_back(observer);
  auto opened = OpenConfigured(config, /*must_exist=*/false);
  if (!opened.ok()) return Fail(log, opened.status());
  storage::RecordStore& bare = **opened;
  // A directory has one process, so it cannot become half a copy later; a database can.
  std::unique_ptr<storage::RecordStore> complete =
      std::make_unique<storage::transfer::CompleteStore>(*std::move(opened));
  if (absl::Status ready = complete->CheckReady({.deadline = start + absl::Seconds(5)});
      absl::IsFailedPrecondition(ready)) {
    return Fail(log, ready);
  } else if (ready.ok()) {
    for (const std::string& advice : AdviceOn(bare, start + absl::Seconds(5))) log.Warning(advice);
  }
  storage::ObservedStore store(std::move(complete), *observer);
  const SystemClock clock;
  IdGenerator ids(clock);
  int exit_code = kExitOk;
  {
    auto server = Server::Start(*options, store, clock, ids, log);
    if (!server.ok()) return Fail(log, server.status());
    if (absl::Status status = WritePortFile(config.port_file, **server); !status.ok()) {
      return Fail(log, status);
    }
    log.Info("serving", {{"version", kVersion},
                         {"address", (*server)->address()->ToString()},
                         {"metrics_port", (*server)->metrics_port().value_or(0)},
                         {"storage", config.storage},
                         {"tls", options->tls.has_value()},
                         {"workers", options->executor.workers},
                         {"start_ms", absl::ToInt64Milliseconds(absl::Now() - start)}});
    if (options->tls.has_value()) WarnOfExpiry(options->tls->certificate, log);
    const int signal = WaitForEndSignal();
    log.Info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    // Whoever asks twice does not want to wait.
    std::thread([] {
      WaitForEndSignal();
      _exit(kExitCutOff);
    }).detach();
    if (!(*server)->Drain()) {
      log.Warning("calls were cut off");
      exit_code = kExitCutOff;
    }
  }
  log.Info("ended");
  return exit_code;
}

int Migrate(const Config& config, int to, bool dry_run) {
  const auto options = StorageOptionsOf(config);
  const auto steps = options.ok() ? MigrateStore(*options, to, dry_run) : options.status();
  if (!steps.ok()) {
    std::fprintf(stderr, "yilan-server: %s\n", std::string(steps.status().message()).c_str());
    return absl::IsInvalidArgument(steps.status()) ? kExitUsage : kExitFailed;
  }
  for (const std::string& step : *steps) {
    std::printf("%s %s\n", dry_run ? "would apply" : "applied", step.c_str());
  }
  if (steps->empty()) std::printf("The schema is up to date.\n");
  return kExitOk;
}

int ShowSchema(const Config& config) {
  const auto options = StorageOptionsOf(config);
  const auto schema = options.ok() ? ReadSchema(*options) : options.status();
  if (!schema.ok()) {
    std::fprintf(stderr, "yilan-server: %s\n", std::string(schema.status().message()).c_str());
    return absl::IsInvalidArgument(schema.status()) ? kExitUsage : kExitFailed;
  }
  std::printf("schema of the database  %d\nnewest known            %d\n", schema->version,
              schema->newest);
  return kExitOk;
}

namespace {

int CheckFailed(const absl::Status& status) {
  std::fprintf(stderr, "yilan-server: the store cannot be read to the end: %s\n",
               std::string(status.message()).c_str());
  return kExitFailed;
}

void PrintDigest(const storage::transfer::StoreDigest& digest) {
  std::printf("digest           %s\n", digest.Hex().c_str());
}

}  // namespace

int Check(const Config& config, bool digest_only) {
  const auto store = OpenConfigured(config, /*must_exist=*/true);
  if (!store.ok()) {
    std::fprintf(stderr, "yilan-server: %s\n", std::string(store.status().message()).c_str());
    return absl::IsInvalidArgument(store.status()) ? kExitUsage : kExitFailed;
  }
  const SystemClock clock;
  absl::Status status = (*store)->CheckReady({});
  if (status.ok()) status = storage::transfer::CheckComplete(**store, {});
  if (absl::IsFailedPrecondition(status)) {
    std::fprintf(stderr, "yilan-server: %s\n", std::string(status.message()).c_str());
    return kExitFailed;
  }
  if (!status.ok()) return CheckFailed(status);
  if (digest_only) {
    const auto digest = storage::transfer::DigestOf(**store, {});
    if (!digest.ok()) return CheckFailed(digest.status());
    PrintDigest(*digest);
    return kExitOk;
  }
  storage::transfer::StoreDigest digest;
  const auto checked =
      core::CheckStore(**store, {}, clock.Now(),
                       [&digest](const storage::ExportEntry& entry) { digest.Add(entry); });
  if (!checked.ok()) return CheckFailed(checked.status());
  const core::CheckReport& report = *checked;
  if (status = VerifyBackend(**store); !status.ok()) return CheckFailed(status);
  const auto line = [](const char* what, uint64_t count) {
    std::printf("%-16s %12llu\n", what, static_cast<unsigned long long>(count));
  };
  line("customers", report.customers);
  line("subjects", report.subjects);
  line("records", report.records);
  line("history entries", report.history_entries);
  line("changes", report.changes);
  line("requests", report.requests);
  line("damages", report.damages);
  PrintDigest(digest);
  for (const std::string& example : report.examples) std::printf("  %s\n", example.c_str());
  std::printf(report.damages == 0 ? "The store is sound.\n" : "The store is damaged.\n");
  return report.damages == 0 ? kExitOk : kExitFailed;
}

}  // namespace yilan::server
