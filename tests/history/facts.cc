#include "tests/history/facts.h"

#include "absl/strings/str_cat.h"
#include "core/facts/keys.h"

namespace yilan::history {
namespace {

constexpr int64_t kFirstEvent = 1'750'000'000;  // Seconds; before any clock of a test.

std::string Stamp(Token token) { return absl::StrCat("t", token); }

template <typename Fact>
Fact Started(const std::string& customer, Token token) {
  Fact fact;
  v1::FactSource& source = *fact.mutable_source();
  source.set_source_system(kSourceSystem);
  source.set_key(customer);
  source.mutable_subject()->set_customer_key(customer);
  *source.mutable_event_time() = EventTime(token);
  source.set_version(token);
  return fact;
}

template <typename Fact>
SeenFact SeenWith(const Fact& fact, const std::string& one, const std::string& other) {
  SeenFact seen;
  seen.token = fact.source().version();
  seen.revision = RevisionOfEtag(fact.etag());
  const std::string stamp = Stamp(seen.token);
  const auto time = EventTime(seen.token);
  seen.torn = one != stamp || other != stamp ||
              fact.source().event_time().seconds() != time.seconds() ||
              fact.source().event_time().nanos() != time.nanos();
  return seen;
}

template <typename Facts>
void AddSection(const Facts& facts, Part part, const v1::CustomerView& view, ReadOp& op) {
  static constexpr const char* kTypes[kParts] = {"source_record", "billing_account",
                                                 "trouble_ticket", "party_interaction"};
  if (facts.size() > 1) {
    op.inconsistency = absl::StrCat("the view has ", facts.size(), " of the ", NameOf(part));
  }
  if (!facts.empty()) op.facts[IndexOf(part)] = Seen(*facts.begin());
  // Counted by whoever writes, from what was counted before: a lost update shows.
  int64_t count = 0;
  for (const v1::FactCount& counted : view.totals().fact_counts()) {
    if (counted.fact_type() == kTypes[IndexOf(part)]) count = counted.count();
  }
  if (count != facts.size()) {
    op.inconsistency = absl::StrCat("the view has ", facts.size(), " of the ", NameOf(part),
                                    " and counts ", count);
  }
}

}  // namespace

v1::CustomerIdentifier CustomerByKey(const std::string& customer) {
  v1::CustomerIdentifier identifier;
  identifier.mutable_subject()->set_source_system(kSourceSystem);
  identifier.mutable_subject()->set_customer_key(customer);
  return identifier;
}

v1::CustomerIdentifier CustomerById(const std::string& id) {
  v1::CustomerIdentifier identifier;
  identifier.set_customer_id(id);
  return identifier;
}

google::protobuf::Timestamp EventTime(Token token) {
  google::protobuf::Timestamp time;
  time.set_seconds(kFirstEvent + static_cast<int64_t>(token / 1'000'000));
  time.set_nanos(static_cast<int32_t>(token % 1'000'000 * 1000));
  return time;
}

v1::SourceRecord MakeProfile(const std::string& customer, Token token) {
  auto fact = Started<v1::SourceRecord>(customer, token);
  fact.set_name(Stamp(token));
  fact.set_customer_segment(Stamp(token));
  return fact;
}

v1::BillingAccount MakeAccount(const std::string& customer, Token token) {
  auto fact = Started<v1::BillingAccount>(customer, token);
  fact.set_name(Stamp(token));
  fact.set_payment_method(Stamp(token));
  return fact;
}

v1::TroubleTicket MakeTicket(const std::string& customer, Token token) {
  auto fact = Started<v1::TroubleTicket>(customer, token);
  fact.set_name(Stamp(token));
  fact.set_description(Stamp(token));
  return fact;
}

v1::PartyInteraction MakeInteraction(const std::string& customer, Token token) {
  auto fact = Started<v1::PartyInteraction>(customer, token);
  fact.set_reason(Stamp(token));
  fact.set_description(Stamp(token));
  return fact;
}

v1::Fact MakeFact(Part part, const std::string& customer, Token token) {
  v1::Fact fact;
  switch (part) {
    case Part::kProfile:
      *fact.mutable_source_record() = MakeProfile(customer, token);
      break;
    case Part::kAccount:
      *fact.mutable_billing_account() = MakeAccount(customer, token);
      break;
    case Part::kTicket:
      *fact.mutable_trouble_ticket() = MakeTicket(customer, token);
      break;
    case Part::kInteraction:
      *fact.mutable_party_interaction() = MakeInteraction(customer, token);
      break;
  }
  return fact;
}

SeenFact Seen(const v1::SourceRecord& fact) {
  return SeenWith(fact, fact.name(), fact.customer_segment());
}
SeenFact Seen(const v1::BillingAccount& fact) {
  return SeenWith(fact, fact.name(), fact.payment_method());
}
SeenFact Seen(const v1::TroubleTicket& fact) {
  return SeenWith(fact, fact.name(), fact.description());
}
SeenFact Seen(const v1::PartyInteraction& fact) {
  return SeenWith(fact, fact.reason(), fact.description());
}

storage::Revision RevisionOfEtag(absl::string_view etag) {
  return core::RevisionOf(etag).value_or(0);
}

void ReadView(const v1::CustomerView& view, ReadOp& op) {
  op.revision = RevisionOfEtag(view.etag());
  AddSection(view.source_records(), Part::kProfile, view, op);
  AddSection(view.billing_accounts(), Part::kAccount, view, op);
  AddSection(view.trouble_tickets(), Part::kTicket, view, op);
  AddSection(view.party_interactions(), Part::kInteraction, view, op);
  const std::string& stated =
      view.source_records().empty() ? std::string() : view.source_records(0).name();
  if (view.profile().name() != stated) {
    op.inconsistency = absl::StrCat("the profile says ", view.profile().name(),
                                    " and its only source record ", stated);
  }
}

}  // namespace yilan::history
