#include "server/move_store.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "server/config/command_line.h"
#include "server/open_store.h"
#include "server/serve.h"
#include "storage/transfer/backup_sink.h"
#include "storage/transfer/control.h"
#include "storage/transfer/copy.h"
#include "storage/transfer/restore.h"
#include "storage/transfer/store_sink.h"

namespace yilan::server {
namespace {

namespace transfer = storage::transfer;
using transfer::Phase;
using transfer::Progress;

// "12 345 678".
std::string Grouped(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, " ");
  return digits;
}

// Stops at SIGINT and SIGTERM, and tells on stderr how far it is: once a second on a terminal,
// every 30 seconds otherwise.
class ConsoleControl final : public transfer::Control {
 public:
  ConsoleControl() : terminal_(isatty(STDERR_FILENO) != 0) {
    // Lives as long as the process: sigwait() cannot be ended.
    std::thread([signals = signals_] {
      WaitForEndSignal();
      signals->Stop();
      WaitForEndSignal();
      _exit(kExitCutOff);
    }).detach();
  }
  ~ConsoleControl() override { EndLine(); }

  bool StopRequested() override { return signals_->stopped; }
  void Wait(absl::Duration duration) override { signals_->Wait(duration); }
  void Report(const Progress& progress) override {
    const absl::Time now = absl::Now();
    if (progress.phase != phase_) {
      phase_ = progress.phase;
      shown_ = progress;
      shown_time_ = now;
      if (phase_ == Phase::kFollow && !followed_) {
        followed_ = true;
        EndLine();
        std::fprintf(stderr, "Caught up; following what is written until SIGINT or SIGTERM.\n");
      }
    }
    if (now < next_) return;
    next_ = now + (terminal_ ? absl::Seconds(1) : absl::Seconds(30));
    // The first look only sets the clock going.
    if (!shown_before_) {
      shown_before_ = true;
      return;
    }
    Show(progress, now);
  }

 private:
  // Shared with the thread that waits for signals.
  struct Signals {
    void Stop() {
      stopped = true;
      MutexLock lock(mutex);
      changed.SignalAll();
    }
    void Wait(absl::Duration duration) {
      const absl::Time until = absl::Now() + duration;
      MutexLock lock(mutex);
      while (!stopped && absl::Now() < until) changed.WaitFor(mutex, until - absl::Now());
    }
    std::atomic<bool> stopped{false};
    Mutex mutex;
    CondVar changed;
  };

  void Show(const Progress& progress, absl::Time now) {
    // Since the last line: what is slow now is not hidden by what was fast.
    const double seconds = std::max(0.001, absl::ToDoubleSeconds(now - shown_time_));
    const auto rate = [&](uint64_t Progress::*figure) {
      return Grouped(static_cast<uint64_t>(
          static_cast<double>(progress.*figure - std::min(progress.*figure, shown_.*figure)) /
          seconds));
    };
    std::string line;
    switch (progress.phase) {
      case Phase::kScan:
        line = "scan: ";
        break;
      case Phase::kCatchUp:
        line = absl::StrCat("catching up: ", Grouped(progress.behind), " changes behind, ");
        break;
      case Phase::kFollow:
        line = "following: ";
        break;
      case Phase::kFinish:
        line = "the last of it: ";
        break;
      case Phase::kVerify:
        line = "reading back: ";
        break;
      case Phase::kRestore:
        line = "restoring: ";
        break;
    }
    if (progress.customers + progress.records > 0) {
      absl::StrAppend(&line, Grouped(progress.customers), " customers, ", Grouped(progress.records),
                      " records (", rate(&Progress::records), "/s)");
    }
    if (progress.total_bytes > 0) {
      absl::StrAppendFormat(&line, "%s%d%% of %d MiB", line.back() == ')' ? ", " : "",
                            static_cast<int>(100.0 * static_cast<double>(progress.bytes) /
                                             static_cast<double>(progress.total_bytes)),
                            progress.total_bytes >> 20);
    }
    shown_ = progress;
    shown_time_ = now;
    std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
    std::fflush(stderr);
    open_line_ = terminal_;
  }
  void EndLine() {
    if (open_line_) std::fprintf(stderr, "\n");
    open_line_ = false;
  }

