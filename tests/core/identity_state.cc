#include "tests/core/identity_state.h"

#include <algorithm>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/identity_records.h"
#include "core/identity/own_customers.h"
#include "core/identity/source_records.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::RecordKey;
using storage::SubjectId;

std::string NameOf(const v1::SubjectReference& reference) {
  return absl::StrCat(reference.source_system(), "/", reference.customer_key(),
                      reference.billing_account_key());
}

v1::CustomerIdentifier ByName(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, absl::MaxSplits('/', 1));
  v1::CustomerIdentifier identifier;
  identifier.mutable_subject()->set_source_system(parts[0]);
  identifier.mutable_subject()->set_customer_key(parts[1]);
  return identifier;
}

absl::Status ReadCustomers(storage::Reader& reader, const std::vector<MemberSubject>& subjects,
                           IdentityState& state,
                           absl::flat_hash_map<SubjectId, std::string>& names) {
  std::vector<RecordKey> keys;
  absl::flat_hash_map<SubjectId, CustomerId> customer_of;
  for (const MemberSubject& one : subjects) {
    keys.push_back({one.subject, kSubjectKind, kSubjectRecordId});
    customer_of[one.subject] = one.customer;
  }
  std::map<CustomerId, std::set<std::string>> members;
  std::set<CustomerId> established;
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> sides;
  RETURN_IF_ERROR(reader.GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
    yilan::storage::v1::Subject subject;
    if (!subject.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size())) ||
        subject.references().empty()) {
      return absl::DataLossError("no subject");
    }
    names[view.subject] = NameOf(subject.references(0));
    state.pending += subject.has_resolve_pending_since_micros() ? 1 : 0;
    for (const auto& one : subject.separations()) {
      auto& [first, second] = sides[one.decision()];
      (one.second_side() ? second : first).insert(names[view.subject]);
    }
    const CustomerId customer = customer_of.at(view.subject);
    members[customer].insert(names[view.subject]);
    if (WorkingSet::CountOf(v1::Fact::kSourceRecord, subject) > 0) established.insert(customer);
    return absl::OkStatus();
  }));
  for (const auto& [customer, all] : members) {
    if (established.count(customer) > 0) state.customers.insert(all);
  }
  for (auto& [decision, both] : sides) {
    if (both.second < both.first) std::swap(both.first, both.second);
    state.separations.insert(both);
  }
  return absl::OkStatus();
}

absl::Status ReadPairs(storage::Reader& reader,
                       const absl::flat_hash_map<SubjectId, std::string>& names,
                       IdentityState& state) {
  const auto [first, limit] = EdgeTerms();
  std::set<RecordKey> edges;
  storage::TermCursor cursor;
  constexpr size_t kPage = 4096;
  while (true) {
    ASSIGN_OR_RETURN(const auto entries, reader.FindByTerm(first, limit, cursor, kPage));
    for (const storage::TermEntry& entry : entries) edges.insert(entry.record);
    if (entries.size() < kPage) break;
  }
  return reader.GetMany(
      std::vector<RecordKey>(edges.begin(), edges.end()),
      [&](const storage::RecordView& view) -> absl::Status {
        yilan::storage::v1::StoredIdentityEdge edge;
        if (!edge.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
          return absl::DataLossError("no edge");
        }
        const SubjectPair pair = PairOfEdge({view.subject, view.kind, std::string(view.record_id)});
        const auto ends = std::minmax(names.at(pair.first), names.at(pair.second));
        if (!edge.steward_merge().empty()) state.merges.emplace(ends.first, ends.second);
        if (edge.has_score())
          state.pairs[{ends.first, ends.second}] = {edge.score().probability(), edge.has_review()};
        return absl::OkStatus();
      });
}

absl::Status ReadSuspects(storage::Reader& reader, IdentityState& state) {
  for (uint64_t slot = 0; slot < storage::kFeedPartitions; ++slot) {
    RETURN_IF_ERROR(
        reader.Scan({.subject = OwnSubject(OwnPlace::kBlocks, slot), .kind = kOverflowedBlockKind},
                    [&](const storage::RecordView& view) {
                      state.suspects.insert(std::string(view.record_id));
                      return absl::OkStatus();
                    }));
  }
  return absl::OkStatus();
}

// Up to some examples of what is in one and not in the other.
template <typename Set, typename Format>
void AddMissing(const Set& from, const Set& in, const char* what, Format format,
                std::string& text) {
  constexpr int kMost = 5;
  int count = 0;
  for (const auto& one : from) {
    if (std::find(in.begin(), in.end(), one) != in.end()) continue;
    if (++count <= kMost) absl::StrAppend(&text, what, ": ", format(one), "\n");
  }
  if (count > kMost) absl::StrAppend(&text, what, ": ", count, " in all\n");
}

