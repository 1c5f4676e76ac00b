// A platform for every bearer token, each over an empty store of its own, in memory: for test
// suites that share one server.
#ifndef YILAN_SERVER_TOKEN_PLATFORMS_H_
#define YILAN_SERVER_TOKEN_PLATFORMS_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "core/platform.h"
#include "server/call/gate.h"

namespace yilan::server {

// Thread-safe.
class TokenPlatforms final : public PlatformSource {
 public:
  // Keeps at most `max_tokens`: a further one takes the place of the one unused for longest, whose
  // data is gone when its last call has ended. Every platform caches up to `view_cache_bytes`.
  TokenPlatforms(const Clock& clock, IdGenerator& ids, size_t view_cache_bytes,
                 core::ParallelRunner parallel, size_t max_tokens);
  ~TokenPlatforms() override;

  // By the metadata "authorization: Bearer TOKEN". UNAUTHENTICATED without.
  absl::Status Find(const ArrivedCall& arrived, Caller& caller) override;

  size_t size() const;

  static constexpr size_t kMaxTokenBytes = 256;

 private:
  struct Tenant;
  using Order = std::list<std::string>;  // Tokens, the one used last in front.
  struct Entry {
    std::shared_ptr<Tenant> tenant;
    Order::iterator place;
  };

  const Clock& clock_;
  IdGenerator& ids_;
  const size_t view_cache_bytes_;
  const core::ParallelRunner parallel_;
  const size_t max_tokens_;
  mutable Mutex mutex_;
  Order order_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Entry> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_TOKEN_PLATFORMS_H_
