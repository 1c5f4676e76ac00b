// The provinces and prefecture-level cities of China (GB/T 2260), as addresses name them.
//
//   ProvinceAt("广西壮族自治区南宁市青秀区");  // {"广西", 24 bytes}
//   CityAt("深圳市南山区");                    // {"深圳", 9 bytes}
//
// All functions are pure and thread-safe. Text is folded and in simplified characters.
#ifndef YILAN_CORE_IDENTITY_CHINESE_REGIONS_H_
#define YILAN_CORE_IDENTITY_CHINESE_REGIONS_H_

#include "absl/strings/string_view.h"

namespace yilan::core {

// Whether two digits begin the codes of a province, or of 81 to 83: Hong Kong, Macao, Taiwan.
bool IsProvinceCode(absl::string_view two_digits);

struct RegionName {
  absl::string_view name;  // The short one: "广西", "深圳"; empty where there is none.
  size_t bytes = 0;        // What it takes of the text, with 省, 市, 自治区 and the like.
};

// The province, and the city, with which `text` begins. A name alone counts where a district,
// county or city follows it before any street: "深圳南山区…" is in Shenzhen, "南京西路" is not in
// Nanjing. Cities of which a province has the name (吉林市) are cities where 市 follows.
RegionName ProvinceAt(absl::string_view text);
RegionName CityAt(absl::string_view text);

// The province of a city by its short name; empty for one that is not in the table. Beijing,
// Tianjin, Shanghai and Chongqing are cities and provinces.
absl::string_view ProvinceOfCity(absl::string_view city);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CHINESE_REGIONS_H_
