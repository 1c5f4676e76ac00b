// Names of people, in the forms in which they are compared.
//
//   NormalizePersonName("歐陽娜娜", "", "")         // written "欧阳娜娜", spoken "ou yang na na",
//                                                  // family "欧阳", given "娜娜"
//   NormalizePersonName("Xiaoming WANG", "", "")   // written "xiaoming wang", spoken "xiao ming
//   wang",
//                                                  // family "wang", given "xiaoming" ("xiao ming")
//   NormalizePersonName("Dr. Smith, John", "", "") // family "smith", given "john"
#ifndef YILAN_CORE_IDENTITY_PERSON_NAME_H_
#define YILAN_CORE_IDENTITY_PERSON_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

// A name as it is written, folded (width, case, punctuation; FoldName), in simplified characters
// without blanks between them; and as it is spoken: Chinese characters in pinyin without tones, one
// blank between syllables ("lv" for lǚ), other letters without accents. A name in pinyin is spoken
// in its syllables as well, so that "Wang Xiaoming" sounds like 王小明.
struct NameForm {
  std::string written;
  std::string spoken;
};

struct PersonName {
  NameForm whole;  // In the order in which the source writes it.
  NameForm family;
  NameForm given;
};

// What a source's three fields say; each may be empty. Pure; thread-safe; takes any bytes.
//
// Titles (Mr, Dr, 先生, 女士 …) and remarks in parentheses are dropped; what says nothing
// ("unknown", 无) is empty, and so are user names ("lihua1990", 明同学). Family and given name are
// the source's where it states them. Otherwise they are parts of the name: a Chinese name begins
// with its family name, of two characters where those are a known one (欧阳), unless a blank sets
// off a family name behind ("小明 王"). In other scripts a comma parts "Family, Given"; else the
// one word in capitals is the family name; else, in a name in pinyin, the word that is one, the
// first if both are (GB/T 28039); else the last word, with "van", "de" and the like before it, and
// without "Jr" behind. Of a name and one part of it, the other part is the rest. Where the source
// states only parts, the name is made of them: 王 and 小明 are 王小明, "Wang" and "Ming" are "ming
// wang".
PersonName NormalizePersonName(absl::string_view name, absl::string_view given_name,
                               absl::string_view family_name);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_PERSON_NAME_H_
