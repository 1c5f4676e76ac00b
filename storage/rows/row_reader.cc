#include "storage/rows/row_reader.h"

#include <algorithm>
#include <limits>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {
namespace {

// Rows between two looks at the clock.
constexpr size_t kRowsPerDeadlineCheck = 256;
// Rows read at once: what they pin of the block cache stays bounded.
constexpr size_t kRowsPerRead = 256;
// What is read ahead is copied: it stops here, and what is missing is read when it is needed.
constexpr size_t kMaxBytesAhead = size_t{4} << 20;

absl::Status NoRecord() { return absl::NotFoundError("there is no such record"); }
absl::Status NoKey() { return absl::NotFoundError("no record holds this key"); }

}  // namespace

absl::StatusOr<bool> RowReader::GetRow(Family family, const std::string& row, RowValue& value) {
  value.own_ = nullptr;
  if (overlay_ == nullptr) return source_.Get(family, row, value.read_);
  if (const std::optional<std::string>* const own = overlay_->Find(family, row)) {
    if (!own->has_value()) return false;
    value.own_ = &**own;
    return true;
  }
  const Known& known = known_[static_cast<size_t>(family)];
  if (const auto it = known.find(row); it != known.end()) {
    if (!it->second.has_value()) return false;
    value.own_ = &*it->second;
    return true;
  }
  return source_.Get(family, row, value.read_);
}

void RowReader::RememberAbsent(Family family, const std::string& row) {
  if (overlay_ == nullptr || overlay_->Find(family, row) != nullptr) return;
  known_[static_cast<size_t>(family)].try_emplace(row, std::nullopt);
}

