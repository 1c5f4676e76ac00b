#include "clients/import/yaml_node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/text/utf8.h"

namespace yilan {
namespace {

constexpr size_t kMostBytes = 1 << 20;
constexpr int kMostNodes = 20000;
constexpr int kDeepest = 32;

class Copier {
 public:
  explicit Copier(absl::string_view name) : name_(name) {}

  absl::StatusOr<YamlNode> Copy(const YAML::Node& from, int depth, int parent_line) {
    YamlNode node;
    node.line =
        from.Mark().line >= 0 && !from.Mark().is_null() ? from.Mark().line + 1 : parent_line;
    if (++nodes_ > kMostNodes || depth > kDeepest) {
      return Error(node.line, "is larger or more deeply nested than any mapping should be");
    }
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        node.kind = YamlNode::Kind::kScalar;
        node.text = from.Scalar();
        break;
      case YAML::NodeType::Sequence:
        node.kind = YamlNode::Kind::kList;
        for (const auto& item : from) {
          ASSIGN_OR_RETURN(YamlNode copy, Copy(item, depth + 1, node.line));
          node.items.push_back(std::move(copy));
        }
        break;
      case YAML::NodeType::Map:
        node.kind = YamlNode::Kind::kMap;
        for (const auto& entry : from) {
          ASSIGN_OR_RETURN(YamlNode key, Copy(entry.first, depth + 1, node.line));
          if (key.kind != YamlNode::Kind::kScalar) {
            return Error(key.line, "has a key that is not plain text");
          }
          if (node.Find(key.text) != nullptr) {
            return Error(key.line, absl::StrCat("states `", key.text, "` twice; keep one"));
          }
          ASSIGN_OR_RETURN(YamlNode value, Copy(entry.second, depth + 1, key.line));
          node.keys.push_back(std::move(key));
          node.items.push_back(std::move(value));
        }
        break;
    }
    return node;
  }

  absl::Status Error(int line, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(name_, ":", line, ": ", what));
  }

 private:
  const absl::string_view name_;
  int nodes_ = 0;
};

}  // namespace

namespace {

// Hears of a document and keeps nothing of it.
class DeafHandler final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// 0, 1, or 2 for more. Not YAML::LoadAll: where a text begins with a stray `,` it finds one empty
// document after the other for ever, and keeps them all.
int CountDocuments(absl::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  DeafHandler handler;
  int documents = 0;
  while (documents < 2 && parser.HandleNextDocument(handler)) ++documents;
  return documents;
}

}  // namespace

const YamlNode* YamlNode::Find(absl::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

absl::StatusOr<YamlNode> ParseYaml(absl::string_view text, absl::string_view name) {
  Copier copier(name);
  if (text.size() > kMostBytes) return copier.Error(1, "is larger than 1 MiB");
  const size_t bad = std::min(FirstInvalidUtf8(text), text.find('\0'));
  if (bad != absl::string_view::npos) {
    const absl::string_view before = text.substr(0, bad);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    return copier.Error(static_cast<int>(lines) + 1, "has a byte that is not text in UTF-8");
  }
  // The library reports errors by exceptions, which end here.
  try {
    const int documents = CountDocuments(text);
    if (documents == 0) return copier.Error(1, "is empty; a mapping starts with `version: 1`");
    if (documents > 1) {
      return copier.Error(1,
                          "has several documents (`---`), or begins with a stray character; a "
                          "mapping is one document");
    }
    return copier.Copy(YAML::Load(std::string(text)), 0, 1);
  } catch (const YAML::Exception& error) {
    return copier.Error(error.mark.is_null() ? 1 : error.mark.line + 1,
                        absl::StrCat("is not YAML: ", error.msg));
  } catch (const std::exception&) {
    return copier.Error(1, "is not YAML");
  }
}

}  // namespace yilan
