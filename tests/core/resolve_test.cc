// From identifiers to customers.
#include "core/identity/resolve.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "core/identity/own_customers.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kDay = 86400;

class ResolveTest : public CoreTest {
 protected:
  absl::StatusOr<storage::CustomerState> Resolve(const std::string& identifier) {
    return Resolve(Parse<v1::CustomerIdentifier>(identifier));
  }
  absl::StatusOr<storage::CustomerState> Resolve(const v1::CustomerIdentifier& identifier) {
    storage::CustomerState customer;
    const absl::Status status = store_->Read({}, [&](storage::Reader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(customer, ResolveCustomer(reader, identifier, clock_.Now()));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return customer;
  }
  std::vector<storage::CustomerId> Holders(const std::string& identifier, size_t max = 100) {
    std::vector<storage::CustomerId> holders;
    EXPECT_THAT(store_->Read({},
                             [&](storage::Reader& reader) -> absl::Status {
                               ASSIGN_OR_RETURN(
                                   holders,
                                   FindHolders(reader, Parse<v1::CustomerIdentifier>(identifier),
                                               clock_.Now(), max));
                               return absl::OkStatus();
                             }),
                IsOk());
    return holders;
  }
  storage::CustomerId IdOf(const std::string& crm_key) {
    const auto customer =
        Resolve(absl::StrCat("subject { source_system: 'crm' customer_key: '", crm_key, "' }"));
    EXPECT_THAT(customer, IsOk());
    return customer.ok() ? customer->customer : storage::CustomerId();
  }
  // A customer of crm with a phone number.
  void TakeCustomer(const std::string& key, const std::string& phone) {
    Take({absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                       "' event_time { seconds: 1700000000 } } contact_media { "
                       "type: CONTACT_MEDIUM_TYPE_PHONE value: '",
                       phone, "' } }")});
  }
  // A number in use by a customer for a period, in days from kStart; 0 is no limit.
  void TakeNumber(const std::string& customer, const std::string& number, int64_t from,
                  int64_t to) {
    const int64_t start = kStart / 1000000;
    std::string period;
    if (from != 0) absl::StrAppend(&period, "start_time { seconds: ", start + from * kDay, " } ");
    if (to != 0) absl::StrAppend(&period, "end_time { seconds: ", start + to * kDay, " } ");
    const auto results = Take({absl::StrCat(
        "resource { source { source_system: 'crm' key: '", customer, "/", number,
        "' subject { customer_key: '", customer,
        "' } event_time { seconds: 1700000000 } } resource_type: IDENTIFIER_TYPE_MSISDN value: '",
        number, "' valid_period { ", period, "} }")});
    ASSERT_EQ(results[0].outcome(), v1::FACT_OUTCOME_OK) << results[0].DebugString();
  }
  static std::string ByNumber(const std::string& number) {
    return absl::StrCat("typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: '", number, "' }");
  }
  static std::vector<std::string> FieldsOf(const absl::Status& status) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELDS) << status;
    std::vector<std::string> fields;
    for (const Violation& violation : ViolationsOf(status)) fields.push_back(violation.field);
    return fields;
  }
};

TEST_F(ResolveTest, SeveralNumbersInOneFieldAreFoundByEach) {
  Take(
      {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: 1 } } "
       "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000/010-62345678' } }"});
  for (const std::string number : {"+86 138 0013 8000", "01062345678"}) {
    EXPECT_THAT(Holders(absl::StrCat("typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: '",
                                     number, "' }")),
                ElementsAre(IdOf("C1")));
  }
}

TEST_F(ResolveTest, ACustomerIsFoundByIdInAnyCase) {
  TakeCustomer("C1", "13800138000");
  const storage::CustomerId id = IdOf("C1");
  EXPECT_EQ(Resolve(absl::StrCat("customer_id: '", id.ToString(), "'"))->customer, id);
  EXPECT_EQ(
      Resolve(absl::StrCat("customer_id: '", absl::AsciiStrToLower(id.ToString()), "'"))->customer,
      id);
}

TEST_F(ResolveTest, WhatIsNotThereIsCustomerNotFound) {
  for (const std::string& identifier :
       {std::string("customer_id: '00000000000000000000000ABC'"),
        std::string("subject { source_system: 'crm' customer_key: 'nobody' }"),
        std::string("subject { source_system: 'crm' billing_account_key: 'nothing' }"),
        ByNumber("13900139000")}) {
    const auto customer = Resolve(identifier);
    EXPECT_THAT(customer, StatusIs(absl::StatusCode::kNotFound)) << identifier;
    EXPECT_EQ(ReasonOf(customer.status()), v1::ERROR_REASON_CUSTOMER_NOT_FOUND) << identifier;
    EXPECT_THAT(Holders(identifier), IsEmpty()) << identifier;
  }
}

TEST_F(ResolveTest, MalformedIdentifiersNameTheirFields) {
  EXPECT_THAT(FieldsOf(Resolve("").status()), ElementsAre("customer"));
  EXPECT_THAT(FieldsOf(Resolve("customer_id: 'C1'").status()), ElementsAre("customer.customer_id"));
  EXPECT_THAT(FieldsOf(Resolve("subject { customer_key: 'C1' }").status()),
              ElementsAre("customer.subject.source_system"));
  EXPECT_THAT(FieldsOf(Resolve("subject { }").status()),
              ElementsAre("customer.subject.source_system", "customer.subject"));
  EXPECT_THAT(FieldsOf(Resolve("subject { source_system: 'crm' customer_key: '' }").status()),
              ElementsAre("customer.subject"));
  EXPECT_THAT(FieldsOf(Resolve("typed_identifier { value: '1' }").status()),
              ElementsAre("customer.typed_identifier.type"));
  EXPECT_THAT(FieldsOf(Resolve(ByNumber("()")).status()),
              ElementsAre("customer.typed_identifier.value"));
}

