// How the database reaches the rows of every statement that the store says: through the primary
// key, a few rows at a time, without sorting. docs/storage.md lists them, and is held to it.
//
// YILAN_WRITE_PLANS=1 writes the list into docs/storage.md.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "core/platform.h"
#include "core/retention/retention.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "re2/re2.h"
#include "storage/mysql/load_customer.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "storage/mysql/statement_observer.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/operator_facts.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/mysql/test_databases.h"
#include "tests/status_matchers.h"
#include "yilan/v1/billing_service.pb.h"
#include "yilan/v1/customer_service.pb.h"
#include "yilan/v1/customer_view_service.pb.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::storage {
namespace {

using mysql::Param;

constexpr uint64_t kCustomers = 600;

// The statement without how many rows it names.
std::string ShapeOf(std::string sql) {
  RE2::GlobalReplace(&sql, R"((\(\?,\?,\?,\?,\?\))(,\(\?,\?,\?,\?,\?\))+)", R"(\1,…)");
  RE2::GlobalReplace(&sql, R"(\?(,\?)+\))", "?,…)");
  RE2::GlobalReplace(&sql, R"((\([a-z]+ = \?( AND [a-z]+ = \?)+\))( OR \([^()]*\))+)",
                     R"(\1 OR …)");
  RE2::GlobalReplace(&sql, R"(( UNION ALL \([^()]*\))( UNION ALL \([^()]*\))*)", R"(\1 …)");
  RE2::GlobalReplace(&sql, R"(IN \(\?\))", "IN (?,…)");
  RE2::GlobalReplace(&sql, R"(VALUES \(\?,…\)(,…)?)", "VALUES (?,…),…");
  return sql;
}

struct Said {
  std::string sql;
  std::vector<Param> params;
  std::vector<std::string> bytes;
};

// Keeps of each shape of statement the first one that reads or writes. Thread-safe.
class Listener final : public mysql::StatementObserver {
 public:
  void OnStatement(uint64_t, absl::string_view sql, absl::Span<const Param> params) override {
    if (params.empty()) return;
    const std::string shape = ShapeOf(std::string(sql));
    MutexLock lock(mutex_);
    Said said{std::string(sql), {params.begin(), params.end()}, {}};
    said.bytes.reserve(params.size());
    for (Param& param : said.params) {
      if (const auto* bytes = std::get_if<absl::string_view>(&param)) {
        param = absl::string_view(said.bytes.emplace_back(*bytes));
      }
    }
    // The last of a shape: settings that nobody set are asked for first, and have no rows.
    by_shape_.insert_or_assign(shape, std::move(said));
  }
  std::map<std::string, Said> Take() {
    MutexLock lock(mutex_);
    return std::exchange(by_shape_, {});
  }

