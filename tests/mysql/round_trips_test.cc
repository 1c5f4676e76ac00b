// How often a single write waits for the database: at most nine times, whatever it writes; and
// reads of many things at once: once.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "core/platform.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "tests/mysql/mariadb_server.h"
#include "yilan/v1/billing_service.pb.h"
#include "yilan/v1/customer_service.pb.h"

namespace yilan::storage {
namespace {

constexpr int kMostRoundTrips = 9;
constexpr int kMostToResolve = 14;
constexpr int kTimes = 7;

class RoundTrips : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = MariaDbServer::Start({.durable = false});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    const auto database = server_->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    auto options = mysql::ParseMySqlUrl(server_->Url(*database));
    ASSERT_TRUE(options.ok()) << options.status();
    options->password = std::string(MariaDbServer::password());
    // A busy disk may stall for longer than the default.
    options->read_timeout = absl::Minutes(10);
    {
      mysql::Pool pool(*options);
      const auto session = pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture());
      ASSERT_TRUE(session.ok()) << session.status();
      ASSERT_TRUE(mysql::Migrate(**session, 1000).ok());
    }
    store_ = std::make_unique<MySqlStore>(*options);
    platform_ =
        std::make_unique<core::Platform>(*store_, clock_, ids_, size_t{1} << 20, core::RunSerially);
  }

  // Statements that clients have sent to the server, prepared ones each time they ran.
  int64_t Statements() {
    const auto rows = server_->Execute("SHOW GLOBAL STATUS LIKE 'Questions'");
    EXPECT_TRUE(rows.ok()) << rows.status();
    int64_t count = 0;
    EXPECT_TRUE(absl::SimpleAtoi(rows->at(0).at(1), &count));
    return count;
  }
  // Entries of tables that the server has looked at.
  int64_t RowsRead() {
    const auto rows = server_->Execute(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_read_key', 'Handler_read_next')");
    EXPECT_TRUE(rows.ok()) << rows.status();
    int64_t sum = 0;
    for (const auto& row : *rows) {
      int64_t count = 0;
      EXPECT_TRUE(absl::SimpleAtoi(row.at(1), &count));
      sum += count;
    }
    return sum;
  }
  // Those of `call`, less those that counting takes. The server also counts what it is asked
  // beside, so a call that can be made again is made several times, and most of them are right.
  template <typename Call>
  int64_t StatementsOf(Call&& call, int times = 1) {
    std::vector<int64_t> counts;
    for (int i = 0; i < times; ++i) {
      const int64_t first = Statements();
      const int64_t counting = Statements() - first;
      const int64_t before = Statements();
      call();
      counts.push_back(Statements() - before - counting);
    }
    std::sort(counts.begin(), counts.end());
    return counts[counts.size() / 2];
  }

  // Those of a read, less those that begin and end one.
  int64_t StatementsOfReading(absl::FunctionRef<absl::Status(Reader&)> body) {
    const auto read = [this](absl::FunctionRef<absl::Status(Reader&)> each) {
      return StatementsOf(
          [&] {
            const absl::Status status = store_->Read({}, each);
            EXPECT_TRUE(status.ok()) << status;
          },
          kTimes);
    };
    // Prepared on first use.
    read(body);
    const int64_t with = read(body);
    return with - read([](Reader&) { return absl::OkStatus(); });
  }

  template <typename Request, typename Response>
  void Upsert(const std::string& text) {
    Request request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    request.set_request_id(ids_.NextUuid());
    Response response;
    const absl::Status status = platform_->facts.Upsert({.client = "test"}, request, response);
    ASSERT_TRUE(status.ok()) << status;
  }
  void UpsertBill(int key, int version) {
    Upsert<yilan::v1::UpsertCustomerBillRequest, yilan::v1::UpsertCustomerBillResponse>(
        absl::StrCat(
            "customer_bill { source { source_system: 'billing' key: 'B", key,
            "' version: ", version, " event_time { seconds: ", 1700000000 + version,
            " } subject { customer_key: 'C1' } } amount { currency_code: 'CNY' minor_units: ",
            version, " } }"));
  }
  // No two of them are alike.
  static std::string NameOf(int number) {
    std::mt19937_64 random(static_cast<uint64_t>(number));
    std::string name;
    for (int i = 0; i < 16; ++i) name.push_back(static_cast<char>('a' + random() % 26));
    name[0] = 'Q';
    name[8] = ' ';
    return name;
  }
  void UpsertCustomer(int key, int version) {
    Upsert<yilan::v1::UpsertSourceRecordRequest, yilan::v1::UpsertSourceRecordResponse>(
        absl::StrCat("source_record { source { source_system: 'crm' key: 'C", key,
                     "' version: ", version, " event_time { seconds: ", 1700000000 + version,
                     " } } name: '", NameOf(key * 100 + version), "' }"));
  }

  std::unique_ptr<MariaDbServer> server_;
  ManualClock clock_{1767225600000000};
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<MySqlStore> store_;
  std::unique_ptr<core::Platform> platform_;
};

