#include "core/quality/scorecard.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "core/facts/times.h"
#include "core/identity/identifiers.h"
#include "core/survivorship/profile_fields.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace yilan::core {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Facts that are parsed before their memory is given back.
constexpr uint64_t kArenaBytes = uint64_t{1} << 20;

int DayOf(TimeMicros time) {
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixMicros(time), absl::UTCTimeZone());
  return static_cast<int>(day.year()) * 10000 + day.month() * 100 + day.day();
}

// Whether it can be told if a fact states the field.
bool ShowsPresence(const FieldDescriptor& field) {
  if (field.number() < 10) return false;  // Its source and etag, which all kinds have.
  if (field.is_repeated() || field.has_presence()) return true;
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
}

bool StatesField(const Message& fact, const FieldDescriptor& field) {
  const auto& reflection = *fact.GetReflection();
  if (field.is_repeated()) return reflection.FieldSize(fact, &field) > 0;
  if (!reflection.HasField(fact, &field)) return false;
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return true;
  std::string scratch;
  return SaysSomething(reflection.GetStringReference(fact, &field, &scratch));
}

// "msisdn" for IDENTIFIER_TYPE_MSISDN.
std::string TypeName(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  const absl::string_view prefix =
      absl::StripSuffix(type.FindValueByNumber(0)->name(), "UNSPECIFIED");
  return absl::AsciiStrToLower(absl::StripPrefix(value->name(), prefix));
}

void SetDuration(TimeMicros micros, google::protobuf::Duration& duration) {
  duration.set_seconds(micros / 1000000);
  duration.set_nanos(static_cast<int32_t>(micros % 1000000 * 1000));
}

void Show(const DurationCounts& counts, v1::DurationDistribution& shown) {
  SetDuration(counts.Quantile(0.5), *shown.mutable_p50());
  SetDuration(counts.Quantile(0.9), *shown.mutable_p90());
  SetDuration(counts.Quantile(0.99), *shown.mutable_p99());
  SetDuration(counts.max(), *shown.mutable_max());
}

// Of the fields that only people have.
bool IsOfPersons(int number) {
  return number == v1::SourceRecord::kGivenNameFieldNumber ||
         number == v1::SourceRecord::kFamilyNameFieldNumber ||
         number == v1::SourceRecord::kBirthDateFieldNumber ||
         number == v1::SourceRecord::kGenderFieldNumber;
}

v1::IdentifierType IdentifierTypeOf(v1::ContactMediumType type) {
  if (type == v1::CONTACT_MEDIUM_TYPE_PHONE) return v1::IDENTIFIER_TYPE_MSISDN;
  if (type == v1::CONTACT_MEDIUM_TYPE_EMAIL) return v1::IDENTIFIER_TYPE_EMAIL;
  return v1::IDENTIFIER_TYPE_UNSPECIFIED;
}

}  // namespace

// The fields of a kind that are counted.
struct ScorecardCounts::KindPlan {
  const FactKind* kind = nullptr;
  const Message* prototype = nullptr;
  std::vector<const FieldDescriptor*> fields;
};

struct ScorecardCounts::Field {
  std::string name;
  int64_t expected = 0;
  int64_t stated = 0;
  int64_t checked = 0;
  int64_t valid = 0;
  std::optional<SharedValues::Group> group;  // If its values are identifiers.

  void Check(Validity validity) {
    if (validity == Validity::kNotChecked) return;
    ++checked;
    if (validity == Validity::kValid) ++valid;
  }
};

// The facts of one source and kind.
struct ScorecardCounts::Facts {
  const KindPlan* plan = nullptr;
  int64_t count = 0;
  int64_t ahead = 0;
  TimeMicros watermark = kMinTime;
  TimeMicros last_recorded = kMinTime;
  DurationCounts lag;
  DurationCounts age;
  std::vector<Field> fields;  // As in the plan.
  std::map<SubField, Field> sub_fields;
};

ScorecardCounts::ScorecardCounts(TimeMicros now, size_t max_compared)
    : now_(now), today_(DayOf(now)), identifiers_(max_compared) {}

ScorecardCounts::~ScorecardCounts() = default;

const ScorecardCounts::KindPlan& ScorecardCounts::PlanOf(const FactKind& kind) {
  std::unique_ptr<KindPlan>& plan = plans_[kind.kind];
  if (plan != nullptr) return *plan;
  plan = std::make_unique<KindPlan>();
  plan->kind = &kind;
  plan->prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind.descriptor);
  for (int i = 0; i < kind.descriptor->field_count(); ++i) {
    const FieldDescriptor* const field = kind.descriptor->field(i);
    if (ShowsPresence(*field)) plan->fields.push_back(field);
  }
  std::sort(plan->fields.begin(), plan->fields.end(),
            [](const auto* a, const auto* b) { return a->number() < b->number(); });
  return *plan;
}

