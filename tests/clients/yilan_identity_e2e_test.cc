// Identity as an integrator measures it: two files in, pairs and links out, scored against labels.
#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/clients/yilan_process.h"

namespace yilan {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kPeople = 1200;  // Of 5,000: enough for a figure, little enough for a test.

std::vector<std::vector<std::string>> ReadCsv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    rows.push_back(absl::StrSplit(line, ','));  // No value of these files needs quotes.
  }
  return rows;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "1070" of rec-1070-org and of rec-1070-dup-0: who it is.
std::string LabelOf(const std::string& key) {
  const std::vector<std::string> parts = absl::StrSplit(key, '-');
  return parts.size() > 1 ? parts[1] : "";
}

// How well pairs of records agree with the labels.
struct Score {
  int right = 0;
  int wrong = 0;
  int missed = 0;

  double F1() const { return 2.0 * right / (2.0 * right + wrong + missed); }
  std::string Text() const {
    return absl::StrCat(right, " right, ", wrong, " wrong, ", missed, " missed: F1 ", F1());
  }
};

Score ScoreOf(const std::set<std::pair<std::string, std::string>>& found, int people) {
  Score score;
  for (const auto& [a, b] : found) ++(LabelOf(a) == LabelOf(b) ? score.right : score.wrong);
  score.missed = people - score.right;
  return score;
}

class YilanIdentityE2e : public ::testing::Test {
 protected:
  // The first people of one file of FEBRL4, those whose numbers are below kPeople.
  void WritePart(const std::string& data, const std::string& name) {
    std::ifstream file(absl::StrCat(YILAN_TEST_DATA, "/", data));
    std::string line;
    std::string part;
    std::getline(file, line);
    part = line + "\n";
    while (std::getline(file, line)) {
      int number = 0;
      if (absl::SimpleAtoi(LabelOf(line), &number) && number < kPeople) part += line + "\n";
    }
    directory_.Write(name + ".csv", part);
  }
  e2e::Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--server", server_.address()});
    return RunYilan(arguments);
  }
  // Both parts, by a mapping that is shipped.
  void ImportBoth(const std::string& mapping) {
    WritePart("dataset4a.csv", "a");
    WritePart("dataset4b.csv", "b");
    for (const std::string file : {"a.csv", "b.csv"}) {
      const e2e::Outcome outcome = Run({"import", "-q", directory_.File(file), "--mapping",
                                        absl::StrCat(YILAN_TEST_DATA, "/", mapping)});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    }
  }
  // Pairs of keys, smaller first, each once.
  std::set<std::pair<std::string, std::string>> Pairs(const std::string& min_probability) {
    const e2e::Outcome outcome = Run({"identity", "pairs", "--min-probability", min_probability});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto rows = ReadCsv(outcome.out);
    std::set<std::pair<std::string, std::string>> pairs;
    for (size_t i = 1; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].size(), 6u);
      EXPECT_TRUE(pairs.insert(std::minmax(rows[i][1], rows[i][3])).second);
    }
    return pairs;
  }
  std::map<std::string, std::string> Links() {
    const e2e::Outcome outcome = Run({"identity", "links"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, StartsWith("source,key,customer_id\n"));
    std::map<std::string, std::string> links;
    const auto rows = ReadCsv(outcome.out);
    for (size_t i = 1; i < rows.size(); ++i) {
      EXPECT_TRUE(links.emplace(rows[i][1], rows[i][2]).second);
    }
    return links;
  }
  static std::set<std::pair<std::string, std::string>> PairsOfCustomers(
      const std::map<std::string, std::string>& links) {
    std::map<std::string, std::vector<std::string>> customers;
    for (const auto& [key, customer] : links) customers[customer].push_back(key);
    std::set<std::pair<std::string, std::string>> pairs;
    for (const auto& [customer, keys] : customers) {
      for (size_t i = 0; i < keys.size(); ++i) {
        for (size_t j = i + 1; j < keys.size(); ++j) {
          pairs.insert(std::minmax(keys[i], keys[j]));
        }
      }
    }
    return pairs;
  }

  TemporaryDirectory directory_;
  e2e::ServerProcess server_{{"--storage", "memory:"}};
};

