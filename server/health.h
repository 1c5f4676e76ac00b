// The health service (grpc.health.v1), per service, and its truth: whether the store is ready.
//
// A service is SERVING while the store's CheckReady succeeds, and NOT_SERVING before the first
// check, while the check fails, and once the server drains. "" asks about the server as a whole.
#ifndef YILAN_SERVER_HEALTH_H_
#define YILAN_SERVER_HEALTH_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/mutex.h"
#include "server/call/method.h"

namespace yilan::server {

// What is said of the services. Thread-safe.
class HealthStates {
 public:
  // Methods of grpc.health.v1.Health that answer from this, which outlives them.
  ServiceMethods Methods();

  // Names the services that are known besides "". Before the first call.
  void AddServices(const std::vector<std::string>& names);
  // Sets all services; watchers are told if that is a change.
  void Set(bool serving);
  bool serving() const;

 private:
  class Watcher;

  // Tells the watcher how its service is, now and until it is removed whenever that changes.
  void Add(Watcher& watcher);
  void Remove(Watcher& watcher);
  core::SharedBytes AnswerFor(const std::string& service) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Knows(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::vector<std::string> services_ ABSL_GUARDED_BY(mutex_);
  bool serving_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
};

// Keeps the states true: asks the store again and again, on a thread of its own.
class HealthChecker {
 public:
  using Check = std::function<absl::Status(absl::Time deadline)>;

  // Checks once before it returns.
  HealthChecker(HealthStates& states, Log& log, Check check, absl::Duration interval);
  ~HealthChecker();

  // NOT_SERVING from now on, whatever the store says.
  void Stop();

 private:
  void CheckOnce() ABSL_LOCKS_EXCLUDED(mutex_);
  void Loop();

  HealthStates& states_;
  Log& log_;
  const Check check_;
  const absl::Duration interval_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool healthy_ ABSL_GUARDED_BY(mutex_) = true;
  std::thread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_HEALTH_H_
