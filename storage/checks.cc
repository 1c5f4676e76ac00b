#include "storage/checks.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace yilan::storage {
namespace {

absl::Status CheckSize(absl::string_view what, size_t size, size_t limit) {
  if (size <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(what, " has ", size, " bytes; at most ", limit, " are stored"));
}

absl::Status CheckName(absl::string_view what, absl::string_view name, size_t limit) {
  if (name.empty()) return absl::InvalidArgumentError(absl::StrCat(what, " is empty"));
  return CheckSize(what, name.size(), limit);
}

absl::Status CheckCount(absl::string_view what, size_t count, size_t limit) {
  if (count <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(count, " ", what, " are given; at most ", limit, " are stored"));
}

template <typename Tag>
absl::Status CheckId(absl::string_view what, Id<Tag> id) {
  if (!id.IsNil()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " is the nil id"));
}

absl::Status ListedTwice(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, " is listed twice"));
}

}  // namespace

absl::Status CheckDeadline(const CallOptions& call) {
  if (call.deadline == absl::InfiniteFuture() || absl::Now() < call.deadline) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError("the deadline passed before the store could finish");
}

absl::Status CheckWriteOptions(const WriteOptions& options) {
  RETURN_IF_ERROR(CheckSize("the actor", options.actor.size(), kMaxActorBytes));
  return CheckSize("the request id", options.request_id.size(), kMaxRequestIdBytes);
}

