#include "core/identity/review_queue.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/once.h"
#include "core/facts/times.h"
#include "core/identity/identity_edit.h"
#include "core/identity/identity_records.h"
#include "core/identity/stewardship.h"
#include "core/validation/page_token.h"

namespace yilan::core {
namespace {

using storage::CustomerState;
using storage::RecordKey;
using storage::SubjectId;
using storage::TermCursor;
using yilan::storage::v1::StoredIdentityEdge;

constexpr int64_t kMicrosPerSecond = 1000000;
constexpr int64_t kDefaultClaimSeconds = 86400;
constexpr int64_t kMaxClaimSeconds = 30 * kDefaultClaimSeconds;

absl::Status NoSuchCandidate() {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_CANDIDATE_NOT_FOUND,
                         "no candidate goes by this candidate_id; it was decided on, its customers "
                         "became one or were kept apart, or its records are no longer alike");
}

bool IsClaimed(const StoredIdentityEdge& edge, TimeMicros now) {
  return !edge.review().claimed_by().empty() && edge.review().due_time_micros() > now;
}

// Somebody else's claim holds until its due time.
absl::Status CheckClaim(const StoredIdentityEdge& edge, const std::string& steward,
                        TimeMicros now) {
  if (!IsClaimed(edge, now) || edge.review().claimed_by() == steward) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_CANDIDATE_CLAIMED,
      absl::StrCat("another steward has taken the candidate on, until ",
                   absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                                    absl::FromUnixMicros(edge.review().due_time_micros()),
                                    absl::UTCTimeZone()),
                   "; choose another one, or wait"));
}

void Show(const SubjectPair& pair, const StoredIdentityEdge& edge, TimeMicros now,
          v1::ReviewCandidate& candidate) {
  candidate.set_candidate_id(NameOfPair(pair));
  candidate.set_probability(edge.score().probability());
  candidate.set_rule(static_cast<v1::MatchRule>(edge.score().rule()));
  candidate.set_model_version(edge.score().model_version());
  SetTimestamp(edge.review().waiting_since_micros(), *candidate.mutable_waiting_since_time());
  if (!IsClaimed(edge, now)) return;
  candidate.set_claimed_by(edge.review().claimed_by());
  SetTimestamp(edge.review().due_time_micros(), *candidate.mutable_due_time());
}

// Where a list goes on: behind this entry.
std::string PositionOf(const TermCursor& cursor) {
  std::string position = cursor.record.record_id;
  cursor.record.subject.AppendTo(position);
  return position + cursor.term;
}

absl::StatusOr<TermCursor> CursorAt(absl::string_view position) {
  TermCursor cursor;
  if (position.empty()) return cursor;
  constexpr size_t kBytes = SubjectId::kBytes;
  if (position.size() <= 2 * kBytes) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_PAGE_TOKEN,
                           "the page token holds no place in this list; start without one");
  }
  cursor.record = EdgeRecordKey({SubjectId::FromBytes(position.substr(kBytes, kBytes)),
                                 SubjectId::FromBytes(position.substr(0, kBytes))});
  cursor.term = std::string(position.substr(2 * kBytes));
  return cursor;
}

// A candidate that was named in a request, as it is stored. Its ends' customers are read first: a
// newer edge is then seen to be newer when it is written.
absl::StatusOr<StoredIdentityEdge> FindCandidate(IdentityEdit& edit, const SubjectPair& pair) {
  for (const SubjectId end : {pair.first, pair.second}) {
    const absl::Status known = edit.GetSubject(end).status();
    if (absl::IsNotFound(known)) return NoSuchCandidate();
    RETURN_IF_ERROR(known);
  }
  ASSIGN_OR_RETURN(StoredIdentityEdge edge, edit.GetEdge(pair));
  if (!edge.has_review()) return NoSuchCandidate();
  return edge;
}

