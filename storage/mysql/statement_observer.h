// Sees each statement before it is sent: what a store says to its database, for tests that look at
// its statements and benchmarks that repeat them.
#ifndef YILAN_STORAGE_MYSQL_STATEMENT_OBSERVER_H_
#define YILAN_STORAGE_MYSQL_STATEMENT_OBSERVER_H_

#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace yilan::storage::mysql {

// One value of a statement, in the order of its question marks. Bytes are taken as they are: the
// connection has no character set.
using Param = std::variant<absl::string_view, uint64_t, int64_t, std::nullptr_t>;

// Called by any thread that uses a connection; thread-safe.
class StatementObserver {
 public:
  virtual ~StatementObserver() = default;

  // `connection` is the server's number for it. Statements that set up a connection are not shown.
  // `params` are there during the call only; those of BEGIN, COMMIT and the like are empty.
  virtual void OnStatement(uint64_t connection, absl::string_view sql,
                           absl::Span<const Param> params) = 0;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_STATEMENT_OBSERVER_H_
