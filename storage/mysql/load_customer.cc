#include "storage/mysql/load_customer.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/mysql/entries.h"
#include "storage/mysql/statements.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::mysql {
namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<int64_t>::max();
// LoadedCustomer::place of a customer with too many records for one statement.
constexpr uint64_t kLargePlace = 1;
// What most customers have no more than.
constexpr size_t kUsualRecords = 64;
constexpr size_t kUsualBytes = size_t{24} << 10;

// Rows of records, one behind the other.
class FoundRecords {
 public:
  void Clear() {
    bytes_.clear();
    records_.clear();
    sorted_ = true;
  }
  void Reserve() {
    bytes_.reserve(kUsualBytes);
    records_.reserve(kUsualRecords);
  }
  void Add(absl::string_view owner, absl::string_view name, absl::string_view value) {
    const Found found = {bytes_.size(), owner.size() + name.size(), value.size()};
    for (const absl::string_view part : {owner, name, value}) {
      bytes_.append(part.data(), part.size());
    }
    sorted_ = sorted_ && (records_.empty() || RowOf(records_.back()) < RowOf(found));
    records_.push_back(found);
  }
  size_t size() const { return records_.size(); }

  absl::Status Visit(absl::Span<const KindLimit> limits, RecordVisitor visit) {
    // The database has no reason to answer in another order, but makes no promise.
    if (!sorted_) {
      std::sort(records_.begin(), records_.end(),
                [this](const Found& a, const Found& b) { return RowOf(a) < RowOf(b); });
    }
    absl::string_view group;
    size_t left = 0;
    for (const Found& found : records_) {
      const absl::string_view row = RowOf(found);
      const absl::string_view value =
          absl::string_view(bytes_).substr(found.begin + found.row_bytes, found.value_bytes);
      ASSIGN_OR_RETURN(const RecordView view, rows::ParseRecordView(row, value));
      const absl::string_view kind_of_subject = row.substr(0, rows::kSubjectBytes + sizeof(Kind));
      if (group != kind_of_subject) {
        group = kind_of_subject;
        const auto it = std::lower_bound(
            limits.begin(), limits.end(), view.kind,
            [](const KindLimit& limit, Kind wanted) { return limit.kind < wanted; });
        left = it == limits.end() || it->kind != view.kind ? std::numeric_limits<size_t>::max()
                                                           : it->max;
      }
      if (left == 0) continue;
      --left;
      RETURN_IF_ERROR(visit(view));
    }
    return absl::OkStatus();
  }

 private:
  struct Found {
    size_t begin;
    size_t row_bytes;
    size_t value_bytes;
  };
  absl::string_view RowOf(const Found& found) const {
    return absl::string_view(bytes_).substr(found.begin, found.row_bytes);
  }

  std::string bytes_;
  std::vector<Found> records_;
  bool sorted_ = true;
};

// Names from `first` to below `limit`, at most `max` of each subject.
struct NameRange {
  std::string first;
  std::string limit;
  uint64_t max = kUnlimited;
};

std::string KindName(Kind kind) {
  return {static_cast<char>(kind >> 8), static_cast<char>(kind & 0xff)};
}

// Every kind in one of them, but those with a limit of 0.
std::vector<NameRange> RangesOf(absl::Span<const KindLimit> limits) {
  // Behind whatever name a record can have.
  const std::string end(sizeof(Kind) + kMaxRecordIdBytes + 1, '\xff');
  std::vector<NameRange> ranges;
  std::string begin;
  for (const KindLimit& limit : limits) {
    const std::string first = KindName(limit.kind);
    const bool last = limit.kind == std::numeric_limits<Kind>::max();
    const std::string next = last ? end : KindName(static_cast<Kind>(limit.kind + 1));
    if (begin < first) ranges.push_back({begin, first});
    if (limit.max > 0) {
      ranges.push_back({first, next, std::min<uint64_t>(limit.max, kUnlimited)});
    }
    begin = next;
  }
  if (begin < end) ranges.push_back({begin, end});
  return ranges;
}

class Load {
 public:
  Load(Session& session, const CustomerRef& ref, const LoadOptions& options)
      : session_(session),
        by_customer_(std::get_if<CustomerId>(&ref)),
        id_(by_customer_ != nullptr ? IdBytes(*by_customer_) : IdBytes(std::get<SubjectId>(ref))),
        options_(options) {}

  // Reads everything. False when the customer changed between two statements.
  absl::StatusOr<bool> Read() {
    loaded_ = {};
    records_.Clear();
    if (options_.known != 0) {
      RETURN_IF_ERROR(ReadRevision());
      if (loaded_.unchanged) return true;
    }
    const bool may_be_large = !options_.limits.empty();
    const bool known_large = may_be_large && options_.place == kLargePlace;
    const uint64_t most = !may_be_large ? kUnlimited : known_large ? 1 : kMostRecordsAtOnce + 1;
    ASSIGN_OR_RETURN(const uint64_t rows, ReadAtOnce(most));
    if (rows < most) return true;
    loaded_.place = kLargePlace;
    records_.Clear();
    return ReadByKind();
  }

  absl::StatusOr<LoadedCustomer> Visit(RecordVisitor visit) {
    if (loaded_.unchanged) return std::move(loaded_);
    RETURN_IF_ERROR(CheckLoadOptions(options_));
    RETURN_IF_ERROR(records_.Visit(options_.limits, visit));
    return std::move(loaded_);
  }

