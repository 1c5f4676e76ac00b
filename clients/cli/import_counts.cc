#include "clients/cli/import_counts.h"

namespace yilan::cli {

void ImportCounts::Add(const v1::FactResult& result) {
  ++facts;
  if (result.identity_conflict()) ++identity_conflicts;
  switch (result.outcome()) {
    case v1::FACT_OUTCOME_OK:
      break;
    case v1::FACT_OUTCOME_DUPLICATE:
      ++duplicates;
      return;
    default:
      ++rejected_facts;
      return;
  }
  switch (result.write_outcome()) {
    case v1::WRITE_OUTCOME_UPDATED:
      ++updated;
      return;
    case v1::WRITE_OUTCOME_SUPERSEDED:
      ++superseded;
      return;
    case v1::WRITE_OUTCOME_DELETED:
      ++deleted;
      return;
    default:
      ++created;
      return;
  }
}

void ImportCounts::Add(const ImportCounts& other) {
  rows += other.rows;
  rejected_rows += other.rejected_rows;
  facts += other.facts;
  created += other.created;
  updated += other.updated;
  duplicates += other.duplicates;
  superseded += other.superseded;
  deleted += other.deleted;
  rejected_facts += other.rejected_facts;
  identity_conflicts += other.identity_conflicts;
}

}  // namespace yilan::cli
