// The facts that the clients write, and what is read back of them.
#ifndef YILAN_TESTS_HISTORY_FACTS_H_
#define YILAN_TESTS_HISTORY_FACTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tests/history/history.h"
#include "yilan/v1/billing.pb.h"
#include "yilan/v1/care.pb.h"
#include "yilan/v1/customer_view.pb.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/identifier.pb.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::history {

// The system that states them all.
inline constexpr char kSourceSystem[] = "history";

v1::CustomerIdentifier CustomerByKey(const std::string& customer);
v1::CustomerIdentifier CustomerById(const std::string& id);

// The facts of `customer` with `token` in all their fields.
v1::SourceRecord MakeProfile(const std::string& customer, Token token);
v1::BillingAccount MakeAccount(const std::string& customer, Token token);
v1::TroubleTicket MakeTicket(const std::string& customer, Token token);
v1::PartyInteraction MakeInteraction(const std::string& customer, Token token);
v1::Fact MakeFact(Part part, const std::string& customer, Token token);
// When facts with this token became true; rises with it.
google::protobuf::Timestamp EventTime(Token token);

SeenFact Seen(const v1::SourceRecord& fact);
SeenFact Seen(const v1::BillingAccount& fact);
SeenFact Seen(const v1::TroubleTicket& fact);
SeenFact Seen(const v1::PartyInteraction& fact);

// The revision in an etag; 0 when it is none.
storage::Revision RevisionOfEtag(absl::string_view etag);

// Fills in the revision, the facts and whether they contradict each other.
void ReadView(const v1::CustomerView& view, ReadOp& op);

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_FACTS_H_
