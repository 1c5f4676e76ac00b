// The features of a source record as matching reads them: the same values as PartyFeatures, without
// owning them. A view is good as long as the features, or the PackedParties, that it was taken of.
//
// Copying and clearing a view do not allocate for records with up to two values of a kind, and a
// view that is read into again keeps its memory.
#ifndef YILAN_CORE_MATCHING_PARTY_VIEW_H_
#define YILAN_CORE_MATCHING_PARTY_VIEW_H_

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/matching/party_features.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

// See NameFeature; likewise below.
struct NameView {
  absl::string_view written;
  absl::string_view spoken;
  bool empty() const { return written.empty(); }
};

struct ContactView {
  absl::string_view value;
  TimeMicros valid_from = kMinTime;
  TimeMicros valid_to = kMaxTime;
};

struct DocumentView {
  DocumentFeature::Scheme scheme = DocumentFeature::Scheme::kOther;
  absl::string_view value;
  bool verified = false;
};

struct AddressView {
  absl::string_view text;
  absl::string_view house_number;
  absl::string_view street;
  absl::string_view city;
  absl::string_view state;
  absl::string_view postal_code;
};

struct PartyView {
  PartyView() = default;
  explicit PartyView(const PartyFeatures& features);

  v1::PartyType party_type = v1::PARTY_TYPE_UNSPECIFIED;
  Sex sex = Sex::kUnknown;
  NameView name;
  NameView given_name;
  NameView family_name;
  absl::string_view birth_date;
  absl::InlinedVector<ContactView, 2> phones;
  absl::InlinedVector<ContactView, 2> emails;
  absl::InlinedVector<DocumentView, 2> documents;
  absl::InlinedVector<AddressView, 2> addresses;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PARTY_VIEW_H_
