#include "tests/bench/ingest_load.h"

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/bench/process_figures.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::bench {
namespace {

constexpr char kMethod[] = "/yilan.v1.IngestService/Ingest";

// What the streams share.
struct Work {
  std::vector<grpc::ByteBuffer> batches;
  size_t next = 0;
  std::vector<grpc::ByteBuffer> answers;
  int open_streams = 0;
  grpc::Status failure;
};

// One stream. All its events come from one queue and one thread.
class Stream {
 public:
  Stream(grpc::GenericStub& stub, grpc::CompletionQueue& queue, int in_flight, Work& work)
      : in_flight_(in_flight), work_(work), call_(stub.PrepareCall(&context_, kMethod, &queue)) {
    call_->StartCall(&started_);
  }

  // What an event of the queue is about.
  struct Tag {
    Stream* stream;
    void (Stream::*handler)(bool ok);
  };

 private:
  void OnStarted(bool ok) {
    if (!ok) return Finish();
    Read();
    Write();
  }
  void Write() {
    if (writing_ || done_ || unanswered_ >= in_flight_) return;
    writing_ = true;
    if (work_.next == work_.batches.size()) {
      done_ = true;
      return call_->WritesDone(&written_);
    }
    ++unanswered_;
    call_->Write(work_.batches[work_.next++], &written_);
  }
  void OnWritten(bool ok) {
    writing_ = false;
    if (ok) Write();
  }
  void Read() { call_->Read(&answer_, &read_); }
  void OnRead(bool ok) {
    if (!ok) return Finish();
    --unanswered_;
    work_.answers.push_back(std::move(answer_));
    answer_ = {};
    Read();
    Write();
  }
  void Finish() { call_->Finish(&status_, &finished_); }
  void OnFinished(bool) {
    --work_.open_streams;
    if (!status_.ok()) work_.failure = status_;
  }

  const int in_flight_;
  Work& work_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  bool writing_ = false;
  bool done_ = false;
  int unanswered_ = 0;
  Tag started_{this, &Stream::OnStarted};
  Tag written_{this, &Stream::OnWritten};
  Tag read_{this, &Stream::OnRead};
  Tag finished_{this, &Stream::OnFinished};
};

absl::StatusOr<uint64_t> CountOk(const std::vector<grpc::ByteBuffer>& answers) {
  uint64_t facts = 0;
  for (const grpc::ByteBuffer& answer : answers) {
    grpc::Slice bytes;
    v1::IngestResponse response;
    if (!answer.DumpToSingleSlice(&bytes).ok() ||
        !response.ParseFromArray(bytes.begin(), static_cast<int>(bytes.size()))) {
      return absl::InternalError("an answer does not parse");
    }
    for (const v1::FactResult& result : response.results()) {
      if (result.outcome() != v1::FACT_OUTCOME_OK) {
        return absl::InternalError(
            absl::StrCat("a fact was not taken: ", result.ShortDebugString()));
      }
      ++facts;
    }
  }
  return facts;
}

}  // namespace

std::vector<std::string> EncodeBatches(uint64_t count, uint64_t facts_per_batch,
                                       const std::function<v1::Fact(uint64_t)>& fact) {
  std::vector<std::string> batches;
  for (uint64_t begin = 0; begin < count; begin += facts_per_batch) {
    v1::IngestRequest request;
    for (uint64_t i = begin; i < std::min(begin + facts_per_batch, count); ++i) {
      *request.add_facts() = fact(i);
    }
    batches.push_back(request.SerializeAsString());
  }
  return batches;
}

absl::StatusOr<IngestResult> SendBatches(const std::string& address,
                                         const std::vector<std::string>& batches,
                                         const IngestOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    return absl::UnavailableError(absl::StrCat("nobody answers at ", address));
  }
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  Work work;
  for (const std::string& batch : batches) {
    const grpc::Slice slice(batch);
    work.batches.emplace_back(&slice, 1);
  }
  const double server_before = CpuSeconds(options.server_pid);
  const double client_before = CpuSeconds(getpid());
  const absl::Time begin = absl::Now();
  std::deque<Stream> streams;
  for (int i = 0; i < options.streams; ++i) {
    ++work.open_streams;
    streams.emplace_back(stub, queue, options.batches_in_flight, work);
  }
  void* tag = nullptr;
  bool ok = false;
  while (work.open_streams > 0 && queue.Next(&tag, &ok)) {
    const auto* const event = static_cast<Stream::Tag*>(tag);
    (event->stream->*event->handler)(ok);
  }
  IngestResult result;
  result.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const double server_seconds = CpuSeconds(options.server_pid) - server_before;
  const double client_seconds = CpuSeconds(getpid()) - client_before;
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  if (!work.failure.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the stream was ended: ", work.failure.error_message()));
  }
  ASSIGN_OR_RETURN(result.facts, CountOk(work.answers));
  if (work.answers.size() != batches.size()) {
    return absl::InternalError("not every batch was answered");
  }
  result.rate = static_cast<double>(result.facts) / result.seconds;
  result.server_micros = server_seconds * 1e6 / static_cast<double>(result.facts);
  result.client_micros = client_seconds * 1e6 / static_cast<double>(result.facts);
  return result;
}

}  // namespace yilan::bench
