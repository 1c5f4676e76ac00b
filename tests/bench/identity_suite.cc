// The suite `identity`: how well records are matched, on public and made-up data with known
// answers, and how fast a million of them are.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/identity/bulk_resolve.h"
#include "core/matching/bulk_match.h"
#include "core/matching/party_features.h"
#include "core/matching/training.h"
#include "tests/bench/process_figures.h"
#include "tests/bench/suites.h"
#include "tests/core/matching/linkage_data.h"
#include "tests/identity_data/labelled_records.h"
#include "tests/identity_data/look_alike_strangers.h"

namespace yilan::bench {
namespace {

constexpr size_t kThreads = 2;
constexpr double kMegabyte = 1 << 20;

double SecondsSince(absl::Time begin) { return absl::ToDoubleSeconds(absl::Now() - begin); }

// The subjects of all records.
core::BulkSubjects SubjectsOf(const core::LinkageData& data) {
  core::BulkSubjects subjects;
  for (const v1::SourceRecord& record : data.records) {
    const core::PartyFeatures features = core::FeaturesOf(record);
    const core::PartyView view(features);
    subjects.parties.Add(view);
    subjects.nodes.push_back(
        {.name = absl::StrCat(record.source().source_system(), "/", record.source().key()),
         .established = true,
         .documents = core::VerifiedDocumentsOf(view)});
  }
  return subjects;
}

struct Quality {
  core::LinkageQuality pairs;      // Of review probability or more.
  core::LinkageQuality certain;    // That are joined.
  core::LinkageQuality customers;  // Pairs of records of one customer,
  core::LinkageQuality reviewed;   // and if a steward said yes to all that wait.
};

// How well a model matches.
absl::StatusOr<Quality> Measure(const core::LinkageData& data, const core::BulkSubjects& subjects,
                                const core::MatchModel& model) {
  ASSIGN_OR_RETURN(
      const core::BulkResolution resolution,
      core::ResolveInBulk(model, subjects, {.first_set = data.first_set, .threads = kThreads}));
  std::vector<core::ClusterEdge> edges;
  for (const core::ScoredPair& pair : resolution.matches.pairs) {
    edges.push_back({.a = pair.a, .b = pair.b, .probability = pair.probability});
  }
  const std::vector<core::ScoredPair>& pairs = resolution.matches.pairs;
  return Quality{.pairs = core::Judge(data, pairs, model.review_probability()),
                 .certain = core::Judge(data, pairs, model.join_probability()),
                 .customers = core::JudgeClusters(data, resolution.clusters.cluster_of),
                 .reviewed = core::JudgeClusters(
                     data, core::ClusterSubjects(subjects.nodes, edges).cluster_of)};
}

// With the shipped parameters, or with those learnt from the same records.
absl::StatusOr<Quality> Match(const core::LinkageData& data, bool train) {
  const core::BulkSubjects subjects = SubjectsOf(data);
  v1::MatchModel parameters = core::ShippedMatchModel();
  if (train) {
    ASSIGN_OR_RETURN(parameters,
                     core::TrainMatchModel(
                         subjects.parties, parameters,
                         {.version = "bench", .first_set = data.first_set, .threads = kThreads}));
  }
  ASSIGN_OR_RETURN(const auto model, core::MatchModel::Make(parameters));
  return Measure(data, subjects, *model);
}

absl::Status MeasureFebrl(const SuiteOptions& options, Report& report) {
  const std::string folder = absl::StrCat(options.source, "/tests/data/");
  const std::string mapping = absl::StrCat(folder, "febrl.mapping.yaml");
  ASSIGN_OR_RETURN(const core::LinkageData febrl4,
                   core::ReadFebrl({folder + "dataset4a.csv", folder + "dataset4b.csv"}, mapping));
  ASSIGN_OR_RETURN(const core::LinkageData febrl1,
                   core::ReadFebrl({folder + "dataset1.csv"}, mapping));
  core::LinkageData bare = febrl4;
  for (v1::SourceRecord& record : bare.records) record.clear_identifications();

  ASSIGN_OR_RETURN(Quality quality, Match(febrl4, true));
  report.Add("FEBRL4, pairwise F1", quality.pairs.F1(), "").AtLeast(0.998);
  report.Add("FEBRL4, false pairs", static_cast<double>(quality.pairs.false_pairs), "pairs")
      .AtMost(1);
  report.Add("FEBRL4, missed pairs", static_cast<double>(quality.pairs.missed_pairs), "pairs");
  report.Add("FEBRL4, F1 of customers", quality.customers.F1(), "").AtLeast(0.99);
  ASSIGN_OR_RETURN(quality, Match(febrl4, false));
  report.Add("FEBRL4, F1 of the shipped parameters", quality.pairs.F1(), "");
  ASSIGN_OR_RETURN(quality, Match(bare, true));
  report.Add("FEBRL4 without documents, F1", quality.pairs.F1(), "");
  ASSIGN_OR_RETURN(quality, Match(febrl1, true));
  report.Add("FEBRL1, pairwise F1", quality.pairs.F1(), "").AtLeast(0.99);
  report.Add("FEBRL1, F1 of customers", quality.customers.F1(), "");
  ASSIGN_OR_RETURN(quality, Match(febrl1, false));
  report.Add("FEBRL1, F1 of the shipped parameters", quality.pairs.F1(), "");
  return absl::OkStatus();
}

// Trained on customers of one seed, tried on those of another and on strangers.
absl::Status MeasureChinese(const SuiteOptions& options, Report& report) {
  const size_t people = options.small ? 1500 : 10000;
  const auto read = [&](uint64_t seed) {
    core::LinkageData data;
    for (identity_data::LabelledRecord& labelled :
         identity_data::MakeRecords({.seed = seed, .people = people})) {
      data.records.push_back(std::move(labelled.record));
      data.parties.push_back(std::move(labelled.person));
    }
    return data;
  };
  ASSIGN_OR_RETURN(const v1::MatchModel trained,
                   core::TrainMatchModel(core::Pack(read(1)), core::ShippedMatchModel(),
                                         {.version = "bench", .threads = kThreads}));
  const core::LinkageData data = read(2);
  const core::BulkSubjects subjects = SubjectsOf(data);
  core::LinkageData strangers;
  for (identity_data::StrangerPair& pair :
       identity_data::MakeStrangers(7, options.small ? 2000 : 10000)) {
    for (identity_data::LabelledRecord* labelled : {&pair.a, &pair.b}) {
      strangers.records.push_back(std::move(labelled->record));
      strangers.parties.push_back(std::move(labelled->person));
    }
  }
  const core::PackedParties packed_strangers = core::Pack(strangers);
  for (const bool train : {true, false}) {
    const std::string name = train ? "Chinese customers" : "Chinese customers, shipped parameters";
    ASSIGN_OR_RETURN(const auto model,
                     core::MatchModel::Make(train ? trained : core::ShippedMatchModel()));
    ASSIGN_OR_RETURN(const Quality quality, Measure(data, subjects, *model));
    report.Add(absl::StrCat(name, ": F1 of pairs at .5"), quality.pairs.F1(), "").AtLeast(0.98);
    report.Add(absl::StrCat(name, ": F1 of customers joined at .5"), quality.reviewed.F1(), "");
    report.Add(absl::StrCat(name, ": F1 of customers joined at .99"), quality.customers.F1(), "");
    report.Add(absl::StrCat(name, ": precision of pairs at .99"), quality.certain.Precision(), "");
    ASSIGN_OR_RETURN(
        const core::BulkResult joined,
        core::BulkMatch(*model, packed_strangers,
                        {.least_probability = model->join_probability(), .threads = kThreads}));
    report
        .Add(absl::StrCat(name, ": strangers joined"), static_cast<double>(joined.pairs.size()),
             "pairs")
        .AtMost(0);
  }
  return absl::OkStatus();
}

// The most memory that is in use from here on.
class MemoryWatch {
 public:
  MemoryWatch() : thread_([this] { Watch(); }) {}
  ~MemoryWatch() { Stop(); }
  uint64_t Stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  void Watch() {
    while (!done_) {
      most_ = std::max<uint64_t>(most_, ResidentBytes(getpid()));
      absl::SleepFor(absl::Milliseconds(20));  // Between two samples; waits for nothing.
    }
  }

