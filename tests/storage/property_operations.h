// What a Step and an Action of a random sequence stand for, and carrying them out.
#ifndef YILAN_TESTS_STORAGE_PROPERTY_OPERATIONS_H_
#define YILAN_TESTS_STORAGE_PROPERTY_OPERATIONS_H_

#include <string>

#include "storage/record_store.h"
#include "tests/storage/property.h"

namespace yilan::storage {

// Values of Step::type and Action::type.
enum StepType : uint32_t {
  kWrite,
  kRead,
  kLoadCustomer,
  kChanges,
  kTrimChanges,
  kTrimRequests,
  kListCustomers,
  kStatistics,
  kExport,
  kReopen,
  kTransfer,  // Export into a new store of the backend, which takes the place of the old one.
  kStepTypes,
};
enum ActionType : uint32_t {
  kPut,
  kDelete,
  kAddHistory,
  kJoin,
  kSetMembers,
  kSetRedirect,
  kNextRevision,
  kReadAhead,
  kPutRequest,
  kGet,
  kGetMany,
  kScan,
  kScanHistory,
  kFindByKeys,
  kFindByTerm,
  kFindByTerms,
  kGetCustomer,
  kGetCustomers,
  kFindRequest,
  kActionTypes,
};

// Runs a step and returns what the store answered, as text that is equal for equal answers. A step
// that is not a call of the store does nothing.
std::string RunStep(RecordStore& store, const Step& step);

// What a step or action is called; of an action also the record it is about.
std::string NameOfStep(const Step& step);
std::string NameOfAction(const Action& action);

}  // namespace yilan::storage

#endif  // YILAN_TESTS_STORAGE_PROPERTY_OPERATIONS_H_
