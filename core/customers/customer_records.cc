#include "core/customers/customer_records.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

template <typename T>
absl::StatusOr<const T*> Parse(const storage::RecordView& record, google::protobuf::Arena& arena) {
  T* const message = google::protobuf::Arena::CreateMessage<T>(&arena);
  if (!message->ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError(absl::StrCat("a stored record of kind ", record.kind, " of subject ",
                                            record.subject.ToString(), " does not parse"));
  }
  return message;
}

}  // namespace

absl::StatusOr<CustomerRecords> ReadCustomerRecords(storage::Reader& reader,
                                                    const storage::CustomerState& customer) {
  CustomerRecords records;
  records.arena = std::make_shared<google::protobuf::Arena>();
  for (const storage::SubjectId member : customer.members) {
    RETURN_IF_ERROR(reader.Scan({.subject = member, .kind = kSubjectKind},
                                [&](const storage::RecordView& record) -> absl::Status {
                                  ASSIGN_OR_RETURN(
                                      records.subjects.emplace_back(),
                                      Parse<yilan::storage::v1::Subject>(record, *records.arena));
                                  return absl::OkStatus();
                                }));
    RETURN_IF_ERROR(
        reader.Scan({.subject = member, .kind = v1::Fact::kSourceRecord},
                    [&](const storage::RecordView& record) -> absl::Status {
                      ASSIGN_OR_RETURN(const v1::SourceRecord* const source,
                                       Parse<v1::SourceRecord>(record, *records.arena));
                      records.opinions.push_back({source, record.version, record.recorded_time});
                      return absl::OkStatus();
                    }));
  }
  return records;
}

}  // namespace yilan::core
