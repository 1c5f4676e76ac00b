// The number of a Chinese organization: the unified social credit code, GB 32100-2015.
//
//   ParseSocialCreditCode("91350100M000100Y43");  // verified; organization code "M000100Y4"
//
// 18 characters of the digits and the letters without I, O, S, V and Z: the department that
// registers (1), the sort of organization (1), its region (6 digits, GB/T 2260), the organization
// code (9, GB 11714) and a check character. The check character weighs the others with powers of 3
// modulo 31, and finds every single wrong character and every two neighbours that changed places.
// The organization code ends with a check character of its own.
//
// All functions are pure and thread-safe, and take any text.
#ifndef YILAN_CORE_IDENTITY_SOCIAL_CREDIT_CODE_H_
#define YILAN_CORE_IDENTITY_SOCIAL_CREDIT_CODE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

struct SocialCreditCode {
  std::string number;             // 18 characters in upper case.
  std::string organization_code;  // Its 9 characters that are the organization code, GB 11714.
};

// What the code says, if both of its check characters are right and its region is one; nothing
// otherwise. Written as NormalizeIdentifier writes a NATIONAL_ID.
std::optional<SocialCreditCode> ParseSocialCreditCode(absl::string_view number);

// Whether it has the form of such a code, right or mistyped: 18 digits and letters, and a
// department and sort that exist. Numbers of identity cards begin with 1 or 5 too: ask for those
// first.
bool LooksLikeSocialCreditCode(absl::string_view number);

// The check characters for the first 17 characters of a code, and for the first 8 of an
// organization code; '\0' where one of them is not of the alphabet.
char SocialCreditCodeCheckCharacter(absl::string_view code);
char OrganizationCodeCheckCharacter(absl::string_view code);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_SOCIAL_CREDIT_CODE_H_
