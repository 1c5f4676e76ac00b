#include "core/facts/facts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/fact_write.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/facts/resolve_written.h"
#include "core/facts/write_batch.h"
#include "core/identity/resolve.h"
#include "core/validation/field_rules.h"
#include "core/validation/page_token.h"
#include "core/views/fact_pages.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "yilan/v1/identifier.pb.h"
#include "yilan/v1/write_result.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using storage::Record;
using storage::RecordKey;

// The requests and responses of all kinds have the same fields; these read them by name.
const FieldDescriptor* FieldOf(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}
std::string StringOf(const Message& message, const char* name) {
  return message.GetReflection()->GetString(message, FieldOf(message, name));
}
bool BoolOf(const Message& message, const char* name) {
  return message.GetReflection()->GetBool(message, FieldOf(message, name));
}
Message* Mutable(Message& message, const FieldDescriptor* field) {
  return message.GetReflection()->MutableMessage(&message, field);
}
v1::WriteResult& ResultOf(Message& response) {
  return static_cast<v1::WriteResult&>(*Mutable(response, FieldOf(response, "result")));
}

// The kind that a message carries in its field `number`.
const FactKind& KindInField(const Message& message, int number) {
  return *FindFactKind(message.GetDescriptor()->FindFieldByNumber(number)->message_type());
}

// "DeleteCustomerBillRequest" is about a CustomerBill.
const FactKind& KindOfDeletion(const Message& request) {
  absl::string_view name = request.GetDescriptor()->name();
  absl::ConsumePrefix(&name, "Delete");
  absl::ConsumeSuffix(&name, "Request");
  for (const FactKind& kind : AllFactKinds()) {
    if (kind.descriptor->name() == name) return kind;
  }
  return AllFactKinds().front();
}

absl::Status NoSuchFact(const FactKind& kind) {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_FACT_NOT_FOUND,
                         absl::StrCat("no such ", kind.name,
                                      " is stored; check source_system and key, or whether it was "
                                      "deleted"));
}

absl::Status ReadFact(const FactKind& kind, const Record& record, Message& fact) {
  if (!fact.ParseFromString(record.payload)) {
    return absl::DataLossError(absl::StrCat("a stored ", kind.name, " does not parse"));
  }
  kind.set_etag(fact, EtagOf(record.revision));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<storage::Revision>> ExpectedRevision(const Message& request) {
  const std::string etag = StringOf(request, "etag");
  if (etag.empty()) return std::optional<storage::Revision>();
  // An etag that this server never made cannot be the stored one; 0 is no record's revision.
  return std::optional<storage::Revision>(RevisionOf(etag).value_or(0));
}

absl::Status FillResult(storage::Reader& reader, const FactWriteResult& written,
                        v1::WriteResult& result) {
  result.set_outcome(written.outcome);
  result.set_identity_conflict(written.identity_conflict);
  ASSIGN_OR_RETURN(const storage::CustomerState customer, reader.GetCustomer(written.subject));
  result.set_customer_id(customer.customer.ToString());
  result.set_customer_etag(EtagOf(customer.revision));
  return absl::OkStatus();
}

// What validate_only shows: the customer if it is there already, and no etag, since nothing was
// written.
void ShowAsValidated(storage::RecordStore& store, const Call& call, v1::WriteResult& result) {
  result.set_outcome(v1::WRITE_OUTCOME_VALIDATED);
  result.clear_customer_etag();
  const auto id = storage::CustomerId::FromString(result.customer_id());
  const absl::Status known = store.Read(
      call.storage(), [&](storage::Reader& reader) { return reader.GetCustomer(*id).status(); });
  if (!known.ok()) result.clear_customer_id();
}

}  // namespace

