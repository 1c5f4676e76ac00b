#include "tests/transfer/stores.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_store.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/transfer/entry_codec.h"
#include "tests/mysql/mariadb_server.h"

namespace yilan::storage::transfer {
namespace {

MariaDbServer& Server() {
  static MariaDbServer* const server = [] {
    auto started = MariaDbServer::Start({.durable = false});
    EXPECT_TRUE(started.ok()) << started.status();
    return started->release();
  }();
  return *server;
}

absl::StatusOr<std::unique_ptr<RecordStore>> NewDatabase() {
  ASSIGN_OR_RETURN(const std::string database, Server().CreateDatabase());
  ASSIGN_OR_RETURN(mysql::MySqlOptions options, mysql::ParseMySqlUrl(Server().Url(database)));
  options.password = std::string(MariaDbServer::password());
  // A busy disk may stall for longer than the default.
  options.read_timeout = absl::Minutes(10);
  {
    mysql::Pool pool(options);
    ASSIGN_OR_RETURN(auto session,
                     pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture()));
    RETURN_IF_ERROR(mysql::Migrate(*session, 1000).status());
  }
  return std::make_unique<MySqlStore>(options);
}

absl::Status AddAll(BulkReader& reader, std::vector<ExportEntry>& entries) {
  const auto add = [&](const ExportEntry& entry) {
    entries.push_back(entry);
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const auto customers, reader.ListCustomers({}, ~size_t{0}));
  std::vector<SubjectId> subjects;
  for (const CustomerState& state : customers) {
    entries.push_back(state);
    subjects.insert(subjects.end(), state.members.begin(), state.members.end());
  }
  std::sort(subjects.begin(), subjects.end());
  RETURN_IF_ERROR(reader.VisitSubjects(subjects, add));
  ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
  for (const FeedBounds& bounds : feeds) {
    entries.push_back(bounds);
    ASSIGN_OR_RETURN(const ChangePage page,
                     reader.Changes(bounds.partition, bounds.trimmed, ~size_t{0}));
    for (const Change& change : page.changes) entries.push_back(change);
  }
  return reader.VisitRequests({}, ~size_t{0}, add);
}

}  // namespace

std::string NameOf(BackendKind kind) {
  switch (kind) {
    case BackendKind::kMemory:
      return "Memory";
    case BackendKind::kRocksDb:
      return "RocksDb";
    case BackendKind::kMariaDb:
      return "MariaDb";
  }
  return "";
}

TestDirectory::TestDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "yilan_transfer_XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  path_ = pattern;
}

TestDirectory::~TestDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<RecordStore> NewStore(BackendKind kind, const TestDirectory& directory) {
  if (kind == BackendKind::kMemory) return NewMemoryStore();
  if (kind == BackendKind::kMariaDb) {
    auto store = NewDatabase();
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  std::string path = directory.path("rocksdb");
  for (int i = 0; std::filesystem::exists(path); ++i) {
    path = directory.path("rocksdb" + std::to_string(i));
  }
  auto store = RocksDbStore::Open({.directory = path,
                                   .block_cache_bytes = size_t{4} << 20,
                                   .write_buffer_bytes = size_t{1} << 20});
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

std::vector<ExportEntry> Everything(RecordStore& store) {
  std::vector<ExportEntry> entries;
  const absl::Status status = store.Export({}, [&](const ExportEntry& entry) {
    entries.push_back(entry);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return entries;
}

std::string DigestHex(RecordStore& store) {
  const absl::StatusOr<StoreDigest> digest = DigestOf(store, {});
  EXPECT_TRUE(digest.ok()) << digest.status();
  return digest.ok() ? digest->Hex() : "";
}

std::string Differences(const std::vector<ExportEntry>& a, const std::vector<ExportEntry>& b) {
  const auto encoded = [](const std::vector<ExportEntry>& entries) {
    std::vector<std::string> all;
    for (const ExportEntry& entry : entries) EncodeEntry(entry, all.emplace_back());
    std::sort(all.begin(), all.end());
    return all;
  };
  const std::vector<std::string> in_a = encoded(a);
  const std::vector<std::string> in_b = encoded(b);
  std::string text;
  const auto tell = [&](const char* which, const std::vector<std::string>& x,
                        const std::vector<std::string>& y) {
    std::vector<std::string> only;
    std::set_difference(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(only));
    for (size_t i = 0; i < std::min<size_t>(only.size(), 10); ++i) {
      absl::StrAppend(&text, "only in the ", which, ": ", absl::CHexEscape(only[i]), "\n");
    }
  };
  tell("first", in_a, in_b);
  tell("second", in_b, in_a);
  return text;
}

absl::Status WatchedStore::ReadBulk(const CallOptions& call,
                                    absl::FunctionRef<absl::Status(BulkReader&)> body) {
  return ForwardingStore::ReadBulk(call, [&](BulkReader& reader) -> absl::Status {
    RETURN_IF_ERROR(body(reader));
    last_.clear();
    return AddAll(reader, last_);
  });
}

absl::Status FailingStore::Import(const CallOptions& call, absl::Span<const ExportEntry> entries) {
  const Failure failure = next_();
  if (failure == Failure::kBefore) return absl::UnavailableError("failed before");
  RETURN_IF_ERROR(ForwardingStore::Import(call, entries));
  return failure == Failure::kAfter ? absl::UnknownError("failed after") : absl::OkStatus();
}

}  // namespace yilan::storage::transfer
