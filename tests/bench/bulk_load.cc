#include "tests/bench/bulk_load.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "core/call.h"
#include "core/customers/source_record.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "core/identity/identity_records.h"
#include "core/ingest/ingest.h"
#include "core/platform.h"
#include "storage/memory/memory_store.h"
#include "tests/bench/operator_facts.h"

namespace yilan::bench {
namespace {

using storage::CustomerState;
using storage::ExportEntry;
using storage::Record;
using storage::SubjectId;

// In one call of Import.
constexpr uint64_t kCustomersPerImport = 500;
// Ids begin in 2025; a customer a millisecond.
constexpr uint64_t kFirstIdMillis = 1735689600000;

uint64_t Mix(uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

// Where a text occurs.
std::vector<uint32_t> PlacesOf(absl::string_view text, absl::string_view in) {
  std::vector<uint32_t> places;
  for (size_t at = in.find(text); at != absl::string_view::npos; at = in.find(text, at + 1)) {
    places.push_back(static_cast<uint32_t>(at));
  }
  return places;
}

void Put(absl::string_view text, const std::vector<uint32_t>& places, std::string& in) {
  for (const uint32_t at : places) std::memcpy(in.data() + at, text.data(), text.size());
}

// A string of a template, with the places of the template's number.
struct Pattern {
  std::string text;
  std::vector<uint32_t> places;

  Pattern(std::string with, absl::string_view number)
      : text(std::move(with)), places(PlacesOf(number, text)) {}
  std::string With(absl::string_view number) const {
    std::string filled = text;
    Put(number, places, filled);
    return filled;
  }
};

struct TermPattern {
  Pattern text;
  storage::Term period;
};

struct RecordPattern {
  int member = 0;  // Whose it is: index into the members.
  Record rest;     // What is the same for all.
  Pattern payload;
  std::vector<Pattern> keys;
  std::vector<TermPattern> terms;
  int other = -1;  // Of what is between two subjects: the other one.
  // Of a fact, to give it the record id that core would.
  bool is_fact = false;
  std::string source_system;
  Pattern source_key;
};

RecordPattern MakePattern(Record record, int member, absl::string_view number) {
  const core::FactKind* const kind = core::FindFactKind(record.key.kind);
  std::string source_system;
  std::string source_key;
  if (kind != nullptr) {
    const std::unique_ptr<google::protobuf::Message> fact(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(kind->descriptor)
            ->New());
    fact->ParseFromString(record.payload);
    source_system = kind->source(*fact).source_system();
    source_key = kind->source(*fact).key();
  }
  RecordPattern pattern{.member = member,
                        .rest = {},
                        .payload = Pattern(std::move(record.payload), number),
                        .keys = {},
                        .terms = {},
                        .is_fact = kind != nullptr,
                        .source_system = std::move(source_system),
                        .source_key = Pattern(std::move(source_key), number)};
  for (std::string& key : record.keys) pattern.keys.emplace_back(std::move(key), number);
  for (storage::Term& term : record.terms) {
    Pattern text(std::move(term.term), number);
    term.term.clear();
    pattern.terms.push_back({std::move(text), std::move(term)});
  }
  record.keys.clear();
  record.terms.clear();
  record.payload.clear();
  pattern.rest = std::move(record);
  return pattern;
}

}  // namespace

storage::CustomerId BulkCustomerId(uint64_t number) {
  const uint64_t mixed = Mix(number * 4 + 1);
  return {(kFirstIdMillis + number) << 16 | (mixed >> 48), mixed};
}

SubjectId BulkSubjectId(uint64_t number, int member) {
  // The last bits keep the members of one customer in order.
  const uint64_t mixed = Mix(number * 4 + 2 + static_cast<uint64_t>(member));
  return {(kFirstIdMillis + number) << 16 | (mixed >> 50 << 2) | static_cast<uint64_t>(member),
          mixed};
}

struct BulkCustomers::Template {
  storage::Revision revision = 0;
  std::vector<RecordPattern> records;  // By member, kind and id.
};

BulkCustomers::BulkCustomers() = default;
BulkCustomers::~BulkCustomers() = default;

absl::StatusOr<std::unique_ptr<BulkCustomers>> BulkCustomers::Make(uint64_t templates) {
  std::unique_ptr<BulkCustomers> customers(new BulkCustomers);
  for (uint64_t variety = 0; variety < templates; ++variety) {
    ASSIGN_OR_RETURN(auto made, MakeTemplate(variety));
    customers->templates_.push_back(std::move(made));
  }
  return customers;
}

absl::StatusOr<std::unique_ptr<const BulkCustomers::Template>> BulkCustomers::MakeTemplate(
    uint64_t variety) {
  const uint64_t template_number = kFirstTemplateNumber + variety;
  const ManualClock clock(kBulkTime);
  IdGenerator ids(clock, 1);
  const std::unique_ptr<storage::RecordStore> store = storage::NewMemoryStore();
  core::Platform platform(*store, clock, ids, size_t{0}, core::RunSerially);
  std::vector<std::string> bytes;
  for (const v1::Fact& fact : FactsOf(template_number, variety)) {
    bytes.push_back(fact.SerializeAsString());
  }
  const std::vector<absl::string_view> facts(bytes.begin(), bytes.end());
  for (const v1::FactResult& result : platform.ingest.TakeBatch({.client = "bulk"}, facts)) {
    if (result.outcome() == v1::FACT_OUTCOME_OK) continue;
    return absl::InternalError(
        absl::StrCat("a fact of a template was not taken: ", result.ShortDebugString()));
  }

  auto made = std::make_unique<Template>();
  absl::flat_hash_map<SubjectId, int> members;
  RETURN_IF_ERROR(store->Export({}, [&](const ExportEntry& entry) -> absl::Status {
    if (const auto* customer = std::get_if<CustomerState>(&entry)) {
      made->revision = customer->revision;
      for (const SubjectId member : customer->members) {
        members.emplace(member, static_cast<int>(members.size()));
      }
    } else if (const auto* record = std::get_if<Record>(&entry)) {
      // The ledger names customers and subjects of the template.
      if (record->key.kind == core::kIdentityEventKind) return absl::OkStatus();
      made->records.push_back(
          MakePattern(*record, members.at(record->key.subject), NumberText(template_number)));
      if (record->key.kind == core::kIdentityEdgeKind) {
        made->records.back().other = members.at(core::PairOfEdge(record->key).second);
      }
    }
    return absl::OkStatus();
  }));
  if (members.size() != kSubjectsPerCustomer) {
    return absl::InternalError("a template has not the subjects that it should have");
  }
  return made;
}

double BulkCustomers::mean_payload_bytes() const {
  size_t bytes = 0;
  size_t facts = 0;
  for (const auto& made : templates_) {
    for (const RecordPattern& record : made->records) {
      if (!record.is_fact) continue;
      bytes += record.payload.text.size();
      ++facts;
    }
  }
  return static_cast<double>(bytes) / static_cast<double>(facts);
}

void BulkCustomers::Append(uint64_t number, std::vector<ExportEntry>& customers,
                           std::vector<ExportEntry>& records) const {
  const Template& from = *templates_[number % templates_.size()];
  const std::string text = NumberText(number);
  std::vector<SubjectId> members;
  for (int member = 0; member < kSubjectsPerCustomer; ++member) {
    members.push_back(BulkSubjectId(number, member));
  }
  customers.push_back(CustomerState{
      .customer = BulkCustomerId(number), .revision = from.revision, .members = members});
  for (const RecordPattern& pattern : from.records) {
    Record record = pattern.rest;
    record.key.subject = members[static_cast<size_t>(pattern.member)];
    if (pattern.is_fact) {
      const TimeMicros time = core::OccurrenceTimeOf(record.key.record_id);
      record.key.record_id = core::FactRecordId(
          time, core::FactId(pattern.source_system, pattern.source_key.With(text)));
    }
    record.payload = pattern.payload.With(text);
    if (pattern.other >= 0) {
      yilan::storage::v1::StoredIdentityEdge edge;
      edge.ParseFromString(record.payload);
      const TimeMicros recorded = record.recorded_time;
      const storage::Revision revision = record.revision;
      record = core::EdgeRecord(
          core::SubjectPair::Of(record.key.subject, members[static_cast<size_t>(pattern.other)]),
          edge, recorded);
      record.revision = revision;
      records.push_back(std::move(record));
      continue;
    }
    if (record.key.kind == v1::Fact::kSourceRecord) {
      // What it is compared by is digests, in which no number can be put.
      v1::SourceRecord source;
      source.ParseFromString(record.payload);
      record.terms = core::FactRules<v1::SourceRecord>::Terms(source);
      for (const Pattern& key : pattern.keys) record.keys.push_back(key.With(text));
      records.push_back(std::move(record));
      continue;
    }
    record.keys.reserve(pattern.keys.size());
    for (const Pattern& key : pattern.keys) record.keys.push_back(key.With(text));
    record.terms.reserve(pattern.terms.size());
    for (const TermPattern& term : pattern.terms) {
      record.terms.push_back({term.text.With(text), term.period.valid_from, term.period.valid_to});
    }
    records.push_back(std::move(record));
  }
}

absl::Status BulkCustomers::Load(storage::RecordStore& store, uint64_t first, uint64_t limit) {
  std::vector<ExportEntry> entries;
  std::vector<ExportEntry> records;
  for (uint64_t begin = first; begin < limit; begin += kCustomersPerImport) {
    entries.clear();
    records.clear();
    const uint64_t end = std::min(begin + kCustomersPerImport, limit);
    for (uint64_t number = begin; number < end; ++number) Append(number, entries, records);
    std::move(records.begin(), records.end(), std::back_inserter(entries));
    RETURN_IF_ERROR(store.Import({}, entries));
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