absl::Status Facts::Upsert(const Call& call, const Message& request, Message& response) {
  const TimeMicros now = clock_.Now();
  const FactKind& kind = KindInField(request, 2);
  const FieldDescriptor* const fact_field = request.GetDescriptor()->FindFieldByNumber(2);
  std::unique_ptr<Message> fact(request.GetReflection()->GetMessage(request, fact_field).New());
  fact->CopyFrom(request.GetReflection()->GetMessage(request, fact_field));
  ClearOutputOnlyFields(*fact);

  const auto& mask = static_cast<const google::protobuf::FieldMask&>(
      request.GetReflection()->GetMessage(request, FieldOf(request, "update_mask")));
  Violations violations;
  for (const std::string& path : mask.paths()) {
    if (!google::protobuf::util::FieldMaskUtil::GetFieldDescriptors(kind.descriptor, path,
                                                                    nullptr)) {
      violations.Add("update_mask",
                     absl::StrCat("has a path that is no field of ", kind.descriptor->name(),
                                  "; use its field names, in lower_snake_case"));
    }
  }
  RETURN_IF_ERROR(violations.ToStatus());
  // With a mask the fact is a part; the whole is checked when it is put together.
  absl::StatusOr<FactWrite> prepared = mask.paths().empty()
                                           ? PrepareWrite(kind, *fact, fact_field->name(), now)
                                           : PreparePartialWrite(kind, *fact, now);
  RETURN_IF_ERROR(prepared.status());
  prepared->update_mask = &mask;
  ASSIGN_OR_RETURN(prepared->expected_revision, ExpectedRevision(request));

  WriteBatch batch(absl::MakeConstSpan(&*prepared, 1), now, ids_);
  const Once once{store_, call, now, StringOf(request, "request_id"),
                  BoolOf(request, "validate_only")};
  storage::SubjectId written;
  bool waits = false;
  RETURN_IF_ERROR(once.Write(
      request, response, [&](storage::Reader& reader) { return batch.Plan(reader); },
      [&](storage::Transaction& txn) -> absl::Status {
        std::vector<FactWriteResult> results;
        RETURN_IF_ERROR(batch.Apply(txn, results));
        RETURN_IF_ERROR(results[0].status);
        written = results[0].subject;
        waits = results[0].resolve_pending;
        response.Clear();
        if (results[0].record.has_value()) {
          ASSIGN_OR_RETURN(const Record record, txn.Get(*results[0].record));
          RETURN_IF_ERROR(ReadFact(
              kind, record, *Mutable(response, response.GetDescriptor()->FindFieldByNumber(1))));
        }
        return FillResult(txn, results[0], ResultOf(response));
      },
      &waits));
  if (once.validate_only) {
    ShowAsValidated(store_, call, ResultOf(response));
    return absl::OkStatus();
  }
  if (!waits) return absl::OkStatus();
  return ResolveWritten(resolver_, once, written, request, response, ResultOf(response));
}

absl::Status Facts::Delete(const Call& call, const Message& request, Message& response) {
  const TimeMicros now = clock_.Now();
  const FactKind& kind = KindOfDeletion(request);
  v1::FactDeletion deletion;
  deletion.set_fact_type(kind.name);
  deletion.set_source_system(StringOf(request, "source_system"));
  deletion.set_key(StringOf(request, "key"));
  const auto* reflection = request.GetReflection();
  if (reflection->HasField(request, FieldOf(request, "event_time"))) {
    deletion.mutable_event_time()->CopyFrom(
        reflection->GetMessage(request, FieldOf(request, "event_time")));
  }
  deletion.set_version(reflection->GetUInt64(request, FieldOf(request, "version")));
  ASSIGN_OR_RETURN(FactWrite write, PrepareDeletion(deletion, now));
  ASSIGN_OR_RETURN(write.expected_revision, ExpectedRevision(request));

  WriteBatch batch(absl::MakeConstSpan(&write, 1), now, ids_);
  const Once once{store_, call, now, StringOf(request, "request_id"),
                  BoolOf(request, "validate_only")};
  storage::SubjectId written;
  bool waits = false;
  RETURN_IF_ERROR(once.Write(
      request, response, [&](storage::Reader& reader) { return batch.Plan(reader); },
      [&](storage::Transaction& txn) -> absl::Status {
        std::vector<FactWriteResult> results;
        RETURN_IF_ERROR(batch.Apply(txn, results));
        RETURN_IF_ERROR(results[0].status);
        // A stream may repeat a deletion; a caller who names a fact that is gone should learn it.
        if (results[0].outcome == v1::WRITE_OUTCOME_DUPLICATE) return NoSuchFact(kind);
        written = results[0].subject;
        waits = results[0].resolve_pending;
        response.Clear();
        return FillResult(txn, results[0], ResultOf(response));
      },
      &waits));
  if (once.validate_only) {
    ShowAsValidated(store_, call, ResultOf(response));
    return absl::OkStatus();
  }
  if (!waits) return absl::OkStatus();
  return ResolveWritten(resolver_, once, written, request, response, ResultOf(response));
}

