// A core with facts about customers of crm, and a store that counts what is read.
#ifndef YILAN_TESTS_CORE_VIEW_FIXTURE_H_
#define YILAN_TESTS_CORE_VIEW_FIXTURE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/views/views.h"
#include "tests/core/core_fixture.h"
#include "tests/core/forwarding_store.h"

namespace yilan::core {

// Counts what is read.
class CountingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                       const storage::CustomerRef& ref,
                                                       const storage::LoadOptions& options,
                                                       storage::RecordVisitor visit) override {
    ++loads;
    return ForwardingStore::LoadCustomer(call, ref, options,
                                         [&](const storage::RecordView& record) {
                                           ++visited[record.kind];
                                           return visit(record);
                                         });
  }

  int loads = 0;
  std::map<storage::Kind, int> visited;
};

class ViewsTest : public CoreTest {
 protected:
  static constexpr int64_t kStartSeconds = kStart / 1000000;

  void TakeAll(const std::vector<std::string>& facts) {
    for (const v1::FactResult& result : Take(facts)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
    }
  }
  static std::string Source(const std::string& system, const std::string& key, int64_t time,
                            const std::string& customer) {
    return absl::StrCat("source { source_system: '", system, "' key: '", key, "' subject { ",
                        "source_system: 'crm' customer_key: '", customer,
                        "' } event_time { seconds: ", time, " } }");
  }
  // A bill on account A of a customer of crm.
  static std::string Bill(const std::string& key, int64_t time, int64_t amount,
                          const std::string& customer = "C1", const std::string& more = "") {
    return absl::StrCat("customer_bill { ", Source("billing", key, time, customer),
                        " billing_account_key: 'A' amount { currency_code: 'CNY' minor_units: ",
                        amount, " } ", more, " }");
  }
  static std::string Due(int64_t seconds) {
    return absl::StrCat("due_time { seconds: ", seconds, " }");
  }
  static std::string Crm(const std::string& key, const std::string& fields) {
    return absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: 1700000000 } } ", fields, " }");
  }
  static std::string ByCrm(const std::string& key) {
    return absl::StrCat("subject { source_system: 'crm' customer_key: '", key, "' }");
  }

  static v1::GetCustomerViewRequest Request(const std::string& customer,
                                            const std::string& options = "") {
    return Parse<v1::GetCustomerViewRequest>(
        absl::StrCat("customer { ", customer, " } options { ", options, " }"));
  }
  static absl::StatusOr<v1::CustomerView> Parsed(const absl::StatusOr<SharedBytes>& bytes) {
    if (!bytes.ok()) return bytes.status();
    v1::GetCustomerViewResponse response;
    EXPECT_TRUE(response.ParseFromString(**bytes));
    return response.customer_view();
  }
  absl::StatusOr<v1::CustomerView> View(const std::string& customer,
                                        const std::string& options = "") {
    return Parsed(platform_.views.Get(call_, Request(customer, options)));
  }
  // By its id, so that TryGet goes the short way.
  std::string IdOf(const std::string& crm_key) {
    return absl::StrCat("customer_id: '",
                        View(ByCrm(crm_key), "section_mask { paths: 'etag' }")->customer_id(), "'");
  }
  template <typename Facts>
  static std::vector<std::string> Keys(const Facts& facts) {
    std::vector<std::string> keys;
    for (const auto& fact : facts) keys.push_back(fact.source().key());
    return keys;
  }
};

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_VIEW_FIXTURE_H_
