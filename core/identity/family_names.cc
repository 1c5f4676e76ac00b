#include "core/identity/family_names.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_split.h"
#include "core/identity/chinese_text.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

// The 400 most frequent (Ministry of Public Security, 2020) and some of those that are known for
// their readings. All in the Basic Multilingual Plane.
constexpr absl::string_view kFamilyNames =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程"
    "魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵"
    "万覃武钱戴严莫孔向常汤康易乔赖文葛于温殷伍庞兰施洪樊梅邢陆岳齐华倪俞章鲁翟詹聂焦关柳邬骆欧"
    "牛尤毕左裴申安涂耿路苗凌霍包成柯纪阮单季舒童辛宁祝项游阳盛卫曲包解时裘商娄麦蒲费卜简饶车柴靳"
    "卓连喻池蓝冉米刁冷沙应仇查区朴盖缪乐员黑种折秘召繁谌祭尉宿那牟柏晁郇燕哈幺钭隗句阚观过干"
    "甘管辜谷古桂滚韩杭衡弘花怀宦惠姬嵇籍吉计郏家菅鞠景经荆井居鞠瞿阙匡邝况旷蒯寇劳郎厉利栗廉"
    "蔺令刘娄禄逯栾伦满茅糜宓闵明牧慕倪聂钮农欧潘裴皮平濮戚祁强覃漆钱羌乔谯屈璩全权冉饶荣容茹"
    "阮芮萨桑邵佘厍申石寿双水司苏宿粟眭隋邰谈檀滕佟仝屠危隈卫蔚闻翁沃乌巫郗奚席郤冼咸鲜相项解"
    "忻幸胥须宣荀言颜晏羊仰伊阴英雍尤游于鱼俞虞禹庾郁喻元袁苑岳恽臧迮战湛支钟仲诸竺祝庄卓訾宗"
    "祖左由楚储初褚丛党狄邸典东窦堵鄂丰封符傅富甫戈弓宫勾苟亓昝仉逄呙笪郄蓟揭佴羿麴於母晋"
    "敖巴班鲍暴贲毕边卞别薄步岑昌苌畅巢车成承迟充崇展肖萧孛贝闻冶尚岩慎束竹邴巩扶洛帅银";

// With their readings, as far as those of the characters do not say them.
struct Reading {
  absl::string_view name;
  absl::string_view pinyin;
};
constexpr Reading kReadings[] = {
    {"万俟", "mo qi"},   {"尉迟", "yu chi"},    {"长孙", "zhang sun"}, {"单于", "chan yu"},
    {"澹台", "tan tai"}, {"乐正", "yue zheng"}, {"令狐", "ling hu"},   {"宰父", "zai fu"},
    {"濮阳", "pu yang"}, {"呼延", "hu yan"},    {"鲜于", "xian yu"},   {"独孤", "du gu"},
    {"单", "shan"},      {"解", "xie"},         {"曾", "zeng"},        {"仇", "qiu"},
    {"查", "zha"},       {"区", "ou"},          {"朴", "piao"},        {"任", "ren"},
    {"盖", "ge"},        {"缪", "miao"},        {"乐", "yue"},         {"员", "yun"},
    {"黑", "he"},        {"种", "chong"},       {"折", "she"},         {"秘", "bi"},
    {"召", "shao"},      {"繁", "po"},          {"谌", "chen"},        {"祭", "zhai"},
    {"翟", "zhai"},      {"郇", "xun"},         {"阚", "kan"},         {"薄", "bo"},
    {"柏", "bai"},       {"晁", "chao"},        {"燕", "yan"},         {"句", "gou"},
    {"都", "du"},        {"覃", "qin"},         {"尉", "wei"},         {"牟", "mou"},
    {"钭", "tou"},       {"厍", "she"},         {"郗", "xi"},          {"郄", "qie"},
    {"葛", "ge"},        {"沈", "shen"},        {"宁", "ning"},        {"车", "che"},
    {"幺", "yao"},       {"仝", "tong"},        {"隗", "wei"},         {"逄", "pang"},
    {"呙", "guo"},       {"笪", "da"},          {"昝", "zan"},         {"仉", "zhang"},
    {"亓", "qi"},        {"佴", "nai"},         {"眭", "sui"},         {"訾", "zi"},
    {"贲", "ben"},       {"苌", "chang"},       {"乜", "nie"},         {"洗", "xian"},
    {"冼", "xian"},      {"强", "qiang"},       {"相", "xiang"},       {"重", "chong"},
    {"那", "na"},        {"於", "yu"},          {"宓", "mi"},          {"褚", "chu"},
    {"莘", "shen"},      {"臧", "zang"},        {"甯", "ning"},        {"哈", "ha"},
    {"长", "chang"},     {"晟", "cheng"},       {"曲", "qu"},          {"应", "ying"},
    {"行", "xing"},      {"角", "jue"},         {"适", "kuo"},         {"不", "fou"},
    {"逯", "lu"},        {"纪", "ji"},          {"卜", "bu"},          {"石", "shi"},
    {"贾", "jia"},       {"俞", "yu"},          {"佘", "she"},         {"迮", "ze"},
    {"繆", "miao"},      {"邰", "tai"},         {"郜", "gao"},         {"卞", "bian"},
    {"炅", "gui"},       {"妫", "gui"},         {"阙", "que"},         {"蕃", "pi"},
};

