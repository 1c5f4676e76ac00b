#include "clients/import/mapping_parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "clients/import/time_text.h"
#include "clients/text/currency.h"
#include "clients/text/suggestion.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/field_rules.pb.h"
#include "yilan/v1/money.pb.h"

namespace yilan {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr char kFactSourceType[] = "yilan.v1.FactSource";
constexpr char kCharacteristicType[] = "yilan.v1.Characteristic";

bool IsServerField(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::rules).output_only();
}

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (!IsServerField(*type.field(i))) names.push_back(type.field(i)->name());
  }
  return names;
}

std::vector<std::string> FactTypes() {
  std::vector<std::string> names;
  const auto& oneof = *v1::Fact::descriptor()->oneof_decl(0);
  names.reserve(static_cast<size_t>(oneof.field_count()));
  for (int i = 0; i < oneof.field_count(); ++i) names.push_back(oneof.field(i)->name());
  return names;
}

FieldPlan* FindField(MessagePlan& plan, const FieldDescriptor* field) {
  for (FieldPlan& candidate : plan.fields) {
    if (candidate.field == field) return &candidate;
  }
  return nullptr;
}

FieldPlan& AddField(MessagePlan& plan, const FieldDescriptor& field, int line) {
  FieldPlan& added = plan.fields.emplace_back();
  added.field = &field;
  added.line = line;
  return added;
}

MessagePlan& SubMessage(MessagePlan& plan, const FieldDescriptor& field, int line) {
  if (FieldPlan* existing = FindField(plan, &field)) return *existing->message;
  FieldPlan& added = AddField(plan, field, line);
  added.message = std::make_unique<MessagePlan>();
  return *added.message;
}

std::string Join(const std::string& path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
}

}  // namespace

absl::StatusOr<Mapping> MappingParser::Parse(const YamlNode& root) {
  Mapping mapping;
  if (root.kind != YamlNode::Kind::kMap) {
    problems_.Add(root.line, "a mapping starts with `version: 1`; docs/mapping.md describes it");
    return problems_.ToStatus();
  }
  const YamlNode* version = root.Find("version");
  if (version == nullptr || version->text != "1") {
    problems_.Add(version == nullptr ? root.line : version->line,
                  "must state `version: 1`: this program reads mappings of version 1");
    return problems_.ToStatus();
  }
  problems_.CheckKeys(root, "a mapping",
                      {"version", "format", "csv", "source_system", "source", "time_zone",
                       "currency", "empty", "trim", "facts"});
  ParseHead(root, mapping);
  const YamlNode* facts = root.Find("facts");
  if (facts == nullptr || facts->kind != YamlNode::Kind::kList || facts->items.empty()) {
    problems_.Add(facts == nullptr ? root.line : facts->line,
                  "needs `facts`: the list of what becomes of a row");
  } else {
    for (const YamlNode& fact : facts->items) ParseFact(fact, root);
  }
  RETURN_IF_ERROR(problems_.ToStatus());
  plan_.empty_values = leaves_.defaults().empty_values;
  mapping.plan_ = std::make_shared<const MappingPlan>(std::move(plan_));
  return mapping;
}

void MappingParser::ParseHead(const YamlNode& root, Mapping& mapping) {
  LeafDefaults& defaults = leaves_.defaults();
  if (const YamlNode* format = root.Find("format")) {
    if (format->text == "csv") {
      mapping.format_ = FileFormat::kCsv;
    } else if (format->text == "jsonl") {
      mapping.format_ = FileFormat::kJsonLines;
    } else {
      problems_.Add(format->line, "`format` must be csv or jsonl");
    }
  }
  if (const YamlNode* csv = root.Find("csv")) ParseCsv(*csv, mapping.csv_);
  if (const YamlNode* zone = root.Find("time_zone")) {
    const auto parsed = ParseTimeZone(leaves_.Scalar(*zone, "`time_zone`").value_or("UTC"));
    if (parsed.ok()) {
      defaults.zone = *parsed;
    } else {
      problems_.Add(zone->line, parsed.status().message());
    }
  }
  if (const YamlNode* currency = root.Find("currency")) {
    defaults.currency = leaves_.Scalar(*currency, "`currency`");
    if (defaults.currency.has_value() && !CurrencyDecimals(*defaults.currency).has_value()) {
      problems_.Add(currency->line,
                    absl::StrCat("`", *defaults.currency, "` is not an ISO 4217 code such as CNY"));
    }
  }
  if (const YamlNode* empty = root.Find("empty")) {
    defaults.empty_values = leaves_.Scalars(*empty, "`empty`");
  }
  if (const YamlNode* trim = root.Find("trim")) defaults.trim = leaves_.Flag(*trim, "`trim`");
}

