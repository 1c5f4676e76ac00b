#include "core/matching/party_view.h"

namespace yilan::core {
namespace {

NameView ViewOf(const NameFeature& name) {
  return {.written = name.written, .spoken = name.spoken};
}

ContactView ViewOf(const ContactFeature& contact) {
  return {.value = contact.value, .valid_from = contact.valid_from, .valid_to = contact.valid_to};
}

}  // namespace

PartyView::PartyView(const PartyFeatures& features)
    : party_type(features.party_type),
      sex(features.sex),
      name(ViewOf(features.name)),
      given_name(ViewOf(features.given_name)),
      family_name(ViewOf(features.family_name)),
      birth_date(features.birth_date) {
  for (const ContactFeature& phone : features.phones) phones.push_back(ViewOf(phone));
  for (const ContactFeature& email : features.emails) emails.push_back(ViewOf(email));
  for (const DocumentFeature& document : features.documents) {
    documents.push_back(
        {.scheme = document.scheme, .value = document.value, .verified = document.verified});
  }
  for (const AddressFeature& address : features.addresses) {
    addresses.push_back({.text = address.text,
                         .house_number = address.house_number,
                         .street = address.street,
                         .city = address.city,
                         .state = address.state,
                         .postal_code = address.postal_code});
  }
}

}  // namespace yilan::core