// For how long a request claims; nothing when that cannot be.
std::optional<int64_t> ClaimMicros(const v1::ClaimCandidateRequest& request) {
  if (!request.has_duration()) return kDefaultClaimSeconds * kMicrosPerSecond;
  const int64_t seconds = request.duration().seconds();
  const int32_t nanos = request.duration().nanos();
  if (seconds < 0 || seconds > kMaxClaimSeconds || nanos < 0 || nanos >= 1000000000) {
    return std::nullopt;
  }
  const int64_t micros = seconds * kMicrosPerSecond + nanos / 1000;
  if (micros > kMaxClaimSeconds * kMicrosPerSecond) return std::nullopt;
  return micros;
}

}  // namespace

absl::Status ReviewQueue::List(const Call& call, const v1::ListReviewCandidatesRequest& request,
                               v1::ListReviewCandidatesResponse& response) {
  const TimeMicros now = clock_.Now();
  const std::string& steward = request.steward().empty() ? call.client : request.steward();
  const bool mine = request.filter() == v1::REVIEW_FILTER_MINE;
  const uint64_t query = QueryHash(
      {"ListReviewCandidates", v1::ReviewFilter_Name(request.filter()), mine ? steward : ""});
  ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
  ASSIGN_OR_RETURN(const TermCursor start, CursorAt(position));
  const auto page_size = static_cast<size_t>(ClampPageSize(request.page_size()));
  const std::pair<std::string, std::string> range = mine ? ClaimTerms(steward) : ReviewTerms();
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    std::vector<std::pair<SubjectPair, StoredIdentityEdge>> page;
    TermCursor cursor = start;
    TermCursor last = start;
    bool more = true;
    while (more && page.size() < page_size) {
      ASSIGN_OR_RETURN(const auto entries,
                       reader.FindByTerm(range.first, range.second, cursor, page_size + 1));
      more = entries.size() > page_size;
      std::vector<RecordKey> keys;
      for (const storage::TermEntry& entry : entries) keys.push_back(entry.record);
      size_t place = 0;
      RETURN_IF_ERROR(reader.GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
        const storage::TermEntry& entry = entries[place++];
        if (page.size() == page_size) {
          more = true;
          return absl::OkStatus();
        }
        last = {entry.term.term, entry.record};
        StoredIdentityEdge edge;
        if (!edge.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
          return absl::DataLossError("an edge between subjects does not parse");
        }
        const bool claimed = IsClaimed(edge, now);
        if (request.filter() == v1::REVIEW_FILTER_UNCLAIMED && claimed) return absl::OkStatus();
        if (mine && !claimed) return absl::OkStatus();
        page.emplace_back(PairOfEdge(entry.record), std::move(edge));
        return absl::OkStatus();
      }));
    }
    std::vector<SubjectId> ends;
    for (const auto& [pair, edge] : page) {
      ends.push_back(pair.first);
      ends.push_back(pair.second);
    }
    ASSIGN_OR_RETURN(const auto names, NamesOf(reader, ends));
    for (const auto& [pair, edge] : page) {
      v1::ReviewCandidate& candidate = *response.add_candidates();
      Show(pair, edge, now, candidate);
      *candidate.mutable_first_record() = names.at(pair.first);
      *candidate.mutable_second_record() = names.at(pair.second);
      ASSIGN_OR_RETURN(const CustomerState one, reader.GetCustomer(pair.first));
      ASSIGN_OR_RETURN(const CustomerState other, reader.GetCustomer(pair.second));
      candidate.set_first_customer_id(one.customer.ToString());
      candidate.set_second_customer_id(other.customer.ToString());
    }
    if (more && page.size() == page_size) {
      response.set_next_page_token(MakePageToken(query, PositionOf(last)));
    }
    return absl::OkStatus();
  }));
}

