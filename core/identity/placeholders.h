// Values that are written where nothing is known.
#ifndef YILAN_CORE_IDENTITY_PLACEHOLDERS_H_
#define YILAN_CORE_IDENTITY_PLACEHOLDERS_H_

#include "absl/strings/string_view.h"

namespace yilan::core {

// Whether a text says nothing: empty, or one of the usual words ("unknown", "n/a", "null", "test",
// 无, 未知, 不详 …). `folded` is of FoldName, in simplified characters; "n a" is "N/A", while "na"
// may be a name. Pure; thread-safe.
bool SaysNothing(absl::string_view folded);

// Whether a birth date is one that systems fill in: 19000101, 18991230 (day 0 of spreadsheets),
// 99991231 … `date` is YYYYMMDD.
bool IsPlaceholderDate(absl::string_view date);

// Whether the number of a document is none: fewer than 4 letters and digits, one of them again and
// again, or 12345678… to its end. `number` is of NormalizeIdentifier.
bool IsPlaceholderNumber(absl::string_view number);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_PLACEHOLDERS_H_
