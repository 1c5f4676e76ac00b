// How a call to Yilan ended, and what there is to know when it failed.
#ifndef YILAN_CLIENT_STATUS_H_
#define YILAN_CLIENT_STATUS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace yilan::client {

// One field of a request that breaks a rule.
struct FieldViolation {
  std::string field;        // "customer_bill.lines[2].amount"
  std::string description;  // What is wrong and what to do.
};

// The end of a call: OK, or an error with everything that the server told about it. A value type.
//
//   if (!status.ok() && status.reason == "CUSTOMER_NOT_FOUND") …
struct Status {
  absl::StatusCode code = absl::StatusCode::kOk;
  // What was wrong, where, and what to do; holds no personal data.
  std::string message;
  // A name of yilan.v1.ErrorReason without its prefix, for programs. Empty when the error does not
  // come from Yilan: a connection that failed, a deadline of the client.
  std::string reason;
  // Further facts: for AMBIGUOUS_IDENTIFIER, `customer_ids` lists the holders.
  std::map<std::string, std::string> metadata;
  // All rules that the request breaks, for INVALID_FIELDS.
  std::vector<FieldViolation> violations;
  // How long the server asks to be left alone before the same call; zero when it did not say.
  absl::Duration retry_delay;

  bool ok() const { return code == absl::StatusCode::kOk; }
  // "NOT_FOUND (CUSTOMER_NOT_FOUND): no such customer; …", for logs.
  std::string ToString() const;
};

// An error of the client itself.
Status ErrorOf(absl::StatusCode code, std::string message);

// Reads the error of a call, with the details in its trailer; OK stays OK. Details that do not
// read are left out.
Status StatusFromGrpc(const grpc::Status& status);

// A value, or why there is none.
//
//   yilan::client::Result<v1::GetCustomerViewResponse> result = …;
//   if (!result.ok()) return result.status();
//   Use(result->customer_view());
template <typename T>
class Result {
 public:
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: converts, so as to return one.
  Result(T value) : value_(std::move(value)) {}          // NOLINT

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // Only when ok().
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace yilan::client

#endif  // YILAN_CLIENT_STATUS_H_
