// Fills a store with customers by the hundred thousand a minute, as if they had come through the
// stream.
//
// A few hundred templates are taken in by the core's own code into a store of their own and
// exported from it: records with the keys, terms, ids and totals that core gives them. Each
// customer is a copy of a template with its number, ids and fact ids put in, and goes into the
// store by RecordStore::Import. The change feed gets no entries, as with any import.
//
//   ASSIGN_OR_RETURN(const auto customers, BulkCustomers::Make(300));
//   RETURN_IF_ERROR(customers->Load(store, 0, 1'000'000));
//   const storage::CustomerId id = BulkCustomerId(7);
//
// Customer `number` is that of FactsOf(number, number % templates).
#ifndef YILAN_TESTS_BENCH_BULK_LOAD_H_
#define YILAN_TESTS_BENCH_BULK_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/record_store.h"
#include "tests/bench/operator_facts.h"

namespace yilan::bench {

// What a customer becomes in the store: the facts, the subjects, and between each two of these the
// edge that says how they are alike.
inline constexpr uint64_t kRecordsPerCustomer =
    kFactsPerCustomer + kSubjectsPerCustomer +
    kSubjectsPerCustomer * (kSubjectsPerCustomer - 1) / 2;

// Ids by number: they grow with it, as ids do that are made one after the other.
storage::CustomerId BulkCustomerId(uint64_t number);
storage::SubjectId BulkSubjectId(uint64_t number, int member);

// Not thread-safe.
class BulkCustomers {
 public:
  // `templates` is how many different customers there are. An error is one of the facts, which core
  // did not take.
  static absl::StatusOr<std::unique_ptr<BulkCustomers>> Make(uint64_t templates);
  ~BulkCustomers();

  uint64_t templates() const { return templates_.size(); }
  // Adds the customers from `first` to below `limit`. Errors are those of Import.
  absl::Status Load(storage::RecordStore& store, uint64_t first, uint64_t limit);
  // Mean size of the payloads of the facts, as they are stored.
  double mean_payload_bytes() const;

 private:
  struct Template;

  BulkCustomers();
  static absl::StatusOr<std::unique_ptr<const Template>> MakeTemplate(uint64_t variety);
  void Append(uint64_t number, std::vector<storage::ExportEntry>& customers,
              std::vector<storage::ExportEntry>& records) const;

  std::vector<std::unique_ptr<const Template>> templates_;
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_BULK_LOAD_H_
