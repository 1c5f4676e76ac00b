// The disk of the database is full, under checked clients.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/faults/mysql_fault_test.h"

namespace yilan::faults {
namespace {

// A small disk of the test's own, in memory. Mounting takes root, which tests in a container are.
class SmallDisk {
 public:
  SmallDisk() {
    const std::string size = "size=96m,mode=700";
    if (mount("yilan-test", path().c_str(), "tmpfs", 0, size.c_str()) != 0) {
      ADD_FAILURE() << "cannot mount a tmpfs of 96 MiB at " << path() << ": " << strerror(errno)
                    << "; run this test as root, in a container with CAP_SYS_ADMIN";
      return;
    }
    mounted_ = true;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  std::string path() const { return directory_.path(); }
  // Gives every file the room that it says it has: a log file is written to in place, and MariaDB
  // ends when that fails.
  void Allocate() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (!entry.is_regular_file() || entry.file_size() == 0) continue;
      const int fd = open(entry.path().c_str(), O_WRONLY | O_CLOEXEC);
      if (fd >= 0 && posix_fallocate(fd, 0, static_cast<off_t>(entry.file_size())) != 0) {
        ADD_FAILURE() << "no room for " << entry.path();
      }
      close(fd);
    }
  }
  // Takes all the room that is left.
  void Fill() {
    std::ofstream file(path() + "/fill", std::ios::binary);
    const std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void Free() { unlink((path() + "/fill").c_str()); }

 private:
  e2e::TempDir directory_;
  bool mounted_ = false;
};

class MySqlDiskTest : public MySqlFaultTest {
 protected:
  SmallDisk disk_;  // Outlives the database, which the test ends before.
};

TEST_F(MySqlDiskTest, AFullDiskEndsInErrorsAndRoomInService) {
  ASSERT_TRUE(disk_.mounted());
  // A binary log that finds no room waits for a minute at a time.
  StartDatabase({.parent_directory = disk_.path()}, /*binary_log=*/false);
  StartServer();
  // Where a store is full, ingest writes fact by fact.
  StartClients({.ingest = false});
  AwaitWrites(100);
  disk_.Allocate();
  disk_.Fill();
  // It goes on for a while in the room that its files have left.
  uint64_t more = 0;
  while (more < 200 && clients().AwaitAcknowledged(50, absl::Seconds(3))) ++more;
  EXPECT_LT(more, 200u) << "the database took 10,000 writes without room";
  const uint64_t read = clients().read();
  EXPECT_FALSE(clients().AwaitAcknowledged(50, absl::Seconds(1)));
  EXPECT_GT(clients().read(), read) << "reads must go on";
  disk_.Free();
  ExpectRecovery();
  AwaitWrites(100);
  const history::Report report = StopAndCheck();
  EXPECT_GT(report.failed, 0u);
  EndDatabase();
}

}  // namespace
}  // namespace yilan::faults
