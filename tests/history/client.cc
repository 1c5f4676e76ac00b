#include "tests/history/client.h"

#include <array>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/history/facts.h"

namespace yilan::history {
namespace {

// Reasons with which the server says that nothing was written, and that may pass.
constexpr std::array<absl::string_view, 7> kNothingWritten = {
    "WRITE_CONTENTION", "SERVER_BUSY",    "STORE_FULL",   "STORE_UNAVAILABLE",
    "DEADLINE_PASSED",  "CALL_CANCELLED", "SHUTTING_DOWN"};
// … and that a repetition does not change.
constexpr std::array<absl::string_view, 3> kRefused = {"ETAG_MISMATCH", "FACT_NOT_FOUND",
                                                       "CUSTOMER_NOT_FOUND"};

template <size_t n>
bool Contains(const std::array<absl::string_view, n>& names, const std::string& name) {
  for (const absl::string_view one : names) {
    if (one == name) return true;
  }
  return false;
}

std::string EtagOf(storage::Revision revision) { return absl::StrCat("r", revision); }

template <typename Response>
Attempt Acknowledged(const Response& response) {
  Attempt attempt;
  attempt.outcome = Outcome::kAcknowledged;
  attempt.answer = response.SerializeAsString();
  attempt.revision = RevisionOfEtag(response.result().customer_etag());
  attempt.customer_id = response.result().customer_id();
  // A fact that went to history at once is answered with the one that is current.
  const auto* const fact = response.GetDescriptor()->FindFieldByNumber(1);
  if (const auto* const own = fact->message_type()->FindFieldByName("etag");
      own != nullptr && response.result().outcome() != v1::WRITE_OUTCOME_SUPERSEDED) {
    const auto& stored = response.GetReflection()->GetMessage(response, fact);
    attempt.fact_revision = RevisionOfEtag(stored.GetReflection()->GetString(stored, own));
  }
  return attempt;
}

template <typename Fact>
void See(const Fact& fact, ReadOp& op) {
  op.facts[IndexOf(op.part)] = Seen(fact);
}

}  // namespace

Attempt AttemptOf(const grpc::Status& status) {
  const client::Status error = client::StatusFromGrpc(status);
  Attempt attempt;
  attempt.error = error.ToString();
  // Without a reason it is the connection that speaks, or the client's own deadline.
  if (error.reason.empty() || error.reason == "OUTCOME_UNKNOWN") return attempt;
  attempt.final = Contains(kRefused, error.reason);
  if (attempt.final || Contains(kNothingWritten, error.reason)) {
    attempt.outcome = Outcome::kFailed;
  } else {
    attempt.defect = true;
  }
  return attempt;
}

Client::Server::Server(const std::string& address) {
  grpc::ChannelArguments arguments;
  // A connection of this client's own, found again soon after the server is back.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);  // Of one attempt.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  customers = v1::CustomerService::NewStub(channel);
  billing = v1::BillingService::NewStub(channel);
  care = v1::CareService::NewStub(channel);
  views = v1::CustomerViewService::NewStub(channel);
  ingest = v1::IngestService::NewStub(channel);
}

Client::Client(const std::vector<std::string>& addresses, absl::Duration deadline)
    : deadline_(deadline) {
  for (const std::string& address : addresses) {
    servers_.push_back(std::make_unique<Server>(address));
  }
}

void Client::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline_));
}

bool Client::AwaitConnection(size_t server) {
  const std::shared_ptr<grpc::Channel>& channel = servers_[server]->channel;
  if (channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY) return false;
  channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  return true;
}

Attempt Client::Write(size_t server, const WriteOp& op) {
  switch (op.kind) {
    case WriteOp::Kind::kUpsert:
      return Upsert(*servers_[server], op);
    case WriteOp::Kind::kDelete:
      return Delete(*servers_[server], op);
    case WriteOp::Kind::kIngest:
      return Ingest(*servers_[server], op);
  }
  return {};
}

