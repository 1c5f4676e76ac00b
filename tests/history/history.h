// What clients did and saw: the log that the checker reads afterwards.
//
// Every write has a number of its own, its token, which is also the version of the facts that it
// states and is written into all their fields. So whoever reads a fact knows which write made it,
// and a fact that holds two tokens is torn. Tokens are drawn when a write begins: of two writes one
// of which ended before the other began, the later has the higher token and wins.
#ifndef YILAN_TESTS_HISTORY_HISTORY_H_
#define YILAN_TESTS_HISTORY_HISTORY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/record.h"

namespace yilan::history {

// Nanoseconds of the clock that nobody sets; one for all clients of a process.
using Time = int64_t;
Time Now();

// The facts that every customer has at most one of, each under the customer's own key.
enum class Part { kProfile, kAccount, kTicket, kInteraction };
inline constexpr size_t kParts = 4;
inline constexpr std::array<Part, kParts> kAllParts = {Part::kProfile, Part::kAccount,
                                                       Part::kTicket, Part::kInteraction};
const char* NameOf(Part part);
inline size_t IndexOf(Part part) { return static_cast<size_t>(part); }

using Token = uint64_t;  // From 1.

// How one attempt, or a write with all its attempts, ended for the client.
enum class Outcome {
  kAcknowledged,  // OK.
  kFailed,        // An error that says that nothing was written.
  kUnknown,       // UNKNOWN, a deadline or a connection that was lost, or the client gave up.
};

// One write with all its attempts, which all had the same request id.
struct WriteOp {
  enum class Kind { kUpsert, kDelete, kIngest };
  Kind kind = Kind::kUpsert;
  int client = 0;
  std::string customer;     // Its key.
  std::vector<Part> parts;  // What it states; kIngest states several at once.
  Token token = 0;
  std::string request_id;                     // Empty for kIngest, which has none.
  std::optional<storage::Revision> expected;  // It was to be done only at this etag of its part.
  Time invoked = 0;                           // The first attempt began …
  Time returned = 0;                          // … and the last one ended.
  int attempts = 0;
  Outcome outcome = Outcome::kUnknown;
  // The customer's, as the answer has it: that of the write, or a later one if it was then decided
  // whose the fact is. 0 without an answer.
  storage::Revision revision = 0;
  // The fact's, as the answer has it: that of the write. 0 when the answer shows no fact, or
  // another version of it.
  storage::Revision fact_revision = 0;
  std::string customer_id;  // As the answer has it.
  std::string error;        // Of the last attempt that failed.
  // An error that no client should ever get to see: of a defect, or for a request that is good.
  std::string unexpected;
  // The request was sent again after it was acknowledged, and answered otherwise.
  std::string other_answer;
};

// A fact as it was read.
struct SeenFact {
  Token token = 0;  // 0: there is none.
  storage::Revision revision = 0;
  bool torn = false;  // Its fields do not hold one and the same token.
};

// A read that was answered.
struct ReadOp {
  enum class Kind { kViewById, kViewByKey, kViewInBatch, kFact };
  Kind kind = Kind::kViewById;
  int client = 0;
  std::string customer;
  Time invoked = 0;
  Time returned = 0;
  bool found = true;               // False: no such customer (or fact).
  storage::Revision revision = 0;  // Of a view: its etag.
  Part part = Part::kProfile;      // Of kFact.
  std::array<SeenFact, kParts> facts;
  std::string inconsistency;  // Parts of the view that contradict each other whatever was written.
};

// One page of the change feed that a follower got.
struct FeedOp {
  int client = 0;
  int partition = 0;
  uint64_t after = 0;
  Time invoked = 0;
  Time returned = 0;
  uint64_t end = 0;
  bool out_of_range = false;  // The position that it had reached was not there any more.
  std::vector<storage::Change> changes;
};

struct History {
  uint64_t seed = 0;
  std::vector<WriteOp> writes;
  std::vector<ReadOp> reads;
  std::vector<FeedOp> pages;
  uint64_t failed_reads = 0;  // Answered with an error.

  // Adds what another client did.
  void Append(History&& other);
};

// One line of text, for people.
std::string Describe(const WriteOp& op);
std::string Describe(const ReadOp& op);

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_HISTORY_H_
