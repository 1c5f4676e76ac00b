#include "core/identity/source_records.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/own_customers.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {

using storage::CustomerId;
using storage::RecordKey;
using storage::RecordView;
using storage::SubjectId;

std::string SourceRecordKeyOf(const yilan::storage::v1::Subject& subject) {
  if (WorkingSet::CountOf(v1::Fact::kSourceRecord, subject) == 0) return "";
  const v1::SubjectReference& name = subject.references(0);
  return FactKey(v1::Fact::kSourceRecord, name.source_system(), name.customer_key());
}

absl::StatusOr<std::vector<MemberSubject>> AllSubjects(storage::RecordStore& store,
                                                       const storage::CallOptions& call) {
  constexpr size_t kPage = 1000;
  std::vector<MemberSubject> subjects;
  RETURN_IF_ERROR(store.ReadBulk(call, [&](storage::BulkReader& reader) -> absl::Status {
    subjects.clear();
    CustomerId after;
    while (true) {
      ASSIGN_OR_RETURN(const auto customers, reader.ListCustomers(after, kPage));
      for (const storage::CustomerState& customer : customers) {
        if (IsOwnCustomer(customer.customer)) continue;
        for (const SubjectId member : customer.members) {
          subjects.push_back({member, customer.customer});
        }
      }
      if (customers.size() < kPage) return absl::OkStatus();
      after = customers.back().customer;
    }
  }));
  return subjects;
}

absl::Status VisitSourceRecords(storage::Reader& reader, absl::Span<const MemberSubject> subjects,
                                absl::FunctionRef<absl::Status(const SubjectWithSource&)> visit) {
  absl::flat_hash_map<SubjectId, size_t> places;
  std::vector<RecordKey> rows;
  for (size_t i = 0; i < subjects.size(); ++i) {
    places[subjects[i].subject] = i;
    rows.push_back({subjects[i].subject, kSubjectKind, kSubjectRecordId});
  }
  std::sort(rows.begin(), rows.end());
  absl::flat_hash_map<SubjectId, yilan::storage::v1::Subject> records;
  std::vector<std::string> keys;
  RETURN_IF_ERROR(reader.GetMany(rows, [&](const RecordView& view) -> absl::Status {
    yilan::storage::v1::Subject record;
    if (!record.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
      return absl::DataLossError("the record of a subject does not parse");
    }
    std::string key = SourceRecordKeyOf(record);
    if (key.empty()) return absl::OkStatus();
    keys.push_back(std::move(key));
    records.emplace(view.subject, std::move(record));
    return absl::OkStatus();
  }));
  if (keys.empty()) return absl::OkStatus();
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  ASSIGN_OR_RETURN(const auto found, reader.FindByKeys(keys));
  std::vector<RecordKey> sources;
  for (const std::optional<RecordKey>& key : found) {
    if (key.has_value()) sources.push_back(*key);
  }
  std::sort(sources.begin(), sources.end());
  v1::SourceRecord source;
  return reader.GetMany(sources, [&](const RecordView& view) -> absl::Status {
    if (!source.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
      return absl::DataLossError("a stored source record does not parse");
    }
    const auto record = records.find(view.subject);
    if (record == records.end()) return absl::OkStatus();
    return visit({places.at(view.subject), record->second, source});
  });
}

}  // namespace yilan::core
