#include "core/identity/suspects.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/times.h"
#include "core/identity/identity_records.h"
#include "core/identity/own_customers.h"
#include "core/matching/blocking.h"
#include "core/validation/page_token.h"

namespace yilan::core {
namespace {

using storage::SubjectId;
using yilan::storage::v1::StoredOverflowedBlock;

constexpr size_t kExamples = 3;

// The key in a BlockingTerm.
BlockingKey BlockingKeyOfTerm(const std::string& term) {
  BlockingKey key = 0;
  for (const char c : term) key = key << 8 | static_cast<uint8_t>(c);
  return key;
}

}  // namespace

absl::Status Suspects::List(const Call& call, const v1::ListSuspectsRequest& request,
                            v1::ListSuspectsResponse& response) {
  const uint64_t query = QueryHash({"ListSuspects"});
  ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
  const auto page_size = static_cast<size_t>(ClampPageSize(request.page_size()));
  const std::shared_ptr<const MatchModel> model = models_.Active();
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    // Records are spread over slots: the first of each, of which the first of all are the page.
    std::map<std::string, StoredOverflowedBlock> blocks;
    const std::string first = position.empty() ? "" : position + '\0';
    for (uint64_t slot = 0; slot < storage::kFeedPartitions; ++slot) {
      RETURN_IF_ERROR(reader.Scan(
          {.subject = OwnSubject(OwnPlace::kBlocks, slot),
           .kind = kOverflowedBlockKind,
           .first_id = first,
           .max = page_size + 1},
          [&](const storage::RecordView& view) -> absl::Status {
            if (!blocks[std::string(view.record_id)].ParseFromArray(
                    view.payload.data(), static_cast<int>(view.payload.size()))) {
              return absl::DataLossError("the record of an overflowed block does not parse");
            }
            return absl::OkStatus();
          }));
    }
    std::vector<std::string> terms;
    for (const auto& [id, block] : blocks) {
      if (terms.size() == page_size) {
        response.set_next_page_token(MakePageToken(query, std::prev(blocks.find(id))->first));
        break;
      }
      const BlockingKey key = BlockingKeyOfTerm(block.block());
      terms.push_back(BlockTerm(key));
      v1::IdentitySuspect& suspect = *response.add_suspects();
      suspect.set_blocking_rule(RuleOf(key));
      suspect.set_cap(model->BlockCap(RuleOf(key)));
      suspect.set_source_records(block.source_records());
      SetTimestamp(block.since_micros(), *suspect.mutable_since_time());
    }
    ASSIGN_OR_RETURN(const auto holders, reader.FindByTerms(terms, kExamples));
    std::vector<SubjectId> subjects;
    for (const auto& of_block : holders) {
      for (const storage::RecordKey& holder : of_block) subjects.push_back(holder.subject);
    }
    ASSIGN_OR_RETURN(const auto names, NamesOf(reader, subjects));
    for (size_t i = 0; i < holders.size(); ++i) {
      v1::IdentitySuspect& suspect = *response.mutable_suspects(static_cast<int>(i));
      for (const storage::RecordKey& holder : holders[i]) {
        *suspect.add_examples() = names.at(holder.subject);
      }
    }
    return absl::OkStatus();
  }));
}

}  // namespace yilan::core
