// Views while others write, and while others read the same view.
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/views/view_flights.h"
#include "core/views/views.h"
#include "tests/core/view_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

// Open once for all.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  void Wait() {
    MutexLock lock(mutex_);
    while (!open_) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

// Holds the first load of records between its snapshot and its answer until it is told to go on.
class HoldingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                       const storage::CustomerRef& ref,
                                                       const storage::LoadOptions& options,
                                                       storage::RecordVisitor visit) override {
    if (options.known != 0) return ForwardingStore::LoadCustomer(call, ref, options, visit);
    const bool first = loads.fetch_add(1) == 0;
    auto loaded = ForwardingStore::LoadCustomer(call, ref, options, visit);
    if (!first) return loaded;
    held.Open();
    go_on.Wait();
    if (fail) return absl::UnavailableError("gone");
    return loaded;
  }

  std::atomic<int> loads{0};  // Of records; those that ask for a known revision do not count.
  Gate held;
  Gate go_on;
  bool fail = false;
};

class ViewConcurrencyTest : public ViewsTest {
 protected:
  // The names of the tickets in a view.
  static std::vector<std::string> TicketNames(const absl::StatusOr<SharedBytes>& bytes) {
    std::vector<std::string> names;
    const auto view = Parsed(bytes);
    EXPECT_THAT(view, IsOk());
    if (view.ok()) {
      for (const auto& ticket : view->trouble_tickets()) names.push_back(ticket.name());
    }
    return names;
  }
  void TakeTicket(const std::string& key, const std::string& name) {
    TakeAll(
        {absl::StrCat("trouble_ticket { ", Source("crm", key, 1, "C1"), " name: '", name, "' }")});
  }
};

