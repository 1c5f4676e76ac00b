#include "core/matching/bulk_match.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/matching/pair_score.h"
#include "core/matching/party_features.h"
#include "gtest/gtest.h"
#include "tests/core/matching/made_up_people.h"
#include "tests/core/matching/seed.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

std::shared_ptr<const MatchModel> Shipped() { return *MatchModel::Make(ShippedMatchModel()); }

std::vector<PartyFeatures> FeaturesOfAll(const LinkageData& data) {
  std::vector<PartyFeatures> parties;
  for (const v1::SourceRecord& record : data.records) parties.push_back(FeaturesOf(record));
  return parties;
}

PackedParties PackAll(const std::vector<PartyFeatures>& parties) {
  PackedParties packed;
  for (const PartyFeatures& party : parties) packed.Add(PartyView(party));
  return packed;
}

// Every pair that shares a key of a block within its cap, one by one.
std::vector<ScoredPair> OneByOne(const MatchModel& model, const std::vector<PartyFeatures>& parties,
                                 size_t first_set, double least) {
  std::vector<std::vector<BlockingKey>> keys;
  for (const PartyFeatures& party : parties) keys.push_back(BlockingKeysOf(PartyView(party)));
  std::map<BlockingKey, size_t> holders;
  for (const auto& of_one : keys) {
    for (const BlockingKey key : of_one) ++holders[key];
  }
  absl::flat_hash_set<BlockingKey> over_cap;
  for (const auto& [key, count] : holders) {
    if (count > model.BlockCap(RuleOf(key))) over_cap.insert(key);
  }
  std::vector<ScoredPair> pairs;
  for (uint32_t a = 0; a < parties.size(); ++a) {
    for (uint32_t b = a + 1; b < parties.size(); ++b) {
      if (first_set > 0 && (a < first_set) == (b < first_set)) continue;
      std::vector<BlockingKey> shared;
      std::set_intersection(keys[a].begin(), keys[a].end(), keys[b].begin(), keys[b].end(),
                            std::back_inserter(shared));
      std::erase_if(shared, [&](BlockingKey key) { return over_cap.contains(key); });
      if (shared.empty()) continue;
      PartyView one(parties[a]);
      PartyView other(parties[b]);
      LeaveOutSharedContacts(over_cap, one);
      LeaveOutSharedContacts(over_cap, other);
      const PairScore score = ScorePair(model, one, other);
      if (score.probability < least) continue;
      pairs.push_back({.a = a, .b = b, .probability = score.probability, .rule = score.rule});
    }
  }
  return pairs;
}

// With caps so low that many share a number or a name as well.
TEST(BulkMatch, FindsThePairsAndProbabilitiesOfTheSinglePath) {
  v1::MatchModel low_caps = ShippedMatchModel();
  for (v1::BlockingParameters& blocking : *low_caps.mutable_blocking()) blocking.set_cap(4);
  for (const v1::MatchModel& parameters : {ShippedMatchModel(), low_caps}) {
    const auto model = *MatchModel::Make(parameters);
    for (const bool link : {false, true}) {
      const LinkageData data = MakeUpPeople({.seed = 5,
                                             .people = 150,
                                             .most_duplicates = 2,
                                             .link = link,
                                             .errors = 3,
                                             .documents = true,
                                             .phones = true,
                                             .emails = true});
      const std::vector<PartyFeatures> parties = FeaturesOfAll(data);
      const auto result =
          BulkMatch(*model, PackAll(parties), {.first_set = data.first_set, .threads = 2});
      ASSERT_THAT(result, IsOk());
      EXPECT_EQ(result->pairs, OneByOne(*model, parties, data.first_set, 0.5));
      EXPECT_GT(result->pairs.size(), 100u);
    }
  }
}

TEST(BulkMatch, FindsAllPairsOfAnyProbabilityThatTheSinglePathFinds) {
  Seed seed;
  const auto model = Shipped();
  const std::vector<PartyFeatures> parties = FeaturesOfAll(MakeUpPeople({.seed = seed.Next(),
                                                                         .people = 120,
                                                                         .most_duplicates = 3,
                                                                         .errors = 4,
                                                                         .missing = 0.2,
                                                                         .sexes = true,
                                                                         .phones = true}));
  for (const double least : {1e-9, 0.1, 0.9, 0.9999}) {
    const auto result = BulkMatch(*model, PackAll(parties), {.least_probability = least});
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(result->pairs, OneByOne(*model, parties, 0, least));
  }
}

TEST(BulkMatch, GivesTheSameOnAnyNumberOfThreads) {
  const auto model = Shipped();
  const PackedParties parties = Pack(MakeUpPeople({.people = 3000, .errors = 3, .phones = true}));
  const auto one = BulkMatch(*model, parties, {.threads = 1});
  const auto three = BulkMatch(*model, parties, {.threads = 3});
  EXPECT_EQ(one->pairs, three->pairs);
  EXPECT_EQ(one->overflowed, three->overflowed);
  EXPECT_EQ(one->compared, three->compared);
}

