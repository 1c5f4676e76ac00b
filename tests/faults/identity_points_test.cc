// The server is killed at every named point of what decides who is who: while matching records
// come, and while stewards merge, take back and keep apart. Whatever was acknowledged holds, each
// request has one answer, what waited is decided by the next server, the store is sound, and the
// customers are those that resolving all records at once gives.
#include <csignal>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/faults/fault_names.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/seed.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::faults {
namespace {

using Identity = v1::IdentityService;

class IdentityPointsTest : public MySqlFaultTest, public testing::WithParamInterface<std::string> {
 protected:
  void Start(const e2e::Environment& environment) {
    std::vector<std::string> flags = {"--storage", Storage()};
    e2e::Environment variables = Password();
    variables.insert(variables.end(), environment.begin(), environment.end());
    process_.reset();
    process_ = std::make_unique<e2e::ServerProcess>(flags, variables);
  }
  bool OnMySql() const { return GetParam() == "mysql"; }
  std::string Storage() const { return OnMySql() ? Url() : "rocksdb:" + directory_.path("store"); }
  e2e::Environment Password() const {
    return {{"YILAN_MYSQL_PASSWORD", std::string(MariaDbServer::password())}};
  }
  // The server that runs is to end at the next point, and so is each that comes after it.
  void PlanFaults(std::vector<std::string> faults) {
    faults_ = std::move(faults);
    next_ = 0;
    Start(NextFault());
  }
  e2e::Environment NextFault() {
    if (next_ == faults_.size()) return {};
    return {{"YILAN_FAULT", faults_[next_++]}};
  }

  // Sends a request until it is answered, to the next server if one ends.
  using Call = std::function<grpc::Status(grpc::ClientContext&, std::string& answer)>;
  std::string SendUntilAnswered(const Call& call) {
    const absl::Time limit = absl::Now() + absl::Minutes(2);
    while (absl::Now() < limit) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
      std::string answer;
      const grpc::Status status = call(context, answer);
      if (status.ok()) return answer;
      if (process_->Wait(5) == -SIGKILL) {
        ++kills_;
        Start(NextFault());
      } else if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
        ADD_FAILURE() << status.error_message();
        return "";
      }
    }
    ADD_FAILURE() << "no answer; the server said:\n" << process_->Log();
    return "";
  }
  // The same under a request id of its own; and remembers what is to be answered from then on.
  template <typename Service, typename Request, typename Response>
  Response Send(std::unique_ptr<typename Service::Stub> (*connect)(
                    const std::shared_ptr<grpc::ChannelInterface>&, const grpc::StubOptions&),
                grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                Request request) {
    char id[37];
    std::snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", ++requests_);
    request.set_request_id(id);
    const Call call = [this, connect, method, request](grpc::ClientContext& context,
                                                       std::string& answer) {
      const auto stub = connect(process_->Channel(), grpc::StubOptions());
      Response response;
      const grpc::Status status = ((*stub).*method)(&context, request, &response);
      answer = response.SerializeAsString();
      return status;
    };
    const std::string answer = SendUntilAnswered(call);
    answered_.emplace_back(call, answer);
    Response response;
    EXPECT_TRUE(response.ParseFromString(answer));
    return response;
  }

  // Name, telephone number and date of birth of one of many people.
  void State(const std::string& system, int person, int number) {
    v1::UpsertSourceRecordRequest request;
    v1::SourceRecord& record = *request.mutable_source_record();
    record.mutable_source()->set_source_system(system);
    record.mutable_source()->set_key(absl::StrCat(person));
    record.mutable_source()->mutable_event_time()->set_seconds(1'700'000'000);
    std::string name = "Li ";
    for (int rest = number + 1; rest > 0; rest /= 20) {
      name.push_back(static_cast<char>('a' + rest % 20));
      name += "ang";
    }
    record.set_name(name);
    record.set_birth_date(absl::StrCat(1950 + number % 50, "-0", 1 + number % 9, "-1", number % 9));
    record.add_contact_media()->set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    record.mutable_contact_media(0)->set_value(absl::StrCat(13800100000 + number));
    Send<v1::CustomerService>(&v1::CustomerService::NewStub,
                              &v1::CustomerService::Stub::UpsertSourceRecord, request);
  }
  static v1::CustomerIdentifier ByKey(const std::string& system, int person) {
    v1::CustomerIdentifier identifier;
    identifier.mutable_subject()->set_source_system(system);
    identifier.mutable_subject()->set_customer_key(absl::StrCat(person));
    return identifier;
  }
  std::string Merge(int person) {
    v1::MergeRequest request;
    *request.mutable_into_customer() = ByKey("crm", person);
    *request.mutable_from_customer() = ByKey("care", person);
    return Send<Identity>(&Identity::NewStub, &Identity::Stub::Merge, request).event_id();
  }
  void Unmerge(const std::string& event) {
    v1::UnmergeRequest request;
    request.set_event_id(event);
    Send<Identity>(&Identity::NewStub, &Identity::Stub::Unmerge, request);
  }
  void KeepApart(int person) {
    v1::MarkNotDuplicateRequest request;
    *request.mutable_first_customer() = ByKey("crm", person);
    *request.mutable_second_customer() = ByKey("care", person);
    Send<Identity>(&Identity::NewStub, &Identity::Stub::MarkNotDuplicate, request);
  }
  std::string CustomerOf(const std::string& system, int person) {
    v1::GetCustomerRequest request;
    *request.mutable_customer() = ByKey(system, person);
    const auto stub = v1::CustomerService::NewStub(process_->Channel());
    grpc::ClientContext context;
    v1::GetCustomerResponse response;
    const grpc::Status status = stub->GetCustomer(&context, request, &response);
    return status.ok() ? response.customer().customer_id() : status.error_message();
  }

  // One person in three systems: crm and billing agree, care has somebody else of whom stewards
  // say what they say.
  enum class Story { kMatch, kMerge, kUnmerge, kKeepApart };
  static Story StoryOf(int person) { return static_cast<Story>(person % 4); }
  void Tell(int person) {
    State("crm", person, person);
    State("care", person, 5000 + person);
    const Story story = StoryOf(person);
    std::string merge;
    if (story == Story::kMerge || story == Story::kUnmerge) merge = Merge(person);
    if (story == Story::kKeepApart) KeepApart(person);
    State("billing", person, person);
    if (story == Story::kUnmerge) Unmerge(merge);
  }
  void ExpectTold(int person) {
    SCOPED_TRACE(person);
    const std::string customer = CustomerOf("crm", person);
    EXPECT_EQ(customer.size(), 26u) << customer;
    EXPECT_EQ(CustomerOf("billing", person), customer);
    EXPECT_EQ(CustomerOf("care", person) == customer, StoryOf(person) == Story::kMerge);
  }
  // What waits is decided some seconds later; until then the customers differ from what resolving
  // all at once gives.
  void AwaitDecided() {
    v1::ModelOperation operation;
    const absl::Time limit = absl::Now() + absl::Minutes(1);
    do {
      const auto stub = Identity::NewStub(process_->Channel());
      v1::ListModelsResponse models;
      grpc::ClientContext list;
      ASSERT_TRUE(stub->ListModels(&list, {}, &models).ok());
      v1::PreviewModelRequest preview;
      char id[37];
      std::snprintf(id, sizeof(id), "00000000-0000-4000-9000-%012d", ++requests_);
      preview.set_request_id(id);
      preview.set_model_version(models.models(0).model_version());
      v1::PreviewModelResponse begun;
      grpc::ClientContext begin;
      const grpc::Status status = stub->PreviewModel(&begin, preview, &begun);
      ASSERT_TRUE(status.ok()) << status.error_message();
      do {
        v1::GetModelOperationResponse response;
        grpc::ClientContext get;
        ASSERT_TRUE(stub->GetModelOperation(&get, {}, &response).ok());
        operation = response.operation();
      } while (operation.state() == v1::OPERATION_STATE_RUNNING);
      ASSERT_EQ(operation.state(), v1::OPERATION_STATE_SUCCEEDED) << operation.error();
    } while (
        (operation.difference().joined_pairs() > 0 || operation.difference().parted_pairs() > 0) &&
        absl::Now() < limit);
    EXPECT_EQ(operation.difference().joined_pairs(), 0) << operation.DebugString();
    EXPECT_EQ(operation.difference().parted_pairs(), 0) << operation.DebugString();
  }

  const e2e::TempDir directory_;
  std::unique_ptr<e2e::ServerProcess> process_;
  std::vector<std::string> faults_;
  size_t next_ = 0;
  uint64_t kills_ = 0;
  int requests_ = 0;
  std::vector<std::pair<Call, std::string>> answered_;
};

