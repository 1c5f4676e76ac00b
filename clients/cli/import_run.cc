#include "clients/cli/import_run.h"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "clients/cli/interrupt.h"
#include "clients/text/currency.h"
#include "clients/text/utf8.h"
#include "google/protobuf/util/json_util.h"

namespace yilan::cli {
namespace {

constexpr absl::Duration kSaveInterval = absl::Seconds(1);

}  // namespace

void ImportRun::Warn(absl::string_view message) {
  if (arguments_.quiet) return;
  const Terminal terminal = TerminalOf(stderr, context_.options.color, absl::UTCTimeZone());
  const std::string text =
      absl::StrCat(terminal.Emphasized("note:", Emphasis::kWarning), " ", message, "\n");
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void ImportRun::Run() {
  auto source = ImportSource::Open(arguments_);
  if (!source.ok()) return context_.Fail(kUnusable, source.status().message());
  source_ = *std::move(source);
  if (arguments_.dry_run) return DryRun();
  client::Client* client = context_.Connect();
  if (client == nullptr || !Prepare()) return;

  RememberInterrupts();
  client::IngestOptions options;
  options.max_batch_facts = arguments_.batch_facts;
  options.max_batches_in_flight = arguments_.batches_in_flight;
  options.give_up_after = absl::Seconds(arguments_.give_up_after_seconds);
  client::IngestSession session(
      *client, options,
      [this](uint64_t id, const v1::FactResult& result) { tracker_.TakeResult(id, result); });
  const bool sound = SendRows(session);
  const client::Status finished = session.Finish();
  if (session_status_.ok()) session_status_ = finished;
  if (!TakeFinishedRows() || !sound) return;
  progress_->Clear();
  ReportEnd(session_status_);
}

bool ImportRun::Prepare() {
  state_.server = context_.options.server;
  state_.mapping_fingerprint = source_->mapping().fingerprint();
  state_.position.fingerprint = kEmptyFingerprint;
  if (!Resume()) return false;
  rejected_ = std::make_unique<RejectedRows>(source_->rejected_path(), state_.rejected_bytes);
  const std::vector<std::string> undated = source_->mapping().FactsWithoutEventTime();
  if (!undated.empty()) {
    Warn(absl::StrCat("the mapping states no source.event_time for ", absl::StrJoin(undated, ", "),
                      "; imported again, they count as newer versions instead of duplicates"));
  }
  start_ = absl::Now();
  next_save_ = start_ + kSaveInterval;
  facts_before_ = state_.counts.facts;
  progress_.emplace(stderr, TerminalOf(stderr, context_.options.color, absl::UTCTimeZone()),
                    arguments_.quiet, start_, state_.position.offset, facts_before_);
  // That a place to save the state is missing is better known before anything is sent.
  return SaveState();
}

bool ImportRun::Resume() {
  const std::string path = source_->state_path();
  const auto fail = [this](absl::string_view why) {
    context_.Fail(kUnusable, absl::StrCat(why, "; begin anew with --restart"));
    return false;
  };
  if (arguments_.restart) return true;
  auto saved = LoadImportState(path);
  if (!saved.ok()) return fail(saved.status().message());
  if (!saved->has_value() || (*saved)->position.offset == 0) return true;
  if ((*saved)->mapping_fingerprint != state_.mapping_fingerprint) {
    return fail(absl::StrCat("an import of ", arguments_.input,
                             " was interrupted, and the mapping has changed since"));
  }
  if ((*saved)->server != state_.server) {
    return fail(absl::StrCat("an import of ", arguments_.input, " into ", (*saved)->server,
                             " was interrupted, and this is another server"));
  }
  const absl::Status there = source_->file().GoTo((*saved)->position);
  if (!there.ok()) return fail(there.message());
  state_ = **std::move(saved);
  source_->reader().ContinueFrom(state_.position);
  if (!arguments_.quiet) {
    Warn(absl::StrCat(
        "continuing behind row ", FormatCount(static_cast<int64_t>(state_.position.row)), " (line ",
        FormatCount(static_cast<int64_t>(state_.position.line)), ") of an interrupted import"));
  }
  return true;
}

bool ImportRun::SendRows(client::IngestSession& session) {
  Row row;
  while (!Interrupted() && session_status_.ok() && tracker_.gave_up().empty()) {
    const absl::StatusOr<bool> more = source_->reader().Next(row);
    if (!more.ok()) {
      context_.Fail(kUnusable, absl::StrCat(more.status().message(), "; ", HowToContinue()));
      return false;
    }
    reached_end_ = !*more;
    if (reached_end_) break;
    SendRow(row, session);
    while (!tracker_.AwaitProgress(absl::Milliseconds(200)) && !Interrupted()) ShowProgress();
    if (!TakeFinishedRows()) return false;
  }
  return true;
}

void ImportRun::SendRow(const Row& row, client::IngestSession& session) {
  std::vector<RowProblem> problems;
  converted_.clear();
  if (row.problem.has_value()) {
    problems.push_back(*row.problem);
  } else {
    source_->converter().Convert(row, converted_);
  }
  int facts = 0;
  for (ConvertedFact& converted : converted_) {
    if (converted.problem.has_value()) {
      problems.push_back(*std::move(converted.problem));
      converted.problem.emplace();
    } else {
      ++facts;
    }
  }
  const std::string number =
      row.problem.has_value() ? absl::StrCat(row.number) : source_->converter().row_number();
  const uint64_t sequence = tracker_.Begin(row, number, std::move(problems), facts);
  for (ConvertedFact& converted : converted_) {
    if (converted.problem.has_value()) continue;
    const uint64_t id = RowTracker::FactId(sequence, converted.fact);
    if (converted.fact.ByteSizeLong() > client::IngestSession::kMostFactBytes) {
      tracker_.TakeRefusal(id, "is larger than 4 MiB");
      continue;
    }
    session_status_ = session.Add(std::move(converted.fact), id);
    if (!session_status_.ok()) return;
  }
}

bool ImportRun::TakeFinishedRows() {
  while (std::optional<FinishedRow> finished = tracker_.PopFinished()) {
    if (!finished->row.problems.empty()) {
      const absl::Status written =
          rejected_->Write(source_->RejectedHeader(), source_->RejectedLine(finished->row));
      if (!written.ok()) {
        context_.Fail(kUnusable, absl::StrCat(written.message(), "; ", HowToContinue()));
        return false;
      }
    }
    state_.counts.Add(finished->counts);
    state_.position = finished->end;
  }
  ShowProgress();
  return absl::Now() < next_save_ || SaveState();
}

bool ImportRun::SaveState() {
  next_save_ = absl::Now() + kSaveInterval;
  absl::Status saved = rejected_->Flush();
  if (saved.ok()) {
    state_.rejected_bytes = rejected_->bytes();
    saved = SaveImportState(state_, source_->state_path());
  }
  if (!saved.ok()) context_.Fail(kUnusable, saved.message());
  return saved.ok();
}

void ImportRun::ShowProgress() {
  ProgressFigures figures;
  figures.bytes_done = state_.position.offset;
  figures.bytes_total = source_->file().size();
  figures.rows = state_.counts.rows;
  figures.facts = state_.counts.facts;
  figures.rejected_rows = state_.counts.rejected_rows;
  progress_->Show(figures, absl::Now());
}

std::string ImportRun::HowToContinue() const {
  return absl::StrCat(FormatCount(state_.counts.rows),
                      " rows are done; the same command continues behind them");
}

void ImportRun::ReportEnd(const client::Status& status) {
  if (!SaveState()) return;
  if (!status.ok()) {
    context_.Fail(status);
    return Warn(HowToContinue());
  }
  if (const std::string why = tracker_.gave_up(); !why.empty()) {
    return context_.Fail(kRefused, absl::StrCat("the server would not take facts any more: ", why,
                                                "; ", HowToContinue()));
  }
  if (!reached_end_) {
    return context_.Fail(kInterrupted, absl::StrCat("interrupted: ", HowToContinue()));
  }
  std::error_code ignored;
  std::filesystem::remove(source_->state_path(), ignored);
  for (const std::string& name : source_->NeverSeen()) {
    Warn(absl::StrCat("no row has a member `", name, "`, which the mapping names"));
  }
  PrintSummary();
  if (state_.counts.rejected_rows > 0) context_.set_exit_code(kRowsRejected);
}

void ImportRun::PrintSummary() {
  const ImportCounts& counts = state_.counts;
  if (arguments_.json) {
    nlohmann::ordered_json json = {{"rows", counts.rows},
                                   {"rejected_rows", counts.rejected_rows},
                                   {"facts", counts.facts},
                                   {"created", counts.created},
                                   {"updated", counts.updated},
                                   {"duplicates", counts.duplicates},
                                   {"superseded", counts.superseded},
                                   {"deleted", counts.deleted},
                                   {"rejected_facts", counts.rejected_facts},
                                   {"identity_conflicts", counts.identity_conflicts}};
    if (counts.rejected_rows > 0) json["rejected_file"] = rejected_->path();
    return context_.Print(json.dump() + "\n");
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start_);
  const auto rate = static_cast<int64_t>(static_cast<double>(counts.facts - facts_before_) /
                                         std::max(seconds, 1e-3));
  std::vector<std::string> outcomes;
  const auto add = [&outcomes](int64_t count, absl::string_view what) {
    if (count > 0) outcomes.push_back(absl::StrCat(FormatCount(count), " ", what));
  };
  add(counts.created, "new");
  add(counts.updated, "updated");
  add(counts.superseded, "older than what is there");
  add(counts.deleted, "taken back");
  add(counts.duplicates, "there already");
  add(counts.rejected_facts, "rejected");
  context_.Print(absl::StrCat(FormatCount(counts.rows), " rows, ", FormatCount(counts.facts),
                              " facts in ", absl::StrFormat("%.1f", seconds), " s (",
                              FormatCount(rate), " a second)", outcomes.empty() ? "" : ": ",
                              absl::StrJoin(outcomes, ", "), "\n"));
  if (counts.identity_conflicts > 0) {
    context_.Print(absl::StrCat(FormatCount(counts.identity_conflicts),
                                " references were not followed: they would have joined customers "
                                "that both have source records\n"));
  }
  if (counts.rejected_rows > 0) {
    context_.Print(absl::StrCat(FormatCount(counts.rejected_rows), " rows rejected: ",
                                rejected_->path(), " says why; mend it and import it\n"));
  }
}

void ImportRun::DryRun() {
  ImportCounts counts;
  int shown = 0;
  Row row;
  while (true) {
    const absl::StatusOr<bool> more = source_->reader().Next(row);
    if (!more.ok()) return context_.Fail(kUnusable, more.status().message());
    if (!*more) break;
    ++counts.rows;
    converted_.clear();
    if (row.problem.has_value()) {
      converted_.emplace_back().problem = row.problem;
    } else {
      source_->converter().Convert(row, converted_);
    }
    bool rejected = false;
    for (const ConvertedFact& converted : converted_) {
      ++counts.facts;
      if (converted.problem.has_value()) {
        ++counts.rejected_facts;
        // All of them would hide the first.
        if (counts.rejected_facts <= 20) {
          Warn(absl::StrCat(arguments_.input, ":", row.line, ": ", converted.problem->field,
                            converted.problem->field.empty() ? "" : ": ",
                            Printable(converted.problem->reason)));
        }
        rejected = true;
      } else if (shown < arguments_.show) {
        ++shown;
        google::protobuf::util::JsonPrintOptions options;
        options.add_whitespace = true;
        options.preserve_proto_field_names = true;
        std::string json;
        if (google::protobuf::util::MessageToJsonString(converted.fact, &json, options).ok()) {
          context_.Print(json);
        }
      }
    }
    if (rejected) ++counts.rejected_rows;
  }
  for (const std::string& name : source_->NeverSeen()) {
    Warn(absl::StrCat("no row has a member `", name, "`, which the mapping names"));
  }
  Warn(absl::StrCat(FormatCount(counts.rows), " rows, ", FormatCount(counts.facts), " facts, ",
                    FormatCount(counts.rejected_rows),
                    " rows would be rejected; nothing was sent"));
  if (counts.rejected_rows > 0) context_.set_exit_code(kRowsRejected);
}

}  // namespace yilan::cli