TEST_F(RoundTrips, OfASingleWriteAreNine) {
  // Statements are prepared on first use, and the connection made.
  for (int version = 1; version <= 3; ++version) {
    UpsertBill(version, 1);
    UpsertBill(1, version + 1);
    UpsertCustomer(1, version);
  }
  int bill = 8;
  EXPECT_LE(StatementsOf([&] { UpsertBill(++bill, 1); }, kTimes), kMostRoundTrips) << "a new fact";
  int bill_version = 1;
  EXPECT_LE(StatementsOf([&] { UpsertBill(9, ++bill_version); }, kTimes), kMostRoundTrips)
      << "another version of it";
  // A source record is written as any fact, and then compared with those that share a block with
  // it, in a transaction of its own.
  int version = 8;
  EXPECT_LE(StatementsOf([&] { UpsertCustomer(1, ++version); }, kTimes),
            kMostRoundTrips + kMostToResolve)
      << "one with new terms";
  int key = 1;
  UpsertCustomer(++key, 1);
  EXPECT_LE(StatementsOf([&] { UpsertCustomer(++key, 1); }, kTimes),
            kMostRoundTrips + kMostToResolve)
      << "a new customer";
}

TEST_F(RoundTrips, OfFindingManyTermsIsOneThatReadsNoMoreThanIsFound) {
  constexpr int kRecords = 3000;
  constexpr size_t kMost = 10;
  const CustomerId customer{.high = 7, .low = 1};
  const SubjectId subject{.high = 11, .low = 1};
  const absl::Status written = store_->Write(
      {.actor = "test"}, [&](Reader&) { return WritePlan{.customers = {customer}}; },
      [&](Transaction& txn) {
        RETURN_IF_ERROR(txn.SetMembers(customer, {subject}));
        for (int i = 0; i < kRecords; ++i) {
          Record record{.key = {subject, 10, absl::StrCat(i)}};
          record.terms = {{.term = "all"}, {.term = absl::StrCat("few/", i / 3)}};
          RETURN_IF_ERROR(txn.Put(std::move(record), New()));
        }
        return absl::OkStatus();
      });
  ASSERT_TRUE(written.ok()) << written;
  std::vector<std::string> terms = {"all", "none"};
  for (int i = 0; i < 18; ++i) terms.push_back(absl::StrCat("few/", 50 * i));
  size_t found = 0;
  const auto find = [&](Reader& reader) -> absl::Status {
    found = 0;
    ASSIGN_OR_RETURN(const auto records, reader.FindByTerms(terms, kMost));
    for (const std::vector<RecordKey>& of_one : records) found += of_one.size();
    return absl::OkStatus();
  };
  EXPECT_EQ(StatementsOfReading(find), 1);
  EXPECT_EQ(found, kMost + 18 * 3);
  // Of each term at most the one entry behind the last.
  const int64_t before = RowsRead();
  EXPECT_TRUE(store_->Read({}, find).ok());
  EXPECT_LE(RowsRead() - before, static_cast<int64_t>(found + terms.size()));
}

