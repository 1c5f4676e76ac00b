// Requests: the remembered answers.
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kTooLarge = absl::StatusCode::kResourceExhausted;

TEST_P(Conformance, AReplayedRequestFindsItsFirstAnswer) {
  const RequestKey key = {.client = "billing", .request_id = "r1"};
  const StoredRequest request = {
      .fingerprint = std::string("\0f", 2), .response = std::string("\0r", 2), .recorded_time = -3};
  ASSERT_THAT(Write(WritePlan{.request = key},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.PutRequest(key, request));
                      EXPECT_EQ(*txn.FindRequest(key), request);
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(
      Read([&](Reader& reader) -> absl::Status {
        ASSIGN_OR_RETURN(const StoredRequest stored, reader.FindRequest(key));
        EXPECT_EQ(stored, request);
        // Another client, another id, and a split of the two elsewhere are other requests.
        for (const RequestKey& other : {RequestKey{"billin", "gr1"}, RequestKey{"billing", "r"},
                                        RequestKey{"billing", std::string("r1\0", 3)},
                                        RequestKey{"", "billingr1"}, RequestKey{"Billing", "r1"}}) {
          EXPECT_THAT(reader.FindRequest(other), StatusIs(kNotFound));
        }
        return absl::OkStatus();
      }),
      IsOk());
}

TEST_P(Conformance, ARequestIsPutOnceAndOnlyIfPlanned) {
  const RequestKey key = {.client = "c", .request_id = "r"};
  const auto put = [&](Transaction& txn) { return txn.PutRequest(key, {.response = "x"}); };
  EXPECT_THAT(Write(WritePlan{}, put), StatusIs(kFailed));
  EXPECT_THAT(Write(WritePlan{.request = RequestKey{"c", "other"}}, put), StatusIs(kFailed));
  EXPECT_THAT(Write(WritePlan{.request = key},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(put(txn));
                      EXPECT_THAT(put(txn), StatusIs(absl::StatusCode::kAlreadyExists));
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(Write(WritePlan{.request = key}, put), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_P(Conformance, AnAnswerIsReplacedOnlyOnDemandAndKeepsItsAge) {
  const RequestKey key = {.client = "c", .request_id = "r"};
  const auto put = [&](const std::string& response, TimeMicros time, bool replace) {
    return Write(WritePlan{.request = key}, [&](Transaction& txn) {
      return txn.PutRequest(key, {.response = response, .recorded_time = time}, replace);
    });
  };
  ASSERT_THAT(put("first", 10, true), IsOk());
  ASSERT_THAT(put("second", 20, true), IsOk());
  const auto stored = [&](const StoredRequest& expected) {
    EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                  ASSIGN_OR_RETURN(const StoredRequest found, reader.FindRequest(key));
                  EXPECT_EQ(found, expected);
                  return absl::OkStatus();
                }),
                IsOk());
  };
  stored({.response = "second", .recorded_time = 10});
  ASSERT_THAT(Write(WritePlan{.request = key},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.PutRequest(key, {.response = "third"}, true));
                      return txn.PutRequest(key, {.response = "fourth"}, true);
                    }),
              IsOk());
  stored({.response = "fourth", .recorded_time = 10});
}

TEST_P(Conformance, RequestsHaveLimits) {
  const RequestKey longest = {.client = std::string(kMaxActorBytes, '\0'),
                              .request_id = std::string(kMaxRequestIdBytes, '\0')};
  const StoredRequest largest = {.fingerprint = std::string(kMaxFingerprintBytes, 'f'),
                                 .response = std::string(kMaxPayloadBytes, 'r')};
  const auto put = [&](const StoredRequest& request) {
    return Write(WritePlan{.request = longest},
                 [&](Transaction& txn) { return txn.PutRequest(longest, request); });
  };
  StoredRequest request = largest;
  request.fingerprint += 'f';
  EXPECT_THAT(put(request), StatusIs(kTooLarge));
  request = largest;
  request.response += 'r';
  EXPECT_THAT(put(request), StatusIs(kTooLarge));
  EXPECT_THAT(put(largest), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_EQ(*reader.FindRequest(longest), largest);
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ARequestAloneRaisesNoRevision) {
  Create(Customer(1), {Subject(1)});
  const RequestKey key = {.client = "c", .request_id = "r"};
  ASSERT_THAT(Write(WritePlan{.customers = {Customer(1)}, .request = key},
                    [&](Transaction& txn) { return txn.PutRequest(key, {}); }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_EQ(AllChanges(FeedPartitionOf(Customer(1))).size(), 1u);
}

TEST_P(Conformance, TrimmedRequestsAreForgottenAndTheOthersAreNot) {
  constexpr int kRequests = 600;
  for (int i = 0; i < kRequests; ++i) {
    const RequestKey key = {.client = "c", .request_id = absl::StrCat(i)};
    ASSERT_THAT(
        Write(WritePlan{.request = key},
              [&](Transaction& txn) { return txn.PutRequest(key, {.recorded_time = i - 100}); }),
        IsOk());
  }
  ASSERT_THAT(store().TrimRequests({}, 400), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                for (int i = 0; i < kRequests; ++i) {
                  EXPECT_EQ(reader.FindRequest({"c", absl::StrCat(i)}).ok(), i - 100 >= 400) << i;
                }
                return absl::OkStatus();
              }),
              IsOk());
  const RequestKey again = {.client = "c", .request_id = "0"};
  EXPECT_THAT(Write(WritePlan{.request = again},
                    [&](Transaction& txn) { return txn.PutRequest(again, {}); }),
              IsOk());
}

}  // namespace
}  // namespace yilan::storage
