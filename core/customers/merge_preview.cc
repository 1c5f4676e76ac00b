#include "core/customers/merge_preview.h"

#include <string>
#include <utility>

#include "absl/types/span.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/identity/join_obstacles.h"
#include "core/identity/resolve.h"
#include "core/survivorship/profile_fields.h"
#include "core/views/profile.h"
#include "core/views/totals.h"

namespace yilan::core {
namespace {

absl::Status MembersPart(const MergeSides& sides, v1::PreviewMergeResponse& response) {
  for (const yilan::storage::v1::Subject* const subject : sides.from.subjects) {
    DescribeSubject(*subject, *response.add_moved_subjects());
  }
  return absl::OkStatus();
}

absl::Status ProfilePart(const MergeSides& sides, v1::PreviewMergeResponse& response) {
  for (const ProfileField& field : ProfileFields()) {
    const auto shown = [&](const CustomerRecords& records) -> std::string {
      const v1::SourceRecord* const winner = WinnerOf(field.name(), sides.rules, records.opinions);
      return winner == nullptr ? "" : TextOf(*winner, field);
    };
    std::string into = shown(sides.into);
    std::string merged = shown(sides.merged);
    if (into == merged) continue;
    v1::ProfileChange& change = *response.add_profile_changes();
    change.set_field(field.name());
    change.set_into_value(std::move(into));
    change.set_from_value(shown(sides.from));
    change.set_merged_value(std::move(merged));
  }
  return absl::OkStatus();
}

absl::Status TotalsPart(const MergeSides& sides, v1::PreviewMergeResponse& response) {
  ComputeTotals(sides.into.subjects, sides.now, *response.mutable_into_totals());
  ComputeTotals(sides.from.subjects, sides.now, *response.mutable_from_totals());
  ComputeTotals(sides.merged.subjects, sides.now, *response.mutable_merged_totals());
  return absl::OkStatus();
}

absl::Status ObstaclesPart(const MergeSides& sides, v1::PreviewMergeResponse& response) {
  for (const v1::JoinObstacle obstacle :
       ObstaclesBetween(sides.into.subjects, sides.from.subjects)) {
    response.add_obstacles(obstacle);
  }
  return absl::OkStatus();
}

// All parts, in the order of their fields.
absl::Span<const PreviewPart> PreviewParts() {
  static constexpr PreviewPart kParts[] = {MembersPart, ProfilePart, TotalsPart, ObstaclesPart};
  return kParts;
}

// The messages stay with the two.
CustomerRecords Together(const CustomerRecords& into, const CustomerRecords& from) {
  CustomerRecords both = {nullptr, into.subjects, into.opinions};
  both.subjects.insert(both.subjects.end(), from.subjects.begin(), from.subjects.end());
  both.opinions.insert(both.opinions.end(), from.opinions.begin(), from.opinions.end());
  return both;
}

}  // namespace

absl::Status MergePreview::Preview(const Call& call, const v1::PreviewMergeRequest& request,
                                   v1::PreviewMergeResponse& response) {
  const TimeMicros now = clock_.Now();
  const auto rules = survivorship_.Current(call.storage());
  if (!rules.ok()) return FromStore(rules.status());
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    MergeSides sides = {.reader = reader, .rules = **rules, .now = now};
    ASSIGN_OR_RETURN(sides.into_customer,
                     ResolveCustomer(reader, request.into_customer(), now, "into_customer"));
    ASSIGN_OR_RETURN(sides.from_customer,
                     ResolveCustomer(reader, request.from_customer(), now, "from_customer"));
    if (sides.into_customer.customer == sides.from_customer.customer) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_SAME_CUSTOMER,
                             "both identifiers lead to one customer; there is nothing to merge");
    }
    response.set_into_customer_id(sides.into_customer.customer.ToString());
    response.set_from_customer_id(sides.from_customer.customer.ToString());
    ASSIGN_OR_RETURN(sides.into, ReadCustomerRecords(reader, sides.into_customer));
    ASSIGN_OR_RETURN(sides.from, ReadCustomerRecords(reader, sides.from_customer));
    sides.merged = Together(sides.into, sides.from);
    for (const PreviewPart part : PreviewParts()) RETURN_IF_ERROR(part(sides, response));
    return absl::OkStatus();
  }));
}

}  // namespace yilan::core
