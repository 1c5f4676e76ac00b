#include "server/call/error_status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace yilan::server {
namespace {

// Cuts at the boundary of a UTF-8 character.
std::string Shorten(absl::string_view text, size_t max) {
  if (text.size() <= max) return std::string(text);
  size_t end = max - 3;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

// A BadRequest of at most `max` bytes, with as many of the violations as fit.
std::string ShortenBadRequest(const std::string& bytes, size_t max) {
  google::rpc::BadRequest all;
  if (bytes.size() <= max || !all.ParseFromString(bytes)) return bytes;
  google::rpc::BadRequest some;
  constexpr size_t kRoomForTheRest = 100;
  size_t size = kRoomForTheRest;
  for (auto& violation : *all.mutable_field_violations()) {
    violation.set_field(Shorten(violation.field(), 256));
    violation.set_description(Shorten(violation.description(), 512));
    size += violation.ByteSizeLong() + 4;
    if (size > max) break;
    some.add_field_violations()->Swap(&violation);
  }
  const int rest = all.field_violations_size() - some.field_violations_size();
  some.add_field_violations()->set_description(
      absl::StrCat(rest, " more violations are not listed; correct these first"));
  return some.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status error = core::FromStore(status);
  google::rpc::Status details;
  details.set_code(static_cast<int32_t>(error.code()));
  details.set_message(Shorten(error.message(), kMaxMessageBytes));
  size_t room = kMaxDetailBytes - details.ByteSizeLong();
  // ErrorInfo first: it must not lose its place to a long BadRequest.
  const auto add = [&](absl::string_view url, std::string value) {
    auto* detail = details.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::move(value));
    room -= std::min(room, detail->ByteSizeLong());
  };
  if (const auto info = error.GetPayload(core::kErrorInfoUrl)) {
    add(core::kErrorInfoUrl, std::string(*info));
  }
  error.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (url == core::kErrorInfoUrl) return;
    std::string bytes(value);
    if (url == core::kBadRequestUrl)
      bytes = ShortenBadRequest(bytes, room - std::min<size_t>(room, 64));
    add(url, std::move(bytes));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(error.code()), details.message(),
                      details.SerializeAsString());
}

}  // namespace yilan::server
