// The simulated operator: the same for everybody, right by the platform's own rules, and believable
// enough to be worth looking at.
#include "clients/simulate/simulator.h"

#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/simulate/calendar.h"
#include "clients/simulate/numbers.h"
#include "clients/simulate/portrait.h"
#include "clients/simulate/random.h"
#include "core/errors.h"
#include "core/facts/fact_kinds.h"
#include "core/identity/identifiers.h"
#include "core/platform.h"
#include "core/validation/field_rules.h"
#include "gmock/gmock.h"
#include "storage/memory/memory_store.h"

namespace yilan::simulate {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint64_t kSeed = 7;
constexpr uint64_t kSome = 500;  // Customers: enough for the rarest sort to be there.
using Order = SimulatorOptions::Order;

SimulatorOptions Facts(int facts_per_customer, Order order = Order::kSystemsInTurn) {
  return {.facts_per_customer = facts_per_customer, .order = order};
}

std::vector<v1::Fact> AllFacts(const Simulator& simulator) {
  std::vector<v1::Fact> all;
  for (uint64_t customer = 0; customer < simulator.customers(); ++customer) {
    for (v1::Fact& fact : simulator.FactsOf(customer)) all.push_back(std::move(fact));
  }
  return all;
}

std::vector<std::string> Serialized(const std::vector<v1::Fact>& facts) {
  std::vector<std::string> bytes;
  for (const v1::Fact& fact : facts) bytes.push_back(fact.SerializeAsString());
  return bytes;
}

std::string Digest(const std::vector<v1::Fact>& facts) {
  std::string bytes;
  for (const std::string& fact : Serialized(facts)) absl::StrAppend(&bytes, fact.size(), ":", fact);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

const core::FactKind& KindOf(const v1::Fact& fact) {
  return *core::FindFactKind(static_cast<storage::Kind>(fact.fact_case()));
}
const google::protobuf::Message& BodyOf(const v1::Fact& fact) {
  return fact.GetReflection()->GetMessage(fact, KindOf(fact).fact_field);
}
const v1::FactSource& SourceOf(const v1::Fact& fact) { return KindOf(fact).source(BodyOf(fact)); }

TEST(Simulator, WritesTheSameBytesOnEveryMachine) {
  // Of the bytes of all facts of 200 customers. A change here is a change of everybody's test data:
  // make it knowingly.
  EXPECT_EQ(Digest(AllFacts(Simulator(kSeed, 200))),
            "d116e67c2530f28f6b20639e5288d30ee271d60a395fdf315b3f08597ff6af0d");
  EXPECT_EQ(Digest(AllFacts(Simulator(kSeed, 200, Facts(40, Order::kShuffled)))),
            "9ae1abbc73b40695582c15ed00e9418adfa1e1be2fd154fe23aa7b75b2a92fac");
}

TEST(Simulator, MakesOtherCustomersFromAnotherSeed) {
  EXPECT_NE(Digest(Simulator(1, 10).FactsOf(3)), Digest(Simulator(2, 10).FactsOf(3)));
  EXPECT_NE(Digest(Simulator(1, 10).FactsOf(3)), Digest(Simulator(1, 10).FactsOf(4)));
}

TEST(Simulator, MakesEveryCustomerAloneAndInAnyOrder) {
  const Simulator few(kSeed, 10);
  const Simulator many(kSeed, 1'000'000);
  for (const uint64_t customer : {9, 0, 5, 5}) {
    EXPECT_EQ(Digest(few.FactsOf(customer)), Digest(many.FactsOf(customer)));
  }
}

TEST(Simulator, GivesEveryCustomerExactlyTheNumberOfFacts) {
  for (const int count : {1, 2, 7, 15, 40, 41, 200, 3000}) {
    const Simulator simulator(kSeed, 60, Facts(count));
    for (uint64_t customer = 0; customer < simulator.customers(); ++customer) {
      ASSERT_THAT(simulator.FactsOf(customer), SizeIs(count)) << customer;
    }
    EXPECT_EQ(simulator.facts(), 60u * static_cast<uint64_t>(count));
  }
}

TEST(Simulator, ShufflesWhatItMakesInTurn) {
  const Simulator in_turn(kSeed, 10);
  const Simulator shuffled(kSeed, 10, Facts(40, Order::kShuffled));
  EXPECT_NE(Digest(in_turn.FactsOf(1)), Digest(shuffled.FactsOf(1)));
  EXPECT_THAT(Serialized(shuffled.FactsOf(1)),
              ::testing::UnorderedElementsAreArray(Serialized(in_turn.FactsOf(1))));
}

TEST(Simulator, KeepsTheRulesOfEveryFact) {
  for (const v1::Fact& fact : AllFacts(Simulator(kSeed, kSome))) {
    core::Violations violations;
    core::CheckFieldRules(fact, "", violations);
    KindOf(fact).check(BodyOf(fact), KindOf(fact).name, violations);
    ASSERT_THAT(violations.list(), IsEmpty()) << violations.ToStatus() << "\n"
                                              << fact.DebugString();
  }
}

TEST(Simulator, NamesNoTwoFactsAlike) {
  std::set<std::string> keys;
  for (const v1::Fact& fact : AllFacts(Simulator(kSeed, kSome))) {
    const v1::FactSource& source = SourceOf(fact);
    EXPECT_TRUE(
        keys.insert(absl::StrCat(KindOf(fact).name, " ", source.source_system(), " ", source.key()))
            .second)
        << source.key();
  }
}

TEST(Simulator, HasEveryCustomerSeenByFourSystems) {
  const Simulator simulator(kSeed, kSome);
  for (uint64_t customer = 0; customer < kSome; ++customer) {
    std::map<std::string, int> facts;
    for (const v1::Fact& fact : simulator.FactsOf(customer)) {
      ++facts[SourceOf(fact).source_system()];
    }
    EXPECT_EQ(facts["crm"], 1);
    EXPECT_GE(facts["billing"], 2);
    EXPECT_GE(facts["network"], 3);
    EXPECT_GE(facts["care"], 1);
  }
}

TEST(Simulator, LetsAllHappenBeforeItsToday) {
  for (const v1::Fact& fact : AllFacts(Simulator(kSeed, kSome))) {
    const int64_t time = SourceOf(fact).event_time().seconds();
    EXPECT_LE(time, kToday) << fact.ShortDebugString();
    EXPECT_GE(time, kToday - 20 * 365 * kDay) << fact.ShortDebugString();
    EXPECT_LE(KindOf(fact).occurrence_time(BodyOf(fact)), kToday * 1000000)
        << fact.ShortDebugString();
  }
}

TEST(Simulator, SaysHowItsCustomersAreFound) {
  const Simulator simulator(kSeed, 60);
  for (uint64_t customer = 0; customer < simulator.customers(); ++customer) {
    bool account = false;
    bool number = false;
    for (const v1::Fact& fact : simulator.FactsOf(customer)) {
      account |= fact.has_billing_account() &&
                 fact.billing_account().source().key() == Simulator::BillingAccountKey(customer);
      number |= fact.has_resource() &&
                core::NormalizeIdentifier(v1::IDENTIFIER_TYPE_MSISDN, fact.resource().value()) ==
                    core::NormalizeIdentifier(v1::IDENTIFIER_TYPE_MSISDN,
                                              simulator.MobileNumber(customer));
    }
    EXPECT_TRUE(account) << customer;
    EXPECT_TRUE(number) << customer;
    EXPECT_EQ(simulator.FactsOf(customer)[0].source_record().source().key(),
              Simulator::CustomerKey(customer));
  }
}

// The bills of all accounts, with what was paid for them.
struct Ledger {
  std::map<std::string, const v1::CustomerBill*> bills;
  std::map<std::string, int64_t> paid;

  explicit Ledger(const std::vector<v1::Fact>& facts) {
    for (const v1::Fact& fact : facts) {
      if (fact.has_customer_bill()) {
        bills[fact.customer_bill().source().key()] = &fact.customer_bill();
      } else if (fact.has_payment()) {
        paid[fact.payment().customer_bill_key()] += fact.payment().amount().minor_units();
      }
    }
  }
};

TEST(SimulatedBilling, PaysOnlyForBillsThatAreThereAndNotTooMuch) {
  const std::vector<v1::Fact> facts = AllFacts(Simulator(kSeed, kSome));
  const Ledger ledger(facts);
  EXPECT_GT(ledger.paid.size(), 1000u);
  for (const auto& [key, paid] : ledger.paid) {
    const auto bill = ledger.bills.find(key);
    ASSERT_NE(bill, ledger.bills.end()) << key;
    EXPECT_LE(paid, bill->second->amount().minor_units()) << key;
  }
}

TEST(SimulatedBilling, SaysOfEveryBillWhetherItIsPaid) {
  const std::vector<v1::Fact> facts = AllFacts(Simulator(kSeed, kSome));
  Ledger ledger(facts);
  for (const auto& [key, bill] : ledger.bills) {
    const int64_t paid = ledger.paid[key];
    const auto expected = paid == 0 ? v1::CUSTOMER_BILL_STATE_SENT
                          : paid < bill->amount().minor_units()
                              ? v1::CUSTOMER_BILL_STATE_PARTIALLY_PAID
                              : v1::CUSTOMER_BILL_STATE_SETTLED;
    EXPECT_EQ(bill->state(), expected) << key;
    EXPECT_GT(bill->amount().minor_units(), 0) << key;
  }
}

TEST(SimulatedBilling, LeavesSomeBillsOverdueAndSomePaidLate) {
  const std::vector<v1::Fact> facts = AllFacts(Simulator(kSeed, kSome));
  Ledger ledger(facts);
  std::set<std::string> overdue_accounts;
  std::set<std::string> accounts;
  for (const auto& [key, bill] : ledger.bills) {
    accounts.insert(bill->billing_account_key());
    if (bill->due_time().seconds() < kToday && bill->state() != v1::CUSTOMER_BILL_STATE_SETTLED) {
      overdue_accounts.insert(bill->billing_account_key());
    }
  }
  const double share =
      static_cast<double>(overdue_accounts.size()) / static_cast<double>(accounts.size());
  EXPECT_GT(share, 0.03);
  EXPECT_LT(share, 0.25);
  const auto late = std::count_if(facts.begin(), facts.end(), [&](const v1::Fact& fact) {
    return fact.has_payment() &&
           fact.payment().source().event_time().seconds() >
               ledger.bills.at(fact.payment().customer_bill_key())->due_time().seconds();
  });
  EXPECT_GT(late, 50);
}

TEST(SimulatedNetwork, GivesANumberToOneCustomerAtATime) {
  struct Holder {
    int64_t from;
    int64_t to;
  };
  std::map<std::string, std::vector<Holder>> holders;
  for (const v1::Fact& fact : AllFacts(Simulator(kSeed, kSome))) {
    if (!fact.has_resource()) continue;
    const v1::Resource& resource = fact.resource();
    const auto& period = resource.valid_period();
    holders[absl::StrCat(resource.resource_type(), " ", resource.value())].push_back(
        {period.start_time().seconds(),
         period.has_end_time() ? period.end_time().seconds() : kToday * 2});
  }
  size_t recycled = 0;
  for (auto& [value, periods] : holders) {
    if (periods.size() == 1) continue;
    ++recycled;
    ASSERT_THAT(periods, SizeIs(2)) << value;
    if (periods[0].from > periods[1].from) std::swap(periods[0], periods[1]);
    EXPECT_LT(periods[0].to + 90 * kDay, periods[1].from) << value;
  }
  EXPECT_EQ(recycled, kSome / 50);
}

TEST(SimulatedPeople, AreOfEverySort) {
  std::map<std::string, int> sorts;
  for (const v1::Fact& fact : AllFacts(Simulator(kSeed, kSome))) {
    if (!fact.has_source_record()) continue;
    const v1::SourceRecord& record = fact.source_record();
    if (record.source().source_system() == "billing") {
      ++sorts["known to billing too"];
      continue;
    }
    ++sorts["all"];
    if (record.party_type() == v1::PARTY_TYPE_ORGANIZATION) ++sorts["organization"];
    if (record.status() == v1::CUSTOMER_STATUS_TERMINATED) ++sorts["left"];
    if (record.name()[0] >= 'A' && record.name()[0] <= 'Z') ++sorts["Western name"];
    if (record.references_size() > 2) ++sorts["several accounts"];
  }
  EXPECT_EQ(sorts["all"], 500);
  EXPECT_NEAR(sorts["organization"], 30, 20);
  EXPECT_NEAR(sorts["left"], 50, 25);
  EXPECT_NEAR(sorts["Western name"], 40, 25);
  EXPECT_NEAR(sorts["known to billing too"], 125, 45);
  EXPECT_GT(sorts["several accounts"], 5);
}

// Takes all facts into a core over the memory store, in batches.
class SimulatedOperator : public ::testing::TestWithParam<Order> {};

TEST_P(SimulatedOperator, IsTakenInAsSoManyCustomers) {
  const std::unique_ptr<storage::RecordStore> store = storage::NewMemoryStore();
  const ManualClock clock(kToday * 1000000);
  IdGenerator ids(clock, 1);
  core::Platform platform(*store, clock, ids, 1 << 20, core::RunSerially);
  const core::Call call{.client = "simulate"};

  const Simulator simulator(kSeed, 100, Facts(40, GetParam()));
  const std::vector<std::string> facts = Serialized(AllFacts(simulator));
  constexpr size_t kBatch = 500;
  for (size_t at = 0; at < facts.size(); at += kBatch) {
    const std::vector<absl::string_view> batch(
        facts.begin() + static_cast<std::ptrdiff_t>(at),
        facts.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, facts.size())));
    for (const v1::FactResult& result : platform.ingest.TakeBatch(call, batch)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.ShortDebugString();
    }
  }
  v1::GetStatisticsResponse statistics;
  ASSERT_TRUE(platform.customers.GetStatistics(call, {}, statistics).ok());
  EXPECT_EQ(statistics.customers(), 100);
  EXPECT_EQ(statistics.identity_conflicts(), 0);
}

