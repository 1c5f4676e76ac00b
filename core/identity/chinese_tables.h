// What chinese_tables_main.cc takes from OpenCC and ICU when Yilan is built. For chinese_text.cc.
#ifndef YILAN_CORE_IDENTITY_CHINESE_TABLES_H_
#define YILAN_CORE_IDENTITY_CHINESE_TABLES_H_

#include <cstddef>
#include <cstdint>

namespace yilan::core::chinese_tables {

// The characters with an entry of their own: U+3400 to U+9FFF.
inline constexpr char32_t kFirst = 0x3400;
inline constexpr char32_t kLimit = 0xa000;

// The simplified form of each; the character itself where it has none, 0 where it is in
// kFurtherSimplified.
extern const char16_t kSimplified[kLimit - kFirst];
// Index in kSyllables of each; 0 for those without a reading.
extern const uint16_t kReadings[kLimit - kFirst];

// Those that do not fit above, by `from`.
struct Pair {
  char32_t from;
  char32_t to;  // The simplified form, or an index in kSyllables.
};
extern const Pair kFurtherSimplified[];
extern const size_t kFurtherSimplifiedCount;
extern const Pair kFurtherReadings[];
extern const size_t kFurtherReadingsCount;

// Words that are converted as a whole, by `from`, in UTF-8.
struct Phrase {
  const char* from;
  const char* to;
};
extern const Phrase kPhrases[];
extern const size_t kPhrasesCount;

// Sorted, each once; the first is "".
extern const char* const kSyllables[];
extern const size_t kSyllablesCount;

}  // namespace yilan::core::chinese_tables

#endif  // YILAN_CORE_IDENTITY_CHINESE_TABLES_H_