  const std::shared_ptr<Signals> signals_ = std::make_shared<Signals>();
  const bool terminal_;
  bool open_line_ = false;
  bool shown_before_ = false;
  bool followed_ = false;
  std::optional<Phase> phase_;
  absl::Time next_ = absl::InfinitePast();
  Progress shown_;  // In the last line, or at the beginning of the phase.
  absl::Time shown_time_;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "yilan-server: %s\n", std::string(status.message()).c_str());
  if (absl::IsCancelled(status)) return kExitCutOff;
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

absl::Status Named(const std::string& storage, const absl::Status& status) {
  // Some say themselves what they are about.
  if (status.ok() || absl::StartsWith(status.message(), storage)) return status;
  return absl::Status(status.code(), absl::StrCat(storage, ": ", status.message()));
}

// The storage under a name that stays the same wherever the command is run.
std::string LastingName(const std::string& storage) {
  absl::string_view directory = storage;
  if (!absl::ConsumePrefix(&directory, "rocksdb:")) return storage;
  std::error_code error;
  const auto absolute = std::filesystem::weakly_canonical(
      std::filesystem::absolute(std::string(directory), error), error);
  return error ? storage : absl::StrCat("rocksdb:", absolute.string());
}

absl::StatusOr<std::unique_ptr<storage::RecordStore>> Open(const Config& config,
                                                           const std::string& storage,
                                                           const std::string& password_file,
                                                           bool must_exist) {
  if (storage == "memory:") {
    return absl::InvalidArgumentError(
        "memory: is gone with its process; name a rocksdb:DIRECTORY or a mysql:// URL");
  }
  Config its_config = config;
  its_config.storage = storage;
  if (!password_file.empty()) its_config.mysql_password_file = password_file;
  ASSIGN_OR_RETURN(const StorageOptions options, StorageOptionsOf(its_config));
  auto store = OpenStore(options, must_exist);
  if (!store.ok()) return Named(storage, store.status());
  RETURN_IF_ERROR(Named(storage, (*store)->CheckReady({})));
  return store;
}

void PrintCount(const char* what, uint64_t count) {
  std::printf("%-16s %12llu\n", what, static_cast<unsigned long long>(count));
}

void PrintEnd(const transfer::BackupEnd& end) {
  PrintCount("customers", end.counts.customers);
  PrintCount("records", end.counts.records);
  PrintCount("history entries", end.counts.history_entries);
  PrintCount("changes", end.counts.changes);
  PrintCount("requests", end.counts.requests);
  std::printf("digest           %s\n", end.digest.c_str());
}

absl::StatusOr<Progress> DoCopy(const Config& config, const MoveOptions& options) {
  if (LastingName(options.from) == LastingName(options.to)) {
    return absl::InvalidArgumentError("from and to are the same storage");
  }
  ASSIGN_OR_RETURN(const auto source,
                   Open(config, options.from, options.from_password_file, /*must_exist=*/true));
  ASSIGN_OR_RETURN(const auto target,
                   Open(config, options.to, options.to_password_file, /*must_exist=*/false));
  ConsoleControl control;
  transfer::StoreSink sink(*target, {});
  return transfer::Copy(*source, sink,
                        {.source = LastingName(options.from), .follow = options.follow}, control);
}

}  // namespace

int CopyStore(const Config& config, const MoveOptions& options) {
  const absl::Time begin = absl::Now();
  const absl::StatusOr<Progress> copied = DoCopy(config, options);
  if (!copied.ok()) return Fail(copied.status());
  PrintCount("customers read", copied->customers);
  PrintCount("records read", copied->records);
  std::printf("The copy is complete, after %s. To compare: yilan-server check --digest on both.\n",
              absl::FormatDuration(absl::Trunc(absl::Now() - begin, absl::Seconds(1))).c_str());
  return kExitOk;
}

int BackupStore(const Config& config, const MoveOptions& options) {
  const auto source = Open(config, config.storage, "", /*must_exist=*/true);
  if (!source.ok()) return Fail(source.status());
  ConsoleControl control;
  transfer::BackupSink sink(options.file, control);
  const absl::StatusOr<Progress> copied =
      transfer::Copy(**source, sink, {.source = LastingName(config.storage)}, control);
  if (!copied.ok()) return Fail(copied.status());
  PrintEnd(sink.end());
  PrintCount("bytes", sink.bytes());
  std::printf("The backup is complete, and was read back.\n");
  return kExitOk;
}

int RestoreStore(const Config& config, const MoveOptions& options) {
  const auto target = Open(config, config.storage, "", /*must_exist=*/false);
  if (!target.ok()) return Fail(target.status());
  ConsoleControl control;
  const absl::StatusOr<transfer::BackupEnd> end =
      transfer::Restore(options.file, **target, control);
  if (!end.ok()) return Fail(end.status());
  PrintEnd(*end);
  std::printf("The store is restored, and has the digest of the backup.\n");
  return kExitOk;
}

}  // namespace yilan::server
