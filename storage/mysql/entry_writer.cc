#include "storage/mysql/entry_writer.h"

#include <algorithm>
#include <bitset>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "storage/mysql/statements.h"
#include "storage/rows/counters.h"
#include "storage/rows/row_keys.h"

namespace yilan::storage::mysql {
namespace {

using rows::Family;

// A statement stays far below what servers take by default (max_allowed_packet, 16 MiB).
constexpr size_t kMaxStatementBytes = size_t{4} << 20;

}  // namespace

void EntryWriter::AddMembers(const rows::RowCommit& commit, const MembersByCustomer& before,
                             std::vector<Entry>& replaced, std::vector<Entry>& deleted) {
  for (const CustomerState& state : commit.customers) {
    const auto it = before.find(state.customer);
    const std::vector<SubjectId> none;
    const std::vector<SubjectId>& old = it == before.end() ? none : it->second;
    for (const SubjectId member : state.members) {
      if (std::binary_search(old.begin(), old.end(), member)) continue;
      replaced.push_back({Space::kMembers, IdBytes(state.customer), IdBytes(member)});
    }
    for (const SubjectId member : old) {
      if (std::binary_search(state.members.begin(), state.members.end(), member)) continue;
      deleted.push_back({Space::kMembers, IdBytes(state.customer), IdBytes(member)});
    }
  }
}

EntryWriter::Sorted EntryWriter::Sort(const rows::RowCommit& commit,
                                      const MembersByCustomer& members_before,
                                      absl::FunctionRef<bool(Space, const std::string&)> is_new) {
  Sorted sorted;
  absl::flat_hash_map<std::string, Revision> revisions;
  for (const CustomerState& state : commit.customers) {
    revisions[rows::CustomerRow(state.customer)] = state.revision;
  }
  for (size_t i = 0; i < rows::kFamilies; ++i) {
    const Family family = static_cast<Family>(i);
    for (const auto& [row, value] : commit.overlay.rows(family)) {
      const EntryKey key = EntryKeyOf(family, row);
      Entry entry{key.space, std::string(key.owner), std::string(key.name)};
      if (!value.has_value()) {
        if (commit.unseen[i].contains(row)) sorted.inserted.push_back(entry);
        sorted.deleted.push_back(std::move(entry));
        continue;
      }
      entry.value = *value;
      if (key.space == Space::kCustomers) entry.revision = revisions[row];
      (is_new(key.space, row) ? sorted.inserted : sorted.replaced).push_back(std::move(entry));
    }
  }
  AddMembers(commit, members_before, sorted.replaced, sorted.deleted);
  return sorted;
}

absl::Status EntryWriter::WriteRows(const rows::RowCommit& commit, const Before& before) {
  Sorted sorted = Sort(commit, before.members, [&](Space space, const std::string& row) {
    if (IsPlanted(Mutant::kDoNotRecheckPlan)) return false;
    switch (space) {
      case Space::kRequests:
        return !commit.request_replaced;
      case Space::kKeys:
        return !before.keys.contains(row);
      case Space::kCustomers:
        return !before.members.contains(
            CustomerId::FromBytes(EntryKeyOf(Family::kDirectory, row).owner));
      case Space::kRecords:
        return commit.unseen[static_cast<size_t>(Family::kRecords)].contains(row);
      case Space::kSubjects:
        return commit.unseen[static_cast<size_t>(Family::kDirectory)].contains(row);
      default:
        return false;
    }
  });
  for (const std::string& key : before.guarded_keys) {
    sorted.inserted.push_back({Space::kKeys, {}, key});
    sorted.deleted.push_back({Space::kKeys, {}, key});
  }
  return WriteAll(sorted);
}

absl::Status EntryWriter::WriteImportedRows(const rows::RowCommit& commit,
                                            const MembersByCustomer& members_before) {
  for (const FeedBounds& bounds : commit.trimmed) {
    RETURN_IF_ERROR(
        session_
            .Update(DeleteRange(),
                    {static_cast<uint64_t>(Space::kChanges), rows::ChangeRow(bounds.partition, 0),
                     rows::ChangeRow(bounds.partition, bounds.trimmed + 1)})
            .status());
  }
  Sorted sorted = Sort(commit, members_before, [](Space, const std::string&) { return false; });
  return WriteAll(sorted);
}

absl::Status EntryWriter::WriteAll(Sorted& sorted) {
  // In one order for all writers, so that they meet at the same row first.
  for (std::vector<Entry>* entries : {&sorted.inserted, &sorted.replaced, &sorted.deleted}) {
    std::sort(entries->begin(), entries->end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.space, a.owner, a.name) < std::tie(b.space, b.owner, b.name);
    });
  }
  RETURN_IF_ERROR(Write(sorted.inserted, /*replace=*/false));
  RETURN_IF_ERROR(Write(sorted.replaced, /*replace=*/true));
  return Delete(sorted.deleted);
}