TEST_F(ViewConcurrencyTest, AmongWritersAViewShowsOneVersionAndNeverAnOlderThanWasWritten) {
  constexpr int kCustomers = 3;
  constexpr int kSubjects = 3;
  constexpr int kWrites = 400;
  constexpr int kReaders = 3;
  struct Customer {
    storage::CustomerId id;
    std::vector<storage::SubjectId> subjects;
    std::atomic<int> written{0};  // The newest stamp whose write has returned.
  };
  Customer customers[kCustomers];
  // Stamps all parts of a customer in one transaction.
  const auto write = [this](Customer& customer, int stamp) {
    v1::TroubleTicket ticket;
    ticket.set_name(absl::StrCat(stamp));
    const std::string id = FactRecordId(kStart, FactId("crm", "T"));
    const absl::Status status = store_->Write(
        {.actor = "test"},
        [&](storage::Reader&) { return storage::WritePlan{.customers = {customer.id}}; },
        [&](storage::Transaction& txn) -> absl::Status {
          RETURN_IF_ERROR(txn.SetMembers(customer.id, customer.subjects));
          for (const storage::SubjectId subject : customer.subjects) {
            RETURN_IF_ERROR(txn.Put({.key = {subject, v1::Fact::kTroubleTicket, id},
                                     .payload = ticket.SerializeAsString()}));
          }
          return absl::OkStatus();
        });
    EXPECT_THAT(status, IsOk());
    customer.written.store(stamp);
  };
  for (Customer& customer : customers) {
    customer.id = ids_.Next<storage::CustomerTag>();
    for (int i = 0; i < kSubjects; ++i) {
      customer.subjects.push_back(ids_.Next<storage::SubjectTag>());
    }
    write(customer, 1);
  }

  // So small that views are driven out all the time, too.
  Views views(*store_, clock_, platform_.survivorship, 8 << 10);
  std::atomic<int> writers{kCustomers};
  std::atomic<int> reads{0};
  std::vector<std::thread> threads;
  for (Customer& customer : customers) {
    threads.emplace_back([&] {
      for (int stamp = 2; stamp <= kWrites; ++stamp) {
        write(customer, stamp);
        std::this_thread::yield();  // So that readers come between writes.
      }
      writers.fetch_sub(1);
    });
  }
  for (int reader = 0; reader < kReaders; ++reader) {
    threads.emplace_back([&, reader] {
      int last[kCustomers] = {};
      for (int i = reader; writers.load() > 0; ++i) {
        const int which = i % kCustomers;
        const int written = customers[which].written.load();
        v1::GetCustomerViewRequest request;
        request.mutable_customer()->set_customer_id(customers[which].id.ToString());
        if (i % 2 == 0)
          request.mutable_options()->mutable_section_mask()->add_paths("trouble_tickets");
        auto answer = views.TryGet(call_, request);
        if (!answer.has_value()) answer = views.Get(call_, request);
        const auto view = Parsed(*answer);
        ASSERT_THAT(view, IsOk());
        ASSERT_EQ(view->trouble_tickets_size(), kSubjects);
        int stamp = 0;
        ASSERT_TRUE(absl::SimpleAtoi(view->trouble_tickets(0).name(), &stamp));
        for (const auto& ticket : view->trouble_tickets()) {
          ASSERT_EQ(ticket.name(), view->trouble_tickets(0).name()) << "two versions in one view";
          ASSERT_EQ(ticket.etag(), view->etag());
        }
        ASSERT_GE(stamp, written) << "older than a write that had returned";
        ASSERT_GE(stamp, last[which]) << "older than what was read before";
        last[which] = stamp;
        reads.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(views.figures().hits, 0u);
  EXPECT_GT(views.figures().misses, 0u);
  EXPECT_LE(views.figures().bytes, size_t{8} << 10);
}

TEST_F(ViewConcurrencyTest, OfManyWhoWantTheSameViewOneReadsIt) {
  TakeTicket("T", "name");
  const auto request = Request(IdOf("C1"));
  HoldingStore holding(*store_);
  Views views(holding, clock_, platform_.survivorship, 1 << 20);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { EXPECT_THAT(views.Get(call_, request), IsOk()); });
  holding.held.Wait();
  std::atomic<int> asking{0};
  for (int i = 0; i < 7; ++i) {
    threads.emplace_back([&] {
      asking.fetch_add(1);
      EXPECT_EQ(TicketNames(views.Get(call_, request)), std::vector<std::string>{"name"});
    });
  }
  while (asking.load() < 7) std::this_thread::yield();
  // Whoever did not wait for the first would have loaded by now, or will find what it made.
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  holding.go_on.Open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(holding.loads.load(), 1);
  EXPECT_EQ(views.figures().misses, 1u);
  EXPECT_EQ(views.figures().hits, 7u);
}

TEST_F(ViewConcurrencyTest, WhoAsksAfterAWriteDoesNotGetWhatWasReadBeforeIt) {
  TakeTicket("T1", "before");
  const auto request = Request(IdOf("C1"));
  HoldingStore holding(*store_);
  Views views(holding, clock_, platform_.survivorship, 1 << 20);
  std::thread leader([&] {
    EXPECT_EQ(TicketNames(views.Get(call_, request)), std::vector<std::string>{"before"});
  });
  holding.held.Wait();
  TakeTicket("T2", "after");
  std::vector<std::thread> followers;
  std::atomic<int> asking{0};
  for (int i = 0; i < 4; ++i) {
    followers.emplace_back([&] {
      asking.fetch_add(1);
      EXPECT_EQ(TicketNames(views.Get(call_, request)).size(), 2u);
    });
  }
  while (asking.load() < 4) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  holding.go_on.Open();
  leader.join();
  for (std::thread& follower : followers) follower.join();
  EXPECT_EQ(TicketNames(views.Get(call_, request)).size(), 2u);
}

TEST_F(ViewConcurrencyTest, TheFailureOfOneReadIsNotThatOfThoseWhoWaitedForIt) {
  TakeTicket("T", "name");
  const auto request = Request(IdOf("C1"));
  HoldingStore holding(*store_);
  holding.fail = true;
  Views views(holding, clock_, platform_.survivorship, 1 << 20);
  std::thread leader(
      [&] { EXPECT_THAT(views.Get(call_, request), StatusIs(absl::StatusCode::kUnavailable)); });
  holding.held.Wait();
  std::atomic<bool> asking{false};
  std::thread follower([&] {
    asking.store(true);
    EXPECT_THAT(views.Get(call_, request), IsOk());
  });
  while (!asking.load()) std::this_thread::yield();
  holding.go_on.Open();
  leader.join();
  follower.join();
}

class ViewFlightsTest : public testing::Test {
 protected:
  const ViewShape all_;
  const ViewKey key_{{1, 1}, &all_};
  ViewFlights flights_;
};

TEST_F(ViewFlightsTest, TheFirstLeadsAndTheOthersGetWhatItLands) {
  auto first = flights_.Join(key_, absl::InfiniteFuture());
  ASSERT_THAT(first, IsOk());
  ASSERT_TRUE(first->lead.leads());
  const auto view = std::make_shared<const CachedView>();
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&] {
      const auto joined = flights_.Join(key_, absl::InfiniteFuture());
      ASSERT_THAT(joined, IsOk());
      EXPECT_FALSE(joined->lead.leads());
      EXPECT_EQ(joined->view, view);
    });
  }
  while (flights_.waiting() < 3) std::this_thread::yield();
  first->lead.Land(view);
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(flights_.waiting(), 0u);
}

TEST_F(ViewFlightsTest, AfterALandingTheNextLeads) {
  flights_.Join(key_, absl::InfiniteFuture())->lead.Land(nullptr);
  EXPECT_TRUE(flights_.Join(key_, absl::InfiniteFuture())->lead.leads());
  // That one was given up without landing.
  EXPECT_TRUE(flights_.Join(key_, absl::InfiniteFuture())->lead.leads());
}

TEST_F(ViewFlightsTest, OtherViewsHaveTheirOwnFlights) {
  v1::ViewOptions options;
  options.mutable_section_mask()->add_paths("totals");
  const ViewShape totals = *ViewShape::Parse(options, "options");
  const auto first = flights_.Join(key_, absl::InfiniteFuture());
  EXPECT_TRUE(first->lead.leads());
  EXPECT_TRUE(flights_.Join({{1, 1}, &totals}, absl::InfiniteFuture())->lead.leads());
  EXPECT_TRUE(flights_.Join({{2, 1}, &all_}, absl::InfiniteFuture())->lead.leads());
}

TEST_F(ViewFlightsTest, WhoWaitsGivesUpAtItsDeadline) {
  const auto first = flights_.Join(key_, absl::InfiniteFuture());
  EXPECT_THAT(flights_.Join(key_, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(flights_.Join(key_, absl::Now() + absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(flights_.waiting(), 0u);
}

}  // namespace
}  // namespace yilan::core
