#include "core/matching/comparison.h"

#include <algorithm>
#include <utility>

#include "core/matching/string_distance.h"
#include "core/matching/term_hash.h"
#include "core/matching/words.h"

namespace yilan::core {
namespace {

using Scheme = DocumentFeature::Scheme;

constexpr size_t kLeastPhone = 7;
constexpr size_t kLeastLocalPart = 4;
constexpr size_t kResidentIdSize = 18;
constexpr size_t kBirthDateSize = 8;
constexpr size_t kBirthDateInResidentId = 6;

// Higher is better.
int Rank(Level level) {
  return level == Level::kNotCompared ? 0 : static_cast<int>(kLevelLimit - Index(level));
}

bool Overlap(const ContactView& a, const ContactView& b) {
  return a.valid_from < b.valid_to && b.valid_from < a.valid_to;
}

bool IsToldByEmail(Field field) {
  return field == Field::kNameInEmail || field == Field::kBirthYearInEmail;
}

bool EndsWith(absl::string_view text, absl::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

void CompareName(const NameView& a, const NameView& b, FieldComparison& found) {
  if (a.empty() || b.empty()) return;
  found.level = CompareNames(a, b);
  found.a = a.written;
  found.b = b.written;
  if (found.level == Level::kExact) found.term = TermHash(a.written);
  // Blanks may differ.
  if (found.level == Level::kSameSpoken) found.term = TermHash(std::min(a.spoken, b.spoken));
}

bool AgreesClosely(Level level) {
  return level == Level::kExact || level == Level::kSameSpoken || level == Level::kNear;
}

// Whether two names can agree closely, or one is missing: most do not, and that is told fast.
bool MayBeOne(const NameView& a, const NameView& b) {
  return a.empty() || b.empty() || a.spoken == b.spoken || WithinEdits(a.spoken, b.spoken, 2) ||
         WithinEdits(a.written, b.written, 1);
}

// Whether given and family name agree when those of one record are exchanged, and better than
// they do as they stand.
bool AgreeCrosswise(const FieldComparison& given, const FieldComparison& family,
                    const FieldComparison& first, const FieldComparison& second) {
  const bool straight = AgreesClosely(given.level) || AgreesClosely(family.level);
  const bool both = AgreesClosely(first.level) && AgreesClosely(second.level);
  if (both) return !straight;
  // One part each, and each calls it otherwise.
  const auto alone = [](const FieldComparison& x, const FieldComparison& y) {
    return x.level == Level::kExact && y.level == Level::kNotCompared;
  };
  return given.level == Level::kNotCompared && family.level == Level::kNotCompared &&
         (alone(first, second) || alone(second, first));
}

void ComparePersonNames(const PartyView& a, const PartyView& b, PartyComparison& found) {
  FieldComparison& given = found[Field::kGivenName];
  FieldComparison& family = found[Field::kFamilyName];
  CompareName(a.given_name, b.given_name, given);
  CompareName(a.family_name, b.family_name, family);
  if (given.level != Level::kExact || family.level != Level::kExact) {
    FieldComparison first;
    FieldComparison second;
    if (MayBeOne(a.given_name, b.family_name) && MayBeOne(a.family_name, b.given_name)) {
      CompareName(a.given_name, b.family_name, first);
      CompareName(a.family_name, b.given_name, second);
    }
    if (AgreeCrosswise(given, family, first, second)) {
      // Which of the two is the given name cannot be told: that which comes first in alphabetical
      // order, so that the answer does not depend on the order of the records.
      if (std::min(second.a, second.b) < std::min(first.a, first.b)) std::swap(first, second);
      given = first;
      family = second;
      found[Field::kNameOrder] = {
          .level = Level::kDifferent, .a = a.name.written, .b = b.name.written};
    }
  }
  found.chinese_given_names =
      given.level != Level::kNotCompared && IsIdeographic(given.a) && IsIdeographic(given.b);
  found.names_in_two_scripts = given.level != Level::kNotCompared &&
                               family.level != Level::kNotCompared &&
                               IsIdeographic(given.a) != IsIdeographic(given.b) &&
                               IsIdeographic(family.a) != IsIdeographic(family.b);
  if (given.level != Level::kNotCompared || family.level != Level::kNotCompared) return;
  if (a.name.empty() || b.name.empty()) return;
  FieldComparison& full = found[Field::kFullName];
  full = {.level = CompareFullNames(a.name, b.name), .a = a.name.written, .b = b.name.written};
}

void CompareOrganizationNames(const PartyView& a, const PartyView& b, PartyComparison& found) {
  if (a.name.empty() || b.name.empty()) return;
  found[Field::kFullName] = {
      .level = CompareFullNames(a.name, b.name), .a = a.name.written, .b = b.name.written};
}

bool IsOrganization(const PartyView& party) {
  return party.party_type == v1::PARTY_TYPE_ORGANIZATION;
}

template <typename Contacts>
void CompareContacts(Field field, const Contacts& a, const Contacts& b,
                     Level (*compare)(absl::string_view, absl::string_view),
                     const FrequencyOf* frequency_of, FieldComparison& found) {
  for (const ContactView& left : a) {
    for (const ContactView& right : b) {
      if (!Overlap(left, right)) continue;
      const Level level = compare(left.value, right.value);
      bool better = Rank(level) > Rank(found.level);
      if (!better && level == Level::kExact && found.level == Level::kExact &&
          frequency_of != nullptr) {
        better = (*frequency_of)(field, TermHash(left.value)) < (*frequency_of)(field, found.term);
      }
      if (!better) continue;
      found = {.level = level, .a = left.value, .b = right.value};
      if (level == Level::kExact) found.term = TermHash(left.value);
    }
  }
}

void CompareDocumentLists(const PartyView& a, const PartyView& b, PartyComparison& found) {
  FieldComparison& best = found[Field::kDocument];
  Scheme scheme = Scheme::kOther;
  for (const DocumentView& left : a.documents) {
    for (const DocumentView& right : b.documents) {
      if (left.scheme != right.scheme) continue;
      if (left.verified && right.verified) {
        if (left.value == right.value) {
          found.same_verified_document = true;
        } else {
          found.different_verified_documents = true;
        }
      }
      const Level level = CompareDocuments(left.value, right.value);
      if (Rank(level) <= Rank(best.level)) continue;
      best = {.level = level, .a = left.value, .b = right.value};
      if (level == Level::kExact) best.term = TermHash(left.value);
      scheme = left.scheme;
    }
  }
  if (found.same_verified_document) found.different_verified_documents = false;
  if (scheme != Scheme::kResidentId || best.a.size() != kResidentIdSize ||
      best.b.size() != kResidentIdSize) {
    return;
  }
  found.birth_told_by_document =
      AgreesClosely(best.level) && best.a.substr(kBirthDateInResidentId, kBirthDateSize) ==
                                       best.b.substr(kBirthDateInResidentId, kBirthDateSize);
}

// Keeps what agrees best.
void TakeBetter(Level level, absl::string_view a, absl::string_view b, FieldComparison& found) {
  if (Rank(level) > Rank(found.level)) found = {.level = level, .a = a, .b = b};
}

// What an e-mail address of one tells that the other states and the one does not.
void CompareWithEmails(const PartyView& a, const PartyView& b, PartyComparison& found) {
  const Level emails = found[Field::kEmail].level;
  if (emails != Level::kNotCompared && emails != Level::kDifferent) return;
  if (IsOrganization(a) || IsOrganization(b)) return;
  FieldComparison& name = found[Field::kNameInEmail];
  FieldComparison& birth = found[Field::kBirthYearInEmail];
  const bool names = found[Field::kGivenName].level == Level::kNotCompared &&
                     found[Field::kFullName].level == Level::kNotCompared;
  if (names && a.given_name.empty() && !b.given_name.empty()) {
    for (const ContactView& email : a.emails) {
      TakeBetter(CompareNameWithEmail(b.family_name.spoken, b.given_name.spoken, email.value),
                 email.value, b.name.written, name);
    }
  }
  if (names && b.given_name.empty() && !a.given_name.empty()) {
    for (const ContactView& email : b.emails) {
      TakeBetter(CompareNameWithEmail(a.family_name.spoken, a.given_name.spoken, email.value),
                 a.name.written, email.value, name);
    }
  }
  if (a.birth_date.empty() && !b.birth_date.empty()) {
    for (const ContactView& email : a.emails) {
      TakeBetter(CompareBirthDateWithEmail(b.birth_date, email.value), email.value, b.birth_date,
                 birth);
    }
  }
  if (b.birth_date.empty() && !a.birth_date.empty()) {
    for (const ContactView& email : b.emails) {
      TakeBetter(CompareBirthDateWithEmail(a.birth_date, email.value), a.birth_date, email.value,
                 birth);
    }
  }
}

}  // namespace

uint64_t PlaceTerm(const AddressView& address) {
  if (address.city.empty() || address.postal_code.empty()) return 0;
  return TermHash(address.city, address.postal_code);
}

bool HasLevel(Field field, Level level) {
  switch (level) {
    case Level::kNotCompared:
      return false;
    case Level::kExact:
      return field != Field::kNameOrder;
    case Level::kDifferent:
      return true;
    case Level::kSameSpoken:
      return field == Field::kGivenName || field == Field::kFamilyName || field == Field::kFullName;
    case Level::kNear:
      return field != Field::kSex && field != Field::kNameOrder && !IsToldByEmail(field);
    case Level::kContained:
      return field != Field::kSex && field != Field::kNameOrder && field != Field::kBirthDate &&
             field != Field::kDocument;
    case Level::kSimilar:
      return field != Field::kSex && field != Field::kNameOrder && field != Field::kPhone &&
             !IsToldByEmail(field);
    case Level::kPartial:
      return field == Field::kGivenName || field == Field::kFamilyName ||
             field == Field::kFullName || field == Field::kBirthDate || field == Field::kStreet ||
             field == Field::kPlace || field == Field::kBirthYearInEmail;
  }
  return false;
}

Level CompareBirthDates(absl::string_view a, absl::string_view b) {
  if (a == b) return Level::kExact;
  if (WithinEdits(a, b, 1)) return Level::kNear;
  if (a.size() != kBirthDateSize || b.size() != kBirthDateSize) return Level::kDifferent;
  const bool same_year = a.substr(0, 4) == b.substr(0, 4);
  const bool same_month = a.substr(4, 2) == b.substr(4, 2);
  const bool same_day = a.substr(6, 2) == b.substr(6, 2);
  if (same_year && a.substr(4, 2) == b.substr(6, 2) && a.substr(6, 2) == b.substr(4, 2)) {
    return Level::kNear;
  }
  if ((same_year && (same_month || same_day)) || (same_month && same_day)) return Level::kSimilar;
  if (WithinEdits(a, b, 2)) return Level::kSimilar;
  return same_year ? Level::kPartial : Level::kDifferent;
}

Level ComparePhones(absl::string_view a, absl::string_view b) {
  if (a == b) return Level::kExact;
  if (std::min(a.size(), b.size()) < kLeastPhone) return Level::kDifferent;
  if (WithinEdits(a, b, 1)) return Level::kNear;
  if (EndsWith(a, b) || EndsWith(b, a)) return Level::kContained;
  return Level::kDifferent;
}

Level CompareEmails(absl::string_view a, absl::string_view b) {
  if (a == b) return Level::kExact;
  const absl::string_view a_local = a.substr(0, a.rfind('@'));
  const absl::string_view b_local = b.substr(0, b.rfind('@'));
  const bool same_domain = a.substr(a_local.size()) == b.substr(b_local.size());
  const size_t shorter = std::min(a_local.size(), b_local.size());
  if (shorter >= kLeastLocalPart) {
    if (a_local == b_local) return WithinEdits(a, b, 2) ? Level::kNear : Level::kContained;
    if (same_domain && WithinEdits(a_local, b_local, 1)) return Level::kNear;
    if (same_domain && WithinEdits(a_local, b_local, 2)) return Level::kSimilar;
    if (WithinEdits(a_local, b_local, 1)) return Level::kSimilar;
  }
  return Level::kDifferent;
}

Level CompareDocuments(absl::string_view a, absl::string_view b) {
  if (a == b) return Level::kExact;
  if (WithinEdits(a, b, 1)) return Level::kNear;
  return WithinEdits(a, b, 2) ? Level::kSimilar : Level::kDifferent;
}

void CompareAllButAddresses(const PartyView& a, const PartyView& b, const FrequencyOf* frequency_of,
                            PartyComparison& found) {
  found = {};
  found.different_party_types = a.party_type != v1::PARTY_TYPE_UNSPECIFIED &&
                                b.party_type != v1::PARTY_TYPE_UNSPECIFIED &&
                                a.party_type != b.party_type;
  if (IsOrganization(a) || IsOrganization(b)) {
    CompareOrganizationNames(a, b, found);
  } else {
    ComparePersonNames(a, b, found);
  }
  FieldComparison& full = found[Field::kFullName];
  if (full.level == Level::kExact) full.term = TermHash(full.a);
  if (full.level == Level::kSameSpoken) {
    full.term = TermHash(std::min(a.name.spoken, b.name.spoken));
  }

  CompareDocumentLists(a, b, found);
  if (!a.birth_date.empty() && !b.birth_date.empty()) {
    const Level level = CompareBirthDates(a.birth_date, b.birth_date);
    FieldComparison& birth = found[Field::kBirthDate];
    birth = {.level = level, .a = a.birth_date, .b = b.birth_date};
    if (level == Level::kExact) birth.term = TermHash(a.birth_date);
    if (level == Level::kExact && found.birth_told_by_document) birth.level = Level::kNotCompared;
  }
  if (a.sex != Sex::kUnknown && b.sex != Sex::kUnknown) {
    const auto text = [](Sex sex) { return sex == Sex::kFemale ? "female" : "male"; };
    FieldComparison& sex = found[Field::kSex];
    sex = {.level = a.sex == b.sex ? Level::kExact : Level::kDifferent,
           .a = text(a.sex),
           .b = text(b.sex)};
    if (a.sex == b.sex && found.birth_told_by_document) sex.level = Level::kNotCompared;
  }
  CompareContacts(Field::kPhone, a.phones, b.phones, &ComparePhones, frequency_of,
                  found[Field::kPhone]);
  CompareContacts(Field::kEmail, a.emails, b.emails, &CompareEmails, frequency_of,
                  found[Field::kEmail]);
  CompareWithEmails(a, b, found);
}

void CompareAddresses(const PartyView& a, const PartyView& b, PartyComparison& found) {
  FieldComparison& street = found[Field::kStreet];
  FieldComparison& place = found[Field::kPlace];
  int best = 0;
  for (const AddressView& left : a.addresses) {
    for (const AddressView& right : b.addresses) {
      const Level streets = CompareStreets(left, right);
      const Level places = ComparePlaces(left, right);
      const int rank = Rank(streets) + Rank(places);
      // What is written alike may be in another order of words: the same term for either order of
      // the records.
      const absl::string_view term = std::min(left.text, right.text);
      if (rank < best || rank == 0) continue;
      if (rank == best && !(term < std::min(street.a, street.b))) continue;
      best = rank;
      street = {.level = streets, .a = left.text, .b = right.text};
      if (streets == Level::kExact) street.term = TermHash(term);
      const auto written = [](const AddressView& address) {
        return !address.postal_code.empty() ? address.postal_code
               : !address.city.empty()      ? address.city
                                            : address.state;
      };
      place = {.level = places, .a = written(left), .b = written(right)};
      if (places == Level::kExact && left.city == right.city) place.term = PlaceTerm(left);
    }
  }
}

PartyComparison CompareParties(const PartyView& a, const PartyView& b,
                               const FrequencyOf* frequency_of) {
  PartyComparison found;
  CompareAllButAddresses(a, b, frequency_of, found);
  CompareAddresses(a, b, found);
  return found;
}

}  // namespace yilan::core
