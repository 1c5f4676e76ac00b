#include "core/facts/once.h"

#include <openssl/sha.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace yilan::core {
namespace {

using google::protobuf::Message;

std::string FingerprintOf(const Message& request) {
  std::string bytes = absl::StrCat(request.GetDescriptor()->full_name(), ":");
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), sizeof(digest));
}

// Behind the fingerprint of a request whose answer is provisional.
constexpr char kProvisional = '?';

bool IsProvisional(const storage::StoredRequest& stored) {
  return stored.fingerprint.size() == SHA256_DIGEST_LENGTH + 1 &&
         stored.fingerprint.back() == kProvisional;
}

absl::Status ReadAnswer(const storage::StoredRequest& stored, Message& response) {
  if (!response.ParseFromString(stored.response)) {
    return absl::DataLossError("a remembered response does not parse");
  }
  return absl::OkStatus();
}

}  // namespace

// UUIDs are the same in upper and lower case.
storage::RequestKey Once::Key() const { return {call.client, absl::AsciiStrToLower(request_id)}; }

absl::Status Once::Settle(storage::Transaction& txn, const Message& request,
                          Message& response) const {
  if (IsPlanted(Mutant::kSkipRequestRow)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const storage::StoredRequest stored, txn.FindRequest(Key()));
  if (!IsProvisional(stored)) return ReadAnswer(stored, response);
  return txn.PutRequest(Key(),
                        {.fingerprint = FingerprintOf(request),
                         .response = response.SerializeAsString(),
                         .recorded_time = now},
                        /*replace=*/true);
}

absl::Status Once::Write(
    const Message& request, Message& response,
    absl::FunctionRef<absl::StatusOr<storage::WritePlan>(storage::Reader&)> plan,
    absl::FunctionRef<absl::Status(storage::Transaction&)> body, const bool* provisional) const {
  const storage::RequestKey key = Key();
  const std::string fingerprint = FingerprintOf(request);
  bool validated = false;
  const absl::Status status = store.Write(
      {.call = call.storage(),
       .actor = call.client,
       .request_id = key.request_id,
       .recorded_time = now},
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        absl::StatusOr<storage::WritePlan> planned = plan(reader);
        // What was done already may not be possible again: its answer is what counts.
        if (!planned.ok() && reader.FindRequest(key).ok()) planned = storage::WritePlan();
        if (planned.ok()) planned->request = key;
        return planned;
      },
      [&](storage::Transaction& txn) -> absl::Status {
        validated = false;
        absl::StatusOr<storage::StoredRequest> stored = txn.FindRequest(key);
        if (stored.ok()) {
          const bool was_provisional = IsProvisional(*stored);
          if (was_provisional) stored->fingerprint.pop_back();
          if (stored->fingerprint != fingerprint) {
            return ErrorWithReason(absl::StatusCode::kAborted, v1::ERROR_REASON_REQUEST_ID_REUSED,
                                   "this request_id was used for another request; make a new one");
          }
          RETURN_IF_ERROR(ReadAnswer(*stored, response));
          return was_provisional ? txn.PutRequest(key, *std::move(stored), /*replace=*/true)
                                 : absl::OkStatus();
        }
        if (!absl::IsNotFound(stored.status())) return stored.status();
        RETURN_IF_ERROR(body(txn));
        if (validate_only) {
          validated = true;
          return absl::CancelledError("validated");
        }
        if (IsPlanted(Mutant::kSkipRequestRow)) return absl::OkStatus();
        std::string remembered = fingerprint;
        if (provisional != nullptr && *provisional) remembered += kProvisional;
        return txn.PutRequest(key, {.fingerprint = std::move(remembered),
                                    .response = response.SerializeAsString(),
                                    .recorded_time = now});
      });
  if (validated && absl::IsCancelled(status)) return absl::OkStatus();
  if (IsPlanted(Mutant::kRetryWithNewId) && absl::IsUnknown(status)) {
    Once again = *this;
    again.request_id.front() = request_id.front() == '0' ? '1' : '0';
    return again.Write(request, response, plan, body, provisional);
  }
  PassFaultPoint(FaultPoint::kBeforeReply);
  return FromStore(status);
}

}  // namespace yilan::core
