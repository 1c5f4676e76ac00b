// Directory: which customers and subjects there are, and which subject belongs to which customer.
//
// Customers and subjects are numbered in the order in which they came and are never removed, so a
// slot stands for one for ever. Any number of threads may read, or one write.
#ifndef YILAN_STORAGE_MEMORY_DIRECTORY_H_
#define YILAN_STORAGE_MEMORY_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "storage/memory/hash_index.h"
#include "storage/memory/packed_subjects.h"
#include "storage/memory/paged_array.h"
#include "storage/record.h"

namespace yilan::storage::memory {

using CustomerSlot = uint32_t;

// What a customer becomes.
struct CustomerUpdate {
  CustomerState state;
  bool members_changed = false;  // Or its redirect. False: only the revision differs.
};

class Directory {
 public:
  Directory() : by_id_(ById{&customers_}) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::optional<SubjectSlot> FindSubject(SubjectId subject) const;
  std::optional<CustomerSlot> FindCustomer(CustomerId customer) const;
  // The customer that has the subject.
  std::optional<CustomerSlot> HolderOf(SubjectSlot subject) const;

  SubjectId IdOf(SubjectSlot subject) const { return subjects_[subject].id; }
  CustomerId CustomerIdOf(CustomerSlot customer) const { return customers_[customer].id; }
  Revision RevisionOf(CustomerSlot customer) const { return customers_[customer].revision; }
  // The members in order of their ids.
  absl::Span<const SubjectSlot> MembersOf(CustomerSlot customer) const;
  CustomerState StateOf(CustomerSlot customer) const;

  // The slots of customers are below this.
  CustomerSlot customers() const { return customers_.size(); }
  // The slot that the next new subject gets.
  SubjectSlot next_subject() const { return subjects_.size(); }
  void AddSubject(SubjectId subject);
  // Makes the customers, those that are new included, what `updates` say. All members have been
  // added. A subject that one of them loses and none takes is in no customer afterwards.
  void Set(absl::Span<const CustomerUpdate> updates);

  // Visits, in order of id, the slots of customers with an id above `after`, until `visit` returns
  // false.
  template <typename Visit>
  void ForEachCustomer(CustomerId after, Visit visit) const {
    for (auto it = by_id_.upper_bound(after); it != by_id_.end(); ++it) {
      if (!visit(*it)) return;
    }
  }
  // All subjects, in no order.
  template <typename Visit>
  void ForEachSubject(Visit visit) const {
    for (SubjectSlot slot = 0; slot < subjects_.size(); ++slot) visit(slot);
  }

  uint64_t customers_with_members() const { return customers_with_members_; }
  uint64_t subjects_with_customer() const { return subjects_with_customer_; }
  size_t bytes() const;

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr uint32_t kInlineMembers = 4;

  struct SubjectRow {
    SubjectId id;
    CustomerSlot holder = kNone;
  };
  struct CustomerRow {
    CustomerId id;
    Revision revision = 0;
    uint32_t member_count = 0;
    SubjectSlot members[kInlineMembers] = {};  // More than these: in more_members_.
  };
  // Orders slots by the ids of their rows, which the set need not hold again.
  struct ById {
    using is_transparent = void;
    const PagedArray<CustomerRow>* rows;
    CustomerId Key(CustomerSlot slot) const { return (*rows)[slot].id; }
    static CustomerId Key(const CustomerId& id) { return id; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Key(a) < Key(b);
    }
  };

  void RemoveMembers(CustomerSlot customer);
  void AddMembers(CustomerSlot customer, const std::vector<SubjectId>& members);

  PagedArray<SubjectRow> subjects_;
  PagedArray<CustomerRow> customers_;
  HashIndex subject_index_;
  HashIndex customer_index_;
  absl::btree_set<CustomerSlot, ById> by_id_;
  absl::flat_hash_map<CustomerSlot, std::vector<SubjectSlot>> more_members_;
  absl::flat_hash_map<CustomerSlot, CustomerId> redirects_;
  uint64_t customers_with_members_ = 0;
  uint64_t subjects_with_customer_ = 0;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_DIRECTORY_H_
