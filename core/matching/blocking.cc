#include "core/matching/blocking.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/matching/term_hash.h"
#include "core/matching/words.h"

namespace yilan::core {
namespace {

constexpr uint64_t kHashBits = (uint64_t{1} << 56) - 1;
constexpr size_t kSoundSize = 4;
constexpr size_t kStreetWords = 2;
constexpr size_t kLeastStreetWord = 4;
constexpr size_t kLeastLocalPart = 4;
constexpr size_t kLeastNameWord = 4;
constexpr size_t kSyllables = 4;

char SoundDigit(char letter) {
  switch (letter) {
    case 'b':
    case 'f':
    case 'p':
    case 'v':
      return '1';
    case 'c':
    case 'g':
    case 'j':
    case 'k':
    case 'q':
    case 's':
    case 'x':
    case 'z':
      return '2';
    case 'd':
    case 't':
      return '3';
    case 'l':
      return '4';
    case 'm':
    case 'n':
      return '5';
    case 'r':
      return '6';
    default:
      return 0;
  }
}

BlockingKey Key(v1::BlockingRule rule, uint64_t hash) {
  return static_cast<uint64_t>(rule) << 56 | (hash & kHashBits);
}

// Keys of one record, as they are found. Nothing is added for a part that is empty.
class Keys {
 public:
  explicit Keys(std::vector<BlockingKey>& keys) : keys_(keys) {}

  void Add(v1::BlockingRule rule, absl::string_view part) {
    if (!part.empty()) keys_.push_back(Key(rule, TermHash(part)));
  }
  void Add(v1::BlockingRule rule, absl::string_view first, absl::string_view second) {
    if (!first.empty() && !second.empty()) keys_.push_back(Key(rule, TermHash(first, second)));
  }

