#include "core/quality/quality_scan.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/times.h"
#include "core/identity/own_customers.h"
#include "core/quality/scorecard.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::CustomerState;
using storage::Record;
using storage::SubjectId;

constexpr absl::Duration kDeadline = absl::Seconds(30);

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || absl::IsResourceExhausted(status);
}

// Some customers that follow each other, with the facts that count.
class Page {
 public:
  explicit Page(const QualityScanOptions& options) : options_(options) {}

  // Those behind `after`, in one snapshot.
  absl::Status Read(storage::RecordStore& store, CustomerId after) {
    return store.ReadBulk(
        {.deadline = absl::Now() + kDeadline}, [&](storage::BulkReader& reader) -> absl::Status {
          facts_.clear();
          payloads_.clear();
          customer_of_.clear();
          ASSIGN_OR_RETURN(customers_, reader.ListCustomers(after, options_.page));
          std::vector<SubjectId> subjects;
          for (const CustomerState& state : customers_) {
            if (IsOwnCustomer(state.customer)) continue;
            for (const SubjectId member : state.members) {
              subjects.push_back(member);
              customer_of_[member] = state.customer;
            }
          }
          std::sort(subjects.begin(), subjects.end());
          // History comes behind all records, and does not count.
          const absl::Status ended = absl::CancelledError("the records are read");
          const absl::Status status =
              reader.VisitSubjects(subjects, [&](const storage::ExportEntry& entry) {
                const auto* const record = std::get_if<Record>(&entry);
                if (record == nullptr) return ended;
                Keep(*record);
                return absl::OkStatus();
              });
          return status == ended ? absl::OkStatus() : status;
        });
  }

  // Adds how many customers had facts to `customers`.
  absl::Status CountInto(ScorecardCounts& counts, int64_t& customers) {
    absl::flat_hash_map<CustomerId, bool> seen;
    for (Fact& fact : facts_) {
      fact.record.payload =
          absl::string_view(payloads_).substr(fact.offset, fact.record.payload.size());
      const CustomerId customer = customer_of_.find(fact.record.subject)->second;
      RETURN_IF_ERROR(counts.Add(customer, fact.record));
      if (seen.emplace(customer, true).second) ++customers;
    }
    return absl::OkStatus();
  }

  bool is_last() const { return customers_.size() < options_.page; }
  CustomerId last() const { return customers_.back().customer; }

 private:
  struct Fact {
    storage::RecordView record;
    size_t offset = 0;  // Of its payload, in `payloads_`.
  };

  // Of one subject and kind, the newest come first.
  void Keep(const Record& record) {
    if (FindFactKind(record.key.kind) == nullptr) return;
    if (!(record.key.subject == subject_) || record.key.kind != kind_) {
      subject_ = record.key.subject;
      kind_ = record.key.kind;
      of_kind_ = 0;
    }
    if (++of_kind_ > options_.facts_per_kind && kind_ != v1::Fact::kSourceRecord) return;
    facts_.push_back({.record = {.subject = record.key.subject,
                                 .kind = record.key.kind,
                                 .version = record.version,
                                 .recorded_time = record.recorded_time,
                                 .revision = record.revision,
                                 .payload = record.payload},
                      .offset = payloads_.size()});
    payloads_ += record.payload;
  }

  const QualityScanOptions& options_;
  std::vector<CustomerState> customers_;
  absl::flat_hash_map<SubjectId, CustomerId> customer_of_;
  std::vector<Fact> facts_;
  std::string payloads_;
  SubjectId subject_;  // The last one that was kept, its kind, and how many there were.
  storage::Kind kind_ = 0;
  size_t of_kind_ = 0;
};

}  // namespace

absl::StatusOr<v1::QualityScorecard> ScanQuality(
    storage::RecordStore& store, TimeMicros now, const QualityScanOptions& options,
    absl::FunctionRef<bool(absl::Duration, int64_t customers)> pause) {
  const absl::Time begin = absl::Now();
  const absl::Status ended = absl::CancelledError("the scan was told to end");
  ScorecardCounts counts(now, options.max_compared);
  Page page(options);
  CustomerId after;
  int64_t customers = 0;
  for (int failures = 0;;) {
    const absl::Time page_begin = absl::Now();
    const absl::Status read = page.Read(store, after);
    if (!read.ok()) {
      if (!MayPass(read) || ++failures > options.max_failures) return read;
      if (!pause(absl::Seconds(1), customers)) return ended;
      continue;
    }
    failures = 0;
    RETURN_IF_ERROR(page.CountInto(counts, customers));
    if (page.is_last()) break;
    after = page.last();
    if (!pause((absl::Now() - page_begin) * options.pause_per_work, customers)) return ended;
  }
  v1::QualityScorecard scorecard;
  SetTimestamp(now, *scorecard.mutable_computed_time());
  const int64_t micros = absl::ToInt64Microseconds(absl::Now() - begin);
  scorecard.mutable_scan_time()->set_seconds(micros / 1000000);
  scorecard.mutable_scan_time()->set_nanos(static_cast<int32_t>(micros % 1000000 * 1000));
  scorecard.set_customers(customers);
  counts.Fill(scorecard);
  return scorecard;
}

}  // namespace yilan::core
