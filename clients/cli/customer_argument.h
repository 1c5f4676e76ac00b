// How a customer is named on the command line.
#ifndef YILAN_CLIENTS_CLI_CUSTOMER_ARGUMENT_H_
#define YILAN_CLIENTS_CLI_CUSTOMER_ARGUMENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/context.h"
#include "yilan/v1/identifier.pb.h"

namespace yilan::cli {

// For the help.
inline constexpr char kCustomerHelp[] =
    "The customer: Yilan's id (26 characters), a source system's key (crm/C42), a billing account "
    "(account:billing/7), or an identifier (msisdn:+8613800000000, email:a@b.c, imsi:…, iccid:…, "
    "imei:…, stb-serial:…, ont-serial:…, account-number:…, national-id:…, ip-address:…, port:…)";

// Reads a customer argument. Errors: INVALID_ARGUMENT, with the forms that there are.
absl::StatusOr<v1::CustomerIdentifier> ParseCustomer(absl::string_view text);

// The same into `customer`; false when the text names none, which is reported.
bool ReadCustomer(const std::string& text, Context& context, v1::CustomerIdentifier& customer);

// Whether the text can only be meant as an identifier, not as a name: search takes both.
bool LooksLikeIdentifier(absl::string_view text);

// The words that may stand before a colon: "msisdn", "stb-serial", "account" …
std::vector<std::string> IdentifierWords();

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_CUSTOMER_ARGUMENT_H_
