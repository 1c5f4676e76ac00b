// Everything that happened to a customer, page by page.
#include "core/views/timeline.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/core/core_fixture.h"
#include "tests/core/forwarding_store.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TimelineTest : public CoreTest {
 protected:
  void TakeAll(const std::vector<std::string>& facts) {
    for (const v1::FactResult& result : Take(facts)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
    }
  }
  static std::string Fact(const std::string& kind, const std::string& key, int64_t time,
                          const std::string& more = "", const std::string& system = "crm",
                          const std::string& customer = "C1") {
    return absl::StrCat(kind, " { source { source_system: '", system, "' key: '", key,
                        "' subject { customer_key: '", customer, "' } event_time { seconds: ", time,
                        " } } ", more, " }");
  }
  static std::string Bill(const std::string& key, int64_t time, const std::string& more = "") {
    return Fact("customer_bill", key, time,
                "amount { currency_code: 'CNY' minor_units: 1 } " + more);
  }

  absl::StatusOr<v1::ListTimelineResponse> List(const std::string& more = "") {
    return List(Parse<v1::ListTimelineRequest>(
        "customer { subject { source_system: 'crm' customer_key: 'C1' } } " + more));
  }
  absl::StatusOr<v1::ListTimelineResponse> List(const v1::ListTimelineRequest& request) {
    v1::ListTimelineResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.timeline.List(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  // The keys of the facts, whatever their kinds.
  static std::vector<std::string> Keys(const v1::ListTimelineResponse& response) {
    std::vector<std::string> keys;
    for (const v1::TimelineEntry& entry : response.entries()) {
      const auto& reflection = *v1::Fact::GetReflection();
      const auto* field =
          reflection.GetOneofFieldDescriptor(entry.fact(), v1::Fact::descriptor()->oneof_decl(0));
      const FactKind* kind = FindFactKind(static_cast<storage::Kind>(field->number()));
      keys.push_back(kind->source(reflection.GetMessage(entry.fact(), field)).key());
    }
    return keys;
  }
};

TEST_F(TimelineTest, KindsAndSourceSystemsAreInOneOrderNewestFirst) {
  TakeAll(
      {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: 10 } } "
       "references { source_system: 'network' customer_key: 'N' } }",
       Bill("B", 50), Fact("trouble_ticket", "T", 30),
       Fact("service_problem", "P", 40, "", "network", "N")});
  EXPECT_THAT(Keys(*List()), ElementsAre("B", "P", "T", "C1"));
}

TEST_F(TimelineTest, AFactStandsWhereItHappenedAndLooksAsInTheView) {
  TakeAll({Bill("B", 50, "bill_time { seconds: 7 nanos: 123456000 }")});
  const auto timeline = List();
  ASSERT_EQ(timeline->entries_size(), 1);
  EXPECT_EQ(timeline->entries(0).occurrence_time().seconds(), 7);
  EXPECT_EQ(timeline->entries(0).occurrence_time().nanos(), 123456000);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      timeline->entries(0).fact().customer_bill(),
      ViewOf("subject { source_system: 'crm' customer_key: 'C1' }")->customer_bills(0)));
  EXPECT_EQ(timeline->entries(0).fact().customer_bill().etag(), "r1");
}

TEST_F(TimelineTest, TimesBefore1970AreShown) {
  TakeAll({Bill("B", 50, "bill_time { seconds: -2 nanos: 500000000 }")});
  EXPECT_EQ(List()->entries(0).occurrence_time().seconds(), -2);
  EXPECT_EQ(List()->entries(0).occurrence_time().nanos(), 500000000);
}

TEST_F(TimelineTest, KindsCanBeChosen) {
  TakeAll({Bill("B", 50), Fact("trouble_ticket", "T", 30), Fact("party_interaction", "I", 20)});
  EXPECT_THAT(Keys(*List("fact_types: 'trouble_ticket' fact_types: 'customer_bill' "
                         "fact_types: 'trouble_ticket'")),
              ElementsAre("B", "T"));
}

