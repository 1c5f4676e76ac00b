// The conformance suite of storage/record_store.h: what every backend must do, as gtest TEST_Ps in
// a library that a backend of somebody else's can link as well.
//
// A backend's test is one small file, linked with the CMake target yilan_storage_conformance:
//
//   #include "tests/storage/conformance.h"
//   namespace yilan::storage {
//   Backend Mine() {
//     return {.name = "Mine",
//             .open = [](const std::string& directory) { return MyStore::Open(directory); },
//             .durable = true};
//   }
//   INSTANTIATE_TEST_SUITE_P(Mine, Conformance, ::testing::Values(Mine()), BackendName);
//   INSTANTIATE_TEST_SUITE_P(Mine, DurableConformance, ::testing::Values(Mine()), BackendName);
//   }
//
// Random tests print their seed; YILAN_SEED=n replays one. YILAN_SOAK_SECONDS=n makes the
// model-based test run that long instead of a few seconds.
#ifndef YILAN_TESTS_STORAGE_CONFORMANCE_H_
#define YILAN_TESTS_STORAGE_CONFORMANCE_H_

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "storage/record.h"
#include "storage/record_store.h"

namespace yilan::storage {

// How the suite gets stores of one backend.
struct Backend {
  std::string name;  // Letters and digits, for the names of tests.

  // Opens the store of `directory`, an existing directory that is empty at first. Stores of
  // different directories have nothing in common. A backend that lives elsewhere derives from the
  // path a name for what it makes there. Called from one thread.
  std::function<absl::StatusOr<std::unique_ptr<RecordStore>>(const std::string& directory)> open;

  // What was committed is there when the store is destroyed and the same directory opened again.
  bool durable = false;
};

// Names the parameter of a test.
std::string BackendName(const ::testing::TestParamInfo<Backend>& info);

// One test with an empty store of its own. The helpers fail the test when something fails that the
// test is not about; those that return a status leave it to the test.
class Conformance : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override;
  void TearDown() override;

  RecordStore& store() { return *store_; }
  // Another empty store of the same backend; it must not outlive the test.
  std::unique_ptr<RecordStore> OpenAnother();
  // Destroys the store and opens its directory again.
  void Reopen();

  // Names of things, the same for the same `n` (from 1 on) and in order of `n`. Customers n and
  // n + 16 share a feed partition.
  static CustomerId Customer(uint64_t n) { return {.high = 7, .low = n}; }
  static SubjectId Subject(uint64_t n) { return {.high = 11, .low = n}; }

  // A write that plans `customers` and `keys` and runs `body`.
  absl::Status Write(std::initializer_list<CustomerId> customers,
                     std::initializer_list<std::string> keys,
                     absl::FunctionRef<absl::Status(Transaction&)> body);
  absl::Status Write(const WritePlan& plan, absl::FunctionRef<absl::Status(Transaction&)> body);
  absl::Status Read(absl::FunctionRef<absl::Status(Reader&)> body);
  absl::Status SetMembers(CustomerId customer, std::vector<SubjectId> members);
  // SetMembers that must succeed, before the test proper.
  void Create(CustomerId customer, std::vector<SubjectId> members);
  // Puts one record of `customer`, its keys planned.
  absl::Status Put(CustomerId customer, const Record& record, Precondition precondition = Any());
  absl::Status Delete(CustomerId customer, const RecordKey& key, Precondition precondition = Any());

  absl::StatusOr<Record> Get(const RecordKey& key);
  absl::StatusOr<RecordKey> FindByKey(const std::string& key);
  absl::StatusOr<CustomerState> GetCustomer(const CustomerRef& ref);
  // 0 when there is no such customer.
  Revision RevisionOf(CustomerId customer);
  // All entries of terms in [first, limit).
  std::vector<TermEntry> Terms(absl::string_view first, absl::string_view limit);
  // The records that LoadCustomer visits.
  std::vector<Record> Load(const CustomerRef& ref, const LoadOptions& options = {});
  std::vector<Change> AllChanges(int partition);

 private:
  std::unique_ptr<RecordStore> Open(const std::string& directory);

  std::string root_;
  int stores_ = 0;
  std::unique_ptr<RecordStore> store_;
};

// Tests of what a durable backend must do besides.
class DurableConformance : public Conformance {};

// Everything in the store, in the order of Export.
std::vector<ExportEntry> ExportAll(RecordStore& store);

// The ids of the records in a range.
std::vector<std::string> ScanIds(Reader& reader, const Range& range);
// Ids, keys and terms that are easily taken for one another, in bytewise order.
std::vector<std::string> TrickyNames();

// A record of kind 1 with the given id and payload; change what the test is about.
Record MakeRecord(SubjectId subject, absl::string_view record_id, absl::string_view payload = "");
// What a visitor saw; keys and terms are empty.
Record RecordFromView(const RecordView& view);

}  // namespace yilan::storage

#endif  // YILAN_TESTS_STORAGE_CONFORMANCE_H_
