#include "tests/identity_data/csv_output.h"

#include <array>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "core/facts/times.h"

namespace yilan::identity_data {
namespace {

constexpr int kPhones = 3;

std::string DayText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixMicros(core::MicrosOf(time)),
                          absl::UTCTimeZone());
}

std::string Quoted(const std::string& value) {
  if (value.find_first_of(",\"\n") == std::string::npos) return value;
  return absl::StrCat("\"", absl::StrReplaceAll(value, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string CsvHeader() {
  std::string header =
      "person,system,key,event_time,party_type,name,given_name,family_name,birth_date,gender,id";
  for (int i = 1; i <= kPhones; ++i) {
    absl::StrAppend(&header, ",phone", i, ",phone", i, "_from,phone", i, "_to");
  }
  return header + ",email,address,city,province,postal_code\n";
}

std::string CsvLine(const LabelledRecord& labelled) {
  const v1::SourceRecord& record = labelled.record;
  std::vector<std::string> values = {
      labelled.person,
      record.source().source_system(),
      record.source().key(),
      DayText(record.source().event_time()),
      record.party_type() == v1::PARTY_TYPE_UNSPECIFIED
          ? ""
          : v1::PartyType_Name(record.party_type()).substr(std::string("PARTY_TYPE_").size()),
      record.name(),
      record.given_name(),
      record.family_name(),
      record.birth_date(),
      record.gender(),
      record.identifications().empty() ? "" : record.identifications(0).value()};
  std::vector<std::string> phones;
  std::string email;
  v1::ContactMedium address;
  for (const v1::ContactMedium& medium : record.contact_media()) {
    switch (medium.type()) {
      case v1::CONTACT_MEDIUM_TYPE_PHONE: {
        const v1::TimePeriod& period = medium.valid_period();
        phones.push_back(medium.value());
        phones.push_back(period.has_start_time() ? DayText(period.start_time()) : "");
        phones.push_back(period.has_end_time() ? DayText(period.end_time()) : "");
        break;
      }
      case v1::CONTACT_MEDIUM_TYPE_EMAIL:
        email = medium.value();
        break;
      default:
        address = medium;
    }
  }
  phones.resize(3 * kPhones);
  values.insert(values.end(), phones.begin(), phones.end());
  for (const std::string& value : {email, address.value(), address.city(),
                                   address.state_or_province(), address.postal_code()}) {
    values.push_back(value);
  }
  for (std::string& value : values) value = Quoted(value);
  return absl::StrJoin(values, ",") + "\n";
}

}  // namespace yilan::identity_data
