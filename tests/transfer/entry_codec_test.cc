#include "storage/transfer/entry_codec.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/transfer/copy_state.h"
#include "storage/transfer/store_digest.h"
#include "tests/status_matchers.h"

namespace yilan::storage::transfer {
namespace {

constexpr SubjectId kSubject = {.high = 1, .low = 2};
constexpr CustomerId kCustomer = {.high = 3, .low = 4};

// One of every sort, with every field set.
std::vector<ExportEntry> Samples() {
  Change change = {
      .partition = 4,
      .sequence = 300,
      .customer = kCustomer,
      .revision = 9,
      .recorded_time = -5,
      .actor = "actor",
      .request_id = "request",
      .records = {{.key = {kSubject, 11, "r"}, .deleted = true}, {.key = {kSubject, 12, "s"}}},
      .members_changed = true};
  return {CustomerState{
              .customer = kCustomer, .revision = 7, .members = {kSubject, {.high = 1, .low = 3}}},
          CustomerState{.customer = kCustomer, .revision = 8, .redirect = CustomerId{5, 6}},
          Record{.key = {kSubject, 300, std::string("\0id", 3)},
                 .version = {.event_time = kMinTime, .source_version = ~uint64_t{0}},
                 .recorded_time = kMaxTime,
                 .revision = 200,
                 .payload = "payload",
                 .keys = {"a", "b"},
                 .terms = {{.term = "t", .valid_from = -1, .valid_to = 1}, {.term = "u"}}},
          HistoryEntry{.subject = kSubject,
                       .kind = 10,
                       .fact_id = "fact",
                       .version = {.event_time = 1, .source_version = 2},
                       .revision = 3,
                       .recorded_time = 4,
                       .retired_time = 5,
                       .deletion = true,
                       .payload = "old"},
          FeedBounds{.partition = 15, .trimmed = 1, .end = 1000},
          change,
          std::make_pair(RequestKey{.client = "c", .request_id = "r"},
                         StoredRequest{.fingerprint = "f", .response = "x", .recorded_time = 1}),
          RecordKey{kSubject, 10, "gone"},
          RequestKey{.client = "c", .request_id = "gone"}};
}

// With what was added to the encoding since.
std::vector<ExportEntry> AllSamples() {
  std::vector<ExportEntry> samples = Samples();
  for (const bool members_changed : {false, true}) {
    samples.push_back(Change{.partition = 4,
                             .sequence = 301,
                             .customer = kCustomer,
                             .revision = 10,
                             .members_changed = members_changed,
                             .redirect = CustomerId{7, 9}});
  }
  return samples;
}

std::string Encoded(const ExportEntry& entry) {
  std::string bytes;
  EncodeEntry(entry, bytes);
  return bytes;
}

TEST(EntryCodecTest, EveryEntryReadsBackAsItWas) {
  for (const ExportEntry& entry : AllSamples()) {
    const absl::StatusOr<ExportEntry> read = ParseEntry(Encoded(entry));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(*read, entry) << entry.index();
  }
}

TEST(EntryCodecTest, WhatIsCutOffOrHasMoreBehindItIsRefused) {
  for (const ExportEntry& entry : AllSamples()) {
    const std::string bytes = Encoded(entry);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_THAT(ParseEntry(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss));
    }
    EXPECT_THAT(ParseEntry(bytes + '\0'), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(EntryCodecTest, ARecordAndThatItIsGoneAreAboutTheSame) {
  const RecordKey key = {kSubject, 10, "r"};
  std::string there;
  std::string gone;
  EncodeIdentity(Record{.key = key, .payload = "x"}, there);
  EncodeIdentity(key, gone);
  EXPECT_EQ(there, gone);
  std::vector<std::string> identities;
  for (const ExportEntry& entry : Samples()) {
    std::string identity;
    EncodeIdentity(entry, identity);
    // The two states are of one customer.
    if (entry != Samples()[1]) {
      EXPECT_THAT(identities, testing::Not(testing::Contains(identity)));
    }
    identities.push_back(identity);
  }
}

// The encoding is that of files that are somewhere: it never changes.
TEST(StoreDigestTest, TheDigestOfCertainEntriesIsThisOne) {
  StoreDigest digest;
  for (const ExportEntry& entry : Samples()) digest.Add(entry);
  EXPECT_EQ(digest.Hex(), "8c6487b715ead9d939dda9b54ab13658cd107fa3157473c92961425460be2380");
}

TEST(StoreDigestTest, TheOrderDoesNotMatterAndEveryEntryDoes) {
  const std::vector<ExportEntry> samples = Samples();
  StoreDigest forward;
  StoreDigest backward;
  StoreDigest less;
  StoreDigest twice;
  for (size_t i = 0; i < samples.size(); ++i) {
    forward.Add(samples[i]);
    backward.Add(samples[samples.size() - 1 - i]);
    if (i > 0) less.Add(samples[i]);
    twice.Add(samples[i]);
  }
  twice.Add(samples[0]);
  EXPECT_EQ(forward.Hex(), backward.Hex());
  EXPECT_NE(forward.Hex(), less.Hex());
  EXPECT_NE(forward.Hex(), twice.Hex());
  EXPECT_EQ(StoreDigest().Hex().size(), 64u);
}

TEST(CopyStateTest, ReadsBackAsItWasAndRefusesTheRest) {
  CopyState state = {.source = "rocksdb:/x",
                     .run = 7,
                     .last_customer = kCustomer,
                     .scanned = true,
                     .compare = true,
                     .blocks = 3,
                     .customers = 4,
                     .records = 5};
  state.feed[15] = {.touched_after = 6, .copied = 7};
  const std::string bytes = EncodeState(state);
  ASSERT_THAT(ParseState(bytes), IsOk());
  EXPECT_EQ(*ParseState(bytes), state);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ParseState(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace yilan::storage::transfer
