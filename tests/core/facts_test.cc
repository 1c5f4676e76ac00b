// Single writes: versions, deletion, request ids, etags and masks.
#include <string>

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"
#include "tests/core/core_fixture.h"

namespace yilan::core {
namespace {

using FactsTest = CoreTest;

v1::UpsertCustomerBillRequest Bill(const std::string& request_id, int64_t amount, int version,
                                   const std::string& more = "") {
  return Parse<v1::UpsertCustomerBillRequest>(absl::StrCat(
      "request_id: '", request_id, "' customer_bill { source { source_system: 'billing' key: 'B1' ",
      "subject { customer_key: 'C1' } event_time { seconds: ", 1700000000 + version, " } version: ",
      version, " } amount { currency_code: 'CNY' minor_units: ", amount, " } ", more, " }"));
}

TEST_F(FactsTest, AFactThatComesBeforeItsCustomerIsVisibleAtOnce) {
  const auto written = Upsert(Bill(NewRequestId(), 100, 1));
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->result().outcome(), v1::WRITE_OUTCOME_CREATED);
  EXPECT_EQ(written->customer_bill().etag(), "r1");
  const auto view = ViewOf("subject { source_system: 'billing' customer_key: 'C1' }");
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->customer_id(), written->result().customer_id());
  EXPECT_EQ(view->etag(), written->result().customer_etag());
  ASSERT_EQ(view->customer_bills_size(), 1);
  EXPECT_EQ(view->customer_bills(0).amount().minor_units(), 100);
  EXPECT_EQ(view->totals().balances(0).balance_due().minor_units(), 100);
}

TEST_F(FactsTest, TheSameVersionAgainIsADuplicateAndChangesNothing) {
  const auto first = Upsert(Bill(NewRequestId(), 100, 1));
  clock_.Advance(absl::Hours(1));
  const auto again = Upsert(Bill(NewRequestId(), 100, 1));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->result().outcome(), v1::WRITE_OUTCOME_DUPLICATE);
  EXPECT_EQ(again->customer_bill().SerializeAsString(), first->customer_bill().SerializeAsString());
  EXPECT_EQ(again->result().customer_etag(), first->result().customer_etag());
}

TEST_F(FactsTest, TheSameVersionWithAnotherBodyIsAConflict) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  const auto other = Upsert(Bill(NewRequestId(), 200, 1));
  EXPECT_EQ(other.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(other.status()), v1::ERROR_REASON_VERSION_CONFLICT);
}

TEST_F(FactsTest, ANewerVersionReplacesAndTheTotalsFollow) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  const auto newer = Upsert(Bill(NewRequestId(), 250, 2));
  ASSERT_TRUE(newer.ok()) << newer.status();
  EXPECT_EQ(newer->result().outcome(), v1::WRITE_OUTCOME_UPDATED);
  const auto view = ViewOf("subject { source_system: 'billing' customer_key: 'C1' }");
  ASSERT_EQ(view->customer_bills_size(), 1);
  EXPECT_EQ(view->totals().balances(0).balance_due().minor_units(), 250);
  EXPECT_EQ(view->totals().fact_counts(0).count(), 1);
}

TEST_F(FactsTest, AnOlderVersionGoesToHistoryAndIsADuplicateThereToo) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 250, 2)).ok());
  const auto late = Upsert(Bill(NewRequestId(), 100, 1));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->result().outcome(), v1::WRITE_OUTCOME_SUPERSEDED);
  EXPECT_EQ(late->customer_bill().amount().minor_units(), 250);  // The current one.
  EXPECT_EQ(Upsert(Bill(NewRequestId(), 100, 1))->result().outcome(), v1::WRITE_OUTCOME_DUPLICATE);
  EXPECT_EQ(ReasonOf(Upsert(Bill(NewRequestId(), 101, 1)).status()),
            v1::ERROR_REASON_VERSION_CONFLICT);
}

TEST_F(FactsTest, WithoutAnEventTimeTheSameBodyAgainIsADuplicate) {
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 100, 0);
  request.mutable_customer_bill()->mutable_source()->clear_event_time();
  ASSERT_TRUE(Upsert(request).ok());
  clock_.Advance(absl::Hours(1));
  request.set_request_id(NewRequestId());
  EXPECT_EQ(Upsert(request)->result().outcome(), v1::WRITE_OUTCOME_DUPLICATE);
  request.set_request_id(NewRequestId());
  request.mutable_customer_bill()->set_bill_number("2026-7");
  EXPECT_EQ(Upsert(request)->result().outcome(), v1::WRITE_OUTCOME_UPDATED);
}

