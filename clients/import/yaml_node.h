// A YAML document as a plain tree that knows its lines.
#ifndef YILAN_CLIENTS_IMPORT_YAML_NODE_H_
#define YILAN_CLIENTS_IMPORT_YAML_NODE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace yilan {

// One node. Scalars are text, whatever YAML would make of them: `No`, `1` and `2024-02-01` stay as
// they are written.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;             // Of a scalar.
  std::vector<YamlNode> items;  // Of a list; of a map its values, in the order of the file.
  std::vector<YamlNode> keys;   // Of a map; scalars.
  int line = 1;                 // From 1.

  // The value of a key, or nothing.
  const YamlNode* Find(absl::string_view key) const;
};

// Parses one document. Errors: INVALID_ARGUMENT with "NAME:LINE: what is wrong": no YAML, a key
// stated twice, several documents, or more than is sane for a mapping (1 MiB, 20,000 nodes, nested
// 32 deep, aliases counted as often as they are used).
absl::StatusOr<YamlNode> ParseYaml(absl::string_view text, absl::string_view name);

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_YAML_NODE_H_
