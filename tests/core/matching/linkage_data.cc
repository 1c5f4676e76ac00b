#include "tests/core/matching/linkage_data.h"

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/import/csv_reader.h"
#include "clients/import/input_file.h"
#include "clients/import/mapping.h"
#include "clients/import/row_converter.h"
#include "core/matching/party_features.h"

namespace yilan::core {
namespace {

absl::Status ReadFile(const std::string& path, const Mapping& mapping, LinkageData& data) {
  ASSIGN_OR_RETURN(const std::unique_ptr<InputFile> file, InputFile::Open(path));
  ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> reader,
                   CsvReader::Open(*file, path, mapping.csv()));
  ASSIGN_OR_RETURN(const std::unique_ptr<RowConverter> converter, mapping.Bind(*reader));
  Row row;
  std::vector<ConvertedFact> facts;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader->Next(row));
    if (!more) return absl::OkStatus();
    if (row.problem.has_value()) return absl::InvalidArgumentError(row.problem->reason);
    facts.clear();
    converter->Convert(row, facts);
    for (ConvertedFact& fact : facts) {
      if (fact.problem.has_value()) return absl::InvalidArgumentError(fact.problem->reason);
      v1::SourceRecord& record = data.records.emplace_back();
      record.Swap(fact.fact.mutable_source_record());
      // rec-N-org, rec-N-dup-0.
      const std::string& key = record.source().key();
      const size_t begin = key.find('-') + 1;
      data.parties.push_back(key.substr(begin, key.find('-', begin) - begin));
    }
  }
}

uint64_t PairsOf(uint64_t n) { return n * (n - 1) / 2; }

uint64_t TruePairs(const LinkageData& data) {
  std::map<std::string, std::pair<uint64_t, uint64_t>> sizes;  // In the first set, and others.
  for (size_t i = 0; i < data.parties.size(); ++i) {
    auto& size = sizes[data.parties[i]];
    ++(i < data.first_set ? size.first : size.second);
  }
  uint64_t all = 0;
  for (const auto& [party, size] : sizes) {
    all += data.first_set > 0 ? size.first * size.second : PairsOf(size.second);
  }
  return all;
}

}  // namespace

absl::StatusOr<LinkageData> ReadFebrl(const std::vector<std::string>& paths,
                                      const std::string& mapping) {
  ASSIGN_OR_RETURN(const Mapping parsed, Mapping::Load(mapping));
  LinkageData data;
  for (const std::string& path : paths) {
    data.first_set = data.records.size();
    RETURN_IF_ERROR(ReadFile(path, parsed, data));
  }
  return data;
}

PackedParties Pack(const LinkageData& data) {
  PackedParties packed;
  for (const v1::SourceRecord& record : data.records) packed.Add(PartyView(FeaturesOf(record)));
  return packed;
}

LinkageQuality Judge(const LinkageData& data, const std::vector<ScoredPair>& pairs,
                     double least_probability) {
  LinkageQuality quality;
  for (const ScoredPair& pair : pairs) {
    if (pair.probability < least_probability) continue;
    if (data.parties[pair.a] == data.parties[pair.b]) {
      ++quality.true_pairs;
    } else {
      ++quality.false_pairs;
    }
  }
  quality.missed_pairs = TruePairs(data) - quality.true_pairs;
  return quality;
}

LinkageQuality JudgeClusters(const LinkageData& data, const std::vector<size_t>& cluster_of) {
  LinkageQuality quality;
  std::map<size_t, std::vector<size_t>> clusters;
  for (size_t i = 0; i < data.parties.size(); ++i) clusters[cluster_of[i]].push_back(i);
  for (const auto& [number, members] : clusters) {
    for (size_t x = 0; x < members.size(); ++x) {
      for (size_t y = x + 1; y < members.size(); ++y) {
        const size_t a = members[x];
        const size_t b = members[y];
        if (data.first_set > 0 && (a < data.first_set) == (b < data.first_set)) continue;
        ++(data.parties[a] == data.parties[b] ? quality.true_pairs : quality.false_pairs);
      }
    }
  }
  quality.missed_pairs = TruePairs(data) - quality.true_pairs;
  return quality;
}

double LinkageQuality::Precision() const {
  const uint64_t found = true_pairs + false_pairs;
  return found == 0 ? 1 : static_cast<double>(true_pairs) / static_cast<double>(found);
}

double LinkageQuality::Recall() const {
  const uint64_t all = true_pairs + missed_pairs;
  return all == 0 ? 1 : static_cast<double>(true_pairs) / static_cast<double>(all);
}

double LinkageQuality::F1() const {
  const double sum = Precision() + Recall();
  return sum == 0 ? 0 : 2 * Precision() * Recall() / sum;
}

}  // namespace yilan::core
