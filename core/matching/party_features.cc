#include "core/matching/party_features.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/facts/times.h"
#include "core/identity/chinese_text.h"
#include "core/identity/email_address.h"
#include "core/identity/identifiers.h"
#include "core/identity/organization_name.h"
#include "core/identity/person_name.h"
#include "core/identity/phone_number.h"
#include "core/identity/placeholders.h"
#include "core/identity/postal_address.h"
#include "core/identity/resident_id.h"
#include "core/identity/social_credit_code.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

// The last day on which somebody can have been born of whom the record speaks, YYYYMMDD: that of
// its event in the easternmost time zone.
int LatestBirth(const v1::SourceRecord& record) {
  if (!record.source().has_event_time()) return kAnyDay;
  constexpr int kEasternmostHours = 14;
  const absl::CivilDay day = absl::ToCivilDay(
      absl::FromUnixMicros(MicrosOf(record.source().event_time())) + absl::Hours(kEasternmostHours),
      absl::UTCTimeZone());
  return static_cast<int>(day.year() * 10000 + day.month() * 100 + day.day());
}

NameFeature FeatureOf(NameForm form) { return {std::move(form.written), std::move(form.spoken)}; }

Sex SexOf(absl::string_view gender) {
  if (gender.empty()) return Sex::kUnknown;
  const std::string folded = Simplified(FoldName(gender));
  // GB/T 2261.1 and ISO/IEC 5218 have the same digits.
  constexpr std::array<absl::string_view, 9> kMale = {"m",    "male", "man", "1",   "男",
                                                      "男性", "男士", "boy", "先生"};
  constexpr std::array<absl::string_view, 10> kFemale = {"f",    "female", "woman", "2", "女",
                                                         "女性", "女士",   "girl",  "w", "小姐"};
  if (std::find(kMale.begin(), kMale.end(), folded) != kMale.end()) return Sex::kMale;
  if (std::find(kFemale.begin(), kFemale.end(), folded) != kFemale.end()) return Sex::kFemale;
  return Sex::kUnknown;
}

DocumentFeature DocumentOf(v1::IdentifierType type, absl::string_view value, int latest_birth,
                           PartyFeatures& features) {
  using Scheme = DocumentFeature::Scheme;
  DocumentFeature document;
  document.value = NormalizeIdentifier(type, value);
  if (type != v1::IDENTIFIER_TYPE_NATIONAL_ID && type != v1::IDENTIFIER_TYPE_UNSPECIFIED) {
    return document;
  }
  // Codes of companies begin with 9, as the numbers of foreigners do.
  const bool company_first = !document.value.empty() && document.value[0] == '9';
  const auto social_credit_code = ParseSocialCreditCode(document.value);
  const auto resident_id = ParseResidentId(document.value, latest_birth);
  if (social_credit_code.has_value() && (company_first || !resident_id.has_value())) {
    document.scheme = Scheme::kSocialCreditCode;
    document.verified = true;
  } else if (resident_id.has_value()) {
    document.scheme = Scheme::kResidentId;
    // Old numbers have nothing that says that they are right.
    document.verified = Without(FoldWidth(value), "-.()").size() == document.value.size();
    if (document.verified) {
      if (features.birth_date.empty()) features.birth_date = resident_id->birth_date;
      if (features.sex == Sex::kUnknown) {
        features.sex = resident_id->is_male ? Sex::kMale : Sex::kFemale;
      }
    }
  } else if (LooksLikeResidentId(document.value) && !company_first) {
    document.scheme = Scheme::kResidentId;
  } else if (LooksLikeSocialCreditCode(document.value)) {
    document.scheme = Scheme::kSocialCreditCode;
  }
  return document;
}

// By value and period, each once; periods of one value that touch are one.
void SortContacts(std::vector<ContactFeature>& contacts) {
  if (contacts.size() < 2) return;
  std::sort(contacts.begin(), contacts.end(), [](const ContactFeature& a, const ContactFeature& b) {
    return std::tie(a.value, a.valid_from, a.valid_to) <
           std::tie(b.value, b.valid_from, b.valid_to);
  });
  std::vector<ContactFeature> merged;
  for (ContactFeature& contact : contacts) {
    if (!merged.empty() && merged.back().value == contact.value &&
        contact.valid_from <= merged.back().valid_to) {
      merged.back().valid_to = std::max(merged.back().valid_to, contact.valid_to);
    } else {
      merged.push_back(std::move(contact));
    }
  }
  contacts = std::move(merged);
}

