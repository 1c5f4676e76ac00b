#include "storage/mysql/entry_source.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "storage/mysql/statements.h"

namespace yilan::storage::mysql {
namespace {

using rows::Family;
using rows::Scope;

// Rows of a page: the first is often enough.
constexpr uint64_t kFirstPage = 64;
constexpr uint64_t kLaterPage = 512;

constexpr uint64_t kUnlimited = std::numeric_limits<int64_t>::max();

// Of many subjects together.
constexpr size_t kOwnersPerStatement = 64;
constexpr uint64_t kOwnedRowsPerStatement = 8192;
// From so many on a statement of their own pays …
constexpr size_t kManyOwners = 8;
// … unless there are others, and all together are no more than this: a round trip less is worth
// more.
constexpr size_t kFewRows = 128;

uint64_t NumberOf(Space space) { return static_cast<uint64_t>(space); }

// Reads pages of entries, each behind the last one of the page before.
class Pages final : public rows::RowIterator {
 public:
  Pages(Session& session, Family family, Scope scope)
      : session_(session),
        family_(family),
        one_owner_(scope == Scope::kSubject ||
                   (family != Family::kRecords && family != Family::kHistory &&
                    family != Family::kDirectory)) {}

  void Seek(absl::string_view row) override {
    const EntryKey key = EntryKeyOf(family_, row);
    space_ = key.space;
    owner_ = std::string(key.owner);
    name_ = std::string(key.name);
    page_rows_ = kFirstPage;
    Read(/*after=*/false);
  }
  void Next() override {
    if (++at_ < page_.size() || last_page_) {
      SkipToNextSpace();
      return;
    }
    owner_ = page_.back().owner;
    name_ = page_.back().name;
    page_rows_ = kLaterPage;
    Read(/*after=*/true);
  }
  bool Valid() const override { return status_.ok() && at_ < page_.size(); }
  absl::string_view row() const override { return page_[at_].row; }
  absl::string_view value() const override { return page_[at_].value; }
  absl::Status status() const override { return status_; }

 private:
  struct Entry {
    std::string owner;
    std::string name;
    std::string row;
    std::string value;
  };

  void Read(bool after) {
    page_.clear();
    at_ = 0;
    const auto add = [this](absl::string_view owner, absl::string_view name,
                            absl::string_view value) {
      Entry& entry = page_.emplace_back();
      entry.owner = std::string(owner);
      entry.name = std::string(name);
      entry.value = std::string(value);
      RowOf({space_, owner, name}, entry.row);
      return absl::OkStatus();
    };
    if (one_owner_) {
      status_ = session_.Query(
          after ? SelectRangeAfter() : SelectRange(), {NumberOf(space_), owner_, name_, page_rows_},
          [&](const RowView& row) { return add(owner_, row.bytes(0), row.bytes(1)); });
    } else {
      status_ = session_.Query(
          after ? SelectBulkAfter() : SelectBulk(),
          {NumberOf(space_), owner_, owner_, name_, page_rows_},
          [&](const RowView& row) { return add(row.bytes(0), row.bytes(1), row.bytes(2)); });
    }
    last_page_ = page_.size() < page_rows_;
    SkipToNextSpace();
  }

  // The directory has two spaces, one behind the other.
  void SkipToNextSpace() {
    if (!status_.ok() || at_ < page_.size() || !last_page_) return;
    if (family_ != Family::kDirectory || space_ != Space::kCustomers) return;
    space_ = Space::kSubjects;
    owner_.clear();
    name_.clear();
    page_rows_ = kFirstPage;
    Read(/*after=*/false);
  }

  Session& session_;
  const Family family_;
  const bool one_owner_;
  Space space_ = Space::kMeta;
  std::string owner_;
  std::string name_;
  uint64_t page_rows_ = kFirstPage;
  std::vector<Entry> page_;
  size_t at_ = 0;
  bool last_page_ = true;
  absl::Status status_;
};

// Goes over rows that were read, which it sorts.
class FoundRows final : public rows::RowIterator {
 public:
  explicit FoundRows(std::vector<std::string> rows) : rows_(std::move(rows)) {
    // The database has no reason to answer in another order, but makes no promise.
    if (!std::is_sorted(rows_.begin(), rows_.end())) std::sort(rows_.begin(), rows_.end());
    at_ = rows_.size();
  }

