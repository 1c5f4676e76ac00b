// E-mail addresses: one way of writing each.
#ifndef YILAN_CORE_IDENTITY_EMAIL_ADDRESS_H_
#define YILAN_CORE_IDENTITY_EMAIL_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

// Lower case and usual width (NFKC_Casefold), without blanks, "mailto:", a name beside it ("Wang
// <w@example.com>") and the dot after the domain. An internationalized domain is written in Unicode
// (UTS #46): "xn--fiq228c.cn" is "中文.cn". What is before the @ stays: dots and "+" may mean
// something to the domain. Text without "@" is kept, folded in the same way. Pure; thread-safe;
// takes any bytes. Applied to its result it returns the result.
std::string NormalizeEmailAddress(absl::string_view value);

// Whether `normalized` leads to nobody in particular: no "@", nothing on one of its sides, or a
// local part that says so ("none@none.com", "noreply@…", "test@test.com").
bool IsPlaceholderEmailAddress(absl::string_view normalized);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_EMAIL_ADDRESS_H_
