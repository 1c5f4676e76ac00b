#include "tests/transfer/random_writer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gtest/gtest.h"

namespace yilan::storage::transfer {
namespace {

constexpr uint64_t kCustomers = 300;
constexpr uint64_t kKeys = 200;

uint64_t Pick(std::mt19937_64& random, uint64_t count) { return random() % count; }

// All over the range of ids, so that a new one may be before or behind a scan.
CustomerId CustomerOf(uint64_t n) { return {.high = n * 0x9e3779b97f4a7c15, .low = n}; }
SubjectId SubjectOf(uint64_t n) { return {.high = n * 0xc2b2ae3d27d4eb4f, .low = n}; }
std::string KeyOf(uint64_t n) { return absl::StrCat("key ", n); }

// What two writers cannot both have.
bool IsExpected(const absl::Status& status) {
  return status.ok() || absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ||
         absl::IsAlreadyExists(status) || absl::IsAborted(status);
}

Record RandomRecord(std::mt19937_64& random, SubjectId subject) {
  Record record = {
      .key = {subject, static_cast<Kind>(10 + Pick(random, 3)), absl::StrCat(Pick(random, 6))},
      .version = {.event_time = static_cast<TimeMicros>(Pick(random, 1000)),
                  .source_version = Pick(random, 3)},
      .recorded_time = static_cast<TimeMicros>(Pick(random, 1000)),
      .payload = std::string(Pick(random, 60), static_cast<char>(Pick(random, 256)))};
  if (Pick(random, 2) == 0) {
    record.terms.push_back({.term = absl::StrCat("term ", Pick(random, 20)),
                            .valid_from = static_cast<TimeMicros>(Pick(random, 100))});
  }
  return record;
}

}  // namespace

uint64_t TestSeed() {
  static const uint64_t seed = [] {
    uint64_t chosen = std::random_device()();
    if (const char* given = std::getenv("YILAN_SEED")) {
      if (!absl::SimpleAtoi(given, &chosen)) std::abort();
    }
    std::printf("YILAN_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return seed;
}

void RandomWriter::Run(int count) {
  std::mt19937_64 random(seed_);
  for (int i = 0; i < count; ++i) Step(random);
}

void RandomWriter::Start(int threads) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i] {
      std::mt19937_64 random(seed_ + static_cast<uint64_t>(i) * 1000 + 1);
      while (Take()) Step(random);
    });
  }
}

void RandomWriter::Stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    changed_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void RandomWriter::Allow(int more) {
  MutexLock lock(mutex_);
  allowed_ += more;
  changed_.SignalAll();
}

bool RandomWriter::Take() {
  MutexLock lock(mutex_);
  while (!stop_ && allowed_ == 0) changed_.Wait(mutex_);
  if (stop_) return false;
  --allowed_;
  return true;
}

void RandomWriter::Step(std::mt19937_64& random) {
  const CustomerId a = CustomerOf(1 + Pick(random, kCustomers));
  const CustomerId b = CustomerOf(1 + Pick(random, kCustomers));
  absl::Status status;
  switch (Pick(random, 20)) {
    case 0:
      status = Merge(a, b);
      break;
    case 1:
      status = PutRequest(random);
      break;
    case 2:
      status = Trim(random);
      break;
    default:
      status = WriteSome(random, a, Pick(random, 3) == 0 ? b : a);
  }
  EXPECT_TRUE(IsExpected(status)) << status;
  if (status.ok()) ++done_;
}

