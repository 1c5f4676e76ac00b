#include "tests/history/history.h"

#include <ctime>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace yilan::history {
namespace {

template <typename T>
void MoveTo(std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::string Times(Time invoked, Time returned) {
  return absl::StrFormat("%.3f–%.3f ms", static_cast<double>(invoked) / 1e6,
                         static_cast<double>(returned) / 1e6);
}

}  // namespace

Time Now() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Time{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

const char* NameOf(Part part) {
  switch (part) {
    case Part::kProfile:
      return "source record";
    case Part::kAccount:
      return "billing account";
    case Part::kTicket:
      return "trouble ticket";
    case Part::kInteraction:
      return "interaction";
  }
  return "";
}

void History::Append(History&& other) {
  MoveTo(other.writes, writes);
  MoveTo(other.reads, reads);
  MoveTo(other.pages, pages);
  failed_reads += other.failed_reads;
}

std::string Describe(const WriteOp& op) {
  std::string what = op.kind == WriteOp::Kind::kDelete   ? "deletion of the "
                     : op.kind == WriteOp::Kind::kIngest ? "ingest of the "
                                                         : "write of the ";
  for (size_t i = 0; i < op.parts.size(); ++i) {
    absl::StrAppend(&what, i == 0 ? "" : ", ", NameOf(op.parts[i]));
  }
  const char* const outcome = op.outcome == Outcome::kAcknowledged ? "acknowledged"
                              : op.outcome == Outcome::kFailed     ? "failed for sure"
                                                                   : "of unknown outcome";
  absl::StrAppend(&what, " of ", op.customer, " with token ", op.token, " by client ", op.client,
                  " at ", Times(op.invoked, op.returned), " in ", op.attempts, " attempts, ",
                  outcome);
  if (op.revision != 0) absl::StrAppend(&what, " as r", op.revision);
  if (op.expected.has_value()) absl::StrAppend(&what, ", expecting r", *op.expected);
  if (!op.request_id.empty()) absl::StrAppend(&what, ", request ", op.request_id);
  if (!op.error.empty()) absl::StrAppend(&what, " (", op.error, ")");
  return what;
}

std::string Describe(const ReadOp& op) {
  std::string what;
  switch (op.kind) {
    case ReadOp::Kind::kViewById:
      what = "view by id";
      break;
    case ReadOp::Kind::kViewByKey:
      what = "view by key";
      break;
    case ReadOp::Kind::kViewInBatch:
      what = "view in a batch";
      break;
    case ReadOp::Kind::kFact:
      what = absl::StrCat("read of the ", NameOf(op.part));
      break;
  }
  absl::StrAppend(&what, " of ", op.customer, " by client ", op.client, " at ",
                  Times(op.invoked, op.returned));
  if (!op.found) return what + " found nothing";
  if (op.kind != ReadOp::Kind::kFact) absl::StrAppend(&what, " showed r", op.revision, ":");
  for (const Part part : kAllParts) {
    const SeenFact& fact = op.facts[IndexOf(part)];
    if (fact.token == 0) continue;
    absl::StrAppend(&what, " ", NameOf(part), " ", fact.token, " (r", fact.revision, ")",
                    fact.torn ? " torn" : "");
  }
  return what;
}

}  // namespace yilan::history
