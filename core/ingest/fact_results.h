// Results of writes as callers of the stream and of the quarantine see them.
#ifndef YILAN_CORE_INGEST_FACT_RESULTS_H_
#define YILAN_CORE_INGEST_FACT_RESULTS_H_

#include <vector>

#include "core/errors.h"
#include "core/facts/fact_write.h"
#include "google/protobuf/repeated_field.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::core {

// OK or DUPLICATE for a write that succeeded; for one that did not, CONFLICT or REJECTED with its
// violations.
v1::FactResult ToFactResult(const FactWriteResult& written);

void AddViolations(const std::vector<Violation>& violations,
                   google::protobuf::RepeatedPtrField<v1::FactViolation>& out);

}  // namespace yilan::core

#endif  // YILAN_CORE_INGEST_FACT_RESULTS_H_
