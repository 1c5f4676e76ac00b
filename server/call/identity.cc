#include "server/call/identity.h"

#include <cstdint>

#include "absl/hash/hash.h"
#include "core/errors.h"
#include "grpc/grpc_security.h"
#include "grpc/grpc_security_constants.h"
#include "storage/record.h"

namespace yilan::server {
namespace {

// The first value of a property; empty when there is none.
absl::string_view Property(const grpc_auth_context* context, const char* name) {
  grpc_auth_property_iterator values = grpc_auth_context_find_properties_by_name(context, name);
  const grpc_auth_property* value = grpc_auth_property_iterator_next(&values);
  return value == nullptr ? absl::string_view()
                          : absl::string_view(value->value, value->value_length);
}

bool IsPrintable(absl::string_view name) {
  for (const char c : name) {
    if (static_cast<uint8_t>(c) <= 0x20 || static_cast<uint8_t>(c) >= 0x7f) return false;
  }
  return true;
}

absl::string_view CertificateName(const grpc_auth_context* context) {
  for (const char* property :
       {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    const absl::string_view name = Property(context, property);
    if (!name.empty()) return name;
  }
  return {};
}

}  // namespace

ClientIdentity::ClientIdentity(absl::string_view unnamed, bool certificates)
    : unnamed_(unnamed), certificates_(certificates) {}

ClientIdentity::~ClientIdentity() {
  for (const Connection& connection : connections_) {
    if (connection.context != nullptr) grpc_auth_context_release(connection.context);
  }
}

absl::Status ClientIdentity::Identify(grpc_call* call, std::string& client) {
  if (!certificates_) {
    client = unnamed_;
    return absl::OkStatus();
  }
  grpc_auth_context* auth = grpc_call_auth_context(call);
  if (auth == nullptr) {  // The in-process transport.
    client = unnamed_;
    return absl::OkStatus();
  }
  Connection& connection = connections_[absl::HashOf(auth) % connections_.size()];
  if (connection.context == auth) {
    grpc_auth_context_release(auth);
    client = connection.client;
    return absl::OkStatus();
  }
  const absl::string_view name = CertificateName(auth);
  if (name.empty() || name.size() > storage::kMaxActorBytes || !IsPrintable(name)) {
    grpc_auth_context_release(auth);
    return core::ErrorWithReason(
        absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_UNAUTHENTICATED,
        "the client certificate has no usable name; it needs a DNS name, a URI or a common name of "
        "printable ASCII without blanks");
  }
  if (connection.context != nullptr) grpc_auth_context_release(connection.context);
  connection.context = auth;
  connection.client.assign(name.data(), name.size());
  client = connection.client;
  return absl::OkStatus();
}

}  // namespace yilan::server
