#include "tests/history/committed.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/call.h"

namespace yilan::history {
namespace {

using storage::Change;
using storage::CustomerId;
using storage::Revision;

}  // namespace

const PartState& CustomerPast::At(Part part, Revision revision) const {
  const std::vector<PartState>& states = parts[IndexOf(part)];
  const auto after =
      std::upper_bound(states.begin(), states.end(), revision,
                       [](Revision wanted, const PartState& state) { return wanted < state.from; });
  return *(after - 1);
}

Committed::Committed(const History& history, const FinalState& state, const Reporter& report)
    : history_(history), report_(report), places_(history.writes.size()) {
  CheckFeed(state);
  FindRequests(state);
  FindIngests(state);
  for (size_t i = 0; i < places_.size(); ++i) {
    if (!places_[i].has_value()) continue;
    const std::string& key = history_.writes[i].customer;
    const auto [it, first] = customers_.emplace(key, places_[i]->customer);
    if (!first && it->second != places_[i]->customer) {
      report_(Invariant::kAtMostOnce,
              absl::StrCat(key, " is two customers, ", it->second.ToString(), " and ",
                           places_[i]->customer.ToString()));
    }
    CustomerPast& past = pasts_[places_[i]->customer];
    if (!past.key.empty() && past.key != key) {
      report_(Invariant::kAtMostOnce, absl::StrCat(past.key, " and ", key, " are one customer"));
    }
    past.key = key;
  }
  CheckOthers(state);
  Replay(state);
}

const CustomerPast* Committed::PastOf(const std::string& key) const {
  const auto it = customers_.find(key);
  return it == customers_.end() ? nullptr : &pasts_.at(it->second);
}

void Committed::CheckFeed(const FinalState& state) {
  std::map<CustomerId, std::vector<Revision>> revisions;
  uint64_t expected = 1;
  for (size_t i = 0; i < state.feed.size(); ++i) {
    const Change& change = state.feed[i];
    if (i == 0 || state.feed[i - 1].partition != change.partition) expected = 1;
    if (change.sequence != expected) {
      report_(Invariant::kFeedWithoutGaps,
              absl::StrCat("feed partition ", change.partition, " has ", change.sequence, " where ",
                           expected, " should be"));
    }
    expected = change.sequence + 1;
    CustomerPast& past = pasts_[change.customer];
    past.newest = std::max(past.newest, change.revision);
    if (change.actor == core::kOwnActor) past.own.insert(change.revision);
    std::vector<Revision>& seen = revisions[change.customer];
    const Revision before = seen.empty() ? 0 : seen.back();
    if (change.revision != before + 1) {
      report_(Invariant::kFeedWithoutGaps,
              absl::StrCat("customer ", change.customer.ToString(), " goes from r", before, " to r",
                           change.revision, " in the feed (partition ", change.partition,
                           ", sequence ", change.sequence, ")"));
    }
    seen.push_back(change.revision);
  }
}

void Committed::FindRequests(const FinalState& state) {
  std::map<std::string, std::vector<const Change*>> changes;
  for (const Change& change : state.feed) {
    if (!change.request_id.empty()) changes[change.request_id].push_back(&change);
  }
  for (size_t i = 0; i < places_.size(); ++i) {
    const WriteOp& op = history_.writes[i];
    if (op.kind == WriteOp::Kind::kIngest) continue;
    const auto it = changes.find(op.request_id);
    if (it == changes.end()) continue;
    if (it->second.size() > 1) {
      report_(Invariant::kAtMostOnce,
              absl::StrCat("in the feed ", it->second.size(), " times: ", Describe(op)));
    }
    const Change& change = *it->second.front();
    places_[i] = {change.customer, change.revision, change.partition, change.sequence};
    changes.erase(it);
  }
  for (const auto& [request_id, unknown] : changes) {
    report_(Invariant::kNoOthers,
            absl::StrCat("the feed has request ", request_id, ", which no client sent, at r",
                         unknown.front()->revision, " of customer ",
                         unknown.front()->customer.ToString()));
  }
}

void Committed::FindIngests(const FinalState& state) {
  std::map<Token, std::vector<const StoredVersion*>> versions;
  for (const StoredVersion& version : state.versions) versions[version.token].push_back(&version);
  std::map<std::pair<CustomerId, Revision>, const Change*> changes;
  for (const Change& change : state.feed) changes[{change.customer, change.revision}] = &change;
  for (size_t i = 0; i < places_.size(); ++i) {
    const WriteOp& op = history_.writes[i];
    if (op.kind != WriteOp::Kind::kIngest) continue;
    const auto it = versions.find(op.token);
    if (it == versions.end()) continue;
    std::set<Part> there;
    Place place{.customer = it->second.front()->customer};
    for (const StoredVersion* version : it->second) {
      if (!there.insert(version->part).second) {
        report_(Invariant::kAtMostOnce,
                absl::StrCat("the ", NameOf(version->part), " is stored twice: ", Describe(op)));
      }
      if (version->revision == 0) continue;
      if (place.revision != 0 && place.revision != version->revision) {
        report_(Invariant::kAtMostOnce,
                absl::StrCat("was done in parts, at r", place.revision, " and r", version->revision,
                             ": ", Describe(op)));
      }
      place.revision = version->revision;
    }
    if (there.size() != op.parts.size()) {
      report_(Invariant::kAtMostOnce, absl::StrCat("only ", there.size(), " of ", op.parts.size(),
                                                   " facts are there: ", Describe(op)));
    }
    if (place.revision != 0) {
      const auto change = changes.find({place.customer, place.revision});
      if (change == changes.end()) {
        report_(Invariant::kFeedWithoutGaps, absl::StrCat("is stored as r", place.revision,
                                                          " and not in the feed: ", Describe(op)));
      } else {
        place.partition = change->second->partition;
        place.sequence = change->second->sequence;
      }
    }
    places_[i] = place;
  }
}

// Ingests leave no request id in the feed, but each leaves one change; so does what Yilan decides
// by itself.
void Committed::CheckOthers(const FinalState& state) {
  std::map<CustomerId, int64_t> surplus;
  for (const Change& change : state.feed) {
    if (change.request_id.empty() && change.actor != core::kOwnActor) {
      ++surplus[change.customer];
    }
  }
  for (size_t i = 0; i < places_.size(); ++i) {
    if (history_.writes[i].kind == WriteOp::Kind::kIngest && places_[i].has_value()) {
      --surplus[places_[i]->customer];
    }
  }
  for (const auto& [customer, count] : surplus) {
    if (count == 0) continue;
    report_(count > 0 ? Invariant::kAtMostOnce : Invariant::kFeedWithoutGaps,
            absl::StrCat("the feed of ", pasts_[customer].key, " has ", count > 0 ? count : -count,
                         count > 0 ? " more" : " fewer",
                         " changes without a request id than there are ingests"));
  }
}

void Committed::Replay(const FinalState& state) {
  std::map<CustomerId, std::vector<std::pair<Revision, const WriteOp*>>> writes;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (!places_[i].has_value() || places_[i]->revision == 0) continue;
    writes[places_[i]->customer].emplace_back(places_[i]->revision, &history_.writes[i]);
  }
  for (auto& [customer, past] : pasts_) {
    std::vector<std::pair<Revision, const WriteOp*>>& ordered = writes[customer];
    std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first, a.second->token) < std::pair(b.first, b.second->token);
    });
    std::array<Token, kParts> newest = {};
    for (auto& states : past.parts) states = {{}};
    for (const auto& [revision, op] : ordered) {
      for (const Part part : op->parts) {
        std::vector<PartState>& states = past.parts[IndexOf(part)];
        if (op->expected.has_value() && states.back().from != *op->expected) {
          report_(Invariant::kConditions,
                  absl::StrCat("was done as r", revision, " though the ", NameOf(part), " was at r",
                               states.back().from, ": ", Describe(*op)));
        }
        // Older than what is there: to history.
        if (op->token < newest[IndexOf(part)]) continue;
        newest[IndexOf(part)] = op->token;
        states.push_back({revision, op->kind == WriteOp::Kind::kDelete ? 0 : op->token});
      }
    }
  }
  std::map<std::pair<CustomerId, Part>, const StoredVersion*> current;
  std::set<std::tuple<CustomerId, Part, Token>> stored_versions;
  for (const StoredVersion& version : state.versions) {
    if (version.current) current[{version.customer, version.part}] = &version;
    stored_versions.insert({version.customer, version.part, version.token});
  }
  for (const auto& [customer, ordered] : writes) {
    for (const auto& [revision, op] : ordered) {
      for (const Part part : op->parts) {
        if (op->kind == WriteOp::Kind::kDelete ||
            stored_versions.contains({customer, part, op->token})) {
          continue;
        }
        report_(Invariant::kNothingLost, absl::StrCat("is in the feed as r", revision,
                                                      ", but neither current nor in "
                                                      "history: ",
                                                      Describe(*op)));
      }
    }
  }
  for (const auto& [customer, past] : pasts_) {
    for (const Part part : kAllParts) {
      const PartState& last = past.parts[IndexOf(part)].back();
      const auto it = current.find({customer, part});
      const Token stored = it == current.end() ? 0 : it->second->token;
      if (stored == last.token) continue;
      report_(Invariant::kNothingLost,
              absl::StrCat("the ", NameOf(part), " of ", past.key, " is that of token ", stored,
                           "; by the writes in the feed it should be that of ", last.token, " (r",
                           last.from, ")"));
    }
  }
}

}  // namespace yilan::history