 private:
  std::vector<BlockingKey>& keys_;
};

std::string WithoutBlanks(absl::string_view text) {
  std::string joined;
  joined.reserve(text.size());
  for (const char c : text) {
    if (c != ' ') joined.push_back(c);
  }
  return joined;
}

// The parts of the name as they are spoken, in an order that does not tell which is which.
std::string SpokenName(const PartyView& party) {
  std::string given = WithoutBlanks(party.given_name.spoken);
  std::string family = WithoutBlanks(party.family_name.spoken);
  if (given.empty() && family.empty()) {
    Words words = WordsOf(party.name.spoken);
    std::sort(words.begin(), words.end());
    std::string sorted;
    for (absl::string_view word : words) absl::StrAppend(&sorted, word, " ");
    return sorted;
  }
  if (family < given) std::swap(given, family);
  return absl::StrCat(given, " ", family);
}

// The longest words first, of equal length in alphabetical order.
Words LongestWords(absl::string_view text, size_t least_bytes, size_t count) {
  Words words = WordsOf(text);
  std::sort(words.begin(), words.end(), [](absl::string_view a, absl::string_view b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  words.erase(std::unique(words.begin(), words.end()), words.end());
  words.erase(std::remove_if(words.begin(), words.end(),
                             [&](absl::string_view word) {
                               return word.size() < least_bytes || !NamesPlace(word);
                             }),
              words.end());
  if (words.size() > count) words.resize(count);
  return words;
}

void AddOrganizationName(const PartyView& party, Keys& keys) {
  keys.Add(v1::BLOCKING_RULE_NAME, SpokenName(party));
  if (party.name.written == party.name.spoken) {
    for (absl::string_view word : LongestWords(party.name.written, kLeastNameWord, 2)) {
      keys.Add(v1::BLOCKING_RULE_ORGANIZATION_NAME_PART, word);
    }
    return;
  }
  // The first syllables, and those behind a place of two syllables, which some leave out.
  const Words syllables = WordsOf(party.name.spoken);
  for (size_t begin = 0; begin <= 2; begin += 2) {
    if (syllables.size() < begin + kSyllables) break;
    std::string part;
    for (size_t i = 0; i < kSyllables; ++i) absl::StrAppend(&part, syllables[begin + i]);
    keys.Add(v1::BLOCKING_RULE_ORGANIZATION_NAME_PART, part);
  }
}

void AddPersonNames(const PartyView& party, Keys& keys) {
  const std::string name = SpokenName(party);
  keys.Add(v1::BLOCKING_RULE_NAME, name);
  keys.Add(v1::BLOCKING_RULE_NAME_BIRTH_DATE, name, party.birth_date);
  for (const AddressView& address : party.addresses) {
    keys.Add(v1::BLOCKING_RULE_NAME_CITY, name, address.city);
  }
  std::string sounds[2] = {SoundOf(party.given_name.spoken), SoundOf(party.family_name.spoken)};
  if (sounds[1] < sounds[0]) std::swap(sounds[0], sounds[1]);
  if (!sounds[0].empty() && !party.birth_date.empty()) {
    keys.Add(v1::BLOCKING_RULE_NAME_SOUND_BIRTH_YEAR, absl::StrCat(sounds[0], " ", sounds[1]),
             party.birth_date.substr(0, 4));
  }
  for (const std::string& sound : sounds) {
    keys.Add(v1::BLOCKING_RULE_NAME_PART_BIRTH_DATE, sound, party.birth_date);
    for (const AddressView& address : party.addresses) {
      keys.Add(v1::BLOCKING_RULE_NAME_PART_POSTAL_CODE, sound, address.postal_code);
    }
  }
}

void AddAddress(const AddressView& address, absl::string_view birth_date, Keys& keys) {
  keys.Add(v1::BLOCKING_RULE_BIRTH_DATE_POSTAL_CODE, birth_date, address.postal_code);
  keys.Add(v1::BLOCKING_RULE_BIRTH_DATE_CITY, birth_date, address.city);
  keys.Add(v1::BLOCKING_RULE_BIRTH_DATE_HOUSE, birth_date, address.house_number);
  const Words words = LongestWords(address.street, kLeastStreetWord, kStreetWords);
  for (absl::string_view word : words) {
    keys.Add(v1::BLOCKING_RULE_STREET_HOUSE, word, address.house_number);
    keys.Add(v1::BLOCKING_RULE_STREET_POSTAL_CODE, word, address.postal_code);
  }
  if (!words.empty()) keys.Add(v1::BLOCKING_RULE_STREET_CITY, words[0], address.city);
}

}  // namespace

std::string SoundOf(absl::string_view spoken) {
  std::string code;
  char last = 0;
  for (size_t i = 0; i < spoken.size() && code.size() < kSoundSize; ++i) {
    const char c = spoken[i];
    if (!absl::ascii_isalpha(static_cast<unsigned char>(c))) {
      if (static_cast<unsigned char>(c) >= 0x80) return std::string(spoken);
      continue;
    }
    if (c == 'g' && i > 0 && spoken[i - 1] == 'n') continue;
    const char digit = SoundDigit(c);
    if (code.empty()) {
      code.push_back(c);
    } else if (digit != 0 && digit != last) {
      code.push_back(digit);
    }
    if (c != 'h' && c != 'w') last = digit;
  }
  return code;
}

BlockingKey PhoneKey(absl::string_view number) {
  return Key(v1::BLOCKING_RULE_PHONE, TermHash(number));
}

BlockingKey EmailKey(absl::string_view address) {
  return Key(v1::BLOCKING_RULE_EMAIL, TermHash(address));
}

void BlockingKeysOf(const PartyView& party, std::vector<BlockingKey>& keys) {
  keys.clear();
  Keys found(keys);
  for (const DocumentView& document : party.documents) {
    found.Add(v1::BLOCKING_RULE_DOCUMENT, document.value);
  }
  for (const ContactView& phone : party.phones) found.Add(v1::BLOCKING_RULE_PHONE, phone.value);
  for (const ContactView& email : party.emails) {
    found.Add(v1::BLOCKING_RULE_EMAIL, email.value);
    const absl::string_view local = email.value.substr(0, email.value.rfind('@'));
    if (local.size() >= kLeastLocalPart) found.Add(v1::BLOCKING_RULE_EMAIL_LOCAL_PART, local);
  }
  if (party.party_type == v1::PARTY_TYPE_ORGANIZATION) {
    AddOrganizationName(party, found);
  } else {
    AddPersonNames(party, found);
  }
  for (const AddressView& address : party.addresses) AddAddress(address, party.birth_date, found);
  // Strong identifiers have the lowest numbers of rules and stay.
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.size() > kMostBlockingKeys) keys.resize(kMostBlockingKeys);
}

std::vector<BlockingKey> BlockingKeysOf(const PartyView& party) {
  std::vector<BlockingKey> keys;
  BlockingKeysOf(party, keys);
  return keys;
}

std::string BlockingTerm(BlockingKey key) {
  std::string term(sizeof(key), '\0');
  for (size_t i = 0; i < sizeof(key); ++i) {
    term[i] = static_cast<char>(key >> (8 * (sizeof(key) - 1 - i)));
  }
  return term;
}

void LeaveOutSharedContacts(const absl::flat_hash_set<BlockingKey>& over_cap, PartyView& party) {
  if (over_cap.empty()) return;
  const auto leave_out = [&](auto& contacts, BlockingKey (*key)(absl::string_view)) {
    contacts.erase(std::remove_if(contacts.begin(), contacts.end(),
                                  [&](const ContactView& contact) {
                                    return over_cap.contains(key(contact.value));
                                  }),
                   contacts.end());
  };
  leave_out(party.phones, &PhoneKey);
  leave_out(party.emails, &EmailKey);
}

}  // namespace yilan::core
