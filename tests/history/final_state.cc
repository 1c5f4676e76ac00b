#include "tests/history/final_state.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::history {
namespace {

std::optional<Part> PartOf(storage::Kind kind) {
  switch (kind) {
    case v1::Fact::kSourceRecord:
      return Part::kProfile;
    case v1::Fact::kBillingAccount:
      return Part::kAccount;
    case v1::Fact::kTroubleTicket:
      return Part::kTicket;
    case v1::Fact::kPartyInteraction:
      return Part::kInteraction;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<FinalState> ReadFinalState(storage::RecordStore& store) {
  FinalState state;
  std::map<storage::SubjectId, storage::CustomerId> holders;
  const auto add = [&](storage::SubjectId subject, storage::Kind kind, StoredVersion version) {
    const std::optional<Part> part = PartOf(kind);
    if (!part.has_value()) return;
    version.customer = holders[subject];
    version.part = *part;
    state.versions.push_back(version);
  };
  RETURN_IF_ERROR(store.Export(
      {.deadline = absl::Now() + absl::Minutes(5)}, [&](const storage::ExportEntry& entry) {
        if (const auto* customer = std::get_if<storage::CustomerState>(&entry)) {
          for (const storage::SubjectId member : customer->members) {
            holders[member] = customer->customer;
          }
        } else if (const auto* record = std::get_if<storage::Record>(&entry)) {
          add(record->key.subject, record->key.kind,
              {.token = record->version.source_version,
               .revision = record->revision,
               .current = true});
        } else if (const auto* past = std::get_if<storage::HistoryEntry>(&entry)) {
          add(past->subject, past->kind,
              {.token = past->version.source_version,
               .revision = past->revision,
               .deletion = past->deletion});
        } else if (const auto* change = std::get_if<storage::Change>(&entry)) {
          state.feed.push_back(*change);
        }
        return absl::OkStatus();
      }));
  std::sort(state.feed.begin(), state.feed.end(),
            [](const storage::Change& a, const storage::Change& b) {
              return std::tie(a.partition, a.sequence) < std::tie(b.partition, b.sequence);
            });
  return state;
}

}  // namespace yilan::history