Attempt Client::Upsert(Server& server, const WriteOp& op) {
  grpc::ClientContext context;
  Prepare(context);
  const auto send = [&](auto request, auto response, const auto& call) {
    request.set_request_id(op.request_id);
    if (op.expected.has_value()) request.set_etag(EtagOf(*op.expected));
    const grpc::Status status = call(request, response);
    return status.ok() ? Acknowledged(response) : AttemptOf(status);
  };
  switch (op.parts.front()) {
    case Part::kProfile: {
      v1::UpsertSourceRecordRequest request;
      *request.mutable_source_record() = MakeProfile(op.customer, op.token);
      return send(std::move(request), v1::UpsertSourceRecordResponse(),
                  [&](const auto& sent, auto& received) {
                    return server.customers->UpsertSourceRecord(&context, sent, &received);
                  });
    }
    case Part::kAccount: {
      v1::UpsertBillingAccountRequest request;
      *request.mutable_billing_account() = MakeAccount(op.customer, op.token);
      return send(std::move(request), v1::UpsertBillingAccountResponse(),
                  [&](const auto& sent, auto& received) {
                    return server.billing->UpsertBillingAccount(&context, sent, &received);
                  });
    }
    case Part::kTicket: {
      v1::UpsertTroubleTicketRequest request;
      *request.mutable_trouble_ticket() = MakeTicket(op.customer, op.token);
      return send(std::move(request), v1::UpsertTroubleTicketResponse(),
                  [&](const auto& sent, auto& received) {
                    return server.care->UpsertTroubleTicket(&context, sent, &received);
                  });
    }
    case Part::kInteraction: {
      v1::UpsertPartyInteractionRequest request;
      *request.mutable_party_interaction() = MakeInteraction(op.customer, op.token);
      return send(std::move(request), v1::UpsertPartyInteractionResponse(),
                  [&](const auto& sent, auto& received) {
                    return server.care->UpsertPartyInteraction(&context, sent, &received);
                  });
    }
  }
  return {};
}

Attempt Client::Delete(Server& server, const WriteOp& op) {
  grpc::ClientContext context;
  Prepare(context);
  v1::DeleteTroubleTicketRequest request;
  request.set_request_id(op.request_id);
  request.set_source_system(kSourceSystem);
  request.set_key(op.customer);
  *request.mutable_event_time() = EventTime(op.token);
  request.set_version(op.token);
  if (op.expected.has_value()) request.set_etag(EtagOf(*op.expected));
  v1::DeleteTroubleTicketResponse response;
  const grpc::Status status = server.care->DeleteTroubleTicket(&context, request, &response);
  return status.ok() ? Acknowledged(response) : AttemptOf(status);
}

Attempt Client::Ingest(Server& server, const WriteOp& op) {
  grpc::ClientContext context;
  Prepare(context);
  v1::IngestRequest request;
  for (const Part part : op.parts) *request.add_facts() = MakeFact(part, op.customer, op.token);
  const auto stream = server.ingest->Ingest(&context);
  v1::IngestResponse response;
  const bool answered = stream->Write(request) && stream->Read(&response);
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  if (!answered) {
    Attempt attempt = AttemptOf(status);
    if (status.ok()) attempt.error = "the stream ended without an answer";
    // It says what became of the stream, not what became of the facts.
    attempt.outcome = Outcome::kUnknown;
    return attempt;
  }
  Attempt attempt;
  attempt.outcome = Outcome::kAcknowledged;
  attempt.answer = "taken";  // The first time OK, then DUPLICATE.
  for (const v1::FactResult& result : response.results()) {
    if (result.outcome() == v1::FACT_OUTCOME_OK || result.outcome() == v1::FACT_OUTCOME_DUPLICATE) {
      continue;
    }
    // RETRY says nothing of whether it was done.
    attempt.outcome = Outcome::kUnknown;
    attempt.defect = result.outcome() != v1::FACT_OUTCOME_RETRY;
    attempt.error = absl::StrCat(
        v1::FactOutcome_Name(result.outcome()), ": ",
        result.violations().empty() ? std::string() : result.violations(0).description());
  }
  return attempt;
}

