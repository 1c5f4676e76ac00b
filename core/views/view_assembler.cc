#include "core/views/view_assembler.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/times.h"
#include "core/views/profile.h"
#include "core/views/totals.h"
#include "core/views/wire_fields.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::core {
namespace {

using storage::Kind;
using storage::RecordView;

// The field of every kind of fact that holds its etag.
constexpr int kEtagField = v1::SourceRecord::kEtagFieldNumber;

// One fact in its section.
struct Shown {
  int section = 0;
  absl::string_view payload;
  std::string etag;

  size_t message_size() const { return payload.size() + LenFieldSize(kEtagField, etag.size()); }
  size_t size() const { return LenFieldSize(section, message_size()); }
  uint8_t* Write(uint8_t* out) const {
    out = WriteLenHead(section, message_size(), out);
    std::memcpy(out, payload.data(), payload.size());
    return WriteLenField(kEtagField, etag, out + payload.size());
  }
};

}  // namespace

ViewAssembler::ViewAssembler(const ViewShape& shape, const SurvivorshipRules& rules)
    : shape_(shape), rules_(rules) {
  bytes_.reserve(size_t{8} << 10);
  kept_.reserve(64);
}

absl::Status ViewAssembler::Add(const RecordView& record) {
  const bool wanted = shape_.LimitOf(record.kind) > 0 ||
                      (record.kind == v1::Fact::kSourceRecord && shape_.profile()) ||
                      (record.kind == kSubjectKind && (shape_.totals() || shape_.subjects())) ||
                      (record.kind == kIdentityConflictKind && shape_.identity_conflicts());
  if (!wanted) return absl::OkStatus();
  Kept kept;
  kept.kind = record.kind;
  kept.id_size = static_cast<uint16_t>(record.record_id.size());
  kept.payload_size = static_cast<uint32_t>(record.payload.size());
  kept.offset = bytes_.size();
  kept.subject = record.subject;
  kept.version = record.version;
  kept.recorded_time = record.recorded_time;
  kept.revision = record.revision;
  bytes_.append(record.record_id.data(), record.record_id.size());
  bytes_.append(record.payload.data(), record.payload.size());
  kept_.push_back(kept);
  return absl::OkStatus();
}

absl::string_view ViewAssembler::IdOf(const Kept& kept) const {
  return absl::string_view(bytes_).substr(kept.offset, kept.id_size);
}

absl::string_view ViewAssembler::PayloadOf(const Kept& kept) const {
  return absl::string_view(bytes_).substr(kept.offset + kept.id_size, kept.payload_size);
}

template <typename T>
absl::StatusOr<T*> ViewAssembler::Parse(const Kept& kept) {
  T* const message = google::protobuf::Arena::CreateMessage<T>(&arena_);
  const absl::string_view payload = PayloadOf(kept);
  if (!message->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::DataLossError(absl::StrCat("a stored record of kind ", kept.kind, " of subject ",
                                            kept.subject.ToString(), " does not parse"));
  }
  return message;
}

// Sections in the order of their numbers, each with the newest first: ids of facts sort so.
void ViewAssembler::SortBySection() {
  std::sort(kept_.begin(), kept_.end(), [this](const Kept& a, const Kept& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    if (const int order = IdOf(a).compare(IdOf(b)); order != 0) return order < 0;
    return a.subject < b.subject;
  });
}

absl::Status ViewAssembler::AddProfile(v1::CustomerView& view) {
  std::vector<SourceOpinion> opinions;
  for (const Kept& kept : kept_) {
    if (kept.kind != v1::Fact::kSourceRecord) continue;
    ASSIGN_OR_RETURN(const v1::SourceRecord* const record, Parse<v1::SourceRecord>(kept));
    opinions.push_back({record, kept.version, kept.recorded_time});
  }
  ComputeProfile(rules_, opinions, *view.mutable_profile());
  return absl::OkStatus();
}

absl::Status ViewAssembler::AddSubjects(TimeMicros now, v1::CustomerView& view,
                                        TimeMicros& good_until) {
  std::vector<const yilan::storage::v1::Subject*> subjects;
  for (const Kept& kept : kept_) {
    if (kept.kind != kSubjectKind) continue;
    ASSIGN_OR_RETURN(const auto* const subject, Parse<yilan::storage::v1::Subject>(kept));
    subjects.push_back(subject);
    if (shape_.subjects()) DescribeSubject(*subject, *view.add_subjects());
  }
  if (shape_.totals()) good_until = ComputeTotals(subjects, now, *view.mutable_totals());
  return absl::OkStatus();
}

absl::Status ViewAssembler::AddConflicts(v1::CustomerView& view) {
  std::vector<const Kept*> conflicts;
  for (const Kept& kept : kept_) {
    if (kept.kind == kIdentityConflictKind) conflicts.push_back(&kept);
  }
  std::stable_sort(conflicts.begin(), conflicts.end(), [](const Kept* a, const Kept* b) {
    return a->recorded_time > b->recorded_time;
  });
  for (const Kept* kept : conflicts) {
    ASSIGN_OR_RETURN(auto* const stored, Parse<yilan::storage::v1::StoredIdentityConflict>(*kept));
    v1::IdentityConflict& conflict = *view.add_identity_conflicts();
    conflict.mutable_subject()->Swap(stored->mutable_subject());
    conflict.mutable_reference()->Swap(stored->mutable_reference());
    SetTimestamp(kept->recorded_time, *conflict.mutable_recorded_time());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::CustomerView*> ViewAssembler::Compute(const storage::CustomerState& customer,
                                                         TimeMicros now, TimeMicros& good_until) {
  auto* const view = google::protobuf::Arena::CreateMessage<v1::CustomerView>(&arena_);
  view->set_customer_id(customer.customer.ToString());
  view->set_etag(EtagOf(customer.revision));
  if (shape_.profile()) RETURN_IF_ERROR(AddProfile(*view));
  if (shape_.totals() || shape_.subjects()) RETURN_IF_ERROR(AddSubjects(now, *view, good_until));
  if (shape_.identity_conflicts()) RETURN_IF_ERROR(AddConflicts(*view));
  return view;
}

absl::StatusOr<AssembledView> ViewAssembler::Finish(const storage::CustomerState& customer,
                                                    TimeMicros now) {
  SortBySection();
  AssembledView view;
  ASSIGN_OR_RETURN(const v1::CustomerView* const computed, Compute(customer, now, view.good_until));
  std::vector<Shown> facts;
  facts.reserve(kept_.size());
  Kind section = 0;
  size_t left = 0;
  size_t view_size = computed->ByteSizeLong();
  for (const Kept& kept : kept_) {
    if (kept.kind != section) {
      section = kept.kind;
      left = shape_.LimitOf(section);
    }
    if (left == 0) continue;
    --left;
    facts.push_back({section, PayloadOf(kept), EtagOf(kept.revision)});
    view_size += facts.back().size();
  }
  constexpr int kViewField = v1::GetCustomerViewResponse::kCustomerViewFieldNumber;
  view.bytes.resize(LenFieldSize(kViewField, view_size));
  auto* out = reinterpret_cast<uint8_t*>(view.bytes.data());
  out = WriteLenHead(kViewField, view_size, out);
  out = computed->SerializeWithCachedSizesToArray(out);
  for (const Shown& fact : facts) out = fact.Write(out);
  return view;
}

}  // namespace yilan::core
