#include "core/matching/packed_parties.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace yilan::core {
namespace {

constexpr size_t kMostTextBytes = 0xFFFF;
constexpr size_t kMostValues = 0xFF;

// A text has its length in one byte, or in two behind this one.
constexpr uint8_t kLongText = 0xFF;

class Writer {
 public:
  explicit Writer(std::vector<char>& out) : out_(out) {}

  void Byte(size_t value) { out_.push_back(static_cast<char>(value)); }
  void Time(TimeMicros time) {
    const char* bytes = reinterpret_cast<const char*>(&time);
    out_.insert(out_.end(), bytes, bytes + sizeof(time));
  }
  void Text(absl::string_view text) {
    text = text.substr(0, kMostTextBytes);
    if (text.size() < kLongText) {
      Byte(text.size());
    } else {
      Byte(kLongText);
      Byte(text.size() & 0xFF);
      Byte(text.size() >> 8);
    }
    out_.insert(out_.end(), text.begin(), text.end());
  }
  // The same text twice, as names have it that are spoken as they are written, is stored once.
  void Name(const NameView& name) {
    Byte(name.written == name.spoken ? 1 : 0);
    Text(name.written);
    if (name.written != name.spoken) Text(name.spoken);
  }
  void Contact(const ContactView& contact) {
    const bool always = contact.valid_from == kMinTime && contact.valid_to == kMaxTime;
    Byte(always ? 1 : 0);
    if (!always) {
      Time(contact.valid_from);
      Time(contact.valid_to);
    }
    Text(contact.value);
  }

 private:
  std::vector<char>& out_;
};

class Reader {
 public:
  explicit Reader(const char* bytes) : at_(bytes) {}

  const char* at() const { return at_; }
  uint8_t Byte() { return static_cast<uint8_t>(*at_++); }
  TimeMicros Time() {
    TimeMicros time;
    std::memcpy(&time, at_, sizeof(time));
    at_ += sizeof(time);
    return time;
  }
  absl::string_view Text() {
    size_t size = Byte();
    if (size == kLongText) {
      size = Byte();
      size |= static_cast<size_t>(Byte()) << 8;
    }
    const absl::string_view text(at_, size);
    at_ += size;
    return text;
  }
  NameView Name() {
    const bool same = Byte() == 1;
    NameView name;
    name.written = Text();
    name.spoken = same ? name.written : Text();
    return name;
  }
  ContactView Contact() {
    ContactView contact;
    if (Byte() == 0) {
      contact.valid_from = Time();
      contact.valid_to = Time();
    }
    contact.value = Text();
    return contact;
  }

 private:
  const char* at_;
};

}  // namespace

void PackedParties::Add(const PartyView& party) {
  scratch_.clear();
  Writer out(scratch_);
  out.Byte(static_cast<size_t>(party.party_type));
  out.Byte(static_cast<size_t>(party.sex));
  out.Name(party.name);
  out.Name(party.given_name);
  out.Name(party.family_name);
  out.Text(party.birth_date);
  const auto write_all = [&out](const auto& values, const auto& write) {
    const size_t count = std::min(values.size(), kMostValues);
    out.Byte(count);
    for (size_t i = 0; i < count; ++i) write(values[i]);
  };
  const auto write_contact = [&out](const ContactView& contact) { out.Contact(contact); };
  write_all(party.phones, write_contact);
  write_all(party.emails, write_contact);
  write_all(party.documents, [&out](const DocumentView& document) {
    out.Byte(static_cast<size_t>(document.scheme));
    out.Byte(document.verified ? 1 : 0);
    out.Text(document.value);
  });
  write_all(party.addresses, [&out](const AddressView& address) {
    out.Text(address.text);
    out.Text(address.house_number);
    out.Text(address.street);
    out.Text(address.city);
    out.Text(address.state);
    out.Text(address.postal_code);
  });

  if (scratch_.size() > free_bytes_) {
    free_bytes_ = std::max(kBlockBytes, scratch_.size());
    blocks_.push_back(std::make_unique<char[]>(free_bytes_));
    block_bytes_ += free_bytes_;
    free_ = blocks_.back().get();
  }
  std::memcpy(free_, scratch_.data(), scratch_.size());
  records_.push_back(free_);
  free_ += scratch_.size();
  free_bytes_ -= scratch_.size();
}

void PackedParties::Append(PackedParties&& other) {
  std::move(other.blocks_.begin(), other.blocks_.end(), std::back_inserter(blocks_));
  records_.insert(records_.end(), other.records_.begin(), other.records_.end());
  block_bytes_ += other.block_bytes_;
  other = PackedParties();
}

void PackedParties::Prefetch(size_t number) const {
  constexpr int kCacheLine = 64;
  __builtin_prefetch(records_[number]);
  __builtin_prefetch(records_[number] + kCacheLine);
  __builtin_prefetch(records_[number] + 2 * kCacheLine);
}

PackedParties::Rest PackedParties::ReadHead(size_t number, PartyView& party) const {
  Reader in(records_[number]);
  party.party_type = static_cast<v1::PartyType>(in.Byte());
  party.sex = static_cast<Sex>(in.Byte());
  party.name = in.Name();
  party.given_name = in.Name();
  party.family_name = in.Name();
  party.birth_date = in.Text();
  party.phones.clear();
  for (size_t left = in.Byte(); left > 0; --left) party.phones.push_back(in.Contact());
  party.emails.clear();
  for (size_t left = in.Byte(); left > 0; --left) party.emails.push_back(in.Contact());
  party.documents.clear();
  for (size_t left = in.Byte(); left > 0; --left) {
    DocumentView document;
    document.scheme = static_cast<DocumentFeature::Scheme>(in.Byte());
    document.verified = in.Byte() == 1;
    document.value = in.Text();
    party.documents.push_back(document);
  }
  return Rest(in.at());
}

void PackedParties::ReadAddresses(Rest rest, PartyView& party) {
  Reader in(rest.at_);
  party.addresses.clear();
  for (size_t left = in.Byte(); left > 0; --left) {
    AddressView address;
    address.text = in.Text();
    address.house_number = in.Text();
    address.street = in.Text();
    address.city = in.Text();
    address.state = in.Text();
    address.postal_code = in.Text();
    party.addresses.push_back(address);
  }
}

uint64_t PackedParties::memory_bytes() const {
  return block_bytes_ + records_.capacity() * sizeof(const char*);
}

}  // namespace yilan::core
