// Stores of every backend for tests of moving, and stores that watch or disturb a move.
#ifndef YILAN_TESTS_TRANSFER_STORES_H_
#define YILAN_TESTS_TRANSFER_STORES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "storage/record_store.h"
#include "storage/transfer/control.h"
#include "storage/transfer/store_digest.h"
#include "tests/core/forwarding_store.h"

namespace yilan::storage::transfer {

enum class BackendKind { kMemory, kRocksDb, kMariaDb };
std::string NameOf(BackendKind kind);

// A directory of the test's own.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A new, empty store. Fails the test when there is none.
std::unique_ptr<RecordStore> NewStore(BackendKind kind, const TestDirectory& directory);

std::vector<ExportEntry> Everything(RecordStore& store);
std::string DigestHex(RecordStore& store);

// What is in one of them and not in the other, in words; empty when they are equal.
std::string Differences(const std::vector<ExportEntry>& a, const std::vector<ExportEntry>& b);

// Knows the state that the last ReadBulk showed.
class WatchedStore final : public core::ForwardingStore {
 public:
  explicit WatchedStore(RecordStore& store) : ForwardingStore(store) {}
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override;
  // As Export would have.
  const std::vector<ExportEntry>& last() const { return last_; }

 private:
  std::vector<ExportEntry> last_;
};

// Fails imports when told to, before they happen or after.
class FailingStore final : public core::ForwardingStore {
 public:
  enum class Failure { kNone, kBefore, kAfter };
  FailingStore(RecordStore& store, std::function<Failure()> next)
      : ForwardingStore(store), next_(std::move(next)) {}
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override;

 private:
  const std::function<Failure()> next_;
};

// Does something at each report, and stops when told.
class TestControl final : public Control {
 public:
  explicit TestControl(std::function<void(const Progress&)> on_report = nullptr)
      : on_report_(std::move(on_report)) {}
  bool StopRequested() override { return stop_; }
  void Report(const Progress& progress) override {
    if (on_report_) on_report_(progress);
  }
  void Stop() { stop_ = true; }

 private:
  const std::function<void(const Progress&)> on_report_;
  bool stop_ = false;
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_TESTS_TRANSFER_STORES_H_