// The mailboxes of mobile operators are named by the number: 13800138000@139.com. Empty for others.
absl::string_view MobileOfMailbox(absl::string_view address) {
  constexpr std::array<absl::string_view, 3> kOperators = {"@139.com", "@189.cn", "@wo.cn"};
  constexpr size_t kMobile = 11;
  const absl::string_view local = address.substr(0, std::min(address.find('@'), address.size()));
  const absl::string_view domain = address.substr(local.size());
  if (local.size() != kMobile || local[0] != '1' || !AreDigits(local) ||
      std::find(kOperators.begin(), kOperators.end(), domain) == kOperators.end()) {
    return {};
  }
  return local;
}

void AddContact(const v1::ContactMedium& medium, PartyFeatures& features) {
  const TimeMicros from = StartOf(medium.valid_period());
  const TimeMicros to = EndOf(medium.valid_period());
  switch (medium.type()) {
    case v1::CONTACT_MEDIUM_TYPE_PHONE:
      for (std::string& number : NormalizePhoneNumbers(medium.value())) {
        if (!IsPlaceholderPhoneNumber(number)) {
          features.phones.push_back({std::move(number), from, to});
        }
      }
      break;
    case v1::CONTACT_MEDIUM_TYPE_EMAIL: {
      std::string address = NormalizeIdentifier(v1::IDENTIFIER_TYPE_EMAIL, medium.value());
      if (!IsPlaceholderEmailAddress(address)) {
        const absl::string_view mobile = MobileOfMailbox(address);
        if (!mobile.empty()) {
          for (std::string& number : NormalizePhoneNumbers(mobile)) {
            features.phones.push_back({std::move(number), from, to});
          }
        }
        features.emails.push_back({std::move(address), from, to});
      }
      break;
    }
    case v1::CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS: {
      PostalAddress address = NormalizePostalAddress(
          medium.value(), medium.city(), medium.state_or_province(), medium.postal_code());
      AddressFeature feature = {std::move(address.text),   std::move(address.house_number),
                                std::move(address.street), std::move(address.city),
                                std::move(address.state),  std::move(address.postal_code)};
      if (!(feature == AddressFeature())) features.addresses.push_back(std::move(feature));
      break;
    }
    default:
      break;
  }
}

void AddIdentification(const v1::PartyIdentification& identification, int latest_birth,
                       PartyFeatures& features) {
  DocumentFeature document =
      DocumentOf(identification.type(), identification.value(), latest_birth, features);
  const bool present =
      std::any_of(features.documents.begin(), features.documents.end(),
                  [&](const DocumentFeature& one) { return one.value == document.value; });
  if (document.value.empty() || present || IsPlaceholderNumber(document.value) ||
      SaysNothing(Simplified(FoldName(identification.value())))) {
    return;
  }
  features.documents.push_back(std::move(document));
}

void AddNames(const v1::SourceRecord& record, PartyFeatures& features) {
  const bool parted = !record.given_name().empty() || !record.family_name().empty();
  const bool organization =
      record.party_type() == v1::PARTY_TYPE_ORGANIZATION ||
      (record.party_type() == v1::PARTY_TYPE_UNSPECIFIED && !parted && HasLegalForm(record.name()));
  if (organization) {
    features.party_type = v1::PARTY_TYPE_ORGANIZATION;
    features.name = FeatureOf(NormalizeOrganizationName(record.name()));
    if (!features.name.empty() || !parted) return;
  }
  PersonName name = NormalizePersonName(record.name(), record.given_name(), record.family_name());
  features.name = FeatureOf(std::move(name.whole));
  if (organization) return;
  features.given_name = FeatureOf(std::move(name.given));
  features.family_name = FeatureOf(std::move(name.family));
}

}  // namespace

PartyFeatures FeaturesOf(const v1::SourceRecord& record) {
  PartyFeatures features;
  features.party_type = record.party_type();
  AddNames(record, features);
  for (const char c : record.birth_date()) {
    if (c != '-') features.birth_date.push_back(c);
  }
  if (IsPlaceholderDate(features.birth_date)) features.birth_date.clear();
  features.sex = SexOf(record.gender());
  const int latest_birth = LatestBirth(record);
  for (const v1::PartyIdentification& identification : record.identifications()) {
    AddIdentification(identification, latest_birth, features);
  }
  for (const v1::ContactMedium& medium : record.contact_media()) AddContact(medium, features);

  SortContacts(features.phones);
  SortContacts(features.emails);
  const auto by_value = [](const DocumentFeature& a, const DocumentFeature& b) {
    return a.value < b.value;
  };
  std::sort(features.documents.begin(), features.documents.end(), by_value);
  const auto by_text = [](const AddressFeature& a, const AddressFeature& b) {
    return std::tie(a.text, a.city, a.state, a.postal_code) <
           std::tie(b.text, b.city, b.state, b.postal_code);
  };
  std::sort(features.addresses.begin(), features.addresses.end(), by_text);
  features.addresses.erase(std::unique(features.addresses.begin(), features.addresses.end()),
                           features.addresses.end());
  return features;
}

}  // namespace yilan::core
