#include "yilan/client/ingest_session.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/mutex.h"
#include "grpcpp/support/sync_stream.h"

namespace yilan::client {
namespace {

// Less than the 4 MiB that a message may have, by room for what surrounds the facts.
constexpr int64_t kMostMessageBytes = IngestSession::kMostFactBytes;

// How long a session that is abandoned may go on waiting for a connection.
constexpr absl::Duration kConnectSlice = absl::Milliseconds(100);

using Stream = grpc::ClientReaderWriter<v1::IngestRequest, v1::IngestResponse>;

struct Batch {
  v1::IngestRequest request;
  std::vector<uint64_t> ids;  // One for each fact.
  int64_t bytes = 0;
  // For facts that came back as RETRY: not to be sent before then, and since when they do.
  absl::Time not_before = absl::InfinitePast();
  absl::Time first_retry = absl::InfiniteFuture();
  int retries = 0;
};

// Whether a stream that ended like this can be opened again with hope.
bool IsPassing(const Status& status) {
  switch (status.code) {
    case absl::StatusCode::kOk:  // Ended by the server before we were done.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kInternal:  // A reset connection.
    case absl::StatusCode::kUnknown:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return status.retry_delay > absl::ZeroDuration();
    default:
      return false;
  }
}

}  // namespace

class IngestSession::Impl {
 public:
  Impl(const Client& client, const IngestOptions& options, ResultCallback on_result)
      : client_(client),
        options_(options),
        on_result_(std::move(on_result)),
        resume_token_(options.resume_token),
        random_(std::random_device{}()),
        thread_([this] { Run(); }) {}

  ~Impl() {
    {
      MutexLock lock(mutex_);
      cancelled_ = true;
      if (context_ != nullptr) context_->TryCancel();
      changed_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
  }

  Status Add(v1::Fact fact, uint64_t id) {
    const int64_t bytes = static_cast<int64_t>(fact.ByteSizeLong());
    if (bytes > kMostMessageBytes) {
      return ErrorOf(
          absl::StatusCode::kInvalidArgument,
          absl::StrCat("the fact has ", bytes, " bytes; a message takes ", kMostMessageBytes));
    }
    MutexLock lock(mutex_);
    if (filling_ != nullptr && filling_->bytes + bytes > kMostMessageBytes) Enqueue();
    while (unanswered_batches_ >= options_.max_batches_in_flight && failure_.ok()) {
      changed_.Wait(mutex_);
    }
    if (!failure_.ok()) return failure_;
    if (filling_ == nullptr) filling_ = std::make_unique<Batch>();
    filling_->request.add_facts()->Swap(&fact);
    filling_->ids.push_back(id);
    filling_->bytes += bytes;
    if (static_cast<int>(filling_->ids.size()) >= options_.max_batch_facts ||
        filling_->bytes >= options_.max_batch_bytes) {
      Enqueue();
    }
    return {};
  }

  Status Flush() {
    MutexLock lock(mutex_);
    Enqueue();
    return failure_;
  }

  Status Finish() {
    {
      MutexLock lock(mutex_);
      Enqueue();
      finishing_ = true;
      changed_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
    MutexLock lock(mutex_);
    return failure_;
  }

  std::string resume_token() const {
    MutexLock lock(mutex_);
    return resume_token_;
  }

 private:
  void Enqueue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (filling_ == nullptr) return;
    // Time in which there was nothing to send does not count against the server.
    if (unanswered_batches_ == 0) last_answer_ = absl::Now();
    queue_.push_back(std::move(filling_));
    ++unanswered_batches_;
    changed_.SignalAll();
  }

  // Waits until there is something to send; false when there will be nothing any more.
  bool AwaitWork() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (unanswered_batches_ == 0) {
      if (cancelled_ || finishing_) return false;
      changed_.Wait(mutex_);
    }
    return !cancelled_;
  }

  // The life of the session: one stream after the other until all is answered or hope is lost.
  void Run() {
    absl::Duration pause = options_.shortest_pause;
    while (true) {
      grpc::ClientContext context;
      client_.Prepare(context);
      {
        MutexLock lock(mutex_);
        if (!AwaitWork()) return;
        broken_ = false;
        answered_on_stream_ = false;
        context_ = &context;
      }
      AwaitConnection();
      const Status status = RunStream(context);

      MutexLock lock(mutex_);
      context_ = nullptr;
      if (cancelled_ || (finishing_ && unanswered_batches_ == 0)) return;
      for (; !in_flight_.empty(); in_flight_.pop_back()) {
        queue_.push_front(std::move(in_flight_.back()));
      }
      if (answered_on_stream_) pause = options_.shortest_pause;
      if (status.reason == "INVALID_RESUME_TOKEN" && !resume_token_.empty()) {
        resume_token_.clear();
        continue;
      }
      // Nothing is waiting for it, so nobody has lost patience.
      if (IsPassing(status) && unanswered_batches_ == 0) continue;
      if (!IsPassing(status) || absl::Now() - last_answer_ >= Patience()) {
        failure_ = status.ok() ? ErrorOf(absl::StatusCode::kUnavailable,
                                         "the server keeps ending the stream without an answer")
                               : status;
        changed_.SignalAll();
        return;
      }
      const absl::Time until = absl::Now() + Stretched(std::max(pause, status.retry_delay));
      pause = std::min(pause * 2, options_.longest_pause);
      for (absl::Time now; !cancelled_ && (now = absl::Now()) < until;) {
        changed_.WaitFor(mutex_, until - now);
      }
    }
  }

  absl::Duration Patience() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return ever_answered_ ? options_.give_up_after : options_.give_up_connecting_after;
  }

