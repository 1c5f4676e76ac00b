// Which columns the sections of a view have for people.
#ifndef YILAN_CLIENTS_CLI_SECTIONS_H_
#define YILAN_CLIENTS_CLI_SECTIONS_H_

#include <string>
#include <vector>

#include "clients/cli/table.h"
#include "google/protobuf/descriptor.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::cli {

struct SectionColumn {
  std::string title;
  std::string paths;  // As PathText takes them.
  Table::Align align = Table::Align::kLeft;
  bool may_be_cut = true;
};

// The columns for a kind of fact; for a kind that this file does not know, those of its fields that
// are plain values.
std::vector<SectionColumn> ColumnsOf(const google::protobuf::Descriptor& fact_type);

// One fact in one line, without its time: "A-17-2024-01, sent, 56.95 USD".
std::string SummaryOf(const google::protobuf::Message& fact, absl::TimeZone zone);

// The fact of the oneof, or nothing when none is set.
const google::protobuf::Message* FactIn(const v1::Fact& fact);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_SECTIONS_H_
