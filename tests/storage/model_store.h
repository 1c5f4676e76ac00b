// The model: a RecordStore of plain std::maps, so simple that it can be believed.
//
// It is what the model-based test compares backends with; it passes the conformance suite itself. A
// write copies everything, and searches look at everything: for small stores only. Thread-safe.
#ifndef YILAN_TESTS_STORAGE_MODEL_STORE_H_
#define YILAN_TESTS_STORAGE_MODEL_STORE_H_

#include <memory>

#include "storage/record_store.h"

namespace yilan::storage {

std::unique_ptr<RecordStore> NewModelStore();

}  // namespace yilan::storage

#endif  // YILAN_TESTS_STORAGE_MODEL_STORE_H_
