#include "core/care/care_facts.h"

#include "absl/strings/str_cat.h"

namespace yilan::core {

TimeMicros FactRules<v1::PartyInteraction>::OccurrenceTime(
    const v1::PartyInteraction& interaction) {
  return MicrosOf(interaction.has_start_time() ? interaction.start_time()
                                               : interaction.source().event_time());
}

void FactRules<v1::PartyInteraction>::Check(const v1::PartyInteraction& interaction,
                                            absl::string_view path, Violations& violations) {
  if (interaction.has_start_time() && interaction.has_end_time() &&
      MicrosOf(interaction.end_time()) < MicrosOf(interaction.start_time())) {
    violations.Add(absl::StrCat(path, ".end_time"), "is before start_time");
  }
}

TimeMicros FactRules<v1::TroubleTicket>::OccurrenceTime(const v1::TroubleTicket& ticket) {
  return MicrosOf(ticket.has_creation_time() ? ticket.creation_time()
                                             : ticket.source().event_time());
}

void FactRules<v1::TroubleTicket>::Check(const v1::TroubleTicket& ticket, absl::string_view path,
                                         Violations& violations) {
  if (ticket.has_creation_time() && ticket.has_resolution_time() &&
      MicrosOf(ticket.resolution_time()) < MicrosOf(ticket.creation_time())) {
    violations.Add(absl::StrCat(path, ".resolution_time"), "is before creation_time");
  }
}

void FactRules<v1::TroubleTicket>::Tally(const v1::TroubleTicket& ticket, int sign, TimeMicros,
                                         yilan::storage::v1::Subject& totals) {
  switch (ticket.status()) {
    case v1::TROUBLE_TICKET_STATUS_RESOLVED:
    case v1::TROUBLE_TICKET_STATUS_CLOSED:
    case v1::TROUBLE_TICKET_STATUS_REJECTED:
    case v1::TROUBLE_TICKET_STATUS_CANCELLED:
      return;
    default:
      totals.set_open_trouble_tickets(totals.open_trouble_tickets() + sign);
  }
}

}  // namespace yilan::core
