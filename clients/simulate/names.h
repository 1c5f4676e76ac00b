// Names of people, companies and places.
#ifndef YILAN_CLIENTS_SIMULATE_NAMES_H_
#define YILAN_CLIENTS_SIMULATE_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clients/simulate/random.h"

namespace yilan::simulate {

struct City {
  absl::string_view name;
  absl::string_view province;
  int region;                   // The first four digits of GB/T 2260.
  int postal_code;              // Six digits.
  absl::string_view area_code;  // Of fixed lines.
};

struct PersonName {
  std::string family;
  std::string given;
  bool chinese = true;
  // As it is written on letters: "王小明", "Anna Schmidt".
  std::string Full() const;
  // As an old billing system writes it: "王　小明", "SCHMIDT ANNA".
  std::string Shouted() const;
};

// Large cities, by number of inhabitants.
const City& PickCity(Random& random);
// Chinese names by how frequent the family name is; one in twelve is a Western one.
PersonName PickPerson(bool male, Random& random);
// "杭州远景软件有限公司", or one in eight in English.
std::string PickCompany(const City& city, Random& random);
// "文三路188号2单元501室".
std::string PickStreet(Random& random);

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_NAMES_H_
