// Chinese family names: which characters of a name are one, and how they are read.
//
//   CompoundFamilyName("欧阳娜娜");  // "欧阳"
//   FamilyNamePinyin("单");          // "shan", not "dan"
//   IsFamilyNamePinyin("ouyang");    // true
//
// All functions are pure and thread-safe. `name` is in simplified characters.
#ifndef YILAN_CORE_IDENTITY_FAMILY_NAMES_H_
#define YILAN_CORE_IDENTITY_FAMILY_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

// The family name of two characters with which `name` begins; empty where it begins with none.
absl::string_view CompoundFamilyName(absl::string_view name);

// Whether `character` is one of the family names of one character that nearly all Chinese have.
bool IsFamilyName(absl::string_view character);

// How a family name is read, without tones: "wan", but "mo qi" for 万俟.
std::string FamilyNamePinyin(absl::string_view family_name);

// Whether a word in small ASCII letters is how one of those family names is read.
bool IsFamilyNamePinyin(absl::string_view word);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_FAMILY_NAMES_H_
