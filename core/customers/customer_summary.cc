#include "core/customers/customer_summary.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/views/profile.h"
#include "core/views/totals.h"
#include "google/protobuf/arena.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

template <typename T>
absl::StatusOr<T*> Parse(const storage::RecordView& record, google::protobuf::Arena& arena) {
  T* const message = google::protobuf::Arena::CreateMessage<T>(&arena);
  if (!message->ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError(absl::StrCat("a stored record of kind ", record.kind, " of subject ",
                                            record.subject.ToString(), " does not parse"));
  }
  return message;
}

}  // namespace

absl::Status SummarizeCustomer(storage::Reader& reader, const storage::CustomerState& customer,
                               const SurvivorshipRules& rules, v1::Customer& summary) {
  google::protobuf::Arena arena;
  std::vector<SourceOpinion> opinions;
  for (const storage::SubjectId member : customer.members) {
    RETURN_IF_ERROR(reader.Scan(
        {.subject = member, .kind = kSubjectKind},
        [&](const storage::RecordView& record) -> absl::Status {
          ASSIGN_OR_RETURN(const auto* subject, Parse<yilan::storage::v1::Subject>(record, arena));
          DescribeSubject(*subject, *summary.add_subjects());
          return absl::OkStatus();
        }));
    RETURN_IF_ERROR(
        reader.Scan({.subject = member, .kind = v1::Fact::kSourceRecord},
                    [&](const storage::RecordView& record) -> absl::Status {
                      ASSIGN_OR_RETURN(const auto* source, Parse<v1::SourceRecord>(record, arena));
                      opinions.push_back({source, record.version, record.recorded_time});
                      return absl::OkStatus();
                    }));
  }
  summary.set_customer_id(customer.customer.ToString());
  summary.set_etag(EtagOf(customer.revision));
  if (const auto* winner = WinnerOf("name", rules, opinions)) summary.set_name(winner->name());
  if (const auto* winner = WinnerOf("party_type", rules, opinions)) {
    summary.set_party_type(winner->party_type());
  }
  if (const auto* winner = WinnerOf("status", rules, opinions))
    summary.set_status(winner->status());
  return absl::OkStatus();
}

}  // namespace yilan::core