  void Seek(absl::string_view row) override {
    at_ = static_cast<size_t>(
        std::lower_bound(rows_.begin(), rows_.end(), row,
                         [](const std::string& a, absl::string_view b) { return a < b; }) -
        rows_.begin());
  }
  void Next() override { ++at_; }
  bool Valid() const override { return at_ < rows_.size(); }
  absl::string_view row() const override { return rows_[at_]; }
  absl::string_view value() const override { return {}; }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  std::vector<std::string> rows_;
  size_t at_ = 0;
};

}  // namespace

void EntrySource::Remember(Family family, std::string row, std::optional<std::string> value) {
  known(family).insert_or_assign(std::move(row), std::move(value));
}

absl::StatusOr<bool> EntrySource::Get(Family family, absl::string_view row, std::string& value) {
  std::string wanted(row);
  auto it = known(family).find(wanted);
  if (it == known(family).end()) {
    RETURN_IF_ERROR(Fetch(family, {&wanted, 1}));
    it = known(family).find(wanted);
  }
  if (it->second.has_value()) value = *it->second;
  return it->second.has_value();
}

absl::Status EntrySource::GetMany(
    Family family, absl::Span<const std::string> rows,
    absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit) {
  RETURN_IF_ERROR(Fetch(family, rows));
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::optional<std::string>& found = known(family).find(rows[i])->second;
    const absl::string_view value =
        found.has_value() ? absl::string_view(*found) : absl::string_view();
    RETURN_IF_ERROR(visit(i, found.has_value() ? &value : nullptr));
  }
  return absl::OkStatus();
}

std::unique_ptr<rows::RowIterator> EntrySource::NewIterator(Family family, Scope scope) {
  return std::make_unique<Pages>(session_, family, scope);
}

absl::StatusOr<std::unique_ptr<rows::RowIterator>> EntrySource::ReadRanges(
    Family family, absl::Span<const rows::RowRange> ranges) {
  std::vector<std::string> found;
  while (!ranges.empty()) {
    const absl::Span<const rows::RowRange> some = ranges.subspan(0, kMaxRangesPerStatement);
    const size_t count = std::min(RoundedUp(some.size()), kMaxRangesPerStatement);
    std::vector<Param> params;
    params.reserve(4 * count);
    for (size_t i = 0; i < count; ++i) {
      const rows::RowRange& range = some[std::min(i, some.size() - 1)];
      params.emplace_back(NumberOf(EntryKeyOf(family, range.first).space));
      params.emplace_back(absl::string_view(range.first));
      params.emplace_back(absl::string_view(range.limit));
      params.emplace_back(i < some.size() ? std::min<uint64_t>(range.max, kUnlimited)
                                          : uint64_t{0});
    }
    RETURN_IF_ERROR(session_.Query(SelectRanges(count), params, [&](const RowView& row) {
      found.emplace_back(row.bytes(0));
      return absl::OkStatus();
    }));
    ranges.remove_prefix(some.size());
  }
  return std::make_unique<FoundRows>(std::move(found));
}

absl::Status EntrySource::VisitSubjects(
    Family family, absl::Span<const std::string> subjects,
    absl::FunctionRef<absl::Status(absl::string_view, absl::string_view)> visit) {
  while (!subjects.empty()) {
    const absl::Span<const std::string> some = subjects.subspan(0, kOwnersPerStatement);
    const size_t count = RoundedUp(some.size());
    std::vector<Param> params = {NumberOf(EntryKeyOf(family, some[0]).space)};
    for (size_t i = 0; i < count; ++i) {
      params.emplace_back(absl::string_view(some[std::min(i, some.size() - 1)]));
    }
    params.emplace_back(kOwnedRowsPerStatement);
    std::vector<std::pair<std::string, std::string>> page;
    RETURN_IF_ERROR(session_.Query(SelectOfOwners(count), params, [&](const RowView& found) {
      auto& [row, value] = page.emplace_back();
      RowOf({EntryKeyOf(family, some[0]).space, found.bytes(0), found.bytes(1)}, row);
      value = std::string(found.bytes(2));
      return absl::OkStatus();
    }));
    if (page.size() < kOwnedRowsPerStatement) {
      for (const auto& [row, value] : page) RETURN_IF_ERROR(visit(row, value));
      subjects.remove_prefix(some.size());
      continue;
    }
    // Large ones are among them: the first goes by itself, in pages.
    RETURN_IF_ERROR(RowSource::VisitSubjects(family, some.subspan(0, 1), visit));
    subjects.remove_prefix(1);
  }
  return absl::OkStatus();
}

absl::Status EntrySource::Fetch(Family family, absl::Span<const std::string> rows) {
  std::vector<const std::string*> unknown;
  for (const std::string& row : rows) {
    // What is not found stays so: an entry is made for it now.
    if (known(family).try_emplace(row, std::nullopt).second) unknown.push_back(&row);
  }
  for (size_t at = 0; at < unknown.size(); at += kMaxRowsPerStatement) {
    RETURN_IF_ERROR(FetchChunk(family, absl::MakeSpan(unknown).subspan(at, kMaxRowsPerStatement)));
  }
  return absl::OkStatus();
}