client::Status Client::ReadView(size_t server, const std::string& customer_id, ReadOp& op) {
  grpc::ClientContext context;
  Prepare(context);
  v1::GetCustomerViewRequest request;
  *request.mutable_customer() =
      customer_id.empty() ? CustomerByKey(op.customer) : CustomerById(customer_id);
  v1::GetCustomerViewResponse response;
  op.invoked = Now();
  const client::Status status = client::StatusFromGrpc(
      servers_[server]->views->GetCustomerView(&context, request, &response));
  op.returned = Now();
  op.found = status.ok();
  if (status.reason == "CUSTOMER_NOT_FOUND") return {};
  if (status.ok()) history::ReadView(response.customer_view(), op);
  return status;
}

client::Status Client::ReadViews(size_t server, std::vector<ReadOp>& ops) {
  grpc::ClientContext context;
  Prepare(context);
  v1::BatchGetCustomerViewsRequest request;
  for (const ReadOp& op : ops) *request.add_customers() = CustomerByKey(op.customer);
  v1::BatchGetCustomerViewsResponse response;
  const Time invoked = Now();
  client::Status status = client::StatusFromGrpc(
      servers_[server]->views->BatchGetCustomerViews(&context, request, &response));
  const Time returned = Now();
  for (size_t i = 0; i < ops.size() && status.ok(); ++i) {
    const v1::CustomerViewResult& result = response.results(static_cast<int>(i));
    ops[i].invoked = invoked;
    ops[i].returned = returned;
    ops[i].found = result.has_customer_view();
    if (ops[i].found) {
      history::ReadView(result.customer_view(), ops[i]);
    } else if (result.error().reason() != "CUSTOMER_NOT_FOUND") {
      status = client::ErrorOf(static_cast<absl::StatusCode>(result.error().code()),
                               result.error().message());
    }
  }
  return status;
}

client::Status Client::ReadFact(size_t server, ReadOp& op) {
  grpc::ClientContext context;
  Prepare(context);
  const Server& stubs = *servers_[server];
  grpc::Status status;
  op.invoked = Now();
  const auto named = [&](auto request) {
    request.set_source_system(kSourceSystem);
    request.set_key(op.customer);
    return request;
  };
  switch (op.part) {
    case Part::kProfile: {
      v1::GetSourceRecordResponse response;
      status = stubs.customers->GetSourceRecord(&context, named(v1::GetSourceRecordRequest()),
                                                &response);
      if (status.ok()) See(response.source_record(), op);
      break;
    }
    case Part::kAccount: {
      v1::GetBillingAccountResponse response;
      status = stubs.billing->GetBillingAccount(&context, named(v1::GetBillingAccountRequest()),
                                                &response);
      if (status.ok()) See(response.billing_account(), op);
      break;
    }
    case Part::kTicket: {
      v1::GetTroubleTicketResponse response;
      status =
          stubs.care->GetTroubleTicket(&context, named(v1::GetTroubleTicketRequest()), &response);
      if (status.ok()) See(response.trouble_ticket(), op);
      break;
    }
    case Part::kInteraction: {
      v1::GetPartyInteractionResponse response;
      status = stubs.care->GetPartyInteraction(&context, named(v1::GetPartyInteractionRequest()),
                                               &response);
      if (status.ok()) See(response.party_interaction(), op);
      break;
    }
  }
  op.returned = Now();
  op.found = status.ok();
  const client::Status error = client::StatusFromGrpc(status);
  return error.reason == "FACT_NOT_FOUND" ? client::Status() : error;
}

}  // namespace yilan::history
