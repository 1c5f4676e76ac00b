// What a view is asked to show: the section mask and the limits of a request, checked and brought
// into one form, so that two ways of asking for the same view are one entry of the cache.
#ifndef YILAN_CORE_VIEWS_VIEW_SHAPE_H_
#define YILAN_CORE_VIEWS_VIEW_SHAPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/record_store.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::core {

// Immutable, so thread-safe.
class ViewShape {
 public:
  static constexpr size_t kDefaultLimit = 20;
  static constexpr int32_t kMaxLimit = 1000;

  // All sections, with the default limits.
  ViewShape();
  // What `options` ask for; `path` is how the request calls them. Errors: INVALID_FIELDS, which
  // names every wrong section and limit.
  static absl::StatusOr<ViewShape> Parse(const v1::ViewOptions& options, absl::string_view path);
  // Whether `options` are those of ViewShape(), as most requests' are.
  static bool IsDefault(const v1::ViewOptions& options) {
    return options.section_mask().paths().empty() && options.section_limits().empty();
  }

  bool profile() const { return profile_; }
  bool totals() const { return totals_; }
  bool subjects() const { return subjects_; }
  bool identity_conflicts() const { return identity_conflicts_; }
  // How many facts of a kind are shown; 0 for kinds that are not shown, or are no facts.
  size_t LimitOf(storage::Kind kind) const {
    return kind < limits_.size() ? limits_[kind] : size_t{0};
  }

  // What has to be read of each subject to fill such a view.
  absl::Span<const storage::KindLimit> load() const { return load_; }

  // The same for equal shapes, and different for different ones. Empty for the default.
  const std::string& key() const { return key_; }
  // A hash of the key: 0 for the default.
  uint64_t key_hash() const { return key_hash_; }

 private:
  enum class Sections { kAll, kNone };
  explicit ViewShape(Sections sections);
  bool* ComputedSection(absl::string_view name);  // Null if there is no such computed section.
  std::string Encode() const;
  void Finish();  // Derives the members below from those above.

  bool profile_ = false;
  bool totals_ = false;
  bool subjects_ = false;
  bool identity_conflicts_ = false;
  std::vector<uint16_t> limits_;  // By kind.

  std::vector<storage::KindLimit> load_;
  std::string key_;
  uint64_t key_hash_ = 0;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_VIEW_SHAPE_H_
