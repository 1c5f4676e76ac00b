#include "storage/rows/row_source.h"

#include "absl/strings/match.h"
#include "base/status_macros.h"

namespace yilan::storage::rows {

absl::StatusOr<std::unique_ptr<RowIterator>> RowSource::ReadRanges(Family /*family*/,
                                                                   absl::Span<const RowRange>) {
  return std::unique_ptr<RowIterator>();
}

absl::Status RowSource::VisitSubjects(
    Family family, absl::Span<const std::string> subjects,
    absl::FunctionRef<absl::Status(absl::string_view row, absl::string_view value)> visit) {
  const std::unique_ptr<RowIterator> rows = NewIterator(family, Scope::kSubject);
  for (const std::string& subject : subjects) {
    for (rows->Seek(subject); rows->Valid() && absl::StartsWith(rows->row(), subject);
         rows->Next()) {
      RETURN_IF_ERROR(visit(rows->row(), rows->value()));
    }
    if (!rows->Valid()) RETURN_IF_ERROR(rows->status());
  }
  return absl::OkStatus();
}

}  // namespace yilan::storage::rows
