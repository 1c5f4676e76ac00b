// Clients that write and read a few customers as fast as they can while a test breaks things.
//
//   Workload workload({.seed = TestSeed(), .addresses = {server.address()}, .store = &store});
//   workload.AwaitAcknowledged(500, absl::Seconds(20));
//   database->Kill();
//   …
//   const History history = workload.Stop();
//
// Writers state facts of their customers: one at a time under a request id, some of them only at
// an etag that was seen, some of them deletions; or all of a customer's facts together through
// Ingest. What fails is sent again, under its request id and to the next server, until it is
// answered, refused, or given up (now and then, so that unknown outcomes remain). Some of what was
// acknowledged is sent again too. Readers read views by id, by key and in batches, and single
// facts. Followers read the change feed, which has no call of its own, from the store; after an
// error they go on from where they were.
#ifndef YILAN_TESTS_HISTORY_WORKLOAD_H_
#define YILAN_TESTS_HISTORY_WORKLOAD_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "storage/record_store.h"
#include "tests/history/client.h"
#include "tests/history/history.h"

namespace yilan::history {

struct Options {
  uint64_t seed = 0;
  // Of the servers, which share one store. They may go and come back at the same address.
  std::vector<std::string> addresses;
  // If they are not the same: writers use `addresses`, readers these.
  std::vector<std::string> reader_addresses;
  int customers = 50;
  int writers = 6;
  int readers = 4;
  int followers = 1;
  // The store behind the servers, opened by the test; without it nobody follows the feed.
  storage::RecordStore* store = nullptr;
  // Of one attempt.
  absl::Duration deadline = absl::Seconds(2);
  // Ingest promises no atomicity where a full store makes it write fact by fact.
  bool ingest = true;
  // Of a hundred writes that failed, so many are given up instead of repeated.
  int given_up_percent = 10;
};

// Thread-safe.
class Workload {
 public:
  // Starts the clients.
  explicit Workload(const Options& options);
  // Stops them if Stop() was not called.
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Writes acknowledged so far, and reads answered.
  uint64_t acknowledged() const { return acknowledged_.load(); }
  uint64_t read() const { return read_.load(); }
  // Waits until `more` further writes are acknowledged; false when that takes longer than
  // `timeout`.
  bool AwaitAcknowledged(uint64_t more, absl::Duration timeout);

  // Ends all clients after the call that each is in, and returns what they did. What was not
  // answered by then stays unknown. Call it once.
  History Stop();

 private:
  // What one client thread has of its own.
  struct Worker {
    Worker(int client, uint64_t worker_seed) : number(client), random(worker_seed) {}
    uint64_t Random(uint64_t below) { return random() % below; }

    const int number;
    std::mt19937_64 random;
    History history;
    std::thread thread;
  };
  // What clients tell each other of a customer.
  struct Known {
    std::string id;
    std::array<storage::Revision, kParts> etags = {};  // Seen last.
  };

  void StartWorker(void (Workload::*run)(Worker&));
  void RunWriter(Worker& worker);
  void RunReader(Worker& worker);
  void RunFollower(Worker& worker);

  WriteOp DrawWrite(Worker& worker);
  void WriteUntilAnswered(Worker& worker, Client& client, WriteOp& op);
  void AskAgain(Worker& worker, Client& client, const std::string& answer, WriteOp& op);
  void ReadOne(Worker& worker, Client& client);
  void ReadBatch(Worker& worker, Client& client);
  void Keep(Worker& worker, ReadOp op);
  std::string DrawCustomer(Worker& worker);

  bool stopping() const { return stopping_.load(); }
  // A client whose server does not answer leaves it alone for a moment.
  void Rest(Client& client, size_t server);
  void Pause(absl::Duration duration);

  const Options options_;
  std::atomic<uint64_t> next_token_{1};
  std::atomic<uint64_t> acknowledged_{0};
  std::atomic<uint64_t> read_{0};
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  CondVar changed_;
  std::vector<Known> known_ ABSL_GUARDED_BY(mutex_);  // By number of the customer.
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_WORKLOAD_H_
