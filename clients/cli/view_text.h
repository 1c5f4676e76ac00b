// A customer view as a person reads it.
#ifndef YILAN_CLIENTS_CLI_VIEW_TEXT_H_
#define YILAN_CLIENTS_CLI_VIEW_TEXT_H_

#include <string>

#include "clients/cli/terminal.h"
#include "yilan/v1/customer_service.pb.h"
#include "yilan/v1/customer_view.pb.h"
#include "yilan/v1/fact_source.pb.h"

namespace yilan::cli {

struct ViewTextOptions {
  // Also the lines of bills.
  bool bill_lines = false;
};

// Name, id and version; what is owed; the profile, each field with the source that it comes from
// and what others say; then a table for each section that has facts.
std::string ViewText(const v1::CustomerView& view, const ViewTextOptions& options,
                     const Terminal& terminal);

// "crm/C42", or "billing account billing/7".
std::string ReferenceText(const v1::SubjectReference& reference);
// All names that source systems have for a customer, separated by commas.
std::string KnownAs(const google::protobuf::RepeatedPtrField<v1::CustomerSubject>& subjects);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_VIEW_TEXT_H_
