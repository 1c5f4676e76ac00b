// The two control-flow macros of the code base.
//
//   RETURN_IF_ERROR(store.CheckReady());
//   ASSIGN_OR_RETURN(const Record record, reader.Get(key));
//
// Both return from the enclosing function with the error of the expression; the enclosing function
// returns absl::Status or absl::StatusOr<T>.
#ifndef YILAN_BASE_STATUS_MACROS_H_
#define YILAN_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expr)                           \
  do {                                                  \
    if (absl::Status status_ = (expr); !status_.ok()) { \
      return status_;                                   \
    }                                                   \
  } while (false)

#define YILAN_CONCAT_INNER(a, b) a##b
#define YILAN_CONCAT(a, b) YILAN_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN(lhs, expr) \
  YILAN_ASSIGN_OR_RETURN(YILAN_CONCAT(statusor_, __LINE__), lhs, expr)
#define YILAN_ASSIGN_OR_RETURN(result, lhs, expr)      \
  auto result = (expr);                                \
  if (!result.ok()) return std::move(result).status(); \
  lhs = std::move(result).value()

#endif  // YILAN_BASE_STATUS_MACROS_H_
