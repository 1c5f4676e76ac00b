// Counts the quality of facts as they pass by.
#ifndef YILAN_CORE_QUALITY_SCORECARD_H_
#define YILAN_CORE_QUALITY_SCORECARD_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/facts/fact_kinds.h"
#include "core/quality/duration_counts.h"
#include "core/quality/shared_values.h"
#include "core/quality/validity.h"
#include "google/protobuf/arena.h"
#include "storage/record.h"
#include "yilan/v1/quality.pb.h"

namespace yilan::core {

// Of which customers, with what records, does not matter, nor their order. What it keeps are
// counts, and digests of identifiers while it counts; its memory has a bound (some 100 MB). Not
// thread-safe.
//
//   ScorecardCounts counts(clock.Now());
//   for (…) RETURN_IF_ERROR(counts.Add(customer, record));
//   counts.Fill(scorecard);
class ScorecardCounts {
 public:
  // Ages count to `now`. At most `max_compared` identifiers are kept to be compared.
  explicit ScorecardCounts(TimeMicros now, size_t max_compared = 1000000);
  ~ScorecardCounts();

  // Takes one record of a customer; those that are no facts are passed over. Errors: DATA_LOSS when
  // it does not parse.
  absl::Status Add(storage::CustomerId customer, const storage::RecordView& record);
  // Fills what facts tell: `facts`, `sources` and `identifier_sampling`.
  void Fill(v1::QualityScorecard& scorecard) const;

  // Sources beyond these are not told of, so that a scorecard is no larger than a record may be.
  static constexpr size_t kMaxSources = 200;

 private:
  struct Field;
  struct Facts;
  struct KindPlan;
  using SubField = std::pair<int, int>;  // Number of a field, and the type in it.

  const KindPlan& PlanOf(const FactKind& kind);
  void CountFields(const KindPlan& plan, const google::protobuf::Message& fact, Facts& facts);
  void CountSourceRecord(storage::CustomerId customer, const v1::SourceRecord& record,
                         Facts& facts);
  void CountResource(storage::CustomerId customer, const v1::Resource& resource, Facts& facts);
  // One value of an identifier, in a field that SubFieldOf has made.
  void CountIdentifier(storage::CustomerId customer, const SubField& sub_field,
                       v1::IdentifierType type, absl::string_view value,
                       const v1::TimePeriod& period, Facts& facts);
  Field& SubFieldOf(Facts& facts, int number, int type, const std::string& name);

  const TimeMicros now_;
  const int today_;  // YYYYMMDD
  SharedValues identifiers_;
  uint32_t groups_ = 0;
  std::map<storage::Kind, std::unique_ptr<KindPlan>> plans_;
  // By source system and kind.
  std::map<std::pair<std::string, storage::Kind>, std::unique_ptr<Facts>> facts_;
  google::protobuf::Arena arena_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_SCORECARD_H_
