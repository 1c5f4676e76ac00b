// What is wrong with a mapping, with the lines.
#ifndef YILAN_CLIENTS_IMPORT_MAPPING_PROBLEMS_H_
#define YILAN_CLIENTS_IMPORT_MAPPING_PROBLEMS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "clients/import/yaml_node.h"
#include "clients/text/suggestion.h"

namespace yilan {

// Collects the mistakes of one mapping. Not thread-safe.
class MappingProblems {
 public:
  explicit MappingProblems(std::string name) : name_(std::move(name)) {}

  void Add(int line, absl::string_view what) {
    if (++count_ <= kMostReported) lines_.push_back(absl::StrCat(name_, ":", line, ": ", what));
  }
  // Reports the keys of a map that are not among `known`.
  void CheckKeys(const YamlNode& map, absl::string_view where,
                 const std::vector<std::string>& known) {
    for (const YamlNode& key : map.keys) {
      bool found = false;
      for (const std::string& name : known) found = found || name == key.text;
      if (!found) {
        Add(key.line, absl::StrCat(where, " has no `", key.text, "`", Suggestion(key.text, known)));
      }
    }
  }

  size_t count() const { return count_; }
  // OK when there are none.
  absl::Status ToStatus() const {
    if (count_ == 0) return absl::OkStatus();
    std::string message = absl::StrJoin(lines_, "\n");
    if (count_ > lines_.size()) {
      absl::StrAppend(&message, "\n… and ", count_ - lines_.size(), " more");
    }
    return absl::InvalidArgumentError(message);
  }

 private:
  static constexpr size_t kMostReported = 20;

  const std::string name_;
  std::vector<std::string> lines_;
  size_t count_ = 0;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_MAPPING_PROBLEMS_H_
