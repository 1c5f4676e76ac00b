#include "storage/memory/memory_store.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {

Backend Memory() {
  return {.name = "Memory", .open = [](const std::string&) { return NewMemoryStore(); }};
}

INSTANTIATE_TEST_SUITE_P(Memory, Conformance, ::testing::Values(Memory()), BackendName);

}  // namespace yilan::storage
