// What a view is asked to show: masks and limits, and which ways of asking are the same.
#include "core/views/view_shape.h"

#include <string>
#include <vector>

#include "core/errors.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<ViewShape> ShapeOf(const std::string& options) {
  v1::ViewOptions parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(options, &parsed)) << options;
  return ViewShape::Parse(parsed, "options");
}
std::string KeyOf(const std::string& options) {
  const auto shape = ShapeOf(options);
  EXPECT_THAT(shape, IsOk());
  return shape.ok() ? shape->key() : "";
}
// The fields that are refused.
std::vector<std::string> Refused(const std::string& options) {
  const auto shape = ShapeOf(options);
  std::vector<std::string> fields;
  if (shape.ok()) return fields;
  EXPECT_EQ(ReasonOf(shape.status()), v1::ERROR_REASON_INVALID_FIELDS);
  for (const Violation& violation : ViolationsOf(shape.status())) fields.push_back(violation.field);
  return fields;
}
size_t LoadLimit(const ViewShape& shape, storage::Kind kind) {
  for (const storage::KindLimit& limit : shape.load()) {
    if (limit.kind == kind) return limit.max;
  }
  return SIZE_MAX;
}

constexpr storage::Kind kSourceRecord = v1::Fact::kSourceRecord;
constexpr storage::Kind kBill = v1::Fact::kCustomerBill;
constexpr storage::Kind kPayment = v1::Fact::kPayment;

TEST(ViewShapeTest, TheDefaultShowsTwentyOfEverything) {
  const ViewShape shape;
  EXPECT_TRUE(shape.profile() && shape.totals() && shape.subjects() && shape.identity_conflicts());
  for (const FactKind& kind : AllFactKinds()) EXPECT_EQ(shape.LimitOf(kind.kind), 20u);
  EXPECT_EQ(shape.LimitOf(kSubjectKind), 0u);
  EXPECT_EQ(shape.LimitOf(9999), 0u);
  EXPECT_EQ(shape.key(), "");
  EXPECT_EQ(shape.key_hash(), 0u);
}

TEST(ViewShapeTest, AMaskShowsItsSectionsOnly) {
  const auto shape = ShapeOf("section_mask { paths: 'totals' paths: 'customer_bills' }");
  ASSERT_THAT(shape, IsOk());
  EXPECT_TRUE(shape->totals());
  EXPECT_FALSE(shape->profile() || shape->subjects() || shape->identity_conflicts());
  EXPECT_EQ(shape->LimitOf(kBill), 20u);
  EXPECT_EQ(shape->LimitOf(kPayment), 0u);
}

TEST(ViewShapeTest, WhatIsNotShownIsNotRead) {
  const auto bills = ShapeOf("section_mask { paths: 'customer_bills' }");
  EXPECT_EQ(LoadLimit(*bills, kBill), 20u);
  for (const storage::Kind kind : {kSubjectKind, kTombstoneKind, kIdentityConflictKind,
                                   kQuarantinedFactKind, kSourceRecord, kPayment}) {
    EXPECT_EQ(LoadLimit(*bills, kind), 0u) << kind;
  }
  const ViewShape all;
  EXPECT_EQ(LoadLimit(all, kTombstoneKind), 0u);
  EXPECT_EQ(LoadLimit(all, kQuarantinedFactKind), 0u);
}

TEST(ViewShapeTest, TheProfileNeedsAllSourceRecordsWhateverTheirLimit) {
  const auto shape = ShapeOf("section_limits { section: 'source_records' limit: 1 }");
  EXPECT_EQ(LoadLimit(*shape, kSourceRecord), SIZE_MAX);
  EXPECT_EQ(shape->LimitOf(kSourceRecord), 1u);
}

TEST(ViewShapeTest, KindsToLoadAreSortedAsTheStoreWantsThem) {
  for (const std::string options : {"", "section_mask { paths: 'etag' }"}) {
    const auto shape = ShapeOf(options);
    for (size_t i = 1; i < shape->load().size(); ++i) {
      EXPECT_LT(shape->load()[i - 1].kind, shape->load()[i].kind);
    }
  }
}

