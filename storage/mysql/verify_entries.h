// Verification of what the entries say twice, beyond the rows that they stand for.
#ifndef YILAN_STORAGE_MYSQL_VERIFY_ENTRIES_H_
#define YILAN_STORAGE_MYSQL_VERIFY_ENTRIES_H_

#include "absl/status/status.h"
#include "storage/mysql/session.h"
#include "storage/record_store.h"

namespace yilan::storage::mysql {

// The revision of each customer is that of its value, and its entries of members are its members.
// DATA_LOSS when not. On a session with a snapshot.
absl::Status VerifyEntries(Session& session, const CallOptions& call);

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_VERIFY_ENTRIES_H_