void MappingParser::ParseCsv(const YamlNode& node, CsvFormat& csv) {
  if (node.kind != YamlNode::Kind::kMap) {
    problems_.Add(node.line, "`csv` must be a map: {delimiter: \";\"}");
    return;
  }
  problems_.CheckKeys(node, "`csv`", {"delimiter", "quote", "columns"});
  const auto character = [&](const char* key, char& target) {
    const YamlNode* value = node.Find(key);
    if (value == nullptr) return;
    const std::string text = value->text == "tab" ? "\t" : value->text;
    if (text.size() != 1 || absl::ascii_isalnum(static_cast<unsigned char>(text[0])) ||
        text[0] == '\r' || text[0] == '\n' || static_cast<unsigned char>(text[0]) >= 0x80) {
      problems_.Add(value->line,
                    absl::StrCat("`", key, "` must be one character, such as \";\", or tab"));
      return;
    }
    target = text[0];
  };
  character("delimiter", csv.delimiter);
  character("quote", csv.quote);
  if (csv.delimiter == csv.quote) {
    problems_.Add(node.line, "`delimiter` and `quote` must differ");
  }
  if (const YamlNode* columns = node.Find("columns")) {
    csv.columns = leaves_.Scalars(*columns, "`columns`");
  }
}

void MappingParser::ParseFact(const YamlNode& node, const YamlNode& root) {
  if (node.kind != YamlNode::Kind::kMap) {
    problems_.Add(node.line, "a fact must be a map with `fact` and `set`");
    return;
  }
  problems_.CheckKeys(node, "a fact", {"fact", "when", "source_system", "set"});
  const YamlNode* type = node.Find("fact");
  const YamlNode* set = node.Find("set");
  if (type == nullptr || type->kind != YamlNode::Kind::kScalar) {
    problems_.Add(node.line, "a fact needs `fact`: the kind of fact, such as customer_bill");
    return;
  }
  const FieldDescriptor* field = v1::Fact::descriptor()->FindFieldByName(type->text);
  if (field == nullptr) {
    problems_.Add(type->line, absl::StrCat("there is no kind of fact `", type->text, "`",
                                           Suggestion(type->text, FactTypes())));
    return;
  }
  if (set == nullptr || set->kind != YamlNode::Kind::kMap) {
    problems_.Add(set == nullptr ? node.line : set->line,
                  "a fact needs `set`: its fields and their values");
    return;
  }
  FactPlan plan;
  plan.field = field;
  plan.line = node.line;
  ParseMessage(*set, *field->message_type(), field->name(), false, plan.message);
  if (const YamlNode* when = node.Find("when")) {
    for (Condition& condition : leaves_.ParseConditions(*when)) {
      plan.message.when.push_back(std::move(condition));
    }
  }
  AddSourceDefaults(node, root, *field->message_type(), plan);
  CheckRests(plan.message, *field->message_type());
  plan_.facts.push_back(std::move(plan));
}

void MappingParser::CheckRests(const MessagePlan& plan, const Descriptor& root) {
  for (const FieldPlan& field : plan.fields) {
    for (const FieldPlan& element : field.list) {
      if (element.message != nullptr) CheckRests(*element.message, root);
    }
    if (field.message != nullptr) CheckRests(*field.message, root);
    if (field.leaf == nullptr || field.leaf->rest_of.empty()) continue;
    const Descriptor* type = &root;
    for (const std::string& name : field.leaf->rest_of) {
      const FieldDescriptor* part = type == nullptr ? nullptr : type->FindFieldByName(name);
      type = part == nullptr || part->is_repeated() ? nullptr : part->message_type();
    }
    if (type != v1::Money::descriptor()) {
      problems_.Add(field.line, absl::StrCat("`rest_of` must name an amount of ", root.name()));
    }
  }
}

