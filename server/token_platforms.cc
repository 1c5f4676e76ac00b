#include "server/token_platforms.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "core/errors.h"
#include "storage/memory/memory_store.h"

namespace yilan::server {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

}  // namespace

struct TokenPlatforms::Tenant {
  Tenant(const Clock& clock, IdGenerator& ids, size_t cache, const core::ParallelRunner& parallel)
      : store(storage::NewMemoryStore()), platform(*store, clock, ids, cache, parallel) {}

  const std::unique_ptr<storage::RecordStore> store;
  core::Platform platform;
};

TokenPlatforms::TokenPlatforms(const Clock& clock, IdGenerator& ids, size_t view_cache_bytes,
                               core::ParallelRunner parallel, size_t max_tokens)
    : clock_(clock),
      ids_(ids),
      view_cache_bytes_(view_cache_bytes),
      parallel_(std::move(parallel)),
      max_tokens_(max_tokens) {}

TokenPlatforms::~TokenPlatforms() = default;

absl::Status TokenPlatforms::Find(const ArrivedCall& arrived, Caller& caller) {
  absl::string_view token = arrived.Metadata("authorization");
  if (!absl::StartsWithIgnoreCase(token, kScheme) || token.size() == kScheme.size() ||
      token.size() > kScheme.size() + kMaxTokenBytes) {
    return core::ErrorWithReason(
        absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_UNAUTHENTICATED,
        "this server gives every token a store of its own: send the metadata \"authorization: "
        "Bearer TOKEN\" with any token of up to 256 bytes");
  }
  token.remove_prefix(kScheme.size());
  std::shared_ptr<Tenant> evicted;  // Goes after the lock, if this was its last use.
  MutexLock lock(mutex_);
  auto found = tenants_.find(std::string(token));
  if (found == tenants_.end()) {
    if (tenants_.size() >= max_tokens_) {
      const auto oldest = tenants_.find(order_.back());
      evicted = std::move(oldest->second.tenant);
      tenants_.erase(oldest);
      order_.pop_back();
    }
    order_.emplace_front(token);
    found = tenants_
                .emplace(std::string(token),
                         Entry{std::make_shared<Tenant>(clock_, ids_, view_cache_bytes_, parallel_),
                               order_.begin()})
                .first;
  } else {
    order_.splice(order_.begin(), order_, found->second.place);
  }
  caller.platform = &found->second.tenant->platform;
  caller.hold = found->second.tenant;
  return absl::OkStatus();
}

size_t TokenPlatforms::size() const {
  MutexLock lock(mutex_);
  return tenants_.size();
}

}  // namespace yilan::server
