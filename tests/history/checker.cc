#include "tests/history/checker.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/history/committed.h"

namespace yilan::history {
namespace {

using storage::Change;
using storage::Revision;

constexpr size_t kWordsPerInvariant = 3;

// A client learnt at `time` that the customer is at `revision` at least (`learnt`), or began at
// `time` what then happened at `revision`.
struct Event {
  Time time = 0;
  bool learnt = false;
  Revision revision = 0;
  bool write = false;  // Of a beginning: the revision must be one that nobody saw before.
  std::string (*describe)(const void*) = nullptr;
  const void* op = nullptr;
};

template <typename Op>
std::string DescribeOp(const void* op) {
  return Describe(*static_cast<const Op*>(op));
}

class Checker {
 public:
  Checker(const History& history, const FinalState& state)
      : history_(history),
        state_(state),
        report_([this](Invariant invariant, std::string words) {
          result_.violations.push_back({invariant, std::move(words)});
        }),
        committed_(history, state, report_) {}

  Report Run() {
    result_.seed = history_.seed;
    CheckWrites();
    for (const ReadOp& op : history_.reads) {
      ++result_.reads;
      op.kind == ReadOp::Kind::kFact ? CheckFact(op) : CheckView(op);
    }
    CheckRealTime();
    CheckFollowers();
    result_.failed_reads = history_.failed_reads;
    result_.changes = state_.feed.size();
    return std::move(result_);
  }

 private:
  void CheckWrites() {
    for (size_t i = 0; i < history_.writes.size(); ++i) {
      const WriteOp& op = history_.writes[i];
      const std::optional<Place>& place = committed_.PlaceOf(i);
      ++result_.writes;
      if (op.attempts > 1) ++result_.repeated;
      if (!op.unexpected.empty()) {
        report_(Invariant::kExpectedErrors, absl::StrCat(op.unexpected, ": ", Describe(op)));
      }
      if (!op.other_answer.empty()) {
        report_(Invariant::kOneAnswer, absl::StrCat(op.other_answer, ": ", Describe(op)));
      }
      switch (op.outcome) {
        case Outcome::kAcknowledged:
          ++result_.acknowledged;
          CheckAcknowledged(op, place);
          break;
        case Outcome::kFailed:
          ++result_.failed;
          if (place.has_value()) {
            report_(Invariant::kFailedMeansNot,
                    absl::StrCat("is there, at r", place->revision, ": ", Describe(op)));
          }
          break;
        case Outcome::kUnknown:
          ++result_.unknown;
          if (place.has_value()) ++result_.unknown_applied;
          break;
      }
      if (!place.has_value() || place->revision == 0) continue;
      Began(op.customer, op.invoked, place->revision, /*write=*/true, op);
      if (op.outcome == Outcome::kAcknowledged) {
        Learnt(op.customer, op.returned, std::max(place->revision, op.revision), op);
      }
    }
  }

  void CheckAcknowledged(const WriteOp& op, const std::optional<Place>& place) {
    if (!place.has_value()) {
      report_(Invariant::kNothingLost, absl::StrCat("is not there: ", Describe(op)));
      return;
    }
    if (op.kind == WriteOp::Kind::kIngest) return;  // Its answer names neither.
    const CustomerPast* const past = committed_.PastOf(op.customer);
    // Before it was answered it was decided whose the subject is, by this call or another.
    const auto decided = past->own.upper_bound(place->revision);
    const bool resolved = decided != past->own.end() && *decided <= op.revision;
    const bool as_written = op.fact_revision == 0 || op.fact_revision == place->revision;
    if ((op.revision != place->revision && !resolved) || !as_written ||
        op.customer_id != place->customer.ToString()) {
      report_(Invariant::kNothingLost,
              absl::StrCat("is there as r", place->revision, " of ", place->customer.ToString(),
                           " and was answered as of ", op.customer_id, ": ", Describe(op)));
    }
  }

  void CheckView(const ReadOp& op) {
    const CustomerPast* const past = committed_.PastOf(op.customer);
    if (!op.found) {
      Began(op.customer, op.invoked, 0, /*write=*/false, op);
      return;
    }
    if (!op.inconsistency.empty()) {
      report_(Invariant::kOneVersion, absl::StrCat(op.inconsistency, ": ", Describe(op)));
    }
    if (past == nullptr || op.revision > past->newest || op.revision == 0) {
      report_(Invariant::kNothingLost,
              absl::StrCat("showed what is not there; the newest is r",
                           past == nullptr ? 0 : past->newest, ": ", Describe(op)));
      return;
    }
    for (const Part part : kAllParts) {
      const SeenFact& seen = op.facts[IndexOf(part)];
      const PartState& expected = past->At(part, op.revision);
      const Revision revision = expected.token == 0 ? 0 : expected.from;
      if (seen.torn || seen.token != expected.token || seen.revision != revision) {
        report_(Invariant::kOneVersion,
                absl::StrCat("the ", NameOf(part), " at r", op.revision, " is that of token ",
                             expected.token, " (r", revision, "): ", Describe(op)));
      }
    }
    Began(op.customer, op.invoked, op.revision, /*write=*/false, op);
    Learnt(op.customer, op.returned, op.revision, op);
  }

