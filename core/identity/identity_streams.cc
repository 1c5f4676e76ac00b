#include "core/identity/identity_streams.h"

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/identity_records.h"
#include "core/identity/own_customers.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::CustomerState;
using storage::RecordKey;
using storage::RecordView;
using storage::SubjectId;
using yilan::storage::v1::StoredIdentityEdge;
using yilan::storage::v1::Subject;

// Enough to share the cost of a question to the store, little enough for a message and for the
// memory of a caller who does not read.
constexpr size_t kEdgesPerPart = 1000;  // Entries of the index: two for each edge.
constexpr size_t kCustomersPerPage = 512;
constexpr size_t kLinksPerPart = 512;

}  // namespace

absl::StatusOr<PairStream> PairStream::Open(storage::RecordStore& store,
                                            const v1::StreamPairsRequest& request) {
  const double least = request.min_probability();
  if (!(least >= 0 && least <= 1)) {
    Violations violations;
    violations.Add("min_probability", "is no probability; state a number from 0 to 1");
    return violations.ToStatus();
  }
  return PairStream(store, least);
}

absl::StatusOr<bool> PairStream::Next(const Call& call, v1::StreamPairsResponse& part) {
  storage::TermCursor cursor;
  bool more = false;
  RETURN_IF_ERROR(
      FromStore(store_->Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
        part.Clear();
        cursor = cursor_;
        const auto [first, limit] = EdgeTerms();
        ASSIGN_OR_RETURN(const auto entries,
                         reader.FindByTerm(first, limit, cursor, kEdgesPerPart));
        more = entries.size() == kEdgesPerPart;
        std::vector<RecordKey> edges;
        for (const storage::TermEntry& entry : entries) {
          // Each edge stands under both of its ends.
          if (entry.term.term == EdgeTerm(entry.record.subject)) edges.push_back(entry.record);
        }
        std::vector<std::pair<SubjectPair, yilan::storage::v1::StoredPairScore>> pairs;
        RETURN_IF_ERROR(reader.GetMany(edges, [&](const RecordView& view) -> absl::Status {
          StoredIdentityEdge edge;
          if (!edge.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
            return absl::DataLossError("an edge between subjects does not parse");
          }
          if (edge.has_score() && edge.score().probability() >= min_probability_) {
            pairs.emplace_back(PairOfEdge({view.subject, view.kind, std::string(view.record_id)}),
                               edge.score());
          }
          return absl::OkStatus();
        }));
        std::vector<SubjectId> ends;
        for (const auto& [pair, score] : pairs) {
          ends.push_back(pair.first);
          ends.push_back(pair.second);
        }
        ASSIGN_OR_RETURN(const auto names, NamesOf(reader, ends));
        for (const auto& [pair, score] : pairs) {
          v1::IdentityPair& told = *part.add_pairs();
          *told.mutable_first_record() = names.at(pair.first);
          *told.mutable_second_record() = names.at(pair.second);
          told.set_probability(score.probability());
          told.set_rule(static_cast<v1::MatchRule>(score.rule()));
        }
        return absl::OkStatus();
      })));
  cursor_ = std::move(cursor);
  return more;
}

absl::StatusOr<bool> LinkStream::Next(const Call& call, v1::StreamLinksResponse& part) {
  part.Clear();
  if (members_.empty() && !at_end_) {
    auto customers = store_->ListCustomers(call.storage(), after_, kCustomersPerPage);
    if (!customers.ok()) return FromStore(customers.status());
    at_end_ = customers->size() < kCustomersPerPage;
    for (const CustomerState& state : *customers) {
      after_ = state.customer;
      if (IsOwnCustomer(state.customer)) continue;
      for (const SubjectId member : state.members) members_.emplace_back(member, state.customer);
    }
    // Told from the end.
    std::reverse(members_.begin(), members_.end());
  }
  const size_t count = std::min(members_.size(), kLinksPerPart);
  std::vector<RecordKey> keys;
  absl::flat_hash_map<SubjectId, CustomerId> customer_of;
  for (size_t i = 0; i < count; ++i) {
    const auto& [member, customer] = members_[members_.size() - 1 - i];
    keys.push_back({member, kSubjectKind, kSubjectRecordId});
    customer_of[member] = customer;
  }
  RETURN_IF_ERROR(
      FromStore(store_->Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
        part.Clear();
        return reader.GetMany(keys, [&](const RecordView& view) -> absl::Status {
          Subject subject;
          if (!subject.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size())) ||
              subject.references().empty()) {
            return absl::DataLossError("the record of a subject does not parse");
          }
          if (WorkingSet::CountOf(v1::Fact::kSourceRecord, subject) == 0) return absl::OkStatus();
          v1::IdentityLink& link = *part.add_links();
          *link.mutable_record() = subject.references(0);
          link.set_customer_id(customer_of.at(view.subject).ToString());
          return absl::OkStatus();
        });
      })));
  members_.resize(members_.size() - count);
  return !members_.empty() || !at_end_;
}

}  // namespace yilan::core
