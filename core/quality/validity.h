// The format rules of values, by which the validity of a source's data is counted
// (yilan.v1.FieldQuality says them).
//
// All functions are pure and thread-safe, and take any text. `today` is YYYYMMDD.
#ifndef YILAN_CORE_QUALITY_VALIDITY_H_
#define YILAN_CORE_QUALITY_VALIDITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "yilan/v1/identifier.pb.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

// kNotChecked: there is no rule for such a value.
enum class Validity { kValid, kInvalid, kNotChecked };

// A full, given or family name.
Validity ValidityOfName(absl::string_view name, v1::PartyType party_type);
// A birth date as YYYY-MM-DD.
Validity ValidityOfBirthDate(absl::string_view date, int today);
// An identifier, as its source writes it and as NormalizeIdentifier does.
Validity ValidityOfIdentifier(v1::IdentifierType type, absl::string_view value,
                              absl::string_view normalized, int today);

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_VALIDITY_H_