absl::Status EntryWriter::Write(absl::Span<const Entry> entries, bool replace) {
  while (!entries.empty()) {
    size_t count = 0;
    size_t bytes = 0;
    while (count < entries.size() && count < kMaxRowsPerStatement &&
           (count == 0 || bytes + entries[count].value.size() <= kMaxStatementBytes)) {
      bytes += entries[count++].value.size();
    }
    count = RoundedDown(count);
    std::vector<Param> params;
    params.reserve(count * 5);
    for (const Entry& entry : entries.subspan(0, count)) {
      params.emplace_back(static_cast<uint64_t>(entry.space));
      params.emplace_back(absl::string_view(entry.owner));
      params.emplace_back(absl::string_view(entry.name));
      params.emplace_back(entry.revision);
      params.emplace_back(entry.value);
    }
    RETURN_IF_ERROR(session_.Update(replace ? Upsert(count) : Insert(count), params).status());
    entries.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::Status EntryWriter::Delete(absl::Span<const Entry> entries) {
  while (!entries.empty()) {
    const size_t count = RoundedDown(std::min(entries.size(), kMaxRowsPerStatement));
    std::vector<Param> params;
    params.reserve(count * 3);
    for (const Entry& entry : entries.subspan(0, count)) {
      params.emplace_back(static_cast<uint64_t>(entry.space));
      params.emplace_back(absl::string_view(entry.owner));
      params.emplace_back(absl::string_view(entry.name));
    }
    RETURN_IF_ERROR(session_.Update(mysql::Delete(count), params).status());
    entries.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::Status EntryWriter::WriteFeed(const rows::RowCommit& commit) {
  std::bitset<kFeedPartitions> touched;
  for (const rows::NewChanges& changes : commit.changes) {
    touched.set(static_cast<size_t>(changes.partition));
  }
  for (const FeedBounds& bounds : commit.moved) touched.set(static_cast<size_t>(bounds.partition));
  const bool counts = !commit.totals.IsZero();
  // What counts without a change, as an import does, counts in the first partition.
  if (touched.none() && counts) touched.set(0);
  if (touched.none()) return absl::OkStatus();

  std::vector<std::string> names;
  for (int i = 0; i < kFeedPartitions; ++i) {
    if (touched[static_cast<size_t>(i)]) names.push_back(rows::BoundsRow(i));
  }
  int first = 0;
  while (!touched[static_cast<size_t>(first)]) ++first;
  // Under the lock of the partition's bounds.
  const std::string totals_row = absl::StrCat(rows::kTotalsRow, "/", first);
  if (counts) names.push_back(totals_row);
  std::map<std::string, std::string> before;
  std::vector<Param> params = {static_cast<uint64_t>(Space::kMeta)};
  for (const std::string& name : names) params.emplace_back(absl::string_view(name));
  const std::string sql =
      IsPlanted(Mutant::kFeedNumberUnlocked) ? SelectNames(names.size()) : LockNames(names.size());
  RETURN_IF_ERROR(session_.Query(sql, params, [&](const RowView& row) {
    before[std::string(row.bytes(0))] = std::string(row.bytes(1));
    return absl::OkStatus();
  }));

  std::vector<Entry> entries;
  std::deque<std::string> values;
  std::map<int, FeedBounds> bounds;
  for (int i = 0; i < kFeedPartitions; ++i) {
    if (!touched[static_cast<size_t>(i)]) continue;
    bounds[i].partition = i;
    const auto found = before.find(rows::BoundsRow(i));
    if (found == before.end()) continue;
    ASSIGN_OR_RETURN(bounds[i], rows::ParseBounds(i, found->second));
  }
  for (const FeedBounds& moved : commit.moved) {
    FeedBounds& partition = bounds[moved.partition];
    partition.trimmed = std::max(partition.trimmed, moved.trimmed);
    partition.end = std::max(partition.end, moved.end);
  }
  for (const rows::NewChanges& changes : commit.changes) {
    FeedBounds& partition = bounds[changes.partition];
    partition.end += changes.count;
    entries.push_back(
        {Space::kChanges, {}, rows::ChangeRow(changes.partition, partition.end), 0, changes.value});
  }
  for (const auto& [partition, reach] : bounds) {
    values.push_back(rows::BoundsValue(reach));
    entries.push_back({Space::kMeta, {}, rows::BoundsRow(partition), 0, values.back()});
  }
  if (counts) {
    rows::Totals totals;
    if (const auto found = before.find(totals_row); found != before.end()) {
      ASSIGN_OR_RETURN(totals, rows::ParseTotals(found->second));
    }
    totals.Add(commit.totals);
    values.push_back(rows::TotalsValue(totals));
    entries.push_back({Space::kMeta, {}, totals_row, 0, values.back()});
  }
  return Write(entries, /*replace=*/true);
}

}  // namespace yilan::storage::mysql