TEST_F(RoundTrips, OfReadingManySubjectsAndTheirCustomersIsOneEach) {
  constexpr uint64_t kSubjects = 30;
  const auto customer = [](uint64_t n) { return CustomerId{.high = 7, .low = n}; };
  const auto subject = [](uint64_t n) { return SubjectId{.high = 11, .low = n}; };
  WritePlan plan;
  std::vector<RecordKey> keys;
  std::vector<CustomerRef> subjects;
  std::vector<CustomerRef> both;
  for (uint64_t n = 1; n <= kSubjects; ++n) {
    plan.customers.push_back(customer(n));
    // Two that every subject has, and one that has a name of its own.
    keys.push_back({subject(n), 10, "same"});
    keys.push_back({subject(n), 12, "same"});
    keys.push_back({subject(n), 11, absl::StrCat("own/", n)});
    subjects.emplace_back(subject(n));
    both.emplace_back(subject(n));
    both.emplace_back(customer(kSubjects + 1 - n));
  }
  const absl::Status written = store_->Write(
      {.actor = "test"}, [&](Reader&) { return plan; },
      [&](Transaction& txn) {
        for (uint64_t n = 1; n <= kSubjects; ++n) {
          RETURN_IF_ERROR(txn.SetMembers(customer(n), {subject(n)}));
        }
        for (const RecordKey& key : keys) RETURN_IF_ERROR(txn.Put({.key = key}, New()));
        return absl::OkStatus();
      });
  ASSERT_TRUE(written.ok()) << written;
  size_t found = 0;
  EXPECT_EQ(StatementsOfReading([&](Reader& reader) {
              found = 0;
              return reader.GetMany(keys, [&](const RecordView&) {
                ++found;
                return absl::OkStatus();
              });
            }),
            1);
  EXPECT_EQ(found, keys.size());
  const auto get = [&](Reader& reader, const std::vector<CustomerRef>& refs) -> absl::Status {
    found = 0;
    ASSIGN_OR_RETURN(const auto customers, reader.GetCustomers(refs));
    for (const auto& state : customers) found += state.has_value() ? 1 : 0;
    return absl::OkStatus();
  };
  EXPECT_EQ(StatementsOfReading([&](Reader& reader) { return get(reader, subjects); }), 1);
  EXPECT_EQ(found, subjects.size());
  EXPECT_EQ(StatementsOfReading([&](Reader& reader) { return get(reader, both); }), 1);
  EXPECT_EQ(found, both.size());
  EXPECT_EQ(StatementsOfReading([&](Reader& reader) {
              return get(reader, {customer(3), customer(4), subject(5)});
            }),
            2);
  EXPECT_EQ(found, 3u);
}

TEST_F(RoundTrips, OfLoadingACustomerIsOne) {
  UpsertBill(1, 1);
  const auto customers = store_->ListCustomers({}, {}, 10);
  ASSERT_TRUE(customers.ok());
  ASSERT_EQ(customers->size(), 1u);
  const CustomerState& customer = customers->front();
  const auto load = [&](Revision known) {
    int records = 0;
    const auto loaded =
        store_->LoadCustomer({}, customer.customer, {.known = known}, [&](const RecordView&) {
          ++records;
          return absl::OkStatus();
        });
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->unchanged, known == customer.revision);
    EXPECT_EQ(records > 0, known != customer.revision);
  };
  load(0);
  EXPECT_EQ(StatementsOf([&] { load(0); }, kTimes), 1);
  EXPECT_EQ(StatementsOf([&] { load(customer.revision); }, kTimes), 1);
}

}  // namespace
}  // namespace yilan::storage
