// Fields of wire type LEN (submessages, strings) written without a message object, to join
// serialized messages (https://protobuf.dev/programming-guides/encoding).
//
//   std::string bytes(LenFieldSize(1, part.size()), '\0');
//   uint8_t* end = WriteLenField(1, part, reinterpret_cast<uint8_t*>(bytes.data()));
#ifndef YILAN_CORE_VIEWS_WIRE_FIELDS_H_
#define YILAN_CORE_VIEWS_WIRE_FIELDS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"

namespace yilan::core {

inline uint32_t LenTag(int field) { return static_cast<uint32_t>(field) << 3 | 2; }

// The bytes of a whole field with `size` bytes of content.
inline size_t LenFieldSize(int field, size_t size) {
  using google::protobuf::io::CodedOutputStream;
  return CodedOutputStream::VarintSize32(LenTag(field)) + CodedOutputStream::VarintSize64(size) +
         size;
}

// Writes tag and length; `size` bytes of content must follow. Returns the end of what was written,
// as the next does.
inline uint8_t* WriteLenHead(int field, size_t size, uint8_t* out) {
  using google::protobuf::io::CodedOutputStream;
  out = CodedOutputStream::WriteTagToArray(LenTag(field), out);
  return CodedOutputStream::WriteVarint64ToArray(size, out);
}

inline uint8_t* WriteLenField(int field, absl::string_view content, uint8_t* out) {
  out = WriteLenHead(field, content.size(), out);
  return google::protobuf::io::CodedOutputStream::WriteRawToArray(
      content.data(), static_cast<int>(content.size()), out);
}

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_WIRE_FIELDS_H_