  std::atomic<bool> done_{false};
  std::atomic<uint64_t> most_{0};
  std::thread thread_;
};

absl::Status MeasureBulk(const SuiteOptions& options, Report& report) {
  const size_t records = options.customers > 0 ? options.customers
                         : options.small       ? 20000
                                               : 1000000;
  core::BulkSubjects subjects;
  core::PackedParties& parties = subjects.parties;
  double normalizing = 0;
  // Operators of 10,000 customers each, one after the other: what is made up is not measured.
  for (uint64_t seed = 1; parties.size() < records; ++seed) {
    const std::vector<identity_data::LabelledRecord> made =
        identity_data::MakeRecords({.seed = seed, .people = 10000});
    const absl::Time begin = absl::Now();
    std::vector<core::PackedParties> parts(kThreads);
    const auto pack = [&](size_t part) {
      for (size_t i = part; i < made.size(); i += kThreads) {
        parts[part].Add(core::PartyView(core::FeaturesOf(made[i].record)));
      }
    };
    std::thread other([&] { pack(1); });
    pack(0);
    other.join();
    for (core::PackedParties& part : parts) parties.Append(std::move(part));
    normalizing += SecondsSince(begin);
    // In the order of the parts. Names are loaded, not made here.
    core::PartyView view;
    for (size_t part = 0; part < kThreads; ++part) {
      for (size_t i = part; i < made.size(); i += kThreads) {
        const v1::FactSource& source = made[i].record.source();
        parties.Read(subjects.nodes.size(), view);
        subjects.nodes.push_back(
            {.name = absl::StrCat(source.source_system(), "/", seed, source.key()),
             .established = true,
             .documents = core::VerifiedDocumentsOf(view)});
      }
    }
  }
  malloc_trim(0);
  ASSIGN_OR_RETURN(const auto model, core::MatchModel::Make(core::ShippedMatchModel()));
  MemoryWatch memory;
  const absl::Time begin = absl::Now();
  double matched = 0;  // When the last pair was scored.
  ASSIGN_OR_RETURN(
      const core::BulkResolution result,
      core::ResolveInBulk(*model, subjects, {.threads = kThreads, .progress = [&](double part) {
                                               if (part >= 1) matched = SecondsSince(begin);
                                               return true;
                                             }}));
  const double resolving = SecondsSince(begin);
  const std::string name = absl::StrCat(parties.size(), " records: ");
  report.Add(absl::StrCat(name, "normalized"), normalizing, "s");
  report.Add(absl::StrCat(name, "blocked and scored"), matched, "s");
  report.Add(absl::StrCat(name, "clustered"), resolving - matched, "s");
  report.Add(absl::StrCat(name, "resolved"), normalizing + resolving, "s").AtMost(60);
  report.Add(absl::StrCat(name, "pairs compared"), static_cast<double>(result.matches.compared),
             "pairs");
  report.Add(absl::StrCat(name, "customers"), static_cast<double>(result.clusters.count),
             "customers");
  report
      .Add(absl::StrCat(name, "most memory"), static_cast<double>(memory.Stop()) / kMegabyte, "MiB")
      .AtMost(2048);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunIdentity(const SuiteOptions& options, Report& report) {
  RETURN_IF_ERROR(MeasureFebrl(options, report));
  RETURN_IF_ERROR(MeasureChinese(options, report));
  return MeasureBulk(options, report);
}

}  // namespace yilan::bench
