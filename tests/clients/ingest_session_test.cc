// The ingest session against a server that fails as it is told: every fact gets its result, once.
#include "yilan/client/ingest_session.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"

namespace yilan::client {
namespace {

using Stream = grpc::ServerReaderWriter<v1::IngestResponse, v1::IngestRequest>;

// What the server does with one message of one stream; both count from 0. It may change the answer,
// or end the stream by returning an error.
using Behaviour = std::function<grpc::Status(int stream, int message, v1::IngestResponse&)>;

grpc::Status AnswerOk(int, int, v1::IngestResponse&) { return grpc::Status::OK; }

grpc::Status Reason(grpc::StatusCode code, const std::string& reason) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  status.add_details()->PackFrom(info);
  return grpc::Status(code, "told to", status.SerializeAsString());
}

// An IngestService that stores nothing and answers OK unless its behaviour says otherwise.
class FakeIngest final : public v1::IngestService::Service {
 public:
  explicit FakeIngest(Behaviour behaviour = AnswerOk) : behaviour_(std::move(behaviour)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeIngest() override { Stop(); }

  grpc::Status Ingest(grpc::ServerContext*, Stream* stream) override {
    const int stream_number = NextStream();
    uint64_t position = 0;
    v1::IngestRequest request;
    for (int message = 0; stream->Read(&request); ++message) {
      Remember(request, message);
      v1::IngestResponse response;
      response.set_first_position(position);
      position += static_cast<uint64_t>(request.facts_size());
      response.set_finished(position);
      response.set_resume_token(absl::StrCat("token-", stream_number, "-", position));
      for (int i = 0; i < request.facts_size(); ++i) {
        response.add_results()->set_outcome(v1::FACT_OUTCOME_OK);
      }
      const grpc::Status status = behaviour_(stream_number, message, response);
      if (!status.ok()) return status;
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  void Stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  std::unique_ptr<Client> NewClient() const {
    return *Client::Create({.address = absl::StrCat("127.0.0.1:", port_)});
  }
  int streams() {
    MutexLock lock(mutex_);
    return streams_;
  }
  // How often each key was received.
  std::map<std::string, int> keys() {
    MutexLock lock(mutex_);
    return keys_;
  }
  std::vector<int> batch_sizes() {
    MutexLock lock(mutex_);
    return batch_sizes_;
  }
  // Of the first message of each stream.
  std::vector<std::string> first_tokens() {
    MutexLock lock(mutex_);
    return first_tokens_;
  }

 private:
  int NextStream() {
    MutexLock lock(mutex_);
    return streams_++;
  }
  void Remember(const v1::IngestRequest& request, int message) {
    MutexLock lock(mutex_);
    batch_sizes_.push_back(request.facts_size());
    if (message == 0) first_tokens_.push_back(request.resume_token());
    if (message > 0) {
      EXPECT_EQ(request.resume_token(), "");
    }
    for (const v1::Fact& fact : request.facts()) ++keys_[fact.payment().source().key()];
  }

  const Behaviour behaviour_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  Mutex mutex_;
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> keys_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> batch_sizes_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> first_tokens_ ABSL_GUARDED_BY(mutex_);
};

v1::Fact FactOf(uint64_t id) {
  v1::Fact fact;
  fact.mutable_payment()->mutable_source()->set_key(absl::StrCat(id));
  return fact;
}

// Results by id, with a count so that a second result for a fact shows.
struct Results {
  std::map<uint64_t, int> count;
  std::map<uint64_t, v1::FactOutcome> outcome;
  std::vector<uint64_t> order;

  IngestSession::ResultCallback Callback() {
    return [this](uint64_t id, const v1::FactResult& result) {
      ++count[id];
      outcome[id] = result.outcome();
      order.push_back(id);
    };
  }
  // Every one of the facts below `facts` has exactly one result.
  bool OneEach(uint64_t facts) const {
    for (uint64_t id = 0; id < facts; ++id) {
      if (count.count(id) == 0 || count.at(id) != 1) return false;
    }
    return count.size() == facts;
  }
};

// Small and impatient.
IngestOptions SmallBatches() {
  IngestOptions options;
  options.max_batch_facts = 3;
  options.max_batches_in_flight = 4;
  options.shortest_pause = absl::Milliseconds(1);
  options.longest_pause = absl::Milliseconds(10);
  return options;
}

Status Send(IngestSession& session, uint64_t facts) {
  for (uint64_t id = 0; id < facts; ++id) {
    Status status = session.Add(FactOf(id), id);
    if (!status.ok()) return status;
  }
  return session.Finish();
}

TEST(IngestSession, EveryFactHasOneResultInOrder) {
  FakeIngest server;
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  EXPECT_TRUE(Send(session, 100).ok());
  EXPECT_TRUE(results.OneEach(100));
  EXPECT_TRUE(std::is_sorted(results.order.begin(), results.order.end()));
  EXPECT_EQ(session.resume_token(), "token-0-100");
}

TEST(IngestSession, SendsFullBatchesAndARest) {
  FakeIngest server;
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  EXPECT_TRUE(Send(session, 8).ok());
  EXPECT_EQ(server.batch_sizes(), (std::vector<int>{3, 3, 2}));
}

TEST(IngestSession, FlushSendsWhatThereIs) {
  FakeIngest server;
  const auto client = server.NewClient();
  Mutex mutex;
  CondVar arrived;
  int count = 0;
  IngestSession session(*client, SmallBatches(), [&](uint64_t, const v1::FactResult&) {
    MutexLock lock(mutex);
    ++count;
    arrived.Signal();
  });
  EXPECT_TRUE(session.Add(FactOf(1), 1).ok());
  EXPECT_TRUE(session.Flush().ok());
  MutexLock lock(mutex);
  while (count < 1) arrived.Wait(mutex);
}

TEST(IngestSession, BatchesHaveALimitOfBytesToo) {
  FakeIngest server;
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.max_batch_bytes = 90;
  Results results;
  IngestSession session(*client, options, results.Callback());
  for (uint64_t id = 0; id < 4; ++id) {
    v1::Fact fact = FactOf(id);
    fact.mutable_payment()->set_payment_method(std::string(90, 'x'));
    EXPECT_TRUE(session.Add(std::move(fact), id).ok());
  }
  EXPECT_TRUE(session.Finish().ok());
  EXPECT_EQ(server.batch_sizes(), (std::vector<int>{1, 1, 1, 1}));
}

TEST(IngestSession, RefusesAFactThatNoMessageHolds) {
  FakeIngest server;
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  v1::Fact huge = FactOf(7);
  huge.mutable_payment()->set_payment_method(std::string(5 << 20, 'x'));
  EXPECT_EQ(session.Add(std::move(huge), 7).code, absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Send(session, 2).ok());
  EXPECT_TRUE(results.OneEach(2));
}

TEST(IngestSession, NoMoreIsUnderWayThanMayBe) {
  Mutex mutex;
  CondVar changed;
  bool open = false;
  int held = 0;
  FakeIngest server([&](int, int, v1::IngestResponse&) {
    MutexLock lock(mutex);
    ++held;
    changed.SignalAll();
    while (!open) changed.Wait(mutex);
    return grpc::Status::OK;
  });
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.max_batch_facts = 1;
  Results results;
  uint64_t added = 0;
  IngestSession session(*client, options, results.Callback());
  std::thread producer([&] {
    for (uint64_t id = 0; id < 20; ++id) {
      EXPECT_TRUE(session.Add(FactOf(id), id).ok());
      MutexLock lock(mutex);
      added = id + 1;
      changed.SignalAll();
    }
  });
  {
    MutexLock lock(mutex);
    while (held < 1 || added < 4) changed.Wait(mutex);
    // The fifth waits for an answer, and none has been given.
    EXPECT_EQ(added, 4u);
    open = true;
    changed.SignalAll();
  }
  producer.join();
  EXPECT_TRUE(session.Finish().ok());
  EXPECT_TRUE(results.OneEach(20));
}

TEST(IngestSession, SendsAgainWhatWasNotAnsweredWhenTheStreamBreaks) {
  FakeIngest server([](int stream, int message, v1::IngestResponse&) {
    return stream < 3 && message == 2 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "told to")
                                      : grpc::Status::OK;
  });
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  const Status status = Send(session, 60);
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(results.OneEach(60));
  EXPECT_EQ(server.streams(), 4);
  EXPECT_EQ(server.keys().size(), 60u);
}

TEST(IngestSession, SurvivesAStreamThatTheServerCancels) {
  FakeIngest server([](int stream, int, v1::IngestResponse&) {
    return stream == 0 ? grpc::Status(grpc::StatusCode::CANCELLED, "ended") : grpc::Status::OK;
  });
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  EXPECT_TRUE(Send(session, 10).ok());
  EXPECT_TRUE(results.OneEach(10));
}

TEST(IngestSession, ContinuesCountingFromTheResumeToken) {
  FakeIngest server([](int stream, int message, v1::IngestResponse&) {
    return stream == 0 && message == 1 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "told to")
                                       : grpc::Status::OK;
  });
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.resume_token = "from-before";
  Results results;
  IngestSession session(*client, options, results.Callback());
  EXPECT_TRUE(Send(session, 9).ok());
  EXPECT_EQ(server.first_tokens(), (std::vector<std::string>{"from-before", "token-0-3"}));
}

TEST(IngestSession, DropsAResumeTokenThatTheServerDoesNotKnow) {
  FakeIngest server([](int stream, int, v1::IngestResponse&) {
    return stream == 0 ? Reason(grpc::StatusCode::INVALID_ARGUMENT, "INVALID_RESUME_TOKEN")
                       : grpc::Status::OK;
  });
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.resume_token = "forged";
  Results results;
  IngestSession session(*client, options, results.Callback());
  EXPECT_TRUE(Send(session, 9).ok());
  EXPECT_TRUE(results.OneEach(9));
  EXPECT_EQ(server.first_tokens(), (std::vector<std::string>{"forged", ""}));
}

TEST(IngestSession, SendsFactsAgainThatTheServerCouldNotTake) {
  FakeIngest server([](int, int message, v1::IngestResponse& response) {
    if (message < 4) response.mutable_results(0)->set_outcome(v1::FACT_OUTCOME_RETRY);
    return grpc::Status::OK;
  });
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  EXPECT_TRUE(Send(session, 30).ok());
  EXPECT_TRUE(results.OneEach(30));
  for (const auto& [id, outcome] : results.outcome) EXPECT_EQ(outcome, v1::FACT_OUTCOME_OK) << id;
}

TEST(IngestSession, ReportsAFactThatTheServerNeverTakes) {
  FakeIngest server([](int, int, v1::IngestResponse& response) {
    for (auto& result : *response.mutable_results()) result.set_outcome(v1::FACT_OUTCOME_RETRY);
    return grpc::Status::OK;
  });
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.give_up_after = absl::Milliseconds(50);
  Results results;
  IngestSession session(*client, options, results.Callback());
  EXPECT_TRUE(Send(session, 2).ok());
  EXPECT_TRUE(results.OneEach(2));
  EXPECT_EQ(results.outcome[0], v1::FACT_OUTCOME_RETRY);
}

TEST(IngestSession, EndsWithAnErrorThatTryingAgainCannotMend) {
  FakeIngest server([](int, int message, v1::IngestResponse&) {
    return message == 1 ? Reason(grpc::StatusCode::UNAUTHENTICATED, "UNAUTHENTICATED")
                        : grpc::Status::OK;
  });
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  const Status status = Send(session, 1000);
  EXPECT_EQ(status.code, absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(status.reason, "UNAUTHENTICATED");
  EXPECT_EQ(server.streams(), 1);
  EXPECT_EQ(session.Add(FactOf(1), 1).code, absl::StatusCode::kUnauthenticated);
}

TEST(IngestSession, GivesUpOnAServerThatIsNotThere) {
  FakeIngest server;
  const auto client = server.NewClient();
  server.Stop();
  IngestOptions options = SmallBatches();
  options.give_up_connecting_after = absl::Milliseconds(50);
  Results results;
  IngestSession session(*client, options, results.Callback());
  EXPECT_EQ(Send(session, 5).code, absl::StatusCode::kUnavailable);
  EXPECT_TRUE(results.count.empty());
}

TEST(IngestSession, GivesUpOnAServerThatBreaksEveryStream) {
  FakeIngest server([](int stream, int message, v1::IngestResponse&) {
    return stream == 0 && message == 0 ? grpc::Status::OK
                                       : grpc::Status(grpc::StatusCode::UNAVAILABLE, "told to");
  });
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.give_up_after = absl::Milliseconds(500);
  Results results;
  IngestSession session(*client, options, results.Callback());
  EXPECT_EQ(Send(session, 9).code, absl::StatusCode::kUnavailable);
  EXPECT_TRUE(results.OneEach(3));
  EXPECT_GT(server.streams(), 2);
}

TEST(IngestSession, AServerThatGoesAwayWhileNothingIsToBeSentIsNoError) {
  Mutex mutex;
  CondVar arrived;
  bool answered = false;
  FakeIngest server;
  const auto client = server.NewClient();
  IngestOptions options = SmallBatches();
  options.give_up_after = absl::ZeroDuration();
  IngestSession session(*client, options, [&](uint64_t, const v1::FactResult&) {
    MutexLock lock(mutex);
    answered = true;
    arrived.Signal();
  });
  EXPECT_TRUE(session.Add(FactOf(1), 1).ok());
  EXPECT_TRUE(session.Flush().ok());
  {
    MutexLock lock(mutex);
    while (!answered) arrived.Wait(mutex);
  }
  server.Stop();
  EXPECT_TRUE(session.Finish().ok());
}

TEST(IngestSession, AnAnswerThatDoesNotFitEndsTheSession) {
  FakeIngest server([](int, int, v1::IngestResponse& response) {
    response.mutable_results()->RemoveLast();
    return grpc::Status::OK;
  });
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  EXPECT_EQ(Send(session, 3).code, absl::StatusCode::kDataLoss);
}

TEST(IngestSession, CanBeAbandonedWhileTheServerIsSilent) {
  Mutex mutex;
  CondVar changed;
  bool reached = false;
  bool open = false;
  FakeIngest server([&](int, int, v1::IngestResponse&) {
    MutexLock lock(mutex);
    reached = true;
    changed.SignalAll();
    while (!open) changed.Wait(mutex);
    return grpc::Status::OK;
  });
  const auto client = server.NewClient();
  Results results;
  {
    IngestSession session(*client, SmallBatches(), results.Callback());
    for (uint64_t id = 0; id < 3; ++id) EXPECT_TRUE(session.Add(FactOf(id), id).ok());
    MutexLock lock(mutex);
    while (!reached) changed.Wait(mutex);
  }
  EXPECT_TRUE(results.count.empty());
  MutexLock lock(mutex);
  open = true;
  changed.SignalAll();
}

TEST(IngestSession, FinishWithoutFactsEndsAtOnce) {
  FakeIngest server;
  const auto client = server.NewClient();
  Results results;
  IngestSession session(*client, SmallBatches(), results.Callback());
  EXPECT_TRUE(session.Finish().ok());
  EXPECT_EQ(server.streams(), 0);
}

}  // namespace
}  // namespace yilan::client
