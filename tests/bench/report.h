// What a benchmark has found, as a table for people and a file for machines.
//
//   Report report("view");
//   report.Add("canned bytes, 64 in flight", 52'000, "calls/s");
//   report.Add("cached view, 64 in flight", 48'000, "calls/s")
//       .Against("canned bytes, 64 in flight")
//       .RatioAtLeast(0.85);
//   report.Print(stdout);
//   RETURN_IF_ERROR(report.WriteJson("build/bench/view.json"));
//
// Not thread-safe.
#ifndef YILAN_TESTS_BENCH_REPORT_H_
#define YILAN_TESTS_BENCH_REPORT_H_

#include <cstdio>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace yilan::bench {

// One figure. Its bar is on the ratio, or on the value itself.
class Figure {
 public:
  const std::string& name() const { return name_; }
  double value() const { return value_; }
  const std::string& unit() const { return unit_; }
  // The name of the figure that this one is compared with; empty for none.
  const std::string& reference() const { return reference_; }
  const std::optional<double>& ratio() const { return ratio_; }
  // "ratio >= 0.85", "<= 5"; empty for none.
  std::string bar() const;
  // Whether the bar is reached; nothing when there is none.
  std::optional<bool> holds() const;

  // Compares with a figure of the same report and unit that was added before.
  Figure& Against(absl::string_view reference);
  // The same with a ratio that was measured otherwise than by dividing the two values: the median
  // of several rounds, say.
  Figure& Against(absl::string_view reference, double ratio);
  Figure& RatioAtLeast(double limit) { return SetBar(true, true, limit); }
  Figure& RatioAtMost(double limit) { return SetBar(true, false, limit); }
  Figure& AtLeast(double limit) { return SetBar(false, true, limit); }
  Figure& AtMost(double limit) { return SetBar(false, false, limit); }

 private:
  friend class Report;
  struct Bar {
    bool on_ratio = false;
    bool at_least = false;
    double limit = 0;
  };

  Figure(const class Report& report, std::string name, double value, std::string unit)
      : report_(&report), name_(std::move(name)), value_(value), unit_(std::move(unit)) {}
  Figure& SetBar(bool on_ratio, bool at_least, double limit);

  const class Report* report_;
  std::string name_;
  double value_;
  std::string unit_;
  std::string reference_;
  std::optional<double> ratio_;
  std::optional<Bar> bar_;
};

class Report {
 public:
  // `slack` loosens every bar by that factor: for small runs on a busy machine, which only show
  // that the benchmarks work and that nothing is out of all proportion.
  explicit Report(std::string suite, double slack = 1) : suite_(std::move(suite)), slack_(slack) {}

  const std::string& suite() const { return suite_; }
  // The reference stays good as long as the report.
  Figure& Add(std::string name, double value, std::string unit);
  const std::deque<Figure>& figures() const { return figures_; }
  // Whether every bar is reached.
  bool AllHold() const;

  // An aligned table.
  void Print(std::FILE* out) const;
  std::string ToJson() const;
  // Writes ToJson() to a file; its directory must be there.
  absl::Status WriteJson(const std::string& path) const;

 private:
  friend class Figure;
  const Figure* Find(absl::string_view name) const;

  const std::string suite_;
  const double slack_;
  std::deque<Figure> figures_;  // Which a figure that is added does not move.
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_REPORT_H_