TEST_P(IdentityPointsTest, AServerThatIsKilledAtAnyPointLeavesWhatWasDecidedWhole) {
  if (OnMySql()) StartDatabase();
  std::mt19937_64 random(seed());
  std::vector<std::string> faults;
  const uint64_t rounds = 1 + history::NumberFromEnvironment("YILAN_KILLS", 40) / 20;
  for (uint64_t round = 0; round < rounds; ++round) {
    for (const auto& [point, name] : kFaultPoints) {
      // Those of a database's transactions are in MySQL alone.
      const bool everywhere = point >= FaultPoint::kBeforeResolve;
      if (!OnMySql() && !everywhere) continue;
      faults.push_back(absl::StrCat(name, ":", 1 + random() % 15, ":kill"));
    }
  }
  const size_t planned = faults.size();
  PlanFaults(std::move(faults));
  int people = 0;
  while (kills_ < planned && people < 2000 && !HasFailure()) Tell(people++);
  EXPECT_EQ(kills_, planned);
  AwaitDecided();
  for (int person = 0; person < people; ++person) ExpectTold(person);
  // Each request has the answer that was given.
  for (const auto& [call, answer] : answered_) EXPECT_EQ(SendUntilAnswered(call), answer);
  for (int person = 0; person < people; ++person) ExpectTold(person);
  process_->Signal(SIGTERM);
  EXPECT_EQ(process_->Wait(), 0);
  const e2e::Outcome check = e2e::RunServer({"check", "--storage", Storage()}, Password());
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
}

std::string StorageName(const testing::TestParamInfo<std::string>& storage) {
  return storage.param;
}
INSTANTIATE_TEST_SUITE_P(Storages, IdentityPointsTest, testing::Values("mysql", "rocksdb"),
                         StorageName);

}  // namespace
}  // namespace yilan::faults
