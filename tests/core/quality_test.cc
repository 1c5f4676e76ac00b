// The quality scorecard: what it counts, and how it is computed and kept.
#include "core/quality/quality.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/check/check.h"
#include "core/facts/keys.h"
#include "core/identity/own_customers.h"
#include "core/quality/scorecard.h"
#include "gmock/gmock.h"
#include "tests/core/forwarding_store.h"
#include "tests/core/view_fixture.h"
#include "tests/error_reason.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::HasSubstr;
using testing::Not;

class QualityTest : public ViewsTest {
 protected:
  static bool NoPause(absl::Duration, int64_t) { return true; }
  v1::QualityScorecard Scan(const QualityScanOptions& options = {}) {
    const auto scorecard = ScanQuality(*store_, clock_.Now(), options, NoPause);
    EXPECT_THAT(scorecard.status(), IsOk());
    return *scorecard;
  }
  static const v1::FactQuality& Facts(const v1::QualityScorecard& scorecard,
                                      const std::string& system,
                                      const std::string& type = "source_record") {
    for (const v1::SourceQuality& source : scorecard.sources()) {
      for (const v1::FactQuality& facts : source.facts()) {
        if (source.source_system() == system && facts.fact_type() == type) return facts;
      }
    }
    ADD_FAILURE() << "no " << type << " of " << system;
    return v1::FactQuality::default_instance();
  }
  static const v1::FieldQuality& Field(const v1::FactQuality& facts, const std::string& name) {
    for (const v1::FieldQuality& field : facts.fields()) {
      if (field.field() == name) return field;
    }
    ADD_FAILURE() << "no field " << name;
    return v1::FieldQuality::default_instance();
  }
  static std::string Phone(const std::string& number, const std::string& period = "") {
    return absl::StrCat("contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '", number, "' ",
                        period, " } ");
  }

  absl::StatusOr<v1::QualityComputation> Compute(Quality& quality, const std::string& request_id) {
    v1::ComputeQualityScorecardRequest request;
    request.set_request_id(request_id);
    v1::ComputeQualityScorecardResponse response;
    const absl::Status status = quality.Compute(call_, request, response);
    if (!status.ok()) return status;
    return response.quality_computation();
  }
  v1::GetQualityScorecardResponse Get(Quality& quality) {
    v1::GetQualityScorecardResponse response;
    EXPECT_THAT(quality.Get(call_, {}, response), IsOk());
    return response;
  }
  // The state in which a computation ends.
  v1::GetQualityScorecardResponse AwaitEnd(Quality& quality) {
    while (true) {
      v1::GetQualityScorecardResponse response = Get(quality);
      if (response.quality_computation().state() != v1::QUALITY_COMPUTATION_STATE_RUNNING) {
        return response;
      }
      std::this_thread::yield();
    }
  }
};

TEST_F(QualityTest, CompletenessIsTheShareOfRecordsThatStateAField) {
  TakeAll({Crm("1", "name: 'Li Lei' gender: 'f'"), Crm("2", "name: 'Wang' gender: '-'"),
           Crm("3", "name: 'Han'"), Crm("4", "gender: '不详'")});
  const v1::FactQuality facts = Facts(Scan(), "crm");
  EXPECT_EQ(facts.facts(), 4);
  EXPECT_EQ(Field(facts, "name").expected(), 4);
  EXPECT_EQ(Field(facts, "name").stated(), 3);
  EXPECT_DOUBLE_EQ(Field(facts, "name").completeness(), 0.75);
  EXPECT_DOUBLE_EQ(Field(facts, "gender").completeness(), 0.25);
  EXPECT_DOUBLE_EQ(Field(facts, "birth_date").completeness(), 0);
}

TEST_F(QualityTest, WhatOnlyPeopleHaveIsNotExpectedOfOrganizations) {
  TakeAll({Crm("1", "party_type: PARTY_TYPE_ORGANIZATION name: 'Acme'"),
           Crm("2", "party_type: PARTY_TYPE_INDIVIDUAL name: 'Li' birth_date: '1990-01-01'")});
  const v1::FactQuality facts = Facts(Scan(), "crm");
  EXPECT_EQ(Field(facts, "birth_date").expected(), 1);
  EXPECT_DOUBLE_EQ(Field(facts, "birth_date").completeness(), 1);
  EXPECT_EQ(Field(facts, "name").expected(), 2);
}

