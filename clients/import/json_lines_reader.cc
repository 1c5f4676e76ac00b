#include "clients/import/json_lines_reader.h"

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/text/utf8.h"

namespace yilan {
namespace {

constexpr size_t kDeepest = 32;

}  // namespace

// Picks the values of the wanted columns while the object is parsed, without building it.
class JsonLinesReader::Handler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Handler(JsonLinesReader& reader) : reader_(reader) {}

  const std::optional<RowProblem>& problem() const { return problem_; }

  bool null() override { return Leaf(absl::string_view(), false); }
  bool boolean(bool value) override { return Leaf(value ? "true" : "false", true); }
  bool number_integer(number_integer_t value) override { return Leaf(absl::StrCat(value), true); }
  bool number_unsigned(number_unsigned_t value) override { return Leaf(absl::StrCat(value), true); }
  bool number_float(number_float_t, const string_t& text) override { return Leaf(text, true); }
  bool string(string_t& value) override {
    if (value.find('\0') != std::string::npos) {
      problem_ = {"", path_, "has a NUL character; remove it"};
      return false;
    }
    return Leaf(value, true);
  }
  bool binary(binary_t&) override { return Fail("is binary"); }

  bool start_object(size_t) override { return Open('{'); }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open('['); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    path_.resize(levels_.back().path_size);
    absl::StrAppend(&path_, path_.empty() ? "" : ".", name);
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem_ = {"", "", absl::StrCat("is not JSON at position ", position)};
    return false;
  }

 private:
  struct Level {
    char kind;
    size_t path_size;
    size_t elements = 0;
  };

  bool Fail(absl::string_view reason) {
    problem_ = {"", path_, std::string(reason)};
    return false;
  }

  // Before an element of an array: its path.
  void NextElement() {
    if (levels_.empty() || levels_.back().kind != '[') return;
    path_.resize(levels_.back().path_size);
    absl::StrAppend(&path_, "[", levels_.back().elements++, "]");
  }

  bool Open(char kind) {
    if (levels_.empty() && kind != '{') return Fail("is not a JSON object");
    NextElement();
    if (levels_.size() == kDeepest) return Fail("is nested too deeply");
    if (!levels_.empty() && reader_.columns_.contains(path_)) {
      return Fail("is an object or a list, not a value; name one of its members");
    }
    levels_.push_back({kind, path_.size()});
    return true;
  }

  bool Close() {
    path_.resize(levels_.back().path_size);
    levels_.pop_back();
    return true;
  }

  bool Leaf(absl::string_view text, bool present) {
    if (levels_.empty()) return Fail("is not a JSON object");
    NextElement();
    const auto column = reader_.columns_.find(path_);
    if (column == reader_.columns_.end()) return true;
    Value& value = reader_.found_[column->second];
    if (value.present) return Fail("is stated twice");
    value = {reader_.values_.size(), text.size(), present};
    reader_.values_.append(text.data(), text.size());
    reader_.seen_[column->second] = true;
    return true;
  }

  JsonLinesReader& reader_;
  std::string path_;
  std::vector<Level> levels_;
  std::optional<RowProblem> problem_;
};

absl::StatusOr<std::unique_ptr<JsonLinesReader>> JsonLinesReader::Open(ByteSource& source) {
  std::unique_ptr<JsonLinesReader> reader(new JsonLinesReader(source));
  ASSIGN_OR_RETURN(const bool has_mark, reader->lines_.SkipByteOrderMark());
  if (has_mark) {
    reader->position_.offset = 3;
    reader->position_.fingerprint = ExtendFingerprint(kEmptyFingerprint, "\xEF\xBB\xBF");
  }
  return reader;
}

absl::StatusOr<std::vector<size_t>> JsonLinesReader::Columns(
    const std::vector<std::string>& names) {
  std::vector<size_t> indexes;
  for (const std::string& name : names) {
    const auto [column, added] = columns_.emplace(name, names_.size());
    if (added) names_.push_back(name);
    indexes.push_back(column->second);
  }
  seen_.resize(names_.size());
  return indexes;
}

void JsonLinesReader::ContinueFrom(const InputPosition& position) {
  lines_.Restart();
  position_ = position;
  // What the rows before stated is not known any more.
  seen_.assign(seen_.size(), true);
}

std::vector<std::string> JsonLinesReader::NeverSeen() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < names_.size(); ++i) {
    if (!seen_[i]) names.push_back(names_[i]);
  }
  return names;
}

absl::StatusOr<bool> JsonLinesReader::Next(Row& row) {
  record_.clear();
  values_.clear();
  found_.assign(names_.size(), Value());
  row.problem.reset();
  row.cells.clear();

  bool whole = true;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<absl::string_view> line, lines_.Next(kMostRowBytes));
    if (!line.has_value()) {
      if (record_.empty()) return false;
      break;
    }
    position_.offset += line->size();
    position_.fingerprint = ExtendFingerprint(position_.fingerprint, *line);
    // Of a line that is too long only the beginning is kept.
    whole = whole && record_.size() + line->size() <= kMostRowBytes;
    if (whole || record_.empty()) record_.append(line->data(), line->size());
    if (!absl::EndsWith(*line, "\n") && !absl::EndsWith(*line, "\r")) continue;
    if (!absl::StripAsciiWhitespace(record_).empty()) break;
    ++position_.line;
    record_.clear();
  }
  row.line = ++position_.line;
  row.number = ++position_.row;
  row.raw = WithoutLineEnd(record_);
  row.end = position_;

  if (!whole) {
    row.problem = {"", "", absl::StrCat("the line is longer than ", kMostRowBytes, " bytes")};
  } else if (const size_t at = FirstInvalidUtf8(row.raw); at != absl::string_view::npos) {
    row.problem = {"", "", NotUtf8(row.raw, at)};
  } else {
    Handler handler(*this);
    nlohmann::json::sax_parse(row.raw.begin(), row.raw.end(), &handler);
    row.problem = handler.problem();
  }
  if (row.problem.has_value()) return true;
  for (const Value& value : found_) {
    row.cells.push_back(
        {absl::string_view(values_).substr(value.begin, value.size), value.present});
  }
  return true;
}

}  // namespace yilan