INSTANTIATE_TEST_SUITE_P(InEveryOrder, SimulatedOperator,
                         ::testing::Values(Order::kSystemsInTurn, Order::kShuffled),
                         [](const auto& order) {
                           return order.param == Order::kShuffled ? "Shuffled" : "SystemsInTurn";
                         });

TEST(SimulatedNumbers, BelongToOneCustomerEach) {
  std::set<std::string> numbers;
  size_t made = 0;
  for (uint64_t customer = 0; customer < 20'000; ++customer) {
    for (const std::string& number :
         {MobileNumber(customer, 0), MobileNumber(customer, 1), Imsi(customer, 0),
          Iccid(customer, 1), Imei(customer, 0), OntSerial(customer), StbSerial(customer),
          CreditCode(1101, customer), ResidentId(3301, customer % 2 == 0, customer)}) {
      numbers.insert(number);
      ++made;
    }
  }
  EXPECT_EQ(numbers.size(), made);
}

TEST(SimulatedNumbers, HaveTheirLengths) {
  for (const uint64_t customer : {uint64_t{0}, uint64_t{12345}, kMaxCustomers - 1}) {
    EXPECT_THAT(MobileNumber(customer, 9), SizeIs(11));
    EXPECT_THAT(Imsi(customer, 9), SizeIs(15));
    EXPECT_THAT(Iccid(customer, 9), SizeIs(20));
    EXPECT_THAT(Imei(customer, 9), SizeIs(15));
    EXPECT_THAT(OntSerial(customer), SizeIs(12));
    EXPECT_THAT(ResidentId(1101, true, customer), SizeIs(18));
    EXPECT_THAT(CreditCode(1101, customer), SizeIs(18));
  }
}