TEST_F(FactsTest, AReplayedRequestGetsTheFirstAnswer) {
  const std::string id = NewRequestId();
  const auto first = Upsert(Bill(id, 100, 1));
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 200, 2)).ok());
  const auto replay = Upsert(Bill(id, 100, 1));
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_EQ(replay->SerializeAsString(), first->SerializeAsString());
}

TEST_F(FactsTest, ARequestIdBelongsToOneRequestOfOneClient) {
  const std::string id = NewRequestId();
  ASSERT_TRUE(Upsert(Bill(id, 100, 1)).ok());
  const auto reused = Upsert(Bill(id, 200, 2));
  EXPECT_EQ(reused.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(reused.status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
  call_.client = "another";
  EXPECT_TRUE(Upsert(Bill(id, 200, 2)).ok());
}

TEST_F(FactsTest, ValidateOnlyChecksEverythingAndWritesNothing) {
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 100, 1);
  request.set_validate_only(true);
  const auto validated = Upsert(request);
  ASSERT_TRUE(validated.ok()) << validated.status();
  EXPECT_EQ(validated->result().outcome(), v1::WRITE_OUTCOME_VALIDATED);
  EXPECT_EQ(validated->result().customer_id(), "");
  EXPECT_EQ(store_->GetStatistics({})->customers, 0u);
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  request.mutable_customer_bill()->mutable_amount()->set_minor_units(1);
  EXPECT_EQ(ReasonOf(Upsert(request).status()), v1::ERROR_REASON_VERSION_CONFLICT);
}

TEST_F(FactsTest, AnEtagThatIsNotTheStoredOneStopsTheWrite) {
  const auto first = Upsert(Bill(NewRequestId(), 100, 1));
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 200, 2);
  request.set_etag(first->customer_bill().etag());
  ASSERT_TRUE(Upsert(request).ok());
  request = Bill(NewRequestId(), 300, 3);
  request.set_etag(first->customer_bill().etag());
  EXPECT_EQ(ReasonOf(Upsert(request).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  request.set_etag("no etag");
  EXPECT_EQ(ReasonOf(Upsert(request).status()), v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_F(FactsTest, AMaskWritesTheNamedFieldsOnly) {
  ASSERT_TRUE(
      Upsert(Bill(NewRequestId(), 100, 1, "bill_number: 'one' state: CUSTOMER_BILL_STATE_NEW"))
          .ok());
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 999, 2, "bill_number: 'two'");
  request.mutable_update_mask()->add_paths("bill_number");
  const auto written = Upsert(request);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->customer_bill().bill_number(), "two");
  EXPECT_EQ(written->customer_bill().amount().minor_units(), 100);
  EXPECT_EQ(written->customer_bill().state(), v1::CUSTOMER_BILL_STATE_NEW);
}

TEST_F(FactsTest, AMaskWithAnUnknownPathIsRefused) {
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 100, 1);
  request.mutable_update_mask()->add_paths("amuont");
  const auto written = Upsert(request);
  EXPECT_EQ(written.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ViolationsOf(written.status()).front().field, "update_mask");
}

TEST_F(FactsTest, AMaskedFieldIsCheckedAsPartOfTheWhole) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1,
                          "lines { amount { currency_code: 'CNY' minor_units: 100 } }"))
                  .ok());
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 150, 2);
  request.mutable_update_mask()->add_paths("amount");
  EXPECT_EQ(ViolationsOf(Upsert(request).status()).front().field, "customer_bill.lines");
}

TEST_F(FactsTest, ABillWhoseLinesDoNotAddUpIsRejected) {
  const auto written = Upsert(Bill(NewRequestId(), 100, 1,
                                   "lines { amount { currency_code: 'CNY' minor_units: 60 } } "
                                   "lines { amount { currency_code: 'USD' minor_units: 30 } }"));
  EXPECT_EQ(written.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ViolationsOf(written.status()).size(), 2u);
}