TEST_F(ResolveTest, ANumberIsFoundInAnyWayOfWriting) {
  TakeCustomer("C1", "13800138000");
  EXPECT_EQ(Resolve(ByNumber("+86 138-0013-8000"))->customer, IdOf("C1"));
}

TEST_F(ResolveTest, ANumberOfSeveralCustomersIsAmbiguousAndListsThem) {
  TakeCustomer("C1", "13800138000");
  TakeCustomer("C2", "13800138000");
  const auto customer = Resolve(ByNumber("13800138000"));
  EXPECT_THAT(customer, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(customer.status()), v1::ERROR_REASON_AMBIGUOUS_IDENTIFIER);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*customer.status().GetPayload(kErrorInfoUrl))));
  std::vector<std::string> expected = {IdOf("C1").ToString(), IdOf("C2").ToString()};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(info.metadata().at("customer_ids"), absl::StrJoin(expected, ","));
  EXPECT_EQ(Holders(ByNumber("13800138000")).size(), 2u);
}

TEST_F(ResolveTest, AtMostTwentyHoldersAreListed) {
  for (int i = 0; i < 25; ++i) TakeCustomer(absl::StrCat("C", i), "13800138000");
  const auto customer = Resolve(ByNumber("13800138000"));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*customer.status().GetPayload(kErrorInfoUrl))));
  EXPECT_EQ(
      std::vector<std::string>(absl::StrSplit(info.metadata().at("customer_ids"), ',')).size(),
      20u);
  EXPECT_EQ(Holders(ByNumber("13800138000"), 100).size(), 25u);
  EXPECT_EQ(Holders(ByNumber("13800138000"), 7).size(), 7u);
}

TEST_F(ResolveTest, SeveralRecordsOfOneCustomerAreOneHolder) {
  TakeCustomer("C1", "13800138000");
  TakeNumber("C1", "13800138000", 0, 0);
  EXPECT_EQ(Resolve(ByNumber("13800138000"))->customer, IdOf("C1"));
}

TEST_F(ResolveTest, ARecycledNumberBelongsToWhoeverHasItNow) {
  TakeNumber("first", "13800138000", -100, 10);
  TakeNumber("second", "13800138000", 20, 0);
  clock_.Set(kStart);
  EXPECT_EQ(Resolve(ByNumber("13800138000"))->customer, IdOf("first"));
  clock_.Set(kStart + 10 * kDay * 1000000 - 1);
  EXPECT_EQ(Resolve(ByNumber("13800138000"))->customer, IdOf("first"));
  // The end of a period does not belong to it.
  clock_.Set(kStart + 10 * kDay * 1000000);
  EXPECT_EQ(ReasonOf(Resolve(ByNumber("13800138000")).status()),
            v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
  clock_.Set(kStart + 20 * kDay * 1000000);
  EXPECT_EQ(Resolve(ByNumber("13800138000"))->customer, IdOf("second"));
}

TEST_F(ResolveTest, ManyEndedHoldersDoNotHideThePresentOne) {
  for (int i = 0; i < 150; ++i) {
    TakeNumber(absl::StrCat("old", i), "13800138000", -2 * i - 10, -2 * i - 9);
  }
  TakeNumber("now", "13800138000", -1, 0);
  EXPECT_EQ(Resolve(ByNumber("13800138000"))->customer, IdOf("now"));
}

TEST_F(ResolveTest, ARedirectIsFollowedOverSeveralHops) {
  // References of provisional customers take them in, one after the other.
  storage::CustomerId ids[5];
  EXPECT_THAT(store_->Write(
                  {.actor = "test"},
                  [&](storage::Reader&) {
                    storage::WritePlan plan;
                    for (auto& id : ids) {
                      id = ids_.Next<storage::CustomerTag>();
                      plan.customers.push_back(id);
                    }
                    return plan;
                  },
                  [&](storage::Transaction& txn) -> absl::Status {
                    const auto subject = ids_.Next<storage::SubjectTag>();
                    for (int i = 0; i < 5; ++i) {
                      RETURN_IF_ERROR(txn.SetMembers(ids[i], {subject}));
                      if (i > 0) RETURN_IF_ERROR(txn.SetRedirect(ids[i - 1], ids[i]));
                    }
                    return absl::OkStatus();
                  }),
              IsOk());
  for (const storage::CustomerId id : ids) {
    EXPECT_EQ(Resolve(absl::StrCat("customer_id: '", id.ToString(), "'"))->customer, ids[4]);
  }
}

TEST_F(ResolveTest, CustomersOfTheQuarantineAreNotFound) {
  Take({"payment { source { source_system: 'billing' key: 'P' } }"});
  bool there = false;
  for (uint64_t low = 0; low < 20; ++low) {
    const storage::CustomerId id{0, low};
    if (!IsOwnCustomer(id)) continue;
    EXPECT_THAT(store_->Read({},
                             [&](storage::Reader& reader) {
                               there |= reader.GetCustomer(id).ok();
                               return absl::OkStatus();
                             }),
                IsOk());
    EXPECT_EQ(ReasonOf(Resolve(absl::StrCat("customer_id: '", id.ToString(), "'")).status()),
              v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
  }
  EXPECT_TRUE(there);
}

}  // namespace
}  // namespace yilan::core
