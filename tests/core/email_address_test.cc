// E-mail addresses: ways of writing that are one.
#include "core/identity/email_address.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace yilan::core {
namespace {

struct Row {
  std::string written;
  std::string normalized;
};

TEST(EmailAddress, HasOneWayOfWriting) {
  const std::vector<Row> rows = {{" Wang.Ming@Example.COM\n", "wang.ming@example.com"},
                                 {"ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "wang@example.com"},
                                 {"Wang Ming <wang@Example.com>", "wang@example.com"},
                                 {"mailto:wang@example.com", "wang@example.com"},
                                 {"wang @ example.com", "wang@example.com"},
                                 {"wang@example.com.", "wang@example.com"},
                                 {"wang+shop@example.com", "wang+shop@example.com"},
                                 {"wang@中文.CN", "wang@中文.cn"},
                                 {"wang@XN--FIQ228C.cn", "wang@中文.cn"},
                                 {"wang@中文。cn", "wang@中文.cn"},
                                 {"王@example.com", "王@example.com"},
                                 {"wang.example.com", "wang.example.com"},
                                 {"wang@xn--0", "wang@xn--0"},
                                 {"", ""}};
  for (const Row& row : rows) {
    EXPECT_EQ(NormalizeEmailAddress(row.written), row.normalized) << row.written;
    EXPECT_EQ(NormalizeEmailAddress(row.normalized), row.normalized) << "again: " << row.written;
  }
}

TEST(PlaceholderEmailAddress, LeadsToNobody) {
  for (const char* address : {"", "none", "@example.com", "wang@", "none@none.com",
                              "noemail@qq.com", "test@test.com", "noreply@example.com", "n/a"}) {
    EXPECT_TRUE(IsPlaceholderEmailAddress(address)) << address;
  }
  for (const char* address : {"wang@example.com", "testov@example.com", "138@139.com"}) {
    EXPECT_FALSE(IsPlaceholderEmailAddress(address)) << address;
  }
}

}  // namespace
}  // namespace yilan::core
