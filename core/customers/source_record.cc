#include "core/customers/source_record.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"

namespace yilan::core {
void FactRules<v1::SourceRecord>::Check(const v1::SourceRecord& record, absl::string_view path,
                                        Violations& violations) {
  const v1::FactSource& source = record.source();
  if (source.has_subject()) {
    const v1::SubjectReference& subject = source.subject();
    if (subject.customer_key() != source.key() ||
        (!subject.source_system().empty() && subject.source_system() != source.source_system())) {
      violations.Add(absl::StrCat(path, ".source.subject"),
                     "names another subject than source.key; leave it out, a source record's own "
                     "key names its subject");
    }
  }
  for (int i = 0; i < record.references_size(); ++i) {
    const v1::SubjectReference& reference = record.references(i);
    const std::string field = absl::StrCat(path, ".references[", i, "]");
    if (reference.source_system().empty()) {
      violations.Add(field + ".source_system", "is missing; state which system's key follows");
    }
    if (reference.customer_key().empty() && reference.billing_account_key().empty()) {
      violations.Add(field, "names no key; set customer_key or billing_account_key");
    }
  }
}

std::vector<storage::Term> FactRules<v1::SourceRecord>::Terms(const v1::SourceRecord& record) {
  std::vector<storage::Term> terms;
  std::string name = record.name();
  if (name.empty()) name = absl::StrCat(record.given_name(), " ", record.family_name());
  for (std::string& term : NameTerms(name)) terms.push_back({std::move(term)});
  for (const v1::ContactMedium& medium : record.contact_media()) {
    if (medium.type() == v1::CONTACT_MEDIUM_TYPE_PHONE) {
      AddIdentifierTerm(v1::IDENTIFIER_TYPE_MSISDN, medium.value(), StartOf(medium.valid_period()),
                        EndOf(medium.valid_period()), terms);
    } else if (medium.type() == v1::CONTACT_MEDIUM_TYPE_EMAIL) {
      AddIdentifierTerm(v1::IDENTIFIER_TYPE_EMAIL, medium.value(), StartOf(medium.valid_period()),
                        EndOf(medium.valid_period()), terms);
    }
  }
  for (const v1::PartyIdentification& document : record.identifications()) {
    AddIdentifierTerm(document.type(), document.value(), StartOf(document.valid_period()),
                      EndOf(document.valid_period()), terms);
  }
  return terms;
}

std::vector<v1::SubjectReference> FactRules<v1::SourceRecord>::References(
    const v1::SourceRecord& record) {
  return {record.references().begin(), record.references().end()};
}

}  // namespace yilan::core
