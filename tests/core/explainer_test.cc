// Who a record could be, and why records and customers are one or are not.
#include "core/identity/explainer.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/matching/pair_explanation.h"
#include "tests/core/identity_fixture.h"

namespace yilan::core {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

constexpr char kWang[] = "name: '王小明' given_name: '小明' family_name: '王' ";
constexpr char kBorn[] = "birth_date: '1980-01-01' ";

class ExplainerTest : public IdentityTest {
 protected:
  absl::StatusOr<v1::MatchResponse> Match(const std::string& fields, const std::string& more = "") {
    const auto request =
        Parse<v1::MatchRequest>(absl::StrCat("source_record { ", fields, " } ", more));
    v1::MatchResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.explainer.Match(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::ExplainResponse> Explain(const std::string& first,
                                              const std::string& second = "") {
    auto request = Parse<v1::ExplainRequest>(absl::StrCat(
        "first { ", first, " } ", second.empty() ? "" : absl::StrCat("second { ", second, " }")));
    v1::ExplainResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.explainer.Explain(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  static std::string Id(const std::string& customer_id) {
    return absl::StrCat("customer_id: '", customer_id, "'");
  }
  static double SumOf(const v1::PairExplanation& pair) {
    double sum = pair.prior_weight() + pair.look_alike_weight();
    for (const auto& field : pair.fields()) sum += field.weight() + field.term_weight();
    return sum;
  }
  PairScore ScoreOf(const std::string& a, const std::string& b, bool referred = false) {
    features_[0] = FeaturesOf(Parse<v1::Fact>(Source("A", a)).source_record());
    features_[1] = FeaturesOf(Parse<v1::Fact>(Source("B", b)).source_record());
    return ScorePair(*platform_.match_models.Active(), PartyView(features_[0]),
                     PartyView(features_[1]), referred);
  }

  PartyFeatures features_[2];
};

TEST_F(ExplainerTest, AnExplanationIsTheScoreThatDecided) {
  const std::string a = absl::StrCat(kWang, kBorn, Phone("13800138000"));
  const std::string b = absl::StrCat(kWang, "birth_date: '1980-01-02' ", Phone("13800138001"));
  Take({Source("A", a), Source("B", b)});
  const auto explained = Explain(Subject("A"), Subject("B"));
  ASSERT_THAT(explained, IsOk());
  ASSERT_EQ(explained->pairs_size(), 1);
  const v1::PairExplanation& pair = explained->pairs(0);
  const PairScore score = ScoreOf(a, b);
  EXPECT_EQ(pair.first_record().customer_key(), "A");
  EXPECT_EQ(pair.second_record().customer_key(), "B");
  EXPECT_EQ(pair.probability(), score.probability);
  EXPECT_EQ(pair.rule(), score.rule);
  EXPECT_EQ(pair.sum(), score.sum);
  EXPECT_NEAR(SumOf(pair), pair.sum(), 1e-9);
  EXPECT_EQ(pair.model_version(), platform_.match_models.Active()->version());
  std::vector<v1::MatchField> fields;
  for (const auto& field : pair.fields()) {
    fields.push_back(field.field());
    EXPECT_NEAR(field.weight(), std::log2(field.m() / field.u()), 1e-9);
    if (field.term_frequency() > 0) {
      EXPECT_NEAR(field.term_weight(), std::log2(field.u() / field.term_frequency()), 1e-9);
    }
    if (field.field() == v1::MATCH_FIELD_PHONE) {
      EXPECT_EQ(field.level(), v1::MATCH_LEVEL_NEAR);
      EXPECT_EQ(field.first_value(), "8613800138000");
      EXPECT_EQ(field.second_value(), "8613800138001");
    }
  }
  EXPECT_THAT(fields, testing::ElementsAre(v1::MATCH_FIELD_GIVEN_NAME, v1::MATCH_FIELD_FAMILY_NAME,
                                           v1::MATCH_FIELD_BIRTH_DATE, v1::MATCH_FIELD_PHONE));
  EXPECT_THAT(pair.shared_blocks(), Contains(v1::BLOCKING_RULE_NAME));
  EXPECT_THAT(pair.shared_blocks(), Not(Contains(v1::BLOCKING_RULE_PHONE)));
}

TEST_F(ExplainerTest, TheChangesItNamesFlipTheDecision) {
  const MatchModel& model = *platform_.match_models.Active();
  const std::string born = absl::StrCat(kWang, kBorn);
  struct Case {
    std::string a, b;
    bool referred;
  };
  for (const Case& one :
       {Case{born, born, false}, Case{born, born, true},
        Case{absl::StrCat(born, Phone("13800138000")), absl::StrCat(born, Phone("13800138000")),
             false},
        Case{absl::StrCat(born, Phone("13800138000")), absl::StrCat("name: '李红' ", kBorn), true},
        Case{born, "name: '王小红' birth_date: '1980-01-01'", false}}) {
    const PairScore score = ScoreOf(one.a, one.b, one.referred);
    v1::PairExplanation pair;
    ExplainScore(model, score, pair);
    ASSERT_FALSE(pair.counterfactual().changes().empty()) << one.a << one.b;
    PartyComparison changed = score.comparison;
    for (const v1::EvidenceChange& change : pair.counterfactual().changes()) {
      const auto field = static_cast<Field>(change.field());
      EXPECT_EQ(ToProto(changed[field].level), change.from_level());
      changed[field] = {.level = static_cast<Level>(change.to_level())};
    }
    const PairScore after = ScoreComparison(model, changed, one.referred);
    EXPECT_DOUBLE_EQ(after.probability, pair.counterfactual().probability());
    EXPECT_EQ(DecisionOf(model, after.probability), pair.counterfactual().decision());
    EXPECT_NE(pair.counterfactual().decision() == v1::MATCH_DECISION_JOIN,
              pair.decision() == v1::MATCH_DECISION_JOIN);
  }
}

TEST_F(ExplainerTest, ADocumentInTheWayIsNamed) {
  Take({Source("A", absl::StrCat(kWang, Phone("13800138000"), Document(kIdOfWang))),
        Source("B", absl::StrCat(kWang, Phone("13800138000"), Document(kIdOfLi)))});
  const auto explained = Explain(Subject("A"), Subject("B"));
  ASSERT_THAT(explained, IsOk());
  EXPECT_FALSE(explained->same_customer());
  EXPECT_THAT(explained->obstacles(), testing::ElementsAre(v1::JOIN_OBSTACLE_DIFFERENT_DOCUMENTS));
  ASSERT_EQ(explained->pairs_size(), 1);
  EXPECT_EQ(explained->pairs(0).rule(), v1::MATCH_RULE_DIFFERENT_VERIFIED_DOCUMENTS);
  EXPECT_EQ(explained->pairs(0).probability(), 0);
  EXPECT_TRUE(explained->pairs(0).counterfactual().documents_change());
}

TEST_F(ExplainerTest, ACustomerIsExplainedByWhatHoldsItTogetherAndByItsLedger) {
  Take({Source("A", absl::StrCat(kWang, Document(kIdOfWang)))});
  Take({Source("B", absl::StrCat("name: '王晓明' ", Document(kIdOfWang)))});
  Take({Source("C", "name: '李小红'")});
  ASSERT_THAT(Merge("A", "C"), IsOk());
  for (const std::string& customer : {Subject("A"), Id(CustomerOf("B"))}) {
    const auto explained = Explain(customer);
    ASSERT_THAT(explained, IsOk());
    EXPECT_EQ(explained->first_customer_id(), CustomerOf("A"));
    EXPECT_EQ(explained->second_customer_id(), "");
    ASSERT_EQ(explained->pairs_size(), 2);
    EXPECT_EQ(explained->pairs(0).rule(), v1::MATCH_RULE_VERIFIED_DOCUMENT);
    EXPECT_FALSE(explained->pairs(0).steward_merge());
    EXPECT_TRUE(explained->pairs(1).steward_merge());
    ASSERT_EQ(explained->events_size(), 2);
    EXPECT_FALSE(explained->events(0).by_steward());
    EXPECT_TRUE(explained->events(1).by_steward());
  }
}

TEST_F(ExplainerTest, RecordsOfOneCustomerThatAreJoinedThroughAnotherHaveAChain) {
  Take({Source("A", absl::StrCat(kWang, Document(kIdOfWang)))});
  Take({Source("B", absl::StrCat(kWang, Document(kIdOfWang), Phone("13800138000")))});
  Take({Source("C", absl::StrCat(kWang, Phone("13800138000")))});
  ASSERT_EQ(CustomerOf("A"), CustomerOf("C"));
  const auto explained = Explain(Subject("A"), Subject("C"));
  ASSERT_THAT(explained, IsOk());
  EXPECT_TRUE(explained->same_customer());
  ASSERT_EQ(explained->pairs_size(), 1);
  EXPECT_NE(explained->pairs(0).decision(), v1::MATCH_DECISION_JOIN);
  ASSERT_EQ(explained->chain_size(), 2);
  EXPECT_EQ(explained->chain(0).first_record().customer_key(), "A");
  EXPECT_EQ(explained->chain(0).second_record().customer_key(), "B");
  EXPECT_EQ(explained->chain(1).first_record().customer_key(), "B");
  EXPECT_EQ(explained->chain(1).second_record().customer_key(), "C");
  EXPECT_EQ(explained->chain(0).decision(), v1::MATCH_DECISION_JOIN);
  // Two neighbours need none.
  EXPECT_THAT(Explain(Subject("A"), Subject("B"))->chain(), IsEmpty());
}

TEST_F(ExplainerTest, TheSameCustomerTwiceIsExplainedAsOne) {
  Take({Source("A", kWang)});
  const auto record = Explain(Subject("A"), Subject("A"));
  ASSERT_THAT(record, IsOk());
  EXPECT_TRUE(record->same_customer());
  EXPECT_THAT(record->pairs(), IsEmpty());
  const auto customer = Explain(Id(CustomerOf("A")), Id(CustomerOf("A")));
  ASSERT_THAT(customer, IsOk());
  EXPECT_TRUE(customer->same_customer());
  EXPECT_THAT(customer->pairs(), IsEmpty());
}

TEST_F(ExplainerTest, WithoutSourceRecordsThereAreReferencesOnly) {
  Take({Bill("X", "1"), Bill("Y", "2")});
  const auto strangers = Explain(Subject("X"), Subject("Y"));
  ASSERT_THAT(strangers, IsOk());
  EXPECT_FALSE(strangers->same_customer());
  EXPECT_THAT(strangers->pairs(), IsEmpty());
  EXPECT_THAT(strangers->obstacles(), IsEmpty());
  Take({Source("A", "name: '王小明' references { source_system: 'crm' customer_key: 'X' }")});
  ASSERT_EQ(CustomerOf("A"), CustomerOf("X"));
  const auto joined = Explain(Subject("X"), Subject("A"));
  ASSERT_THAT(joined, IsOk());
  ASSERT_EQ(joined->pairs_size(), 1);
  EXPECT_TRUE(joined->pairs(0).stated_reference());
  EXPECT_EQ(joined->pairs(0).rule(), v1::MATCH_RULE_STATED_REFERENCE);
  EXPECT_EQ(joined->pairs(0).probability(), 1);
  EXPECT_THAT(joined->pairs(0).fields(), IsEmpty());
  // Another one names it too, and does not get it.
  Take({Source("B", "name: '李小红' references { source_system: 'crm' customer_key: 'X' }")});
  ASSERT_NE(CustomerOf("A"), CustomerOf("B"));
  const auto claimed = Explain(Subject("X"), Subject("B"));
  ASSERT_THAT(claimed, IsOk());
  EXPECT_THAT(claimed->obstacles(), testing::ElementsAre(v1::JOIN_OBSTACLE_CLAIMED_BY_ANOTHER));
}

TEST_F(ExplainerTest, AStatedReferenceIsPartOfTheSum) {
  Take({Source("A", absl::StrCat(kWang, kBorn))});
  Take({Source("B", absl::StrCat(kWang, "references { source_system: 'crm' customer_key: 'A' }"))});
  const auto explained = Explain(Subject("A"), Subject("B"));
  ASSERT_THAT(explained, IsOk());
  ASSERT_EQ(explained->pairs_size(), 1);
  const v1::PairExplanation& pair = explained->pairs(0);
  EXPECT_EQ(pair.rule(), v1::MATCH_RULE_STATED_REFERENCE);
  EXPECT_TRUE(pair.stated_reference());
  EXPECT_EQ(pair.prior_weight(), kReferencePriorLog2Odds);
  EXPECT_NEAR(SumOf(pair), pair.sum(), 1e-9);
  EXPECT_NEAR(pair.probability(), 1 / (1 + std::exp2(-pair.sum())), 1e-12);
  EXPECT_EQ(pair.decision() == v1::MATCH_DECISION_JOIN, explained->same_customer());
}

TEST_F(ExplainerTest, SeparatedCustomersSayWhoDecided) {
  Take({Source("A", kWang), Source("B", kWang)});
  ASSERT_THAT(MarkNotDuplicate("A", "B"), IsOk());
  const auto explained = Explain(Id(CustomerOf("A")), Id(CustomerOf("B")));
  ASSERT_THAT(explained, IsOk());
  EXPECT_THAT(explained->obstacles(), testing::ElementsAre(v1::JOIN_OBSTACLE_SEPARATED));
  ASSERT_EQ(explained->events_size(), 1);
  EXPECT_EQ(explained->events(0).type(), v1::IDENTITY_EVENT_TYPE_NOT_DUPLICATE);
}

TEST_F(ExplainerTest, WhoIsUnknownIsAnError) {
  Take({Source("A", kWang)});
  EXPECT_EQ(ReasonOf(Explain(Subject("Z")).status()), v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Explain(Subject("A"), Subject("Z")).status()),
            v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Explain(Subject("A"), "customer_id: 'nonsense'").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  v1::ExplainRequest nobody;
  nobody.mutable_first();
  v1::ExplainResponse response;
  EXPECT_EQ(ReasonOf(platform_.explainer.Explain(call_, nobody, response)),
            v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(ExplainerTest, AMergedIdIsExplainedAsWhereItWent) {
  Take({Source("A", kWang), Source("B", "name: '李小红'")});
  const std::string old = CustomerOf("B");
  ASSERT_THAT(Merge("A", "B"), IsOk());
  const auto explained = Explain(Id(old));
  ASSERT_THAT(explained, IsOk());
  EXPECT_EQ(explained->first_customer_id(), CustomerOf("A"));
  EXPECT_EQ(explained->events_size(), 1);
}

TEST_F(ExplainerTest, MatchFindsWhoMayBeMeantAndStoresNothing) {
  const std::string wang = absl::StrCat(kWang, kBorn, Phone("13800138000"));
  Take({Source("A", wang), Source("B", "name: '李小红' birth_date: '1990-05-05'")});
  const std::string asked = absl::StrCat(kWang, Phone("+86 138 0013 8000"));
  const auto found = Match(asked);
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->candidates_size(), 1);
  EXPECT_EQ(found->candidates(0).customer_id(), CustomerOf("A"));
  const v1::PairExplanation& pair = found->candidates(0).explanation();
  EXPECT_FALSE(pair.has_first_record());
  EXPECT_EQ(pair.second_record().customer_key(), "A");
  EXPECT_EQ(pair.rule(), v1::MATCH_RULE_MSISDN_AND_NAME);
  EXPECT_EQ(pair.probability(), ScoreOf(asked, wang).probability);
  EXPECT_NEAR(SumOf(pair), pair.sum(), 1e-9);
  EXPECT_THAT(pair.shared_blocks(), Contains(v1::BLOCKING_RULE_PHONE));
  // What the match says is what happens when the record comes.
  Take({Source("C", asked)});
  EXPECT_EQ(CustomerOf("C"), CustomerOf("A"));
  // Each customer once, by its best record.
  EXPECT_EQ(Match(asked)->candidates_size(), 1);
}

TEST_F(ExplainerTest, MatchComparesAStoredRecordAsIfItSaidThis) {
  Take({Source("A", absl::StrCat(kWang, Phone("13800138000"))), Source("B", "name: '李小红'")});
  const auto found =
      Match(absl::StrCat("source { source_system: 'crm' key: 'B' } ", kWang, Phone("13800138000")));
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->candidates_size(), 1);
  EXPECT_EQ(found->candidates(0).customer_id(), CustomerOf("A"));
  // It is not a candidate for itself.
  EXPECT_THAT(
      Match("source { source_system: 'crm' key: 'B' } name: '李小红'", "min_probability: 1e-9")
          ->candidates(),
      IsEmpty());
}

TEST_F(ExplainerTest, MatchFollowsReferences) {
  Take({Bill("X", "1"), Source("A", absl::StrCat(kWang, kBorn))});
  const auto named = Match(
      "references { source_system: 'crm' customer_key: 'X' } "
      "references { source_system: 'crm' customer_key: 'A' } "
      "references { source_system: 'crm' customer_key: 'Z' } name: '李小红'",
      "min_probability: 1e-12");
  ASSERT_THAT(named, IsOk());
  ASSERT_EQ(named->candidates_size(), 2);
  EXPECT_EQ(named->candidates(0).customer_id(), CustomerOf("X"));
  EXPECT_EQ(named->candidates(0).explanation().probability(), 1);
  EXPECT_TRUE(named->candidates(1).explanation().stated_reference());
  EXPECT_EQ(named->candidates(1).customer_id(), CustomerOf("A"));
}

TEST_F(ExplainerTest, MatchTakesAsManyAsAreAskedFor) {
  for (int i = 0; i < 12; ++i) {
    Take(
        {Source(absl::StrCat("A", i), absl::StrCat(kWang, "birth_date: '19", 50 + i, "-03-07' "))});
  }
  const std::string all = "min_probability: 1e-12 ";
  EXPECT_EQ(Match(kWang, all)->candidates_size(), 10);
  EXPECT_EQ(Match(kWang, all + "max_candidates: 3")->candidates_size(), 3);
  const auto most = Match(kWang, all + "max_candidates: 1000");
  EXPECT_EQ(most->candidates_size(), 12);
  for (int i = 1; i < most->candidates_size(); ++i) {
    EXPECT_GE(most->candidates(i - 1).explanation().probability(),
              most->candidates(i).explanation().probability());
  }
}

TEST_F(ExplainerTest, ABlockThatTheRecordWouldMakeTooLargeDoesNotCount) {
  const size_t cap = platform_.match_models.Active()->BlockCap(v1::BLOCKING_RULE_PHONE);
  for (size_t i = 0; i < cap; ++i) {
    Take({Source(absl::StrCat("A", i),
                 absl::StrCat("name: 'Customer ", i, "' ", Phone("13800138000")))});
  }
  const std::string asked = absl::StrCat("name: '王小明' ", Phone("13800138000"));
  EXPECT_THAT(Match(asked, "min_probability: 1e-12")->candidates(), IsEmpty());
  // One of those that are stored changes nothing.
  EXPECT_FALSE(Match(absl::StrCat("source { source_system: 'crm' key: 'A0' } ", asked),
                     "min_probability: 1e-12")
                   ->candidates()
                   .empty());
}

TEST_F(ExplainerTest, MatchRefusesWhatIsNoQuestion) {
  EXPECT_EQ(ReasonOf(Match(kWang, "min_probability: 1.5").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Match(kWang, "min_probability: nan").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Match("references { customer_key: 'A' }").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Match("references { source_system: 'crm' }").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Match("source { source_system: 'crm' }").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Match("contact_media { value: '1' }").status()),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_THAT(Match("")->candidates(), IsEmpty());
}

}  // namespace
}  // namespace yilan::core