TEST_F(FactsTest, ADeletedFactLeavesTheViewAndItsVersionsStayInHistory) {
  const auto bill = Upsert(Bill(NewRequestId(), 100, 1));
  const auto gone = Delete(Parse<v1::DeleteCustomerBillRequest>(
      absl::StrCat("request_id: '", NewRequestId(), "' source_system: 'billing' key: 'B1'")));
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_EQ(gone->result().outcome(), v1::WRITE_OUTCOME_DELETED);
  const auto view = ViewOf(absl::StrCat("customer_id: '", bill->result().customer_id(), "'"));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->customer_bills_size(), 0);
  EXPECT_EQ(view->totals().fact_counts_size(), 0);

  int versions = 0;
  int deletions = 0;
  ASSERT_TRUE(store_
                  ->Read({},
                         [&](storage::Reader& reader) -> absl::Status {
                           v1::SubjectReference subject;
                           subject.set_source_system("billing");
                           subject.set_customer_key("C1");
                           const auto holder = reader.FindByKey(SubjectKey(subject));
                           return reader.ScanHistory(
                               holder->subject, v1::Fact::kCustomerBill, FactId("billing", "B1"),
                               [&](const storage::HistoryEntry& entry) -> absl::Status {
                                 ++(entry.deletion ? deletions : versions);
                                 return absl::OkStatus();
                               });
                         })
                  .ok());
  EXPECT_EQ(versions, 1);
  EXPECT_EQ(deletions, 1);
}

TEST_F(FactsTest, ADeletedBillingAccountStillLeadsToItsHolder) {
  const auto account = Upsert(Parse<v1::UpsertBillingAccountRequest>(absl::StrCat(
      "request_id: '", NewRequestId(),
      "' billing_account { source { source_system: 'billing' key: 'A1' "
      "subject { source_system: 'crm' customer_key: 'C1' } event_time { seconds: 1 } } }")));
  ASSERT_TRUE(account.ok()) << account.status();
  v1::DeleteBillingAccountResponse gone;
  EXPECT_TRUE(
      platform_.facts
          .Delete(call_,
                  Parse<v1::DeleteBillingAccountRequest>(absl::StrCat(
                      "request_id: '", NewRequestId(), "' source_system: 'billing' key: 'A1'")),
                  gone)
          .ok());
  const auto bill = Upsert(Parse<v1::UpsertCustomerBillRequest>(absl::StrCat(
      "request_id: '", NewRequestId(),
      "' customer_bill { source { source_system: 'billing' key: 'B1' event_time { seconds: 2 } } "
      "billing_account_key: 'A1' amount { currency_code: 'CNY' minor_units: 5 } }")));
  ASSERT_TRUE(bill.ok()) << bill.status();
  EXPECT_EQ(bill->result().customer_id(), account->result().customer_id());
}

TEST_F(FactsTest, AnOlderVersionDoesNotBringADeletedFactBackAndANewerOneDoes) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 2)).ok());
  const std::string deletion =
      "source_system: 'billing' key: 'B1' event_time { seconds: 1700000005 }";
  ASSERT_TRUE(Delete(Parse<v1::DeleteCustomerBillRequest>(
                         absl::StrCat("request_id: '", NewRequestId(), "' ", deletion)))
                  .ok());
  EXPECT_EQ(Upsert(Bill(NewRequestId(), 90, 1))->result().outcome(), v1::WRITE_OUTCOME_SUPERSEDED);
  EXPECT_EQ(Upsert(Bill(NewRequestId(), 90, 4))->result().outcome(), v1::WRITE_OUTCOME_SUPERSEDED);
  const auto again = Upsert(Bill(NewRequestId(), 300, 9));
  EXPECT_EQ(again->result().outcome(), v1::WRITE_OUTCOME_CREATED);
  EXPECT_EQ(ViewOf("subject { source_system: 'billing' customer_key: 'C1' }")
                ->totals()
                .balances(0)
                .balance_due()
                .minor_units(),
            300);
}

TEST_F(FactsTest, DeletingWhatIsNotThereIsNotFound) {
  const auto request = [&] {
    return Parse<v1::DeleteCustomerBillRequest>(
        absl::StrCat("request_id: '", NewRequestId(), "' source_system: 'billing' key: 'B1'"));
  };
  EXPECT_EQ(ReasonOf(Delete(request()).status()), v1::ERROR_REASON_FACT_NOT_FOUND);
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  ASSERT_TRUE(Delete(request()).ok());
  EXPECT_EQ(ReasonOf(Delete(request()).status()), v1::ERROR_REASON_FACT_NOT_FOUND);
}

