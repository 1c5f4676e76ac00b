// Rows sort as what they stand for, whatever bytes it is made of, and read back as it.
#include "storage/rows/row_keys.h"

#include <algorithm>
#include <iostream>
#include <random>
#include <tuple>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"

namespace yilan::storage::rows {
namespace {

uint64_t Seed() {
  const char* const text = std::getenv("YILAN_SEED");
  uint64_t seed = 0;
  if (text == nullptr || !absl::SimpleAtoi(text, &seed)) seed = std::random_device()();
  std::cout << "replay with YILAN_SEED=" << seed << std::endl;
  return seed;
}

// Makes names of the bytes that an encoding could stumble over, often one the beginning of another.
class RowKeys : public ::testing::Test {
 protected:
  uint64_t Random(uint64_t below) { return random_() % below; }
  std::string Name() {
    constexpr char kBytes[] = {'\x00', '\x01', '\x02', '\xfe', '\xff', 'A', 'a'};
    std::string name;
    for (uint64_t left = 1 + Random(4); left > 0; --left) name.push_back(kBytes[Random(7)]);
    return name;
  }
  SubjectId Subject() { return {Random(3), Random(3) << 62}; }
  RecordKey Key() { return {Subject(), static_cast<Kind>(Random(3) * 255), Name()}; }
  int64_t Number() {
    constexpr int64_t kNumbers[] = {INT64_MIN, INT64_MIN + 1, -256, -1, 0, 1, 256, INT64_MAX};
    return kNumbers[Random(8)];
  }

  // Whether rows of things in ascending order ascend, and equal things have equal rows.
  template <typename Thing>
  void ExpectSameOrder(const Thing& a, const Thing& b, const std::string& row_a,
                       const std::string& row_b) {
    EXPECT_EQ(a < b, row_a < row_b);
    EXPECT_EQ(a == b, row_a == row_b);
  }

  static constexpr int kPairs = 20'000;
  std::mt19937_64 random_{Seed()};
};

TEST_F(RowKeys, OfRecordsSortAsRecords) {
  for (int i = 0; i < kPairs; ++i) {
    const RecordKey a = Key();
    const RecordKey b = Key();
    ExpectSameOrder(a, b, RecordRow(a), RecordRow(b));
  }
}

TEST_F(RowKeys, OfTermsSortByTermThenRecord) {
  for (int i = 0; i < kPairs; ++i) {
    const auto a = std::make_tuple(Name(), Key());
    const auto b = std::make_tuple(Name(), Key());
    ExpectSameOrder(a, b, TermRow(std::get<0>(a), std::get<1>(a)),
                    TermRow(std::get<0>(b), std::get<1>(b)));
  }
}

TEST_F(RowKeys, BoundOfATermIsBelowItAndAboveAllSmallerOnes) {
  for (int i = 0; i < kPairs; ++i) {
    const std::string bound = Name();
    const std::string term = Name();
    EXPECT_EQ(term < bound, TermRow(term, Key()) < TermLowerBound(bound));
  }
}

TEST_F(RowKeys, OfHistorySortByFactThenVersionThenRevision) {
  const auto entry = [&] {
    return HistoryEntry{.subject = Subject(),
                        .kind = static_cast<Kind>(Random(2)),
                        .fact_id = Name(),
                        .version = {.event_time = Number(), .source_version = Random(2) << 63},
                        .revision = Random(2)};
  };
  const auto place = [](const HistoryEntry& e) {
    return std::make_tuple(e.subject, e.kind, e.fact_id, e.version, e.revision);
  };
  for (int i = 0; i < kPairs; ++i) {
    const HistoryEntry a = entry();
    const HistoryEntry b = entry();
    ExpectSameOrder(place(a), place(b), HistoryRow(a), HistoryRow(b));
  }
}

TEST_F(RowKeys, OfRequestsSortByClientThenId) {
  for (int i = 0; i < kPairs; ++i) {
    const RequestKey a{Name(), Name()};
    const RequestKey b{Name(), Name()};
    ExpectSameOrder(a, b, RequestRow(a), RequestRow(b));
  }
}

TEST_F(RowKeys, OfRequestsByAgeSortByTime) {
  for (int i = 0; i < kPairs; ++i) {
    const int64_t time = Number();
    const int64_t bound = Number();
    EXPECT_EQ(time < bound, RequestTimeRow(time, {Name(), Name()}) < RequestTimeBound(bound));
  }
}

TEST_F(RowKeys, ReadBackAsWhatTheyWereMadeOf) {
  for (int i = 0; i < kPairs; ++i) {
    const RecordKey key = Key();
    ASSERT_THAT(RecordKeyOfRow(RecordRow(key)), IsOk());
    EXPECT_EQ(*RecordKeyOfRow(RecordRow(key)), key);

    const std::string term = Name();
    std::string read_term;
    RecordKey read_key;
    ASSERT_THAT(ParseTermRow(TermRow(term, key), read_term, read_key), IsOk());
    EXPECT_EQ(std::make_tuple(read_term, read_key), std::make_tuple(term, key));

    const HistoryEntry entry{.subject = key.subject,
                             .kind = key.kind,
                             .fact_id = Name(),
                             .version = {.event_time = Number(), .source_version = Random(9)},
                             .revision = Random(9)};
    HistoryEntry read_entry;
    ASSERT_THAT(ParseHistoryRow(HistoryRow(entry), read_entry), IsOk());
    EXPECT_EQ(read_entry, entry);

    const RequestKey request{Name(), Name()};
    ASSERT_THAT(RequestKeyOfRow(RequestRow(request)), IsOk());
    EXPECT_EQ(*RequestKeyOfRow(RequestRow(request)), request);
    EXPECT_EQ(*RequestKeyOfTimeRow(RequestTimeRow(Number(), request)), request);
  }
}

TEST_F(RowKeys, CutShortAreDataLoss) {
  const RecordKey key = Key();
  const std::string record = RecordRow(key).substr(0, 18);
  EXPECT_THAT(RecordKeyOfRow(record), StatusIs(absl::StatusCode::kDataLoss));
  std::string term = TermRow("term", key);
  std::string read_term;
  RecordKey read_key;
  for (size_t size = 0; size < 4 + 2 + 18; ++size) {
    EXPECT_THAT(ParseTermRow(absl::string_view(term).substr(0, size), read_term, read_key),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace yilan::storage::rows
