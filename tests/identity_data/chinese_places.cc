#include "tests/identity_data/chinese_places.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace yilan::identity_data {
namespace {

// GB/T 2260. The towns come before the counties.
constexpr size_t kTowns = 103;
constexpr std::array<District, 121> kDistricts = {{
    {"北京市", "北京市", "东城区", "110101", "010", "100000", false},
    {"北京市", "北京市", "西城区", "110102", "010", "100100", false},
    {"北京市", "北京市", "朝阳区", "110105", "010", "100200", false},
    {"北京市", "北京市", "丰台区", "110106", "010", "100300", false},
    {"北京市", "北京市", "海淀区", "110108", "010", "100400", false},
    {"北京市", "北京市", "通州区", "110112", "010", "100500", false},
    {"北京市", "北京市", "昌平区", "110114", "010", "100600", false},
    {"上海市", "上海市", "黄浦区", "310101", "021", "200000", false},
    {"上海市", "上海市", "徐汇区", "310104", "021", "200100", false},
    {"上海市", "上海市", "静安区", "310106", "021", "200200", false},
    {"上海市", "上海市", "普陀区", "310107", "021", "200300", false},
    {"上海市", "上海市", "杨浦区", "310110", "021", "200400", false},
    {"上海市", "上海市", "闵行区", "310112", "021", "200500", false},
    {"上海市", "上海市", "浦东新区", "310115", "021", "200600", false},
    {"上海市", "上海市", "松江区", "310117", "021", "200700", false},
    {"天津市", "天津市", "和平区", "120101", "022", "300000", false},
    {"天津市", "天津市", "河西区", "120103", "022", "300100", false},
    {"天津市", "天津市", "南开区", "120104", "022", "300200", false},
    {"重庆市", "重庆市", "渝中区", "500103", "023", "400000", false},
    {"重庆市", "重庆市", "江北区", "500105", "023", "400100", false},
    {"重庆市", "重庆市", "沙坪坝区", "500106", "023", "400200", false},
    {"重庆市", "重庆市", "九龙坡区", "500107", "023", "400300", false},
    {"广东省", "广州市", "荔湾区", "440103", "020", "510000", false},
    {"广东省", "广州市", "越秀区", "440104", "020", "510100", false},
    {"广东省", "广州市", "海珠区", "440105", "020", "510200", false},
    {"广东省", "广州市", "天河区", "440106", "020", "510300", false},
    {"广东省", "广州市", "白云区", "440111", "020", "510400", false},
    {"广东省", "广州市", "番禺区", "440113", "020", "510500", false},
    {"广东省", "深圳市", "罗湖区", "440303", "0755", "518000", false},
    {"广东省", "深圳市", "福田区", "440304", "0755", "518100", false},
    {"广东省", "深圳市", "南山区", "440305", "0755", "518200", false},
    {"广东省", "深圳市", "宝安区", "440306", "0755", "518300", false},
    {"广东省", "深圳市", "龙岗区", "440307", "0755", "518400", false},
    {"广东省", "佛山市", "禅城区", "440604", "0757", "528000", false},
    {"广东省", "佛山市", "南海区", "440605", "0757", "528100", false},
    {"广东省", "佛山市", "顺德区", "440606", "0757", "528200", false},
    {"四川省", "成都市", "锦江区", "510104", "028", "610000", false},
    {"四川省", "成都市", "青羊区", "510105", "028", "610100", false},
    {"四川省", "成都市", "金牛区", "510106", "028", "610200", false},
    {"四川省", "成都市", "武侯区", "510107", "028", "610300", false},
    {"四川省", "成都市", "成华区", "510108", "028", "610400", false},
    {"浙江省", "杭州市", "上城区", "330102", "0571", "310000", false},
    {"浙江省", "杭州市", "拱墅区", "330105", "0571", "310100", false},
    {"浙江省", "杭州市", "西湖区", "330106", "0571", "310200", false},
    {"浙江省", "杭州市", "滨江区", "330108", "0571", "310300", false},
    {"浙江省", "宁波市", "海曙区", "330203", "0574", "315000", false},
    {"浙江省", "宁波市", "鄞州区", "330212", "0574", "315100", false},
    {"湖北省", "武汉市", "江岸区", "420102", "027", "430000", false},
    {"湖北省", "武汉市", "江汉区", "420103", "027", "430100", false},
    {"湖北省", "武汉市", "武昌区", "420106", "027", "430200", false},
    {"湖北省", "武汉市", "洪山区", "420111", "027", "430300", false},
    {"陕西省", "西安市", "碑林区", "610103", "029", "710000", false},
    {"陕西省", "西安市", "莲湖区", "610104", "029", "710100", false},
    {"陕西省", "西安市", "雁塔区", "610113", "029", "710200", false},
    {"陕西省", "西安市", "未央区", "610112", "029", "710300", false},
    {"江苏省", "南京市", "玄武区", "320102", "025", "210000", false},
    {"江苏省", "南京市", "秦淮区", "320104", "025", "210100", false},
    {"江苏省", "南京市", "鼓楼区", "320106", "025", "210200", false},
    {"江苏省", "南京市", "江宁区", "320115", "025", "210300", false},
    {"江苏省", "苏州市", "姑苏区", "320508", "0512", "215000", false},
    {"江苏省", "苏州市", "吴中区", "320506", "0512", "215100", false},
    {"江苏省", "苏州市", "相城区", "320507", "0512", "215200", false},
    {"河南省", "郑州市", "中原区", "410102", "0371", "450000", false},
    {"河南省", "郑州市", "二七区", "410103", "0371", "450100", false},
    {"河南省", "郑州市", "金水区", "410105", "0371", "450200", false},
    {"湖南省", "长沙市", "芙蓉区", "430102", "0731", "410000", false},
    {"湖南省", "长沙市", "岳麓区", "430104", "0731", "410100", false},
    {"湖南省", "长沙市", "开福区", "430105", "0731", "410200", false},
    {"湖南省", "长沙市", "雨花区", "430111", "0731", "410300", false},
    {"辽宁省", "沈阳市", "和平区", "210102", "024", "110000", false},
    {"辽宁省", "沈阳市", "沈河区", "210103", "024", "110100", false},
    {"辽宁省", "沈阳市", "铁西区", "210106", "024", "110200", false},
    {"辽宁省", "大连市", "中山区", "210202", "0411", "116000", false},
    {"辽宁省", "大连市", "西岗区", "210203", "0411", "116100", false},
    {"山东省", "青岛市", "市南区", "370202", "0532", "266000", false},
    {"山东省", "青岛市", "市北区", "370203", "0532", "266100", false},
    {"山东省", "青岛市", "李沧区", "370213", "0532", "266200", false},
    {"山东省", "济南市", "历下区", "370102", "0531", "250000", false},
    {"山东省", "济南市", "市中区", "370103", "0531", "250100", false},
    {"山东省", "济南市", "天桥区", "370105", "0531", "250200", false},
    {"云南省", "昆明市", "五华区", "530102", "0871", "650000", false},
    {"云南省", "昆明市", "盘龙区", "530103", "0871", "650100", false},
    {"云南省", "昆明市", "官渡区", "530111", "0871", "650200", false},
    {"黑龙江省", "哈尔滨市", "道里区", "230102", "0451", "150000", false},
    {"黑龙江省", "哈尔滨市", "南岗区", "230103", "0451", "150100", false},
    {"黑龙江省", "哈尔滨市", "香坊区", "230110", "0451", "150200", false},
    {"福建省", "福州市", "鼓楼区", "350102", "0591", "350000", false},
    {"福建省", "福州市", "台江区", "350103", "0591", "350100", false},
    {"福建省", "福州市", "仓山区", "350104", "0591", "350200", false},
    {"福建省", "厦门市", "思明区", "350203", "0592", "361000", false},
    {"福建省", "厦门市", "湖里区", "350206", "0592", "361100", false},
    {"安徽省", "合肥市", "瑶海区", "340102", "0551", "230000", false},
    {"安徽省", "合肥市", "庐阳区", "340103", "0551", "230100", false},
    {"安徽省", "合肥市", "蜀山区", "340104", "0551", "230200", false},
    {"河北省", "石家庄市", "长安区", "130102", "0311", "050000", false},
    {"河北省", "石家庄市", "桥西区", "130104", "0311", "050100", false},
    {"河北省", "石家庄市", "新华区", "130105", "0311", "050200", false},
    {"广西壮族自治区", "南宁市", "兴宁区", "450102", "0771", "530000", false},
    {"广西壮族自治区", "南宁市", "青秀区", "450103", "0771", "530100", false},
    {"新疆维吾尔自治区", "乌鲁木齐市", "天山区", "650102", "0991", "830000", false},
    {"新疆维吾尔自治区", "乌鲁木齐市", "沙依巴克区", "650103", "0991", "830100", false},
    {"内蒙古自治区", "呼和浩特市", "新城区", "150102", "0471", "010000", false},
    {"内蒙古自治区", "呼和浩特市", "赛罕区", "150105", "0471", "010100", false},
    {"安徽省", "阜阳市", "临泉县", "341221", "0558", "236000", true},
    {"安徽省", "阜阳市", "太和县", "341222", "0558", "236100", true},
    {"河南省", "周口市", "商水县", "411623", "0394", "466000", true},
    {"河南省", "驻马店市", "上蔡县", "411722", "0396", "463000", true},
    {"河南省", "驻马店市", "新蔡县", "411729", "0396", "463100", true},
    {"山东省", "菏泽市", "曹县", "371721", "0530", "274000", true},
    {"山东省", "菏泽市", "单县", "371722", "0530", "274100", true},
    {"四川省", "南充市", "仪陇县", "511324", "0817", "637000", true},
    {"广东省", "茂名市", "高州市", "440981", "0668", "525000", true},
    {"广东省", "茂名市", "化州市", "440982", "0668", "525100", true},
    {"广西壮族自治区", "玉林市", "博白县", "450923", "0775", "537000", true},
    {"广西壮族自治区", "玉林市", "北流市", "450981", "0775", "537100", true},
    {"江西省", "赣州市", "宁都县", "360730", "0797", "341000", true},
    {"江西省", "赣州市", "于都县", "360731", "0797", "341100", true},
    {"湖南省", "邵阳市", "隆回县", "430524", "0739", "422000", true},
    {"湖北省", "黄冈市", "蕲春县", "421126", "0713", "438000", true},
    {"湖北省", "黄冈市", "麻城市", "421181", "0713", "438100", true},
    {"河北省", "沧州市", "献县", "130929", "0317", "061000", true},
}};

constexpr std::array<absl::string_view, 40> kRoads = {
    "人民路",   "中山路",   "解放路", "建设路", "文化路",   "和平街",   "新华街",   "长江路",
    "学院路",   "科技大道", "五一路", "八一路", "胜利街",   "南京路",   "北京路",   "青年路",
    "工农路",   "友谊大街", "朝阳街", "花园路", "迎宾大道", "滨河路",   "体育场路", "车站街",
    "东风西路", "环城东路", "民主路", "复兴路", "团结巷",   "三元里路", "二七路",   "振兴街",
    "光明路",   "幸福路",   "黄河路", "劳动路", "师范街",   "工业一路", "天山大道", "西门外大街"};
constexpr std::array<absl::string_view, 24> kEstates = {
    "阳光花园",     "锦绣家园", "幸福小区", "世纪城",   "翠湖苑",     "金色港湾",
    "万科城市花园", "东方明珠", "绿地新城", "御景湾",   "怡景苑",     "星河湾",
    "碧桂园",       "丽都花园", "明珠小区", "安居苑",   "机关家属院", "铁路小区",
    "华府名邸",     "水岸花城", "桃源里",   "新村小区", "书香门第",   "恒大绿洲"};
constexpr std::array<absl::string_view, 10> kTownNames = {"城关镇", "新集镇", "马头镇", "石桥乡",
                                                          "大庙镇", "双河镇", "柳林乡", "白塔镇",
                                                          "青龙镇", "高楼乡"};
// A village, and the family name that most in it have.
struct Village {
  absl::string_view name;
  absl::string_view family_name;
};
constexpr std::array<Village, 16> kVillages = {{
    {"王家庄村", "王"},
    {"李家村", "李"},
    {"张庄村", "张"},
    {"刘家湾村", "刘"},
    {"陈家坝村", "陈"},
    {"杨楼村", "杨"},
    {"赵家沟村", "赵"},
    {"黄泥村", "黄"},
    {"周家桥村", "周"},
    {"吴家堰村", "吴"},
    {"徐集村", "徐"},
    {"孙庄村", "孙"},
    {"马寨村", "马"},
    {"朱家角村", "朱"},
    {"胡家店村", "胡"},
    {"郭庄村", "郭"},
}};

absl::string_view ShortProvince(absl::string_view province) {
  for (const absl::string_view ending :
       {"壮族自治区", "维吾尔自治区", "回族自治区", "自治区", "省", "市"}) {
    if (absl::ConsumeSuffix(&province, ending)) break;
  }
  return province;
}

std::string Number(int number, bool in_characters) {
  return in_characters ? NumberInCharacters(number) : absl::StrCat(number);
}

// What is below the district.
std::string WriteBelow(const Address& address, AddressStyle style) {
  const bool in_characters = style == AddressStyle::kChineseDigits;
  std::string text;
  if (!address.village.empty()) {
    if (style != AddressStyle::kEstateOnly) text = address.town;
    text += address.village;
    absl::StrAppend(
        &text, Number(address.group, in_characters || style == AddressStyle::kCourtyard), "组");
    if (address.house > 0) absl::StrAppend(&text, Number(address.house, in_characters), "号");
    return text;
  }
  const bool estate_only = style == AddressStyle::kEstateOnly && !address.estate.empty();
  if (!estate_only) {
    absl::StrAppend(&text, address.road, Number(address.house, in_characters), "号");
    if (style == AddressStyle::kCourtyard && address.building > 0) text += "院";
  }
  if (style != AddressStyle::kFromRoad && style != AddressStyle::kCourtyard) text += address.estate;
  if (address.building == 0) {
    if (address.room > 0) absl::StrAppend(&text, Number(address.room, in_characters), "室");
    return text;
  }
  switch (style) {
    case AddressStyle::kFromRoad:
      absl::StrAppend(&text, address.building, "-", address.unit, "-", address.room);
      break;
    case AddressStyle::kCourtyard:
      absl::StrAppend(&text, address.building, "号楼", address.unit, "单元", address.room);
      break;
    default:
      absl::StrAppend(&text, Number(address.building, in_characters), "栋",
                      Number(address.unit, in_characters), "单元",
                      Number(address.room, in_characters));
      if (style != AddressStyle::kShortNames && !estate_only) text += "室";
  }
  return text;
}

std::string WriteAbove(const District& district, AddressStyle style) {
  const bool municipality = district.province == district.city;
  switch (style) {
    case AddressStyle::kFull:
    case AddressStyle::kCourtyard:
      return absl::StrCat(municipality ? "" : district.province, district.city, district.name);
    case AddressStyle::kNoProvince:
      return absl::StrCat(district.city, district.name);
    case AddressStyle::kShortNames:
      return absl::StrCat(municipality ? "" : ShortProvince(district.province),
                          absl::StripSuffix(district.city, "市"), district.name);
    case AddressStyle::kFromRoad:
      return "";
    default:
      return std::string(district.name);
  }
}

}  // namespace

