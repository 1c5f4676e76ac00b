// chinese_tables FILE: writes chinese_tables.h's tables as C++, from OpenCC's conversion t2s and
// ICU's transliteration Han-Latin. Run when Yilan is built.
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <opencc/Config.hpp>
#include <opencc/Conversion.hpp>
#include <opencc/ConversionChain.hpp>
#include <opencc/Converter.hpp>
#include <opencc/Dict.hpp>
#include <opencc/DictEntry.hpp>
#include <opencc/Lexicon.hpp>

#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/identity/chinese_tables.h"
#include "core/identity/unicode_text.h"

namespace yilan::core::chinese_tables {
namespace {

struct Conversions {
  std::map<char32_t, char32_t> characters;
  std::map<std::string, std::string> phrases;
};

// Throws what OpenCC throws where its data are missing.
Conversions FromOpenCc() {
  Conversions conversions;
  opencc::Config config;
  const opencc::ConverterPtr converter = config.NewFromFile("t2s.json");
  for (const auto& conversion : converter->GetConversionChain()->GetConversions()) {
    const opencc::LexiconPtr lexicon = conversion->GetDict()->GetLexicon();
    for (const auto& entry : *lexicon) {
      const std::string from = entry->Key();
      const std::string to = entry->GetDefault();
      if (CountCharacters(from) == 1 && CountCharacters(to) == 1) {
        size_t start = 0;
        size_t to_start = 0;
        conversions.characters[NextCharacter(from, start)] = NextCharacter(to, to_start);
      } else {
        conversions.phrases[from] = to;
      }
    }
  }
  return conversions;
}

// "wǎng" is "wang", "lǚ" is "lv".
std::string WithoutTone(const icu::UnicodeString& reading) {
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString apart;
  icu::Normalizer2::getNFDInstance(error)->normalize(reading, apart, error);
  std::string letters;
  for (int32_t i = 0; i < apart.length(); ++i) {
    const char16_t c = apart.charAt(i);
    if (c >= 'a' && c <= 'z') letters.push_back(static_cast<char>(c));
    if (c == 0x0308 && !letters.empty() && letters.back() == 'u') letters.back() = 'v';
  }
  return letters;
}

// Empty where ICU fails.
std::map<char32_t, std::string> FromIcu() {
  std::map<char32_t, std::string> readings;
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> transliterator(
      icu::Transliterator::createInstance("Han-Latin", UTRANS_FORWARD, error));
  if (U_FAILURE(error)) return readings;
  for (char32_t c = 0x3007; c < 0x32000; c = c == 0x3007 ? kFirst : c + 1) {
    if (c == kLimit) c = 0x20000;
    const icu::UnicodeString character(static_cast<UChar32>(c));
    icu::UnicodeString latin = character;
    transliterator->transliterate(latin);
    if (latin == character) continue;
    std::string letters = WithoutTone(latin);
    if (!letters.empty()) readings[c] = std::move(letters);
  }
  return readings;
}

void WriteArray(std::ofstream& out, const char* declaration, const std::vector<unsigned>& values) {
  out << "extern const " << declaration << "[kLimit - kFirst] = {";
  for (size_t i = 0; i < values.size(); ++i) out << (i % 20 == 0 ? "\n" : "") << values[i] << ',';
  out << "};\n";
}

void WritePairs(std::ofstream& out, const char* name, const std::map<char32_t, unsigned>& pairs) {
  out << "extern const Pair " << name << "[] = {\n";
  for (const auto& [from, to] : pairs) out << '{' << unsigned{from} << ',' << to << "},\n";
  out << "};\nextern const size_t " << name << "Count = " << pairs.size() << ";\n";
}

bool Write(const char* path) {
  const Conversions conversions = FromOpenCc();
  const std::map<char32_t, std::string> readings = FromIcu();
  if (conversions.characters.size() < 1000 || readings.size() < 10000) {
    std::fprintf(stderr, "chinese_tables: the tables of OpenCC or ICU are not those expected\n");
    return false;
  }
  std::set<std::string> syllables = {""};
  for (const auto& [c, letters] : readings) syllables.insert(letters);
  const std::vector<std::string> sorted(syllables.begin(), syllables.end());
  std::map<std::string, unsigned> index;
  for (const std::string& syllable : sorted) {
    index.emplace(syllable, static_cast<unsigned>(index.size()));
  }

  std::vector<unsigned> simplified;
  std::vector<unsigned> reading_of;
  std::map<char32_t, unsigned> further_simplified;
  std::map<char32_t, unsigned> further_readings;
  for (char32_t c = kFirst; c < kLimit; ++c) {
    const auto to = conversions.characters.find(c);
    simplified.push_back(to == conversions.characters.end() ? c
                         : to->second > 0xffff              ? 0
                                                            : to->second);
    const auto reading = readings.find(c);
    reading_of.push_back(reading == readings.end() ? 0 : index[reading->second]);
  }
  for (const auto& [from, to] : conversions.characters) {
    if (from < kFirst || from >= kLimit || to > 0xffff) further_simplified[from] = to;
  }
  for (const auto& [c, letters] : readings) {
    if (c < kFirst || c >= kLimit) further_readings[c] = index[letters];
  }

  std::ofstream out(path);
  out << "// Written by chinese_tables_main.cc.\n#include \"core/identity/chinese_tables.h\"\n"
      << "namespace yilan::core::chinese_tables {\n";
  WriteArray(out, "char16_t kSimplified", simplified);
  WriteArray(out, "uint16_t kReadings", reading_of);
  WritePairs(out, "kFurtherSimplified", further_simplified);
  WritePairs(out, "kFurtherReadings", further_readings);
  out << "extern const Phrase kPhrases[] = {\n";
  for (const auto& [from, to] : conversions.phrases) {
    out << "{\"" << from << "\",\"" << to << "\"},\n";
  }
  out << "};\nextern const size_t kPhrasesCount = " << conversions.phrases.size() << ";\n"
      << "extern const char* const kSyllables[] = {\n";
  for (const std::string& syllable : sorted) out << '"' << syllable << "\",\n";
  out << "};\nextern const size_t kSyllablesCount = " << sorted.size() << ";\n"
      << "}  // namespace yilan::core::chinese_tables\n";
  out.close();
  return out.good();
}

}  // namespace
}  // namespace yilan::core::chinese_tables

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: chinese_tables FILE\n");
    return 2;
  }
  try {
    return yilan::core::chinese_tables::Write(argv[1]) ? 0 : 1;
  } catch (const std::exception& error) {  // OpenCC's way to say that its data are missing.
    std::fprintf(stderr, "chinese_tables: %s; install libopencc-data\n", error.what());
    return 1;
  }
}
