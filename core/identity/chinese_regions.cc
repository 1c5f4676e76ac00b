#include "core/identity/chinese_regions.h"

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

constexpr size_t kHan = 3;  // Bytes of a character here.

struct Province {
  absl::string_view code;
  absl::string_view name;
  absl::string_view suffix;  // Of its full name.
  absl::string_view cities;  // Of prefecture level; none where the province is itself a city.
};

constexpr std::array<Province, 34> kProvinces = {{
    {"11", "北京", "市", ""},
    {"12", "天津", "市", ""},
    {"13", "河北", "省", "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水"},
    {"14", "山西", "省", "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁"},
    {"15", "内蒙古", "自治区",
     "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒盟 阿拉善盟"},
    {"21", "辽宁", "省", "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛"},
    {"22", "吉林", "省", "长春 吉林 四平 辽源 通化 白山 松原 白城 延边朝鲜族自治州"},
    {"23", "黑龙江", "省",
     "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭地区"},
    {"31", "上海", "市", ""},
    {"32", "江苏", "省", "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁"},
    {"33", "浙江", "省", "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水"},
    {"34", "安徽", "省",
     "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城"},
    {"35", "福建", "省", "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德"},
    {"36", "江西", "省", "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶"},
    {"37", "山东", "省",
     "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽"},
    {"41", "河南", "省",
     "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店"},
    {"42", "湖北", "省",
     "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施土家族苗族自治州"},
    {"43", "湖南", "省",
     "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西土家族苗族自治州"},
    {"44", "广东", "省",
     "广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 "
     "潮州 揭阳 "
     "云浮"},
    {"45", "广西", "壮族自治区",
     "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左"},
    {"46", "海南", "省", "海口 三亚 三沙 儋州"},
    {"50", "重庆", "市", ""},
    {"51", "四川", "省",
     "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 "
     "阿坝藏族羌族自治州 甘孜藏族自治州 凉山彝族自治州"},
    {"52", "贵州", "省",
     "贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南布依族苗族自治州 黔东南苗族侗族自治州 "
     "黔南布依族苗族自治州"},
    {"53", "云南", "省",
     "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄彝族自治州 红河哈尼族彝族自治州 "
     "文山壮族苗族自治州 "
     "西双版纳傣族自治州 大理白族自治州 德宏傣族景颇族自治州 怒江傈僳族自治州 迪庆藏族自治州"},
    {"54", "西藏", "自治区", "拉萨 日喀则 昌都 林芝 山南 那曲 阿里地区"},
    {"61", "陕西", "省", "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛"},
    {"62", "甘肃", "省",
     "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏回族自治州 甘南藏族自治州"},
    {"63", "青海", "省",
     "西宁 海东 海北藏族自治州 黄南藏族自治州 海南藏族自治州 果洛藏族自治州 玉树藏族自治州 "
     "海西蒙古族藏族自治州"},
    {"64", "宁夏", "回族自治区", "银川 石嘴山 吴忠 固原 中卫"},
    {"65", "新疆", "维吾尔自治区",
     "乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉回族自治州 博尔塔拉蒙古自治州 巴音郭楞蒙古自治州 "
     "阿克苏地区 "
     "克孜勒苏柯尔克孜自治州 喀什地区 和田地区 伊犁哈萨克自治州 塔城地区 阿勒泰地区"},
    {"71", "台湾", "省", "台北 高雄 台中 台南 基隆 新竹 嘉义"},
    {"81", "香港", "特别行政区", ""},
    {"82", "澳门", "特别行政区", ""},
}};

bool IsCityItself(const Province& province) { return province.suffix == "市"; }

struct City {
  absl::string_view name;
  absl::string_view province;
};

// By the first two characters; several where those are shared: 张家口, 张家界.
const absl::flat_hash_map<absl::string_view, std::vector<City>>& Cities() {
  static const auto* const kCities = [] {
    auto* cities = new absl::flat_hash_map<absl::string_view, std::vector<City>>;
    for (const Province& province : kProvinces) {
      if (IsCityItself(province)) {
        (*cities)[province.name].push_back({province.name, province.name});
      }
      for (const absl::string_view name : absl::StrSplit(province.cities, ' ', absl::SkipEmpty())) {
        (*cities)[name.substr(0, 2 * kHan)].push_back({name, province.name});
      }
    }
    return cities;
  }();
  return *kCities;
}

// Whether a district, county or city is named before any street or number.
bool DistrictFollows(absl::string_view text) {
  constexpr size_t kLongestDistrict = 8;
  size_t count = 0;
  for (size_t at = 0; at < text.size() && count < kLongestDistrict; ++count) {
    switch (NextCharacter(text, at)) {
      case U'区':
      case U'县':
      case U'市':
      case U'旗':
      case U'州':
      case U'盟':
        return count > 0;
      case U'路':
      case U'街':
      case U'道':
      case U'巷':
      case U'弄':
      case U'号':
      case U'村':
      case U'镇':
      case U'乡':
        return false;
      default:
        break;
    }
  }
  return false;
}

}  // namespace

bool IsProvinceCode(absl::string_view two_digits) {
  if (two_digits == "83") return true;
  return std::any_of(kProvinces.begin(), kProvinces.end(), [two_digits](const Province& province) {
    return province.code == two_digits;
  });
}

RegionName ProvinceAt(absl::string_view text) {
  for (const Province& province : kProvinces) {
    if (!absl::StartsWith(text, province.name)) continue;
    const size_t bytes = province.name.size();
    const absl::string_view rest = text.substr(bytes);
    if (absl::StartsWith(rest, province.suffix)) {
      return {province.name, bytes + province.suffix.size()};
    }
    // 内蒙古自治区 is written in full, 广西自治区 and 宁夏省 are heard.
    for (const absl::string_view suffix : {"省", "自治区"}) {
      if (absl::StartsWith(rest, suffix)) return {province.name, bytes + suffix.size()};
    }
    if (rest.empty()) return {province.name, bytes};
    if (absl::StartsWith(rest, "市")) return {};
    const RegionName city = CityAt(rest);
    if (city.bytes > 0 || DistrictFollows(rest)) return {province.name, bytes};
    return {};
  }
  return {};
}

RegionName CityAt(absl::string_view text) {
  const auto found = Cities().find(text.substr(0, 2 * kHan));
  if (found == Cities().end()) return {};
  for (const City& city : found->second) {
    if (!absl::StartsWith(text, city.name)) continue;
    const size_t bytes = city.name.size();
    const absl::string_view rest = text.substr(bytes);
    if (absl::StartsWith(rest, "市")) return {city.name, bytes + kHan};
    if (rest.empty() || bytes > 4 * kHan || DistrictFollows(rest)) return {city.name, bytes};
  }
  return {};
}

absl::string_view ProvinceOfCity(absl::string_view city) {
  const auto found = Cities().find(city.substr(0, 2 * kHan));
  if (found == Cities().end()) return "";
  for (const City& one : found->second) {
    if (one.name == city) return one.province;
  }
  return "";
}

}  // namespace yilan::core