TEST_F(YilanIdentityE2e, TwoFilesWithDocumentsAreLinkedAsTheirLabelsSay) {
  ImportBoth("febrl.mapping.yaml");
  const auto links = Links();
  const int people = static_cast<int>(links.size()) / 2;
  ASSERT_GT(people, kPeople * 9 / 10);
  const Score pairs = ScoreOf(Pairs("0.5"), people);
  EXPECT_GE(pairs.F1(), 0.98) << pairs.Text();
  EXPECT_LE(pairs.wrong, 1) << pairs.Text();
  const Score clusters = ScoreOf(PairsOfCustomers(links), people);
  EXPECT_GE(clusters.F1(), 0.96) << clusters.Text();
  EXPECT_LE(clusters.wrong, 1) << clusters.Text();
  RecordProperty("pairs", pairs.Text());
  RecordProperty("clusters", clusters.Text());
}

TEST_F(YilanIdentityE2e, NamesAddressesAndBirthDatesAreEnoughToLink) {
  ImportBoth("people.mapping.yaml");
  const auto links = Links();
  const int people = static_cast<int>(links.size()) / 2;
  const Score pairs = ScoreOf(Pairs("0.5"), people);
  EXPECT_GE(pairs.F1(), 0.95) << pairs.Text();
  EXPECT_LE(pairs.wrong, 1) << pairs.Text();
  const Score clusters = ScoreOf(PairsOfCustomers(links), people);
  EXPECT_LE(clusters.wrong, 1) << clusters.Text();
  RecordProperty("pairs", pairs.Text());
  RecordProperty("clusters", clusters.Text());
  // More probable pairs are some of them.
  const auto all = Pairs("0.5");
  const auto sure = Pairs("0.99");
  EXPECT_LT(sure.size(), all.size());
  EXPECT_TRUE(std::includes(all.begin(), all.end(), sure.begin(), sure.end()));
}

// A source whose keys need quotes.
constexpr char kTwins[] =
    "id,given,family,birth\n"
    "\"K,1\",Wilhelmina,Featherstonehaugh,1961-04-17\n"
    "\"K\"\"2\",Wilhelmina,Featherstonehaugh,1961-04-17\n";
constexpr char kTwinsMapping[] = R"(version: 1
source: {source_system: crm, event_time: "2024-02-01"}
facts:
  - fact: source_record
    set: {source.key: "{id}", given_name: "{given}", family_name: "{family}", birth_date: "{birth}"}
)";

TEST_F(YilanIdentityE2e, ValuesAreQuotedAndProbabilitiesAndRulesStated) {
  directory_.Write("t.csv", kTwins);
  directory_.Write("t.mapping.yaml", kTwinsMapping);
  const e2e::Outcome imported = Run({"import", "-q", directory_.File("t.csv")});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  const e2e::Outcome pairs = Run({"identity", "pairs", "--min-probability", "0"});
  EXPECT_EQ(pairs.exit_code, 0) << pairs.err;
  EXPECT_THAT(pairs.out, StartsWith("source_a,key_a,source_b,key_b,probability,rule\n"));
  EXPECT_THAT(pairs.out, testing::ContainsRegex("\ncrm,(\"K,1\",crm,\"K\"\"2\"|\"K\"\"2\",crm,"
                                                "\"K,1\"),0[.][0-9]{9},probability\n"));
  const e2e::Outcome links = Run({"identity", "links"});
  EXPECT_THAT(links.out, HasSubstr("\ncrm,\"K,1\",01"));
  EXPECT_THAT(links.out, HasSubstr("\ncrm,\"K\"\"2\",01"));
}

TEST_F(YilanIdentityE2e, AFileIsThereOnlyWhenItIsWhole) {
  directory_.Write("t.csv", kTwins);
  directory_.Write("t.mapping.yaml", kTwinsMapping);
  ASSERT_EQ(Run({"import", "-q", directory_.File("t.csv")}).exit_code, 0);
  const std::string file = directory_.File("links.csv");
  const e2e::Outcome written = Run({"identity", "links", "--output", file});
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(ReadFile(file), Run({"identity", "links"}).out);
  const std::string none = directory_.File("none.csv");
  const e2e::Outcome failed =
      RunYilan({"--server", "127.0.0.1:1", "identity", "links", "--output", none});
  EXPECT_EQ(failed.exit_code, 4);
  EXPECT_FALSE(std::ifstream(none).good());
  EXPECT_FALSE(std::ifstream(none + ".partial").good());
  const e2e::Outcome unwritable = Run({"identity", "pairs", "--output", "/nowhere/pairs.csv"});
  EXPECT_EQ(unwritable.exit_code, 2);
  EXPECT_THAT(unwritable.err, HasSubstr("cannot write /nowhere/pairs.csv"));
}

