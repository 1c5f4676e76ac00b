#include "tests/bench/report.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/log.h"

namespace yilan::bench {
namespace {

// Four digits that count, without an exponent.
std::string Number(double value) {
  const double size = std::abs(value);
  if (size >= 1000) return absl::StrFormat("%.0f", value);
  if (size >= 100) return absl::StrFormat("%.1f", value);
  if (size >= 10) return absl::StrFormat("%.2f", value);
  return absl::StrFormat("%.3f", value);
}

// JSON has no number for what is not one.
std::string JsonNumber(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.6g", value) : "null";
}

std::string JsonString(absl::string_view text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

}  // namespace

std::string Figure::bar() const {
  if (!bar_.has_value()) return "";
  return absl::StrCat(bar_->on_ratio ? "ratio " : "",
                      bar_->at_least ? ">= " : "<= ", absl::StrFormat("%g", bar_->limit));
}

std::optional<bool> Figure::holds() const {
  if (!bar_.has_value()) return std::nullopt;
  // A bar on a ratio that could not be formed is not reached.
  const double measured = bar_->on_ratio ? ratio_.value_or(std::nan("")) : value_;
  return bar_->at_least ? measured >= bar_->limit : measured <= bar_->limit;
}

Figure& Figure::Against(absl::string_view reference) {
  const Figure* const other = report_->Find(reference);
  return Against(reference, other != nullptr ? value_ / other->value_ : std::nan(""));
}

Figure& Figure::Against(absl::string_view reference, double ratio) {
  reference_ = std::string(reference);
  ratio_ = ratio;
  return *this;
}

Figure& Figure::SetBar(bool on_ratio, bool at_least, double limit) {
  bar_ = Bar{on_ratio, at_least, at_least ? limit / report_->slack_ : limit * report_->slack_};
  return *this;
}

Figure& Report::Add(std::string name, double value, std::string unit) {
  figures_.push_back(Figure(*this, std::move(name), value, std::move(unit)));
  return figures_.back();
}

const Figure* Report::Find(absl::string_view name) const {
  for (const Figure& figure : figures_) {
    if (figure.name() == name) return &figure;
  }
  return nullptr;
}

bool Report::AllHold() const {
  return std::all_of(figures_.begin(), figures_.end(),
                     [](const Figure& figure) { return figure.holds().value_or(true); });
}

void Report::Print(std::FILE* out) const {
  std::vector<std::vector<std::string>> rows = {{suite_, "value", "unit", "ratio", "bar", "holds"}};
  for (const Figure& figure : figures_) {
    const std::optional<bool> holds = figure.holds();
    rows.push_back({figure.name(), Number(figure.value()), figure.unit(),
                    figure.ratio().has_value() ? Number(*figure.ratio()) : "", figure.bar(),
                    !holds.has_value() ? ""
                    : *holds           ? "yes"
                                       : "NO"});
  }
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      const bool number = i == 1 || i == 3;
      absl::StrAppend(&line, number ? blanks : "", row[i], number ? "" : blanks, "  ");
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    std::fprintf(out, "%s\n", line.c_str());
  }
}

std::string Report::ToJson() const {
  std::string json = "[";
  for (const Figure& figure : figures_) {
    const std::optional<bool> holds = figure.holds();
    absl::StrAppend(
        &json, &figure == &figures_.front() ? "\n" : ",\n",
        "  {\"name\": ", JsonString(figure.name()), ", \"value\": ", JsonNumber(figure.value()),
        ", \"unit\": ", JsonString(figure.unit()),
        ", \"reference\": ", figure.reference().empty() ? "null" : JsonString(figure.reference()),
        ", \"ratio\": ", figure.ratio().has_value() ? JsonNumber(*figure.ratio()) : "null",
        ", \"bar\": ", figure.bar().empty() ? "null" : JsonString(figure.bar()), ", \"holds\": ",
        !holds.has_value() ? "null"
        : *holds           ? "true"
                           : "false",
        "}");
  }
  return absl::StrCat(json, "\n]\n");
}

absl::Status Report::WriteJson(const std::string& path) const {
  std::ofstream file(path);
  file << ToJson();
  file.close();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace yilan::bench
