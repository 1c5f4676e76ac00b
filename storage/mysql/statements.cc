#include "storage/mysql/statements.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/fault_points.h"
#include "storage/mysql/entries.h"

namespace yilan::storage::mysql {
namespace {

constexpr size_t kExactRows = 32;
// Bytes of a value that is not joined to many rows.
constexpr int kLongValue = 1024;

std::string Repeat(absl::string_view part, absl::string_view between, size_t times) {
  std::string text;
  text.reserve(times * (part.size() + between.size()));
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&text, i == 0 ? "" : between, part);
  return text;
}

std::string Marks(size_t count) { return Repeat("?", ",", count); }
int Number(Space space) { return static_cast<int>(space); }

// Joins the records of the members of `c`.
std::string RecordsOfCustomer() {
  return absl::StrCat(" LEFT JOIN entries m ON m.space = ", Number(Space::kMembers),
                      " AND m.owner = c.owner LEFT JOIN entries r ON r.space = ",
                      Number(Space::kRecords), " AND r.owner = m.name");
}

// From a subject, `s`, to its customer.
std::string CustomerOfSubject() {
  return absl::StrCat(" FROM entries s JOIN entries c ON c.space = ", Number(Space::kCustomers),
                      " AND c.owner = LEFT(s.value, 16) AND c.name = ''");
}

std::string WhereSubject() {
  return absl::StrCat(" WHERE s.space = ", Number(Space::kSubjects),
                      " AND s.owner = ? AND s.name = ''");
}

}  // namespace

size_t RoundedUp(size_t rows) {
  // 1, 2, 3, 4, 6, 8, 12, 16, 24 …
  size_t rounded = 1;
  while (rounded < rows) rounded *= 2;
  if (rounded >= 4 && rounded / 4 * 3 >= rows) rounded = rounded / 4 * 3;
  return std::min(rounded, kMaxRowsPerStatement);
}

size_t RoundedDown(size_t rows) {
  if (rows <= kExactRows) return rows;
  size_t rounded = kMaxRowsPerStatement;
  while (rounded > rows) rounded /= 2;
  return rounded / 2 * 3 <= std::min(rows, kMaxRowsPerStatement) ? rounded / 2 * 3 : rounded;
}

std::string SelectNames(size_t names) {
  return absl::StrCat(
      "SELECT name, value FROM entries WHERE space = ? AND owner = '' AND name IN (", Marks(names),
      ")");
}

std::string SelectOwned(size_t entries) {
  return absl::StrCat("SELECT owner, name, value FROM entries WHERE space = ? AND (",
                      Repeat("(owner = ? AND name = ?)", " OR ", entries), ")");
}

std::string SelectOwners(size_t owners) {
  return absl::StrCat(
      "SELECT owner, name, value FROM entries WHERE space = ? AND name = ? AND owner IN (",
      Marks(owners), ")");
}

std::string SelectSubjectsWithHolders(size_t subjects) {
  // Of a customer with very many members each of them would bring all.
  return absl::StrCat(
      "SELECT s.owner, s.value, c.owner, IF(LENGTH(c.value) <= ", kLongValue,
      ", c.value, NULL) FROM entries s LEFT JOIN entries c ON c.space = ",
      Number(Space::kCustomers),
      " AND c.owner = LEFT(s.value, 16) AND c.name = '' WHERE s.space = ", Number(Space::kSubjects),
      " AND s.owner IN (", Marks(subjects), ") AND s.name = ''");
}

std::string SelectKeysWithHolders(size_t keys) {
  return absl::StrCat(
      "SELECT k.name, k.value, s.owner, s.value, c.owner, c.value FROM entries k"
      " LEFT JOIN entries s ON s.space = ",
      Number(Space::kSubjects),
      " AND s.owner = LEFT(k.value, 16) AND s.name = ''"
      " LEFT JOIN entries c ON c.space = ",
      Number(Space::kCustomers),
      " AND c.owner = LEFT(s.value, 16) AND c.name = ''"
      " WHERE k.space = ",
      Number(Space::kKeys), " AND k.owner = '' AND k.name IN (", Marks(keys), ")");
}

std::string SelectRange() {
  return "SELECT name, value FROM entries WHERE space = ? AND owner = ? AND name >= ?"
         " ORDER BY name LIMIT ?";
}

std::string SelectRangeAfter() {
  return "SELECT name, value FROM entries WHERE space = ? AND owner = ? AND name > ?"
         " ORDER BY name LIMIT ?";
}

std::string SelectRanges(size_t ranges) {
  return Repeat(
      "(SELECT name FROM entries WHERE space = ? AND owner = '' AND name >= ?"
      " AND name < ? ORDER BY name LIMIT ?)",
      " UNION ALL ", ranges);
}