  // A fact alone does not say at which revision of the customer it was read: only that this was
  // while it was the current one.
  void CheckFact(const ReadOp& op) {
    const CustomerPast* const past = committed_.PastOf(op.customer);
    const SeenFact& seen = op.facts[IndexOf(op.part)];
    const std::vector<PartState> none = {{}};
    const std::vector<PartState>& states = past == nullptr ? none : past->parts[IndexOf(op.part)];
    const PartState* shown = nullptr;
    Revision until = 0;  // It was the current one before this; 0: it still is.
    for (size_t i = 0; i < states.size(); ++i) {
      const bool fits = seen.token == 0
                            ? states[i].token == 0
                            : states[i].token == seen.token && states[i].from == seen.revision;
      if (!fits) continue;
      shown = &states[i];
      until = i + 1 == states.size() ? 0 : states[i + 1].from;
    }
    if (shown == nullptr || seen.torn) {
      report_(shown == nullptr ? Invariant::kNothingLost : Invariant::kOneVersion,
              absl::StrCat("showed what was never there: ", Describe(op)));
      return;
    }
    // Of something that is gone any of its absences may be meant; the last is the least strict.
    Began(op.customer, op.invoked, until == 0 ? kNewest : until - 1, /*write=*/false, op);
    if (seen.token != 0) Learnt(op.customer, op.returned, shown->from, op);
  }

  static constexpr Revision kNewest = ~Revision{0};

  template <typename Op>
  void Began(const std::string& customer, Time time, Revision revision, bool write, const Op& op) {
    events_[customer].push_back({time, false, revision, write, &DescribeOp<Op>, &op});
  }
  template <typename Op>
  void Learnt(const std::string& customer, Time time, Revision revision, const Op& op) {
    events_[customer].push_back({time, true, revision, false, &DescribeOp<Op>, &op});
  }

  void CheckRealTime() {
    for (auto& [customer, events] : events_) {
      // What ends at the moment at which another begins is taken to be at the same time as it.
      std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
        return std::tie(a.time, a.learnt) < std::tie(b.time, b.learnt);
      });
      const Event* known = nullptr;  // Of the highest revision.
      for (const Event& event : events) {
        if (event.learnt) {
          if (known == nullptr || event.revision > known->revision) known = &event;
          continue;
        }
        if (known == nullptr) continue;
        if (event.write ? event.revision > known->revision : event.revision >= known->revision) {
          continue;
        }
        report_(Invariant::kRealTime,
                absl::StrCat(event.describe(event.op),
                             event.write ? ": was seen, or followed, before it began by: "
                                         : ": is older than what had ended before: ",
                             known->describe(known->op)));
      }
    }
  }

  void CheckFollowers() {
    std::map<std::pair<int, uint64_t>, const Change*> feed;
    std::map<int, uint64_t> ends;
    for (const Change& change : state_.feed) {
      feed[{change.partition, change.sequence}] = &change;
      ends[change.partition] = change.sequence;
    }
    for (const FeedOp& page : history_.pages) {
      ++result_.feed_pages;
      const std::string who = absl::StrCat("follower ", page.client, " of partition ",
                                           page.partition, " after ", page.after);
      if (page.out_of_range) {
        report_(Invariant::kFeedAsFollowed,
                absl::StrCat(who, ": its position is not there any more"));
        continue;
      }
      if (page.end > ends[page.partition]) {
        report_(Invariant::kFeedAsFollowed,
                absl::StrCat(who, ": was told that the feed ends at ", page.end, "; it ends at ",
                             ends[page.partition]));
      }
      uint64_t expected = page.after + 1;
      for (const Change& change : page.changes) {
        const auto it = feed.find({page.partition, change.sequence});
        if (change.sequence != expected || it == feed.end() || !(*it->second == change)) {
          report_(Invariant::kFeedAsFollowed,
                  absl::StrCat(who, ": was given ", change.sequence, " (r", change.revision, " of ",
                               change.customer.ToString(), ", request ", change.request_id,
                               ") where the feed has ",
                               it == feed.end() || change.sequence != expected
                                   ? absl::StrCat(expected)
                                   : absl::StrCat("r", it->second->revision, ", request ",
                                                  it->second->request_id)));
          break;
        }
        ++expected;
      }
    }
    CheckEnds();
  }