absl::Status EntrySource::FetchChunk(Family family, absl::Span<const std::string*> rows) {
  const size_t count = RoundedUp(rows.size());
  std::vector<Param> params;
  std::string row;
  const auto key = [&](size_t i) {
    return EntryKeyOf(family, *rows[std::min(i, rows.size() - 1)]);
  };
  if (family == Family::kKeys) {
    for (size_t i = 0; i < count; ++i) params.emplace_back(key(i).name);
    return session_.Query(
        SelectKeysWithHolders(count), params, [&](const RowView& found) -> absl::Status {
          Remember(Family::kKeys, std::string(found.bytes(0)), std::string(found.bytes(1)));
          if (found.is_null(2)) return absl::OkStatus();
          RowOf({Space::kSubjects, found.bytes(2), {}}, row);
          Remember(Family::kDirectory, row, std::string(found.bytes(3)));
          if (found.is_null(4)) return absl::OkStatus();
          RowOf({Space::kCustomers, found.bytes(4), {}}, row);
          Remember(Family::kDirectory, row, std::string(found.bytes(5)));
          return absl::OkStatus();
        });
  }
  const Space space = key(0).space;
  const auto others = std::stable_partition(rows.begin(), rows.end(), [&](const std::string* one) {
    return EntryKeyOf(family, *one).space == space;
  });
  if (others != rows.end()) {
    const auto first = static_cast<size_t>(others - rows.begin());
    RETURN_IF_ERROR(FetchChunk(family, rows.subspan(0, first)));
    return FetchChunk(family, rows.subspan(first));
  }
  if (space == Space::kSubjects) {
    for (size_t i = 0; i < count; ++i) params.emplace_back(key(i).owner);
    return session_.Query(SelectSubjectsWithHolders(count), params, [&](const RowView& found) {
      RowOf({space, found.bytes(0), {}}, row);
      Remember(Family::kDirectory, row, std::string(found.bytes(1)));
      if (found.is_null(2) || found.is_null(3)) return absl::OkStatus();
      // What is known of it already may be locked; this is not newer then.
      RowOf({Space::kCustomers, found.bytes(2), {}}, row);
      known(Family::kDirectory).try_emplace(row, std::string(found.bytes(3)));
      return absl::OkStatus();
    });
  }
  params.emplace_back(NumberOf(space));
  if (space > Space::kHistory) {
    for (size_t i = 0; i < count; ++i) params.emplace_back(key(i).name);
    return session_.Query(SelectNames(count), params, [&](const RowView& found) {
      RowOf({space, {}, found.bytes(0)}, row);
      Remember(family, row, std::string(found.bytes(1)));
      return absl::OkStatus();
    });
  }
  return FetchOwned(family, space, rows);
}

absl::Status EntrySource::FetchOwned(Family family, Space space,
                                     absl::Span<const std::string* const> rows) {
  // Of many subjects the same record is wanted: that is one range for each in one list.
  std::map<absl::string_view, std::vector<const std::string*>> by_name;
  for (const std::string* row : rows) by_name[EntryKeyOf(family, *row).name].push_back(row);
  std::vector<const std::string*> others;
  std::string row;
  const auto remember = [&](const RowView& found) {
    RowOf({space, found.bytes(0), found.bytes(1)}, row);
    Remember(family, row, std::string(found.bytes(2)));
    return absl::OkStatus();
  };
  std::vector<Param> params;
  for (const auto& [name, of_name] : by_name) {
    if (of_name.size() < kManyOwners || (by_name.size() > 1 && rows.size() <= kFewRows)) {
      others.insert(others.end(), of_name.begin(), of_name.end());
      continue;
    }
    const size_t count = RoundedUp(of_name.size());
    params = {NumberOf(space), name};
    for (size_t i = 0; i < count; ++i) {
      params.emplace_back(EntryKeyOf(family, *of_name[std::min(i, of_name.size() - 1)]).owner);
    }
    RETURN_IF_ERROR(session_.Query(SelectOwners(count), params, remember));
  }
  if (others.empty()) return absl::OkStatus();
  const size_t count = RoundedUp(others.size());
  params = {NumberOf(space)};
  for (size_t i = 0; i < count; ++i) {
    const EntryKey key = EntryKeyOf(family, *others[std::min(i, others.size() - 1)]);
    params.emplace_back(key.owner);
    params.emplace_back(key.name);
  }
  return session_.Query(SelectOwned(count), params, remember);
}

}  // namespace yilan::storage::mysql
