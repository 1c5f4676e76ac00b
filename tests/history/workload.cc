#include "tests/history/workload.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/history/facts.h"

namespace yilan::history {
namespace {

constexpr absl::Duration kShortPause = absl::Milliseconds(20);
constexpr size_t kFeedPage = 200;
// Half of all calls are about so many customers.
constexpr uint64_t kHottest = 4;

std::string KeyOf(uint64_t customer) { return absl::StrCat("c", customer); }
size_t NumberOf(const std::string& key) {
  size_t number = 0;
  static_cast<void>(absl::SimpleAtoi(absl::string_view(key).substr(1), &number));
  return number;
}

// Of its own for each token, and the same for the same seed.
std::string RequestIdOf(uint64_t seed, Token token) {
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", seed & 0xffffffff, seed >> 32 & 0xffff,
                         seed >> 48 & 0xfff, seed >> 60 & 0xf, token);
}

}  // namespace

Workload::Workload(const Options& options) : options_(options) {
  known_.resize(static_cast<size_t>(options_.customers));
  for (int i = 0; i < options_.writers; ++i) StartWorker(&Workload::RunWriter);
  for (int i = 0; i < options_.readers; ++i) StartWorker(&Workload::RunReader);
  if (options_.store == nullptr) return;
  for (int i = 0; i < options_.followers; ++i) StartWorker(&Workload::RunFollower);
}

Workload::~Workload() {
  if (!stopping()) Stop();
}

void Workload::StartWorker(void (Workload::*run)(Worker&)) {
  const int number = static_cast<int>(workers_.size());
  workers_.push_back(
      std::make_unique<Worker>(number, options_.seed * 1000 + static_cast<uint64_t>(number)));
  Worker& worker = *workers_.back();
  worker.thread = std::thread([this, run, &worker] { (this->*run)(worker); });
}

bool Workload::AwaitAcknowledged(uint64_t more, absl::Duration timeout) {
  const uint64_t wanted = acknowledged() + more;
  const Time limit = Now() + absl::ToInt64Nanoseconds(timeout);
  MutexLock lock(mutex_);
  while (acknowledged() < wanted) {
    const Time left = limit - Now();
    if (left <= 0) return false;
    changed_.WaitFor(mutex_, absl::Nanoseconds(left));
  }
  return true;
}

History Workload::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_.store(true);
    changed_.SignalAll();
  }
  History history;
  history.seed = options_.seed;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->thread.join();
    history.Append(std::move(worker->history));
  }
  return history;
}

void Workload::Pause(absl::Duration duration) {
  const Time limit = Now() + absl::ToInt64Nanoseconds(duration);
  MutexLock lock(mutex_);
  for (Time left = limit - Now(); !stopping() && left > 0; left = limit - Now()) {
    changed_.WaitFor(mutex_, absl::Nanoseconds(left));
  }
}

void Workload::Rest(Client& client, size_t server) {
  if (!client.AwaitConnection(server)) Pause(kShortPause);
}

std::string Workload::DrawCustomer(Worker& worker) {
  const auto all = static_cast<uint64_t>(options_.customers);
  return KeyOf(worker.Random(worker.Random(2) == 0 ? all : std::min(all, kHottest)));
}

WriteOp Workload::DrawWrite(Worker& worker) {
  WriteOp op;
  op.client = worker.number;
  op.customer = DrawCustomer(worker);
  const uint64_t draw = worker.Random(100);
  if (options_.ingest && draw < 15) {
    op.kind = WriteOp::Kind::kIngest;
    op.parts.assign(kAllParts.begin(), kAllParts.end());
  } else if (draw < 25) {
    op.kind = WriteOp::Kind::kDelete;
    op.parts = {Part::kTicket};
  } else {
    op.parts = {kAllParts[worker.Random(kParts)]};
  }
  if (op.kind != WriteOp::Kind::kIngest && worker.Random(4) == 0) {
    MutexLock lock(mutex_);
    const storage::Revision seen = known_[NumberOf(op.customer)].etags[IndexOf(op.parts.front())];
    if (seen != 0) op.expected = seen;
  }
  op.invoked = Now();
  op.token = next_token_.fetch_add(1);
  if (op.kind != WriteOp::Kind::kIngest) op.request_id = RequestIdOf(options_.seed, op.token);
  return op;
}

void Workload::RunWriter(Worker& worker) {
  Client client(options_.addresses, options_.deadline);
  while (!stopping()) {
    WriteOp op = DrawWrite(worker);
    WriteUntilAnswered(worker, client, op);
    worker.history.writes.push_back(std::move(op));
  }
}