std::string Outcome(const absl::Status& status) {
  return status.ok() ? "OK" : ReasonName(ReasonOf(status));
}

std::string DecideOnCandidate(Platform& platform, const Call& call,
                              const std::pair<std::string, std::string>& records, bool accept) {
  v1::ListReviewCandidatesRequest list;
  list.set_page_size(1000);
  v1::ResolveCandidateRequest request;
  do {
    v1::ListReviewCandidatesResponse page;
    const absl::Status status = platform.review.List(call, list, page);
    if (!status.ok()) return Outcome(status);
    for (const v1::ReviewCandidate& candidate : page.candidates()) {
      const std::string first = NameOf(candidate.first_record());
      const std::string second = NameOf(candidate.second_record());
      if (std::minmax(first, second) != std::minmax(records.first, records.second)) continue;
      request.set_candidate_id(candidate.candidate_id());
    }
    list.set_page_token(page.next_page_token());
  } while (request.candidate_id().empty() && !list.page_token().empty());
  if (request.candidate_id().empty()) return "no longer a candidate";
  request.set_request_id(platform.ids.NextUuid());
  request.set_decision(accept ? v1::REVIEW_DECISION_MERGE : v1::REVIEW_DECISION_NOT_DUPLICATE);
  v1::ResolveCandidateResponse response;
  return Outcome(platform.review.Resolve(call, request, response));
}

}  // namespace

void TakeInBatches(Platform& platform, const Call& call, const std::vector<StatedFact>& facts,
                   size_t max_batch, std::mt19937_64& random) {
  for (size_t at = 0; at < facts.size();) {
    // Small ones are as frequent as large ones.
    size_t size = 1;
    while (size < max_batch && random() % 6 != 0) size *= 2;
    size = std::min({size, max_batch, facts.size() - at});
    std::vector<absl::string_view> bytes;
    for (size_t i = at; i < at + size; ++i) bytes.emplace_back(facts[i].bytes);
    bool again = false;
    for (const v1::FactResult& result : platform.ingest.TakeBatch(call, bytes)) {
      again |= result.outcome() == v1::FACT_OUTCOME_RETRY;
      if (result.outcome() == v1::FACT_OUTCOME_RETRY) continue;
      ASSERT_THAT(result.outcome(), testing::AnyOf(v1::FACT_OUTCOME_OK, v1::FACT_OUTCOME_DUPLICATE))
          << result.DebugString();
    }
    if (again) continue;
    at += size;
  }
}

void ResolveAllThatWait(Platform& platform, const Call& call) {
  constexpr size_t kAtOnce = 64;
  while (true) {
    const auto found = platform.resolver.ResolvePending(call, platform.clock.Now() + 1, kAtOnce);
    ASSERT_THAT(found, IsOk());
    if (*found == 0) return;
  }
}

IdentityState ReadIdentityState(storage::RecordStore& store) {
  IdentityState state;
  const auto subjects = AllSubjects(store, {});
  EXPECT_THAT(subjects, IsOk());
  if (!subjects.ok()) return state;
  EXPECT_THAT(store.Read({},
                         [&](storage::Reader& reader) -> absl::Status {
                           state = {};
                           absl::flat_hash_map<SubjectId, std::string> names;
                           RETURN_IF_ERROR(ReadCustomers(reader, *subjects, state, names));
                           RETURN_IF_ERROR(ReadPairs(reader, names, state));
                           return ReadSuspects(reader, state);
                         }),
              IsOk());
  return state;
}

std::string Differences(const IdentityState& one, const IdentityState& other) {
  std::string text;
  if (one.customers != other.customers) {
    const auto format = [](const std::set<std::string>& all) { return absl::StrJoin(all, " "); };
    AddMissing(one.customers, other.customers, "customer of the first", format, text);
    AddMissing(other.customers, one.customers, "customer of the second", format, text);
  }
  if (one.pairs != other.pairs) {
    const auto format = [](const auto& pair) {
      return absl::StrCat(pair.first.first, " ", pair.first.second, " ", pair.second.first,
                          pair.second.second ? " waits" : "");
    };
    AddMissing(one.pairs, other.pairs, "pair of the first", format, text);
    AddMissing(other.pairs, one.pairs, "pair of the second", format, text);
  }
  if (one.merges != other.merges) {
    const auto format = [](const auto& pair) { return absl::StrCat(pair.first, " ", pair.second); };
    AddMissing(one.merges, other.merges, "merge of the first", format, text);
    AddMissing(other.merges, one.merges, "merge of the second", format, text);
  }
  if (one.separations != other.separations) {
    const auto format = [](const auto& both) {
      return absl::StrCat(absl::StrJoin(both.first, " "), " | ", absl::StrJoin(both.second, " "));
    };
    AddMissing(one.separations, other.separations, "separation of the first", format, text);
    AddMissing(other.separations, one.separations, "separation of the second", format, text);
  }
  if (one.suspects != other.suspects) {
    const auto format = [](const std::string& block) { return absl::BytesToHexString(block); };
    AddMissing(one.suspects, other.suspects, "block of the first", format, text);
    AddMissing(other.suspects, one.suspects, "block of the second", format, text);
  }
  if (one.pending != other.pending) {
    absl::StrAppend(&text, one.pending, " and ", other.pending, " wait to be resolved\n");
  }
  return text;
}

