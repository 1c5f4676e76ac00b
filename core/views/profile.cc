#include "core/views/profile.h"

#include <string>
#include <vector>

#include "core/facts/times.h"
#include "core/survivorship/profile_fields.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace yilan::core {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

constexpr char kOnlyValue[] = "ONLY_VALUE";

void CopyValue(const v1::SourceRecord& record, const ProfileField& field,
               v1::CustomerProfile& profile) {
  const Reflection& from = *v1::SourceRecord::GetReflection();
  const Reflection& to = *v1::CustomerProfile::GetReflection();
  if (field.source->is_repeated()) {
    for (int i = 0; i < from.FieldSize(record, field.source); ++i) {
      to.AddMessage(&profile, field.target)
          ->CopyFrom(from.GetRepeatedMessage(record, field.source, i));
    }
    return;
  }
  switch (field.source->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      to.SetString(&profile, field.target, from.GetStringReference(record, field.source, &scratch));
      return;
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      to.SetEnumValue(&profile, field.target, from.GetEnumValue(record, field.source));
      return;
    default:
      to.MutableMessage(&profile, field.target)->CopyFrom(from.GetMessage(record, field.source));
  }
}

void Explain(const ProfileField& field, absl::Span<const RankedOpinion> ranking,
             v1::FieldProvenance& provenance) {
  const SourceOpinion& winner = *ranking.front().opinion;
  provenance.set_field(field.name());
  provenance.set_source_system(winner.record->source().source_system());
  provenance.set_source_key(winner.record->source().key());
  provenance.set_rule(kOnlyValue);
  SetTimestamp(winner.version.event_time, *provenance.mutable_event_time());
  SetTimestamp(winner.recorded_time, *provenance.mutable_recorded_time());
  if (const TimeMicros verified = VerifiedTimeOf(*winner.record); verified != kMinTime) {
    SetTimestamp(verified, *provenance.mutable_verified_time());
  }
  for (const RankedOpinion& loser : ranking.subspan(1)) {
    const SourceOpinion& opinion = *loser.opinion;
    if (!Sets(*opinion.record, field)) continue;
    if (provenance.losing_values().empty()) provenance.set_rule(NameOf(loser.lost_by));
    v1::LosingValue& losing = *provenance.add_losing_values();
    losing.set_source_system(opinion.record->source().source_system());
    losing.set_source_key(opinion.record->source().key());
    losing.set_value(TextOf(*opinion.record, field));
    losing.set_lost_by(loser.lost_by);
    SetTimestamp(opinion.version.event_time, *losing.mutable_event_time());
    SetTimestamp(opinion.recorded_time, *losing.mutable_recorded_time());
  }
}

}  // namespace

void ComputeProfile(const SurvivorshipRules& rules, absl::Span<const SourceOpinion> opinions,
                    v1::CustomerProfile& profile) {
  profile.set_survivorship_rules_version(rules.version());
  for (const ProfileField& field : ProfileFields()) {
    const std::vector<RankedOpinion> ranking = rules.Rank(field, opinions);
    if (ranking.empty()) continue;
    if (ranking.front().states) CopyValue(*ranking.front().opinion->record, field, profile);
    Explain(field, ranking, *profile.add_provenance());
  }
}

const v1::SourceRecord* WinnerOf(absl::string_view field, const SurvivorshipRules& rules,
                                 absl::Span<const SourceOpinion> opinions) {
  const ProfileField* const found = FindProfileField(field);
  if (found == nullptr) return nullptr;
  const std::vector<RankedOpinion> ranking = rules.Rank(*found, opinions);
  if (ranking.empty() || !ranking.front().states) return nullptr;
  return ranking.front().opinion->record;
}

}  // namespace yilan::core