TEST_F(FactsTest, AFactThatMovesToAnotherSubjectLeavesTheFirst) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 100, 2);
  request.mutable_customer_bill()->mutable_source()->mutable_subject()->set_customer_key("C2");
  ASSERT_TRUE(Upsert(request).ok());
  EXPECT_EQ(
      ViewOf("subject { source_system: 'billing' customer_key: 'C1' }")->customer_bills_size(), 0);
  EXPECT_EQ(
      ViewOf("subject { source_system: 'billing' customer_key: 'C1' }")->totals().balances_size(),
      0);
  EXPECT_EQ(
      ViewOf("subject { source_system: 'billing' customer_key: 'C2' }")->customer_bills_size(), 1);
}

TEST_F(FactsTest, AFactWithoutSubjectIsRefusedUnlessItIsStored) {
  v1::UpsertCustomerBillRequest request = Bill(NewRequestId(), 100, 1);
  request.mutable_customer_bill()->mutable_source()->clear_subject();
  EXPECT_EQ(ViolationsOf(Upsert(request).status()).front().field, "customer_bill.source.subject");
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  request = Bill(NewRequestId(), 200, 2);
  request.mutable_customer_bill()->mutable_source()->clear_subject();
  const auto written = Upsert(request);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->result().outcome(), v1::WRITE_OUTCOME_UPDATED);
}

TEST_F(FactsTest, IdentifiersThatSayNothingAreNotIndexed) {
  ASSERT_EQ(
      Take(
          {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: 1 } } "
           "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '-' } }",
           "resource { source { source_system: 'network' key: 'R1' event_time { seconds: 1 } "
           "subject { customer_key: 'N1' } } resource_type: IDENTIFIER_TYPE_STB_SERIAL value: '-' "
           "}",
           "billing_account { source { source_system: 'billing' key: '7' event_time { seconds: 1 } "
           "} account_number: ' ' }"})[0]
          .outcome(),
      v1::FACT_OUTCOME_OK);
  size_t terms = 0;
  ASSERT_TRUE(store_
                  ->Read({},
                         [&](storage::Reader& reader) -> absl::Status {
                           storage::TermCursor cursor;
                           const auto entries = reader.FindByTerm("", "", cursor, 100);
                           if (entries.ok()) terms = entries->size();
                           return entries.status();
                         })
                  .ok());
  EXPECT_EQ(terms, 0u);
}

TEST_F(FactsTest, GetAndListShowWhatIsStored) {
  ASSERT_TRUE(Upsert(Bill(NewRequestId(), 100, 1)).ok());
  const auto got = Call<v1::GetCustomerBillResponse>(
      &Facts::Get, Parse<v1::GetCustomerBillRequest>("source_system: 'billing' key: 'B1'"));
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->customer_bill().amount().minor_units(), 100);
  const auto listed = Call<v1::ListCustomerBillsResponse>(
      &Facts::List, Parse<v1::ListCustomerBillsRequest>(
                        "customer { subject { source_system: 'billing' customer_key: 'C1' } }"));
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->customer_bills_size(), 1);
  EXPECT_EQ(listed->customer_bills(0).SerializeAsString(),
            got->customer_bill().SerializeAsString());
  EXPECT_EQ(ReasonOf(Call<v1::GetCustomerBillResponse>(
                         &Facts::Get,
                         Parse<v1::GetCustomerBillRequest>("source_system: 'billing' key: 'B2'"))
                         .status()),
            v1::ERROR_REASON_FACT_NOT_FOUND);
}

TEST_F(FactsTest, EveryWriteIsInTheChangeFeedWithItsActorAndRequest) {
  const std::string id = NewRequestId();
  const auto written = Upsert(Bill(id, 100, 1));
  const auto customer = storage::CustomerId::FromString(written->result().customer_id());
  const auto page = store_->Changes({}, storage::FeedPartitionOf(*customer), 0, 10);
  ASSERT_EQ(page->changes.size(), 1u);
  EXPECT_EQ(page->changes[0].actor, "test");
  EXPECT_EQ(page->changes[0].request_id, id);
  EXPECT_EQ(page->changes[0].customer, *customer);
}

}  // namespace
}  // namespace yilan::core
