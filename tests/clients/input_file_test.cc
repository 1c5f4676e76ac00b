// What may be imported, and what may not.
#include "clients/import/input_file.h"

#include <sys/stat.h>

#include <string>

#include "tests/clients/temporary_directory.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::HasSubstr;

class InputFileTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
};

TEST_F(InputFileTest, ReadsARegularFile) {
  auto file = InputFile::Open(directory_.Write("a.csv", "a,b\n1,2\n"));
  ASSERT_THAT(file, IsOk());
  char buffer[100];
  EXPECT_EQ(*(*file)->Read(buffer, sizeof(buffer)), 8u);
  EXPECT_EQ((*file)->size(), 8u);
}

TEST_F(InputFileTest, RefusesADirectory) {
  const auto file = InputFile::Open(directory_.path());
  EXPECT_THAT(file, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(file.status().message(), HasSubstr(directory_.path() + " is a directory"));
}

TEST_F(InputFileTest, RefusesAnEmptyFile) {
  const auto file = InputFile::Open(directory_.Write("empty.csv", ""));
  EXPECT_THAT(file.status().message(), HasSubstr("empty.csv is empty"));
}

TEST_F(InputFileTest, RefusesAFileThatIsNotThere) {
  const auto file = InputFile::Open(directory_.File("none.csv"));
  EXPECT_THAT(file, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(file.status().message(), HasSubstr("none.csv: No such file"));
}

TEST_F(InputFileTest, RefusesANamedPipeWithoutWaitingForIt) {
  ASSERT_EQ(mkfifo(directory_.File("pipe").c_str(), 0600), 0);
  const auto file = InputFile::Open(directory_.File("pipe"));
  EXPECT_THAT(file.status().message(), HasSubstr("not a regular file"));
}

TEST_F(InputFileTest, RefusesBinaryUtf16AndCompressedFiles) {
  const auto message = [this](const std::string& text) {
    return std::string(InputFile::Open(directory_.Write("x", text)).status().message());
  };
  EXPECT_THAT(message(std::string("a\0b", 3)), HasSubstr("looks binary"));
  EXPECT_THAT(message(std::string("\xFF\xFE"
                                  "a\0",
                                  4)),
              HasSubstr("UTF-16"));
  EXPECT_THAT(message("\x1F\x8B\x08rest"), HasSubstr("compressed"));
}

TEST_F(InputFileTest, GoesToAPositionWhoseBytesAreTheSame) {
  auto file = InputFile::Open(directory_.Write("a.csv", "0123456789"));
  const InputPosition position{.offset = 4,
                               .fingerprint = ExtendFingerprint(kEmptyFingerprint, "0123")};
  EXPECT_THAT((*file)->GoTo(position), IsOk());
  char buffer[100];
  EXPECT_EQ(std::string(buffer, *(*file)->Read(buffer, sizeof(buffer))), "456789");
}

TEST_F(InputFileTest, RefusesToGoToAPositionWhoseBytesHaveChanged) {
  const InputPosition position{.offset = 4,
                               .fingerprint = ExtendFingerprint(kEmptyFingerprint, "0123")};
  auto changed = InputFile::Open(directory_.Write("a.csv", "0x23456789"));
  EXPECT_THAT((*changed)->GoTo(position), StatusIs(absl::StatusCode::kFailedPrecondition));
  auto shorter = InputFile::Open(directory_.Write("b.csv", "012"));
  EXPECT_THAT((*shorter)->GoTo(position), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace yilan
