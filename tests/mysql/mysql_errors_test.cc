#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/errors.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MySqlErrorsTest, ConflictsRetryTheTransaction) {
  for (const int number : {1213, 1205, 1020, 1305, 3101}) {
    const absl::Status status = ErrorStatus(number, "", Phase::kStatement);
    EXPECT_TRUE(IsRetry(status)) << number;
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted)) << number;
    EXPECT_FALSE(IsConnectionBroken(status)) << number;
  }
}

TEST(MySqlErrorsTest, AConflictAtCommitWasRolledBack) {
  for (const int number : {1213, 1205, 3101}) {
    EXPECT_TRUE(IsRetry(ErrorStatus(number, "", Phase::kCommit))) << number;
  }
}

TEST(MySqlErrorsTest, AnyOtherErrorAtCommitLeavesItUnknown) {
  for (const int number :
       {2006, 2013, 2026, 1927, 1317, 1047, 1053, 1180, 1021, 3, 1062, 9999, 0}) {
    const absl::Status status = ErrorStatus(number, "Errcode: 28", Phase::kCommit);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnknown)) << number;
    EXPECT_TRUE(IsConnectionBroken(status)) << number;
    EXPECT_FALSE(IsConnectionLost(status)) << number << ": would be run again";
    EXPECT_FALSE(IsRetry(status)) << number;
  }
}

TEST(MySqlErrorsTest, ALostConnectionIsNotedBeforeCommit) {
  for (const int number : {2006, 2013, 2026, 2002, 2003, 2055, 1053, 1927, 4031}) {
    const absl::Status status = ErrorStatus(number, "", Phase::kStatement);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable)) << number;
    EXPECT_TRUE(IsConnectionLost(status) && IsConnectionBroken(status) && IsServerGone(status))
        << number;
  }
}

TEST(MySqlErrorsTest, AServerThatTakesNoWritesIsLeft) {
  for (const int number : {1290, 1792, 1836, 1047}) {
    const absl::Status status = ErrorStatus(number, "", Phase::kStatement);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable)) << number;
    EXPECT_TRUE(IsServerGone(status)) << number;
    EXPECT_FALSE(IsConnectionLost(status)) << number;
  }
}

TEST(MySqlErrorsTest, AReadThatWaitedInVainWasAtANodeThatIsCutOff) {
  for (const Phase phase : {Phase::kRead, Phase::kConnect}) {
    const absl::Status status = ErrorStatus(1205, "", phase);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(IsServerGone(status));
    EXPECT_FALSE(IsRetry(status));
  }
}

TEST(MySqlErrorsTest, FullServersAreLeftAlone) {
  for (const int number : {1040, 1203, 1226}) {
    const absl::Status status = ErrorStatus(number, "", Phase::kConnect);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable)) << number;
    EXPECT_FALSE(IsServerGone(status)) << number;
    EXPECT_THAT(std::string(status.message()), HasSubstr("max_connections"));
  }
}

TEST(MySqlErrorsTest, ADuplicateKeyLeavesTheTransactionOpen) {
  const absl::Status status =
      ErrorStatus(1062, "Duplicate entry 'x' for key 'PRIMARY'", Phase::kStatement);
  EXPECT_TRUE(IsDuplicate(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(IsConnectionBroken(status));
}

TEST(MySqlErrorsTest, TellsAFullDiskFromOtherErrorsOfFiles) {
  EXPECT_THAT(ErrorStatus(1021, "", Phase::kStatement),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrorStatus(1114, "", Phase::kStatement),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrorStatus(3, "Error writing file (Errcode: 28 \"No space left on device\")",
                          Phase::kStatement),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrorStatus(3, "Error writing file (Errcode: 5)", Phase::kStatement),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(MySqlErrorsTest, StatementTimeLimitsAreDeadlines) {
  for (const int number : {1969, 3024}) {
    EXPECT_THAT(ErrorStatus(number, "", Phase::kStatement),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
}

TEST(MySqlErrorsTest, WrongSetupsSayWhatToDo) {
  for (const int number : {1045, 1044, 1142}) {
    const absl::Status status = ErrorStatus(number, "", Phase::kConnect);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition)) << number;
    EXPECT_THAT(std::string(status.message()), HasSubstr("grants"));
  }
  EXPECT_THAT(std::string(ErrorStatus(1049, "", Phase::kConnect).message()),
              HasSubstr("CREATE DATABASE"));
  EXPECT_THAT(std::string(ErrorStatus(1146, "", Phase::kStatement).message()),
              HasSubstr("yilan-server migrate"));
}

TEST(MySqlErrorsTest, NamesTheNumberAndRepeatsNothingOfTheServer) {
  for (int number = 1; number < 4500; ++number) {
    for (const Phase phase : {Phase::kConnect, Phase::kStatement, Phase::kCommit}) {
      if (number == 2026) continue;  // TLS: tells of certificates.
      const absl::Status status = ErrorStatus(number, "Duplicate entry 'Zhang San'", phase);
      ASSERT_FALSE(status.ok());
      ASSERT_THAT(std::string(status.message()),
                  AllOf(HasSubstr(std::to_string(number)), Not(HasSubstr("Zhang"))));
    }
  }
}

TEST(MySqlErrorsTest, ACutIsADeadlineOrUnknown) {
  EXPECT_THAT(CutShort(Phase::kStatement), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(CutShort(Phase::kCommit), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_TRUE(IsConnectionBroken(CutShort(Phase::kStatement)));
  EXPECT_FALSE(IsServerGone(CutShort(Phase::kStatement)));
}

TEST(MySqlErrorsTest, UnmarkedKeepsOnlyCodeAndMessage) {
  const absl::Status status = ErrorStatus(1213, "", Phase::kStatement);
  const absl::Status unmarked = Unmarked(status);
  EXPECT_FALSE(IsRetry(unmarked));
  EXPECT_EQ(unmarked.code(), status.code());
  EXPECT_EQ(unmarked.message(), status.message());
  EXPECT_FALSE(IsServerGone(Unmarked(ErrorStatus(2006, "", Phase::kStatement))));
}

}  // namespace
}  // namespace yilan::storage::mysql
