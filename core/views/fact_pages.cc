#include "core/views/fact_pages.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "base/status_macros.h"
#include "core/errors.h"

namespace yilan::core {
namespace {

using storage::Kind;
using storage::RecordView;
using storage::SubjectId;

constexpr size_t kTimeBytes = 8;  // The part of a record id that is the occurrence time.

// A place in the order of facts. The bytes that it points to belong to somebody else.
struct Place {
  absl::string_view record_id;
  Kind kind = 0;
  SubjectId subject;

  absl::string_view time() const { return record_id.substr(0, kTimeBytes); }
  friend bool operator<(const Place& a, const Place& b) {
    return std::tuple(a.time(), a.kind, a.record_id, a.subject) <
           std::tuple(b.time(), b.kind, b.record_id, b.subject);
  }
};

Place PlaceOf(const RecordView& record) { return {record.record_id, record.kind, record.subject}; }

std::string EncodePlace(const Place& place) {
  std::string bytes = {static_cast<char>(place.kind >> 8), static_cast<char>(place.kind)};
  place.subject.AppendTo(bytes);
  bytes.append(place.record_id.data(), place.record_id.size());
  return bytes;
}

constexpr size_t kHeadBytes = 2 + SubjectId::kBytes;

absl::StatusOr<Place> DecodePlace(absl::string_view bytes) {
  if (bytes.size() < kHeadBytes + kTimeBytes ||
      bytes.size() > kHeadBytes + storage::kMaxRecordIdBytes) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_PAGE_TOKEN,
                           "the page token holds no place in this list; start without one");
  }
  Place place;
  place.kind =
      static_cast<Kind>(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
  place.subject = SubjectId::FromBytes(bytes.substr(2));
  place.record_id = bytes.substr(kHeadBytes);
  return place;
}

// The first id above all that begin with `prefix`; nothing when there can be none.
std::optional<std::string> AfterPrefix(absl::string_view prefix) {
  std::string id(prefix);
  for (size_t i = id.size(); i-- > 0;) {
    id[i] = static_cast<char>(static_cast<uint8_t>(id[i]) + 1);
    if (id[i] != '\0') return id;
  }
  return std::nullopt;
}

// The first record id of (subject, kind) that lies behind `place`; nothing when there can be none.
std::optional<std::string> FirstIdBehind(const Place& place, SubjectId subject, Kind kind) {
  if (kind > place.kind) return std::string(place.time());
  if (kind < place.kind) return AfterPrefix(place.time());
  if (subject > place.subject) return std::string(place.record_id);
  return std::string(place.record_id) + '\0';
}

// A record that was read: its bytes are copies, for those of the view end with the scan.
struct Found {
  RecordView view;  // All but the bytes.
  std::string record_id;
  std::string payload;

  Place place() const { return {record_id, view.kind, view.subject}; }
  RecordView record() const {
    RecordView whole = view;
    whole.record_id = record_id;
    whole.payload = payload;
    return whole;
  }
};

// Keeps the first `max` records, in the order of facts, of those that it is offered; fewer when
// they are large.
class Page {
 public:
  explicit Page(size_t max) : max_(max) {}

  // Returns false if the record is behind all of a full page, as then all that follow it in its
  // scan are.
  bool Offer(const RecordView& record) {
    const bool full = order_.size() == max_ || bytes_ >= kMaxPageBytes;
    if (full && !(PlaceOf(record) < last().place())) {
      more_ = true;
      return false;
    }
    if (spare_.empty()) {
      spare_.push_back(found_.size());
      found_.emplace_back();
    }
    order_.push_back(spare_.back());
    spare_.pop_back();
    Keep(record, found_[order_.back()]);
    bytes_ += record.payload.size();
    std::push_heap(order_.begin(), order_.end(), Before());
    while (order_.size() > max_ ||
           (order_.size() > 1 && bytes_ - last().payload.size() >= kMaxPageBytes)) {
      DropLast();
    }
    return true;
  }

  // Whether it was offered records that are behind it.
  bool more() const { return more_; }

  // The records in order; ends the collecting.
  std::vector<RecordView> Take() {
    std::sort_heap(order_.begin(), order_.end(), Before());
    std::vector<RecordView> records;
    records.reserve(order_.size());
    for (const size_t at : order_) records.push_back(found_[at].record());
    return records;
  }

 private:
  struct Less {
    const std::vector<Found>& found;
    bool operator()(size_t a, size_t b) const { return found[a].place() < found[b].place(); }
  };
  Less Before() const { return {found_}; }

  static void Keep(const RecordView& record, Found& found) {
    found.view = record;
    found.record_id.assign(record.record_id.data(), record.record_id.size());
    found.payload.assign(record.payload.data(), record.payload.size());
  }

  const Found& last() const { return found_[order_.front()]; }

  void DropLast() {
    bytes_ -= last().payload.size();
    std::pop_heap(order_.begin(), order_.end(), Before());
    spare_.push_back(order_.back());
    order_.pop_back();
    more_ = true;
  }

  const size_t max_;
  size_t bytes_ = 0;  // Of the payloads.
  bool more_ = false;
  std::vector<Found> found_;
  std::vector<size_t> order_;  // A heap over `found_` with the last one in front.
  std::vector<size_t> spare_;  // Those of `found_` that are not on the page.
};

template <typename T>
std::vector<T> SortedOnce(absl::Span<const T> values) {
  std::vector<T> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

}  // namespace

absl::StatusOr<std::string> ListFacts(storage::Reader& reader, absl::Span<const SubjectId> members,
                                      absl::Span<const Kind> kinds, absl::string_view position,
                                      size_t max, storage::RecordVisitor visit) {
  std::optional<Place> start;
  if (!position.empty()) {
    ASSIGN_OR_RETURN(start, DecodePlace(position));
  }
  const std::vector<Kind> sorted_kinds = SortedOnce(kinds);
  max = std::max<size_t>(max, 1);
  Page page(max);
  for (const SubjectId subject : SortedOnce(members)) {
    for (const Kind kind : sorted_kinds) {
      std::optional<std::string> first = std::string();
      if (start.has_value()) first = FirstIdBehind(*start, subject, kind);
      if (!first.has_value()) continue;
      bool full = false;
      const absl::Status scanned =
          // One more than a page shows whether there is another.
          reader.Scan({.subject = subject, .kind = kind, .first_id = *first, .max = max + 1},
                      [&](const RecordView& record) {
                        full = !page.Offer(record);
                        return full ? absl::CancelledError("") : absl::OkStatus();
                      });
      if (!full) RETURN_IF_ERROR(scanned);
    }
  }
  const std::vector<RecordView> records = page.Take();
  for (const RecordView& record : records) RETURN_IF_ERROR(visit(record));
  return page.more() ? EncodePlace(PlaceOf(records.back())) : std::string();
}

}  // namespace yilan::core
