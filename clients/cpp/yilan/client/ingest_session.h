// Facts in bulk: one stream to IngestService, that mends itself.
//
//   IngestSession session(client, {}, [](uint64_t id, const yilan::v1::FactResult& result) {
//     if (result.outcome() == yilan::v1::FACT_OUTCOME_REJECTED) …
//   });
//   for (uint64_t id = 0; …; ++id) {
//     if (Status status = session.Add(MakeFact(id), id); !status.ok()) return status;
//   }
//   return session.Finish();
//
// Facts go out in batches, several of them under way at once; Add() waits while that many are
// unanswered, so a session takes a bounded amount of memory however many facts go through it. When
// the stream breaks it is opened again, and what was not answered is sent again: a fact that the
// server had stored before the break then comes back as DUPLICATE (provided that it states its
// event_time). Facts that come back as RETRY are sent again after a pause, behind facts that were
// added later; their versions keep them in order.
#ifndef YILAN_CLIENT_INGEST_SESSION_H_
#define YILAN_CLIENT_INGEST_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "yilan/client/client.h"
#include "yilan/client/status.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::client {

struct IngestOptions {
  // A batch is sent when it has so many facts or bytes; the server takes 5,000 and 4 MiB.
  int max_batch_facts = 1000;
  int64_t max_batch_bytes = 1 << 20;
  // Batches without an answer.
  int max_batches_in_flight = 8;
  // How long to go on trying while nothing is answered: a broken connection, or facts that come
  // back as RETRY.
  absl::Duration give_up_after = absl::Seconds(60);
  // The same before the first answer: a server that was never there.
  absl::Duration give_up_connecting_after = absl::Seconds(3);
  // Pause before the first retry; doubles up to the longest, and is stretched at random.
  absl::Duration shortest_pause = absl::Milliseconds(50);
  absl::Duration longest_pause = absl::Seconds(5);
  // Of an earlier session, to go on counting positions behind it. A token that the server does not
  // know any more is dropped.
  std::string resume_token;
};

// Thread-safe, except that Finish() comes last.
class IngestSession {
 public:
  // Largest fact that can be sent.
  static constexpr size_t kMostFactBytes = (4 << 20) - (4 << 10);

  // Called once for each fact that has a final result, with the id given to Add(), from a thread of
  // the session, one call at a time. Must not call the session. The outcome is RETRY only for a
  // fact that the server would not take for `give_up_after`.
  using ResultCallback = std::function<void(uint64_t id, const v1::FactResult& result)>;

  // `client` must outlive the session.
  IngestSession(const Client& client, const IngestOptions& options, ResultCallback on_result);
  // Abandons what has no result yet.
  ~IngestSession();

  // Queues a fact. Waits while as many batches are unanswered as may be. Errors: INVALID_ARGUMENT
  // when the fact alone is larger than a message may be, and it is not sent; any other error is
  // that of the session, which is over: what has no result by now gets none.
  Status Add(v1::Fact fact, uint64_t id);
  // Sends what is queued without waiting for the batch to fill.
  Status Flush();
  // Sends what is queued and waits until every fact has its result, or the session has failed.
  Status Finish();

  // Names the prefix of the stream that the server has finished; empty before the first answer.
  std::string resume_token() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yilan::client

#endif  // YILAN_CLIENT_INGEST_SESSION_H_
