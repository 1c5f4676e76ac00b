#include "core/matching/term_counts.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/matching/match_model.h"
#include "core/matching/term_hash.h"

namespace yilan::core {
namespace {

constexpr size_t kMostValues = 5000;
constexpr uint32_t kLeastRecords = 5;
// Records that a value is taken to have, at least, of which nothing else is known.
constexpr double kOtherRecords = 2;

// Calls use(term, text) with each value that the party states.
template <typename Use>
void ForEachTerm(const PartyView& party, TermKind kind, const Use& use) {
  const auto use_text = [&](absl::string_view text) {
    if (!text.empty()) use(TermHash(text), text);
  };
  const auto use_name = [&](const NameView& name) {
    use_text(kind.level == Level::kSameSpoken ? name.spoken : name.written);
  };
  switch (kind.field) {
    case Field::kGivenName:
      return use_name(party.given_name);
    case Field::kFamilyName:
      return use_name(party.family_name);
    case Field::kFullName:
      if (party.party_type == v1::PARTY_TYPE_ORGANIZATION) use_name(party.name);
      return;
    case Field::kBirthDate:
      return use_text(party.birth_date);
    case Field::kPhone:
      for (const ContactView& phone : party.phones) use_text(phone.value);
      return;
    case Field::kEmail:
      for (const ContactView& email : party.emails) use_text(email.value);
      return;
    case Field::kDocument:
      for (const DocumentView& document : party.documents) use_text(document.value);
      return;
    case Field::kStreet:
      for (const AddressView& address : party.addresses) use_text(address.text);
      return;
    case Field::kPlace:
      for (const AddressView& address : party.addresses) {
        if (const uint64_t term = PlaceTerm(address); term != 0) use(term, address.city);
      }
      return;
    case Field::kNameOrder:
    case Field::kNameInEmail:
    case Field::kBirthYearInEmail:
    case Field::kSex:
      return;
  }
}

}  // namespace

v1::TermFrequencies CountTerms(const PackedParties& parties, TermKind kind, double agreement) {
  absl::flat_hash_map<uint64_t, uint32_t> counts;
  uint64_t stating = 0;
  PartyView party;
  for (size_t i = 0; i < parties.size(); ++i) {
    parties.Read(i, party);
    bool states = false;
    ForEachTerm(party, kind, [&](uint64_t term, absl::string_view) {
      ++counts[term];
      states = true;
    });
    if (states) ++stating;
  }
  std::vector<std::pair<uint32_t, uint64_t>> frequent;
  for (const auto& [term, count] : counts) {
    if (count >= kLeastRecords) frequent.emplace_back(count, term);
  }
  std::sort(frequent.rbegin(), frequent.rend());
  if (frequent.size() > kMostValues) frequent.resize(kMostValues);
  v1::TermFrequencies frequencies;
  if (frequent.empty()) return frequencies;

  absl::flat_hash_map<uint64_t, std::string> texts;
  if (!TermIsHashed(kind.field)) {
    for (const auto& [count, term] : frequent) texts[term];
    for (size_t i = 0; i < parties.size(); ++i) {
      parties.Read(i, party);
      ForEachTerm(party, kind, [&](uint64_t term, absl::string_view text) {
        const auto it = texts.find(term);
        if (it != texts.end() && it->second.empty()) it->second = std::string(text);
      });
    }
  }
  frequencies.set_field(ToProto(kind.field));
  frequencies.set_level(ToProto(kind.level));
  double rest = 1;
  double rest_agreement = agreement;
  double least = 1;
  for (const auto& [count, term] : frequent) {
    // A record may state a value twice, in two addresses.
    const double frequency =
        std::min(1.0, static_cast<double>(count) / static_cast<double>(stating));
    v1::TermFrequency& value = *frequencies.add_values();
    value.set_value(TermIsHashed(kind.field) ? HashText(term) : texts[term]);
    value.set_frequency(frequency);
    rest -= frequency;
    rest_agreement -= frequency * frequency;
    least = std::min(least, frequency);
  }
  const double other = rest > 0 ? rest_agreement / rest : 0;
  const double rare = std::min(kOtherRecords / static_cast<double>(stating), agreement);
  frequencies.set_other_frequency(std::clamp(other, std::min(rare, least), least));
  return frequencies;
}

}  // namespace yilan::core
