// The part of NormalizePostalAddress for addresses in Chinese characters.
#ifndef YILAN_CORE_IDENTITY_CHINESE_ADDRESS_H_
#define YILAN_CORE_IDENTITY_CHINESE_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/identity/postal_address.h"

namespace yilan::core {

// All parts but the postal code, which is filled in only where the line begins with it. The texts
// are of FoldName, in simplified characters. Pure; thread-safe.
PostalAddress ParseChineseAddress(absl::string_view line, absl::string_view city,
                                  absl::string_view state);

// "007b" is "7b".
std::string WithoutLeadingZeros(std::string number);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CHINESE_ADDRESS_H_