  // Waits for the connection as long as there is hope: when a lost one is worth another try is for
  // the channel to know. Whether it came shows on the stream, which says why when it did not.
  void AwaitConnection() {
    while (true) {
      absl::Time until = absl::Now() + kConnectSlice;
      {
        MutexLock lock(mutex_);
        if (cancelled_) return;
        until = std::min(until, last_answer_ + Patience());
      }
      if (client_.channel()->WaitForConnected(absl::ToChronoTime(until))) return;
      MutexLock lock(mutex_);
      if (absl::Now() - last_answer_ >= Patience()) return;
    }
  }

  absl::Duration Stretched(absl::Duration pause) {
    return pause * std::uniform_real_distribution<double>(1.0, 1.5)(random_);
  }

  // Reads on this thread and writes on another until the stream ends.
  Status RunStream(grpc::ClientContext& context) {
    const std::unique_ptr<Stream> stream = client_.ingest_stub().Ingest(&context);
    std::thread writer([this, &stream] { WriteAll(*stream); });
    v1::IngestResponse response;
    bool sound = true;
    while (sound && stream->Read(&response)) sound = TakeAnswer(response);
    {
      MutexLock lock(mutex_);
      broken_ = true;
      changed_.SignalAll();
    }
    if (!sound) context.TryCancel();
    writer.join();
    Status status = StatusFromGrpc(stream->Finish());
    if (!sound) {
      return ErrorOf(absl::StatusCode::kDataLoss,
                     "the server's answer does not fit the batch that was sent");
    }
    return status;
  }

  void WriteAll(Stream& stream) {
    bool first = true;
    while (true) {
      std::shared_ptr<Batch> batch;
      {
        MutexLock lock(mutex_);
        batch = NextToSend();
        if (batch == nullptr) break;
        batch->request.set_resume_token(first ? resume_token_ : "");
        in_flight_.push_back(batch);
      }
      first = false;
      if (!stream.Write(batch->request)) return;
    }
    stream.WritesDone();
  }

  // Waits for a batch whose time has come; nothing when the stream is broken or all is answered.
  std::shared_ptr<Batch> NextToSend() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!broken_ && !cancelled_) {
      if (finishing_ && unanswered_batches_ == 0) return nullptr;
      const absl::Time now = absl::Now();
      absl::Time next = absl::InfiniteFuture();
      for (auto batch = queue_.begin(); batch != queue_.end(); ++batch) {
        if ((*batch)->not_before <= now) {
          std::shared_ptr<Batch> ready = std::move(*batch);
          queue_.erase(batch);
          return ready;
        }
        next = std::min(next, (*batch)->not_before);
      }
      if (next == absl::InfiniteFuture()) {
        changed_.Wait(mutex_);
      } else {
        changed_.WaitFor(mutex_, next - now);
      }
    }
    return nullptr;
  }

  // Hands out the results of one batch. False when the answer makes no sense.
  bool TakeAnswer(const v1::IngestResponse& response) {
    std::shared_ptr<Batch> batch;
    {
      MutexLock lock(mutex_);
      if (in_flight_.empty() ||
          response.results_size() != static_cast<int>(in_flight_.front()->ids.size())) {
        return false;
      }
      batch = std::move(in_flight_.front());
      in_flight_.pop_front();
    }
    const absl::Time now = absl::Now();
    const bool hopeless = now - batch->first_retry >= options_.give_up_after;
    auto again = std::make_unique<Batch>();
    for (int i = 0; i < response.results_size(); ++i) {
      const v1::FactResult& result = response.results(i);
      const uint64_t id = batch->ids[static_cast<size_t>(i)];
      if (result.outcome() == v1::FACT_OUTCOME_RETRY && !hopeless) {
        again->request.add_facts()->Swap(batch->request.mutable_facts(i));
        again->ids.push_back(id);
      } else {
        on_result_(id, result);
      }
    }

    MutexLock lock(mutex_);
    ever_answered_ = true;
    answered_on_stream_ = true;
    last_answer_ = now;
    resume_token_ = response.resume_token();
    if (again->ids.empty()) {
      --unanswered_batches_;
    } else {
      again->first_retry = std::min(batch->first_retry, now);
      again->retries = batch->retries + 1;
      const double factor = static_cast<double>(1 << std::min(batch->retries, 16));
      again->not_before =
          now + Stretched(std::min(options_.shortest_pause * factor, options_.longest_pause));
      queue_.push_back(std::move(again));
    }
    changed_.SignalAll();
    return true;
  }

  const Client& client_;
  const IngestOptions options_;
  const ResultCallback on_result_;

  mutable Mutex mutex_;
  CondVar changed_;  // Any of the below.
  std::unique_ptr<Batch> filling_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Batch>> queue_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Batch>> in_flight_ ABSL_GUARDED_BY(mutex_);  // In order of sending.
  int unanswered_batches_ ABSL_GUARDED_BY(mutex_) = 0;  // In `queue_`, in flight or being read.
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // The stream that was open last.
  bool answered_on_stream_ ABSL_GUARDED_BY(mutex_) = false;
  bool ever_answered_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_answer_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string resume_token_ ABSL_GUARDED_BY(mutex_);
  Status failure_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // Of the open stream.

  std::mt19937 random_;  // Of the session's thread.
  std::thread thread_;
};

IngestSession::IngestSession(const Client& client, const IngestOptions& options,
                             ResultCallback on_result)
    : impl_(std::make_unique<Impl>(client, options, std::move(on_result))) {}
IngestSession::~IngestSession() = default;
Status IngestSession::Add(v1::Fact fact, uint64_t id) { return impl_->Add(std::move(fact), id); }
Status IngestSession::Flush() { return impl_->Flush(); }
Status IngestSession::Finish() { return impl_->Finish(); }
std::string IngestSession::resume_token() const { return impl_->resume_token(); }

}  // namespace yilan::client
