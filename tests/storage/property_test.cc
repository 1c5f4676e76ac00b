// Tests of the model-based test: the model is what the contract says, and a defect is found and
// shrunk to what shows it.
#include <algorithm>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "storage/memory/memory_store.h"
#include "tests/storage/conformance.h"
#include "tests/storage/model_store.h"
#include "tests/storage/property.h"

namespace yilan::storage {
namespace {

Backend Model() {
  return {.name = "Model", .open = [](const std::string&) { return NewModelStore(); }};
}

INSTANTIATE_TEST_SUITE_P(Model, Conformance, ::testing::Values(Model()), BackendName);

// A store with a defect; each test plants its own.
class DefectiveStore : public RecordStore {
 public:
  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override {
    return store_->LoadCustomer(call, ref, options, visit);
  }
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override {
    return store_->Read(call, body);
  }
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override {
    return store_->Write(options, plan, body);
  }
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override {
    return store_->Changes(call, partition, after, max);
  }
  absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) override {
    return store_->TrimChanges(call, partition, through);
  }
  absl::Status TrimRequests(const CallOptions& call, TimeMicros before) override {
    return store_->TrimRequests(call, before);
  }
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override {
    return store_->ListCustomers(call, after, max);
  }
  absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) override {
    return store_->GetStatistics(call);
  }
  absl::Status Export(const CallOptions& call,
                      absl::FunctionRef<absl::Status(const ExportEntry&)> visit) override {
    return store_->Export(call, visit);
  }
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override {
    return store_->ReadBulk(call, body);
  }
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override {
    return store_->Import(call, entries);
  }
  absl::Status CheckReady(const CallOptions& call) override { return store_->CheckReady(call); }

 private:
  const std::unique_ptr<RecordStore> store_ = NewMemoryStore();
};

// Lists no customer that lost its members.
class ForgetsEmptyCustomers final : public DefectiveStore {
 public:
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override {
    auto customers = DefectiveStore::ListCustomers(call, after, max);
    if (customers.ok()) {
      std::erase_if(*customers, [](const CustomerState& state) { return state.members.empty(); });
    }
    return customers;
  }
};

// Loads at most 20 records of a customer.
class LoadsTooLittle final : public DefectiveStore {
 public:
  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override {
    int left = 20;
    return DefectiveStore::LoadCustomer(call, ref, options, [&](const RecordView& view) {
      return left-- > 0 ? visit(view) : absl::OkStatus();
    });
  }
};

// The sizes of what a defect is shrunk to: steps, and actions in them.
template <typename Store>
std::pair<size_t, size_t> ShrunkSize() {
  const Backend backend = {.name = "Defective",
                           .open = [](const std::string&) { return std::make_unique<Store>(); }};
  const auto find = [&](const Sequence& each) { return FindDifference(backend, each); };
  for (uint64_t seed = 1; seed < 200; ++seed) {
    const Sequence sequence = GenerateSequence(seed);
    if (!find(sequence).has_value()) continue;
    const Sequence shrunk = Shrink(sequence, absl::Now() + absl::Minutes(1), find);
    EXPECT_TRUE(find(shrunk).has_value());
    size_t actions = 0;
    for (const Step& step : shrunk) actions += step.actions.size();
    return {shrunk.size(), actions};
  }
  ADD_FAILURE() << "the defect was not found";
  return {};
}

TEST(Property, ADefectIsShrunkToTheStepsThatShowIt) {
  // Two customers, a move, and the list.
  const auto [steps, actions] = ShrunkSize<ForgetsEmptyCustomers>();
  EXPECT_LE(steps, 3u);
  EXPECT_LE(actions, 4u);
}

TEST(Property, ADefectThatNeedsManyRecordsIsShrunkToThem) {
  // 21 records and the subject's customer; in how many writes does not matter.
  EXPECT_LE(ShrunkSize<LoadsTooLittle>().second, 24u);
}

TEST(Property, ASeedGivesTheSameSequenceEachTime) {
  EXPECT_EQ(Describe(GenerateSequence(7)), Describe(GenerateSequence(7)));
  EXPECT_NE(Describe(GenerateSequence(7)), Describe(GenerateSequence(8)));
}

}  // namespace
}  // namespace yilan::storage
