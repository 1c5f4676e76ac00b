// Sends facts that were encoded beforehand through IngestService's stream, as a client does that
// has several batches under way.
//
//   std::vector<std::string> batches = …;   // Each an encoded IngestRequest.
//   ASSIGN_OR_RETURN(const IngestResult result, SendBatches(address, batches, {}));
#ifndef YILAN_TESTS_BENCH_INGEST_LOAD_H_
#define YILAN_TESTS_BENCH_INGEST_LOAD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::bench {

struct IngestOptions {
  int streams = 1;            // They share the batches.
  int batches_in_flight = 8;  // On each stream.
  pid_t server_pid = 0;       // The process whose CPU time is measured; 0: none.
};

struct IngestResult {
  uint64_t facts = 0;        // All of them OK.
  double seconds = 0;        // From the first message to the last answer.
  double rate = 0;           // Facts a second.
  double server_micros = 0;  // CPU time of the server per fact.
  double client_micros = 0;  // CPU time of this process per fact.
};

// Encodes `count` facts, those of fact(0) to fact(count - 1), in batches.
std::vector<std::string> EncodeBatches(uint64_t count, uint64_t facts_per_batch,
                                       const std::function<v1::Fact(uint64_t)>& fact);

// INTERNAL when a fact is not answered with OK.
absl::StatusOr<IngestResult> SendBatches(const std::string& address,
                                         const std::vector<std::string>& batches,
                                         const IngestOptions& options);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_INGEST_LOAD_H_
