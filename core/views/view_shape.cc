#include "core/views/view_shape.h"

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"

namespace yilan::core {
namespace {

// They are in every view, so that naming them asks for nothing more.
bool IsAlwaysShown(absl::string_view section) {
  return section == "customer_id" || section == "etag" || section == "redirected_from_customer_id";
}

constexpr char kSectionsHint[] =
    "is no section of a customer view; the sections are the fields of CustomerView";

}  // namespace

ViewShape::ViewShape(Sections sections) {
  const bool all = sections == Sections::kAll;
  profile_ = totals_ = subjects_ = identity_conflicts_ = all;
  for (const FactKind& kind : AllFactKinds()) {
    limits_.resize(kind.kind + size_t{1});
    limits_[kind.kind] = all ? kDefaultLimit : 0;
  }
}

ViewShape::ViewShape() : ViewShape(Sections::kAll) { Finish(); }

bool* ViewShape::ComputedSection(absl::string_view name) {
  if (name == "profile") return &profile_;
  if (name == "totals") return &totals_;
  if (name == "subjects") return &subjects_;
  if (name == "identity_conflicts") return &identity_conflicts_;
  return nullptr;
}

absl::StatusOr<ViewShape> ViewShape::Parse(const v1::ViewOptions& options, absl::string_view path) {
  Violations violations;
  const auto& paths = options.section_mask().paths();
  ViewShape shape(paths.empty() ? Sections::kAll : Sections::kNone);
  for (const std::string& section : paths) {
    const std::string field = absl::StrCat(path, ".section_mask");
    if (absl::StrContains(section, '.')) {
      violations.Add(field, absl::StrCat("\"", section,
                                         "\" names a part of a section; only whole sections can be "
                                         "chosen"));
    } else if (const FactKind* kind = FindFactKindBySection(section); kind != nullptr) {
      shape.limits_[kind->kind] = kDefaultLimit;
    } else if (bool* computed = shape.ComputedSection(section); computed != nullptr) {
      *computed = true;
    } else if (!IsAlwaysShown(section)) {
      violations.Add(field, absl::StrCat("\"", section, "\" ", kSectionsHint));
    }
  }
  absl::flat_hash_set<absl::string_view> limited;
  for (int i = 0; i < options.section_limits_size(); ++i) {
    const v1::SectionLimit& limit = options.section_limits(i);
    const std::string field = absl::StrCat(path, ".section_limits[", i, "]");
    if (limit.limit() < 0 || limit.limit() > kMaxLimit) {
      violations.Add(field + ".limit", absl::StrCat("is not from 0 to ", kMaxLimit));
    }
    if (!limited.insert(limit.section()).second) {
      violations.Add(field + ".section",
                     absl::StrCat("\"", limit.section(), "\" has a limit above already"));
    }
    const FactKind* kind = FindFactKindBySection(limit.section());
    if (kind != nullptr) {
      uint16_t& shown = shape.limits_[kind->kind];
      // A section that the mask leaves out stays out.
      if (shown > 0) shown = static_cast<uint16_t>(limit.limit());
    } else if (shape.ComputedSection(limit.section()) != nullptr ||
               IsAlwaysShown(limit.section())) {
      violations.Add(field + ".section",
                     absl::StrCat("\"", limit.section(),
                                  "\" is no section of facts; only those have a limit"));
    } else {
      violations.Add(field + ".section", absl::StrCat("\"", limit.section(), "\" ", kSectionsHint));
    }
  }
  if (!violations.empty()) return violations.ToStatus();
  shape.Finish();
  return shape;
}

std::string ViewShape::Encode() const {
  std::string key;
  key.push_back(static_cast<char>(profile_ << 3 | totals_ << 2 | subjects_ << 1 |
                                  static_cast<int>(identity_conflicts_)));
  for (const FactKind& kind : AllFactKinds()) {
    key.push_back(static_cast<char>(limits_[kind.kind] >> 8));
    key.push_back(static_cast<char>(limits_[kind.kind]));
  }
  return key;
}

void ViewShape::Finish() {
  if (!totals_ && !subjects_) load_.push_back({kSubjectKind, 0});
  load_.push_back({kTombstoneKind, 0});
  if (!identity_conflicts_) load_.push_back({kIdentityConflictKind, 0});
  for (const storage::Kind own :
       {kQuarantinedFactKind, kIdentityEdgeKind, kIdentityEventKind, kOverflowedBlockKind}) {
    load_.push_back({own, 0});
  }
  for (const FactKind& kind : AllFactKinds()) {
    // The profile is made of all source records, of which a subject has one.
    if (profile_ && kind.kind == v1::Fact::kSourceRecord) continue;
    load_.push_back({kind.kind, limits_[kind.kind]});
  }
  key_ = Encode();
  if (key_ == ViewShape(Sections::kAll).Encode()) {
    key_.clear();
  } else {
    key_hash_ = absl::HashOf(key_);
  }
}

}  // namespace yilan::core
