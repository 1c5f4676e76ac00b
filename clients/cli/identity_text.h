// Decisions on who is who, as people read them.
#ifndef YILAN_CLIENTS_CLI_IDENTITY_TEXT_H_
#define YILAN_CLIENTS_CLI_IDENTITY_TEXT_H_

#include <string>

#include "clients/cli/terminal.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "yilan/v1/identity_event.pb.h"

namespace yilan::cli {

// A table of events in their order: when, what, which subjects, why, who, and the id by which a
// merge is undone.
std::string HistoryText(const google::protobuf::RepeatedPtrField<v1::IdentityEvent>& events,
                        const Terminal& terminal);

// A probability as "99.8 %": with as many digits as tell it from 0 and 1.
std::string ProbabilityText(double probability);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IDENTITY_TEXT_H_