absl::Status ReviewQueue::Claim(const Call& call, const v1::ClaimCandidateRequest& request,
                                v1::ClaimCandidateResponse& response) {
  const TimeMicros now = clock_.Now();
  const std::optional<int64_t> micros = ClaimMicros(request);
  if (!micros.has_value()) {
    Violations violations;
    violations.Add("duration", "is not between zero and 30 days");
    return violations.ToStatus();
  }
  const auto pair = PairOfName(request.candidate_id());
  if (!pair.has_value()) return NoSuchCandidate();
  const std::string& steward = request.steward().empty() ? call.client : request.steward();
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  std::optional<IdentityEdit> edit;
  v1::ReviewCandidate candidate;
  return once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        edit.emplace(reader, ids_, now,
                     IdentityEdit::Author{call.client, once.Key().request_id, ""});
        ASSIGN_OR_RETURN(StoredIdentityEdge edge, FindCandidate(*edit, *pair));
        RETURN_IF_ERROR(CheckClaim(edge, steward, now));
        if (*micros > 0) {
          edge.mutable_review()->set_claimed_by(steward);
          edge.mutable_review()->set_due_time_micros(now + *micros);
        } else {
          edge.mutable_review()->clear_claimed_by();
          edge.mutable_review()->clear_due_time_micros();
        }
        candidate.Clear();
        Show(*pair, edge, now, candidate);
        for (const bool is_first : {true, false}) {
          ASSIGN_OR_RETURN(const auto* subject,
                           edit->GetSubject(is_first ? pair->first : pair->second));
          *(is_first ? candidate.mutable_first_record() : candidate.mutable_second_record()) =
              subject->record.references(0);
          (is_first ? *candidate.mutable_first_customer_id()
                    : *candidate.mutable_second_customer_id()) = subject->customer.ToString();
        }
        RETURN_IF_ERROR(edit->SetEdge(*pair, std::move(edge)));
        return edit->Plan();
      },
      [&](storage::Transaction& txn) -> absl::Status {
        RETURN_IF_ERROR(edit->Apply(txn));
        *response.mutable_candidate() = candidate;
        return absl::OkStatus();
      });
}

absl::Status ReviewQueue::Resolve(const Call& call, const v1::ResolveCandidateRequest& request,
                                  v1::ResolveCandidateResponse& response) {
  return models_.Decide(call.storage(), [&](const MatchModel& model) {
    return Resolve(call, model, request, response);
  });
}

absl::Status ReviewQueue::Resolve(const Call& call, const MatchModel& model,
                                  const v1::ResolveCandidateRequest& request,
                                  v1::ResolveCandidateResponse& response) {
  const TimeMicros now = clock_.Now();
  const auto pair = PairOfName(request.candidate_id());
  if (!pair.has_value()) return NoSuchCandidate();
  const std::string& steward = request.steward().empty() ? call.client : request.steward();
  const bool merge = request.decision() == v1::REVIEW_DECISION_MERGE;
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  std::optional<IdentityEdit> edit;
  storage::CustomerId target;
  std::string event;
  RETURN_IF_ERROR(once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        edit.emplace(reader, ids_, now,
                     IdentityEdit::Author{steward, once.Key().request_id, request.note()});
        ASSIGN_OR_RETURN(const StoredIdentityEdge edge, FindCandidate(*edit, *pair));
        RETURN_IF_ERROR(CheckClaim(edge, steward, now));
        ASSIGN_OR_RETURN(const CustomerState* const first,
                         edit->GetCustomer(edit->CustomerOf(pair->first)));
        CustomerState into = *first;
        ASSIGN_OR_RETURN(const CustomerState* const second,
                         edit->GetCustomer(edit->CustomerOf(pair->second)));
        CustomerState from = *second;
        if (!merge) {
          ASSIGN_OR_RETURN(const IdentityEventId decision, PlanSeparation(*edit, ids_, into, from));
          event = decision.ToString();
          return edit->Plan();
        }
        // The one with more subjects stays; of equals the older one, whose id is lower.
        if (into.members.size() < from.members.size() ||
            (into.members.size() == from.members.size() && from.customer < into.customer)) {
          std::swap(into, from);
        }
        target = into.customer;
        RETURN_IF_ERROR(
            PlanMerge(*edit, ids_, into, from, *pair, /*lift_separation=*/false, model));
        event = MergeEventOf(*edit, target, *pair);
        return edit->Plan();
      },
      [&](storage::Transaction& txn) -> absl::Status {
        response.Clear();
        RETURN_IF_ERROR(edit->Apply(txn));
        response.set_event_id(event);
        if (merge) response.set_customer_id(target.ToString());
        return absl::OkStatus();
      }));
  if (request.validate_only()) response.clear_event_id();
  return absl::OkStatus();
}

}  // namespace yilan::core
