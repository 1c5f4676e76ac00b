// One client of a group of servers: makes single attempts, and says of each what it knows.
#ifndef YILAN_TESTS_HISTORY_CLIENT_H_
#define YILAN_TESTS_HISTORY_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "tests/history/history.h"
#include "yilan/client/status.h"
#include "yilan/v1/billing_service.grpc.pb.h"
#include "yilan/v1/care_service.grpc.pb.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace yilan::history {

// What one attempt at a write brought.
struct Attempt {
  Outcome outcome = Outcome::kUnknown;
  std::string error;    // "UNAVAILABLE (STORE_UNAVAILABLE): …"; empty when acknowledged.
  bool final = false;   // To repeat it would bring the same error: a condition that does not hold.
  bool defect = false;  // An error that nobody should get to see.
  std::string answer;   // Serialized.
  storage::Revision revision = 0;
  storage::Revision fact_revision = 0;
  std::string customer_id;
};

// What an error says about a write.
Attempt AttemptOf(const grpc::Status& status);

// Its stubs, over connections of its own: it retries nothing by itself, and finds a server that
// died and came back at the same address. Not thread-safe.
class Client {
 public:
  Client(const std::vector<std::string>& addresses, absl::Duration deadline);

  size_t servers() const { return servers_.size(); }

  // After a call that failed: false at once if the server is connected; else waits for that, up to
  // 50 ms. (Nobody else drives the connecting: gRPC's own timer does only every 5 s.)
  bool AwaitConnection(size_t server);

  Attempt Write(size_t server, const WriteOp& op);

  // Fill in what was seen; the error of the call otherwise. NOT_FOUND is an answer.
  client::Status ReadView(size_t server, const std::string& customer_id, ReadOp& op);
  client::Status ReadViews(size_t server, std::vector<ReadOp>& ops);
  client::Status ReadFact(size_t server, ReadOp& op);

 private:
  struct Server {
    explicit Server(const std::string& address);
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::CustomerService::Stub> customers;
    std::unique_ptr<v1::BillingService::Stub> billing;
    std::unique_ptr<v1::CareService::Stub> care;
    std::unique_ptr<v1::CustomerViewService::Stub> views;
    std::unique_ptr<v1::IngestService::Stub> ingest;
  };

  void Prepare(grpc::ClientContext& context) const;
  Attempt Upsert(Server& server, const WriteOp& op);
  Attempt Delete(Server& server, const WriteOp& op);
  Attempt Ingest(Server& server, const WriteOp& op);

  const absl::Duration deadline_;
  std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_CLIENT_H_
