// Records of which it is known who they are of, and how well pairs found among them agree with
// that: for tests and benchmarks.
#ifndef YILAN_TESTS_CORE_MATCHING_LINKAGE_DATA_H_
#define YILAN_TESTS_CORE_MATCHING_LINKAGE_DATA_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/matching/bulk_match.h"
#include "core/matching/match_model.h"
#include "core/matching/packed_parties.h"
#include "yilan/v1/match_model.pb.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

struct LinkageData {
  std::vector<v1::SourceRecord> records;
  std::vector<std::string> parties;  // Who each record is of.
  size_t first_set = 0;              // As BlockIndex::Options.
};

// Reads CSV files as FEBRL makes them through an import mapping: the party of rec-N-org and
// rec-N-dup-k is N. With two files, the records of the first are linked with those of the second.
absl::StatusOr<LinkageData> ReadFebrl(const std::vector<std::string>& paths,
                                      const std::string& mapping);

// What FeaturesOf says of all of them.
PackedParties Pack(const LinkageData& data);

// How the pairs of at least a probability compare with the truth. True pairs that blocking did not
// find are missed.
struct LinkageQuality {
  uint64_t true_pairs = 0;
  uint64_t false_pairs = 0;
  uint64_t missed_pairs = 0;
  double Precision() const;
  double Recall() const;
  double F1() const;
};
LinkageQuality Judge(const LinkageData& data, const std::vector<ScoredPair>& pairs,
                     double least_probability);

// The same for customers: the pairs of records that have the same number.
LinkageQuality JudgeClusters(const LinkageData& data, const std::vector<size_t>& cluster_of);

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_MATCHING_LINKAGE_DATA_H_
