// Names, numbers and addresses are whatever sources hold: any bytes become a normal form, which is
// UTF-8, within its bounds, and the same when it is normalized again where that is promised.
//
// The input is cut at line breaks into the fields of a source record, in the order of Fields.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "core/identity/chinese_text.h"
#include "core/identity/email_address.h"
#include "core/identity/identifiers.h"
#include "core/identity/phone_number.h"
#include "core/identity/resident_id.h"
#include "core/identity/social_credit_code.h"
#include "core/identity/unicode_text.h"
#include "core/matching/party_features.h"

namespace yilan::core {
namespace {

enum Fields {
  kName,
  kGiven,
  kFamily,
  kPhone,
  kEmail,
  kLine,
  kCity,
  kState,
  kCode,
  kDocument,
  kCount
};

void Check(bool held) {
  if (!held) std::abort();
}

bool IsUtf8(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    if (NextCharacter(text, at) == 0xfffd && text.substr(start, 3) != "\xef\xbf\xbd") return false;
  }
  return true;
}

void CheckIdentifiers(absl::string_view value) {
  for (int type = v1::IdentifierType_MIN; type <= v1::IdentifierType_MAX; ++type) {
    const std::string once = NormalizeIdentifier(static_cast<v1::IdentifierType>(type), value);
    Check(once.size() <= kMaxNormalizedBytes);
  }
  const std::string number = NormalizePhoneNumber(value);
  if (AreDigits(number)) Check(NormalizePhoneNumber(number) == number);
  for (const std::string& one : NormalizePhoneNumbers(value)) Check(!one.empty());
  const auto id = ParseResidentId(value, kAnyDay);
  if (id.has_value()) Check(ParseResidentId(id->number, kAnyDay)->birth_date == id->birth_date);
  const auto code = ParseSocialCreditCode(value);
  if (code.has_value()) Check(code->number == value);
}

void CheckChinese(absl::string_view value) {
  const std::string folded = FoldName(value);
  Check(IsUtf8(folded) && IsUtf8(Simplified(folded)) && IsUtf8(Spoken(Simplified(folded))));
  Check(FoldName(folded) == folded || !IsAscii(folded));
  ChineseNumber(value);
  size_t letters = 0;
  for (const absl::string_view syllable : PinyinSyllables(value)) letters += syllable.size();
  Check(letters <= value.size());
}

void CheckName(const NameFeature& name) {
  Check(IsUtf8(name.written) && IsUtf8(name.spoken));
  Check(name.written.empty() == name.spoken.empty());
}

void CheckFeatures(const PartyFeatures& features) {
  for (const NameFeature* name : {&features.name, &features.given_name, &features.family_name}) {
    CheckName(*name);
  }
  const auto by_value = [](const auto& a, const auto& b) { return a.value < b.value; };
  Check(std::is_sorted(features.phones.begin(), features.phones.end(), by_value));
  Check(std::is_sorted(features.emails.begin(), features.emails.end(), by_value));
  Check(std::is_sorted(features.documents.begin(), features.documents.end(), by_value));
  for (const DocumentFeature& document : features.documents) {
    Check(!document.value.empty());
    Check(!document.verified || document.value.size() == 18);
  }
  for (const AddressFeature& address : features.addresses) {
    Check(!(address == AddressFeature()));
    Check(IsUtf8(address.text) && IsUtf8(address.street) && IsUtf8(address.city));
    Check(address.house_number.empty() || absl::StrContains(address.text, address.house_number));
  }
}

void Run(absl::string_view input) {
  std::vector<std::string> fields = absl::StrSplit(input, '\n');
  for (const std::string& field : fields) {
    CheckIdentifiers(field);
    CheckChinese(field);
  }
  fields.resize(kCount);
  v1::SourceRecord record;
  // Strings of a message are UTF-8; bytes are seen by the functions above.
  for (std::string& field : fields) field = FoldWidth(field);
  record.set_party_type(static_cast<v1::PartyType>(input.size() % 3));
  record.set_name(fields[kName]);
  record.set_given_name(fields[kGiven]);
  record.set_family_name(fields[kFamily]);
  const auto add = [&record](v1::ContactMediumType type, const std::string& value) {
    v1::ContactMedium* medium = record.add_contact_media();
    medium->set_type(type);
    medium->set_value(value);
    return medium;
  };
  add(v1::CONTACT_MEDIUM_TYPE_PHONE, fields[kPhone]);
  add(v1::CONTACT_MEDIUM_TYPE_EMAIL, fields[kEmail]);
  v1::ContactMedium* address = add(v1::CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS, fields[kLine]);
  address->set_city(fields[kCity]);
  address->set_state_or_province(fields[kState]);
  address->set_postal_code(fields[kCode]);
  v1::PartyIdentification* document = record.add_identifications();
  document->set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
  document->set_value(fields[kDocument]);
  const PartyFeatures features = FeaturesOf(record);
  CheckFeatures(features);
  Check(FeaturesOf(record) == features);
}

}  // namespace
}  // namespace yilan::core

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  yilan::core::Run(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
