// What means something in SQL means nothing in a value: every string field of every kind of fact,
// in the database as in memory.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/platform.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_store.h"
#include "storage/mysql/mysql_store.h"
#include "tests/bench/operator_facts.h"
#include "tests/mysql/test_databases.h"
#include "tests/status_matchers.h"
#include "yilan/v1/customer_service.pb.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::storage {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const char* const kStrings[] = {
    "a'; DROP TABLE entries; -- ", "a\"\\'`%_?{}()", "a' OR '1'='1", "a\\",
    "a/*!50000 x */#\n\r\t\x1a",   "a\u2019用户'\"😀"};

// Calls `visit` with each string field of `message` and of the messages in it, set to `value` and
// then as it was.
template <typename Visit>
void WithEachString(Message& message, const std::string& value, int depth, const Visit& visit) {
  const auto* const reflection = message.GetReflection();
  const auto* const descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* const field = descriptor->field(i);
    const std::unique_ptr<Message> before(message.New());
    before->CopyFrom(message);
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (field->is_repeated()) {
        reflection->AddString(&message, field, value);
      } else {
        reflection->SetString(&message, field, value);
      }
      visit();
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE && depth > 0 && !field->is_map()) {
      Message& inner = field->is_repeated() ? *reflection->AddMessage(&message, field)
                                            : *reflection->MutableMessage(&message, field);
      WithEachString(inner, value, depth - 1, visit);
    }
    message.CopyFrom(*before);
  }
}

// Each of the facts once for each of its string fields.
std::vector<std::string> Facts() {
  std::vector<std::string> facts;
  int key = 0;
  std::string last_kind;
  for (yilan::v1::Fact fact : bench::FactsOf(7, 7)) {
    const auto* const reflection = fact.GetReflection();
    const FieldDescriptor* const kind =
        reflection->GetOneofFieldDescriptor(fact, yilan::v1::Fact::descriptor()->oneof_decl(0));
    if (kind->name() == last_kind) continue;
    last_kind = kind->name();
    facts.push_back(fact.SerializeAsString());
    for (const char* value : kStrings) {
      Message& body = *reflection->MutableMessage(&fact, kind);
      WithEachString(body, value, 3, [&] {
        yilan::v1::Fact copy = fact;
        Message& copied = *copy.GetReflection()->MutableMessage(&copy, kind);
        const FieldDescriptor* const source = copied.GetDescriptor()->FindFieldByName("source");
        Message& copied_source = *copied.GetReflection()->MutableMessage(&copied, source);
        const FieldDescriptor* const key_field =
            copied_source.GetDescriptor()->FindFieldByName("key");
        std::string own_key = copied_source.GetReflection()->GetString(copied_source, key_field);
        absl::StrAppend(&own_key, "/", ++key);
        copied_source.GetReflection()->SetString(&copied_source, key_field, own_key);
        facts.push_back(copy.SerializeAsString());
      });
    }
  }
  return facts;
}

std::vector<ExportEntry> Everything(RecordStore& store) {
  std::vector<ExportEntry> entries;
  EXPECT_THAT(store.Export({},
                           [&](const ExportEntry& entry) {
                             entries.push_back(entry);
                             return absl::OkStatus();
                           }),
              IsOk());
  return entries;
}

// A platform whose ids and times repeat.
struct Side {
  explicit Side(std::unique_ptr<RecordStore> made)
      : store(std::move(made)), platform(*store, clock, ids, size_t{1} << 20, core::RunSerially) {}

  std::unique_ptr<RecordStore> store;
  ManualClock clock{1767225600000000};
  IdGenerator ids{clock, 1};
  core::Platform platform;
};

TEST(MetacharactersTest, AreBytesLikeOthersInEveryField) {
  const auto options = TestDatabases::Get().CreateMigrated();
  ASSERT_THAT(options, IsOk());
  Side in_database(std::make_unique<MySqlStore>(*options));
  Side in_memory(NewMemoryStore());

  const std::vector<std::string> facts = Facts();
  EXPECT_GT(facts.size(), 300u);
  const std::vector<absl::string_view> views(facts.begin(), facts.end());
  size_t taken = 0;
  const auto expected = in_memory.platform.ingest.TakeBatch({.client = kStrings[0]}, views);
  const auto results = in_database.platform.ingest.TakeBatch({.client = kStrings[0]}, views);
  ASSERT_EQ(results.size(), expected.size());
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].ShortDebugString(), expected[i].ShortDebugString());
    if (results[i].outcome() == yilan::v1::FACT_OUTCOME_OK) ++taken;
  }
  EXPECT_GT(taken, facts.size() / 2);
  EXPECT_GT(Everything(*in_memory.store).size(), taken);
  EXPECT_TRUE(Everything(*in_database.store) == Everything(*in_memory.store));

  // And where values are looked for.
  for (const char* value : kStrings) {
    yilan::v1::SearchCustomersRequest search;
    search.set_name_prefix(value);
    yilan::v1::SearchCustomersResponse found;
    yilan::v1::SearchCustomersResponse found_in_memory;
    EXPECT_THAT(in_database.platform.customers.Search({}, search, found), IsOk());
    EXPECT_THAT(in_memory.platform.customers.Search({}, search, found_in_memory), IsOk());
    EXPECT_EQ(found.ShortDebugString(), found_in_memory.ShortDebugString());
    yilan::v1::GetCustomerViewRequest request;
    request.mutable_customer()->mutable_subject()->set_source_system("crm");
    request.mutable_customer()->mutable_subject()->set_customer_key(value);
    const auto view = in_database.platform.views.Get({}, request);
    const auto view_in_memory = in_memory.platform.views.Get({}, request);
    EXPECT_EQ(view.status(), view_in_memory.status());
    if (view.ok() && view_in_memory.ok()) {
      EXPECT_EQ(**view, **view_in_memory);
    }
  }
}

}  // namespace
}  // namespace yilan::storage
