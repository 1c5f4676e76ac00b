// RowSource: one committed state of a store's rows, as a database shows it.
//
// What a backend that keeps ordered rows of bytes has to offer for all that is built on them here:
// reading (row_reader.h), transactions (row_transaction.h), export, import and verification.
// Rows are compared bytewise. Not thread-safe; it lives as long as the state stays readable.
#ifndef YILAN_STORAGE_ROWS_ROW_SOURCE_H_
#define YILAN_STORAGE_ROWS_ROW_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/rows/family.h"

namespace yilan::storage::rows {

// Goes over the rows of one family in ascending order. Stands nowhere before the first Seek.
class RowIterator {
 public:
  virtual ~RowIterator() = default;

  // Goes to the first row that is at least `row`.
  virtual void Seek(absl::string_view row) = 0;
  // While Valid().
  virtual void Next() = 0;
  virtual bool Valid() const = 0;
  // While Valid(); until the next call.
  virtual absl::string_view row() const = 0;
  virtual absl::string_view value() const = 0;
  // When not Valid(): OK at the end, else what stopped the iterator, which says what was read.
  virtual absl::Status status() const = 0;
};

// Rows from `first` on and below `limit`: the first `max` of them.
struct RowRange {
  std::string first;
  std::string limit;
  size_t max = 0;
};

// What an iterator will be used for.
enum class Scope {
  kSubject,  // Rows that share their first kSubjectBytes bytes with the one sought: it may end
             // where they do.
  kFamily,   // Any rows.
  kBulk,     // The family once, from end to end: others must not suffer for it.
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  // Reads one row into `value`. False when there is none.
  virtual absl::StatusOr<bool> Get(Family family, absl::string_view row, std::string& value) = 0;
  // The same for many at once: calls `visit(i, value)` for each of `rows`, in order, with null for
  // one that is not there. The bytes live only during the visit. The caller bounds their number.
  virtual absl::Status GetMany(
      Family family, absl::Span<const std::string> rows,
      absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit) = 0;
  virtual std::unique_ptr<RowIterator> NewIterator(Family family, Scope scope) = 0;
  // Reads the rows of all `ranges` now, which are in order and have none in common; what is
  // returned goes over them and knows no others, and their values are empty. Null from a source
  // that need not ask for rows: then NewIterator does as well.
  virtual absl::StatusOr<std::unique_ptr<RowIterator>> ReadRanges(
      Family family, absl::Span<const RowRange> ranges);
  // Visits, in order, the rows of records or history that begin with one of `subjects`, which are
  // kSubjectBytes each, sorted, and none twice. A source that has to ask for rows overrides this,
  // to ask for many subjects at once.
  virtual absl::Status VisitSubjects(
      Family family, absl::Span<const std::string> subjects,
      absl::FunctionRef<absl::Status(absl::string_view row, absl::string_view value)> visit);
  // Lets go of what it may remember of earlier reads: who goes over a whole store says so now and
  // then.
  virtual void Forget() {}
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_ROW_SOURCE_H_