TEST_F(QualityTest, ListsCountByTypeAndEachRecordOnce) {
  TakeAll({Crm("1", Phone("13800138000") + Phone("13800138001") +
                        "contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'a@b.cn' }"),
           Crm("2", Phone("-")), Crm("3", Phone("10086"))});
  const v1::FactQuality facts = Facts(Scan(), "crm");
  const v1::FieldQuality& phones = Field(facts, "contact_media[phone]");
  EXPECT_EQ(phones.expected(), 3);
  EXPECT_EQ(phones.stated(), 2);
  EXPECT_EQ(phones.checked(), 3) << "Each number for itself.";
  EXPECT_EQ(phones.valid(), 2);
  EXPECT_NEAR(phones.validity(), 2.0 / 3, 1e-9);
  EXPECT_EQ(Field(facts, "contact_media[email]").stated(), 1);
}

TEST_F(QualityTest, ValidityIsTheShareOfStatedValuesThatFollowTheirRule) {
  TakeAll({Crm("1",
               "birth_date: '1990-01-01' identifications { type: IDENTIFIER_TYPE_NATIONAL_ID "
               "value: '11010519491231002X' }"),
           Crm("2",
               "birth_date: '2027-01-01' identifications { type: IDENTIFIER_TYPE_NATIONAL_ID "
               "value: '110105194912310021' }"),
           Crm("3", "identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'E12345678' }"),
           Crm("4", absl::StrCat("customer_since_time { seconds: ", kStartSeconds + 1, " }"))});
  const v1::FactQuality facts = Facts(Scan(), "crm");
  EXPECT_DOUBLE_EQ(Field(facts, "birth_date").validity(), 0.5);
  const v1::FieldQuality& ids = Field(facts, "identifications[national_id]");
  EXPECT_EQ(ids.stated(), 3);
  EXPECT_EQ(ids.checked(), 2);
  EXPECT_DOUBLE_EQ(ids.validity(), 0.5);
  EXPECT_DOUBLE_EQ(Field(facts, "customer_since_time").validity(), 0);
  EXPECT_FALSE(Field(facts, "gender").has_validity()) << "There is no rule.";
}

TEST_F(QualityTest, UniquenessIsTheShareOfIdentifiersThatOneCustomerHas) {
  TakeAll({Crm("1", Phone("13800138000") + Phone("13800138001")), Crm("2", Phone("138-0013-8000")),
           Crm("3", Phone("13800138003")),
           absl::StrCat("resource { ", Source("network", "n", 1, "3"),
                        " resource_type: IDENTIFIER_TYPE_MSISDN value: '+8613800138000' }")});
  const v1::QualityScorecard scorecard = Scan();
  EXPECT_EQ(scorecard.identifier_sampling(), 1);
  const v1::FieldQuality& phones = Field(Facts(scorecard, "crm"), "contact_media[phone]");
  EXPECT_EQ(phones.distinct(), 3);
  EXPECT_EQ(phones.unique(), 2);
  EXPECT_NEAR(phones.uniqueness(), 2.0 / 3, 1e-9);
  const v1::FieldQuality& numbers = Field(Facts(scorecard, "network", "resource"), "value[msisdn]");
  EXPECT_EQ(numbers.distinct(), 1);
  EXPECT_EQ(numbers.unique(), 0);
  EXPECT_FALSE(Field(Facts(scorecard, "crm"), "name").has_uniqueness());
}

TEST_F(QualityTest, OneCustomerOfTwoSystemsSharesNothingWithItself) {
  TakeAll(
      {Crm("1", Phone("13800138000")),
       "source_record { source { source_system: 'billing' key: 'B' event_time { seconds: 1 } } " +
           Phone("13800138000") + "references { source_system: 'crm' customer_key: '1' } }"});
  EXPECT_DOUBLE_EQ(Field(Facts(Scan(), "crm"), "contact_media[phone]").uniqueness(), 1);
}

