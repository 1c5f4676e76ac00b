#include "core/identity/bulk_resolve.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/matching/pair_score.h"
#include "core/matching/party_features.h"
#include "gtest/gtest.h"
#include "tests/core/matching/made_up_people.h"
#include "tests/core/matching/seed.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

std::shared_ptr<const MatchModel> Shipped() { return *MatchModel::Make(ShippedMatchModel()); }

struct People {
  std::vector<PartyFeatures> features;
  std::vector<std::string> names;
};

People MakePeople(uint64_t seed) {
  People people;
  const LinkageData data = MakeUpPeople({.seed = seed,
                                         .people = 150,
                                         .most_duplicates = 3,
                                         .errors = 2,
                                         .documents = true,
                                         .phones = true,
                                         .emails = true});
  for (const v1::SourceRecord& record : data.records) {
    people.features.push_back(FeaturesOf(record));
    people.names.push_back(absl::StrCat("crm/", record.source().key()));
  }
  return people;
}

BulkSubjects SubjectsOf(const People& people) {
  BulkSubjects subjects;
  for (size_t i = 0; i < people.features.size(); ++i) {
    const PartyView view(people.features[i]);
    subjects.parties.Add(view);
    subjects.nodes.push_back(
        {.name = people.names[i], .established = true, .documents = VerifiedDocumentsOf(view)});
  }
  return subjects;
}

// The join edges that looking up one record after the other finds: by the keys of each, without
// blocks over their cap.
std::vector<ClusterEdge> EdgesOneByOne(const MatchModel& model, const People& people) {
  std::vector<std::vector<BlockingKey>> keys;
  std::map<BlockingKey, size_t> holders;
  for (const PartyFeatures& party : people.features) {
    keys.push_back(BlockingKeysOf(PartyView(party)));
    for (const BlockingKey key : keys.back()) ++holders[key];
  }
  absl::flat_hash_set<BlockingKey> over_cap;
  for (const auto& [key, count] : holders) {
    if (count > model.BlockCap(RuleOf(key))) over_cap.insert(key);
  }
  std::vector<ClusterEdge> edges;
  for (size_t a = 0; a < keys.size(); ++a) {
    for (size_t b = a + 1; b < keys.size(); ++b) {
      std::vector<BlockingKey> shared;
      std::set_intersection(keys[a].begin(), keys[a].end(), keys[b].begin(), keys[b].end(),
                            std::back_inserter(shared));
      std::erase_if(shared, [&](BlockingKey key) { return over_cap.contains(key); });
      if (shared.empty()) continue;
      PartyView one(people.features[a]);
      PartyView other(people.features[b]);
      LeaveOutSharedContacts(over_cap, one);
      LeaveOutSharedContacts(over_cap, other);
      const double probability = ScorePair(model, other, one).probability;
      if (probability >= model.join_probability()) {
        edges.push_back({.a = a, .b = b, .probability = probability});
      }
    }
  }
  return edges;
}

TEST(ResolveInBulk, GivesTheClustersOfPairsScoredOneByOne) {
  Seed seed;
  const auto model = Shipped();
  for (int round = 0; round < 3; ++round) {
    const People people = MakePeople(seed.Next());
    BulkSubjects subjects = SubjectsOf(people);
    // A steward keeps the first two of one customer apart, and joins two others.
    std::vector<ClusterEdge> edges = EdgesOneByOne(*model, people);
    ASSERT_GT(edges.size(), 20u);
    subjects.nodes[edges[0].a].separations = {{.decision = "d", .second_side = false}};
    subjects.nodes[edges[0].b].separations = {{.decision = "d", .second_side = true}};
    subjects.stated = {
        {.a = 0, .b = subjects.nodes.size() - 1, .kind = ClusterEdge::Kind::kSteward}};
    edges.push_back(subjects.stated[0]);
    const auto resolution = ResolveInBulk(*model, subjects, {.threads = 2});
    ASSERT_THAT(resolution, IsOk());
    const Clusters expected = ClusterSubjects(subjects.nodes, edges);
    EXPECT_EQ(resolution->clusters.cluster_of, expected.cluster_of);
    EXPECT_EQ(resolution->clusters.count, expected.count);
    EXPECT_EQ(resolution->edges.size(), edges.size());
  }
}

TEST(ResolveInBulk, DoesNotDependOnTheOrderOfSubjects) {
  Seed seed;
  const auto model = Shipped();
  People people = MakePeople(seed.Next());
  std::map<std::string, size_t> first;
  for (int round = 0; round < 5; ++round) {
    const auto resolution = ResolveInBulk(*model, SubjectsOf(people), {.threads = 2});
    ASSERT_THAT(resolution, IsOk());
    // Clusters are numbered by names.
    std::map<std::string, size_t> found;
    for (size_t i = 0; i < people.names.size(); ++i) {
      found[people.names[i]] = resolution->clusters.cluster_of[i];
    }
    if (round == 0) first = found;
    EXPECT_EQ(found, first);
    for (size_t i = people.names.size(); i > 1; --i) {
      const size_t other = seed.Below(i);
      std::swap(people.names[i - 1], people.names[other]);
      std::swap(people.features[i - 1], people.features[other]);
    }
  }
}

TEST(ResolveInBulk, JoinsSubjectsWithoutARecordByTheirReferences) {
  const People people = MakePeople(1);
  BulkSubjects subjects = SubjectsOf(people);
  const size_t known_by_reference = subjects.nodes.size();
  subjects.nodes.push_back({.name = "billing/7"});
  subjects.stated = {{.a = known_by_reference, .b = 3, .kind = ClusterEdge::Kind::kReference}};
  const auto resolution = ResolveInBulk(*Shipped(), subjects, {});
  ASSERT_THAT(resolution, IsOk());
  EXPECT_EQ(resolution->clusters.cluster_of[known_by_reference],
            resolution->clusters.cluster_of[3]);
}

TEST(ResolveInBulk, RefusesWhatItCannotCluster) {
  BulkSubjects subjects = SubjectsOf(MakePeople(1));
  EXPECT_THAT(ResolveInBulk(*Shipped(), subjects, {.least_probability = 0.999}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  subjects.nodes.pop_back();
  EXPECT_THAT(ResolveInBulk(*Shipped(), subjects, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace yilan::core
