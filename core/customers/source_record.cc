#include "core/customers/source_record.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"
#include "core/identity/identity_records.h"
#include "core/identity/phone_number.h"
#include "core/matching/blocking.h"
#include "core/matching/party_features.h"
#include "core/matching/party_view.h"

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
      // Some write several into one field: "13800138000/010-62345678".
      for (const std::string& number : NormalizePhoneNumbers(medium.value())) {
        AddIdentifierTerm(v1::IDENTIFIER_TYPE_MSISDN, number, StartOf(medium.valid_period()),
                          EndOf(medium.valid_period()), terms);
      }
    } else if (medium.type() == v1::CONTACT_MEDIUM_TYPE_EMAIL) {
      AddIdentifierTerm(v1::IDENTIFIER_TYPE_EMAIL, medium.value(), StartOf(medium.valid_period()),
                        EndOf(medium.valid_period()), terms);
    }
  }
  for (const v1::PartyIdentification& document : record.identifications()) {
    AddIdentifierTerm(document.type(), document.value(), StartOf(document.valid_period()),
                      EndOf(document.valid_period()), terms);
  }
  const PartyFeatures features = FeaturesOf(record);
  for (const BlockingKey key : BlockingKeysOf(PartyView(features))) {
    terms.push_back({BlockTerm(key)});
  }
  return terms;
}

void FactRules<v1::SourceRecord>::Tally(const v1::SourceRecord& record, int sign, TimeMicros now,
                                        yilan::storage::v1::Subject& totals) {
  const PartyFeatures features = FeaturesOf(record);
  std::vector<std::string> left(totals.left_blocks().begin(), totals.left_blocks().end());
  for (const BlockingKey key : BlockingKeysOf(PartyView(features))) {
    const std::string block = BlockingTerm(key);
    const auto at = std::lower_bound(left.begin(), left.end(), block);
    const bool there = at != left.end() && *at == block;
    if (sign < 0 && !there) left.insert(at, block);
    if (sign > 0 && there) left.erase(at);
  }
  totals.mutable_left_blocks()->Assign(left.begin(), left.end());
  totals.clear_verified_documents();
  if (sign > 0) {
    for (const DocumentFeature& document : features.documents) {
      if (document.verified) AddVerifiedDocument(document, totals);
    }
  }
  if (!totals.has_resolve_pending_since_micros()) {
    totals.set_resolve_pending_since_micros(now);
  }
}

std::vector<v1::SubjectReference> FactRules<v1::SourceRecord>::References(
    const v1::SourceRecord& record) {
  return {record.references().begin(), record.references().end()};
}

}  // namespace yilan::core
