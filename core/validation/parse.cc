#include "core/validation/parse.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <limits>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/validation/text.h"

namespace yilan::core {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// As deep as protobuf itself reads.
constexpr int kMaxDepth = 100;

// Walks over bytes that protobuf refused and looks for the strings that made it do so.
class TextFinder {
 public:
  explicit TextFinder(Violations& violations) : violations_(violations) {}

  // Returns false when `bytes` are not even the fields of some message.
  bool Walk(absl::string_view bytes, const Descriptor& descriptor, const std::string& path,
            int depth) {
    if (depth > kMaxDepth || bytes.size() > std::numeric_limits<int>::max()) return false;
    CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                        static_cast<int>(bytes.size()));
    absl::flat_hash_map<const FieldDescriptor*, int> seen;
    while (const uint32_t tag = in.ReadTag()) {
      const FieldDescriptor* field =
          descriptor.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
      if (field == nullptr ||
          WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
        if (!WireFormatLite::SkipField(&in, tag)) return false;
        continue;
      }
      uint32_t size = 0;
      if (!in.ReadVarint32(&size)) return false;
      const auto at = static_cast<size_t>(in.CurrentPosition());
      if (size > bytes.size() - at || !in.Skip(static_cast<int>(size))) return false;
      std::string name = absl::StrCat(path, path.empty() ? "" : ".", field->name());
      if (field->is_repeated()) absl::StrAppend(&name, "[", seen[field]++, "]");
      if (!WalkField(bytes.substr(at, size), *field, name, depth)) return false;
    }
    return in.ConsumedEntireMessage();
  }

 private:
  bool WalkField(absl::string_view value, const FieldDescriptor& field, const std::string& path,
                 int depth) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Walk(value, *field.message_type(), path, depth + 1);
    }
    if (field.type() != FieldDescriptor::TYPE_STRING) return true;
    size_t clean = CleanTextPrefix(value);
    // NUL is text to protobuf, and not what it refused the message for.
    while (clean < value.size() && value[clean] == '\0') {
      ++clean;
      clean += CleanTextPrefix(value.substr(clean));
    }
    if (clean != value.size()) {
      violations_.Add(path,
                      absl::StrCat("is not UTF-8 from byte ", clean, " on; send text as UTF-8"));
    }
    return true;
  }

  Violations& violations_;
};

}  // namespace

absl::Status ParseMessage(absl::string_view bytes, google::protobuf::Message& message) {
  if (bytes.size() <= std::numeric_limits<int>::max() &&
      message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  Violations violations;
  if (TextFinder(violations).Walk(bytes, *message.GetDescriptor(), "", 0) && !violations.empty()) {
    return violations.ToStatus();
  }
  return ErrorWithReason(
      absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_MALFORMED_MESSAGE,
      absl::StrCat("the bytes are no ", message.GetDescriptor()->full_name(),
                   "; serialize that message with the .proto files of this server"));
}

}  // namespace yilan::core
