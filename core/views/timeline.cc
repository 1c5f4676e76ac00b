#include "core/views/timeline.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "core/facts/times.h"
#include "core/identity/resolve.h"
#include "core/validation/page_token.h"
#include "core/views/fact_pages.h"

namespace yilan::core {
namespace {

// The kinds of a request, sorted, each once; all when it names none. Errors: INVALID_FIELDS.
absl::StatusOr<std::vector<storage::Kind>> KindsOf(const v1::ListTimelineRequest& request) {
  std::vector<storage::Kind> kinds;
  Violations violations;
  for (int i = 0; i < request.fact_types_size(); ++i) {
    const FactKind* kind = FindFactKindByName(request.fact_types(i));
    if (kind != nullptr) {
      kinds.push_back(kind->kind);
    } else {
      violations.Add(absl::StrCat("fact_types[", i, "]"),
                     absl::StrCat("\"", request.fact_types(i),
                                  "\" is no kind of fact; the kinds are the fields of Fact, as "
                                  "\"customer_bill\""));
    }
  }
  RETURN_IF_ERROR(violations.ToStatus());
  if (request.fact_types().empty()) {
    for (const FactKind& kind : AllFactKinds()) kinds.push_back(kind.kind);
  }
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

absl::Status AddEntry(const storage::RecordView& record, v1::ListTimelineResponse& response) {
  const FactKind& kind = *FindFactKind(record.kind);
  v1::TimelineEntry& entry = *response.add_entries();
  SetTimestamp(OccurrenceTimeOf(record.record_id), *entry.mutable_occurrence_time());
  v1::Fact& fact = *entry.mutable_fact();
  google::protobuf::Message& body =
      *v1::Fact::GetReflection()->MutableMessage(&fact, kind.fact_field);
  if (!body.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError(absl::StrCat("a stored ", kind.name, " of subject ",
                                            record.subject.ToString(), " does not parse"));
  }
  kind.set_etag(body, EtagOf(record.revision));
  return absl::OkStatus();
}

}  // namespace

absl::Status Timeline::List(const Call& call, const v1::ListTimelineRequest& request,
                            v1::ListTimelineResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<storage::Kind> kinds, KindsOf(request));
  const auto page_size = static_cast<size_t>(ClampPageSize(request.page_size()));
  const TimeMicros now = clock_.Now();
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const storage::CustomerState customer,
                     ResolveCustomer(reader, request.customer(), AsOf(request, now)));
    const uint64_t query =
        QueryHash({"ListTimeline", customer.customer.ToString(), absl::StrJoin(kinds, ",")});
    ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
    ASSIGN_OR_RETURN(const std::string next,
                     ListFacts(reader, customer.members, kinds, position, page_size,
                               [&response](const storage::RecordView& record) {
                                 return AddEntry(record, response);
                               }));
    response.set_redirected_from_customer_id(RedirectedFrom(request.customer(), customer.customer));
    if (!next.empty()) response.set_next_page_token(MakePageToken(query, next));
    return absl::OkStatus();
  }));
}

}  // namespace yilan::core
