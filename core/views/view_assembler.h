// Makes the bytes of a view from the records of a customer.
//
// A stored fact is the message that the view shows, so a section is its records' bytes joined on
// the wire, each with its etag appended; only what is computed is parsed: source records for the
// profile, subjects for the totals, identity conflicts.
#ifndef YILAN_CORE_VIEWS_VIEW_ASSEMBLER_H_
#define YILAN_CORE_VIEWS_VIEW_ASSEMBLER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/survivorship/survivorship_rules.h"
#include "core/views/view_shape.h"
#include "google/protobuf/arena.h"
#include "storage/record_store.h"
#include "yilan/v1/customer_view.pb.h"

namespace yilan::core {

struct AssembledView {
  std::string bytes;  // Of a GetCustomerViewResponse, in a string that has no room to spare.
  TimeMicros good_until = kMaxTime;  // The view holds at times before this one, from `now` on.
};

// For one view; not thread-safe.
//
//   ViewAssembler assembler(shape, *rules);
//   const auto loaded = store.LoadCustomer(call, customer, {.limits = shape.load()},
//                                          [&](const RecordView& r) { return assembler.Add(r); });
//   ASSIGN_OR_RETURN(AssembledView view, assembler.Finish(loaded->state, clock.Now()));
class ViewAssembler {
 public:
  // `shape` and `rules` outlive the assembler.
  ViewAssembler(const ViewShape& shape, const SurvivorshipRules& rules);

  // Takes one record of the customer, in any order. Kinds that the view does not show are ignored.
  absl::Status Add(const storage::RecordView& record);
  // The view of `customer` as its records say, at `now`. Call once, last. Errors: DATA_LOSS when a
  // record that has to be parsed does not.
  absl::StatusOr<AssembledView> Finish(const storage::CustomerState& customer, TimeMicros now);

 private:
  // A record whose bytes are in `bytes_`.
  struct Kept {
    storage::Kind kind = 0;
    uint16_t id_size = 0;
    uint32_t payload_size = 0;
    size_t offset = 0;  // Of the record id; the payload follows it.
    storage::SubjectId subject;
    storage::Version version;
    TimeMicros recorded_time = 0;
    storage::Revision revision = 0;
  };
  absl::string_view IdOf(const Kept& kept) const;
  absl::string_view PayloadOf(const Kept& kept) const;
  void SortBySection();
  template <typename T>
  absl::StatusOr<T*> Parse(const Kept& kept);
  // The computed sections.
  absl::StatusOr<v1::CustomerView*> Compute(const storage::CustomerState& customer, TimeMicros now,
                                            TimeMicros& good_until);
  absl::Status AddProfile(v1::CustomerView& view);
  absl::Status AddSubjects(TimeMicros now, v1::CustomerView& view, TimeMicros& good_until);
  absl::Status AddConflicts(v1::CustomerView& view);

  const ViewShape& shape_;
  const SurvivorshipRules& rules_;
  std::string bytes_;
  std::vector<Kept> kept_;
  google::protobuf::Arena arena_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_VIEW_ASSEMBLER_H_
