// Postal addresses, in parts that compare equal however they are written.
//
//   NormalizePostalAddress("12/34 High Street", "Leeds", "", "LS1 4AP")
//       // text "12 34 high st", house_number "34", street "high st", city "leeds", postal_code
//       "ls14ap"
//   NormalizePostalAddress("廣東省深圳市南山區科技園路十二號3棟2單元501室", "", "", "")
//       // text "南山区 科技园路 12 3 2 501", house_number "12", street "南山区 科技园路",
//       // city "深圳", state "广东"
#ifndef YILAN_CORE_IDENTITY_POSTAL_ADDRESS_H_
#define YILAN_CORE_IDENTITY_POSTAL_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

struct PostalAddress {
  std::string text;          // All words of the street line in their order.
  std::string house_number;  // "12", "12b".
  std::string street;        // The words, without numbers of house, building, unit and room.
  std::string city;
  std::string state;
  std::string postal_code;
};

// The parts of an address; empty where the record says nothing ("unknown", 无, 000000). Everything
// is folded as names are (width, case, punctuation) and in simplified characters. Pure;
// thread-safe.
//
// Without Chinese characters: words that name a sort of street, a direction or a unit have one form
// ("Street" and "St" are "st", "Apartment" is "apt"). The house number is the first number anywhere
// on the line that neither follows the word for a unit ("Flat 3", "#3") nor comes before a slash
// ("12/34": flat 12, house 34), else the first number.
//
// With them: province and city are taken from the start of the line where it names them, and the
// fields for them are read in the same way; a municipality is both. Their short names count: 广东省
// and 广东, 深圳市 and 深圳. Numbers before 号, 栋, 单元, 室 and the like are written in digits,
// without those words, so that "3栋2单元501室", "三幢二单元五〇一" and "3-2-501" are the same. The
// house number is the first before 号, else the first number.
PostalAddress NormalizePostalAddress(absl::string_view line, absl::string_view city,
                                     absl::string_view state, absl::string_view postal_code);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_POSTAL_ADDRESS_H_