  // Whoever asks for the end of the feed after a write was acknowledged is told of it.
  void CheckEnds() {
    struct Moment {
      Time time = 0;
      bool asks = false;
      int partition = 0;
      uint64_t sequence = 0;
      const WriteOp* write = nullptr;
      const FeedOp* page = nullptr;
    };
    std::vector<Moment> moments;
    for (size_t i = 0; i < history_.writes.size(); ++i) {
      const WriteOp& op = history_.writes[i];
      const std::optional<Place>& place = committed_.PlaceOf(i);
      if (op.outcome != Outcome::kAcknowledged || !place.has_value() || place->sequence == 0) {
        continue;
      }
      moments.push_back({.time = op.returned,
                         .partition = place->partition,
                         .sequence = place->sequence,
                         .write = &op});
    }
    for (const FeedOp& page : history_.pages) {
      if (page.out_of_range) continue;
      moments.push_back({.time = page.invoked,
                         .asks = true,
                         .partition = page.partition,
                         .sequence = page.end,
                         .page = &page});
    }
    std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
      return std::tuple(a.time, !a.asks) < std::tuple(b.time, !b.asks);
    });
    std::map<int, const Moment*> known;
    for (const Moment& moment : moments) {
      const Moment*& last = known[moment.partition];
      if (!moment.asks) {
        if (last == nullptr || moment.sequence > last->sequence) last = &moment;
      } else if (last != nullptr && moment.sequence < last->sequence) {
        report_(
            Invariant::kRealTime,
            absl::StrCat("follower ", moment.page->client, " of partition ", moment.partition,
                         " was told that the feed ends at ", moment.sequence, "; before it asked, ",
                         last->sequence, " was acknowledged: ", Describe(*last->write)));
      }
    }
  }

  const History& history_;
  const FinalState& state_;
  Report result_;
  const Committed::Reporter report_;
  const Committed committed_;
  std::map<std::string, std::vector<Event>> events_;  // By customer.
};

}  // namespace

const char* NameOf(Invariant invariant) {
  switch (invariant) {
    case Invariant::kNothingLost:
      return "nothing acknowledged is lost";
    case Invariant::kFailedMeansNot:
      return "what failed for sure is not there";
    case Invariant::kAtMostOnce:
      return "a write is there once and whole, or not at all";
    case Invariant::kOneAnswer:
      return "one request has one answer";
    case Invariant::kNoOthers:
      return "nothing is there that nobody wrote";
    case Invariant::kOneVersion:
      return "a view shows one version";
    case Invariant::kRealTime:
      return "real-time order";
    case Invariant::kConditions:
      return "conditional writes hold to their condition";
    case Invariant::kFeedWithoutGaps:
      return "the feed has no gaps";
    case Invariant::kFeedAsFollowed:
      return "the feed is as it was followed";
    case Invariant::kExpectedErrors:
      return "errors are of the database, not of a defect";
  }
  return "";
}

bool Report::Breaks(Invariant invariant) const {
  return std::any_of(violations.begin(), violations.end(), [invariant](const Violation& violation) {
    return violation.invariant == invariant;
  });
}

std::string Report::Figures() const {
  return absl::StrFormat(
      "%d writes: %d acknowledged, %d failed for sure, %d unknown (%d of them done), %d sent more "
      "than once; %d reads and %d that failed; %d pages of the feed, %d changes",
      writes, acknowledged, failed, unknown, unknown_applied, repeated, reads, failed_reads,
      feed_pages, changes);
}

std::string Report::ToString() const {
  std::string text = Figures();
  if (sound()) return text + "; all invariants hold";
  std::map<Invariant, size_t> counts;
  for (const Violation& violation : violations) ++counts[violation.invariant];
  for (const auto& [invariant, count] : counts) {
    absl::StrAppend(&text, "\n  BROKEN, ", count, " times: ", NameOf(invariant));
    size_t shown = 0;
    for (const Violation& violation : violations) {
      if (violation.invariant != invariant) continue;
      if (++shown > kWordsPerInvariant) break;
      absl::StrAppend(&text, "\n    ", violation.words);
    }
  }
  absl::StrAppend(&text, "\n  replay with YILAN_SEED=", seed,
                  " (the clients draw the same; the timing is another)");
  return text;
}

Report Check(const History& history, const FinalState& state) {
  return Checker(history, state).Run();
}

}  // namespace yilan::history
