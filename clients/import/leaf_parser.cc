#include "clients/import/leaf_parser.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/import/leaf_value.h"
#include "clients/import/time_text.h"
#include "clients/text/suggestion.h"

namespace yilan {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

const std::vector<std::string>& Sources() {
  static const auto& keys =
      *new std::vector<std::string>{"value", "column", "constant", "join", "rest_of"};
  return keys;
}

// A row without values, for what does not depend on one.
const RowView& NoRow() {
  static const Row& row = *new Row;
  static const std::vector<size_t>& cells = *new std::vector<size_t>;
  static const RowView& view = *new RowView{row, cells, "1"};
  return view;
}

std::vector<std::string> EnumNames(const EnumDescriptor& type) {
  const absl::string_view unspecified = type.FindValueByNumber(0)->name();
  const absl::string_view prefix = absl::StripSuffix(unspecified, "UNSPECIFIED");
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) {
      names.emplace_back(absl::StripPrefix(type.value(i)->name(), prefix));
    }
  }
  return names;
}

}  // namespace

std::optional<std::string> LeafParser::Scalar(const YamlNode& node, absl::string_view what) {
  if (node.kind == YamlNode::Kind::kScalar) return node.text;
  problems_.Add(node.line, absl::StrCat(what, " must be a single value"));
  return std::nullopt;
}

std::vector<std::string> LeafParser::Scalars(const YamlNode& node, absl::string_view what) {
  std::vector<std::string> texts;
  if (node.kind != YamlNode::Kind::kList) {
    if (std::optional<std::string> text = Scalar(node, what)) texts.push_back(*std::move(text));
    return texts;
  }
  for (const YamlNode& item : node.items) {
    if (std::optional<std::string> text = Scalar(item, absl::StrCat("an entry of ", what))) {
      texts.push_back(*std::move(text));
    }
  }
  return texts;
}

bool LeafParser::Flag(const YamlNode& node, absl::string_view what) {
  if (node.kind == YamlNode::Kind::kScalar && (node.text == "true" || node.text == "false")) {
    return node.text == "true";
  }
  problems_.Add(node.line, absl::StrCat(what, " must be true or false"));
  return false;
}

size_t LeafParser::ColumnIndex(const std::string& name) {
  const auto column = std::find(plan_.columns.begin(), plan_.columns.end(), name);
  if (column != plan_.columns.end()) return static_cast<size_t>(column - plan_.columns.begin());
  plan_.columns.push_back(name);
  return plan_.columns.size() - 1;
}

Template LeafParser::ColumnTemplate(const std::string& name) {
  Template result;
  result.parts.push_back({Template::Part::Kind::kColumn, "", ColumnIndex(name)});
  return result;
}

TextPlan LeafParser::TextWithDefaults() const {
  TextPlan text;
  text.trim = defaults_.trim;
  text.empty_values = defaults_.empty_values;
  return text;
}

Template LeafParser::ParseTemplate(const YamlNode& node) {
  Template result;
  if (node.kind != YamlNode::Kind::kScalar) {
    const bool unquoted = node.kind == YamlNode::Kind::kMap && node.keys.size() == 1 &&
                          node.items[0].kind == YamlNode::Kind::kNull;
    problems_.Add(node.line, unquoted ? absl::StrCat("put the template in quotes: \"{",
                                                     node.keys[0].text, "}\"")
                                      : "a template such as \"{column}\" is expected here");
    return result;
  }
  std::string literal;
  const auto flush = [&] {
    if (literal.empty()) return;
    result.parts.push_back({Template::Part::Kind::kLiteral, literal});
    literal.clear();
  };
  const absl::string_view text = node.text;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) {
      literal.push_back(text[i++]);
    } else if (text[i] == '}') {
      problems_.Add(node.line, "has a } without a {; write }} for the character itself");
      return result;
    } else if (text[i] == '{') {
      const size_t end = text.find('}', i);
      const std::string name(Trimmed(text.substr(i + 1, end - i - 1)));
      if (end == absl::string_view::npos || name.empty()) {
        problems_.Add(node.line,
                      "has a { without a column and }; write {{ for the character itself");
        return result;
      }
      flush();
      if (name == "row") {
        result.parts.push_back({Template::Part::Kind::kRowNumber});
        plan_.uses_row_number = true;
      } else if (name == "line") {
        result.parts.push_back({Template::Part::Kind::kLineNumber});
      } else {
        result.parts.push_back({Template::Part::Kind::kColumn, "", ColumnIndex(name)});
      }
      i = end;
    } else {
      literal.push_back(text[i]);
    }
  }
  flush();
  return result;
}

