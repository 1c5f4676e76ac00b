// What an error of the database means to the store. The only place that knows error numbers.
//
// Codes, with what the caller does:
//   ABORTED  + IsRetry         a conflict: ROLLBACK, then the whole transaction again, after a
//                              pause, within the deadline
//   ALREADY_EXISTS + IsDuplicate  another row has this unique key; the transaction goes on
//   UNAVAILABLE + IsConnectionLost  nothing was committed, and the connection is gone: once more on
//                              a fresh one
//   UNAVAILABLE                the database takes no statements now, or no connection: nothing was
//                              written; back off
//   UNKNOWN                    COMMIT was sent, and whether it was done is not known
//   DEADLINE_EXCEEDED          the statement took too long; nothing was committed
//   RESOURCE_EXHAUSTED         disk, memory, or a size limit of the server; nothing was committed
//   FAILED_PRECONDITION        the configuration or the schema is wrong; the message says what to
//   do INTERNAL                   a statement that the server does not accept: a fault of this
//   program
// A message names the error's number and what to do; never SQL text or data.
#ifndef YILAN_STORAGE_MYSQL_ERRORS_H_
#define YILAN_STORAGE_MYSQL_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sql {
class SQLException;
}

namespace yilan::storage::mysql {

// When an error came. In kCommit everything is UNKNOWN but what is certain to have been rolled
// back: a deadlock or a certification conflict (Galera 1213, Group Replication 3101, TiDB 9007), a
// lock that was not got in time (1205), and a server that was made read-only (1290, 1836).
// kRead is a statement that takes no locks: if it waited in vain (1205), it was for what other
// nodes of a Galera cluster have committed (wsrep_sync_wait), and this node is cut off from them;
// the same of what is asked while connecting.
enum class Phase { kConnect, kRead, kStatement, kCommit };

absl::Status ToStatus(const sql::SQLException& error, Phase phase);
// The same by number. `message` is the server's: looked at for the cause of what has no number of
// its own, and repeated only where it can hold no data (TLS).
absl::Status ErrorStatus(int number, absl::string_view message, Phase phase);
// std::bad_alloc out of the client library.
absl::Status OutOfMemory(Phase phase);
// The deadline passed while the server was being waited for, and the connection was cut.
absl::Status CutShort(Phase phase);

// Of a status made here; false for any other.
bool IsRetry(const absl::Status& status);
bool IsDuplicate(const absl::Status& status);
bool IsConnectionLost(const absl::Status& status);
// The database is not as it must be: no such user, grant, database or table. Somebody has to act.
bool IsNotSetUp(const absl::Status& status);
// The connection is lost, or its server does not take writes any more (was made a replica, left its
// cluster, shuts down). Other connections to that server are likely to be no better.
bool IsServerGone(const absl::Status& status);
// This connection is of no further use: IsConnectionLost, IsServerGone, it sent more than the
// server takes, or its COMMIT ended in an error that leaves open what became of it.
bool IsConnectionBroken(const absl::Status& status);

// The status without its marks, for callers outside the backend: so that what is returned by a body
// is never taken for an error of its own transaction.
absl::Status Unmarked(const absl::Status& status);

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_ERRORS_H_
