// The features of many records in little memory: some 250 bytes each, where PartyFeatures take a
// thousand.
//
//   PackedParties parties;
//   for (const v1::SourceRecord& record : records) parties.Add(PartyView(FeaturesOf(record)));
//   PartyView view;
//   parties.Read(7, view);
//
// Not thread-safe while records are added; afterwards it is.
#ifndef YILAN_CORE_MATCHING_PACKED_PARTIES_H_
#define YILAN_CORE_MATCHING_PACKED_PARTIES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/matching/party_view.h"

namespace yilan::core {

class PackedParties {
 public:
  // What is left of a record when its head was read.
  class Rest {
   public:
    explicit Rest(const char* at) : at_(at) {}
    bool has_addresses() const { return *at_ != 0; }

   private:
    friend class PackedParties;
    const char* at_;
  };

  PackedParties() = default;
  PackedParties(PackedParties&&) = default;
  PackedParties& operator=(PackedParties&&) = default;

  // Appends a copy; its number is size() before. Texts are cut at 65,535 bytes, and no record has
  // more than 255 values of one kind.
  void Add(const PartyView& party);
  // Appends all of another; their numbers follow.
  void Append(PackedParties&& other);

  size_t size() const { return records_.size(); }
  // Texts of the view are good as long as this is.
  void Read(size_t number, PartyView& party) const {
    ReadAddresses(ReadHead(number, party), party);
  }
  // The same in two steps: all but the addresses,
  Rest ReadHead(size_t number, PartyView& party) const;
  // and these.
  static void ReadAddresses(Rest rest, PartyView& party);
  // Says that a record will be read soon.
  void Prefetch(size_t number) const;
  uint64_t memory_bytes() const;

 private:
  // Blocks of bytes that never move, so that a record is found by its address.
  static constexpr size_t kBlockBytes = 1 << 20;

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_bytes_ = 0;  // Of all blocks.
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
  std::vector<const char*> records_;
  std::vector<char> scratch_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PACKED_PARTIES_H_