TEST(SimulatedNumbers, CarryLuhnsCheckDigit) {
  EXPECT_EQ(LuhnDigit("49015420323751"), '8');  // A much quoted IMEI.
  EXPECT_EQ(LuhnDigit("7992739871"), '3');      // The usual example.
  const std::string iccid = Iccid(77, 0);
  EXPECT_EQ(LuhnDigit(iccid.substr(0, 19)), iccid[19]);
}

TEST(SimulatedNumbers, CarryTheCheckCharacterOfAResidentId) {
  // ISO 7064, MOD 11-2, by its recursive rule instead of weights.
  for (uint64_t customer = 0; customer < 1000; ++customer) {
    const std::string id = ResidentId(1101, customer % 3 == 0, customer);
    int sum = 0;
    for (size_t i = 0; i < 17; ++i) sum = (sum + (id[i] - '0')) * 2 % 11;
    const int last = id[17] == 'X' ? 10 : id[17] - '0';
    EXPECT_EQ((sum + last) % 11, 1) << id;
  }
}

TEST(SimulatedNumbers, CarryTheCheckCharacterOfACreditCode) {
  // GB 32100: the 17 values, weighted by powers of 3, and the last are a multiple of 31 together.
  const std::string characters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  for (uint64_t customer = 0; customer < 1000; ++customer) {
    const std::string code = CreditCode(3301, customer);
    size_t sum = 0;
    size_t weight = 1;
    for (size_t i = 0; i < code.size(); ++i) {
      const size_t value = characters.find(code[i]);
      ASSERT_NE(value, std::string::npos) << code;
      sum += value * (i < 17 ? weight : 1);
      weight = weight * 3 % 31;
    }
    EXPECT_EQ(sum % 31, 0u) << code;
  }
}

