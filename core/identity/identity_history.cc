#include "core/identity/identity_history.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/times.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::SubjectId;
using yilan::storage::v1::StoredIdentityEvent;

// All but the names of subjects.
void Show(const StoredIdentityEvent& stored, IdentityEventId id, v1::IdentityEvent& event) {
  event.set_event_id(id.ToString());
  event.set_type(static_cast<v1::IdentityEventType>(stored.type()));
  event.set_from_customer_id(CustomerId::FromBytes(stored.from_customer()).ToString());
  event.set_into_customer_id(CustomerId::FromBytes(stored.into_customer()).ToString());
  if (stored.edge().has_score()) {
    event.set_probability(stored.edge().score().probability());
    event.set_rule(static_cast<v1::MatchRule>(stored.edge().score().rule()));
    event.set_model_version(stored.edge().score().model_version());
  } else if (Refers(stored.edge())) {
    event.set_rule(v1::MATCH_RULE_STATED_REFERENCE);
  }
  event.set_by_steward(!stored.edge().steward_merge().empty() ||
                       stored.type() == StoredIdentityEvent::TYPE_UNMERGE ||
                       stored.type() == StoredIdentityEvent::TYPE_NOT_DUPLICATE);
  event.set_actor(stored.actor());
  event.set_request_id(stored.request_id());
  event.set_note(stored.note());
  if (!stored.undone_event().empty()) {
    event.set_undone_event_id(IdentityEventId::FromBytes(stored.undone_event()).ToString());
  }
  SetTimestamp(stored.recorded_time_micros(), *event.mutable_event_time());
}

}  // namespace

absl::StatusOr<IdentityHistory> HistoryOf(storage::Reader& reader, CustomerId customer) {
  IdentityHistory events;
  std::set<CustomerId> seen = {customer};
  std::vector<CustomerId> queue = {customer};
  while (!queue.empty()) {
    const CustomerId next = queue.back();
    queue.pop_back();
    const auto [first, limit] = EventTerms(next);
    std::vector<storage::RecordKey> keys;
    storage::TermCursor cursor;
    constexpr size_t kAtOnce = 256;
    while (true) {
      ASSIGN_OR_RETURN(const auto entries, reader.FindByTerm(first, limit, cursor, kAtOnce));
      for (const storage::TermEntry& entry : entries) keys.push_back(entry.record);
      if (entries.size() < kAtOnce) break;
    }
    RETURN_IF_ERROR(reader.GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
      StoredIdentityEvent event;
      if (!event.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
        return absl::DataLossError("an entry of the ledger of identity does not parse");
      }
      const CustomerId from = CustomerId::FromBytes(event.from_customer());
      if (event.type() == StoredIdentityEvent::TYPE_MERGE && seen.insert(from).second) {
        queue.push_back(from);
      }
      events.emplace(IdentityEventId::FromBytes(view.record_id), std::move(event));
      return absl::OkStatus();
    }));
  }
  return events;
}

absl::Status ShowEvent(storage::Reader& reader, IdentityEventId id,
                       const StoredIdentityEvent& stored, v1::IdentityEvent& event) {
  Show(stored, id, event);
  for (const std::string& subject : stored.moved_subjects()) {
    ASSIGN_OR_RETURN(*event.add_moved_subjects(), NameOf(reader, SubjectId::FromBytes(subject)));
  }
  if (stored.first_subject().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(*event.mutable_first_subject(),
                   NameOf(reader, SubjectId::FromBytes(stored.first_subject())));
  ASSIGN_OR_RETURN(*event.mutable_second_subject(),
                   NameOf(reader, SubjectId::FromBytes(stored.second_subject())));
  return absl::OkStatus();
}

}  // namespace yilan::core