TEST_F(QualityTest, ARecycledNumberIsHeldByOneCustomerAtATime) {
  const auto period = [](const std::string& edge) {
    return absl::StrCat("valid_period { ", edge, " { seconds: ", kStartSeconds - 100, " } }");
  };
  TakeAll({Crm("1", Phone("13800138000", period("end_time"))),
           Crm("2", Phone("13800138000", period("start_time")))});
  const v1::FieldQuality phones = Field(Facts(Scan(), "crm"), "contact_media[phone]");
  EXPECT_EQ(phones.distinct(), 1);
  EXPECT_EQ(phones.unique(), 1);
}

TEST_F(QualityTest, TimelinessTellsWatermarksLagsAndAges) {
  const auto bill = [](const std::string& key, int64_t event_time) {
    return Bill(key, event_time, 1, "C1");
  };
  TakeAll({bill("1", kStartSeconds - 10), bill("2", kStartSeconds - 1000),
           bill("3", kStartSeconds + 50)});
  clock_.Advance(absl::Hours(1));
  const v1::Timeliness timeliness = Facts(Scan(), "billing", "customer_bill").timeliness();
  EXPECT_EQ(timeliness.watermark_time().seconds(), kStartSeconds + 50);
  EXPECT_EQ(timeliness.last_recorded_time().seconds(), kStartSeconds);
  EXPECT_EQ(timeliness.ahead(), 1);
  EXPECT_EQ(timeliness.lag().max().seconds(), 1000);
  EXPECT_GE(timeliness.lag().p50().seconds(), 10);
  EXPECT_LE(timeliness.lag().p50().seconds(), 11);
  EXPECT_EQ(timeliness.age().max().seconds(), 4600);
}

TEST_F(QualityTest, FactsThatAreAnnouncedDoNotMoveTheWatermark) {
  TakeAll({Bill("1", kStartSeconds - 10, 1), Bill("2", kStartSeconds + 1000, 1)});
  EXPECT_EQ(Facts(Scan(), "billing", "customer_bill").timeliness().watermark_time().seconds(),
            kStartSeconds - 10);
}

TEST_F(QualityTest, EveryKindAndSourceHasItsFields) {
  TakeAll({Bill("B", 1, 100, "C1", Due(5)),
           absl::StrCat("trouble_ticket { ", Source("care", "T", 1, "C1"), " name: 'slow' }")});
  const v1::QualityScorecard scorecard = Scan();
  EXPECT_EQ(scorecard.customers(), 1);
  EXPECT_EQ(scorecard.facts(), 2);
  const v1::FactQuality bills = Facts(scorecard, "billing", "customer_bill");
  EXPECT_DOUBLE_EQ(Field(bills, "amount").completeness(), 1);
  EXPECT_DOUBLE_EQ(Field(bills, "due_time").completeness(), 1);
  EXPECT_DOUBLE_EQ(Field(bills, "lines").completeness(), 0);
  EXPECT_DOUBLE_EQ(Field(Facts(scorecard, "care", "trouble_ticket"), "name").completeness(), 1);
}

TEST_F(QualityTest, OfOneSubjectTheNewestFactsOfAKindCount) {
  std::vector<std::string> bills;
  for (int i = 0; i < 30; ++i) bills.push_back(Bill(absl::StrCat(i), 1000 + i, 1));
  TakeAll(bills);
  const v1::FactQuality facts = Facts(Scan({.facts_per_kind = 10}), "billing", "customer_bill");
  EXPECT_EQ(facts.facts(), 10);
  EXPECT_EQ(facts.timeliness().watermark_time().seconds(), 1029);
}

TEST_F(QualityTest, NoValueOfAnyRecordIsInIt) {
  TakeAll(
      {Crm("Key-7", "name: 'Li Lei' " + Phone("13800138000") +
                        "contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'li@lei.cn' }")});
  const std::string text = Scan().DebugString();
  for (const std::string value : {"Li", "13800138000", "lei.cn", "Key-7"}) {
    EXPECT_THAT(text, Not(HasSubstr(value)));
  }
}

TEST_F(QualityTest, PagesAndPausesLeaveNobodyOut) {
  std::vector<std::string> facts;
  for (int i = 0; i < 37; ++i) facts.push_back(Crm(absl::StrCat(i), "name: 'x'"));
  TakeAll(facts);
  for (const size_t page : {1, 5, 36, 37, 38}) {
    const v1::QualityScorecard scorecard = Scan({.page = page});
    EXPECT_EQ(scorecard.customers(), 37) << page;
    EXPECT_EQ(Facts(scorecard, "crm").facts(), 37) << page;
  }
}