 private:
  Mutex mutex_;
  std::map<std::string, Said> by_shape_ ABSL_GUARDED_BY(mutex_);
};

class Plans : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = MariaDbServer::Start({.durable = false});
    ASSERT_THAT(started, IsOk());
    server_ = *std::move(started);
    const auto database = server_->CreateDatabase();
    ASSERT_THAT(database, IsOk());
    auto options = mysql::ParseMySqlUrl(server_->Url(*database));
    ASSERT_THAT(options, IsOk());
    options_ = *options;
    options_.password = std::string(MariaDbServer::password());
    options_.read_timeout = absl::Minutes(10);
    ASSERT_THAT(Migrate(options_), IsOk());
    options_.observer = &listener_;
    store_ = std::make_unique<MySqlStore>(options_);
    platform_ =
        std::make_unique<core::Platform>(*store_, clock_, ids_, size_t{1} << 20, core::RunSerially);
    auto bulk = bench::BulkCustomers::Make(20);
    ASSERT_THAT(bulk, IsOk());
    ASSERT_THAT((*bulk)->Load(*store_, 0, kCustomers), IsOk());
    ASSERT_THAT(server_->Execute(absl::StrCat("ANALYZE TABLE ", *database, ".entries")), IsOk());
    listener_.Take();
  }

  template <typename Message>
  static Message Parse(const std::string& text) {
    Message message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
    return message;
  }
  core::Call Call() const { return {.client = "test"}; }
  std::vector<yilan::v1::FactResult> Take(const std::vector<yilan::v1::Fact>& facts) {
    std::vector<std::string> bytes;
    for (const yilan::v1::Fact& fact : facts) bytes.push_back(fact.SerializeAsString());
    const std::vector<absl::string_view> views(bytes.begin(), bytes.end());
    return platform_->ingest.TakeBatch(Call(), views);
  }

  // What servers and operators do all day.
  void UseEverything() {
    // Single writes: new, another version, deleted; with a request id each.
    for (int version = 1; version <= 3; ++version) {
      auto request = Parse<yilan::v1::UpsertCustomerBillRequest>(absl::StrCat(
          "customer_bill { source { source_system: 'billing' key: 'X' version: ", version,
          " event_time { seconds: ", 1700000000 + version * 1000,
          " } subject { customer_key: 'C1' } } bill_time { seconds: ", 1700000000 + version * 86400,
          " } amount { currency_code: 'CNY' minor_units: 5 } }"));
      request.set_request_id(ids_.NextUuid());
      yilan::v1::UpsertCustomerBillResponse response;
      ASSERT_THAT(platform_->facts.Upsert(Call(), request, response), IsOk());
      // The same again.
      ASSERT_THAT(platform_->facts.Upsert(Call(), request, response), IsOk());
    }
    yilan::v1::DeleteCustomerBillRequest remove;
    remove.set_source_system("billing");
    remove.set_key("X");
    remove.set_request_id(ids_.NextUuid());
    yilan::v1::DeleteCustomerBillResponse removed;
    ASSERT_THAT(platform_->facts.Delete(Call(), remove, removed), IsOk());
    // Batches: of known and of new customers, a late version, and one for the quarantine.
    std::vector<yilan::v1::Fact> facts;
    for (uint64_t i = 0; i < 200; ++i) facts.push_back(bench::FurtherFact(i * 7 % kCustomers, i));
    for (const yilan::v1::Fact& fact : bench::FactsOf(kCustomers + 1, 1)) facts.push_back(fact);
    facts.push_back(
        Parse<yilan::v1::Fact>("customer_bill { source { source_system: 'billing' } }"));
    Take(facts);
    Take(facts);
    for (uint64_t i = 0; i < 400; ++i) facts.push_back(bench::FurtherFact(5, 1000 + i));
    Take(facts);

    // Views and lists, of a customer with few facts and one with many, and again.
    for (const uint64_t number : {uint64_t{1}, uint64_t{5}}) {
      for (int run = 0; run < 2; ++run) {
        yilan::v1::GetCustomerViewRequest request;
        request.mutable_customer()->set_customer_id(bench::BulkCustomerId(number).ToString());
        EXPECT_THAT(platform_->views.Get(Call(), request), IsOk());
        yilan::v1::ListTimelineRequest timeline;
        *timeline.mutable_customer() = request.customer();
        yilan::v1::ListTimelineResponse page;
        EXPECT_THAT(platform_->timeline.List(Call(), timeline, page), IsOk());
      }
      EXPECT_THAT(store_->LoadCustomer({}, bench::BulkSubjectId(number, 1), {.known = 1},
                                       [](const RecordView&) { return absl::OkStatus(); }),
                  IsOk());
    }
    yilan::v1::SearchCustomersRequest search;
    search.set_name_prefix("cu");
    yilan::v1::SearchCustomersResponse found;
    EXPECT_THAT(platform_->customers.Search(Call(), search, found), IsOk());
    EXPECT_THAT(store_->Read({},
                             [&](Reader& reader) -> absl::Status {
                               TermCursor cursor;
                               ASSIGN_OR_RETURN(const auto some,
                                                reader.FindByTerm("", "", cursor, 300));
                               std::vector<std::string> terms;
                               for (const TermEntry& entry : some) terms.push_back(entry.term.term);
                               EXPECT_GT(terms.size(), 100u);
                               std::vector<CustomerRef> subjects;
                               for (const TermEntry& entry : some) {
                                 subjects.emplace_back(entry.record.subject);
                               }
                               RETURN_IF_ERROR(reader.GetCustomers(subjects).status());
                               RETURN_IF_ERROR(reader.FindByTerms({terms[0]}, 10).status());
                               return reader.FindByTerms(terms, 10).status();
                             }),
                IsOk());
    yilan::v1::ListCustomersRequest list;
    yilan::v1::ListCustomersResponse listed;
    EXPECT_THAT(platform_->customers.List(Call(), list, listed), IsOk());
    yilan::v1::ListQuarantinedFactsResponse quarantined;
    EXPECT_THAT(platform_->quarantine.List(Call(), {}, quarantined), IsOk());
    EXPECT_THAT(store_->GetStatistics({}), IsOk());
    EXPECT_THAT(store_->Changes({}, FeedPartitionOf(bench::BulkCustomerId(5)), 0, 100), IsOk());
    EXPECT_THAT(store_->CheckReady({}), IsOk());

    // What many callers ask together.
    {
      mysql::Pool pool(options_);
      const auto session = pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture());
      ASSERT_THAT(session, IsOk());
      std::vector<std::optional<Revision>> revisions;
      EXPECT_THAT(mysql::ReadRevisions(
                      **session, {bench::BulkCustomerId(1), bench::BulkCustomerId(2)}, revisions),
                  IsOk());
      EXPECT_TRUE(revisions[0].has_value() && revisions[1].has_value());
    }

    // Upkeep and moving.
    EXPECT_THAT(
        core::ForgetExpired(*store_, {}, clock_.Now() + TimeMicros{400} * 86400 * 1000000, {}),
        IsOk());
    std::vector<ExportEntry> entries;
    EXPECT_THAT(store_->Export({},
                               [&](const ExportEntry& entry) {
                                 if (entries.size() < 500) entries.push_back(entry);
                                 return absl::OkStatus();
                               }),
                IsOk());
    EXPECT_THAT(store_->Import({}, entries), IsOk());
    EXPECT_THAT(
        store_->ReadBulk(
            {},
            [&](BulkReader& reader) -> absl::Status {
              const auto visit = [](const ExportEntry&) { return absl::OkStatus(); };
              std::vector<SubjectId> subjects;
              std::vector<CustomerId> customers;
              ASSIGN_OR_RETURN(const auto some, reader.ListCustomers({}, 20));
              for (const CustomerState& state : some) {
                customers.push_back(state.customer);
                subjects.insert(subjects.end(), state.members.begin(), state.members.end());
              }
              std::sort(subjects.begin(), subjects.end());
              RETURN_IF_ERROR(reader.GetCustomers(customers).status());
              RETURN_IF_ERROR(reader.VisitSubjects(subjects, visit));
              ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
              RETURN_IF_ERROR(
                  reader.Changes(feeds.front().partition, feeds.front().trimmed, 10).status());
              return reader.VisitRequests({}, 10, visit);
            }),
        IsOk());
    EXPECT_THAT(store_->Verify({}), IsOk());
  }

  // What EXPLAIN says of a statement: "table: type" for each step.
  absl::StatusOr<std::string> PlanOf(mysql::Session& session, const Said& said) {
    std::vector<std::string> steps;
    RETURN_IF_ERROR(
        session.Query("EXPLAIN " + said.sql, said.params, [&](const mysql::RowView& row) {
          // id, select_type, table, type, possible_keys, key, key_len, …
          const std::string table(row.bytes(2));
          const std::string type(row.bytes(3));
          const std::string key(row.bytes(5));
          if (absl::StartsWith(table, "<") || table.empty()) return absl::OkStatus();
          steps.push_back(row.bytes(1) == "INSERT"
                              ? "insert"
                              : absl::StrCat(type, key.empty() ? " without a key" : ""));
          return absl::OkStatus();
        }));
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    return steps.empty() ? "nothing to read" : absl::StrJoin(steps, ", ");
  }
  static bool Sorts(mysql::Session& session, const Said& said) {
    bool sorts = false;
    EXPECT_THAT(session.Query("EXPLAIN FORMAT = JSON " + said.sql, said.params,
                              [&](const mysql::RowView& row) {
                                sorts = absl::StrContains(row.bytes(0), "filesort");
                                return absl::OkStatus();
                              }),
                IsOk());
    return sorts;
  }

  std::unique_ptr<MariaDbServer> server_;
  mysql::MySqlOptions options_;
  Listener listener_;
  ManualClock clock_{bench::kBulkTime + TimeMicros{86400} * 1000000};
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<MySqlStore> store_;
  std::unique_ptr<core::Platform> platform_;
};

