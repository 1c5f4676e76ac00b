#include "core/views/profile.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/facts/times.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/time_util.h"

namespace yilan::core {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

// One field of the profile, and where source records state it.
struct ProfileField {
  const FieldDescriptor* target = nullptr;
  const FieldDescriptor* source = nullptr;
};

const std::vector<ProfileField>& ProfileFields() {
  static const auto* const fields = [] {
    auto* list = new std::vector<ProfileField>;
    const auto* profile = v1::CustomerProfile::descriptor();
    for (int i = 0; i < profile->field_count(); ++i) {
      const auto* source =
          v1::SourceRecord::descriptor()->FindFieldByName(profile->field(i)->name());
      if (source != nullptr) list->push_back({profile->field(i), source});
    }
    return list;
  }();
  return *fields;
}

bool States(const v1::SourceRecord& record, const FieldDescriptor& field) {
  const Reflection& reflection = *v1::SourceRecord::GetReflection();
  return field.is_repeated() ? reflection.FieldSize(record, &field) > 0
                             : reflection.HasField(record, &field);
}

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

void AppendPart(absl::string_view part, absl::string_view separator, std::string& text) {
  if (part.empty()) return;
  absl::StrAppend(&text, text.empty() ? "" : separator, part);
}

std::string TextOf(const v1::ContactMedium& medium) {
  std::string text = medium.value();
  AppendPart(medium.postal_code(), ", ", text);
  AppendPart(medium.city(), ", ", text);
  AppendPart(medium.state_or_province(), ", ", text);
  return text;
}

template <typename T, typename Text>
std::string Joined(const google::protobuf::RepeatedPtrField<T>& values, Text text_of) {
  std::string text;
  for (const T& value : values) AppendPart(text_of(value), "; ", text);
  return text;
}

// What a losing value is shown as.
std::string TextOf(const v1::SourceRecord& record, const FieldDescriptor& field) {
  switch (field.number()) {
    case v1::SourceRecord::kContactMediaFieldNumber:
      return Joined(record.contact_media(),
                    [](const v1::ContactMedium& medium) { return TextOf(medium); });
    case v1::SourceRecord::kIdentificationsFieldNumber:
      return Joined(record.identifications(),
                    [](const v1::PartyIdentification& document) { return document.value(); });
    case v1::SourceRecord::kCustomerSinceTimeFieldNumber:
      return google::protobuf::util::TimeUtil::ToString(record.customer_since_time());
    default:
      break;
  }
  const Reflection& reflection = *v1::SourceRecord::GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return reflection.GetEnum(record, &field)->name();
  }
  return reflection.GetString(record, &field);
}

// The opinions on a field, the best first.
void Rank(const ProfileField& field, absl::Span<const SourceOpinion> opinions,
          std::vector<SourceOpinion>& ranked) {
  ranked.clear();
  for (const SourceOpinion& opinion : opinions) {
    if (States(*opinion.record, *field.source)) ranked.push_back(opinion);
  }
  std::sort(ranked.begin(), ranked.end(), RuleFor(field.target->name()).better);
}

void Explain(const ProfileField& field, absl::Span<const SourceOpinion> ranked,
             v1::FieldProvenance& provenance) {
  const SourceOpinion& winner = ranked.front();
  const absl::string_view rule = RuleFor(field.target->name()).name;
  provenance.set_field(field.target->name());
  provenance.set_source_system(winner.record->source().source_system());
  provenance.set_source_key(winner.record->source().key());
  provenance.set_rule(rule.data(), rule.size());
  SetTimestamp(winner.version.event_time, *provenance.mutable_event_time());
  SetTimestamp(winner.recorded_time, *provenance.mutable_recorded_time());
  for (const SourceOpinion& loser : ranked.subspan(1)) {
    v1::LosingValue& losing = *provenance.add_losing_values();
    losing.set_source_system(loser.record->source().source_system());
    losing.set_source_key(loser.record->source().key());
    losing.set_value(TextOf(*loser.record, *field.source));
    SetTimestamp(loser.version.event_time, *losing.mutable_event_time());
    SetTimestamp(loser.recorded_time, *losing.mutable_recorded_time());
  }
}

}  // namespace

void ComputeProfile(absl::Span<const SourceOpinion> opinions, v1::CustomerProfile& profile) {
  std::vector<SourceOpinion> ranked;
  ranked.reserve(opinions.size());
  for (const ProfileField& field : ProfileFields()) {
    Rank(field, opinions, ranked);
    if (ranked.empty()) continue;
    CopyValue(*ranked.front().record, field, profile);
    Explain(field, ranked, *profile.add_provenance());
  }
}

const v1::SourceRecord* WinnerOf(absl::string_view field,
                                 absl::Span<const SourceOpinion> opinions) {
  std::vector<SourceOpinion> ranked;
  for (const ProfileField& candidate : ProfileFields()) {
    if (candidate.target->name() != field) continue;
    Rank(candidate, opinions, ranked);
  }
  return ranked.empty() ? nullptr : ranked.front().record;
}

}  // namespace yilan::core