absl::Status Facts::Get(const Call& call, const Message& request, Message& response) {
  const FactKind& kind = KindInField(response, 1);
  const std::string key =
      FactKey(kind.kind, StringOf(request, "source_system"), StringOf(request, "key"));
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    const absl::StatusOr<RecordKey> holder = reader.FindByKey(key);
    if (absl::IsNotFound(holder.status())) return NoSuchFact(kind);
    RETURN_IF_ERROR(holder.status());
    if (holder->kind != kind.kind) return NoSuchFact(kind);
    ASSIGN_OR_RETURN(const Record record, reader.Get(*holder));
    response.Clear();
    return ReadFact(kind, record,
                    *Mutable(response, response.GetDescriptor()->FindFieldByNumber(1)));
  }));
}

absl::Status Facts::List(const Call& call, const Message& request, Message& response) {
  const FactKind& kind = KindInField(response, 1);
  const FieldDescriptor* const facts = response.GetDescriptor()->FindFieldByNumber(1);
  const auto* reflection = request.GetReflection();
  const auto& customer = static_cast<const v1::CustomerIdentifier&>(
      reflection->GetMessage(request, FieldOf(request, "customer")));
  const int page_size = ClampPageSize(reflection->GetInt32(request, FieldOf(request, "page_size")));
  TimeMicros as_of = clock_.Now();
  if (reflection->HasField(request, FieldOf(request, "as_of_time"))) {
    as_of = MicrosOf(static_cast<const google::protobuf::Timestamp&>(
        reflection->GetMessage(request, FieldOf(request, "as_of_time"))));
  }
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const storage::CustomerState state, ResolveCustomer(reader, customer, as_of));
    const uint64_t query = QueryHash({request.GetDescriptor()->name(), state.customer.ToString()});
    ASSIGN_OR_RETURN(const std::string position,
                     ReadPageToken(query, StringOf(request, "page_token")));
    ASSIGN_OR_RETURN(
        const std::string next,
        ListFacts(reader, state.members, {kind.kind}, position, static_cast<size_t>(page_size),
                  [&](const storage::RecordView& view) -> absl::Status {
                    Message* fact = response.GetReflection()->AddMessage(&response, facts);
                    if (!fact->ParseFromArray(view.payload.data(),
                                              static_cast<int>(view.payload.size()))) {
                      return absl::DataLossError(
                          absl::StrCat("a stored ", kind.name, " does not parse"));
                    }
                    kind.set_etag(*fact, EtagOf(view.revision));
                    return absl::OkStatus();
                  }));
    response.GetReflection()->SetString(&response, FieldOf(response, "redirected_from_customer_id"),
                                        RedirectedFrom(customer, state.customer));
    if (!next.empty()) {
      response.GetReflection()->SetString(&response, FieldOf(response, "next_page_token"),
                                          MakePageToken(query, next));
    }
    return absl::OkStatus();
  }));
}

}  // namespace yilan::core