TEST_F(QualityTest, AScanEndsWhenItIsTold) {
  TakeAll({Crm("1", ""), Crm("2", ""), Crm("3", "")});
  int pauses = 0;
  const auto ended = ScanQuality(*store_, clock_.Now(), {.page = 1},
                                 [&](absl::Duration, int64_t) { return ++pauses < 2; });
  EXPECT_EQ(ended.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(pauses, 2);
}

// Fails every other read, after it was made.
class FlakyStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::Status ReadBulk(const storage::CallOptions& call,
                        absl::FunctionRef<absl::Status(storage::BulkReader&)> body) override {
    const absl::Status status = ForwardingStore::ReadBulk(call, body);
    if (always || ++reads % 2 == 1) return absl::UnavailableError("a node changed");
    return status;
  }
  bool always = false;
  int reads = 0;
};

TEST_F(QualityTest, AStoreThatFailsForAWhileIsAskedAgainAndNothingCountsTwice) {
  TakeAll({Crm("1", "name: 'x'"), Crm("2", "name: 'y'")});
  FlakyStore flaky(*store_);
  const auto scorecard = ScanQuality(flaky, clock_.Now(), {}, NoPause);
  ASSERT_THAT(scorecard.status(), IsOk());
  EXPECT_EQ(Facts(*scorecard, "crm").facts(), 2);
  flaky.always = true;
  EXPECT_EQ(ScanQuality(flaky, clock_.Now(), {.max_failures = 2}, NoPause).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(QualityTest, BeforeAnybodyAskedThereIsNone) {
  const auto response = Get(platform_.quality);
  EXPECT_FALSE(response.has_quality_scorecard());
  EXPECT_FALSE(response.has_quality_computation());
}

TEST_F(QualityTest, AScorecardIsComputedInTheBackgroundAndKept) {
  TakeAll({Crm("1", "name: 'x'")});
  const auto began = Compute(platform_.quality, NewRequestId());
  ASSERT_THAT(began.status(), IsOk());
  EXPECT_EQ(began->state(), v1::QUALITY_COMPUTATION_STATE_RUNNING);
  EXPECT_EQ(began->actor(), "test");
  const auto response = AwaitEnd(platform_.quality);
  EXPECT_EQ(response.quality_computation().state(), v1::QUALITY_COMPUTATION_STATE_DONE);
  EXPECT_EQ(response.quality_computation().computation_id(), began->computation_id());
  EXPECT_EQ(response.quality_computation().customers_done(), 1);
  EXPECT_EQ(response.quality_scorecard().computed_time().seconds(), kStartSeconds);
  EXPECT_EQ(Facts(response.quality_scorecard(), "crm").facts(), 1);
  // Another server of the store reads it too.
  Quality other(*store_, clock_, ids_);
  EXPECT_EQ(Get(other).SerializeAsString(), response.SerializeAsString());
}

TEST_F(QualityTest, TheSameRequestAgainBeginsNothing) {
  const std::string request_id = NewRequestId();
  const auto first = Compute(platform_.quality, request_id);
  AwaitEnd(platform_.quality);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Compute(platform_.quality, request_id)->SerializeAsString(),
            first->SerializeAsString());
  EXPECT_EQ(Get(platform_.quality).quality_scorecard().computed_time().seconds(), kStartSeconds);
  const auto next = Compute(platform_.quality, NewRequestId());
  EXPECT_NE(next->computation_id(), first->computation_id());
  EXPECT_EQ(AwaitEnd(platform_.quality).quality_scorecard().computed_time().seconds(),
            kStartSeconds + 3600);
}

// Holds scans until it is let go.
class HeldStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::Status ReadBulk(const storage::CallOptions& call,
                        absl::FunctionRef<absl::Status(storage::BulkReader&)> body) override {
    go_on.wait(false);
    return ForwardingStore::ReadBulk(call, body);
  }
  void LetGo() {
    go_on = true;
    go_on.notify_all();
  }
  std::atomic<bool> go_on{false};
};