std::string SelectBulk() {
  return "SELECT owner, name, value FROM entries WHERE space = ?"
         " AND (owner > ? OR (owner = ? AND name >= ?)) ORDER BY owner, name LIMIT ?";
}

std::string SelectBulkAfter() {
  return "SELECT owner, name, value FROM entries WHERE space = ?"
         " AND (owner > ? OR (owner = ? AND name > ?)) ORDER BY owner, name LIMIT ?";
}

std::string SelectOfOwners(size_t owners) {
  return absl::StrCat("SELECT owner, name, value FROM entries WHERE space = ? AND owner IN (",
                      Marks(owners), ") ORDER BY owner, name LIMIT ?");
}

std::string SelectCustomersAfter() {
  return absl::StrCat("SELECT owner, revision, value FROM entries WHERE space = ",
                      Number(Space::kCustomers), " AND owner > ? ORDER BY owner, name LIMIT ?");
}

std::string CountMembers() {
  return absl::StrCat("SELECT COUNT(*) FROM entries WHERE space = ", Number(Space::kMembers));
}

std::string LockNames(size_t names) { return absl::StrCat(SelectNames(names), " FOR UPDATE"); }

std::string LockRange() {
  return "SELECT name FROM entries WHERE space = ? AND owner = '' AND name >= ? AND name < ?"
         " ORDER BY name LIMIT ? FOR UPDATE";
}

std::string LockPlanned(const LockedRows& rows) {
  // The optimizer makes one scan of ranges of it, in the order of the primary key.
  std::string text = "SELECT space, owner, name, value FROM entries WHERE ";
  const char* between = "";
  if (rows.customers > 0) {
    absl::StrAppend(&text, "(space = ", Number(Space::kCustomers), " AND owner IN (",
                    Marks(rows.customers), ") AND name = '')");
    between = " OR ";
  }
  if (rows.keys > 0) {
    absl::StrAppend(&text, between, "(space = ", Number(Space::kKeys),
                    " AND owner = '' AND name IN (", Marks(rows.keys), "))");
    between = " OR ";
  }
  if (rows.request) {
    absl::StrAppend(&text, between, "(space = ", Number(Space::kRequests),
                    " AND owner = '' AND name = ?)");
  }
  if (!IsPlanted(Mutant::kDropForUpdate)) absl::StrAppend(&text, " FOR UPDATE");
  return text;
}

std::string Insert(size_t entries) {
  return absl::StrCat("INSERT INTO entries (space, owner, name, revision, value) VALUES ",
                      Repeat("(?,?,?,?,?)", ",", entries));
}

std::string Upsert(size_t entries) {
  return absl::StrCat(
      Insert(entries),
      " ON DUPLICATE KEY UPDATE revision = VALUES(revision), value = VALUES(value)");
}

std::string Delete(size_t entries) {
  return absl::StrCat("DELETE FROM entries WHERE ",
                      Repeat("(space = ? AND owner = ? AND name = ?)", " OR ", entries));
}

std::string DeleteRange() {
  return "DELETE FROM entries WHERE space = ? AND owner = '' AND name >= ? AND name < ?";
}

std::string SelectRevisions(size_t customers) {
  return absl::StrCat(
      "SELECT owner, revision FROM entries WHERE space = ", Number(Space::kCustomers),
      " AND owner IN (", Marks(customers), ") AND name = ''");
}

std::string RevisionOfCustomer() {
  return absl::StrCat("SELECT revision FROM entries WHERE space = ", Number(Space::kCustomers),
                      " AND owner = ? AND name = ''");
}

std::string RevisionOfSubject() {
  return absl::StrCat("SELECT c.revision, c.owner", CustomerOfSubject(), WhereSubject());
}

std::string LoadByCustomer() {
  return absl::StrCat("SELECT c.value, r.owner, r.name, r.value FROM entries c",
                      RecordsOfCustomer(), " WHERE c.space = ", Number(Space::kCustomers),
                      " AND c.owner = ? AND c.name = '' LIMIT ?");
}

std::string LoadBySubject() {
  return absl::StrCat("SELECT c.value, r.owner, r.name, r.value, c.owner", CustomerOfSubject(),
                      RecordsOfCustomer(), WhereSubject(), " LIMIT ?");
}

std::string LoadRanges(size_t ranges) {
  return absl::StrCat(
      "(SELECT space, revision, owner, name, value FROM entries WHERE space = ",
      Number(Space::kCustomers), " AND owner = ? AND name = '')",
      Repeat(absl::StrCat(" UNION ALL (SELECT space, revision, owner, name, value FROM entries"
                          " WHERE space = ",
                          Number(Space::kRecords),
                          " AND owner = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?)"),
             "", ranges));
}

}  // namespace yilan::storage::mysql
