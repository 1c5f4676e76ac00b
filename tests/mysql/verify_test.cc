// Whatever disagrees in the database is found: `yilan-server check`.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/pool.h"
#include "tests/mysql/test_databases.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

TEST(VerifyTest, EveryDamageIsFound) {
  struct Damage {
    const char* sql;
    const char* found;
  };
  for (const Damage& damage : {
           Damage{"UPDATE entries SET revision = 77 WHERE space = 1", "two revisions"},
           Damage{"DELETE FROM entries WHERE space = 3", "other members"},
           Damage{"INSERT INTO entries VALUES (3, 'no such customer', 'a subject of it', 0, '')",
                  "members of customers that are not there"},
           Damage{"DELETE FROM entries WHERE space = 2", "a member says"},
           Damage{"DELETE FROM entries WHERE space = 6", "a key of a record"},
           Damage{"INSERT INTO entries SELECT space, owner, CONCAT(name, 'x'), revision, value "
                  "FROM entries WHERE space = 6",
                  "a key leads to a record that lacks it"},
           Damage{"UPDATE entries SET value = 'damaged' WHERE space = 7", "a term of a record"},
           Damage{"DELETE FROM entries WHERE space = 4 LIMIT 1", "lacks it"},
           Damage{"UPDATE entries SET value = '' WHERE space = 4", "do not read back"},
           Damage{"DELETE FROM entries WHERE space = 9", "the change feed"},
           Damage{"UPDATE entries SET value = x'000000' WHERE space = 10 AND name LIKE 'totals%'",
                  "the totals"},
       }) {
    const auto options = TestDatabases::Get().CreateMigrated();
    ASSERT_THAT(options, IsOk());
    mysql::Pool pool(*options);
    const auto session = pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture());
    ASSERT_THAT(session, IsOk());
    MySqlStore store(*options);
    for (uint64_t n = 1; n <= 3; ++n) {
      const CustomerId customer = {.high = 1, .low = n};
      const SubjectId subject = {.high = 2, .low = n};
      const std::string key = absl::StrCat("key/", n);
      ASSERT_THAT(store.Write(
                      {.actor = "test"},
                      [&](Reader&) { return WritePlan{.customers = {customer}, .keys = {key}}; },
                      [&](Transaction& txn) -> absl::Status {
                        RETURN_IF_ERROR(txn.SetMembers(customer, {subject}));
                        return txn.Put({.key = {subject, 10, "r"},
                                        .keys = {key},
                                        .terms = {{.term = absl::StrCat("term/", n)}}});
                      }),
                  IsOk());
    }
    ASSERT_THAT(store.Verify({}), IsOk());
    ASSERT_THAT((*session)->Execute(damage.sql), IsOk()) << damage.sql;
    const absl::Status found = store.Verify({});
    EXPECT_THAT(found, StatusIs(absl::StatusCode::kDataLoss)) << damage.sql;
    EXPECT_THAT(std::string(found.message()), ::testing::HasSubstr(damage.found)) << damage.sql;
  }
}

}  // namespace
}  // namespace yilan::storage