absl::Status RandomWriter::WriteSome(std::mt19937_64& random, CustomerId a, CustomerId b) {
  const std::string key = KeyOf(Pick(random, kKeys));
  const uint64_t seed = random();
  return store_.Write(
      {.actor = "writer", .recorded_time = 1},
      [&](Reader& reader) -> absl::StatusOr<WritePlan> {
        WritePlan plan = {.customers = {a, b}, .keys = {key}};
        const absl::StatusOr<RecordKey> holder = reader.FindByKey(key);
        if (absl::IsNotFound(holder.status())) return plan;
        RETURN_IF_ERROR(holder.status());
        ASSIGN_OR_RETURN(const CustomerState state, reader.GetCustomer(holder->subject));
        plan.customers.push_back(state.customer);
        return plan;
      },
      [&](Transaction& txn) -> absl::Status {
        std::mt19937_64 choices(seed);
        std::vector<SubjectId> subjects;
        for (const CustomerId customer : {a, b}) {
          absl::StatusOr<CustomerState> state = txn.GetCustomer(customer);
          if (absl::IsNotFound(state.status())) {
            // The first of a customer's subjects tells which it is; others it has by merging.
            RETURN_IF_ERROR(txn.SetMembers(customer, {SubjectOf(customer.low)}));
            state = txn.GetCustomer(customer);
          }
          RETURN_IF_ERROR(state.status());
          subjects.insert(subjects.end(), state->members.begin(), state->members.end());
        }
        if (subjects.empty()) return absl::NotFoundError("both were merged away");
        // The key goes from whoever has it to another record.
        if (const absl::StatusOr<RecordKey> holder = txn.FindByKey(key); holder.ok()) {
          ASSIGN_OR_RETURN(Record loser, txn.Get(*holder));
          std::erase(loser.keys, key);
          RETURN_IF_ERROR(Pick(choices, 3) == 0 ? txn.Delete(loser.key) : txn.Put(loser));
        }
        for (uint64_t left = 1 + Pick(choices, 3); left > 0; --left) {
          const SubjectId subject = subjects[Pick(choices, subjects.size())];
          Record record = RandomRecord(choices, subject);
          const absl::StatusOr<Record> current = txn.Get(record.key);
          if (current.ok()) {
            RETURN_IF_ERROR(txn.AddHistory({.subject = subject,
                                            .kind = record.key.kind,
                                            .fact_id = record.key.record_id,
                                            .version = current->version,
                                            .revision = current->revision,
                                            .payload = current->payload}));
            record.keys = current->keys;
            if (Pick(choices, 3) == 0) {
              RETURN_IF_ERROR(txn.Delete(record.key));
              continue;
            }
          }
          if (left == 1 &&
              std::find(record.keys.begin(), record.keys.end(), key) == record.keys.end()) {
            record.keys.push_back(key);
          }
          RETURN_IF_ERROR(txn.Put(std::move(record)));
        }
        return absl::OkStatus();
      });
}

absl::Status RandomWriter::Merge(CustomerId from, CustomerId into) {
  if (from == into) return absl::OkStatus();
  return store_.Write(
      {.actor = "merger"},
      [&](Reader&) {
        return WritePlan{.customers = {from, into}};
      },
      [&](Transaction& txn) -> absl::Status {
        ASSIGN_OR_RETURN(const CustomerState losing, txn.GetCustomer(from));
        ASSIGN_OR_RETURN(const CustomerState gaining, txn.GetCustomer(into));
        if (losing.members.empty() || gaining.members.size() > 8) return absl::OkStatus();
        // Sometimes only one of them.
        const bool all = losing.members.size() < 3;
        std::vector<SubjectId> members = gaining.members;
        members.insert(members.end(), losing.members.begin(),
                       all ? losing.members.end() : losing.members.begin() + 1);
        RETURN_IF_ERROR(txn.SetMembers(into, members));
        return all ? txn.SetRedirect(from, into) : absl::OkStatus();
      });
}

absl::Status RandomWriter::PutRequest(std::mt19937_64& random) {
  const RequestKey key = {.client = absl::StrCat("client ", Pick(random, 5)),
                          .request_id = absl::StrCat("request ", Pick(random, 2000))};
  const TimeMicros time = static_cast<TimeMicros>(Pick(random, 10000));
  return store_.Write(
      {}, [&](Reader&) { return WritePlan{.request = key}; },
      [&](Transaction& txn) {
        return txn.PutRequest(
            key, {.fingerprint = "f", .response = absl::StrCat(time), .recorded_time = time});
      });
}

absl::Status RandomWriter::Trim(std::mt19937_64& random) {
  if (!trims_) return absl::OkStatus();
  RETURN_IF_ERROR(store_.TrimRequests({}, static_cast<TimeMicros>(Pick(random, 5000))));
  const int partition = static_cast<int>(Pick(random, kFeedPartitions));
  const absl::StatusOr<ChangePage> page = store_.Changes({}, partition, 0, 0);
  const uint64_t end = page.ok() ? page->end : 0;
  // The newest are kept, as by any retention.
  return store_.TrimChanges({}, partition, end > 200 ? end - 200 : 0);
}

}  // namespace yilan::storage::transfer