constexpr char kBegin[] = "<!-- plans: made by tests/mysql/plans_test.cc -->\n";
constexpr char kEnd[] = "<!-- end of plans -->\n";

TEST_F(Plans, EveryStatementReachesItsRowsByThePrimaryKeyAndIsListed) {
  UseEverything();
  const std::map<std::string, Said> statements = listener_.Take();
  EXPECT_GT(statements.size(), 15u);
  options_.observer = nullptr;
  mysql::Pool pool(options_);
  const auto session = pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture());
  ASSERT_THAT(session, IsOk());
  std::string table = "| statement | reaches its rows by |\n|---|---|\n";
  for (const auto& [shape, said] : statements) {
    const auto plan = PlanOf(**session, said);
    ASSERT_THAT(plan, IsOk()) << shape;
    for (const char* bad : {"ALL", "index", "without a key"}) {
      EXPECT_THAT(*plan, ::testing::Not(::testing::HasSubstr(bad))) << shape;
    }
    EXPECT_FALSE(Sorts(**session, said)) << shape;
    absl::StrAppend(&table, "| `", shape, "` | ", *plan, " |\n");
  }

  const std::string path = std::string(YILAN_SOURCE_DIR) + "/docs/storage.md";
  std::ifstream in(path);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const size_t begin = text.find(kBegin);
  const size_t end = text.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos) << path;
  const size_t first = begin + sizeof(kBegin) - 1;
  if (std::getenv("YILAN_WRITE_PLANS") != nullptr) {
    text.replace(first, end - first, table);
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text.substr(first, end - first), table) << "run it with YILAN_WRITE_PLANS=1";
}

}  // namespace
}  // namespace yilan::storage
