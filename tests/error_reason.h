// The details of errors as callers get them.
#ifndef YILAN_TESTS_ERROR_REASON_H_
#define YILAN_TESTS_ERROR_REASON_H_

#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace yilan {

// The details of type T in an error.
template <typename T>
std::vector<T> DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  std::vector<T> found;
  if (!details.ParseFromString(status.error_details())) return found;
  for (const auto& detail : details.details()) {
    T message;
    if (detail.Is<T>() && detail.UnpackTo(&message)) found.push_back(std::move(message));
  }
  return found;
}

// The reason of an error that has exactly one ErrorInfo, of domain "yilan"; else what is wrong.
inline std::string ReasonOf(const grpc::Status& status) {
  const auto infos = DetailsOf<google::rpc::ErrorInfo>(status);
  if (infos.size() != 1) return std::to_string(infos.size()) + " ErrorInfos";
  if (infos[0].domain() != "yilan") return "domain " + infos[0].domain();
  return infos[0].reason();
}

}  // namespace yilan

#endif  // YILAN_TESTS_ERROR_REASON_H_