absl::Status RowReader::ReadAhead(Family family, absl::Span<const std::string> rows) {
  Known& known = known_[static_cast<size_t>(family)];
  size_t bytes = 0;
  for (size_t begin = 0; begin < rows.size() && bytes < kMaxBytesAhead; begin += kRowsPerRead) {
    RETURN_IF_ERROR(CheckDeadline(call_));
    const absl::Span<const std::string> chunk = rows.subspan(begin, kRowsPerRead);
    RETURN_IF_ERROR(source_.GetMany(family, chunk, [&](size_t i, const absl::string_view* value) {
      if (value == nullptr) {
        known.try_emplace(chunk[i], std::nullopt);
      } else {
        known.try_emplace(chunk[i], std::string(*value));
        bytes += value->size();
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status RowReader::GetRows(
    Family family, absl::Span<const std::string> rows,
    absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit) {
  for (size_t begin = 0; begin < rows.size(); begin += kRowsPerRead) {
    RETURN_IF_ERROR(CheckDeadline(call_));
    const absl::Span<const std::string> chunk = rows.subspan(begin, kRowsPerRead);
    RETURN_IF_ERROR(source_.GetMany(family, chunk, [&](size_t i, const absl::string_view* value) {
      const std::optional<std::string>* const own =
          overlay_ == nullptr ? nullptr : overlay_->Find(family, chunk[i]);
      if (own != nullptr) {
        const absl::string_view bytes = own->has_value() ? **own : absl::string_view();
        return visit(begin + i, own->has_value() ? &bytes : nullptr);
      }
      if (value == nullptr) RememberAbsent(family, chunk[i]);
      return visit(begin + i, value);
    }));
  }
  return absl::OkStatus();
}

absl::Status RowReader::WithIterator(Family family,
                                     absl::FunctionRef<absl::Status(RowIterator&)> use) {
  std::unique_ptr<RowIterator>& idle = idle_iterators_[static_cast<size_t>(family)];
  std::unique_ptr<RowIterator> iterator = std::move(idle);
  if (iterator == nullptr) {
    iterator =
        source_.NewIterator(family, family == Family::kTerms ? Scope::kFamily : Scope::kSubject);
  }
  const absl::Status status = use(*iterator);
  idle = std::move(iterator);
  return status;
}

absl::Status RowReader::VisitRows(Family family, absl::string_view prefix, absl::string_view first,
                                  VisitRow visit) {
  return WithIterator(family, [&](RowIterator& iterator) {
    return VisitRows(iterator, family, prefix, first, visit);
  });
}

absl::Status RowReader::VisitRows(RowIterator& iterator, Family family, absl::string_view prefix,
                                  absl::string_view first, VisitRow visit) {
  RowCursor cursor(iterator, overlay_, family);
  size_t visited = 0;
  for (cursor.Seek(first); cursor.Valid(); cursor.Next()) {
    if (!absl::StartsWith(cursor.row(), prefix)) break;
    if (visited++ % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call_));
    ASSIGN_OR_RETURN(const bool more, visit(cursor.row(), cursor.value()));
    if (!more) return absl::OkStatus();
  }
  return cursor.status();
}

size_t RowReader::DeletedRows(Family family, absl::string_view first,
                              absl::string_view limit) const {
  if (overlay_ == nullptr) return 0;
  const Overlay::Rows& rows = overlay_->rows(family);
  size_t deleted = 0;
  for (auto it = rows.lower_bound(first); it != rows.end() && it->first < limit; ++it) {
    if (!it->second.has_value()) ++deleted;
  }
  return deleted;
}

absl::StatusOr<Record> RowReader::Get(const RecordKey& key) {
  RowValue value;
  const std::string row = RecordRow(key);
  ASSIGN_OR_RETURN(const bool found, GetRow(Family::kRecords, row, value));
  if (!found) {
    RememberAbsent(Family::kRecords, row);
    return NoRecord();
  }
  return ParseRecord(row, value.bytes());
}

absl::Status RowReader::GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) {
  std::vector<std::string> rows;
  rows.reserve(keys.size());
  for (const RecordKey& key : keys) rows.push_back(RecordRow(key));
  return GetRows(Family::kRecords, rows, [&](size_t i, const absl::string_view* value) {
    if (value == nullptr) return absl::OkStatus();
    const absl::StatusOr<RecordView> view = ParseRecordView(rows[i], *value);
    return view.ok() ? visit(*view) : view.status();
  });
}

absl::Status RowReader::Scan(const Range& range, RecordVisitor visit) {
  if (range.max == 0) return absl::OkStatus();
  const std::string prefix = RecordKindRow(range.subject, range.kind);
  const std::string limit = RecordRow(range.subject, range.kind, range.limit_id);
  size_t left = range.max;
  return VisitRows(Family::kRecords, prefix, RecordRow(range.subject, range.kind, range.first_id),
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     if (!range.limit_id.empty() && row >= limit) return false;
                     ASSIGN_OR_RETURN(const RecordView view, ParseRecordView(row, value));
                     RETURN_IF_ERROR(visit(view));
                     return --left > 0;
                   });
}

absl::Status RowReader::ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                                    HistoryVisitor visit) {
  const std::string prefix = HistoryPrefix(subject, kind, fact_id);
  return VisitRows(Family::kHistory, prefix, prefix,
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     ASSIGN_OR_RETURN(const HistoryEntry entry, ParseHistory(row, value));
                     RETURN_IF_ERROR(visit(entry));
                     return true;
                   });
}

absl::StatusOr<RecordKey> RowReader::FindByKey(absl::string_view key) {
  RowValue value;
  const std::string row(key);
  ASSIGN_OR_RETURN(const bool found, GetRow(Family::kKeys, row, value));
  if (!found) {
    RememberAbsent(Family::kKeys, row);
    return NoKey();
  }
  return RecordKeyOfRow(value.bytes());
}

absl::StatusOr<std::vector<std::optional<RecordKey>>> RowReader::FindByKeys(
    absl::Span<const std::string> keys) {
  std::vector<std::optional<RecordKey>> holders(keys.size());
  RETURN_IF_ERROR(
      GetRows(Family::kKeys, keys, [&](size_t i, const absl::string_view* value) -> absl::Status {
        if (value == nullptr) return absl::OkStatus();
        ASSIGN_OR_RETURN(holders[i], RecordKeyOfRow(*value));
        return absl::OkStatus();
      }));
  return holders;
}

absl::StatusOr<std::vector<TermEntry>> RowReader::FindByTerm(absl::string_view first,
                                                             absl::string_view limit,
                                                             TermCursor& cursor, size_t max) {
  std::vector<TermEntry> entries;
  if (max == 0) return entries;
  const std::string limit_row = TermLowerBound(limit);
  std::string from = TermLowerBound(first);
  // Nothing sorts between a row and the same with a NUL behind it.
  const bool started = !cursor.term.empty();
  if (started) from = std::max(from, TermRow(cursor.term, cursor.record) + '\0');
  RETURN_IF_ERROR(
      VisitRows(Family::kTerms, {}, from,
                [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                  if (!limit.empty() && row >= limit_row) return false;
                  TermEntry entry;
                  RETURN_IF_ERROR(ParseTermRow(row, entry.term.term, entry.record));
                  ASSIGN_OR_RETURN(entry.term, ParseTerm(std::move(entry.term.term), value));
                  entries.push_back(std::move(entry));
                  return entries.size() < max;
                }));
  if (!entries.empty()) {
    cursor.term = entries.back().term.term;
    cursor.record = entries.back().record;
  }
  return entries;
}

absl::StatusOr<std::vector<std::vector<RecordKey>>> RowReader::FindByTerms(
    absl::Span<const std::string> terms, size_t max) {
  std::vector<std::vector<RecordKey>> found(terms.size());
  if (max == 0) return found;
  // Each term once, in order; what no record can have is not asked for.
  absl::btree_map<absl::string_view, std::vector<size_t>> places;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (!terms[i].empty() && terms[i].size() <= kMaxTermBytes) places[terms[i]].push_back(i);
  }
  if (places.empty()) return found;
  std::vector<RowRange> ranges;
  ranges.reserve(places.size());
  for (const auto& [term, at] : places) {
    RowRange& range = ranges.emplace_back();
    range.first = TermLowerBound(term);
    // Nothing sorts between a term and the same with a NUL behind it.
    range.limit = TermLowerBound(absl::StrCat(term, absl::string_view("\0", 1)));
    const size_t deleted = DeletedRows(Family::kTerms, range.first, range.limit);
    range.max = max + std::min(deleted, std::numeric_limits<size_t>::max() - max);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<RowIterator> read,
                   source_.ReadRanges(Family::kTerms, ranges));
  const auto visit_all = [&](RowIterator& iterator) -> absl::Status {
    size_t next = 0;
    for (const auto& [term, at] : places) {
      const RowRange& range = ranges[next++];
      std::vector<RecordKey>& records = found[at.front()];
      std::string ignored;
      RETURN_IF_ERROR(
          VisitRows(iterator, Family::kTerms, {}, range.first,
                    [&](absl::string_view row, absl::string_view) -> absl::StatusOr<bool> {
                      if (row >= range.limit) return false;
                      RETURN_IF_ERROR(ParseTermRow(row, ignored, records.emplace_back()));
                      return records.size() < max;
                    }));
      for (size_t i = 1; i < at.size(); ++i) found[at[i]] = records;
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(read != nullptr ? visit_all(*read) : WithIterator(Family::kTerms, visit_all));
  return found;
}

absl::StatusOr<CustomerId> RowReader::HolderOf(SubjectId subject) {
  RowValue value;
  ASSIGN_OR_RETURN(const bool found, GetRow(Family::kDirectory, SubjectRow(subject), value));
  if (!found) return absl::NotFoundError("the subject belongs to no customer");
  return ParseSubject(value.bytes());
}

absl::StatusOr<CustomerState> RowReader::GetCustomer(const CustomerRef& ref) {
  CustomerId customer;
  if (const auto* id = std::get_if<CustomerId>(&ref)) {
    customer = *id;
  } else {
    ASSIGN_OR_RETURN(customer, HolderOf(std::get<SubjectId>(ref)));
  }
  RowValue value;
  ASSIGN_OR_RETURN(const bool found, GetRow(Family::kDirectory, CustomerRow(customer), value));
  if (!found) return absl::NotFoundError("there is no such customer");
  return ParseCustomer(customer, value.bytes());
}

absl::StatusOr<std::vector<std::optional<CustomerState>>> RowReader::GetCustomers(
    absl::Span<const CustomerRef> refs) {
  std::vector<std::optional<CustomerState>> states(refs.size());
  std::vector<CustomerId> customers(refs.size());
  std::vector<std::string> rows;
  std::vector<size_t> places;  // In `refs`, of each of `rows`.
  std::vector<size_t> found;   // Those of which the customer is known.
  for (size_t i = 0; i < refs.size(); ++i) {
    if (const auto* subject = std::get_if<SubjectId>(&refs[i])) {
      rows.push_back(SubjectRow(*subject));
      places.push_back(i);
    } else {
      customers[i] = std::get<CustomerId>(refs[i]);
      found.push_back(i);
    }
  }
  RETURN_IF_ERROR(GetRows(Family::kDirectory, rows,
                          [&](size_t i, const absl::string_view* value) -> absl::Status {
                            if (value == nullptr) return absl::OkStatus();
                            ASSIGN_OR_RETURN(customers[places[i]], ParseSubject(*value));
                            found.push_back(places[i]);
                            return absl::OkStatus();
                          }));
  rows.clear();
  for (const size_t i : found) rows.push_back(CustomerRow(customers[i]));
  RETURN_IF_ERROR(GetRows(
      Family::kDirectory, rows, [&](size_t i, const absl::string_view* value) -> absl::Status {
        if (value == nullptr) return absl::OkStatus();
        ASSIGN_OR_RETURN(states[found[i]], ParseCustomer(customers[found[i]], *value));
        return absl::OkStatus();
      }));
  return states;
}

absl::StatusOr<StoredRequest> RowReader::FindRequest(const RequestKey& key) {
  RowValue value;
  ASSIGN_OR_RETURN(const bool found, GetRow(Family::kRequests, RequestRow(key), value));
  if (!found) return absl::NotFoundError("no answer to this request is stored");
  return ParseRequest(value.bytes());
}

}  // namespace yilan::storage::rows
