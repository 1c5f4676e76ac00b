#include "core/ingest/fact_results.h"

namespace yilan::core {

v1::FactResult ToFactResult(const FactWriteResult& written) {
  v1::FactResult result;
  if (written.status.ok()) {
    if (written.outcome == v1::WRITE_OUTCOME_DUPLICATE) {
      result.set_outcome(v1::FACT_OUTCOME_DUPLICATE);
    } else {
      result.set_outcome(v1::FACT_OUTCOME_OK);
      result.set_write_outcome(written.outcome);
    }
    result.set_identity_conflict(written.identity_conflict);
    return result;
  }
  result.set_outcome(ReasonOf(written.status) == v1::ERROR_REASON_VERSION_CONFLICT
                         ? v1::FACT_OUTCOME_CONFLICT
                         : v1::FACT_OUTCOME_REJECTED);
  AddViolations(ViolationsOf(written.status), *result.mutable_violations());
  return result;
}

void AddViolations(const std::vector<Violation>& violations,
                   google::protobuf::RepeatedPtrField<v1::FactViolation>& out) {
  for (const Violation& violation : violations) {
    v1::FactViolation& added = *out.Add();
    added.set_field(violation.field);
    added.set_description(violation.description);
  }
}

}  // namespace yilan::core
