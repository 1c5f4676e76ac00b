// What matching knows of one source record: each value in the form in which it is compared.
//
// Two ways of writing one thing give the same text here: widths, cases, simplified and traditional
// characters, blanks and punctuation do not count (core/identity says how each is normalized). The
// source record itself keeps what its source wrote. Values are empty where the record says nothing,
// or nothing that could tell two people apart ("unknown", "-", "N/A", 1900-01-01).
#ifndef YILAN_CORE_MATCHING_PARTY_FEATURES_H_
#define YILAN_CORE_MATCHING_PARTY_FEATURES_H_

#include <string>
#include <vector>

#include "base/clock.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

enum class Sex : uint8_t { kUnknown, kFemale, kMale };

// A name in one of its forms: as it is written, and as it is spoken (pinyin without tones, "wang
// xiao ming"; the folded name itself for names without Chinese characters).
struct NameFeature {
  std::string written;
  std::string spoken;
  bool empty() const { return written.empty(); }
  friend bool operator==(const NameFeature&, const NameFeature&) = default;
};

// A telephone number (digits of E.164) or e-mail address, and when it leads to this party.
struct ContactFeature {
  std::string value;
  TimeMicros valid_from = kMinTime;
  TimeMicros valid_to = kMaxTime;
  friend bool operator==(const ContactFeature&, const ContactFeature&) = default;
};

// The number of an identity document or of a registration.
struct DocumentFeature {
  enum class Scheme : uint8_t { kResidentId, kSocialCreditCode, kOther };
  Scheme scheme = Scheme::kOther;
  // Resident ids with 18 characters: those of 15 are rewritten (GB 11643-1999, annex).
  std::string value;
  // Its check character and what it encodes hold, so it is not a typing error. Never for kOther.
  bool verified = false;
  friend bool operator==(const DocumentFeature&, const DocumentFeature&) = default;
};

// A postal address in parts. Which part a source writes where differs, so `text` has it all.
struct AddressFeature {
  std::string text;          // All words of the street line, folded, in their order.
  std::string house_number;  // The first number in it: "12", "12b".
  std::string street;        // The words without that number.
  std::string city;          // Town, suburb.
  std::string state;         // State or province.
  std::string postal_code;
  friend bool operator==(const AddressFeature&, const AddressFeature&) = default;
};

struct PartyFeatures {
  v1::PartyType party_type = v1::PARTY_TYPE_UNSPECIFIED;
  NameFeature name;         // The whole name, in the order in which the source writes it.
  NameFeature given_name;   // Of a person; taken from `name` where the source does not part it.
  NameFeature family_name;  // The same.
  std::string birth_date;   // YYYYMMDD; from a verified resident id where the source states none.
  Sex sex = Sex::kUnknown;  // The same.
  std::vector<ContactFeature> phones;  // Sorted by value, each once; so are those below.
  std::vector<ContactFeature> emails;
  std::vector<DocumentFeature> documents;
  std::vector<AddressFeature> addresses;
  friend bool operator==(const PartyFeatures&, const PartyFeatures&) = default;
};

// The features of a source record. Pure; thread-safe.
PartyFeatures FeaturesOf(const v1::SourceRecord& record);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PARTY_FEATURES_H_
