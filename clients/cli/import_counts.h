// What an import did so far.
#ifndef YILAN_CLIENTS_CLI_IMPORT_COUNTS_H_
#define YILAN_CLIENTS_CLI_IMPORT_COUNTS_H_

#include <cstdint>

#include "yilan/v1/ingest_service.pb.h"

namespace yilan::cli {

struct ImportCounts {
  int64_t rows = 0;
  int64_t rejected_rows = 0;  // Rows of which at least one fact was rejected.
  int64_t facts = 0;          // That have a result.
  int64_t created = 0;
  int64_t updated = 0;
  int64_t duplicates = 0;
  int64_t superseded = 0;
  int64_t deleted = 0;
  int64_t rejected_facts = 0;
  int64_t identity_conflicts = 0;

  // Counts the result of one fact.
  void Add(const v1::FactResult& result);
  void Add(const ImportCounts& other);
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IMPORT_COUNTS_H_