constexpr absl::string_view kCompoundFamilyNames =
    "欧阳 上官 司马 诸葛 皇甫 尉迟 公孙 慕容 长孙 宇文 司徒 司空 夏侯 东方 南宫 独孤 令狐 端木 "
    "万俟 "
    "赫连 呼延 鲜于 闾丘 轩辕 百里 钟离 淳于 单于 太叔 申屠 仲孙 濮阳 澹台 公冶 宗政 公羊 拓跋 "
    "夹谷 "
    "宰父 谷梁 段干 东郭 南门 西门 乐正 漆雕 公西 巫马 壤驷 颛孙 左丘 梁丘 闻人 亓官 司寇 子车 "
    "羊舌 "
    "微生 第五 完颜 纳兰 耶律 叶赫 爱新 富察 达奚 东野";

struct Tables {
  absl::flat_hash_set<absl::string_view> single;
  absl::flat_hash_set<absl::string_view> compound;
  absl::flat_hash_map<absl::string_view, absl::string_view> readings;
  absl::flat_hash_set<std::string> spoken;
};

std::string Read(const Tables& tables, absl::string_view family_name) {
  const auto found = tables.readings.find(family_name);
  return found == tables.readings.end() ? Pinyin(family_name) : std::string(found->second);
}

const Tables& GetTables() {
  static const Tables* const kTables = [] {
    auto* tables = new Tables;
    for (const Reading& reading : kReadings) tables->readings.emplace(reading.name, reading.pinyin);
    for (size_t at = 0; at < kFamilyNames.size();) {
      const size_t start = at;
      NextCharacter(kFamilyNames, at);
      tables->single.insert(kFamilyNames.substr(start, at - start));
    }
    for (const absl::string_view name : absl::StrSplit(kCompoundFamilyNames, ' ')) {
      tables->compound.insert(name);
    }
    for (const auto* names : {&tables->single, &tables->compound}) {
      for (const absl::string_view name : *names) {
        std::string spoken = Read(*tables, name);
        spoken.erase(std::remove(spoken.begin(), spoken.end(), ' '), spoken.end());
        tables->spoken.insert(std::move(spoken));
      }
    }
    for (const char* other : {"lyu", "lu", "ng"}) tables->spoken.insert(other);
    return tables;
  }();
  return *kTables;
}

}  // namespace

absl::string_view CompoundFamilyName(absl::string_view name) {
  constexpr size_t kBytes = 6;  // Two characters of the Basic Multilingual Plane.
  const absl::string_view first = name.substr(0, kBytes);
  return GetTables().compound.contains(first) ? first : absl::string_view();
}

bool IsFamilyName(absl::string_view character) { return GetTables().single.contains(character); }

std::string FamilyNamePinyin(absl::string_view family_name) {
  return Read(GetTables(), family_name);
}

bool IsFamilyNamePinyin(absl::string_view word) { return GetTables().spoken.contains(word); }

}  // namespace yilan::core
