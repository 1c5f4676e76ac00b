#include "storage/transfer/copy_state.h"

#include "storage/rows/wire.h"

namespace yilan::storage::transfer {
namespace {

constexpr uint64_t kStateFormat = 1;

}  // namespace

std::string EncodeState(const CopyState& state) {
  std::string bytes;
  rows::AppendVarint(bytes, kStateFormat);
  rows::AppendBytes(bytes, state.source);
  rows::AppendBigEndian(bytes, state.run);
  state.last_customer.AppendTo(bytes);
  rows::AppendVarint(bytes, state.scanned ? 1 : 0);
  rows::AppendVarint(bytes, state.compare ? 1 : 0);
  for (const CopyState::Partition& partition : state.feed) {
    rows::AppendVarint(bytes, partition.touched_after);
    rows::AppendVarint(bytes, partition.copied);
  }
  rows::AppendVarint(bytes, state.blocks);
  rows::AppendVarint(bytes, state.customers);
  rows::AppendVarint(bytes, state.records);
  return bytes;
}

absl::StatusOr<CopyState> ParseState(absl::string_view bytes) {
  rows::WireParser parser(bytes);
  CopyState state;
  const uint64_t format = parser.Varint();
  state.source = std::string(parser.Bytes());
  state.run = parser.BigEndian<uint64_t>();
  state.last_customer = parser.IdValue<CustomerId>();
  state.scanned = parser.Varint() != 0;
  state.compare = parser.Varint() != 0;
  for (CopyState::Partition& partition : state.feed) {
    partition.touched_after = parser.Varint();
    partition.copied = parser.Varint();
  }
  state.blocks = parser.Varint();
  state.customers = parser.Varint();
  state.records = parser.Varint();
  if (format != kStateFormat || !parser.AtEnd()) {
    return absl::DataLossError("what an unfinished copy noted does not read back");
  }
  return state;
}

}  // namespace yilan::storage::transfer
