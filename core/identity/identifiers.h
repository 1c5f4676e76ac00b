// How identifiers and names are compared: two ways of writing one number give the same text here.
//
//   NormalizeIdentifier(v1::IDENTIFIER_TYPE_MSISDN, "138-0013-8000");      // "8613800138000"
//   NormalizeIdentifier(v1::IDENTIFIER_TYPE_MSISDN, "+86 138 0013 8000");  // "8613800138000"
//   FoldName("ＷＡＮＧ  Xiao-Ming");                                       // "wang xiao ming"
//   NameWords("王小明");                            // {"王小明", "小明", "明"}
//
// What these return is what the store's index is made of: a change of a rule needs the index built
// anew. All functions are pure and thread-safe, and take any bytes; what is not UTF-8 becomes
// U+FFFD.
#ifndef YILAN_CORE_IDENTITY_IDENTIFIERS_H_
#define YILAN_CORE_IDENTITY_IDENTIFIERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "yilan/v1/identifier.pb.h"

namespace yilan::core {

// The longest result, in bytes; what is longer is cut after a character.
inline constexpr size_t kMaxNormalizedBytes = 256;
// The most starts of one name that are indexed.
inline constexpr size_t kMaxNameWords = 24;

// The one way of writing an identifier that stands for all usual ways. Empty when there is nothing
// of an identifier in `value` ("-", "()"): such a value must not be indexed, or it would join
// strangers. A value that does not look like its type is kept, tidied up, so that it is still found
// as it was written. Full-width characters count as their usual ones for every type (Unicode NFKC).
//
//   MSISDN      Digits of the international number (ITU-T E.164), with "+" only where they would
//               pass for another number without it: see core/identity/phone_number.h.
//               "138-0013-8000",
//               "+86 138 0013 8000" and "(0086) 013800138000" are one number, and "010-62345678 转
//               8001" is that without its extension. A number without country code is read as a
//               Chinese one: numbers of other countries that would pass for Chinese ones ("1 310
//               555 1234") need their "+".
//   IMSI        Digits (E.212).
//   ICCID       Digits or hexadecimal digits (E.118); the F that pads 19 digits to 10 bytes on a
//               SIM does not count.
//   IMEI        The first 14 digits: the 15th is a check digit that is not transmitted (0 on the
//               air) and the 15th and 16th of an IMEISV are the software version (3GPP TS 23.003,
//               6.2). The rest names the device no further.
//   STB_SERIAL, ONT_SERIAL
//               Upper case, without blanks, hyphens and colons. An ONT serial given as 16
//               hexadecimal digits is turned into four letters of the vendor and 8 digits (ITU-T
//               G.984.3): "485754431234ABCD" is "HWTC1234ABCD".
//   ACCOUNT_NUMBER, PORT
//               Upper case, without blanks. Hyphens and slashes count: "1-23" is not "12-3".
//   EMAIL       Lower case, without blanks, "mailto:" and a name beside it; an internationalized
//               domain in Unicode: see core/identity/email_address.h.
//   NATIONAL_ID Upper case, without blanks, hyphens, dots and parentheses. Resident ids of 15
//               digits become those of 18 characters that replaced them (GB 11643-1999).
//   IP_ADDRESS  The canonical text (RFC 5952 for IPv6); an IPv4 address mapped into IPv6 is an IPv4
//               address.
std::string NormalizeIdentifier(v1::IdentifierType type, absl::string_view value);

// A name as names are compared: lower case and full-width forms folded (Unicode NFKC_Casefold),
// white space and punctuation turned into single blanks, apostrophes dropped. Accents stay.
// Idempotent but for freak sequences of combining marks. Empty when the name has no letter, digit
// or symbol: as the prefix of a search that would match everything.
std::string FoldName(absl::string_view name);

// What a name is found by: the folded name, then the folded name from each further word on, so that
// the beginning of any word finds it, and of any sequence of words. Chinese, Japanese and Korean
// are written without blanks, so there every character begins a word. At most kMaxNameWords, in
// the order of the name, without repetitions; none for a name that folds to nothing.
std::vector<std::string> NameWords(absl::string_view name);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_IDENTIFIERS_H_
