#include "clients/cli/simulate_run.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/cli/interrupt.h"
#include "clients/text/currency.h"
#include "google/protobuf/util/json_util.h"
#include "yilan/client/ingest_session.h"

namespace yilan::cli {
namespace {

simulate::SimulatorOptions OptionsOf(const SimulateArguments& arguments) {
  return {.facts_per_customer = arguments.facts_per_customer,
          .order = arguments.shuffle ? simulate::SimulatorOptions::Order::kShuffled
                                     : simulate::SimulatorOptions::Order::kSystemsInTurn};
}

std::string ReasonOf(const v1::FactResult& result) {
  if (result.violations().empty()) return v1::FactOutcome_Name(result.outcome());
  const v1::FactViolation& violation = result.violations(0);
  return absl::StrCat(violation.field(), violation.field().empty() ? "" : ": ",
                      violation.description());
}

}  // namespace

SimulateRun::SimulateRun(const SimulateArguments& arguments, Context& context)
    : arguments_(arguments),
      context_(context),
      simulator_(arguments.seed, arguments.customers, OptionsOf(arguments)),
      start_(absl::Now()),
      next_customer_(arguments.first) {}

void SimulateRun::Run() {
  if (arguments_.first >= arguments_.customers) {
    return context_.Fail(kUnusable, absl::StrCat("--first ", arguments_.first,
                                                 " is behind the last customer, which is ",
                                                 arguments_.customers - 1));
  }
  progress_.emplace(stderr, TerminalOf(stderr, context_.options.color, absl::UTCTimeZone()),
                    arguments_.quiet, start_, /*bytes_before=*/0, /*facts_before=*/0);
  if (arguments_.output.empty()) {
    IntoServer();
  } else {
    IntoFile();
  }
}

bool SimulateRun::ForEachFact(const std::function<bool(v1::Fact, uint64_t)>& take) {
  uint64_t id = 0;
  for (; next_customer_ < simulator_.customers(); ++next_customer_) {
    if (Interrupted()) return false;
    for (v1::Fact& fact : simulator_.FactsOf(next_customer_)) {
      if (!take(std::move(fact), id++)) return false;
    }
    ShowProgress();
  }
  return true;
}

void SimulateRun::IntoServer() {
  client::Client* client = context_.Connect();
  if (client == nullptr) return;
  RememberInterrupts();
  client::IngestOptions options;
  options.max_batch_facts = arguments_.batch_facts;
  options.max_batches_in_flight = arguments_.batches_in_flight;
  client::IngestSession session(
      *client, options, [this](uint64_t, const v1::FactResult& result) { TakeResult(result); });
  client::Status status;
  const bool all = ForEachFact([&](v1::Fact fact, uint64_t id) {
    status = session.Add(std::move(fact), id);
    MutexLock lock(mutex_);
    return status.ok() && gave_up_.empty();
  });
  const client::Status finished = session.Finish();
  if (status.ok()) status = finished;
  progress_->Clear();
  if (!status.ok()) return context_.Fail(status);
  {
    MutexLock lock(mutex_);
    if (!gave_up_.empty()) {
      return context_.Fail(kRefused,
                           absl::StrCat("the server would not take facts any more: ", gave_up_));
    }
  }
  if (!all) return context_.Fail(kInterrupted, absl::StrCat("interrupted; ", HowToContinue()));
  PrintSummary();
}

void SimulateRun::TakeResult(const v1::FactResult& result) {
  MutexLock lock(mutex_);
  if (result.outcome() == v1::FACT_OUTCOME_RETRY) {
    if (gave_up_.empty()) gave_up_ = ReasonOf(result);
    return;
  }
  counts_.Add(result);
  if (counts_.rejected_facts == 1 && first_problem_.empty()) first_problem_ = ReasonOf(result);
}

void SimulateRun::IntoFile() {
  const bool to_stdout = arguments_.output == "-";
  std::FILE* const file = to_stdout ? stdout : std::fopen(arguments_.output.c_str(), "wb");
  const auto cannot_write = [this] {
    progress_->Clear();
    context_.Fail(kUnusable,
                  absl::StrCat("cannot write ", arguments_.output, ": ", std::strerror(errno)));
  };
  if (file == nullptr) return cannot_write();
  RememberInterrupts();
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string line;
  bool written = true;
  const bool all = ForEachFact([&](const v1::Fact& fact, uint64_t) {
    line.clear();
    // Cannot fail: facts hold text only.
    (void)google::protobuf::util::MessageToJsonString(fact, &line, options);
    line.push_back('\n');
    written = std::fwrite(line.data(), 1, line.size(), file) == line.size();
    MutexLock lock(mutex_);
    ++counts_.facts;
    return written;
  });
  written = (to_stdout ? std::fflush(file) : std::fclose(file)) == 0 && written;
  if (!written) return cannot_write();
  progress_->Clear();
  if (!all) {
    return context_.Fail(kInterrupted,
                         absl::StrCat("interrupted; ", arguments_.output, " is not complete"));
  }
  // On standard output there are facts and nothing else.
  if (!to_stdout) PrintSummary();
}

void SimulateRun::ShowProgress() {
  ProgressFigures figures;
  {
    MutexLock lock(mutex_);
    figures.facts = counts_.facts;
    figures.rejected_rows = counts_.rejected_facts;
  }
  figures.rows = figures.facts / arguments_.facts_per_customer;
  figures.unit = "customers";
  figures.bytes_done = static_cast<uint64_t>(figures.facts);
  figures.bytes_total = (arguments_.customers - arguments_.first) *
                        static_cast<uint64_t>(arguments_.facts_per_customer);
  progress_->Show(figures, absl::Now());
}

std::string SimulateRun::HowToContinue() const {
  return absl::StrCat("the same command with --first ", next_customer_, " continues");
}

void SimulateRun::PrintSummary() {
  MutexLock lock(mutex_);
  const uint64_t customers = arguments_.customers - arguments_.first;
  const double seconds = std::max(absl::ToDoubleSeconds(absl::Now() - start_), 1e-3);
  if (arguments_.json) {
    const nlohmann::ordered_json json = {{"customers", customers},
                                         {"facts", counts_.facts},
                                         {"created", counts_.created},
                                         {"duplicates", counts_.duplicates},
                                         {"rejected_facts", counts_.rejected_facts},
                                         {"identity_conflicts", counts_.identity_conflicts},
                                         {"seconds", seconds}};
    context_.Print(json.dump() + "\n");
  } else {
    std::string text = absl::StrCat(
        FormatCount(static_cast<int64_t>(customers)), " customers, ", FormatCount(counts_.facts),
        " facts in ", absl::StrFormat("%.1f", seconds), " s (",
        FormatCount(std::llround(static_cast<double>(counts_.facts) / seconds)), " a second)");
    if (counts_.duplicates > 0) {
      absl::StrAppend(&text, ", ", FormatCount(counts_.duplicates), " there already");
    }
    if (counts_.rejected_facts > 0) {
      absl::StrAppend(&text, ", ", FormatCount(counts_.rejected_facts),
                      " rejected; the first: ", first_problem_);
    }
    context_.Print(text + "\n");
  }
  if (counts_.rejected_facts > 0) context_.set_exit_code(kRowsRejected);
}

}  // namespace yilan::cli
