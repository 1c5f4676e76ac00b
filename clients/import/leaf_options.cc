#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/import/leaf_parser.h"
#include "clients/import/time_text.h"

// The options of a leaf that depend on its type.
namespace yilan {
namespace {

using google::protobuf::FieldDescriptor;

constexpr char kMoneyType[] = "yilan.v1.Money";
constexpr char kTimestampType[] = "google.protobuf.Timestamp";

struct TypeOption {
  const char* name;
  const char* meant_for;
  bool (*fits)(const LeafPlan& leaf, bool repeated);
};

bool IsTimeLeaf(const LeafPlan& leaf, bool) {
  return leaf.type == LeafType::kTime || leaf.time.has_value();
}
bool IsMoneyLeaf(const LeafPlan& leaf, bool) { return leaf.type == LeafType::kMoney; }
bool IsBoolLeaf(const LeafPlan& leaf, bool) { return leaf.type == LeafType::kBool; }
bool IsStringLeaf(const LeafPlan& leaf, bool) { return leaf.type == LeafType::kString; }
bool IsRepeated(const LeafPlan&, bool repeated) { return repeated; }

constexpr TypeOption kTypeOptions[] = {
    {"format", "times, and strings with `output`", IsTimeLeaf},
    {"time_zone", "times, and strings with `output`", IsTimeLeaf},
    {"shift", "times, and strings with `output`", IsTimeLeaf},
    {"output", "strings", IsStringLeaf},
    {"case", "strings", IsStringLeaf},
    {"currency", "money", IsMoneyLeaf},
    {"unit", "money", IsMoneyLeaf},
    {"decimal_separator", "money", IsMoneyLeaf},
    {"group_separator", "money", IsMoneyLeaf},
    {"round", "money", IsMoneyLeaf},
    {"rest_of", "money", IsMoneyLeaf},
    {"true_values", "fields that are true or false", IsBoolLeaf},
    {"false_values", "fields that are true or false", IsBoolLeaf},
    {"split", "fields that are lists", IsRepeated},
};

}  // namespace

bool IsLeaf(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type()->full_name() == kMoneyType ||
         field.message_type()->full_name() == kTimestampType;
}

std::vector<std::string> LeafParser::KnownOptions() {
  std::vector<std::string> keys = {"value",     "column", "constant", "join",
                                   "separator", "map",    "default",  "otherwise",
                                   "required",  "empty",  "trim",     "invalid"};
  for (const TypeOption& option : kTypeOptions) keys.push_back(option.name);
  return keys;
}

void LeafParser::SetType(const FieldDescriptor& field, LeafPlan& leaf) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      leaf.is_32_bit = true;
      leaf.type = LeafType::kInteger;
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      leaf.type = LeafType::kInteger;
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      leaf.is_32_bit = true;
      leaf.type = LeafType::kUnsigned;
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      leaf.type = LeafType::kUnsigned;
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      leaf.type = LeafType::kReal;
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      leaf.type = LeafType::kBool;
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      leaf.type = LeafType::kEnum;
      // The values, with or without the name of the type before them.
      for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        const auto& value = *field.enum_type()->value(i);
        if (value.number() == 0) continue;
        const absl::string_view prefix =
            absl::StripSuffix(field.enum_type()->FindValueByNumber(0)->name(), "UNSPECIFIED");
        leaf.enum_words[absl::AsciiStrToLower(value.name())] = value.number();
        leaf.enum_words[absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix))] =
            value.number();
      }
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      leaf.type = LeafType::kString;
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      leaf.type =
          field.message_type()->full_name() == kMoneyType ? LeafType::kMoney : LeafType::kTime;
      return;
  }
}

void LeafParser::ParseTypeOptions(const YamlNode& node, LeafPlan& leaf) {
  if (leaf.type == LeafType::kTime || node.Find("output") != nullptr) ParseTime(node, leaf);
  if (leaf.type == LeafType::kMoney) ParseMoney(node, leaf);
  if (leaf.type == LeafType::kBool) ParseBool(node, leaf);
}

void LeafParser::CheckOptionsFit(const YamlNode& node, const LeafPlan& leaf, bool repeated) {
  for (const TypeOption& option : kTypeOptions) {
    const YamlNode* value = node.Find(option.name);
    if (value != nullptr && !option.fits(leaf, repeated)) {
      problems_.Add(value->line, absl::StrCat("`", option.name, "` is for ", option.meant_for,
                                              ", which `", leaf.path, "` is not"));
    }
  }
}

