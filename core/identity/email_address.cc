#include "core/identity/email_address.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>

#include <algorithm>
#include <array>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

const icu::IDNA* DomainNames() {
  static const icu::IDNA* const kDomainNames = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::IDNA* made = icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_UNICODE, error);
    return U_SUCCESS(error) ? made : nullptr;
  }();
  return kDomainNames;
}

// In Unicode; as it is where it is no domain name.
std::string Domain(absl::string_view domain) {
  std::string plain(domain);
  if (IsAscii(plain) && !absl::StrContains(plain, "xn--")) return plain;
  const icu::IDNA* names = DomainNames();
  if (names == nullptr) return plain;
  UErrorCode error = U_ZERO_ERROR;
  icu::IDNAInfo info;
  std::string decoded;
  icu::StringByteSink<std::string> sink(&decoded);
  names->nameToUnicodeUTF8(icu::StringPiece(plain.data(), static_cast<int32_t>(plain.size())), sink,
                           info, error);
  return U_SUCCESS(error) && !info.hasErrors() ? decoded : plain;
}

}  // namespace

std::string NormalizeEmailAddress(absl::string_view value) {
  std::string folded = FoldCase(value);
  const size_t open = folded.rfind('<');
  const size_t close = folded.rfind('>');
  if (open != std::string::npos && close != std::string::npos && open < close &&
      absl::StrContains(absl::string_view(folded).substr(open, close - open), '@')) {
    folded = folded.substr(open + 1, close - open - 1);
  }
  std::string address = Without(FoldWidth(folded), "");
  absl::string_view text = address;
  while (absl::ConsumePrefix(&text, "mailto:")) {
  }
  const size_t at = text.rfind('@');
  if (at == absl::string_view::npos) return std::string(text);
  absl::string_view domain = text.substr(at + 1);
  while (absl::ConsumeSuffix(&domain, ".")) {
  }
  return absl::StrCat(text.substr(0, at + 1), Domain(domain));
}

bool IsPlaceholderEmailAddress(absl::string_view normalized) {
  constexpr std::array<absl::string_view, 22> kNobody = {
      "none",     "no",   "noemail", "no-email", "nomail", "na",  "n/a",     "null",
      "unknown",  "test", "noreply", "no-reply", "nobody", "nil", "example", "donotreply",
      "notgiven", "xxx",  "noone",   "email",    "wu",     "user"};
  const size_t at = normalized.rfind('@');
  if (at == absl::string_view::npos || at == 0 || at + 1 == normalized.size()) return true;
  return std::find(kNobody.begin(), kNobody.end(), normalized.substr(0, at)) != kNobody.end();
}

}  // namespace yilan::core
