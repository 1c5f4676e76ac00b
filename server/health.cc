#include "server/health.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "core/errors.h"
#include "grpc/health/v1/health.pb.h"

namespace yilan::server {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

core::SharedBytes Encode(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return std::make_shared<const std::string>(response.SerializeAsString());
}

HealthCheckResponse::ServingStatus StatusOf(bool serving) {
  return serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace

class HealthStates::Watcher final : public Watch {
 public:
  Watcher(HealthStates& states, std::string service, std::function<void(core::SharedBytes)> tell)
      : states_(states), service_(std::move(service)), tell_(std::move(tell)) {}

  void Stop() override { states_.Remove(*this); }
  void Tell(core::SharedBytes news) { tell_(std::move(news)); }
  const std::string& service() const { return service_; }

 private:
  HealthStates& states_;
  const std::string service_;
  const std::function<void(core::SharedBytes)> tell_;
};

void HealthStates::Add(Watcher& watcher) {
  MutexLock lock(mutex_);
  watchers_.push_back(&watcher);
  watcher.Tell(AnswerFor(watcher.service()));
}

void HealthStates::Remove(Watcher& watcher) {
  MutexLock lock(mutex_);
  std::erase(watchers_, &watcher);
}

core::SharedBytes HealthStates::AnswerFor(const std::string& service) const {
  return Encode(Knows(service) ? StatusOf(serving_) : HealthCheckResponse::SERVICE_UNKNOWN);
}

ServiceMethods HealthStates::Methods() {
  ServiceMethods methods(HealthCheckRequest::descriptor()->file(), "Health");
  methods.ServeOpen("Check", [this](const Message& request) -> absl::StatusOr<core::SharedBytes> {
    const std::string& service = static_cast<const HealthCheckRequest&>(request).service();
    MutexLock lock(mutex_);
    if (!Knows(service)) {
      return core::ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_UNKNOWN_METHOD,
                                   "the server has no such service; reflection lists those it has");
    }
    return Encode(StatusOf(serving_));
  });
  methods.ServeWatch("Watch",
                     [this](const Message& request, std::function<void(core::SharedBytes)> tell)
                         -> absl::StatusOr<std::unique_ptr<Watch>> {
                       auto watcher = std::make_unique<Watcher>(
                           *this, static_cast<const HealthCheckRequest&>(request).service(),
                           std::move(tell));
                       Add(*watcher);
                       return watcher;
                     });
  return methods;
}

void HealthStates::AddServices(const std::vector<std::string>& names) {
  MutexLock lock(mutex_);
  services_.insert(services_.end(), names.begin(), names.end());
}

bool HealthStates::Knows(const std::string& service) const {
  return service.empty() ||
         std::find(services_.begin(), services_.end(), service) != services_.end();
}

void HealthStates::Set(bool serving) {
  MutexLock lock(mutex_);
  if (serving_ == serving) return;
  serving_ = serving;
  for (Watcher* watcher : watchers_) watcher->Tell(AnswerFor(watcher->service()));
}

bool HealthStates::serving() const {
  MutexLock lock(mutex_);
  return serving_;
}

HealthChecker::HealthChecker(HealthStates& states, Log& log, Check check, absl::Duration interval)
    : states_(states), log_(log), check_(std::move(check)), interval_(interval) {
  CheckOnce();
  thread_ = std::thread([this] { Loop(); });
}

HealthChecker::~HealthChecker() {
  Stop();
  thread_.join();
}

void HealthChecker::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  states_.Set(false);
  stop_.SignalAll();
}

void HealthChecker::CheckOnce() {
  // A store that takes longer than this to say that it is ready is not.
  const absl::Status status = check_(absl::Now() + absl::Seconds(5));
  MutexLock lock(mutex_);
  if (stopping_) return;
  if (status.ok() && !healthy_) log_.Info("store ready again");
  if (!status.ok() && healthy_) log_.Error("store not ready", {{"error", status.message()}});
  healthy_ = status.ok();
  states_.Set(healthy_);
}

void HealthChecker::Loop() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) stop_.WaitFor(mutex_, interval_);
      if (stopping_) return;
    }
    CheckOnce();
  }
}

}  // namespace yilan::server
