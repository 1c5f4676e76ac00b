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

// The counter keeps the names of nested uses apart: the expression may be a lambda that uses the
// macros itself.
#define YILAN_CONCAT_INNER(a, b) a##b
#define YILAN_CONCAT(a, b) YILAN_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr) YILAN_RETURN_IF_ERROR(YILAN_CONCAT(status_, __COUNTER__), expr)
#define YILAN_RETURN_IF_ERROR(status, expr)           \
  do {                                                \
    if (absl::Status status = (expr); !status.ok()) { \
      return status;                                  \
    }                                                 \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  YILAN_ASSIGN_OR_RETURN(YILAN_CONCAT(statusor_, __COUNTER__), lhs, expr)
#define YILAN_ASSIGN_OR_RETURN(result, lhs, expr)      \
  auto result = (expr);                                \
  if (!result.ok()) return std::move(result).status(); \
  lhs = std::move(result).value()

#endif  // YILAN_BASE_STATUS_MACROS_H_