const District& PickDistrict(bool rural, Random& random) {
  const size_t index =
      rural ? kTowns + random.Below(kDistricts.size() - kTowns) : random.Below(kTowns);
  return kDistricts[index];
}

Address PickTownAddress(const District& district, Random& random) {
  Address address;
  address.district = &district;
  address.road = std::string(kRoads[random.Below(kRoads.size())]);
  address.house = static_cast<int>(1 + random.Below(random.Chance(70) ? 150 : 600));
  if (random.Chance(45)) address.estate = std::string(kEstates[random.Below(kEstates.size())]);
  if (random.Chance(85)) {
    address.building = static_cast<int>(1 + random.Below(20));
    address.unit = static_cast<int>(1 + random.Below(4));
  }
  address.room = static_cast<int>((1 + random.Below(18)) * 100 + 1 + random.Below(4));
  return address;
}

Address PickVillageAddress(const District& district, Random& random, std::string* family_name) {
  Address address;
  address.district = &district;
  address.town = std::string(kTownNames[random.Below(3)]);
  const Village& village = kVillages[random.Below(kVillages.size())];
  address.village = std::string(village.name);
  if (family_name != nullptr) *family_name = std::string(village.family_name);
  address.group = static_cast<int>(1 + random.Below(8));
  if (random.Chance(30)) address.house = static_cast<int>(1 + random.Below(60));
  return address;
}