TEST_F(YilanIdentityE2e, AFullDiskIsNoSuccess) {
  const e2e::Outcome full = e2e::RunProgram(
      {"/bin/sh", "-c",
       absl::StrCat(YILAN_BINARY " --server ", server_.address(), " identity links > /dev/full")});
  EXPECT_EQ(full.exit_code, 2);
  EXPECT_THAT(full.err, HasSubstr("cannot write standard output: No space left"));
}

TEST_F(YilanIdentityE2e, AStewardListsTakesOnAndDecides) {
  directory_.Write("t.csv", kTwins);
  directory_.Write("t.mapping.yaml", kTwinsMapping);
  ASSERT_EQ(Run({"import", "-q", directory_.File("t.csv")}).exit_code, 0);
  const e2e::Outcome list = Run({"identity", "review", "list"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("crm/K,1"));
  EXPECT_THAT(list.out, HasSubstr("probability"));
  const auto json = nlohmann::json::parse(Run({"identity", "review", "list", "--json"}).out);
  ASSERT_EQ(json["candidates"].size(), 1u);
  const std::string id = json["candidates"][0]["candidateId"];
  const e2e::Outcome claim =
      Run({"identity", "review", "claim", id, "--steward", "li", "--for", "12h"});
  EXPECT_EQ(claim.exit_code, 0) << claim.err;
  EXPECT_THAT(claim.out, StartsWith("taken on by li until 20"));
  const e2e::Outcome other = Run({"identity", "review", "claim", id, "--steward", "wang"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("another steward has taken the candidate on, until 20"));
  EXPECT_EQ(Run({"identity", "review", "list", "--unclaimed"}).out,
            "nothing waits for a steward\n");
  EXPECT_THAT(Run({"identity", "review", "list", "--mine", "--steward", "li"}).out, HasSubstr(id));
  EXPECT_EQ(Run({"identity", "review", "resolve", id, "--steward", "li"}).exit_code, 2);
  EXPECT_EQ(Run({"identity", "review", "claim", id, "--for", "soon"}).exit_code, 2);
  const e2e::Outcome check =
      Run({"identity", "review", "resolve", id, "--steward", "li", "--merge", "--check"});
  EXPECT_EQ(check.out, "that can be done; nothing was written\n") << check.err;
  const e2e::Outcome merged =
      Run({"identity", "review", "resolve", id, "--steward", "li", "--merge", "--note", "called"});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_THAT(merged.out, StartsWith("customer 01"));
  EXPECT_EQ(Run({"identity", "review", "list"}).out, "nothing waits for a steward\n");
  std::set<std::string> customers;
  for (const auto& row : ReadCsv(Run({"identity", "links"}).out)) customers.insert(row.back());
  EXPECT_EQ(customers.size(), 2u);  // With the header.
}

TEST_F(YilanIdentityE2e, WhatTooManyShareIsListed) {
  EXPECT_EQ(Run({"identity", "suspects"}).out, "nothing is shared by too many\n");
  std::string people = "id,name,phone\n";
  for (int i = 0; i < 25; ++i) {
    absl::StrAppend(&people, "P", i, ",", std::string(1, static_cast<char>('A' + i)), "na Str",
                    std::string(1, static_cast<char>('z' - i)), ",+8613800138000\n");
  }
  directory_.Write("p.csv", people);
  directory_.Write("p.mapping.yaml", R"(version: 1
source: {source_system: crm, event_time: "2024-02-01"}
facts:
  - fact: source_record
    set: {source.key: "{id}", name: "{name}", contact_media: [{type: PHONE, value: "{phone}"}]}
)");
  const e2e::Outcome imported = Run({"import", "-q", directory_.File("p.csv")});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  const e2e::Outcome suspects = Run({"identity", "suspects"});
  EXPECT_EQ(suspects.exit_code, 0) << suspects.err;
  EXPECT_THAT(suspects.out, HasSubstr("phone"));
  EXPECT_THAT(suspects.out, HasSubstr("crm/P"));
}

TEST_F(YilanIdentityE2e, AProbabilityThatIsNoneIsRefused) {
  EXPECT_EQ(Run({"identity", "pairs", "--min-probability", "1.5"}).exit_code, 2);
  EXPECT_EQ(Run({"identity"}).exit_code, 2);
}

}  // namespace
}  // namespace yilan