 private:
  // Sets `loaded_` if the customer is still at the known revision.
  absl::Status ReadRevision() {
    if (by_customer_ != nullptr) {
      std::vector<std::optional<Revision>> revisions;
      RETURN_IF_ERROR(ReadRevisions(session_, {by_customer_, 1}, revisions));
      if (revisions[0] == options_.known) SetUnchanged(*by_customer_);
      return absl::OkStatus();
    }
    static const auto* const by_subject = new std::string(RevisionOfSubject());
    return session_.Query(*by_subject, {id_}, [&](const RowView& row) {
      if (row.number(0) == options_.known) SetUnchanged(CustomerId::FromBytes(row.bytes(1)));
      return absl::OkStatus();
    });
  }
  void SetUnchanged(CustomerId customer) {
    loaded_.unchanged = true;
    loaded_.place = options_.place;
    loaded_.state = {.customer = customer, .revision = options_.known};
  }

  // The customer and its records, as far as they are in the first `most` rows; how many these are.
  absl::StatusOr<uint64_t> ReadAtOnce(uint64_t most) {
    uint64_t count = 0;
    records_.Reserve();
    static const auto* const by_customer = new std::string(LoadByCustomer());
    static const auto* const by_subject = new std::string(LoadBySubject());
    RETURN_IF_ERROR(session_.Query(
        by_customer_ != nullptr ? *by_customer : *by_subject, {id_, most},
        [&](const RowView& row) -> absl::Status {
          if (count++ == 0) {
            const CustomerId customer =
                by_customer_ != nullptr ? *by_customer_ : CustomerId::FromBytes(row.bytes(4));
            ASSIGN_OR_RETURN(loaded_.state, rows::ParseCustomer(customer, row.bytes(0)));
          }
          const absl::string_view owner = row.bytes(1);
          if (!owner.empty()) records_.Add(owner, row.bytes(2), row.bytes(3));
          return absl::OkStatus();
        }));
    if (count > 0) return count;
    return absl::NotFoundError(by_customer_ != nullptr ? "there is no such customer"
                                                       : "the subject belongs to no customer");
  }

  // The records of the customer of loaded_, by subject and kind. False when it has changed.
  absl::StatusOr<bool> ReadByKind() {
    const std::vector<NameRange> ranges = RangesOf(options_.limits);
    const std::string customer = IdBytes(loaded_.state.customer);
    std::vector<std::string> subjects;
    for (const SubjectId subject : loaded_.state.members) subjects.push_back(IdBytes(subject));
    const size_t all = subjects.size() * ranges.size();
    for (size_t begin = 0; begin < all; begin += kMaxRangesPerStatement) {
      const size_t end = std::min(begin + kMaxRangesPerStatement, all);
      const size_t count = std::min(RoundedUp(end - begin), kMaxRangesPerStatement);
      std::vector<Param> params = {absl::string_view(customer)};
      for (size_t i = 0; i < count; ++i) {
        const size_t at = std::min(begin + i, end - 1);
        const NameRange& range = ranges[at % ranges.size()];
        params.emplace_back(absl::string_view(subjects[at / ranges.size()]));
        params.emplace_back(absl::string_view(range.first));
        params.emplace_back(absl::string_view(range.limit));
        params.emplace_back(begin + i < end ? range.max : uint64_t{0});
      }
      bool same = false;
      RETURN_IF_ERROR(session_.Query(LoadRanges(count), params, [&](const RowView& row) {
        if (row.number(0) == static_cast<uint64_t>(Space::kRecords)) {
          records_.Add(row.bytes(2), row.bytes(3), row.bytes(4));
        } else {
          same = row.number(1) == loaded_.state.revision;
        }
        return absl::OkStatus();
      }));
      if (!same) return false;
    }
    return true;
  }

  Session& session_;
  const CustomerId* const by_customer_;
  const std::string id_;
  const LoadOptions& options_;
  LoadedCustomer loaded_;
  FoundRecords records_;
};

}  // namespace

absl::Status ReadRevisions(Session& session, absl::Span<const CustomerId> customers,
                           std::vector<std::optional<Revision>>& revisions) {
  revisions.assign(customers.size(), std::nullopt);
  static const auto* const of_one = new std::string(RevisionOfCustomer());
  if (customers.size() == 1) {
    return session.Query(*of_one, {IdBytes(customers[0])}, [&](const RowView& row) {
      revisions[0] = row.number(0);
      return absl::OkStatus();
    });
  }
  std::vector<std::string> ids;
  ids.reserve(customers.size());
  for (const CustomerId customer : customers) ids.push_back(IdBytes(customer));
  const size_t count = RoundedUp(ids.size());
  std::vector<Param> params;
  params.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    params.emplace_back(absl::string_view(ids[std::min(i, ids.size() - 1)]));
  }
  return session.Query(SelectRevisions(count), params, [&](const RowView& row) {
    const CustomerId customer = CustomerId::FromBytes(row.bytes(0));
    const Revision revision = row.number(1);
    for (size_t i = 0; i < customers.size(); ++i) {
      if (customers[i] == customer) revisions[i] = revision;
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<LoadedCustomer> LoadCustomer(Session& session, const CustomerRef& ref,
                                            const LoadOptions& options, RecordVisitor visit) {
  Load load(session, ref, options);
  ASSIGN_OR_RETURN(bool done, load.Read());
  if (!done) {
    // Written to all the time: only a snapshot holds still.
    RETURN_IF_ERROR(session.Execute(kBeginSnapshot));
    absl::StatusOr<bool> again = load.Read();
    if (const absl::Status ended = session.Rollback(); again.ok() && !ended.ok()) return ended;
    if (!again.ok()) return again.status();
    if (!*again) return absl::DataLossError("the revision of a customer is not that of its row");
  }
  return load.Visit(visit);
}

}  // namespace yilan::storage::mysql