std::string WriteAddress(const Address& address, AddressStyle style) {
  return absl::StrCat(WriteAbove(*address.district, style), WriteBelow(address, style));
}

std::string WriteAddressWithBlanks(const Address& address) {
  const District& district = *address.district;
  return absl::StrCat(district.province, " ", district.city, " ", district.name, " ",
                      WriteBelow(address, AddressStyle::kFull));
}

std::string NumberInCharacters(int number) {
  constexpr std::array<absl::string_view, 10> kDigits = {"〇", "一", "二", "三", "四",
                                                         "五", "六", "七", "八", "九"};
  std::string text;
  if (number < 100 && number > 0) {
    const auto tens = static_cast<size_t>(number / 10);
    const auto ones = static_cast<size_t>(number % 10);
    if (tens > 1) absl::StrAppend(&text, kDigits[tens]);
    if (tens > 0) text += "十";
    if (ones > 0) absl::StrAppend(&text, kDigits[ones]);
    return text;
  }
  for (const char digit : absl::StrCat(number)) {
    absl::StrAppend(&text, kDigits[static_cast<size_t>(digit - '0')]);
  }
  return text;
}

std::string PickFixedLine(const District& district, Random& random) {
  // Cities of area codes with three digits have numbers of eight.
  std::string number = absl::StrCat(district.area_code, "-", 2 + random.Below(7));
  const size_t rest = district.rural ? 6 : 7;
  for (size_t i = 0; i < rest; ++i) absl::StrAppend(&number, random.Below(10));
  return number;
}

}  // namespace yilan::identity_data
