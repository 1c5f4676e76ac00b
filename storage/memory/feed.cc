#include "storage/memory/feed.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/memory/varint.h"

namespace yilan::storage::memory {
namespace {

// A change: customer, varint revision, zigzag recorded time, actor, request id, varint (records <<
// 2 | redirected << 1 | members changed), where it was redirected to, and for each record varint
// (kind << 2 | deleted << 1 | same subject as the one before), the subject unless it is the same,
// record id.
Change UnpackChange(int partition, uint64_t sequence, absl::string_view packed) {
  const char* at = packed.data();
  Change change = {.partition = partition, .sequence = sequence};
  change.customer = CustomerId::FromBytes({at, CustomerId::kBytes});
  at += CustomerId::kBytes;
  change.revision = TakeVarint(at);
  change.recorded_time = UnZigZag(TakeVarint(at));
  change.actor = std::string(TakeBytes(at));
  change.request_id = std::string(TakeBytes(at));
  const uint64_t bits = TakeVarint(at);
  change.members_changed = (bits & 1) != 0;
  if ((bits & 2) != 0) {
    change.redirect = CustomerId::FromBytes({at, CustomerId::kBytes});
    at += CustomerId::kBytes;
  }
  change.records.reserve(bits >> 2);
  SubjectId subject;
  for (uint64_t left = bits >> 2; left > 0; --left) {
    const uint64_t record_bits = TakeVarint(at);
    if ((record_bits & 1) == 0) {
      subject = SubjectId::FromBytes({at, SubjectId::kBytes});
      at += SubjectId::kBytes;
    }
    RecordChange record = {.deleted = (record_bits & 2) != 0};
    record.key = {.subject = subject,
                  .kind = static_cast<Kind>(record_bits >> 2),
                  .record_id = std::string(TakeBytes(at))};
    change.records.push_back(std::move(record));
  }
  return change;
}

}  // namespace

std::string PackChange(const Change& change) {
  std::string packed;
  change.customer.AppendTo(packed);
  PutVarint(change.revision, packed);
  PutVarint(ZigZag(change.recorded_time), packed);
  PutBytes(change.actor, packed);
  PutBytes(change.request_id, packed);
  PutVarint(change.records.size() << 2 | (change.redirect.has_value() ? 2 : 0) |
                (change.members_changed ? 1 : 0),
            packed);
  if (change.redirect.has_value()) change.redirect->AppendTo(packed);
  SubjectId subject;
  for (const RecordChange& record : change.records) {
    const bool same = record.key.subject == subject;
    PutVarint(uint64_t{record.key.kind} << 2 | (record.deleted ? 2 : 0) | (same ? 1 : 0), packed);
    if (!same) record.key.subject.AppendTo(packed);
    subject = record.key.subject;
    PutBytes(record.key.record_id, packed);
  }
  return packed;
}

void FeedPartition::Append(absl::string_view packed) {
  if (blocks_.empty() || blocks_.back().count == kBlockChanges) {
    if (!blocks_.empty()) blocks_.back().bytes.shrink_to_fit();
    blocks_.push_back({.first = end_ + 1});
    bytes_ += sizeof(Block);
  }
  std::string& bytes = blocks_.back().bytes;
  bytes_ -= bytes.size();
  PutBytes(packed, bytes);
  bytes_ += bytes.size();
  ++blocks_.back().count;
  ++end_;
}

absl::StatusOr<ChangePage> FeedPartition::Read(int partition, uint64_t after, size_t max) const {
  if (after < trimmed_) {
    return absl::OutOfRangeError(absl::StrCat("feed partition ", partition, " was trimmed to ",
                                              trimmed_, "; position ", after, " is gone"));
  }
  if (after > end_) {
    return absl::OutOfRangeError(absl::StrCat("feed partition ", partition, " ends at ", end_,
                                              "; position ", after, " is beyond"));
  }
  ChangePage page = {.end = end_};
  auto block =
      std::upper_bound(blocks_.begin(), blocks_.end(), after + 1,
                       [](uint64_t wanted, const Block& other) { return wanted < other.first; });
  if (block != blocks_.begin()) --block;
  for (; block != blocks_.end(); ++block) {
    const char* at = block->bytes.data();
    for (size_t i = 0; i < block->count; ++i) {
      if (page.changes.size() == max) return page;
      const absl::string_view packed = TakeBytes(at);
      if (block->first + i <= after || packed.empty()) continue;
      page.changes.push_back(UnpackChange(partition, block->first + i, packed));
    }
  }
  return page;
}

bool FeedPartition::Trim(uint64_t through, size_t max) {
  through = std::min(through, end_);
  if (through <= trimmed_) return true;
  const bool all = through - trimmed_ <= max;
  trimmed_ = all ? through : trimmed_ + max;
  while (!blocks_.empty() && blocks_.front().first + blocks_.front().count <= trimmed_ + 1) {
    bytes_ -= sizeof(Block) + blocks_.front().bytes.size();
    blocks_.pop_front();
  }
  return all;
}

void FeedPartition::SetBounds(uint64_t trimmed, uint64_t end) {
  if (end_ < trimmed) {
    blocks_.clear();
    bytes_ = 0;
    end_ = trimmed;
  }
  while (end_ < end) Append("");
  Trim(trimmed, std::numeric_limits<size_t>::max());
}

void FeedPartition::Set(uint64_t sequence, absl::string_view packed) {
  if (end_ == 0) SetBounds(sequence - 1, sequence - 1);
  while (end_ < sequence) Append("");
  auto block =
      std::upper_bound(blocks_.begin(), blocks_.end(), sequence,
                       [](uint64_t wanted, const Block& other) { return wanted < other.first; });
  if (block == blocks_.begin()) return;  // Trimmed.
  --block;
  std::string bytes;
  const char* at = block->bytes.data();
  for (size_t i = 0; i < block->count; ++i) {
    const absl::string_view old = TakeBytes(at);
    PutBytes(block->first + i == sequence ? packed : old, bytes);
  }
  bytes_ += bytes.size() - block->bytes.size();
  block->bytes = std::move(bytes);
}

}  // namespace yilan::storage::memory