std::vector<StewardDecision> ChooseDecisions(const IdentityState& state, size_t count,
                                             std::mt19937_64& random) {
  using Kind = StewardDecision::Kind;
  std::vector<std::string> first;  // One record of each customer.
  for (const std::set<std::string>& customer : state.customers) {
    // Those that only go with a record are not asked for.
    std::vector<std::string> records;
    for (const std::string& name : customer) {
      if (name.rfind("web/", 0) != 0) records.push_back(name);
    }
    if (!records.empty()) first.push_back(records[random() % records.size()]);
  }
  std::vector<std::pair<std::string, std::string>> waiting;
  for (const auto& [pair, score] : state.pairs) {
    if (score.second) waiting.push_back(pair);
  }
  std::shuffle(first.begin(), first.end(), random);
  std::shuffle(waiting.begin(), waiting.end(), random);
  std::vector<StewardDecision> decisions;
  for (size_t i = 0; i < count; ++i) {
    if (4 * i + 3 < first.size()) {
      decisions.push_back(
          {i % 3 == 0 ? Kind::kMergeAndUndo : Kind::kMerge, {first[4 * i], first[4 * i + 1]}});
      decisions.push_back({Kind::kNotDuplicate, {first[4 * i + 2], first[4 * i + 3]}});
    }
    if (i < waiting.size()) {
      decisions.push_back(
          {i % 2 == 0 ? Kind::kAcceptCandidate : Kind::kRejectCandidate, waiting[i]});
    }
  }
  std::shuffle(decisions.begin(), decisions.end(), random);
  return decisions;
}

std::string Decide(Platform& platform, const Call& call, const StewardDecision& decision) {
  using Kind = StewardDecision::Kind;
  switch (decision.kind) {
    case Kind::kAcceptCandidate:
    case Kind::kRejectCandidate:
      return DecideOnCandidate(platform, call, decision.records,
                               decision.kind == Kind::kAcceptCandidate);
    case Kind::kNotDuplicate: {
      v1::MarkNotDuplicateRequest request;
      request.set_request_id(platform.ids.NextUuid());
      *request.mutable_first_customer() = ByName(decision.records.first);
      *request.mutable_second_customer() = ByName(decision.records.second);
      v1::MarkNotDuplicateResponse response;
      return Outcome(platform.stewardship.MarkNotDuplicate(call, request, response));
    }
    case Kind::kMerge:
    case Kind::kMergeAndUndo:
      break;
  }
  v1::MergeRequest request;
  request.set_request_id(platform.ids.NextUuid());
  *request.mutable_into_customer() = ByName(decision.records.first);
  *request.mutable_from_customer() = ByName(decision.records.second);
  v1::MergeResponse response;
  const absl::Status merged = platform.stewardship.Merge(call, request, response);
  if (!merged.ok() || decision.kind == Kind::kMerge) return Outcome(merged);
  v1::UnmergeRequest undo;
  undo.set_request_id(platform.ids.NextUuid());
  undo.set_event_id(response.event_id());
  v1::UnmergeResponse undone;
  return Outcome(platform.stewardship.Unmerge(call, undo, undone));
}

std::string DifferencesFromBulk(Platform& platform, const Call& call) {
  v1::PreviewModelRequest request;
  request.set_request_id(platform.ids.NextUuid());
  request.set_model_version(platform.match_models.Active()->version());
  v1::PreviewModelResponse begun;
  const absl::Status status = platform.model_operations.Preview(call, request, begun);
  if (!status.ok()) return status.ToString();
  while (true) {
    v1::GetModelOperationResponse response;
    const absl::Status got = platform.model_operations.GetOperation(call, {}, response);
    if (!got.ok()) return got.ToString();
    const v1::ModelOperation& operation = response.operation();
    if (operation.state() == v1::OPERATION_STATE_RUNNING) {
      std::this_thread::yield();
      continue;
    }
    if (operation.state() != v1::OPERATION_STATE_SUCCEEDED) return operation.DebugString();
    const v1::ModelDifference& difference = operation.difference();
    const bool same = difference.joined_pairs() == 0 && difference.parted_pairs() == 0 &&
                      difference.review_pairs_before() == difference.review_pairs_after();
    return same ? "" : difference.DebugString();
  }
}

}  // namespace yilan::core