std::vector<Condition> LeafParser::ParseConditions(const YamlNode& node) {
  std::vector<Condition> conditions;
  if (node.kind != YamlNode::Kind::kMap) {
    problems_.Add(node.line, "`when` must name columns: `when: {status: [A, B]}`");
    return conditions;
  }
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const YamlNode& test = node.items[i];
    Condition condition;
    condition.column = ColumnIndex(node.keys[i].text);
    if (test.kind != YamlNode::Kind::kMap) {
      condition.texts = Scalars(test, "a condition");
      conditions.push_back(std::move(condition));
      continue;
    }
    problems_.CheckKeys(test, "a condition",
                        {"is", "not", "empty", "starts_with", "ends_with", "contains"});
    for (size_t j = 0; j < test.keys.size(); ++j) {
      const std::string& name = test.keys[j].text;
      Condition part = condition;
      if (name == "empty") {
        part.kind = Condition::Kind::kEmpty;
        part.negated = !Flag(test.items[j], "`empty`");
      } else {
        part.kind = name == "starts_with" ? Condition::Kind::kStartsWith
                    : name == "ends_with" ? Condition::Kind::kEndsWith
                    : name == "contains"  ? Condition::Kind::kContains
                                          : Condition::Kind::kIs;
        part.negated = name == "not";
        part.texts = Scalars(test.items[j], absl::StrCat("`", name, "`"));
      }
      conditions.push_back(std::move(part));
    }
  }
  return conditions;
}

void LeafParser::ParseText(const YamlNode& node, const std::string& path, TextPlan& text) {
  int sources = 0;
  for (const std::string& source : Sources()) sources += node.Find(source) != nullptr ? 1 : 0;
  if (sources != 1) {
    problems_.Add(node.line, absl::StrCat("`", path,
                                          "` needs exactly one of `value`, `column`, `constant`, "
                                          "`join`, `rest_of`"));
  }
  if (const YamlNode* value = node.Find("value")) {
    text.pieces.push_back(ParseTemplate(*value));
  } else if (const YamlNode* column = node.Find("column")) {
    if (const auto name = Scalar(*column, "`column`")) text.pieces.push_back(ColumnTemplate(*name));
  } else if (const YamlNode* constant = node.Find("constant")) {
    if (auto literal = Scalar(*constant, "`constant`")) {
      Template piece;
      piece.parts.push_back({Template::Part::Kind::kLiteral, *std::move(literal)});
      text.pieces.push_back(std::move(piece));
    }
  } else if (const YamlNode* join = node.Find("join")) {
    if (join->kind != YamlNode::Kind::kList || join->items.empty()) {
      problems_.Add(join->line, "`join` must be a list of templates");
    } else {
      for (const YamlNode& piece : join->items) text.pieces.push_back(ParseTemplate(piece));
    }
  }
  if (const YamlNode* separator = node.Find("separator")) {
    text.separator = Scalar(*separator, "`separator`").value_or("");
  }
  ParseTextOptions(node, text);
}

void LeafParser::ParseTextOptions(const YamlNode& node, TextPlan& text) {
  if (const YamlNode* empty = node.Find("empty")) text.empty_values = Scalars(*empty, "`empty`");
  if (const YamlNode* trim = node.Find("trim")) text.trim = Flag(*trim, "`trim`");
  if (const YamlNode* required = node.Find("required")) {
    text.required = Flag(*required, "`required`");
  }
  if (const YamlNode* value = node.Find("default")) {
    text.default_text = Scalar(*value, "`default`");
  }
  if (const YamlNode* otherwise = node.Find("otherwise")) {
    text.otherwise = Scalar(*otherwise, "`otherwise`");
    if (node.Find("map") == nullptr) {
      problems_.Add(otherwise->line, "`otherwise` goes with `map`; for empty values say `default`");
    }
  }
  if (const YamlNode* map = node.Find("map")) {
    text.has_map = true;
    if (map->kind != YamlNode::Kind::kMap) {
      problems_.Add(map->line, "`map` must be a map from values to values: {\"1\": ACTIVE}");
      return;
    }
    for (size_t i = 0; i < map->keys.size(); ++i) {
      if (auto target = Scalar(map->items[i], "a value of `map`")) {
        text.map[map->keys[i].text] = *std::move(target);
      }
    }
  }
  if (const YamlNode* letters = node.Find("case")) {
    const std::string name = Scalar(*letters, "`case`").value_or("upper");
    if (name == "upper") {
      text.letter_case = LetterCase::kUpper;
    } else if (name == "lower") {
      text.letter_case = LetterCase::kLower;
    } else if (name == "title") {
      text.letter_case = LetterCase::kTitle;
    } else {
      problems_.Add(letters->line, "`case` must be upper, lower or title");
    }
  }
}