TEST(SimulatedNumbers, AreWrittenInWaysThatMeanTheSame) {
  for (int style = 0; style < 4; ++style) {
    EXPECT_EQ(core::NormalizeIdentifier(v1::IDENTIFIER_TYPE_MSISDN,
                                        WrittenNumber(MobileNumber(5, 0), style)),
              "86" + MobileNumber(5, 0));
  }
}

TEST(SimulatedRandom, SpendsLikePeopleDo) {
  Random random(1);
  std::vector<int64_t> drawn(100'000);
  for (int64_t& value : drawn) value = random.LogNormalPermille();
  std::sort(drawn.begin(), drawn.end());
  EXPECT_NEAR(static_cast<double>(drawn[50'000]), 1000, 20);
  EXPECT_NEAR(static_cast<double>(drawn[84'134]), 1733, 40);  // exp(0.55): one sigma up.
  EXPECT_NEAR(static_cast<double>(drawn[15'866]), 577, 20);
  EXPECT_GE(drawn.front(), 205);
  EXPECT_LE(drawn.back(), 4869);
}

TEST(SimulatedCalendar, KeepsChineseTime) {
  EXPECT_EQ(StartOf(absl::CivilDay(2026, 1, 1)), kToday);
  EXPECT_EQ(DayOf(kToday), absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(DayOf(kToday - 1), absl::CivilDay(2025, 12, 31));
  EXPECT_EQ(YearMonth(absl::CivilDay(2025, 2, 1)), "2502");
}

}  // namespace
}  // namespace yilan::simulate
