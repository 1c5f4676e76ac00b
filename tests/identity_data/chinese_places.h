// Where made-up Chinese people live, and how addresses are written.
#ifndef YILAN_TESTS_IDENTITY_DATA_CHINESE_PLACES_H_
#define YILAN_TESTS_IDENTITY_DATA_CHINESE_PLACES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clients/simulate/random.h"

namespace yilan::identity_data {

using simulate::Random;

// A district of a city, or a county (GB/T 2260).
struct District {
  absl::string_view province;   // 广东省, 北京市
  absl::string_view city;       // 深圳市
  absl::string_view name;       // 南山区
  absl::string_view code;       // 440305
  absl::string_view area_code;  // 0755
  absl::string_view postal_code;
  bool rural = false;
};

struct Address {
  const District* district = nullptr;
  // In towns.
  std::string road;
  int house = 0;
  std::string estate;  // A name of a housing estate, or empty.
  int building = 0;    // 0 where the house has no parts.
  int unit = 0;
  int room = 0;
  // In the country: many houses have no number.
  std::string town;
  std::string village;
  int group = 0;
};

// By people; `rural` chooses counties.
const District& PickDistrict(bool rural, Random& random);
// A flat in a town, or an office: a house with rooms.
Address PickTownAddress(const District& district, Random& random);
// A village of a county; there are few of each, so that many share one. `family_name`, if not null,
// gets the name that most people of the village have.
Address PickVillageAddress(const District& district, Random& random, std::string* family_name);

// How one source writes addresses. All of these are usual.
enum class AddressStyle {
  kFull,           // 广东省深圳市南山区科技园路12号3栋2单元501室
  kNoProvince,     // 深圳市南山区科技园路12号3栋2单元501室
  kShortNames,     // 广东深圳南山区科技园路12号3栋2单元501
  kFromDistrict,   // 南山区科技园路12号3栋2单元501室
  kFromRoad,       // 科技园路12号3-2-501
  kChineseDigits,  // 南山区科技园路十二号三栋二单元五〇一室
  kEstateOnly,     // 阳光花园3栋2单元501; as kFromDistrict where there is no estate.
  kCourtyard,      // 广东省深圳市南山区科技园路12号院3号楼2单元501
};
std::string WriteAddress(const Address& address, AddressStyle style);
// As kFull, blanks between its parts.
std::string WriteAddressWithBlanks(const Address& address);
// A number in characters: 12 is 十二, 501 is 五〇一.
std::string NumberInCharacters(int number);

// A telephone number of a fixed line in the district, with area code: "0755-26712345".
std::string PickFixedLine(const District& district, Random& random);

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_CHINESE_PLACES_H_
