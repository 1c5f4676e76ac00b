#include "tests/storage/conformance.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/status_matchers.h"

namespace yilan::storage {

// A backend may be volatile: then nothing instantiates these.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DurableConformance);

std::string BackendName(const ::testing::TestParamInfo<Backend>& info) { return info.param.name; }

void Conformance::SetUp() {
  std::string name = (std::filesystem::temp_directory_path() / "yilan_conformance_XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr) << name;
  root_ = name;
  store_ = OpenAnother();
  ASSERT_NE(store_, nullptr);
}

void Conformance::TearDown() {
  store_.reset();
  std::error_code ignored;
  if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
}

std::unique_ptr<RecordStore> Conformance::Open(const std::string& directory) {
  absl::StatusOr<std::unique_ptr<RecordStore>> store = GetParam().open(directory);
  EXPECT_THAT(store, IsOk());
  return store.ok() ? *std::move(store) : nullptr;
}

std::unique_ptr<RecordStore> Conformance::OpenAnother() {
  const std::string directory = absl::StrCat(root_, "/", stores_++);
  EXPECT_TRUE(std::filesystem::create_directory(directory)) << directory;
  return Open(directory);
}

void Conformance::Reopen() {
  store_.reset();
  store_ = Open(absl::StrCat(root_, "/0"));
  ASSERT_NE(store_, nullptr);
}

absl::Status Conformance::Write(const WritePlan& plan,
                                absl::FunctionRef<absl::Status(Transaction&)> body) {
  return store().Write(
      {.actor = "conformance"}, [&](Reader&) { return plan; }, body);
}

absl::Status Conformance::Write(std::initializer_list<CustomerId> customers,
                                std::initializer_list<std::string> keys,
                                absl::FunctionRef<absl::Status(Transaction&)> body) {
  return Write(WritePlan{.customers = customers, .keys = keys}, body);
}

absl::Status Conformance::Read(absl::FunctionRef<absl::Status(Reader&)> body) {
  return store().Read({}, body);
}

void Conformance::Create(CustomerId customer, std::vector<SubjectId> members) {
  EXPECT_THAT(SetMembers(customer, std::move(members)), IsOk());
}

absl::Status Conformance::SetMembers(CustomerId customer, std::vector<SubjectId> members) {
  return Write({customer}, {}, [&](Transaction& txn) { return txn.SetMembers(customer, members); });
}

absl::Status Conformance::Put(CustomerId customer, const Record& record,
                              Precondition precondition) {
  return Write(WritePlan{.customers = {customer}, .keys = record.keys},
               [&](Transaction& txn) { return txn.Put(record, precondition); });
}

absl::Status Conformance::Delete(CustomerId customer, const RecordKey& key,
                                 Precondition precondition) {
  return Write({customer}, {}, [&](Transaction& txn) { return txn.Delete(key, precondition); });
}

absl::StatusOr<Record> Conformance::Get(const RecordKey& key) {
  absl::StatusOr<Record> record = absl::InternalError("the body did not run");
  const absl::Status status = store().Read({}, [&](Reader& reader) {
    record = reader.Get(key);
    return absl::OkStatus();
  });
  return status.ok() ? record : status;
}

absl::StatusOr<RecordKey> Conformance::FindByKey(const std::string& key) {
  absl::StatusOr<RecordKey> holder = absl::InternalError("the body did not run");
  const absl::Status status = store().Read({}, [&](Reader& reader) {
    holder = reader.FindByKey(key);
    return absl::OkStatus();
  });
  return status.ok() ? holder : status;
}

absl::StatusOr<CustomerState> Conformance::GetCustomer(const CustomerRef& ref) {
  absl::StatusOr<CustomerState> state = absl::InternalError("the body did not run");
  const absl::Status status = Read([&](Reader& reader) {
    state = reader.GetCustomer(ref);
    return absl::OkStatus();
  });
  return status.ok() ? state : status;
}

Revision Conformance::RevisionOf(CustomerId customer) {
  const absl::StatusOr<LoadedCustomer> loaded =
      store().LoadCustomer({}, customer, {}, [](const RecordView&) { return absl::OkStatus(); });
  if (absl::IsNotFound(loaded.status())) return 0;
  EXPECT_THAT(loaded, IsOk());
  return loaded.ok() ? loaded->state.revision : 0;
}

std::vector<TermEntry> Conformance::Terms(absl::string_view first, absl::string_view limit) {
  std::vector<TermEntry> entries;
  EXPECT_THAT(store().Read({},
                           [&](Reader& reader) -> absl::Status {
                             TermCursor cursor;
                             ASSIGN_OR_RETURN(
                                 entries, reader.FindByTerm(first, limit, cursor, size_t{1} << 20));
                             return absl::OkStatus();
                           }),
              IsOk());
  return entries;
}

std::vector<Record> Conformance::Load(const CustomerRef& ref, const LoadOptions& options) {
  std::vector<Record> records;
  EXPECT_THAT(store().LoadCustomer({}, ref, options,
                                   [&](const RecordView& view) {
                                     records.push_back(RecordFromView(view));
                                     return absl::OkStatus();
                                   }),
              IsOk());
  return records;
}

std::vector<Change> Conformance::AllChanges(int partition) {
  const absl::StatusOr<ChangePage> page = store().Changes({}, partition, 0, size_t{1} << 20);
  EXPECT_THAT(page, IsOk());
  return page.ok() ? page->changes : std::vector<Change>();
}

std::vector<ExportEntry> ExportAll(RecordStore& store) {
  std::vector<ExportEntry> entries;
  EXPECT_THAT(store.Export({},
                           [&](const ExportEntry& entry) {
                             entries.push_back(entry);
                             return absl::OkStatus();
                           }),
              IsOk());
  return entries;
}

std::vector<std::string> ScanIds(Reader& reader, const Range& range) {
  std::vector<std::string> ids;
  EXPECT_THAT(reader.Scan(range,
                          [&](const RecordView& view) {
                            ids.emplace_back(view.record_id);
                            return absl::OkStatus();
                          }),
              IsOk());
  return ids;
}

std::vector<std::string> TrickyNames() {
  return {std::string(1, '\0'),
          std::string("\0\0", 2),
          std::string("\0\1", 2),
          std::string("\0\xff", 2),
          "A",
          "B",
          "a",
          std::string("a\0", 2),
          std::string("a\0\0", 3),
          std::string("a\0b", 3),
          "a ",
          "aa",
          "b",
          "\xc3\xa4",
          "\xff",
          "\xff\xff"};
}

Record MakeRecord(SubjectId subject, absl::string_view record_id, absl::string_view payload) {
  return {.key = {.subject = subject, .kind = 1, .record_id = std::string(record_id)},
          .payload = std::string(payload)};
}

Record RecordFromView(const RecordView& view) {
  return {
      .key = {.subject = view.subject, .kind = view.kind, .record_id = std::string(view.record_id)},
      .version = view.version,
      .recorded_time = view.recorded_time,
      .revision = view.revision,
      .payload = std::string(view.payload)};
}

}  // namespace yilan::storage
