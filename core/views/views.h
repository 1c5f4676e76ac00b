// The unified customer view.
//
// Views are served from a cache of serialized responses, keyed by customer, section mask, limits
// and the survivorship rules that hold on this server. An entry is used only while the customer's
// revision in the store is the entry's, and until the next moment at which time alone changes the
// view (a due date), so it is never stale, however many servers write. Filling is single-flight per
// key.
//
//   if (auto answer = views.TryGet(call, request)) return Send(*answer);     // On the I/O thread.
//   executor.Run([&] { Send(views.Get(call, request)); });
//
// Thread-safe.
#ifndef YILAN_CORE_VIEWS_VIEWS_H_
#define YILAN_CORE_VIEWS_VIEWS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/call.h"
#include "core/survivorship/active_survivorship.h"
#include "storage/record_store.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::core {

// Bytes of a serialized response, shared with the cache.
using SharedBytes = std::shared_ptr<const std::string>;

// Figures of the cache since the start.
struct ViewCacheFigures {
  uint64_t hits = 0;    // Views served without being assembled.
  uint64_t misses = 0;  // Views assembled.
  uint64_t evictions = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;  // Held now, keys and bookkeeping included.
  uint64_t capacity_bytes = 0;
};

class ViewCache;
class ViewFlights;
class ViewShape;
struct CachedView;
struct ViewKey;

class Views {
 public:
  // `cache_bytes` bounds the cache; 0 switches it off.
  Views(storage::RecordStore& store, const Clock& clock, ActiveSurvivorship& survivorship,
        size_t cache_bytes);
  ~Views();

  // The answer if it can be given at once, without reading records: a hit, or an error that needs
  // none of them. Never blocks longer than one key lookup; nothing when Get must be called, as
  // always where the store is not on this machine.
  std::optional<absl::StatusOr<SharedBytes>> TryGet(const Call& call,
                                                    const v1::GetCustomerViewRequest& request);
  // The bytes of a GetCustomerViewResponse. By the id of a customer that was merged, the view says
  // so (redirected_from_customer_id).
  absl::StatusOr<SharedBytes> Get(const Call& call, const v1::GetCustomerViewRequest& request);

  // Answers each customer on its own; the views are those of Get. An error of the whole is one of
  // the options, or the end of the deadline.
  absl::Status BatchGet(const Call& call, const v1::BatchGetCustomerViewsRequest& request,
                        v1::BatchGetCustomerViewsResponse& response);
  // The same as the bytes of a BatchGetCustomerViewsResponse, into which cached views go without
  // being parsed.
  absl::StatusOr<std::string> BatchGetBytes(const Call& call,
                                            const v1::BatchGetCustomerViewsRequest& request);

  ViewCacheFigures figures() const;

 private:
  using SharedView = std::shared_ptr<const CachedView>;
  static SharedBytes BytesOf(SharedView view);

  // Whether `revision` is still that of the customer in the store.
  absl::StatusOr<bool> IsCurrent(const Call& call, const ViewKey& key, storage::Revision revision,
                                 uint64_t place);
  // Reads and assembles; puts the view into the cache, or returns where the customer went.
  absl::StatusOr<std::variant<SharedView, storage::CustomerId>> Fill(const Call& call,
                                                                     const ViewKey& key);
  // The same, from the cache or by whoever is assembling it already, if that is current.
  absl::StatusOr<std::variant<SharedView, storage::CustomerId>> FindOrFill(const Call& call,
                                                                           const ViewKey& key);
  // The fingerprint of the rules that hold here.
  absl::StatusOr<uint64_t> RulesOf(const Call& call);
  // The view of the customer that `identifier` leads to at `as_of`.
  absl::StatusOr<SharedBytes> GetOne(const Call& call, const v1::CustomerIdentifier& identifier,
                                     TimeMicros as_of, absl::string_view path,
                                     const ViewShape& shape);

  storage::RecordStore& store_;
  const Clock& clock_;
  ActiveSurvivorship& survivorship_;
  const std::unique_ptr<const ViewShape> default_shape_;
  const std::unique_ptr<ViewCache> cache_;
  const std::unique_ptr<ViewFlights> flights_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_VIEWS_H_
