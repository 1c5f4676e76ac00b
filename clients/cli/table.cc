#include "clients/cli/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "clients/text/utf8.h"

namespace yilan::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowestCut = 6;

}  // namespace

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size());
  for (Cell& cell : cells) cell.text = Printable(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::Widths(const Terminal& terminal, int indent) const {
  std::vector<int> widths(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    for (const auto& row : rows_) widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    if (widths[i] > 0) widths[i] = std::max(widths[i], DisplayWidth(columns_[i].title));
  }
  if (terminal.width == 0) return widths;
  const auto shown = std::count_if(widths.begin(), widths.end(), [](int w) { return w > 0; });
  int excess = std::accumulate(widths.begin(), widths.end(), 0) +
               kGap * static_cast<int>(std::max<ptrdiff_t>(shown - 1, 0)) + indent - terminal.width;
  while (excess > 0) {
    int* widest = nullptr;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (columns_[i].may_be_cut && widths[i] > kNarrowestCut &&
          (widest == nullptr || widths[i] > *widest)) {
        widest = &widths[i];
      }
    }
    if (widest == nullptr) break;
    --*widest;
    --excess;
  }
  return widths;
}

std::string Table::Render(const Terminal& terminal, int indent) const {
  const std::vector<int> widths = Widths(terminal, indent);
  std::string result;
  const auto render = [&](const auto& cell_at) {
    std::string line(static_cast<size_t>(indent), ' ');
    int owed = 0;  // Blanks that are needed only if something follows.
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == 0) continue;
      const Cell& cell = cell_at(i);
      const std::string text = Shortened(cell.text, widths[i]);
      const int blanks = widths[i] - DisplayWidth(text);
      const bool right = columns_[i].align == Align::kRight;
      if (!text.empty()) {
        const int before = owed + (right ? blanks : 0);
        line.append(static_cast<size_t>(before), ' ');
        line += terminal.Emphasized(text, cell.emphasis);
        owed = kGap + (right ? 0 : blanks);
      } else {
        owed += kGap + widths[i];
      }
    }
    result += line + "\n";
  };
  const bool titled = std::any_of(columns_.begin(), columns_.end(),
                                  [](const Column& column) { return !column.title.empty(); });
  if (titled && !rows_.empty()) {
    std::vector<Cell> titles;
    for (const Column& column : columns_) titles.push_back({column.title, Emphasis::kWeak});
    render([&](size_t i) -> const Cell& { return titles[i]; });
  }
  for (const auto& row : rows_) render([&](size_t i) -> const Cell& { return row[i]; });
  return result;
}

}  // namespace yilan::cli
