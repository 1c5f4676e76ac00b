#include "storage/rocksdb/load_customer.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rocks {
namespace {

// A few more steps are quicker than a jump, which searches every level anew.
constexpr size_t kStepsBeforeJump = 4;
constexpr size_t kRowsPerDeadlineCheck = 256;

size_t LimitOf(absl::Span<const KindLimit> limits, Kind kind) {
  const auto it =
      std::lower_bound(limits.begin(), limits.end(), kind,
                       [](const KindLimit& limit, Kind wanted) { return limit.kind < wanted; });
  if (it == limits.end() || it->kind != kind) return std::numeric_limits<size_t>::max();
  return it->max;
}

class Visit {
 public:
  Visit(rocksdb::Iterator& rows, const CallOptions& call, absl::Span<const KindLimit> limits,
        RecordVisitor visit)
      : rows_(rows), call_(call), limits_(limits), visit_(visit) {}

  absl::Status Subject(SubjectId subject) {
    rows_.Seek(rows::RecordKindRow(subject, 0));
    bool first = true;
    Kind kind = 0;
    size_t left = 0;  // How many more of the kind may be visited.
    size_t passed = 0;
    while (rows_.Valid()) {
      if (seen_++ % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call_));
      ASSIGN_OR_RETURN(const rows::RecordRowParts key, rows::PartsOfRecordRow(ToView(rows_.key())));
      if (first || key.kind != kind) {
        first = false;
        kind = key.kind;
        left = LimitOf(limits_, kind);
        passed = 0;
      }
      if (left > 0) {
        --left;
        ASSIGN_OR_RETURN(const RecordView view,
                         rows::ParseRecordView(ToView(rows_.key()), ToView(rows_.value())));
        RETURN_IF_ERROR(visit_(view));
        rows_.Next();
      } else if (++passed <= kStepsBeforeJump) {
        rows_.Next();
      } else if (kind == std::numeric_limits<Kind>::max()) {
        return absl::OkStatus();
      } else {
        rows_.Seek(rows::RecordKindRow(subject, static_cast<Kind>(kind + 1)));
      }
    }
    if (!rows_.status().ok()) return ReadError(rows_.status(), "reading records");
    return absl::OkStatus();
  }

 private:
  rocksdb::Iterator& rows_;
  const CallOptions& call_;
  const absl::Span<const KindLimit> limits_;
  RecordVisitor visit_;
  size_t seen_ = 0;
};

}  // namespace

absl::Status VisitRecords(Database& database, const Snapshot& snapshot, const CallOptions& call,
                          absl::Span<const SubjectId> subjects, absl::Span<const KindLimit> limits,
                          RecordVisitor visit) {
  const std::unique_ptr<rocksdb::Iterator> rows =
      database.NewSubjectIterator(snapshot.get(), Family::kRecords);
  Visit records(*rows, call, limits, visit);
  for (const SubjectId subject : subjects) RETURN_IF_ERROR(records.Subject(subject));
  return absl::OkStatus();
}

}  // namespace yilan::storage::rocks
