// The source records of a store: of some subjects, or all of them.
#ifndef YILAN_CORE_IDENTITY_SOURCE_RECORDS_H_
#define YILAN_CORE_IDENTITY_SOURCE_RECORDS_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/identity/identity_records.h"
#include "storage/record_store.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

// Where the source record of a subject stands, if it has one, by the subject's record: its unique
// key. Empty without one.
std::string SourceRecordKeyOf(const yilan::storage::v1::Subject& subject);

// All subjects with their customers, as of one committed state, in order of the customers. 32 bytes
// each. Without those of Yilan's own.
struct MemberSubject {
  storage::SubjectId subject;
  storage::CustomerId customer;
};
absl::StatusOr<std::vector<MemberSubject>> AllSubjects(storage::RecordStore& store,
                                                       const storage::CallOptions& call);

// One of those below.
struct SubjectWithSource {
  size_t place = 0;  // In `subjects`.
  const yilan::storage::v1::Subject& record;
  const v1::SourceRecord& source;
};

// Visits those of `subjects` that have a source record, with it, in no order. Subjects that are
// gone are left out. Errors: those of the reader and of `visit`, DATA_LOSS.
absl::Status VisitSourceRecords(storage::Reader& reader, absl::Span<const MemberSubject> subjects,
                                absl::FunctionRef<absl::Status(const SubjectWithSource&)> visit);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_SOURCE_RECORDS_H_