absl::Status ScorecardCounts::Add(storage::CustomerId customer, const storage::RecordView& record) {
  const FactKind* const kind = FindFactKind(record.kind);
  if (kind == nullptr) return absl::OkStatus();
  const KindPlan& plan = PlanOf(*kind);
  if (arena_.SpaceUsed() > kArenaBytes) arena_.Reset();
  Message* const fact = plan.prototype->New(&arena_);
  if (!fact->ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError(absl::StrCat("a stored ", kind->name, " of subject ",
                                            record.subject.ToString(), " does not parse"));
  }
  std::unique_ptr<Facts>& facts = facts_[{kind->source(*fact).source_system(), record.kind}];
  if (facts == nullptr) {
    facts = std::make_unique<Facts>();
    facts->plan = &plan;
    facts->fields.resize(plan.fields.size());
    for (size_t i = 0; i < plan.fields.size(); ++i) facts->fields[i].name = plan.fields[i]->name();
  }
  ++facts->count;
  const TimeMicros event_time = record.version.event_time;
  if (event_time > record.recorded_time) ++facts->ahead;
  if (event_time <= now_) facts->watermark = std::max(facts->watermark, event_time);
  facts->last_recorded = std::max(facts->last_recorded, record.recorded_time);
  facts->lag.Add(record.recorded_time - event_time);
  facts->age.Add(now_ - event_time);
  if (const auto* const source = google::protobuf::DynamicCastToGenerated<v1::SourceRecord>(fact)) {
    CountSourceRecord(customer, *source, *facts);
    return absl::OkStatus();
  }
  CountFields(plan, *fact, *facts);
  if (const auto* const resource = google::protobuf::DynamicCastToGenerated<v1::Resource>(fact)) {
    CountResource(customer, *resource, *facts);
  }
  return absl::OkStatus();
}

void ScorecardCounts::CountFields(const KindPlan& plan, const Message& fact, Facts& facts) {
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    ++facts.fields[i].expected;
    if (StatesField(fact, *plan.fields[i])) ++facts.fields[i].stated;
  }
}

void ScorecardCounts::CountSourceRecord(storage::CustomerId customer,
                                        const v1::SourceRecord& record, Facts& facts) {
  const bool organization = record.party_type() == v1::PARTY_TYPE_ORGANIZATION;
  for (size_t i = 0; i < facts.fields.size(); ++i) {
    const FieldDescriptor& field = *facts.plan->fields[i];
    const ProfileField* const profile_field = FindProfileField(field.name());
    const bool states =
        profile_field != nullptr ? States(record, *profile_field) : StatesField(record, field);
    Field& counts = facts.fields[i];
    if (states || !organization || !IsOfPersons(field.number())) ++counts.expected;
    if (!states) continue;
    ++counts.stated;
    switch (field.number()) {
      case v1::SourceRecord::kNameFieldNumber:
        counts.Check(ValidityOfName(record.name(), record.party_type()));
        break;
      case v1::SourceRecord::kGivenNameFieldNumber:
        counts.Check(ValidityOfName(record.given_name(), record.party_type()));
        break;
      case v1::SourceRecord::kFamilyNameFieldNumber:
        counts.Check(ValidityOfName(record.family_name(), record.party_type()));
        break;
      case v1::SourceRecord::kBirthDateFieldNumber:
        counts.Check(ValidityOfBirthDate(record.birth_date(), today_));
        break;
      case v1::SourceRecord::kCustomerSinceTimeFieldNumber:
        counts.Check(MicrosOf(record.customer_since_time()) <= now_ ? Validity::kValid
                                                                    : Validity::kInvalid);
        break;
      default:
        break;
    }
  }
  // By type: a record states each once, however many values it has.
  std::vector<const Field*> stated;
  const auto state = [&stated](Field& field) {
    if (std::find(stated.begin(), stated.end(), &field) != stated.end()) return;
    ++field.stated;
    stated.push_back(&field);
  };
  for (const v1::ContactMedium& medium : record.contact_media()) {
    if (!SaysSomething(medium.value())) continue;
    constexpr int kNumber = v1::SourceRecord::kContactMediaFieldNumber;
    state(SubFieldOf(
        facts, kNumber, medium.type(),
        absl::StrCat("contact_media[", TypeName(*v1::ContactMediumType_descriptor(), medium.type()),
                     "]")));
    const v1::IdentifierType type = IdentifierTypeOf(medium.type());
    if (type == v1::IDENTIFIER_TYPE_UNSPECIFIED) continue;
    CountIdentifier(customer, {kNumber, medium.type()}, type, medium.value(), medium.valid_period(),
                    facts);
  }
  for (const v1::PartyIdentification& document : record.identifications()) {
    if (!SaysSomething(document.value())) continue;
    constexpr int kNumber = v1::SourceRecord::kIdentificationsFieldNumber;
    state(
        SubFieldOf(facts, kNumber, document.type(),
                   absl::StrCat("identifications[",
                                TypeName(*v1::IdentifierType_descriptor(), document.type()), "]")));
    CountIdentifier(customer, {kNumber, document.type()}, document.type(), document.value(),
                    document.valid_period(), facts);
  }
}

