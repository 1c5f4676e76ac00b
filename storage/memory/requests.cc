#include "storage/memory/requests.h"

#include <optional>

#include "base/status_macros.h"
#include "storage/memory/varint.h"

namespace yilan::storage::memory {
namespace {

// A request: varint key size, key (client, request id), zigzag recorded time, fingerprint,
// response.
std::string PackKey(const RequestKey& key) {
  std::string ordered;
  PutOrdered(key.client, ordered);
  ordered += key.request_id;
  std::string packed;
  PutBytes(ordered, packed);
  return packed;
}

RequestKey UnpackKey(absl::string_view packed) {
  const char* at = packed.data();
  const absl::string_view ordered = TakeBytes(at);
  const char* inner = ordered.data();
  RequestKey key;
  key.client = TakeOrdered(inner);
  key.request_id.assign(inner, ordered.data() + ordered.size());
  return key;
}

StoredRequest UnpackRequest(absl::string_view packed) {
  const char* at = packed.data();
  TakeBytes(at);
  StoredRequest request;
  request.recorded_time = UnZigZag(TakeVarint(at));
  request.fingerprint = std::string(TakeBytes(at));
  request.response = std::string(TakeBytes(at));
  return request;
}

}  // namespace

bool Requests::ByKey::operator()(absl::string_view a, absl::string_view b) const {
  const char* at_a = a.data();
  const char* at_b = b.data();
  return TakeBytes(at_a) < TakeBytes(at_b);
}

std::optional<StoredRequest> Requests::Find(const RequestKey& key) const {
  const auto found = packed_.find(absl::string_view(PackKey(key)));
  if (found == packed_.end()) return std::nullopt;
  return UnpackRequest(*found);
}

void Requests::Set(const RequestKey& key, const StoredRequest& request) {
  std::string packed = PackKey(key);
  PutVarint(ZigZag(request.recorded_time), packed);
  PutBytes(request.fingerprint, packed);
  PutBytes(request.response, packed);
  packed.shrink_to_fit();
  const auto found = packed_.find(absl::string_view(packed));
  if (found != packed_.end()) packed_.erase(found);
  packed_.insert(std::move(packed));
}

std::vector<std::string> Requests::FindOlder(TimeMicros before) const {
  std::vector<std::string> older;
  for (const std::string& packed : packed_) {
    const char* at = packed.data();
    TakeBytes(at);
    if (UnZigZag(TakeVarint(at)) < before) older.push_back(PackKey(UnpackKey(packed)));
  }
  return older;
}

void Requests::Erase(absl::string_view packed) {
  const auto found = packed_.find(packed);
  if (found != packed_.end()) packed_.erase(found);
}

std::string Requests::PackedKey(const RequestKey& key) { return PackKey(key); }

std::vector<std::pair<RequestKey, StoredRequest>> Requests::List(const RequestKey& after,
                                                                 size_t max) const {
  std::vector<std::pair<RequestKey, StoredRequest>> requests;
  for (auto it = packed_.upper_bound(absl::string_view(PackKey(after)));
       it != packed_.end() && requests.size() < max; ++it) {
    requests.emplace_back(UnpackKey(*it), UnpackRequest(*it));
  }
  return requests;
}

absl::Status Requests::ForEach(
    absl::FunctionRef<absl::Status(const std::pair<RequestKey, StoredRequest>&)> visit) const {
  for (const std::string& packed : packed_) {
    RETURN_IF_ERROR(visit({UnpackKey(packed), UnpackRequest(packed)}));
  }
  return absl::OkStatus();
}

}  // namespace yilan::storage::memory
