// A process that is killed at a random moment: what it acknowledged is there afterwards, and
// nothing is there in part. YILAN_KILLS tells how often.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"
#include "tests/status_matchers.h"

extern char** environ;

namespace yilan::storage {
namespace {

// A running rocksdb_writer.
class Writer {
 public:
  Writer(const std::string& directory, uint64_t seed) {
    int ends[2];
    // Writers must not hold each other's pipes open.
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = YILAN_ROCKSDB_WRITER;
    std::string first = directory;
    std::string second = absl::StrCat(seed);
    char* const arguments[] = {program.data(), first.data(), second.data(), nullptr};
    EXPECT_EQ(posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~Writer() {
    if (process_ > 0) Kill();
    close(output_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Reads what it acknowledges until there are this many entries or `deadline` comes.
  void ReadEntries(size_t wanted, absl::Time deadline) {
    while (entries() < wanted) {
      const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
      pollfd ready{.fd = output_, .events = POLLIN};
      if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) <= 0 || !ReadSome()) return;
    }
  }
  // Kills it, and reads what it acknowledged before.
  void Kill() {
    kill(process_, SIGKILL);
    int status = 0;
    waitpid(process_, &status, 0);
    // It has written until the end: it did not fail or finish by itself.
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    process_ = 0;
    while (ReadSome()) {
    }
  }
  std::vector<Entry> Acknowledged() const {
    std::vector<Entry> acknowledged;
    for (const absl::string_view line : absl::StrSplit(text_, '\n', absl::SkipEmpty())) {
      const std::optional<Entry> entry = Entry::FromString(line);
      EXPECT_TRUE(entry.has_value()) << line;
      if (entry.has_value()) acknowledged.push_back(*entry);
    }
    return acknowledged;
  }

 private:
  size_t entries() const {
    return static_cast<size_t>(std::count(text_.begin(), text_.end(), '\n'));
  }
  bool ReadSome() {
    char bytes[4096];
    const ssize_t size = read(output_, bytes, sizeof(bytes));
    if (size <= 0) return false;
    text_.append(bytes, static_cast<size_t>(size));
    return true;
  }

  pid_t process_ = 0;
  int output_ = -1;
  std::string text_;
};

// Kills writers of one store, and adds how many entries they acknowledged.
void KillWriters(uint64_t kills, uint64_t seed, uint64_t& entries) {
  std::mt19937_64 random(seed);
  // An audit reads everything, so a store is given up before it grows large.
  constexpr uint64_t kKillsPerStore = 25;
  std::optional<TemporaryDirectory> directory;
  std::vector<Entry> acknowledged;
  for (uint64_t i = 0; i < kills; ++i) {
    SCOPED_TRACE(absl::StrCat("kill ", i, " of seed ", seed));
    if (i % kKillsPerStore == 0) {
      directory.emplace();
      acknowledged.clear();
    }
    Writer writer(directory->path(), random());
    // By count and by time: the one finds the moments around an acknowledgement, the other all the
    // rest, opening included.
    const bool by_count = random() % 2 == 0;
    writer.ReadEntries(
        by_count ? random() % 100 : ~size_t{0},
        absl::Now() + (by_count ? absl::Seconds(30) : absl::Milliseconds(random() % 80)));
    writer.Kill();
    const std::vector<Entry> more = writer.Acknowledged();
    entries += more.size();
    acknowledged.insert(acknowledged.end(), more.begin(), more.end());

    absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
        RocksDbStore::Open(TinyOptions(directory->path()));
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT(Audit(**store, acknowledged), IsOk());
  }
}

TEST(RocksDbKill, LosesNothingThatWasAcknowledged) {
  const uint64_t seed = TestSeed();
  const uint64_t kills = NumberFromEnvironment("YILAN_KILLS", 200);
  // Several stores side by side: they mostly wait for the disk.
  constexpr int kStores = 4;
  uint64_t entries[kStores] = {};
  InThreads(kStores, [&](int store) {
    KillWriters(kills / kStores, seed + static_cast<uint64_t>(store), entries[store]);
  });
  for (const uint64_t of_store : entries) EXPECT_GT(of_store, kills / kStores);
}

TEST(RocksDbKill, TheDirectoryBelongsToOneProcess) {
  const TemporaryDirectory directory;
  Writer writer(directory.path(), 1);
  writer.ReadEntries(1, absl::Now() + absl::Seconds(30));
  const absl::Status status = RocksDbStore::Open(TinyOptions(directory.path())).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(directory.path()));
}

}  // namespace
}  // namespace yilan::storage
