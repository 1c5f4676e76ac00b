#include "storage/mysql/errors.h"

#include <cppconn/exception.h>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace yilan::storage::mysql {
namespace {

constexpr char kRetryUrl[] = "yilan/mysql/retry";
constexpr char kSetUpUrl[] = "yilan/mysql/set_up";
constexpr char kDuplicateUrl[] = "yilan/mysql/duplicate";
constexpr char kLostUrl[] = "yilan/mysql/lost";
constexpr char kGoneUrl[] = "yilan/mysql/gone";
constexpr char kBrokenUrl[] = "yilan/mysql/broken";

enum class Meaning {
  kRetry,
  kDuplicate,
  kLost,
  kReadOnly,
  kNotReady,
  kBusy,
  kInterrupted,
  kTooSlow,
  kDiskFull,
  kMemory,
  kTooLarge,
  kAccess,
  kDatabase,
  kSchema,
  kTls,
  kOther,
};

bool SaysDiskIsFull(absl::string_view message) {
  return absl::StrContains(message, "Errcode: 28") || absl::StrContains(message, "errno: 28") ||
         absl::StrContains(message, "error 28");
}

Meaning MeaningOf(int number, absl::string_view message, Phase phase) {
  switch (number) {
    case 1205:  // Lock wait timeout.
      return phase == Phase::kRead || phase == Phase::kConnect ? Meaning::kNotReady
                                                               : Meaning::kRetry;
    case 1213:  // Deadlock; Galera's certification conflict.
    case 1305:  // The savepoint is gone, and the transaction with it: Galera (session.h).
    case 1020:  // Record has changed since last read.
    case 1615:  // A prepared statement has to be prepared again.
    case 3101:  // Group Replication's certification conflict.
    case 8022:  // TiDB: commit failed, try again.
    case 8028:  // TiDB: the schema has changed.
    case 9007:  // TiDB: write conflict.
      return Meaning::kRetry;
    case 1062:
      return Meaning::kDuplicate;
    case 2002:  // No connection through the socket.
    case 2003:  // … over TCP.
    case 2005:  // Unknown host: a name server that is away looks like this.
    case 2006:  // Server has gone away.
    case 2012:  // Error in the handshake.
    case 2013:  // Lost during a statement.
    case 2027:  // Malformed packet.
    case 2055:  // Lost, with the system's error.
    case 1053:  // Shutdown in progress.
    case 1077:
    case 1079:
    case 1080:  // Shutdown, forced close of the connection.
    case 1152:  // Aborted connection.
    case 1158:
    case 1159:
    case 1160:
    case 1161:  // Reading or writing packets.
    case 1184:  // Aborted connection.
    case 1243:  // The server does not know the prepared statement: it is not the one that made it.
    case 1927:  // Connection was killed.
    case 3169:  // Session was killed.
    case 4031:  // Disconnected for inactivity.
      return Meaning::kLost;
    case 2026:  // A cut connection is an error of TLS, too.
      return phase == Phase::kConnect ? Meaning::kTls : Meaning::kLost;
    case 1290:  // --read-only.
    case 1792:  // Read-only transaction.
    case 1836:  // Read-only mode.
      return Meaning::kReadOnly;
    case 1047:  // Galera: not ready.
      return Meaning::kNotReady;
    case 1040:  // Too many connections.
    case 1203:  // … of this user.
    case 1226:  // A limit of this user.
      return Meaning::kBusy;
    case 1317:  // Statement was killed.
      return Meaning::kInterrupted;
    case 1969:  // MariaDB: max_statement_time.
    case 3024:  // MySQL: max_execution_time.
      return Meaning::kTooSlow;
    case 1021:
    case 1114:  // The table is full: the disk, or a limited tablespace.
      return Meaning::kDiskFull;
    case 3:     // Error writing a file.
    case 1026:  // Error writing a file.
    case 1030:  // Error from the storage engine.
    case 1180:  // Error during COMMIT.
      return SaysDiskIsFull(message) ? Meaning::kDiskFull : Meaning::kOther;
    case 5:
    case 1037:
    case 1038:
    case 1041:
    case 1135:  // No new thread.
    case 1206:  // Too many locks.
    case 1461:  // Too many prepared statements.
    case 2008:
      return Meaning::kMemory;
    case 1153:
    case 2020:
      return Meaning::kTooLarge;
    case 1044:
    case 1045:
    case 1129:  // Host is blocked.
    case 1130:  // Host is not allowed.
    case 1142:
    case 1143:
    case 1227:
    case 1251:
    case 1698:
    case 1820:
    case 1862:  // Password has expired.
    case 2054:
    case 2058:
    case 2059:
    case 2061:  // Authentication plugins.
    case 3159:  // The server takes no plaintext.
    case 4151:  // Account is locked.
    case 3118:
      return Meaning::kAccess;
    case 1046:
    case 1049:
      return Meaning::kDatabase;
    case 1054:
    case 1146:
    case 1051:
      return Meaning::kSchema;
    default:
      return Meaning::kOther;
  }
}

absl::Status Marked(absl::Status status, const char* url) {
  status.SetPayload(url, absl::Cord());
  return status;
}

// A server that ended the connection, or that says that it is not to be used.
absl::Status Gone(absl::Status status) { return Marked(std::move(status), kGoneUrl); }

absl::Status Unknown(absl::string_view cause) {
  return absl::UnknownError(
      absl::StrCat("COMMIT was sent to the database and whether it was done is not known ", cause,
                   "; send the same request again: it is applied at most once"));
}

// The statuses of an error that is certain to have committed nothing.
absl::Status NothingWritten(Meaning meaning, absl::string_view message, absl::string_view cause,
                            Phase phase) {
  switch (meaning) {
    case Meaning::kRetry:
      return Marked(absl::AbortedError(absl::StrCat(
                        "the write met others at the same data too often; try again ", cause)),
                    kRetryUrl);
    case Meaning::kDuplicate:
      return Marked(absl::AlreadyExistsError(absl::StrCat("another row holds this key ", cause)),
                    kDuplicateUrl);
    case Meaning::kLost:
      return Gone(Marked(absl::UnavailableError(absl::StrCat(
                             phase == Phase::kConnect ? "the database cannot be reached "
                                                      : "the connection to the database was lost ",
                             cause, "; nothing was written; try again")),
                         kLostUrl));
    case Meaning::kReadOnly:
      return Gone(absl::UnavailableError(
          absl::StrCat("the database takes no writes: it is a replica, or read_only is set ", cause,
                       "; nothing was written; try again")));
    case Meaning::kNotReady:
      return Gone(absl::UnavailableError(absl::StrCat(
          "the database server is not ready: it is out of its cluster's majority, or joins it ",
          cause, "; nothing was written; try again")));
    case Meaning::kBusy:
      return absl::UnavailableError(absl::StrCat(
          "the database takes no more connections ", cause,
          "; raise its max_connections above the sum of what its clients may open, or lower "
          "max-connections in --storage"));
    case Meaning::kInterrupted:
      return absl::UnavailableError(absl::StrCat("the statement was stopped at the database ",
                                                 cause, "; nothing was written; try again"));
    case Meaning::kTooSlow:
      return absl::DeadlineExceededError(
          absl::StrCat("the database took too long ", cause, "; nothing was written"));
    case Meaning::kDiskFull:
      return absl::ResourceExhaustedError(absl::StrCat("the disk of the database is full ", cause,
                                                       "; nothing was written; make room on it"));
    case Meaning::kMemory:
      return absl::ResourceExhaustedError(
          absl::StrCat("the database is out of memory or at a limit of its own ", cause,
                       "; nothing was written; see its log"));
    case Meaning::kTooLarge:
      // The server drops a connection that sent too much.
      return Marked(absl::ResourceExhaustedError(
                        absl::StrCat("the data is larger than the database takes at once ", cause,
                                     "; nothing was written; raise its max_allowed_packet")),
                    kBrokenUrl);
    case Meaning::kAccess:
      return Marked(absl::FailedPreconditionError(absl::StrCat(
                        "the database refuses this user ", cause,
                        "; check user, password, host and grants, and whether the server wants "
                        "TLS: docs/operations.md shows the grants")),
                    kSetUpUrl);
    case Meaning::kDatabase:
      return Marked(absl::FailedPreconditionError(absl::StrCat("there is no such database ", cause,
                                                               "; create it: CREATE DATABASE")),
                    kSetUpUrl);
    case Meaning::kSchema:
      return Marked(absl::FailedPreconditionError(
                        absl::StrCat("the database does not have the tables of this version ",
                                     cause, "; run: yilan-server migrate")),
                    kSetUpUrl);
    case Meaning::kTls:
      return Gone(Marked(absl::UnavailableError(absl::StrCat(
                             "no TLS connection to the database ", cause, ": ", message,
                             "; check the server's certificate, its host name and tls-ca")),
                         kLostUrl));
    case Meaning::kOther:
      break;
  }
  return absl::InternalError(
      absl::StrCat("the database reports an error ", cause, "; nothing was written; see its log"));
}

// COMMIT has failed, and the transaction is certain to have been rolled back.
bool RolledBackAtCommit(int number) {
  switch (number) {
    case 1213:
    case 1205:
    case 3101:
    case 9007:
    // Both servers look at read_only before the commit starts, and roll back.
    case 1290:
    case 1836:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status ErrorStatus(int number, absl::string_view message, Phase phase) {
  const std::string cause = absl::StrCat("(error ", number, ")");
  const Meaning meaning = MeaningOf(number, message, phase);
  if (phase == Phase::kCommit && !RolledBackAtCommit(number)) {
    const absl::Status status = Unknown(cause);
    return meaning == Meaning::kLost || meaning == Meaning::kReadOnly ||
                   meaning == Meaning::kNotReady
               ? Gone(status)
               : Marked(status, kBrokenUrl);
  }
  return NothingWritten(meaning, message, cause, phase);
}

absl::Status ToStatus(const sql::SQLException& error, Phase phase) {
  // Connector/C++'s own exceptions have no number. They tell of a fault in how it was called.
  if (error.getErrorCode() == 0 && phase != Phase::kCommit) {
    return absl::InternalError(absl::StrCat("MySQL Connector/C++: ", error.what()));
  }
  return ErrorStatus(error.getErrorCode(), error.what(), phase);
}

absl::Status OutOfMemory(Phase phase) {
  if (phase == Phase::kCommit) return Marked(Unknown("(out of memory)"), kBrokenUrl);
  return Marked(absl::ResourceExhaustedError("this server is out of memory; nothing was written"),
                kBrokenUrl);
}

absl::Status CutShort(Phase phase) {
  if (phase == Phase::kCommit)
    return Marked(Unknown("(no answer before the deadline)"), kBrokenUrl);
  return Marked(absl::DeadlineExceededError(
                    "the database did not answer before the deadline; nothing was written"),
                kBrokenUrl);
}

bool IsNotSetUp(const absl::Status& status) { return status.GetPayload(kSetUpUrl).has_value(); }
bool IsRetry(const absl::Status& status) { return status.GetPayload(kRetryUrl).has_value(); }
bool IsDuplicate(const absl::Status& status) {
  return status.GetPayload(kDuplicateUrl).has_value();
}
bool IsConnectionLost(const absl::Status& status) {
  return status.GetPayload(kLostUrl).has_value();
}
bool IsServerGone(const absl::Status& status) { return status.GetPayload(kGoneUrl).has_value(); }
bool IsConnectionBroken(const absl::Status& status) {
  return IsConnectionLost(status) || IsServerGone(status) ||
         status.GetPayload(kBrokenUrl).has_value();
}

absl::Status Unmarked(const absl::Status& status) {
  absl::Status unmarked = status;
  for (const char* url : {kRetryUrl, kDuplicateUrl, kLostUrl, kGoneUrl, kBrokenUrl, kSetUpUrl}) {
    unmarked.ErasePayload(url);
  }
  return unmarked;
}

}  // namespace yilan::storage::mysql
