// Records: bytes, limits, preconditions, order.
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;

TEST_P(Conformance, ARecordReadsBackAsItWasPut) {
  ASSERT_THAT(SetMembers(Customer(1), {Subject(1)}), IsOk());
  Record record = {.key = {Subject(1), 65535, "id"},
                   .version = {.event_time = -5, .source_version = ~uint64_t{0}},
                   .recorded_time = kMaxTime,
                   .payload = std::string("a\0b", 3),
                   .keys = {"k2", "k1"},
                   .terms = {{.term = "t2", .valid_from = 3, .valid_to = 4}, {.term = "t1"}}};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  record.revision = 2;
  record.keys = {"k1", "k2"};
  record.terms = {{.term = "t1"}, {.term = "t2", .valid_from = 3, .valid_to = 4}};
  const absl::StatusOr<Record> stored = Get(record.key);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(*stored, record);
}

}  // namespace
}  // namespace yilan::storage
