#include "core/matching/blocking.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace yilan::core {
namespace {

PartyFeatures MaryBerry() {
  PartyFeatures person;
  person.party_type = v1::PARTY_TYPE_INDIVIDUAL;
  person.given_name = {"mary", "mary"};
  person.family_name = {"berry", "berry"};
  person.name = {"mary berry", "mary berry"};
  person.birth_date = "19840312";
  person.phones = {{"61412345678"}};
  person.emails = {{"mary.berry@example.com"}};
  person.documents = {{DocumentFeature::Scheme::kOther, "7364009", false}};
  person.addresses = {{.text = "12 hawker pl",
                       .house_number = "12",
                       .street = "hawker pl",
                       .city = "dapto",
                       .state = "nsw",
                       .postal_code = "2530"}};
  return person;
}

bool ShareKey(const PartyFeatures& a, const PartyFeatures& b) {
  const std::vector<BlockingKey> left = BlockingKeysOf(PartyView(a));
  const std::vector<BlockingKey> right = BlockingKeysOf(PartyView(b));
  return std::any_of(left.begin(), left.end(), [&](BlockingKey key) {
    return std::binary_search(right.begin(), right.end(), key);
  });
}

bool HasRule(const PartyFeatures& party, v1::BlockingRule rule) {
  const std::vector<BlockingKey> keys = BlockingKeysOf(PartyView(party));
  return std::any_of(keys.begin(), keys.end(),
                     [&](BlockingKey key) { return RuleOf(key) == rule; });
}

TEST(BlockingKeysOf, HasAKeyForEveryRuleOfAPerson) {
  for (int rule = 1; rule < v1::BlockingRule_ARRAYSIZE; ++rule) {
    if (rule == v1::BLOCKING_RULE_ORGANIZATION_NAME_PART) continue;
    EXPECT_TRUE(HasRule(MaryBerry(), static_cast<v1::BlockingRule>(rule)))
        << v1::BlockingRule_Name(static_cast<v1::BlockingRule>(rule));
  }
}

TEST(BlockingKeysOf, AreAtMostTwentyForARecordWithOneOfEach) {
  EXPECT_LE(BlockingKeysOf(PartyView(MaryBerry())).size(), 20u);
}

TEST(BlockingKeysOf, AreSortedAndEachThereOnce) {
  const std::vector<BlockingKey> keys = BlockingKeysOf(PartyView(MaryBerry()));
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(BlockingKeysOf, AreNoneForARecordThatSaysNothing) {
  EXPECT_TRUE(BlockingKeysOf(PartyView(PartyFeatures())).empty());
}

TEST(BlockingKeysOf, StayAsTheyAreStored) {
  // Index terms of stores: another value would have to be computed for every record.
  EXPECT_EQ(PhoneKey("8613800138000"), BlockingKeysOf(PartyView([] {
                                         PartyFeatures party;
                                         party.phones = {{"8613800138000"}};
                                         return party;
                                       }()))
                                           .front());
  EXPECT_EQ(RuleOf(PhoneKey("8613800138000")), v1::BLOCKING_RULE_PHONE);
  EXPECT_EQ(BlockingTerm(0x0102030405060708), "\x01\x02\x03\x04\x05\x06\x07\x08");
}

TEST(BlockingKeysOf, FindPeopleWithErrorsInAnyTwoFields) {
  const std::vector<void (*)(PartyFeatures&)> errors = {
      [](PartyFeatures& p) {
        p.given_name = p.name = {"robert", "robert"};
      },
      [](PartyFeatures& p) {
        p.family_name = {"smith", "smith"};
      },
      [](PartyFeatures& p) { p.birth_date = "19790523"; },
      [](PartyFeatures& p) { p.addresses[0].house_number = "77"; },
      [](PartyFeatures& p) { p.addresses[0].street = "bannister rd"; },
      [](PartyFeatures& p) { p.addresses[0].city = "leeton"; },
      [](PartyFeatures& p) { p.addresses[0].postal_code = "4711"; },
  };
  PartyFeatures original = MaryBerry();
  // Names, address and birth date are all there is.
  original.phones.clear();
  original.emails.clear();
  original.documents.clear();
  for (size_t i = 0; i < errors.size(); ++i) {
    for (size_t j = i; j < errors.size(); ++j) {
      PartyFeatures copy = original;
      errors[i](copy);
      errors[j](copy);
      EXPECT_TRUE(ShareKey(original, copy)) << i << " " << j;
    }
  }
}

TEST(BlockingKeysOf, FindExchangedNames) {
  PartyFeatures original = MaryBerry();
  PartyFeatures exchanged;
  exchanged.party_type = v1::PARTY_TYPE_INDIVIDUAL;
  exchanged.given_name = {"berry", "berry"};
  exchanged.family_name = {"mary", "mary"};
  EXPECT_TRUE(ShareKey(original, exchanged));
}

TEST(BlockingKeysOf, FindAChineseNameInPinyin) {
  PartyFeatures chinese;
  chinese.party_type = v1::PARTY_TYPE_INDIVIDUAL;
  chinese.given_name = {"小明", "xiao ming"};
  chinese.family_name = {"王", "wang"};
  PartyFeatures pinyin = chinese;
  pinyin.given_name = {"xiaoming", "xiao ming"};
  pinyin.family_name = {"wang", "wang"};
  EXPECT_TRUE(ShareKey(chinese, pinyin));
}

TEST(BlockingKeysOf, FindAnOrganizationByAPartOfItsName) {
  PartyFeatures first;
  first.party_type = v1::PARTY_TYPE_ORGANIZATION;
  first.name = {"远景软件", "yuan jing ruan jian"};
  PartyFeatures second = first;
  second.name = {"北京远景软件", "bei jing yuan jing ruan jian"};
  EXPECT_TRUE(ShareKey(first, second));
}

TEST(BlockingKeysOf, KeepTheStrongestWhereThereAreTooMany) {
  PartyFeatures party = MaryBerry();
  for (int i = 0; i < 20; ++i) {
    AddressFeature address = party.addresses[0];
    address.city += std::to_string(i);
    address.postal_code = std::to_string(1000 + i);
    party.addresses.push_back(address);
  }
  const std::vector<BlockingKey> keys = BlockingKeysOf(PartyView(party));
  EXPECT_EQ(keys.size(), kMostBlockingKeys);
  EXPECT_TRUE(HasRule(party, v1::BLOCKING_RULE_PHONE));
  EXPECT_TRUE(HasRule(party, v1::BLOCKING_RULE_DOCUMENT));
}

TEST(LeaveOutSharedContacts, TakesOutThoseOverTheirCapOnly) {
  PartyFeatures party = MaryBerry();
  party.phones.push_back({"61499999999"});
  PartyView view(party);
  LeaveOutSharedContacts({PhoneKey("61412345678"), EmailKey("mary.berry@example.com")}, view);
  ASSERT_EQ(view.phones.size(), 1u);
  EXPECT_EQ(view.phones[0].value, "61499999999");
  EXPECT_TRUE(view.emails.empty());
}

TEST(SoundOf, IsTheSameForWhatSoundsAlike) {
  EXPECT_EQ(SoundOf("robert"), "r163");
  EXPECT_EQ(SoundOf("rupert"), "r163");
  EXPECT_EQ(SoundOf("xiao ming"), SoundOf("xiaomin"));
  EXPECT_NE(SoundOf("mary"), SoundOf("robert"));
}

}  // namespace
}  // namespace yilan::core