void ScorecardCounts::CountResource(storage::CustomerId customer, const v1::Resource& resource,
                                    Facts& facts) {
  constexpr int kNumber = v1::Resource::kValueFieldNumber;
  Field& field = SubFieldOf(
      facts, kNumber, resource.resource_type(),
      absl::StrCat("value[", TypeName(*v1::IdentifierType_descriptor(), resource.resource_type()),
                   "]"));
  ++field.expected;
  if (!SaysSomething(resource.value())) return;
  ++field.stated;
  CountIdentifier(customer, {kNumber, resource.resource_type()}, resource.resource_type(),
                  resource.value(), resource.valid_period(), facts);
}

void ScorecardCounts::CountIdentifier(storage::CustomerId customer, const SubField& sub_field,
                                      v1::IdentifierType type, absl::string_view value,
                                      const v1::TimePeriod& period, Facts& facts) {
  const std::string normalized = NormalizeIdentifier(type, value);
  Field& field = facts.sub_fields[sub_field];
  field.Check(ValidityOfIdentifier(type, value, normalized, today_));
  const bool holds_now = StartOf(period) <= now_ && now_ < EndOf(period);
  if (normalized.empty() || !holds_now) return;
  if (!field.group.has_value()) field.group = groups_++;
  identifiers_.Add(*field.group, absl::StrCat(type, " ", normalized), customer);
}

ScorecardCounts::Field& ScorecardCounts::SubFieldOf(Facts& facts, int number, int type,
                                                    const std::string& name) {
  Field& field = facts.sub_fields[{number, type}];
  if (field.name.empty()) field.name = name;
  return field;
}

void ScorecardCounts::Fill(v1::QualityScorecard& scorecard) const {
  const auto shared = identifiers_.Count();
  scorecard.set_identifier_sampling(identifiers_.sampling());
  int64_t total = 0;
  const auto show = [&shared](const Field& field, int64_t expected, v1::FactQuality& quality) {
    v1::FieldQuality& shown = *quality.add_fields();
    shown.set_field(field.name);
    shown.set_expected(expected);
    shown.set_stated(field.stated);
    const auto share = [](int64_t part, int64_t whole) {
      return static_cast<double>(part) / static_cast<double>(whole);
    };
    if (expected > 0) shown.set_completeness(share(field.stated, expected));
    shown.set_checked(field.checked);
    shown.set_valid(field.valid);
    if (field.checked > 0) shown.set_validity(share(field.valid, field.checked));
    if (!field.group.has_value()) return;
    const auto found = shared.find(*field.group);
    if (found == shared.end()) return;
    shown.set_distinct(found->second.distinct);
    shown.set_unique(found->second.unique);
    shown.set_uniqueness(share(found->second.unique, found->second.distinct));
  };
  v1::SourceQuality* source = nullptr;
  for (const auto& [key, facts] : facts_) {
    total += facts->count;
    if (source == nullptr || source->source_system() != key.first) {
      if (scorecard.sources_size() == static_cast<int>(kMaxSources)) continue;
      source = scorecard.add_sources();
      source->set_source_system(key.first);
    }
    v1::FactQuality& quality = *source->add_facts();
    quality.set_fact_type(facts->plan->kind->name);
    quality.set_facts(facts->count);
    const bool by_expectation = key.second == v1::Fact::kResource;
    for (size_t i = 0; i < facts->fields.size(); ++i) {
      const int number = facts->plan->fields[i]->number();
      show(facts->fields[i], facts->fields[i].expected, quality);
      for (const auto& [sub_field, counts] : facts->sub_fields) {
        if (sub_field.first != number) continue;
        show(counts, by_expectation ? counts.expected : facts->count, quality);
      }
    }
    v1::Timeliness& timeliness = *quality.mutable_timeliness();
    if (facts->watermark != kMinTime) {
      SetTimestamp(facts->watermark, *timeliness.mutable_watermark_time());
    }
    SetTimestamp(facts->last_recorded, *timeliness.mutable_last_recorded_time());
    Show(facts->lag, *timeliness.mutable_lag());
    Show(facts->age, *timeliness.mutable_age());
    timeliness.set_ahead(facts->ahead);
  }
  scorecard.set_facts(total);
}

}  // namespace yilan::core
