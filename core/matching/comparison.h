// How well two records agree, field by field: the evidence, without any weight.
//
//   const PartyComparison found = CompareParties(PartyView(a), PartyView(b));
//   found[Field::kBirthDate].level == Level::kNear;  // A typing error apart.
//
// Fields that say the same thing are one comparison, so that no evidence is counted twice:
// - given and family name are compared, or else the whole name, never both;
// - street line and place (town, postal code, province) are one comparison each, whose levels are
//   joint outcomes of the parts, so that what the parts have in common is measured with them;
// - birth date and sex are not compared where resident ids agree that carry them;
// - what an e-mail address tells of a name or a year of birth counts only where the other record
//   states that, its own does not, and the e-mail addresses themselves do not agree.
// What a home or a name in common brings about is the business of the model (look-alikes).
//
// Everything here is symmetric (a and b exchanged give the same levels and terms), pure and
// thread-safe.
#ifndef YILAN_CORE_MATCHING_COMPARISON_H_
#define YILAN_CORE_MATCHING_COMPARISON_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/strings/string_view.h"
#include "core/matching/party_view.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

// v1::MatchField, with its numbers.
enum class Field : uint8_t {
  kGivenName = 1,
  kFamilyName = 2,
  kNameOrder = 3,
  kFullName = 4,
  kBirthDate = 5,
  kSex = 6,
  kPhone = 7,
  kEmail = 8,
  kDocument = 9,
  kStreet = 10,
  kPlace = 11,
  kNameInEmail = 12,
  kBirthYearInEmail = 13,
};
inline constexpr size_t kFieldLimit = 14;  // One more than the highest number.

inline constexpr std::array<Field, 13> kFields = {
    Field::kGivenName,       Field::kFamilyName, Field::kNameOrder, Field::kFullName,
    Field::kBirthDate,       Field::kSex,        Field::kPhone,     Field::kEmail,
    Field::kDocument,        Field::kStreet,     Field::kPlace,     Field::kNameInEmail,
    Field::kBirthYearInEmail};

// v1::MatchLevel, with its numbers: from best to worst, kNotCompared aside.
enum class Level : uint8_t {
  kNotCompared = 0,
  kExact = 1,
  kSameSpoken = 2,
  kNear = 3,
  kContained = 4,
  kSimilar = 5,
  kPartial = 6,
  kDifferent = 7,
};
inline constexpr size_t kLevelLimit = 8;

constexpr size_t Index(Field field) { return static_cast<size_t>(field); }
constexpr size_t Index(Level level) { return static_cast<size_t>(level); }
inline v1::MatchField ToProto(Field field) { return static_cast<v1::MatchField>(field); }
inline v1::MatchLevel ToProto(Level level) { return static_cast<v1::MatchLevel>(level); }

// Whether a comparison of the field can have this level, kNotCompared aside.
bool HasLevel(Field field, Level level);

// One field of a pair. The texts are parts of the two records.
struct FieldComparison {
  Level level = Level::kNotCompared;
  absl::string_view a;  // The values that were compared; of several, those that agree best.
  absl::string_view b;
  // TermHash of what they agree on, for its frequency: a value at kExact, its spoken form at
  // kSameSpoken. 0 for none.
  uint64_t term = 0;
};

// What two records say of each other.
struct PartyComparison {
  std::array<FieldComparison, kFieldLimit> fields;  // By number of the field; the first is unused.
  // Both have a verified document of one scheme: the same one, or only different ones.
  bool same_verified_document = false;
  bool different_verified_documents = false;
  // One is a person and the other an organization.
  bool different_party_types = false;
  // Their resident ids agree, and so do the birth dates and sexes that these carry.
  bool birth_told_by_document = false;
  // Both given names are written in Chinese characters.
  bool chinese_given_names = false;
  // One writes its name in Chinese characters and the other in letters. That given and family name
  // are not written alike has one cause then, and must not count twice.
  bool names_in_two_scripts = false;

  FieldComparison& operator[](Field field) { return fields[Index(field)]; }
  const FieldComparison& operator[](Field field) const { return fields[Index(field)]; }
};

// How frequent a value (its TermHash) is, to choose between several that agree: the rarest says
// most.
using FrequencyOf = std::function<double(Field, uint64_t)>;

// TermHash of a place by which its frequency is known; 0 unless both parts are stated.
uint64_t PlaceTerm(const AddressView& address);

// Compares all fields. Without `frequency_of`, of several values that agree the first is
// taken.
PartyComparison CompareParties(const PartyView& a, const PartyView& b,
                               const FrequencyOf* frequency_of = nullptr);

// The same in two steps, for those who can do without the second: all but street and place,
void CompareAllButAddresses(const PartyView& a, const PartyView& b, const FrequencyOf* frequency_of,
                            PartyComparison& found);
// and these.
void CompareAddresses(const PartyView& a, const PartyView& b, PartyComparison& found);

// The levels of single fields, for values that are both stated. Limits in docs/identity.md.

// Given or family names.
Level CompareNames(const NameView& a, const NameView& b);
// Whole names; the order of words does not count.
Level CompareFullNames(const NameView& a, const NameView& b);
// YYYYMMDD.
Level CompareBirthDates(absl::string_view a, absl::string_view b);
// Digits of E.164.
Level ComparePhones(absl::string_view a, absl::string_view b);
Level CompareEmails(absl::string_view a, absl::string_view b);
// A name, or a birth date (YYYYMMDD), with what stands before the @ of another's e-mail address.
// kNotCompared where the address has no letters, or no digits behind them, that could be meant.
Level CompareNameWithEmail(absl::string_view family, absl::string_view given,
                           absl::string_view email);
Level CompareBirthDateWithEmail(absl::string_view birth_date, absl::string_view email);
// Of one scheme.
Level CompareDocuments(absl::string_view a, absl::string_view b);
// House numbers and streets. kNotCompared where one has no street line.
Level CompareStreets(const AddressView& a, const AddressView& b);
// The district or county with which a Chinese street line begins: 荔湾区. Empty where it does not.
absl::string_view DistrictOf(absl::string_view text);
// Towns, postal codes (or districts) and provinces. kNotCompared where they have none of these in
// common.
Level ComparePlaces(const AddressView& a, const AddressView& b);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_COMPARISON_H_
