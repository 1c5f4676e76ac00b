// Compiles the leaves of a mapping: templates, conditions, and the values of single fields. Used by
// MappingParser only.
#ifndef YILAN_CLIENTS_IMPORT_LEAF_PARSER_H_
#define YILAN_CLIENTS_IMPORT_LEAF_PARSER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/import/mapping_plan.h"
#include "clients/import/mapping_problems.h"
#include "clients/import/yaml_node.h"
#include "google/protobuf/descriptor.h"

namespace yilan {

// Whether a mapping gives the field a value of its own: not for messages, but for money and times.
bool IsLeaf(const google::protobuf::FieldDescriptor& field);

// What holds for all fields unless they say otherwise.
struct LeafDefaults {
  absl::TimeZone zone = absl::UTCTimeZone();
  std::optional<std::string> currency;
  std::vector<std::string> empty_values;
  bool trim = true;
};

// Registers the columns that it meets in the plan, and reports mistakes. Not thread-safe.
class LeafParser {
 public:
  LeafParser(MappingPlan& plan, MappingProblems& problems) : plan_(plan), problems_(problems) {}

  LeafDefaults& defaults() { return defaults_; }

  // The value of a field, written as a template or as a map of options. `may_be_rest`: it is the
  // amount of the last element of a list.
  std::unique_ptr<LeafPlan> ParseLeaf(const YamlNode& node,
                                      const google::protobuf::FieldDescriptor& field,
                                      const std::string& path, bool may_be_rest);
  std::vector<Condition> ParseConditions(const YamlNode& node);

  // The text of a scalar; reports anything else and returns nothing.
  std::optional<std::string> Scalar(const YamlNode& node, absl::string_view what);
  // The texts of a scalar or of a list of scalars.
  std::vector<std::string> Scalars(const YamlNode& node, absl::string_view what);
  bool Flag(const YamlNode& node, absl::string_view what);
  // The text of a column as it is.
  Template ColumnTemplate(const std::string& name);
  TextPlan TextWithDefaults() const;

 private:
  static std::vector<std::string> KnownOptions();
  size_t ColumnIndex(const std::string& name);
  Template ParseTemplate(const YamlNode& node);
  void ParseText(const YamlNode& node, const std::string& path, TextPlan& text);
  void ParseTextOptions(const YamlNode& node, TextPlan& text);
  void ParseTypeOptions(const YamlNode& node, LeafPlan& leaf);
  void ParseTime(const YamlNode& node, LeafPlan& leaf);
  void ParseMoney(const YamlNode& node, LeafPlan& leaf);
  void ParseBool(const YamlNode& node, LeafPlan& leaf);
  void CheckOptionsFit(const YamlNode& node, const LeafPlan& leaf, bool repeated);
  void SetType(const google::protobuf::FieldDescriptor& field, LeafPlan& leaf);
  // Converts what does not depend on a row: the constant, and the targets of `map`.
  void ConvertConstants(LeafPlan& leaf, const google::protobuf::FieldDescriptor& field);

  MappingPlan& plan_;
  MappingProblems& problems_;
  LeafDefaults defaults_;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_LEAF_PARSER_H_
