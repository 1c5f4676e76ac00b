#include "clients/simulate/names.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace yilan::simulate {
namespace {

// The 40 most frequent family names, by people in 100,000 (Ministry of Public Security, 2020).
constexpr std::array kFamilyNames = {
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐",   "孙",  "胡", "朱",
    "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩",   "唐",  "冯", "于",
    "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "欧阳", "司马"};
constexpr std::array<int, 40> kFamilyWeights = {
    7250, 7190, 6830, 5380, 4530, 3080, 2290, 2230, 2120, 2050, 1660, 1540, 1310, 1260,
    1210, 1180, 1170, 1150, 1050, 860,  840,  810,  780,  720,  680,  650,  640,  620,
    610,  590,  570,  570,  540,  540,  540,  510,  500,  500,  110,  20};
constexpr std::array kMaleNames = {"伟",   "强",   "磊",   "军",   "勇",   "杰",   "涛",
                                   "明",   "超",   "建国", "建华", "志强", "文博", "浩然",
                                   "子轩", "宇航", "俊杰", "国栋", "海涛", "小明", "晓东"};
constexpr std::array kFemaleNames = {"芳",   "娜",   "敏",   "静",   "丽",   "艳",   "娟",
                                     "霞",   "秀英", "桂英", "丽娟", "晓燕", "雪梅", "婷婷",
                                     "欣怡", "梓涵", "雨桐", "诗涵", "佳怡", "小红", "玉兰"};
constexpr std::array kWesternFamilyNames = {"Smith",  "Müller",   "O'Brien", "Garcia", "Schmidt",
                                            "Dubois", "Johnson",  "Rossi",   "Novák",  "Andersen",
                                            "Brown",  "Kowalska", "Silva",   "Ivanov", "Martin"};
constexpr std::array kWesternMaleNames = {"John", "Thomas", "Luis", "Pierre", "Erik", "David"};
constexpr std::array kWesternFemaleNames = {"Anna", "Maria", "Sophie", "Emma", "Laura", "Élodie"};

constexpr std::array<City, 16> kCities = {{{"北京", "北京市", 1101, 100000, "010"},
                                           {"上海", "上海市", 3101, 200000, "021"},
                                           {"广州", "广东省", 4401, 510000, "020"},
                                           {"深圳", "广东省", 4403, 518000, "0755"},
                                           {"成都", "四川省", 5101, 610000, "028"},
                                           {"重庆", "重庆市", 5001, 400000, "023"},
                                           {"杭州", "浙江省", 3301, 310000, "0571"},
                                           {"武汉", "湖北省", 4201, 430000, "027"},
                                           {"西安", "陕西省", 6101, 710000, "029"},
                                           {"南京", "江苏省", 3201, 210000, "025"},
                                           {"天津", "天津市", 1201, 300000, "022"},
                                           {"郑州", "河南省", 4101, 450000, "0371"},
                                           {"长沙", "湖南省", 4301, 410000, "0731"},
                                           {"沈阳", "辽宁省", 2101, 110000, "024"},
                                           {"青岛", "山东省", 3702, 266000, "0532"},
                                           {"昆明", "云南省", 5301, 650000, "0871"}}};
constexpr std::array<int, 16> kCityWeights = {22, 25, 19, 18, 21, 20, 12, 13,
                                              13, 9,  14, 13, 10, 9,  10, 8};

constexpr std::array kStreets = {"人民路", "中山路", "解放路", "建设路", "文化路",
                                 "和平街", "新华街", "长江路", "学院路", "科技大道"};
constexpr std::array kBrands = {"远景", "恒达", "新联", "博瑞", "天成", "华茂", "中锐", "金桥",
                                "优联", "东方", "鼎盛", "宏图", "星海", "汇通", "启明", "佳信"};
constexpr std::array kTrades = {"软件",     "物流",     "贸易",     "电子科技", "建筑工程",
                                "餐饮管理", "广告传媒", "医疗器械", "教育咨询", "机械制造"};
constexpr std::array kEnglishTrades = {"Logistics", "Software", "Trading", "Consulting"};
constexpr std::array kEnglishBrands = {"Pacific", "Northwind", "Eastgate", "Bluestone", "Harbour"};

template <size_t n>
const char* Pick(const std::array<const char*, n>& choices, Random& random) {
  return choices[random.Below(n)];
}

}  // namespace

std::string PersonName::Full() const {
  return chinese ? absl::StrCat(family, given) : absl::StrCat(given, " ", family);
}

std::string PersonName::Shouted() const {
  return chinese ? absl::StrCat(family, "　", given)
                 : absl::AsciiStrToUpper(absl::StrCat(family, " ", given));
}

const City& PickCity(Random& random) { return kCities[random.Weighted(kCityWeights)]; }

PersonName PickPerson(bool male, Random& random) {
  PersonName name;
  name.chinese = random.Below(12) != 0;
  if (name.chinese) {
    name.family = kFamilyNames[random.Weighted(kFamilyWeights)];
    name.given = male ? Pick(kMaleNames, random) : Pick(kFemaleNames, random);
  } else {
    name.family = Pick(kWesternFamilyNames, random);
    name.given = male ? Pick(kWesternMaleNames, random) : Pick(kWesternFemaleNames, random);
  }
  return name;
}

// Draws stand in statements of their own: the order of arguments is up to the compiler.
std::string PickCompany(const City& city, Random& random) {
  if (random.Below(8) == 0) {
    const char* brand = Pick(kEnglishBrands, random);
    const char* trade = Pick(kEnglishTrades, random);
    return absl::StrCat(brand, " ", trade, " (China) Co., Ltd.");
  }
  const char* brand = Pick(kBrands, random);
  const char* trade = Pick(kTrades, random);
  return absl::StrCat(city.name, brand, trade, "有限公司");
}

std::string PickStreet(Random& random) {
  const char* street = Pick(kStreets, random);
  const int64_t number = random.Between(1, 400);
  const int64_t staircase = random.Between(1, 9);
  const int64_t floor = random.Between(1, 30);
  const int64_t door = random.Between(1, 4);
  return absl::StrCat(street, number, "号", staircase, "单元", floor, "0", door, "室");
}

}  // namespace yilan::simulate
