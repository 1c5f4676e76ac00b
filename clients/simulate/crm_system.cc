#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/simulate/numbers.h"
#include "clients/simulate/systems.h"

namespace yilan::simulate {
namespace {

constexpr std::array kMailHosts = {"example.com", "example.cn", "mail.example.com", "example.org"};

std::string IsoDate(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

std::string Email(const Portrait& portrait, Random& random) {
  return absl::StrCat(portrait.organization ? "office" : "u", portrait.customer, "@",
                      kMailHosts[random.Below(kMailHosts.size())]);
}

v1::SubjectReference& AddReference(const char* system, v1::SourceRecord& record) {
  v1::SubjectReference& reference = *record.add_references();
  reference.set_source_system(system);
  return reference;
}

void AddContactMedia(const Portrait& portrait, Random& random, v1::SourceRecord& record) {
  v1::ContactMedium& phone = *record.add_contact_media();
  phone.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
  phone.set_value(WrittenNumber(portrait.Mobile(0), portrait.number_style));
  phone.set_preferred(true);
  if (random.Chance(45)) {
    v1::ContactMedium& mail = *record.add_contact_media();
    mail.set_type(v1::CONTACT_MEDIUM_TYPE_EMAIL);
    mail.set_value(Email(portrait, random));
  }
  if (portrait.organization || random.Chance(30)) {
    v1::ContactMedium& post = *record.add_contact_media();
    post.set_type(v1::CONTACT_MEDIUM_TYPE_POSTAL_ADDRESS);
    post.set_value(portrait.street);
    post.set_city(std::string(portrait.city->name));
    post.set_postal_code(absl::StrCat(portrait.city->postal_code));
  }
}

void AddIdentification(const Portrait& portrait, Random& random, v1::SourceRecord& record) {
  // Foreigners and a few others have shown no document.
  if (!portrait.organization && (!portrait.person.chinese || random.Chance(10))) return;
  v1::PartyIdentification& document = *record.add_identifications();
  document.set_type(v1::IDENTIFIER_TYPE_NATIONAL_ID);
  document.set_value(portrait.organization
                         ? CreditCode(portrait.city->region, portrait.customer)
                         : ResidentId(portrait.city->region, portrait.male, portrait.customer));
}

}  // namespace

void SetSource(const char* system, std::string key, Seconds event_time, v1::FactSource& source) {
  source.set_source_system(system);
  source.set_key(std::move(key));
  SetTime(event_time, *source.mutable_event_time());
}

void SetMoney(int64_t fen, v1::Money& money) {
  money.set_currency_code("CNY");
  money.set_minor_units(fen);
}

void AddCrmRecord(const Portrait& portrait, Random& random, SystemFacts& facts) {
  v1::SourceRecord& record = *facts.crm.emplace_back().mutable_source_record();
  // Somebody looks over the record now and then, later than billing wrote its own.
  const Seconds reviewed =
      portrait.since + random.Between(1, (portrait.Until() - portrait.since) / kDay - 1) * kDay;
  const Seconds changed = portrait.left != 0 ? portrait.left : reviewed;
  SetSource("crm", CrmKey(portrait.customer), changed, *record.mutable_source());
  record.set_name(portrait.Name());
  if (portrait.organization) {
    record.set_party_type(v1::PARTY_TYPE_ORGANIZATION);
    record.set_customer_segment("enterprise");
  } else {
    record.set_party_type(v1::PARTY_TYPE_INDIVIDUAL);
    if (!portrait.person.chinese) {
      record.set_given_name(portrait.person.given);
      record.set_family_name(portrait.person.family);
    }
    record.set_birth_date(IsoDate(BirthDay(portrait.customer)));
    record.set_gender(portrait.male ? "男" : "女");
  }
  record.set_status(portrait.left != 0 ? v1::CUSTOMER_STATUS_TERMINATED
                                       : v1::CUSTOMER_STATUS_ACTIVE);
  SetTime(portrait.since, *record.mutable_customer_since_time());
  AddContactMedia(portrait, random, record);
  AddIdentification(portrait, random, record);
  for (int account = 0; account < portrait.accounts; ++account) {
    AddReference("billing", record).set_billing_account_key(AccountKey(portrait.customer, account));
  }
  AddReference("network", record).set_customer_key(NetworkKey(portrait.customer));
}

}  // namespace yilan::simulate