void LeafParser::ParseTime(const YamlNode& node, LeafPlan& leaf) {
  TimePlan time;
  time.formats = UsualTimeFormats();
  time.zone = defaults_.zone;
  const auto check_format = [this](const std::string& format, int line, absl::string_view what) {
    const absl::Status fits = CheckTimeFormat(format);
    if (!fits.ok()) problems_.Add(line, absl::StrCat("`", what, "` ", fits.message()));
  };
  if (const YamlNode* format = node.Find("format")) {
    time.formats = Scalars(*format, "`format`");
    for (std::string& name : time.formats) {
      check_format(name, format->line, "format");
      name = ReadingFormat(name);
    }
    if (time.formats.empty()) problems_.Add(format->line, "`format` must not be empty");
  }
  if (const YamlNode* zone = node.Find("time_zone")) {
    const auto parsed = ParseTimeZone(Scalar(*zone, "`time_zone`").value_or("UTC"));
    if (parsed.ok()) {
      time.zone = *parsed;
    } else {
      problems_.Add(zone->line, parsed.status().message());
    }
  }
  if (const YamlNode* shift = node.Find("shift")) {
    time.shift = TextWithDefaults();
    time.shift->pieces.push_back(ParseTemplate(*shift));
  }
  if (const YamlNode* output = node.Find("output")) {
    time.output = Scalar(*output, "`output`").value_or("");
    check_format(time.output, output->line, "output");
    if (absl::StartsWith(time.output, "unix_")) {
      problems_.Add(output->line, "`output` must be a format such as %Y-%m-%d");
    }
  }
  leaf.time = std::move(time);
}

void LeafParser::ParseMoney(const YamlNode& node, LeafPlan& leaf) {
  MoneyPlan& money = leaf.money;
  money.currency = TextWithDefaults();
  if (const YamlNode* currency = node.Find("currency")) {
    money.currency.pieces.push_back(ParseTemplate(*currency));
  } else if (defaults_.currency.has_value()) {
    Template piece;
    piece.parts.push_back({Template::Part::Kind::kLiteral, *defaults_.currency});
    money.currency.pieces.push_back(std::move(piece));
  } else if (leaf.rest_of.empty()) {
    problems_.Add(leaf.line, absl::StrCat("`", leaf.path,
                                          "` has no currency; state `currency: USD` here or at the "
                                          "top of the mapping"));
  }
  if (const YamlNode* unit = node.Find("unit")) {
    const std::string name = Scalar(*unit, "`unit`").value_or("major");
    money.minor_units = name == "minor";
    if (name != "minor" && name != "major") {
      problems_.Add(unit->line, "`unit` must be major (12.50) or minor (1250)");
    }
  }
  const auto separator = [&](const char* key, char& target) {
    const YamlNode* value = node.Find(key);
    if (value == nullptr) return;
    const std::string text = Scalar(*value, absl::StrCat("`", key, "`")).value_or(".");
    if (text.size() != 1 || absl::ascii_isalnum(static_cast<unsigned char>(text[0])) ||
        text[0] == '-' || text[0] == '+') {
      problems_.Add(value->line,
                    absl::StrCat("`", key, "` must be one character, no digit or letter"));
      return;
    }
    target = text[0];
  };
  separator("decimal_separator", money.style.decimal_separator);
  separator("group_separator", money.style.group_separator);
  if (money.style.decimal_separator == money.style.group_separator) {
    problems_.Add(leaf.line, "`decimal_separator` and `group_separator` must differ");
  }
  if (const YamlNode* round = node.Find("round")) {
    const std::string name = Scalar(*round, "`round`").value_or("half_even");
    if (name == "half_even") {
      money.style.rounding = Rounding::kHalfEven;
    } else if (name == "half_up") {
      money.style.rounding = Rounding::kHalfUp;
    } else {
      problems_.Add(round->line, "`round` must be half_even or half_up");
    }
  }
}

void LeafParser::ParseBool(const YamlNode& node, LeafPlan& leaf) {
  const auto add = [&](const char* key, const std::vector<std::string>& usual, bool meaning) {
    const YamlNode* values = node.Find(key);
    for (const std::string& word :
         values == nullptr ? usual : Scalars(*values, absl::StrCat("`", key, "`"))) {
      const auto [entry, added] = leaf.bool_words.emplace(absl::AsciiStrToLower(word), meaning);
      if (!added && values != nullptr && entry->second != meaning) entry->second = meaning;
    }
  };
  // What is listed comes last, so that it outweighs what is usual.
  const bool false_listed = node.Find("false_values") != nullptr;
  if (false_listed) add("true_values", {"true", "yes", "y", "t", "1"}, true);
  add("false_values", {"false", "no", "n", "f", "0"}, false);
  if (!false_listed) add("true_values", {"true", "yes", "y", "t", "1"}, true);
}

}  // namespace yilan
