// Streams over all records: what they tell, in parts, also while others write.
#include "core/identity/identity_streams.h"

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

class IdentityStreamsTest : public CoreTest {
 protected:
  static std::string Source(const std::string& key, const std::string& name,
                            const std::string& birth_date) {
    return absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: 1700000000 } } party_type: PARTY_TYPE_INDIVIDUAL "
                        "name: '",
                        name, "' birth_date: '", birth_date, "' }");
  }
  // As many pairs of records that may be one, none of which shares anything with another pair.
  void TakePairs(int pairs) {
    std::vector<std::string> facts;
    for (int i = 0; i < pairs; ++i) {
      const std::string birth_date =
          absl::StrCat(1930 + i / 336, "-", 10 + i / 28 % 3, "-", 10 + i % 18);
      const std::string name = absl::StrCat("Nam", Letters(i), " Ra", Letters(i * 7 + 3));
      facts.push_back(Source(absl::StrCat("L", i), name, birth_date));
      facts.push_back(Source(absl::StrCat("R", i), name, birth_date));
    }
    Take(facts);
  }
  static std::string Letters(uint32_t number) {
    std::string text;
    for (int i = 0; i < 5; ++i, number = number * 31 + 17) {
      text.push_back(static_cast<char>('a' + number % 26));
    }
    return text;
  }
  template <typename Stream, typename Part, typename Visit>
  void ReadAll(Stream stream, Part part, Visit visit) {
    for (bool more = true; more;) {
      const auto next = stream.Next(call_, part);
      ASSERT_THAT(next, IsOk());
      visit(part);
      more = *next;
    }
  }
  std::vector<v1::IdentityPair> Pairs(double min_probability) {
    v1::StreamPairsRequest request;
    request.set_min_probability(min_probability);
    std::vector<v1::IdentityPair> pairs;
    ReadAll(*PairStream::Open(*store_, request), v1::StreamPairsResponse(),
            [&](const v1::StreamPairsResponse& part) {
              EXPECT_LE(part.pairs_size(), 1000);
              pairs.insert(pairs.end(), part.pairs().begin(), part.pairs().end());
            });
    return pairs;
  }
};

TEST_F(IdentityStreamsTest, EveryPairIsToldOnceWithWhatDecided) {
  TakePairs(1300);
  const auto pairs = Pairs(0);
  std::set<std::pair<std::string, std::string>> told;
  int expected = 0;
  for (const v1::IdentityPair& pair : pairs) {
    const std::string a = pair.first_record().customer_key();
    const std::string b = pair.second_record().customer_key();
    EXPECT_EQ(pair.first_record().source_system(), "crm");
    EXPECT_TRUE(told.insert(std::minmax(a, b)).second) << a << " " << b;
    EXPECT_GE(pair.probability(), .5);
    EXPECT_LE(pair.probability(), 1);
    EXPECT_NE(pair.rule(), v1::MATCH_RULE_UNSPECIFIED);
    if (a.substr(1) == b.substr(1)) ++expected;
  }
  EXPECT_EQ(expected, 1300);
}

TEST_F(IdentityStreamsTest, LessProbablePairsAreLeftOut) {
  TakePairs(3);
  const auto all = Pairs(0);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(Pairs(all[0].probability()).size(), all.size());
  EXPECT_TRUE(Pairs(1).empty());
}

TEST_F(IdentityStreamsTest, WhatIsNoProbabilityIsRefused) {
  for (const double bad : {-0.1, 1.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    v1::StreamPairsRequest request;
    request.set_min_probability(bad);
    EXPECT_EQ(ReasonOf(PairStream::Open(*store_, request).status()),
              v1::ERROR_REASON_INVALID_FIELDS);
  }
}

TEST_F(IdentityStreamsTest, ReferencesAloneAreNoPairs) {
  Take({Source("A", "Li Lei", "1990-05-17"),
        "customer_bill { source { source_system: 'billing' key: '1' event_time { seconds: 1 } "
        "subject { customer_key: 'X' } } amount { currency_code: 'CNY' minor_units: 1 } }"});
  EXPECT_TRUE(Pairs(0).empty());
}

TEST_F(IdentityStreamsTest, EveryRecordIsToldOnceWithItsCustomer) {
  TakePairs(400);
  // Known by a fact alone: no record.
  Take(
      {"customer_bill { source { source_system: 'billing' key: '1' event_time { seconds: 1 } "
       "subject { customer_key: 'X' } } amount { currency_code: 'CNY' minor_units: 1 } }"});
  std::map<std::string, std::string> customer_of;
  ReadAll(LinkStream(*store_), v1::StreamLinksResponse(), [&](const v1::StreamLinksResponse& part) {
    for (const v1::IdentityLink& link : part.links()) {
      EXPECT_EQ(link.record().source_system(), "crm");
      EXPECT_TRUE(customer_of.emplace(link.record().customer_key(), link.customer_id()).second);
    }
  });
  EXPECT_EQ(customer_of.size(), 800u);
  for (const std::string key : {"L0", "R0", "L399", "R217"}) {
    const auto view =
        ViewOf(absl::StrCat("subject { source_system: 'crm' customer_key: '", key, "' }"));
    ASSERT_THAT(view, IsOk());
    EXPECT_EQ(customer_of[key], view->customer_id());
  }
}

TEST_F(IdentityStreamsTest, AnEmptyStoreHasNothingToTell) {
  EXPECT_TRUE(Pairs(0).empty());
  ReadAll(LinkStream(*store_), v1::StreamLinksResponse(),
          [](const v1::StreamLinksResponse& part) { EXPECT_EQ(part.links_size(), 0); });
}

TEST_F(IdentityStreamsTest, WhatStaysAsItIsIsToldOnceWhateverIsWrittenMeanwhile) {
  TakePairs(700);
  std::map<std::string, int> told;
  int part_number = 0;
  ReadAll(LinkStream(*store_), v1::StreamLinksResponse(), [&](const v1::StreamLinksResponse& part) {
    for (const v1::IdentityLink& link : part.links()) ++told[link.record().customer_key()];
    Take({Source(absl::StrCat("New", part_number), absl::StrCat("Wolfgang ", Letters(part_number)),
                 "1901-01-01")});
    ++part_number;
  });
  EXPECT_GT(part_number, 2);
  for (int i = 0; i < 700; ++i) {
    EXPECT_EQ(told[absl::StrCat("L", i)], 1);
    EXPECT_EQ(told[absl::StrCat("R", i)], 1);
  }
}

}  // namespace
}  // namespace yilan::core
