// `yilan identity` against the real server.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/clients/yilan_process.h"

namespace yilan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// crm and billing know 王小明, and crm 李小红 as well.
class YilanIdentity : public ::testing::Test {
 protected:
  YilanIdentity() : server_({"--storage", "memory:"}) {
    directory_.Write("p.mapping.yaml", R"(
version: 1
source: {event_time: "2024-02-01"}
facts:
  - fact: source_record
    source_system: "{system}"
    set:
      source.key: "{id}"
      name: "{name}"
      contact_media: [{type: PHONE, value: "{phone}"}]
)");
    directory_.Write("p.csv",
                     "system,id,name,phone\n"
                     "crm,C1,王小明,13800138000\n"
                     "billing,B1,王小明,+8613800138000\n"
                     "crm,C2,李小红,13900139000\n");
    const e2e::Outcome imported = Run({"import", "-q", directory_.File("p.csv")});
    EXPECT_EQ(imported.exit_code, 0) << imported.err;
  }

  e2e::Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--server", server_.address()});
    return RunYilan(arguments);
  }
  e2e::Outcome Identity(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "identity");
    return Run(arguments);
  }
  nlohmann::json Json(const std::vector<std::string>& arguments) {
    const e2e::Outcome outcome = Identity(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out, nullptr, false);
  }

  TemporaryDirectory directory_;
  e2e::ServerProcess server_;
};

TEST_F(YilanIdentity, MatchSaysWhoARecordCouldBe) {
  const e2e::Outcome found =
      Identity({"match", "--name", "王小明", "--phone", "138 0013 8000", "--explain"});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.out,
              AllOf(HasSubstr("joined"), HasSubstr("msisdn and name"), HasSubstr("phone"),
                    HasSubstr("sum, in bits"), HasSubstr("They would not be joined with ")));
  const auto json =
      Json({"match", "--record", R"({"name": "王小明"})", "--phone", "13800138000", "--json"});
  ASSERT_EQ(json["candidates"].size(), 1u);
  EXPECT_EQ(json["candidates"][0]["explanation"]["rule"], "MATCH_RULE_MSISDN_AND_NAME");
  // The record that is stored as crm/C2, if it said this.
  EXPECT_THAT(
      Identity({"match", "--key", "crm/C2", "--name", "王小明", "--phone", "13800138000"}).out,
      HasSubstr("joined"));
  const e2e::Outcome nobody = Identity({"match", "--name", "张三丰"});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.out, HasSubstr("nobody that is known could be this one\n"));
}

TEST_F(YilanIdentity, MatchNamesWhatIsWrong) {
  EXPECT_THAT(Identity({"match"}).err, HasSubstr("say something of the record"));
  EXPECT_EQ(Identity({"match", "--key", "crm", "--name", "x"}).exit_code, 2);
  EXPECT_THAT(Identity({"match", "--record", "{"}).err,
              HasSubstr("the record is not a yilan.v1.SourceRecord in JSON"));
  EXPECT_THAT(Identity({"match", "--name", "x", "--city", "北京"}).err,
              HasSubstr("go with --address"));
  EXPECT_EQ(Identity({"match", "--name", "x", "--min-probability", "2"}).exit_code, 2);
}

TEST_F(YilanIdentity, ExplainSaysWhyTwoAreOneOrNot) {
  const e2e::Outcome one = Identity({"explain", "crm/C1", "billing/B1"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_THAT(one.out, AllOf(HasSubstr("One customer: "), HasSubstr("crm/C1 and billing/B1: "),
                             HasSubstr("prior"), HasSubstr("Compared because they share: phone"),
                             HasSubstr("merge")));
  EXPECT_EQ(Identity({"explain", "msisdn:13800138000"}).exit_code, 0);
  const e2e::Outcome two = Identity({"explain", "crm/C1", "crm/C2"});
  EXPECT_THAT(two.out, AllOf(HasSubstr("Two customers: "), HasSubstr("kept as two")));
  EXPECT_TRUE(Json({"explain", "crm/C1", "billing/B1", "--json"})["sameCustomer"]);
  const e2e::Outcome unknown = Identity({"explain", "crm/C9"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("no customer goes by this identifier"));
}

TEST_F(YilanIdentity, AMergeIsPreviewedMadeSeenAndUndone) {
  const e2e::Outcome preview = Identity({"preview-merge", "crm/C1", "crm/C2"});
  EXPECT_EQ(preview.exit_code, 0) << preview.err;
  EXPECT_THAT(preview.out, AllOf(HasSubstr("Moves: crm/C2"), HasSubstr("source records")));
  const std::string old = Json({"preview-merge", "crm/C1", "crm/C2", "--json"})["fromCustomerId"];
  EXPECT_THAT(Identity({"merge", "crm/C1", "crm/C2", "--check"}).out,
              HasSubstr("nothing was written"));
  const auto merged = Json({"merge", "crm/C1", "crm/C2", "--note", "called", "--json"});
  EXPECT_THAT(Run({"view", old}).out, HasSubstr(old + ", merged into this customer"));
  EXPECT_THAT(Run({"search", old}).out, HasSubstr(old));
  EXPECT_THAT(Identity({"history", "crm/C2"}).out,
              AllOf(HasSubstr("merge"), HasSubstr("a steward decided: called"),
                    HasSubstr(std::string(merged["eventId"]))));
  const e2e::Outcome again = Identity({"merge", "crm/C1", "crm/C2"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("there is nothing to merge"));
  const e2e::Outcome undone = Identity({"unmerge", merged["eventId"]});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_THAT(undone.out, HasSubstr(old));
  // Kept apart from now on.
  const e2e::Outcome kept = Identity({"preview-merge", "crm/C1", "crm/C2"});
  EXPECT_EQ(kept.exit_code, 1);
  EXPECT_THAT(kept.out, HasSubstr("Kept apart: a steward decided that they are different"));
  EXPECT_THAT(Identity({"merge", "crm/C1", "crm/C2"}).err, HasSubstr("lift_separation"));
  EXPECT_THAT(Identity({"merge", "crm/C1", "crm/C2", "--lift-separation"}).out,
              HasSubstr("undo with: yilan identity unmerge "));
}

TEST_F(YilanIdentity, WhatIsNoDuplicateIsSaidSo) {
  EXPECT_EQ(Identity({"not-duplicate", "crm/C1", "crm/C2", "--check"}).exit_code, 0);
  EXPECT_EQ(Identity({"history", "crm/C2"}).out,
            "nothing was ever merged with this customer, nor kept apart from it\n");
  EXPECT_EQ(Identity({"not-duplicate", "crm/C1", "crm/C2"}).exit_code, 0);
  EXPECT_THAT(Identity({"explain", "crm/C1", "crm/C2"}).out,
              AllOf(HasSubstr("Kept apart: "), HasSubstr("not duplicate")));
  EXPECT_EQ(Json({"history", "crm/C2", "--json"})["events"].size(), 1u);
  EXPECT_EQ(Identity({"not-duplicate", "crm/C1", "billing/B1"}).exit_code, 1);
}

TEST_F(YilanIdentity, ThatACommandIsMissingSaysWhichThereAre) {
  EXPECT_EQ(Run({"identity"}).exit_code, 2);
  EXPECT_THAT(Identity({"--help"}).out,
              AllOf(HasSubstr("match"), HasSubstr("preview-merge"), HasSubstr("not-duplicate")));
}

}  // namespace
}  // namespace yilan