TEST_F(QualityTest, WhileOneIsComputedThatOneIsTheAnswerOnEveryServer) {
  TakeAll({Crm("1", "name: 'x'")});
  HeldStore held(*store_);
  Quality one(held, clock_, ids_);
  Quality other(*store_, clock_, ids_);
  const auto first = Compute(one, NewRequestId());
  EXPECT_EQ(Compute(one, NewRequestId())->computation_id(), first->computation_id());
  EXPECT_EQ(Compute(other, NewRequestId())->computation_id(), first->computation_id());
  held.LetGo();
  EXPECT_EQ(AwaitEnd(other).quality_computation().state(), v1::QUALITY_COMPUTATION_STATE_DONE);
}

TEST_F(QualityTest, AComputationThatNobodyHearsOfIsGivenUpAndItsResultNotTaken) {
  TakeAll({Crm("1", "name: 'x'")});
  HeldStore held(*store_);
  Quality silent(held, clock_, ids_);
  Quality other(*store_, clock_, ids_);
  const auto first = Compute(silent, NewRequestId());
  clock_.Advance(Quality::kGivenUp);
  EXPECT_EQ(Get(other).quality_computation().state(), v1::QUALITY_COMPUTATION_STATE_RUNNING);
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(Get(other).quality_computation().state(), v1::QUALITY_COMPUTATION_STATE_ABANDONED);
  const auto second = Compute(other, NewRequestId());
  EXPECT_NE(second->computation_id(), first->computation_id());
  const auto done = AwaitEnd(other);
  EXPECT_EQ(done.quality_computation().computation_id(), second->computation_id());
  held.LetGo();
  // The silent one ends, and has not written over it.
  const auto again = Compute(silent, NewRequestId());
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(AwaitEnd(silent).quality_computation().computation_id(), again->computation_id());
}

TEST_F(QualityTest, WhatDoesNotParseFailsTheComputationAndSaysSo) {
  TakeAll({Bill("B", 1, 1)});
  const std::string key = FactKey(v1::Fact::kCustomerBill, "billing", "B");
  ASSERT_THAT(store_->Write(
                  {},
                  [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
                    storage::WritePlan plan;
                    plan.customers = {reader.GetCustomer(reader.FindByKey(key)->subject)->customer};
                    return plan;
                  },
                  [&](storage::Transaction& txn) {
                    storage::Record bill = *txn.Get(*txn.FindByKey(key));
                    bill.payload = "\xff\xff";
                    return txn.Put(std::move(bill));
                  }),
              IsOk());
  Quality quality(*store_, clock_, ids_);
  ASSERT_THAT(Compute(quality, NewRequestId()).status(), IsOk());
  const auto response = AwaitEnd(quality);
  EXPECT_EQ(response.quality_computation().state(), v1::QUALITY_COMPUTATION_STATE_FAILED);
  EXPECT_THAT(response.quality_computation().error(), HasSubstr("does not parse"));
  EXPECT_FALSE(response.has_quality_scorecard());
}

TEST_F(QualityTest, ItEndsWithItsServerWhateverItIsDoing) {
  std::vector<std::string> facts;
  for (int i = 0; i < 20; ++i) facts.push_back(Crm(absl::StrCat(i), "name: 'x'"));
  TakeAll(facts);
  auto quality = std::make_unique<Quality>(*store_, clock_, ids_,
                                           QualityScanOptions{.page = 1, .pause_per_work = 1e9});
  ASSERT_THAT(Compute(*quality, NewRequestId()).status(), IsOk());
  const absl::Time begin = absl::Now();
  quality.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_EQ(Get(platform_.quality).quality_computation().state(),
            v1::QUALITY_COMPUTATION_STATE_RUNNING)
      << "It is given up in a minute.";
}

TEST_F(QualityTest, TheStoreIsSoundAndShowsNoCustomerMore) {
  TakeAll({Crm("1", "name: 'x'")});
  ASSERT_THAT(Compute(platform_.quality, NewRequestId()).status(), IsOk());
  AwaitEnd(platform_.quality);
  const auto report = CheckStore(*store_, {}, clock_.Now());
  EXPECT_EQ(report->damages, 0u);
  EXPECT_EQ(report->customers, 1u);
  v1::GetStatisticsResponse statistics;
  ASSERT_THAT(platform_.customers.GetStatistics(call_, {}, statistics), IsOk());
  EXPECT_EQ(statistics.customers(), 1);
  EXPECT_EQ(statistics.subjects(), 1);
}

}  // namespace
}  // namespace yilan::core
