// Compiles a mapping from its YAML tree. Used by Mapping::Parse only.
#ifndef YILAN_CLIENTS_IMPORT_MAPPING_PARSER_H_
#define YILAN_CLIENTS_IMPORT_MAPPING_PARSER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/import/leaf_parser.h"
#include "clients/import/mapping.h"
#include "clients/import/mapping_plan.h"
#include "clients/import/mapping_problems.h"
#include "clients/import/yaml_node.h"
#include "google/protobuf/descriptor.h"

namespace yilan {

// Parses one tree. Goes on behind a mistake, so that all of them are reported at once.
class MappingParser {
 public:
  explicit MappingParser(const std::string& name) : problems_(name), leaves_(plan_, problems_) {}

  absl::StatusOr<Mapping> Parse(const YamlNode& root);

 private:
  void ParseHead(const YamlNode& root, Mapping& mapping);
  void ParseCsv(const YamlNode& node, CsvFormat& csv);
  void ParseFact(const YamlNode& node, const YamlNode& root);
  void AddSourceDefaults(const YamlNode& fact, const YamlNode& root,
                         const google::protobuf::Descriptor& type, FactPlan& plan);
  // Reports amounts that are the rest of something that is no amount.
  void CheckRests(const MessagePlan& plan, const google::protobuf::Descriptor& root);
  void ParseMessage(const YamlNode& node, const google::protobuf::Descriptor& type,
                    const std::string& path, bool is_element, MessagePlan& plan);
  void ParseField(const YamlNode& node, const google::protobuf::FieldDescriptor& field,
                  const std::string& path, bool in_element, MessagePlan& plan);
  void ParseList(const YamlNode& node, const google::protobuf::FieldDescriptor& field,
                 const std::string& path, FieldPlan& plan);
  void ParseCharacteristicColumns(const YamlNode& node,
                                  const google::protobuf::FieldDescriptor& field,
                                  const std::string& path, FieldPlan& plan);
  // The field of a dotted name, and the plan of the message that holds it; reports what is wrong.
  const google::protobuf::FieldDescriptor* Descend(const YamlNode& name,
                                                   const google::protobuf::Descriptor& type,
                                                   std::string& path, MessagePlan*& plan);

  MappingPlan plan_;
  MappingProblems problems_;
  LeafParser leaves_;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_MAPPING_PARSER_H_
