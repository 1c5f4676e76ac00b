// The memory backend: a RecordStore in the process's memory, gone when it is destroyed.
//
// Writers are exclusive: plan and body run one write at a time on the committed state, write to an
// overlay, and readers wait only while the finished overlay is swapped in. Readers of Read() and
// LoadCustomer() hold a lock that makes that swap wait, so a body or visitor that dawdles delays
// commits, and with them the readers behind. Export keeps writers out instead, and no reader.
//
// With a million customers of 3 subjects and 43 records of 100 bytes, a key of 30 bytes each, it
// takes 7.5 KB a customer (tests/storage/store_bench.cc measures it); the change feed and the
// remembered requests are apart from that, and are for the caller to trim.
//
//   const std::unique_ptr<RecordStore> store = NewMemoryStore();
#ifndef YILAN_STORAGE_MEMORY_MEMORY_STORE_H_
#define YILAN_STORAGE_MEMORY_MEMORY_STORE_H_

#include <memory>

#include "storage/record_store.h"

namespace yilan::storage {

// An empty store.
std::unique_ptr<RecordStore> NewMemoryStore();

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_MEMORY_MEMORY_STORE_H_
