// Customers: many looked up at once.
#include <optional>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using States = std::vector<std::optional<CustomerState>>;

States CustomersOf(Reader& reader, const std::vector<CustomerRef>& refs) {
  absl::StatusOr<States> states = reader.GetCustomers(refs);
  EXPECT_THAT(states, IsOk());
  if (!states.ok()) return {};
  EXPECT_EQ(states->size(), refs.size());
  return *std::move(states);
}

// What asking for one after the other gives.
States OneByOne(Reader& reader, const std::vector<CustomerRef>& refs) {
  States states;
  for (const CustomerRef& ref : refs) {
    absl::StatusOr<CustomerState> state = reader.GetCustomer(ref);
    if (!absl::IsNotFound(state.status())) {
      EXPECT_THAT(state, IsOk());
    }
    states.push_back(state.ok() ? std::optional(*std::move(state)) : std::nullopt);
  }
  return states;
}

TEST_P(Conformance, ManyCustomersAreFoundByTheirIdsAndByTheirSubjects) {
  Create(Customer(1), {Subject(1), Subject(2)});
  Create(Customer(2), {Subject(3)});
  ASSERT_THAT(Put(Customer(2), MakeRecord(Subject(3), "a")), IsOk());
  const CustomerState first = {
      .customer = Customer(1), .revision = 1, .members = {Subject(1), Subject(2)}};
  const CustomerState second = {.customer = Customer(2), .revision = 2, .members = {Subject(3)}};
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(CustomersOf(reader, {Subject(3), Customer(1), Subject(2)}),
                            ElementsAre(second, first, first));
                EXPECT_THAT(CustomersOf(reader, {Subject(1)}), ElementsAre(first));
                EXPECT_THAT(CustomersOf(reader, {Customer(2)}), ElementsAre(second));
                EXPECT_THAT(CustomersOf(reader, {}), IsEmpty());
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, WhoeverNeverWasIsNothingAmongManyCustomers) {
  Create(Customer(1), {Subject(1)});
  EXPECT_THAT(Read([&](Reader& reader) {
                // A customer and a subject of the same bytes are not the same.
                const States states = CustomersOf(
                    reader, {Customer(2), Subject(1), Subject(2), CustomerId{.high = 11, .low = 1},
                             SubjectId{.high = 7, .low = 1}, Customer(1), Subject(2)});
                std::vector<bool> there;
                for (const auto& state : states) there.push_back(state.has_value());
                EXPECT_THAT(there, ElementsAre(false, true, false, false, false, true, false));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ACustomerWithoutMembersIsFoundAmongManyWithItsRedirect) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(1), {Subject(1), Subject(2)}));
                      return txn.SetRedirect(Customer(2), Customer(1));
                    }),
              IsOk());
  EXPECT_THAT(
      Read([&](Reader& reader) {
        EXPECT_THAT(
            CustomersOf(reader, {Customer(2), Subject(2)}),
            ElementsAre(
                CustomerState{.customer = Customer(2), .revision = 2, .redirect = Customer(1)},
                CustomerState{
                    .customer = Customer(1), .revision = 2, .members = {Subject(1), Subject(2)}}));
        return absl::OkStatus();
      }),
      IsOk());
}

TEST_P(Conformance, ManyCustomersMayBeVeryManyAndHaveVeryManyMembers) {
  constexpr uint64_t kCustomers = 300;
  const CustomerId largest = Customer(kCustomers + 1);
  WritePlan plan;
  for (uint64_t n = 1; n <= kCustomers; ++n) plan.customers.push_back(Customer(n));
  ASSERT_THAT(Write(plan,
                    [&](Transaction& txn) {
                      for (uint64_t n = 1; n <= kCustomers; ++n) {
                        RETURN_IF_ERROR(txn.SetMembers(Customer(n), {Subject(n)}));
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  std::vector<SubjectId> members;
  for (uint64_t n = 1; n <= kMaxMembers; ++n) members.push_back(Subject(kCustomers + n));
  Create(largest, members);
  std::vector<CustomerRef> refs;
  for (uint64_t n = 1; n <= 2 * kCustomers; ++n) {
    refs.emplace_back(Subject(n));
    if (n % 3 == 0) refs.emplace_back(Customer(n));
  }
  EXPECT_THAT(Read([&](Reader& reader) {
                const States states = CustomersOf(reader, refs);
                EXPECT_TRUE(states == OneByOne(reader, refs));
                EXPECT_EQ(states.back(), std::nullopt);
                return absl::OkStatus();
              }),
              IsOk());
  // And by a reader that has not met any of them.
  EXPECT_THAT(Read([&](Reader& reader) {
                const States states =
                    CustomersOf(reader, {Subject(kCustomers + 1), largest, Subject(7),
                                         Subject(kCustomers + kMaxMembers)});
                if (states.size() != 4) return absl::InternalError("not one for each");
                for (const size_t i : {0, 1, 3}) {
                  EXPECT_TRUE(states[i].has_value() && states[i]->members == members) << i;
                }
                EXPECT_TRUE(states[2].has_value() && states[2]->customer == Customer(7));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ATransactionFindsWhatItMadeOfManyCustomers) {
  Create(Customer(1), {Subject(1), Subject(2)});
  Create(Customer(4), {Subject(4)});
  Create(Customer(5), {Subject(5)});
  ASSERT_THAT(Write({Customer(1), Customer(2), Customer(3), Customer(5)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      std::vector<CustomerRef> refs = {Subject(9), Customer(9)};
                      for (uint64_t n = 1; n <= 5; ++n) {
                        refs.emplace_back(Subject(n));
                        refs.emplace_back(Customer(n));
                      }
                      EXPECT_EQ(CustomersOf(txn, refs), OneByOne(txn, refs));
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(3), Subject(2)}));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(5), "a")));
                      const CustomerState left = {
                          .customer = Customer(1), .revision = 2, .members = {Subject(1)}};
                      const CustomerState made = {.customer = Customer(2),
                                                  .revision = 2,
                                                  .members = {Subject(2), Subject(3)}};
                      // Of the plan but not made, not of the plan, and only written to.
                      const CustomerState other = {
                          .customer = Customer(4), .revision = 1, .members = {Subject(4)}};
                      const CustomerState written = {
                          .customer = Customer(5), .revision = 2, .members = {Subject(5)}};
                      EXPECT_THAT(CustomersOf(txn, refs),
                                  ElementsAre(std::nullopt, std::nullopt, left, left, made, made,
                                              made, std::nullopt, other, other, written, written));
                      return absl::OkStatus();
                    }),
              IsOk());
}

}  // namespace
}  // namespace yilan::storage
