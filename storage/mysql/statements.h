// The SQL of the store: all statements that touch its entries, and nothing else of MySQL's.
//
// They stay inside what MySQL 8, MariaDB 10.6 and those who speak their protocol all take. Every
// one reaches its rows through the primary key (docs/storage.md). Texts depend on how many rows are
// meant, so that counts are rounded: a connection keeps few of them prepared.
#ifndef YILAN_STORAGE_MYSQL_STATEMENTS_H_
#define YILAN_STORAGE_MYSQL_STATEMENTS_H_

#include <cstddef>
#include <string>

namespace yilan::storage::mysql {

// At most so many rows are named in one statement.
inline constexpr size_t kMaxRowsPerStatement = 256;
// … and ranges of rows.
inline constexpr size_t kMaxRangesPerStatement = 64;

// For reading: how many names a statement has that is to read `rows` of them; the last name is
// repeated. At least `rows`, which is at most kMaxRowsPerStatement.
size_t RoundedUp(size_t rows);
// For writing, where nothing may be repeated: how many of `rows` go into the next statement.
size_t RoundedDown(size_t rows);

// (space, name…) -> name, value: entries without an owner.
std::string SelectNames(size_t names);
// (space, (owner, name)…) -> owner, name, value.
std::string SelectOwned(size_t entries);
// (space, name, owner…) -> owner, name, value: the same of one name, which is one list of
// ranges.
std::string SelectOwners(size_t owners);
// (subject…) -> for each of the subjects that are in a customer: owner, value; owner of the
// customer, null where there is none, and its value, null where that is long.
std::string SelectSubjectsWithHolders(size_t subjects);
// (space key, key…) -> for each of the keys that are there: name, value; owner and value of the
// subject that the value names, and of the customer that has it; nulls where there is none.
std::string SelectKeysWithHolders(size_t keys);
// (space, owner, first name, limit) -> name, value, in order: entries of one owner.
std::string SelectRange();
// The same behind a name.
std::string SelectRangeAfter();
// (space, first name, limit name, limit)… -> name, in order within each: entries without an owner.
std::string SelectRanges(size_t ranges);
// (space, owner, owner, first name, limit) -> owner, name, value, in order: entries of any owner.
std::string SelectBulk();
std::string SelectBulkAfter();
// (space, owner…, limit) -> owner, name, value, in order: entries of many owners.
std::string SelectOfOwners(size_t owners);
// (customer, limit) -> customer, revision, value: customers behind one, in order.
std::string SelectCustomersAfter();
// () -> how many entries of members there are.
std::string CountMembers();
// (space, name…), sorted -> name, value; locks them until the end of the transaction.
std::string LockNames(size_t names);
// (space, first name, limit name, limit) -> name, in order: entries without an owner; locks them.
std::string LockRange();

// How many rows of each sort a plan names; 0: none.
struct LockedRows {
  size_t customers = 0;
  size_t keys = 0;
  bool request = false;
};
// (customer…, key…, request's row) -> space, owner, name, value of those that are there; locks them
// until the end of the transaction, in this order.
std::string LockPlanned(const LockedRows& rows);

// (space, owner, name, revision, value)…; a duplicate is an error.
std::string Insert(size_t entries);
// The same; a duplicate is replaced.
std::string Upsert(size_t entries);
// (space, owner, name)…
std::string Delete(size_t entries);
// (space, from, limit): entries without an owner from a name to below another.
std::string DeleteRange();

// Begins a transaction that reads one state, on a session for reading.
inline constexpr char kBeginSnapshot[] = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

// (customer…) -> customer, revision of those that are there.
std::string SelectRevisions(size_t customers);
// (customer) -> its revision; and of the customer that has a (subject), with its id behind.
std::string RevisionOfCustomer();
std::string RevisionOfSubject();
// (customer, limit) -> customer's value; owner, name, value of a record, null where a member has
// none.
std::string LoadByCustomer();
// The same of the customer that has the (subject, limit), with its id behind.
std::string LoadBySubject();
// (customer, then (owner, first name, limit name, limit)…) -> space, revision, owner, name, value
// of the customer and of its records in each of the ranges, in order.
std::string LoadRanges(size_t ranges);

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_STATEMENTS_H_