std::unique_ptr<LeafPlan> LeafParser::ParseLeaf(const YamlNode& node, const FieldDescriptor& field,
                                                const std::string& path, bool may_be_rest) {
  auto leaf = std::make_unique<LeafPlan>();
  const size_t problems_before = problems_.count();
  leaf->path = path;
  leaf->line = node.line;
  leaf->text = TextWithDefaults();
  SetType(field, *leaf);

  static const YamlNode& no_options = *new YamlNode;
  const bool unquoted = node.kind == YamlNode::Kind::kMap && node.keys.size() == 1 &&
                        node.items[0].kind == YamlNode::Kind::kNull;
  const bool has_options = node.kind == YamlNode::Kind::kMap && !unquoted;
  if (has_options) {
    problems_.CheckKeys(node, absl::StrCat("the value of `", path, "`"), KnownOptions());
    ParseText(node, path, leaf->text);
    if (const YamlNode* rest = node.Find("rest_of")) {
      leaf->rest_of = absl::StrSplit(Scalar(*rest, "`rest_of`").value_or(""), '.');
      if (!may_be_rest) {
        problems_.Add(rest->line, "`rest_of` belongs to the amount of the last element of a list");
      }
    }
    if (const YamlNode* invalid = node.Find("invalid")) {
      const std::string name = Scalar(*invalid, "`invalid`").value_or("reject");
      leaf->leave_out_invalid = name == "leave_out";
      if (name != "leave_out" && name != "reject") {
        problems_.Add(invalid->line, "`invalid` must be reject or leave_out");
      }
    }
    if (const YamlNode* split = node.Find("split")) {
      leaf->split = Scalar(*split, "`split`").value_or("");
      if (leaf->split.empty()) problems_.Add(split->line, "`split` must not be empty");
    }
  } else if (node.kind == YamlNode::Kind::kNull) {
    problems_.Add(node.line,
                  absl::StrCat("`", path, "` has no value; write a constant or \"{column}\""));
  } else if (node.kind == YamlNode::Kind::kList) {
    problems_.Add(node.line, absl::StrCat("`", path, "` is a single value, not a list"));
  } else {
    leaf->text.pieces.push_back(ParseTemplate(node));
  }
  const YamlNode& options = has_options ? node : no_options;
  ParseTypeOptions(options, *leaf);
  CheckOptionsFit(options, *leaf, field.is_repeated());
  // A mistake above would only show again here, in other words.
  if (problems_.count() == problems_before) ConvertConstants(*leaf, field);
  return leaf;
}

void LeafParser::ConvertConstants(LeafPlan& leaf, const FieldDescriptor& field) {
  if (!leaf.rest_of.empty()) return;
  const bool needs_row =
      (leaf.type == LeafType::kMoney && !leaf.money.currency.IsConstant()) ||
      (leaf.time.has_value() && leaf.time->shift.has_value() && !leaf.time->shift->IsConstant());
  const auto check = [&](absl::string_view text) -> std::optional<LeafValue> {
    const absl::StatusOr<LeafValue> value = ConvertText(leaf, text, NoRow());
    if (value.ok()) return *value;
    std::string reason(value.status().message());
    if (leaf.type == LeafType::kEnum) {
      reason = absl::StrCat("is not a value of the field",
                            Suggestion(text, EnumNames(*field.enum_type())));
    }
    problems_.Add(leaf.line, absl::StrCat("`", leaf.path, "`: `", text, "` ", reason));
    return std::nullopt;
  };
  if (leaf.text.IsConstant()) {
    bool ignored = false;
    const auto text = MakeText(leaf.text, NoRow(), ignored);
    if (!text.ok()) {
      problems_.Add(leaf.line, absl::StrCat("`", leaf.path, "` ", text.status().message()));
    } else if (!text->has_value() || (*text)->empty()) {
      problems_.Add(leaf.line, absl::StrCat("`", leaf.path, "` is empty; leave it out"));
    } else if (!needs_row && leaf.split.empty()) {
      leaf.constant = check(**text);
    }
    return;
  }
  if (needs_row || !leaf.split.empty()) return;
  for (const auto& [from, to] : leaf.text.map) check(to);
  if (leaf.text.otherwise.has_value()) check(*leaf.text.otherwise);
  if (leaf.text.default_text.has_value()) check(*leaf.text.default_text);
}

}  // namespace yilan
