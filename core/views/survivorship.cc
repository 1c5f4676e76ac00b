#include "core/views/survivorship.h"

#include <tuple>

namespace yilan::core {
namespace {

bool UpdatedLater(const SourceOpinion& a, const SourceOpinion& b) {
  if (a.version != b.version) return a.version > b.version;
  return std::tie(a.record->source().source_system(), a.record->source().key()) <
         std::tie(b.record->source().source_system(), b.record->source().key());
}

constexpr SurvivorshipRule kLastUpdated = {"LAST_UPDATED", UpdatedLater};

}  // namespace

const SurvivorshipRule& RuleFor(absl::string_view) { return kLastUpdated; }

}  // namespace yilan::core