TEST_F(TimelineTest, UnknownKindsAreNamedAllOfThem) {
  TakeAll({Bill("B", 50)});
  const auto timeline = List("fact_types: 'bill' fact_types: 'payment' fact_types: 'deletion'");
  EXPECT_EQ(ReasonOf(timeline.status()), v1::ERROR_REASON_INVALID_FIELDS);
  std::vector<std::string> fields;
  for (const Violation& violation : ViolationsOf(timeline.status()))
    fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("fact_types[0]", "fact_types[2]"));
}

TEST_F(TimelineTest, DeletedFactsAreNotListed) {
  TakeAll({Bill("B1", 50), Bill("B2", 60)});
  TakeAll({"deletion { fact_type: 'customer_bill' source_system: 'crm' key: 'B2' }"});
  EXPECT_THAT(Keys(*List()), ElementsAre("B1"));
}

TEST_F(TimelineTest, PagesOfAnySizeShowEveryFactOnce) {
  std::vector<std::string> facts;
  for (int i = 0; i < 23; ++i) {
    facts.push_back(i % 2 == 0 ? Bill(absl::StrCat("F", i), i / 3)
                               : Fact("trouble_ticket", absl::StrCat("F", i), i / 3));
  }
  TakeAll(facts);
  const std::vector<std::string> whole = Keys(*List("page_size: 1000"));
  EXPECT_EQ(whole.size(), 23u);
  for (const int size : {1, 2, 22, 23, 24}) {
    std::vector<std::string> paged;
    std::string token;
    int pages = 0;
    do {
      const auto page = List(absl::StrCat("page_size: ", size, " page_token: '", token, "'"));
      ASSERT_THAT(page, IsOk());
      for (const std::string& key : Keys(*page)) paged.push_back(key);
      token = page->next_page_token();
      ++pages;
    } while (!token.empty());
    EXPECT_EQ(paged, whole) << size;
    EXPECT_EQ(pages, (23 + size - 1) / size) << size;
  }
}

