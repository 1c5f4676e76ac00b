#include "core/identity/resolver.h"

#include <algorithm>
#include <utility>

#include "base/fault_points.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/identity/identity_records.h"
#include "core/identity/rescore.h"

namespace yilan::core {
namespace {

using storage::SubjectId;

// Subjects in one transaction: enough to share its cost, few enough that others seldom come in
// between.
constexpr size_t kMaxTogether = 64;

absl::Status Nothing(storage::Transaction&, const IdentityEdit&) { return absl::OkStatus(); }

}  // namespace

absl::StatusOr<std::vector<SubjectId>> Resolver::ResolveTogether(
    const Call& call, absl::Span<const SubjectId> subjects, const Along& along, bool all,
    std::set<SubjectId>& in_conflict) {
  PassFaultPoint(FaultPoint::kBeforeResolve);
  const TimeMicros now = clock_.Now();
  std::optional<IdentityEdit> edit;
  std::vector<SubjectId> resolved;
  const std::string request_id = along.request.has_value() ? along.request->request_id : "";
  RETURN_IF_ERROR(models_.Decide(call.storage(), [&](const MatchModel& model) {
    return store_.Write(
        {.call = call.storage(), .actor = kOwnActor, .recorded_time = now},
        [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
          edit.emplace(reader, ids_, now, IdentityEdit::Author{call.client, request_id, ""});
          resolved.clear();
          RETURN_IF_ERROR(edit->ReadAhead(subjects));
          for (const SubjectId id : subjects) {
            ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit->GetSubject(id));
            if (all || subject->record.has_resolve_pending_since_micros()) resolved.push_back(id);
          }
          std::sort(resolved.begin(), resolved.end());
          ASSIGN_OR_RETURN(const std::vector<SubjectId> seeds, Rescore(*edit, resolved, model));
          RETURN_IF_ERROR(edit->Recluster(seeds, model));
          storage::WritePlan plan = edit->Plan();
          plan.request = along.request;
          return plan;
        },
        [&](storage::Transaction& txn) -> absl::Status {
          RETURN_IF_ERROR(edit->Apply(txn));
          return along.body(txn, *edit);
        });
  }));
  for (const SubjectId subject : resolved) {
    if (edit->HasConflict(subject)) in_conflict.insert(subject);
  }
  return edit->NewlyPending();
}

absl::Status Resolver::ResolveAnew(const Call& call, absl::Span<const SubjectId> subjects) {
  std::set<SubjectId> in_conflict;
  const Along along = {.request = std::nullopt, .body = Nothing};
  for (size_t at = 0; at < subjects.size(); at += kMaxTogether) {
    ASSIGN_OR_RETURN(const std::vector<SubjectId> waiting,
                     ResolveTogether(call, subjects.subspan(at, kMaxTogether), along,
                                     /*all=*/true, in_conflict));
    RETURN_IF_ERROR(Resolve(call, waiting).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<SubjectId>> Resolver::Resolve(const Call& call,
                                                      absl::Span<const SubjectId> subjects) {
  return Resolve(call, subjects, {.request = std::nullopt, .body = Nothing});
}

absl::StatusOr<std::set<SubjectId>> Resolver::Resolve(const Call& call,
                                                      absl::Span<const SubjectId> subjects,
                                                      const Along& along) {
  std::set<SubjectId> in_conflict;
  std::vector<SubjectId> waiting(subjects.begin(), subjects.end());
  std::sort(waiting.begin(), waiting.end());
  waiting.erase(std::unique(waiting.begin(), waiting.end()), waiting.end());
  bool first = true;
  while (!waiting.empty()) {
    const size_t count = std::min(waiting.size(), kMaxTogether);
    const std::vector<SubjectId> part(waiting.begin(), waiting.begin() + static_cast<long>(count));
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<long>(count));
    ASSIGN_OR_RETURN(
        const std::vector<SubjectId> more,
        ResolveTogether(call, part, first ? along : Along{.request = std::nullopt, .body = Nothing},
                        /*all=*/false, in_conflict));
    first = false;
    for (const SubjectId subject : more) {
      if (std::find(waiting.begin(), waiting.end(), subject) == waiting.end()) {
        waiting.push_back(subject);
      }
    }
  }
  return in_conflict;
}

absl::StatusOr<size_t> Resolver::ResolvePending(const Call& call, TimeMicros before, size_t max) {
  std::vector<SubjectId> waiting;
  RETURN_IF_ERROR(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    waiting.clear();
    const auto [first, limit] = PendingTerms(before);
    storage::TermCursor cursor;
    ASSIGN_OR_RETURN(const auto entries, reader.FindByTerm(first, limit, cursor, max));
    for (const storage::TermEntry& entry : entries) waiting.push_back(entry.record.subject);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(Resolve(call, waiting).status());
  return waiting.size();
}

}  // namespace yilan::core