TEST(BulkMatch, DoesNotDependOnTheOrderOfRecords) {
  Seed seed;
  const auto model = Shipped();
  const LinkageData data =
      MakeUpPeople({.seed = seed.Next(), .people = 400, .most_duplicates = 3, .phones = true});
  const std::vector<PartyFeatures> parties = FeaturesOfAll(data);
  using Found = std::set<std::tuple<uint32_t, uint32_t, double>>;
  Found first;
  for (int round = 0; round < 5; ++round) {
    std::vector<uint32_t> order(parties.size());
    std::iota(order.begin(), order.end(), 0u);
    for (size_t i = order.size(); round > 0 && i > 1; --i) {
      std::swap(order[i - 1], order[seed.Below(i)]);
    }
    PackedParties packed;
    for (const uint32_t number : order) packed.Add(PartyView(parties[number]));
    const auto result = BulkMatch(*model, packed, {});
    Found found;
    for (const ScoredPair& pair : result->pairs) {
      found.emplace(std::min(order[pair.a], order[pair.b]), std::max(order[pair.a], order[pair.b]),
                    pair.probability);
    }
    if (round == 0) first = found;
    EXPECT_EQ(found, first);
  }
}

std::vector<PartyFeatures> PeopleWithOnePhone(size_t count) {
  std::vector<PartyFeatures> parties(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = std::string(1, static_cast<char>('a' + i)) + "xavier";
    parties[i].party_type = v1::PARTY_TYPE_INDIVIDUAL;
    parties[i].given_name = parties[i].name = {name, name};
    parties[i].phones = {{"8613800138000"}};
  }
  return parties;
}

TEST(BulkMatch, IgnoresABlockOverItsCapAsAWholeAndReportsIt) {
  v1::MatchModel parameters = ShippedMatchModel();
  for (v1::BlockingParameters& blocking : *parameters.mutable_blocking()) blocking.set_cap(5);
  const auto model = *MatchModel::Make(parameters);
  const auto within = BulkMatch(*model, PackAll(PeopleWithOnePhone(5)), {});
  EXPECT_EQ(within->compared, 10u);
  EXPECT_TRUE(within->overflowed.empty());
  const auto over = BulkMatch(*model, PackAll(PeopleWithOnePhone(6)), {});
  EXPECT_EQ(over->compared, 0u);
  ASSERT_EQ(over->overflowed.size(), 1u);
  EXPECT_EQ(over->overflowed[0].key, PhoneKey("8613800138000"));
  EXPECT_EQ(over->overflowed[0].records, 6u);
}

TEST(BulkMatch, DoesNotCountAPhoneWhoseBlockIsOverItsCap) {
  v1::MatchModel parameters = ShippedMatchModel();
  for (v1::BlockingParameters& blocking : *parameters.mutable_blocking()) {
    if (blocking.rule() == v1::BLOCKING_RULE_PHONE) blocking.set_cap(5);
  }
  const auto model = *MatchModel::Make(parameters);
  std::vector<PartyFeatures> parties = PeopleWithOnePhone(6);
  parties.push_back(parties[0]);  // One name and phone: that joins as long as the phone counts.
  for (PartyFeatures* same : {&parties[0], &parties[6]}) {
    same->family_name = {"berry", "berry"};
  }
  EXPECT_TRUE(BulkMatch(*model, PackAll(parties), {.least_probability = 0.99})->pairs.empty());
  parties.erase(parties.begin() + 2, parties.begin() + 5);
  EXPECT_EQ(BulkMatch(*model, PackAll(parties), {.least_probability = 0.99})->pairs.size(), 1u);
}

TEST(BulkMatch, TellsItsProgressAndCanBeCancelled) {
  const auto model = Shipped();
  const PackedParties parties = Pack(MakeUpPeople({.people = 3000}));
  double last = 0;
  ASSERT_THAT(BulkMatch(*model, parties,
                        {.threads = 2,
                         .progress =
                             [&](double part) {
                               EXPECT_GT(part, last);
                               last = part;
                               return true;
                             }}),
              IsOk());
  EXPECT_EQ(last, 1);
  EXPECT_THAT(BulkMatch(*model, parties, {.progress = [](double) { return false; }}),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(PackedParties, GiveBackWhatWasPutIn) {
  PartyFeatures party = FeaturesOfAll(MakeUpPeople(
      {.people = 1, .missing = 0, .documents = true, .phones = true, .emails = true}))[0];
  party.phones[0].valid_from = 5;
  party.addresses[0].text = std::string(300, 'x');
  PackedParties packed;
  packed.Add(PartyView(party));
  PackedParties more;
  more.Add(PartyView(PartyFeatures()));
  packed.Append(std::move(more));
  ASSERT_EQ(packed.size(), 2u);
  PartyView view;
  packed.Read(0, view);
  EXPECT_EQ(view.name.written, party.name.written);
  EXPECT_EQ(view.name.spoken, party.name.spoken);
  EXPECT_EQ(view.given_name.written, party.given_name.written);
  EXPECT_EQ(view.birth_date, party.birth_date);
  ASSERT_EQ(view.phones.size(), 1u);
  EXPECT_EQ(view.phones[0].value, party.phones[0].value);
  EXPECT_EQ(view.phones[0].valid_from, 5);
  EXPECT_EQ(view.phones[0].valid_to, kMaxTime);
  ASSERT_EQ(view.documents.size(), 1u);
  EXPECT_EQ(view.documents[0].value, party.documents[0].value);
  EXPECT_EQ(view.addresses[0].text, party.addresses[0].text);
  EXPECT_EQ(view.addresses[0].city, party.addresses[0].city);
  packed.Read(1, view);
  EXPECT_TRUE(view.name.empty());
  EXPECT_TRUE(view.phones.empty());
}

}  // namespace
}  // namespace yilan::core