TEST_F(TimelineTest, ThePageSizeIsFiftyUnlessAskedForAndAtMostAThousand) {
  std::vector<std::string> facts;
  for (int i = 0; i < 1001; ++i) facts.push_back(Bill(absl::StrCat("B", i), i));
  TakeAll(facts);
  EXPECT_EQ(List()->entries_size(), 50);
  EXPECT_EQ(List("page_size: 2147483647")->entries_size(), 1000);
  EXPECT_EQ(ReasonOf(List("page_size: -1").status()), v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(TimelineTest, WhatHappensBetweenTwoPagesDoesNotDisturbThem) {
  for (int i = 0; i < 6; ++i) TakeAll({Bill(absl::StrCat("B", i), 100 - i)});
  const auto first = List("page_size: 3");
  EXPECT_THAT(Keys(*first), ElementsAre("B0", "B1", "B2"));
  TakeAll({Bill("newer", 500), Bill("late", 97),
           "deletion { fact_type: 'customer_bill' source_system: 'crm' key: 'B2' }"});
  const auto second =
      List(absl::StrCat("page_size: 10 page_token: '", first->next_page_token(), "'"));
  const std::vector<std::string> keys = Keys(*second);
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()),
            (std::set<std::string>{"B3", "B4", "B5", "late"}));
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(TimelineTest, ATokenIsGoodForItsCustomerAndKindsOnly) {
  for (int i = 0; i < 3; ++i) {
    TakeAll({Bill(absl::StrCat("B", i), i),
             Fact("trouble_ticket", absl::StrCat("T", i), i, "", "crm", "C2")});
  }
  const std::string token = List("page_size: 1")->next_page_token();
  const std::string with_token = absl::StrCat(" page_token: '", token, "'");
  EXPECT_THAT(List(with_token), IsOk());
  for (const std::string& request :
       {"customer { subject { source_system: 'crm' customer_key: 'C2' } }" + with_token,
        "customer { subject { source_system: 'crm' customer_key: 'C1' } } fact_types: "
        "'customer_bill'" +
            with_token,
        std::string("customer { subject { source_system: 'crm' customer_key: 'C1' } } page_token: "
                    "'forged'")}) {
    EXPECT_EQ(ReasonOf(List(Parse<v1::ListTimelineRequest>(request)).status()),
              v1::ERROR_REASON_INVALID_PAGE_TOKEN)
        << request;
  }
}

TEST_F(TimelineTest, ACustomerWithoutFactsOfTheKindsHasAnEmptyTimeline) {
  TakeAll({Bill("B", 1)});
  const auto timeline = List("fact_types: 'payment'");
  ASSERT_THAT(timeline, IsOk());
  EXPECT_THAT(Keys(*timeline), IsEmpty());
  EXPECT_EQ(timeline->next_page_token(), "");
}

TEST_F(TimelineTest, AnUnknownCustomerIsNotFound) {
  EXPECT_EQ(ReasonOf(List().status()), v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
}

// Counts what Scan visits.
class ScanCountingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::Status Read(const storage::CallOptions& call,
                    absl::FunctionRef<absl::Status(storage::Reader&)> body) override {
    return ForwardingStore::Read(call, [&](storage::Reader& reader) {
      CountingReader counting(reader, visits);
      return body(counting);
    });
  }

  int visits = 0;

 private:
  class CountingReader : public storage::Reader {
   public:
    CountingReader(storage::Reader& reader, int& visits) : reader_(reader), visits_(visits) {}
    absl::StatusOr<storage::Record> Get(const storage::RecordKey& key) override {
      return reader_.Get(key);
    }
    absl::Status GetMany(absl::Span<const storage::RecordKey> keys,
                         storage::RecordVisitor visit) override {
      return reader_.GetMany(keys, visit);
    }
    absl::Status Scan(const storage::Range& range, storage::RecordVisitor visit) override {
      return reader_.Scan(range, [&](const storage::RecordView& record) {
        ++visits_;
        return visit(record);
      });
    }
    absl::Status ScanHistory(storage::SubjectId subject, storage::Kind kind,
                             absl::string_view fact_id, storage::HistoryVisitor visit) override {
      return reader_.ScanHistory(subject, kind, fact_id, visit);
    }
    absl::StatusOr<storage::RecordKey> FindByKey(absl::string_view key) override {
      return reader_.FindByKey(key);
    }
    absl::StatusOr<std::vector<std::optional<storage::RecordKey>>> FindByKeys(
        absl::Span<const std::string> keys) override {
      return reader_.FindByKeys(keys);
    }
    absl::StatusOr<std::vector<storage::TermEntry>> FindByTerm(absl::string_view first,
                                                               absl::string_view limit,
                                                               storage::TermCursor& cursor,
                                                               size_t max) override {
      return reader_.FindByTerm(first, limit, cursor, max);
    }
    absl::StatusOr<std::vector<std::vector<storage::RecordKey>>> FindByTerms(
        absl::Span<const std::string> terms, size_t max) override {
      return reader_.FindByTerms(terms, max);
    }
    absl::StatusOr<storage::CustomerState> GetCustomer(const storage::CustomerRef& ref) override {
      return reader_.GetCustomer(ref);
    }
    absl::StatusOr<std::vector<std::optional<storage::CustomerState>>> GetCustomers(
        absl::Span<const storage::CustomerRef> refs) override {
      return reader_.GetCustomers(refs);
    }
    absl::StatusOr<storage::StoredRequest> FindRequest(const storage::RequestKey& key) override {
      return reader_.FindRequest(key);
    }

   private:
    storage::Reader& reader_;
    int& visits_;
  };
};

TEST_F(TimelineTest, APageCostsTheSameAtAnyDepth) {
  std::vector<std::string> facts;
  for (int i = 0; i < 4000; ++i) {
    facts.push_back(i % 2 == 0 ? Bill(absl::StrCat("F", i), i)
                               : Fact("trouble_ticket", absl::StrCat("F", i), i));
  }
  TakeAll(facts);
  ScanCountingStore counting(*store_);
  Timeline timeline(counting, clock_);
  auto request = Parse<v1::ListTimelineRequest>(
      "customer { subject { source_system: 'crm' customer_key: 'C1' } } page_size: 50");
  int pages = 0;
  do {
    counting.visits = 0;
    v1::ListTimelineResponse response;
    ASSERT_THAT(timeline.List(call_, request, response), IsOk());
    // Of either kind no more than a page and the one behind it.
    EXPECT_LE(counting.visits, 2 * 51);
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 80);
}

}  // namespace
}  // namespace yilan::core