void MappingParser::AddSourceDefaults(const YamlNode& fact, const YamlNode& root,
                                      const Descriptor& type, FactPlan& plan) {
  // Nearly all facts have a FactSource; what takes a fact back carries its fields itself.
  const FieldDescriptor* source = type.FindFieldByName("source");
  if (source != nullptr && (source->message_type() == nullptr ||
                            source->message_type()->full_name() != kFactSourceType)) {
    source = nullptr;
  }
  const Descriptor& fields = source == nullptr ? type : *source->message_type();
  const std::string path =
      source == nullptr ? plan.field->name() : absl::StrCat(plan.field->name(), ".source");
  MessagePlan& target =
      source == nullptr ? plan.message : SubMessage(plan.message, *source, fact.line);

  const auto set_unless_set = [&](absl::string_view name, const YamlNode& value, int line) {
    const FieldDescriptor* field = fields.FindFieldByName(std::string(name));
    if (field == nullptr) {
      if (source != nullptr) {
        problems_.Add(line, absl::StrCat("`source` has no field `", name, "`",
                                         Suggestion(name, FieldNames(fields))));
      }
      return;
    }
    if (FindField(target, field) == nullptr) {
      ParseField(value, *field, Join(path, name), false, target);
    }
  };
  if (const YamlNode* system = fact.Find("source_system")) {
    set_unless_set("source_system", *system, system->line);
  }
  if (const YamlNode* defaults = root.Find("source")) {
    if (defaults->kind != YamlNode::Kind::kMap) {
      problems_.Add(defaults->line, "`source` must be a map: {event_time: \"2024-02-01\"}");
    }
    for (size_t i = 0; i < defaults->keys.size(); ++i) {
      set_unless_set(defaults->keys[i].text, defaults->items[i], defaults->keys[i].line);
    }
  }
  if (const YamlNode* system = root.Find("source_system")) {
    set_unless_set("source_system", *system, system->line);
  }

  const auto is_set = [&](const char* name) {
    return FindField(target, fields.FindFieldByName(name)) != nullptr;
  };
  const char* prefix = source == nullptr ? "" : "source.";
  for (const char* name : {"source_system", "key"}) {
    if (!is_set(name)) {
      problems_.Add(fact.line, absl::StrCat("the fact ", plan.field->name(), " sets no `", prefix,
                                            name, "`; every fact is identified by it"));
    }
  }
  plan.states_event_time = is_set("event_time");
}

const FieldDescriptor* MappingParser::Descend(const YamlNode& name, const Descriptor& type,
                                              std::string& path, MessagePlan*& plan) {
  const std::vector<std::string> names = absl::StrSplit(name.text, '.');
  const Descriptor* current = &type;
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field = current->FindFieldByName(names[i]);
    if (field == nullptr) {
      problems_.Add(name.line, absl::StrCat("`", path, "` has no field `", names[i], "`",
                                            Suggestion(names[i], FieldNames(*current))));
      return nullptr;
    }
    path = Join(path, names[i]);
    if (IsServerField(*field)) {
      problems_.Add(name.line, absl::StrCat("`", path, "` is set by the server; leave it out"));
      return nullptr;
    }
    if (i + 1 == names.size()) return field;
    if (IsLeaf(*field) || field->is_repeated()) {
      problems_.Add(name.line, absl::StrCat("`", path, "` has no fields to set by name",
                                            field->is_repeated() ? "; it is a list" : ""));
      return nullptr;
    }
    plan = &SubMessage(*plan, *field, name.line);
    current = field->message_type();
  }
  return nullptr;
}