absl::Status CheckPlan(const WritePlan& plan) {
  for (const CustomerId customer : plan.customers) {
    RETURN_IF_ERROR(CheckId("a planned customer", customer));
  }
  for (const std::string& key : plan.keys) {
    RETURN_IF_ERROR(CheckName("a planned key", key, kMaxKeyBytes));
  }
  if (plan.request.has_value()) {
    RETURN_IF_ERROR(CheckSize("the client", plan.request->client.size(), kMaxActorBytes));
    RETURN_IF_ERROR(CheckName("the request id", plan.request->request_id, kMaxRequestIdBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckLoadOptions(const LoadOptions& options) {
  const auto& limits = options.limits;
  for (size_t i = 1; i < limits.size(); ++i) {
    if (limits[i - 1].kind >= limits[i].kind) {
      return absl::InvalidArgumentError("the limits of a load are not in ascending order of kind");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPartition(int partition) {
  if (partition >= 0 && partition < kFeedPartitions) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("there is no feed partition ", partition,
                                                 "; they are 0 to ", kFeedPartitions - 1));
}

absl::Status CheckRecordKey(const RecordKey& key) {
  RETURN_IF_ERROR(CheckId("the subject of a record", key.subject));
  return CheckName("a record id", key.record_id, kMaxRecordIdBytes);
}

absl::Status NormalizeRecord(Record& record) {
  RETURN_IF_ERROR(CheckRecordKey(record.key));
  RETURN_IF_ERROR(CheckSize("a payload", record.payload.size(), kMaxPayloadBytes));
  RETURN_IF_ERROR(CheckCount("keys of one record", record.keys.size(), kMaxKeysPerRecord));
  RETURN_IF_ERROR(CheckCount("terms of one record", record.terms.size(), kMaxTermsPerRecord));
  for (const std::string& key : record.keys) {
    RETURN_IF_ERROR(CheckName("a key", key, kMaxKeyBytes));
  }
  for (const Term& term : record.terms) {
    RETURN_IF_ERROR(CheckName("a term", term.term, kMaxTermBytes));
  }
  const auto by_term = [](const Term& a, const Term& b) { return a.term < b.term; };
  std::sort(record.keys.begin(), record.keys.end());
  std::sort(record.terms.begin(), record.terms.end(), by_term);
  if (std::adjacent_find(record.keys.begin(), record.keys.end()) != record.keys.end()) {
    return ListedTwice("a key");
  }
  const auto same_term = [](const Term& a, const Term& b) { return a.term == b.term; };
  if (std::adjacent_find(record.terms.begin(), record.terms.end(), same_term) !=
      record.terms.end()) {
    return ListedTwice("a term");
  }
  return absl::OkStatus();
}

absl::Status CheckHistory(const HistoryEntry& entry) {
  RETURN_IF_ERROR(CheckId("the subject of a history entry", entry.subject));
  RETURN_IF_ERROR(CheckName("a fact id", entry.fact_id, kMaxRecordIdBytes));
  return CheckSize("a payload", entry.payload.size(), kMaxPayloadBytes);
}

absl::Status NormalizeMembers(CustomerId customer, std::vector<SubjectId>& members) {
  RETURN_IF_ERROR(CheckId("the customer", customer));
  RETURN_IF_ERROR(CheckCount("members of one customer", members.size(), kMaxMembers));
  std::sort(members.begin(), members.end());
  for (const SubjectId member : members) RETURN_IF_ERROR(CheckId("a member", member));
  if (std::adjacent_find(members.begin(), members.end()) != members.end()) {
    return ListedTwice("a member");
  }
  return absl::OkStatus();
}

absl::Status CheckRedirect(CustomerId customer, CustomerId target) {
  RETURN_IF_ERROR(CheckId("the customer", customer));
  RETURN_IF_ERROR(CheckId("the target of a redirect", target));
  if (customer == target) {
    return absl::InvalidArgumentError("a customer cannot be redirected to itself");
  }
  return absl::OkStatus();
}

absl::Status CheckRequest(const RequestKey& key, const StoredRequest& request) {
  RETURN_IF_ERROR(CheckSize("the client", key.client.size(), kMaxActorBytes));
  RETURN_IF_ERROR(CheckName("the request id", key.request_id, kMaxRequestIdBytes));
  RETURN_IF_ERROR(CheckSize("the fingerprint", request.fingerprint.size(), kMaxFingerprintBytes));
  return CheckSize("the response", request.response.size(), kMaxPayloadBytes);
}

absl::Status CheckChange(const Change& change) {
  RETURN_IF_ERROR(CheckPartition(change.partition));
  RETURN_IF_ERROR(CheckId("the customer of a change", change.customer));
  if (change.sequence == 0) return absl::InvalidArgumentError("a change has the sequence 0");
  RETURN_IF_ERROR(CheckSize("the actor", change.actor.size(), kMaxActorBytes));
  RETURN_IF_ERROR(CheckSize("the request id", change.request_id.size(), kMaxRequestIdBytes));
  for (const RecordChange& record : change.records) RETURN_IF_ERROR(CheckRecordKey(record.key));
  return absl::OkStatus();
}

absl::Status CheckFeedBounds(const FeedBounds& bounds) {
  RETURN_IF_ERROR(CheckPartition(bounds.partition));
  if (bounds.trimmed <= bounds.end) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("feed partition ", bounds.partition,
                                                 " is trimmed to ", bounds.trimmed,
                                                 ", beyond its end ", bounds.end));
}

absl::Status NormalizeEntry(ExportEntry& entry) {
  struct Visitor {
    absl::Status operator()(CustomerState& state) const {
      if (state.redirect.has_value()) {
        RETURN_IF_ERROR(CheckRedirect(state.customer, *state.redirect));
      }
      return NormalizeMembers(state.customer, state.members);
    }
    absl::Status operator()(Record& record) const { return NormalizeRecord(record); }
    absl::Status operator()(HistoryEntry& history) const { return CheckHistory(history); }
    absl::Status operator()(FeedBounds& bounds) const { return CheckFeedBounds(bounds); }
    absl::Status operator()(Change& change) const { return CheckChange(change); }
    absl::Status operator()(std::pair<RequestKey, StoredRequest>& request) const {
      return CheckRequest(request.first, request.second);
    }
    absl::Status operator()(RecordKey& gone) const { return CheckRecordKey(gone); }
    absl::Status operator()(RequestKey& gone) const { return CheckRequest(gone, {}); }
  };
  return std::visit(Visitor{}, entry);
}

}  // namespace yilan::storage