TEST(ViewShapeTest, WaysOfAskingForTheSameAreOneShape) {
  EXPECT_EQ(KeyOf("section_limits { section: 'payments' limit: 20 }"), "");
  EXPECT_EQ(KeyOf("section_mask { paths: 'profile' paths: 'totals' paths: 'profile' }"),
            KeyOf("section_mask { paths: 'etag' paths: 'totals' paths: 'profile' }"));
  // A section with limit 0 is one that is not shown.
  EXPECT_EQ(KeyOf("section_mask { paths: 'totals' paths: 'payments' } "
                  "section_limits { section: 'payments' limit: 0 }"),
            KeyOf("section_mask { paths: 'totals' }"));
  // A limit does not bring back what the mask leaves out.
  EXPECT_EQ(KeyOf("section_mask { paths: 'totals' } "
                  "section_limits { section: 'payments' limit: 7 }"),
            KeyOf("section_mask { paths: 'totals' }"));
}

TEST(ViewShapeTest, AMaskOfAllSectionsIsTheDefault) {
  std::string mask;
  const auto* view = v1::CustomerView::descriptor();
  for (int i = 0; i < view->field_count(); ++i) mask += "paths: '" + view->field(i)->name() + "' ";
  EXPECT_EQ(KeyOf("section_mask { " + mask + "}"), "");
}

TEST(ViewShapeTest, DifferentShapesHaveDifferentKeys) {
  EXPECT_NE(KeyOf("section_mask { paths: 'totals' }"), KeyOf("section_mask { paths: 'profile' }"));
  EXPECT_NE(KeyOf("section_limits { section: 'payments' limit: 1 }"),
            KeyOf("section_limits { section: 'payments' limit: 257 }"));
  EXPECT_NE(KeyOf("section_limits { section: 'payments' limit: 1 }"),
            KeyOf("section_limits { section: 'customer_bills' limit: 1 }"));
}

TEST(ViewShapeTest, AMaskWithoutASectionShowsIdAndEtag) {
  EXPECT_THAT(ShapeOf("section_mask { paths: 'customer_id' }"), IsOk());
  EXPECT_FALSE(ShapeOf("section_mask { paths: 'etag' }")->totals());
}

TEST(ViewShapeTest, UnknownSectionsAreNamedAllOfThem) {
  EXPECT_THAT(Refused("section_mask { paths: 'totals' paths: 'bills' paths: '' }"),
              ElementsAre("options.section_mask", "options.section_mask"));
  EXPECT_THAT(std::string(ShapeOf("section_mask { paths: 'bills' }").status().message()),
              HasSubstr("\"bills\""));
}

TEST(ViewShapeTest, PartsOfSectionsAreRefusedWithTheReason) {
  const auto shape = ShapeOf("section_mask { paths: 'profile.name' }");
  EXPECT_THAT(std::string(shape.status().message()), HasSubstr("only whole sections"));
}

TEST(ViewShapeTest, LimitsAreForSectionsOfFactsEachOnceFromZeroToAThousand) {
  EXPECT_THAT(Refused("section_limits { section: 'profile' limit: 1 } "
                      "section_limits { section: 'bills' limit: 1 } "
                      "section_limits { section: 'payments' limit: 1 } "
                      "section_limits { section: 'payments' limit: 1 } "
                      "section_limits { section: 'products' limit: -1 } "
                      "section_limits { section: 'services' limit: 1001 }"),
              ElementsAre("options.section_limits[0].section", "options.section_limits[1].section",
                          "options.section_limits[3].section", "options.section_limits[4].limit",
                          "options.section_limits[5].limit"));
  EXPECT_EQ(ShapeOf("section_limits { section: 'payments' limit: 1000 }")->LimitOf(kPayment),
            1000u);
}

}  // namespace
}  // namespace yilan::core