void MappingParser::ParseMessage(const YamlNode& node, const Descriptor& type,
                                 const std::string& path, bool is_element, MessagePlan& plan) {
  if (node.kind != YamlNode::Kind::kMap) {
    problems_.Add(node.line, absl::StrCat("`", path, "` must be a map of fields and their values"));
    return;
  }
  for (size_t i = 0; i < node.keys.size(); ++i) {
    if (node.keys[i].text == "when") {
      for (Condition& condition : leaves_.ParseConditions(node.items[i])) {
        plan.when.push_back(std::move(condition));
      }
      continue;
    }
    std::string field_path = path;
    MessagePlan* owner = &plan;
    const FieldDescriptor* field = Descend(node.keys[i], type, field_path, owner);
    if (field == nullptr) continue;
    ParseField(node.items[i], *field, field_path, is_element && owner == &plan, *owner);
  }
}

void MappingParser::ParseField(const YamlNode& node, const FieldDescriptor& field,
                               const std::string& path, bool in_element, MessagePlan& plan) {
  FieldPlan* existing = FindField(plan, &field);
  if (!IsLeaf(field) && !field.is_repeated()) {
    ParseMessage(node, *field.message_type(), path, false, SubMessage(plan, field, node.line));
    return;
  }
  if (existing != nullptr) {
    problems_.Add(node.line, absl::StrCat("`", path, "` is set already at line ", existing->line));
    return;
  }
  FieldPlan added;
  added.field = &field;
  added.line = node.line;
  if (field.is_repeated()) {
    ParseList(node, field, path, added);
  } else {
    added.leaf = leaves_.ParseLeaf(node, field, path, in_element);
  }
  plan.fields.push_back(std::move(added));
}

void MappingParser::ParseList(const YamlNode& node, const FieldDescriptor& field,
                              const std::string& path, FieldPlan& plan) {
  plan.is_list = true;
  if (node.kind == YamlNode::Kind::kMap && node.Find("columns") != nullptr &&
      field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      field.message_type()->full_name() == kCharacteristicType) {
    ParseCharacteristicColumns(node, field, path, plan);
    return;
  }
  if (node.kind != YamlNode::Kind::kList) {
    if (IsLeaf(field)) {
      FieldPlan& element = plan.list.emplace_back();
      element.field = &field;
      element.leaf = leaves_.ParseLeaf(node, field, path, false);
    } else {
      problems_.Add(node.line,
                    absl::StrCat("`", path, "` is a list; begin each element with `- `"));
    }
    return;
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& item = node.items[i];
    const std::string element_path = absl::StrCat(path, "[", i, "]");
    FieldPlan& element = plan.list.emplace_back();
    element.field = &field;
    element.line = item.line;
    if (IsLeaf(field)) {
      element.leaf = leaves_.ParseLeaf(item, field, element_path, false);
    } else {
      element.message = std::make_unique<MessagePlan>();
      ParseMessage(item, *field.message_type(), element_path, i + 1 == node.items.size(),
                   *element.message);
    }
  }
}

void MappingParser::ParseCharacteristicColumns(const YamlNode& node, const FieldDescriptor& field,
                                               const std::string& path, FieldPlan& plan) {
  problems_.CheckKeys(node, absl::StrCat("`", path, "`"), {"columns"});
  const std::vector<std::string> columns = leaves_.Scalars(*node.Find("columns"), "`columns`");
  const Descriptor& type = *field.message_type();
  for (size_t i = 0; i < columns.size(); ++i) {
    FieldPlan& element = plan.list.emplace_back();
    element.field = &field;
    element.line = node.line;
    element.message = std::make_unique<MessagePlan>();
    const auto add = [&](const char* name) -> LeafPlan& {
      FieldPlan& added = AddField(*element.message, *type.FindFieldByName(name), node.line);
      added.leaf = std::make_unique<LeafPlan>();
      added.leaf->path = absl::StrCat(path, "[", i, "].", name);
      added.leaf->line = node.line;
      added.leaf->text = leaves_.TextWithDefaults();
      return *added.leaf;
    };
    LeafPlan& name = add("name");
    name.constant.emplace();
    name.constant->text = columns[i];
    add("value").text.pieces.push_back(leaves_.ColumnTemplate(columns[i]));
  }
}

}  // namespace yilan