void Workload::WriteUntilAnswered(Worker& worker, Client& client, WriteOp& op) {
  size_t server = worker.Random(client.servers());
  bool may_be_there = false;
  while (true) {
    Attempt attempt = client.Write(server, op);
    op.returned = Now();
    ++op.attempts;
    if (attempt.outcome == Outcome::kAcknowledged) {
      op.outcome = attempt.outcome;
      op.revision = attempt.revision;
      op.fact_revision = attempt.fact_revision;
      op.customer_id = attempt.customer_id;
      {
        MutexLock lock(mutex_);
        Known& known = known_[NumberOf(op.customer)];
        if (!op.customer_id.empty()) known.id = op.customer_id;
        acknowledged_.fetch_add(1);
        changed_.SignalAll();
      }
      if (worker.Random(20) == 0) AskAgain(worker, client, attempt.answer, op);
      return;
    }
    op.error = attempt.error;
    if (attempt.outcome == Outcome::kUnknown) may_be_there = true;
    if (attempt.defect) op.unexpected = attempt.error;
    const bool given_up = worker.Random(100) < static_cast<uint64_t>(options_.given_up_percent);
    if (attempt.final || attempt.defect || given_up || stopping()) {
      op.outcome = may_be_there ? Outcome::kUnknown : Outcome::kFailed;
      if (!attempt.final) Rest(client, server);
      return;
    }
    server = (server + 1) % client.servers();
    Rest(client, server);
  }
}

void Workload::AskAgain(Worker& worker, Client& client, const std::string& answer, WriteOp& op) {
  const Attempt again = client.Write(worker.Random(client.servers()), op);
  if (again.outcome == Outcome::kAcknowledged ? again.answer != answer
                                              : again.final || again.defect) {
    op.other_answer =
        again.outcome == Outcome::kAcknowledged
            ? absl::StrCat("asked again it was not answered as before, but as r", again.revision)
            : absl::StrCat("asked again it failed: ", again.error);
  }
}

void Workload::RunReader(Worker& worker) {
  Client client(options_.reader_addresses.empty() ? options_.addresses : options_.reader_addresses,
                options_.deadline);
  while (!stopping()) {
    worker.Random(10) == 0 ? ReadBatch(worker, client) : ReadOne(worker, client);
  }
}

void Workload::ReadOne(Worker& worker, Client& client) {
  ReadOp op;
  op.client = worker.number;
  op.customer = DrawCustomer(worker);
  const size_t server = worker.Random(client.servers());
  client::Status status;
  const uint64_t draw = worker.Random(10);
  if (draw < 2) {
    op.kind = ReadOp::Kind::kFact;
    op.part = kAllParts[worker.Random(kParts)];
    status = client.ReadFact(server, op);
  } else {
    std::string id;
    if (draw < 6) {
      MutexLock lock(mutex_);
      id = known_[NumberOf(op.customer)].id;
    }
    op.kind = id.empty() ? ReadOp::Kind::kViewByKey : ReadOp::Kind::kViewById;
    status = client.ReadView(server, id, op);
  }
  if (status.ok()) return Keep(worker, std::move(op));
  ++worker.history.failed_reads;
  Rest(client, server);
}

void Workload::ReadBatch(Worker& worker, Client& client) {
  std::vector<ReadOp> ops(1 + worker.Random(8));
  for (ReadOp& op : ops) {
    op.kind = ReadOp::Kind::kViewInBatch;
    op.client = worker.number;
    op.customer = DrawCustomer(worker);
  }
  const size_t server = worker.Random(client.servers());
  const client::Status status = client.ReadViews(server, ops);
  if (status.ok()) {
    for (ReadOp& op : ops) Keep(worker, std::move(op));
    return;
  }
  ++worker.history.failed_reads;
  Rest(client, server);
}

void Workload::Keep(Worker& worker, ReadOp op) {
  read_.fetch_add(1);
  if (op.found) {
    MutexLock lock(mutex_);
    Known& known = known_[NumberOf(op.customer)];
    for (const Part part : kAllParts) {
      const storage::Revision seen = op.facts[IndexOf(part)].revision;
      known.etags[IndexOf(part)] = std::max(known.etags[IndexOf(part)], seen);
    }
  }
  worker.history.reads.push_back(std::move(op));
}

void Workload::RunFollower(Worker& worker) {
  std::array<uint64_t, storage::kFeedPartitions> positions = {};
  while (!stopping()) {
    bool moved = false;
    for (int partition = 0; partition < storage::kFeedPartitions && !stopping(); ++partition) {
      uint64_t& position = positions[static_cast<size_t>(partition)];
      FeedOp op;
      op.client = worker.number;
      op.partition = partition;
      op.after = position;
      op.invoked = Now();
      auto page = options_.store->Changes({.deadline = absl::Now() + options_.deadline}, partition,
                                          position, kFeedPage);
      op.returned = Now();
      if (page.ok()) {
        op.end = page->end;
        op.changes = std::move(page->changes);
        if (!op.changes.empty()) {
          moved = true;
          position = op.changes.back().sequence;
        }
      } else if (absl::IsOutOfRange(page.status())) {
        op.out_of_range = true;
      } else {
        ++worker.history.failed_reads;
        Pause(kShortPause);
        continue;
      }
      worker.history.pages.push_back(std::move(op));
    }
    if (!moved) Pause(kShortPause);
  }
}

}  // namespace yilan::history
