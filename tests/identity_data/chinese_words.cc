#include "tests/identity_data/chinese_words.h"

#include <array>
#include <cstddef>
#include <map>

#include "absl/strings/str_split.h"

namespace yilan::identity_data {
namespace {

struct FamilyName {
  const char* written;
  const char* spoken;
  int weight;  // People in 100,000.
};

constexpr std::array<FamilyName, 122> kFamilyNames = {{
    {"王", "wang", 7250},     {"李", "li", 7190},        {"张", "zhang", 6830},
    {"刘", "liu", 5380},      {"陈", "chen", 4530},      {"杨", "yang", 3080},
    {"赵", "zhao", 2290},     {"黄", "huang", 2230},     {"周", "zhou", 2120},
    {"吴", "wu", 2050},       {"徐", "xu", 1660},        {"孙", "sun", 1540},
    {"胡", "hu", 1310},       {"马", "ma", 1290},        {"朱", "zhu", 1260},
    {"林", "lin", 1180},      {"何", "he", 1170},        {"郭", "guo", 1150},
    {"高", "gao", 1000},      {"罗", "luo", 860},        {"梁", "liang", 840},
    {"宋", "song", 810},      {"郑", "zheng", 780},      {"谢", "xie", 720},
    {"韩", "han", 680},       {"许", "xu", 660},         {"唐", "tang", 650},
    {"冯", "feng", 640},      {"邓", "deng", 620},       {"曾", "zeng", 580},
    {"曹", "cao", 570},       {"彭", "peng", 560},       {"肖", "xiao", 560},
    {"田", "tian", 520},      {"董", "dong", 510},       {"袁", "yuan", 500},
    {"潘", "pan", 500},       {"于", "yu", 480},         {"蒋", "jiang", 470},
    {"蔡", "cai", 460},       {"余", "yu", 460},         {"杜", "du", 450},
    {"叶", "ye", 440},        {"程", "cheng", 430},      {"苏", "su", 430},
    {"魏", "wei", 420},       {"吕", "lv", 410},         {"丁", "ding", 400},
    {"任", "ren", 400},       {"沈", "shen", 400},       {"姚", "yao", 380},
    {"卢", "lu", 380},        {"姜", "jiang", 380},      {"崔", "cui", 380},
    {"钟", "zhong", 370},     {"谭", "tan", 370},        {"陆", "lu", 350},
    {"汪", "wang", 350},      {"范", "fan", 340},        {"金", "jin", 340},
    {"石", "shi", 340},       {"廖", "liao", 340},       {"贾", "jia", 340},
    {"夏", "xia", 330},       {"韦", "wei", 330},        {"付", "fu", 330},
    {"方", "fang", 320},      {"白", "bai", 300},        {"邹", "zou", 300},
    {"孟", "meng", 290},      {"熊", "xiong", 290},      {"秦", "qin", 280},
    {"邱", "qiu", 280},       {"江", "jiang", 280},      {"尹", "yin", 270},
    {"薛", "xue", 270},       {"闫", "yan", 270},        {"段", "duan", 260},
    {"雷", "lei", 260},       {"侯", "hou", 260},        {"龙", "long", 250},
    {"史", "shi", 240},       {"陶", "tao", 240},        {"黎", "li", 230},
    {"贺", "he", 230},        {"顾", "gu", 230},         {"毛", "mao", 220},
    {"郝", "hao", 220},       {"龚", "gong", 220},       {"邵", "shao", 220},
    {"万", "wan", 210},       {"钱", "qian", 200},       {"严", "yan", 200},
    {"覃", "qin", 200},       {"武", "wu", 200},         {"戴", "dai", 190},
    {"莫", "mo", 190},        {"孔", "kong", 190},       {"向", "xiang", 180},
    {"汤", "tang", 180},      {"温", "wen", 170},        {"施", "shi", 160},
    {"文", "wen", 150},       {"牛", "niu", 140},        {"樊", "fan", 130},
    {"葛", "ge", 130},        {"邢", "xing", 130},       {"安", "an", 120},
    {"欧阳", "ou yang", 110}, {"单", "shan", 45},        {"解", "xie", 40},
    {"仇", "qiu", 35},        {"查", "zha", 30},         {"章", "zhang", 90},
    {"傅", "fu", 150},        {"区", "ou", 20},          {"朴", "piao", 20},
    {"司马", "si ma", 8},     {"上官", "shang guan", 8}, {"诸葛", "zhu ge", 5},
    {"尉迟", "yu chi", 4},    {"万俟", "mo qi", 2},
}};

// Given names by sex and time of birth, the most frequent character first: those that stand alone
// or second, and those that begin a name of two.
struct Fashion {
  const char* second;
  const char* first;
  int single_permille;  // Names of one character.
};
constexpr Fashion kMaleOld = {"国华明生福德林成贵平荣海春祥金文义根山清才云发高江",
                              "建国志德永文玉金长福春树学庆光世红正新保", 120};
constexpr Fashion kMaleMiddle = {"伟强军勇杰涛磊明超刚平辉鹏华飞波斌峰亮林东海洋宁健龙毅",
                                 "建志文国海晓小永俊金春学明玉立新少振家云", 320};
constexpr Fashion kMaleYoung = {"轩宇浩然泽涵辰杰豪睿博航阳铭鑫一晨诚熙昊瑞恒俊琪",
                                "子梓浩宇俊家一文天嘉泽皓明博奕佳思雨晨睿", 130};
constexpr Fashion kFemaleOld = {"英兰珍芳华梅凤荣花香琴云莲清玉萍菊娥芬贞",
                                "秀桂玉淑凤素兰金月翠春爱美慧雪文红桃彩", 100};
constexpr Fashion kFemaleMiddle = {"芳娜敏静丽艳娟霞燕玲红梅婷萍莉琳慧英颖洁丹倩云蕾",
                                   "晓小丽海春红秀雪玉亚艳文美慧佳金建淑冬", 330};
constexpr Fashion kFemaleYoung = {"涵怡欣萱琪彤妍馨悦然宁雯瑶晴菲语颖璐玥桐",
                                  "梓子雨欣思诗佳一可梦若语嘉雅紫心佩婉静", 110};

// Every character of the names above, and others that are read in the same way.
constexpr absl::string_view kReadings =
    "国guo 华hua 明ming 生sheng 福fu 德de 林lin 成cheng 贵gui 平ping 荣rong 海hai 春chun 祥xiang "
    "金jin "
    "文wen 义yi 根gen 山shan 清qing 才cai 云yun 发fa 高gao 江jiang 建jian 志zhi 永yong 玉yu "
    "长chang 树shu "
    "学xue 庆qing 光guang 世shi 红hong 正zheng 新xin 保bao 伟wei 强qiang 军jun 勇yong 杰jie 涛tao "
    "磊lei "
    "超chao 刚gang 辉hui 鹏peng 飞fei 波bo 斌bin 峰feng 亮liang 东dong 洋yang 宁ning 健jian 龙long "
    "毅yi "
    "晓xiao 小xiao 俊jun 立li 少shao 振zhen 家jia 轩xuan 宇yu 浩hao 然ran 泽ze 涵han 辰chen 豪hao "
    "睿rui "
    "博bo 航hang 阳yang 铭ming 鑫xin 一yi 晨chen 诚cheng 熙xi 昊hao 瑞rui 恒heng 琪qi 子zi 梓zi "
    "天tian "
    "嘉jia 皓hao 奕yi 佳jia 思si 雨yu 英ying 兰lan 珍zhen 芳fang 梅mei 凤feng 花hua 香xiang 琴qin "
    "莲lian "
    "萍ping 菊ju 娥e 芬fen 贞zhen 秀xiu 桂gui 淑shu 素su 月yue 翠cui 爱ai 美mei 慧hui 雪xue 桃tao "
    "彩cai "
    "娜na 敏min 静jing 丽li 艳yan 娟juan 霞xia 燕yan 玲ling 婷ting 莉li 琳lin 颖ying 洁jie 丹dan "
    "倩qian "
    "蕾lei 亚ya 冬dong 怡yi 欣xin 萱xuan 彤tong 妍yan 馨xin 悦yue 雯wen 瑶yao 晴qing 菲fei 语yu "
    "玥yue "
    "桐tong 诗shi 可ke 梦meng 若ruo 雅ya 紫zi 心xin 佩pei 婉wan "
    "玮wei 炜wei 维wei 卫wei 方fang 婧jing 靖jing 晶jing 璐lu 菁jing 力li 俪li 彦yan 岩yan 鸿hong "
    "宏hong 洪hong "
    "昕xin 丰feng 锋feng 枫feng 晖hui 惠hui 蕙hui 君jun 钧jun 捷jie 婕jie 韬tao 茗ming 鸣ming "
    "璇xuan 灏hao "
    "凌ling 灵ling 芸yun 韵yun 艺yi 逸yi 益yi 贤xian 娴xian 珊shan 姗shan 琼qiong 穷qiong 芝zhi "
    "智zhi 梁liang "
    "良liang 冰bing 兵bing 彬bin 滨bin 昌chang 常chang 盛sheng 胜sheng 升sheng 信xin 欢huan 环huan "
    "嫣yan "
    "岚lan 蓝lan 淋lin 霖lin 临lin 茹ru 如ru 敬jing 景jing 竞jing 庭ting 廷ting 亭ting 腾teng "
    "藤teng "
    "章zhang 张zhang 徐xu 许xu 陆lu 路lu 卢lu 江jiang 姜jiang 蒋jiang 于yu 余yu 俞yu 付fu 傅fu "
    "肖xiao 萧xiao "
    "何he 贺he 李li 黎li 吴wu 武wu 伍wu 王wang 汪wang 谢xie 解xie 韦wei 魏wei 石shi 史shi 施shi "
    "秦qin 覃qin "
    "闫yan 严yan 颜yan 程cheng 陈chen 邱qiu 仇qiu 温wen 闻wen 范fan 樊fan 丁ding 钟zhong 唐tang "
    "汤tang "
    "刘liu 柳liu 杨yang 赵zhao 黄huang 周zhou 孙sun 胡hu 马ma 朱zhu 祝zhu 郭guo 罗luo 骆luo 宋song "
    "郑zheng";

// Characters that are taken for one another on a form, and by those who type in strokes.
constexpr absl::string_view kLookAlikes =
    "未末 晴睛 璐潞 琪淇 锋峰 晖辉 刚钢 梅海 宇字 昊吴 萍苹 洁浩 凤风 明朋 阳阴 佳住 倩情 怡恰 "
    "泽择 晨晟 薇微 "
    "娟捐 妍研 颖颍 静净 芳芬 玉王 桂挂 鹏棚 磊蕾 陈阵 杨扬 郭部 徐除 林杜 梁粱 韩翰 曹曾 董懂 "
    "袁衰 蒋将 蔡菜 "
    "余佘 沈沉 姚桃 崔催 汪注 贾贸 夏复 白自 薛薜 侯候 史吏 戴载 汤场 刘浏 冯马 田由 石右 江汪 "
    "欣饮 琳淋 婷停 "
    "燕蒸 红江 亮高 涛祷 强疆 伟纬 国园 建健 文丈 云去 天夫 子于 雨两 思恩 丽雨 轩轲 然燃 涵函 "
    "诗持 春舂 秀季";

struct Tables {
  std::map<std::string, std::string, std::less<>> readings;
  std::map<std::string, std::vector<std::string>, std::less<>> by_reading;
  std::map<std::string, std::string, std::less<>> look_alikes;
};

const Tables& GetTables() {
  static const Tables* const kTables = [] {
    auto* tables = new Tables;
    for (const absl::string_view entry : absl::StrSplit(kReadings, ' ', absl::SkipEmpty())) {
      const std::string character(entry.substr(0, 3));
      const std::string reading(entry.substr(3));
      if (!tables->readings.emplace(character, reading).second) continue;
      tables->by_reading[reading].push_back(character);
    }
    for (const absl::string_view pair : absl::StrSplit(kLookAlikes, ' ', absl::SkipEmpty())) {
      tables->look_alikes.emplace(pair.substr(0, 3), pair.substr(3));
      tables->look_alikes.emplace(pair.substr(3), pair.substr(0, 3));
    }
    return tables;
  }();
  return *kTables;
}

// The one at rank r is drawn with a weight of 1 / (r + 4): the first of 25 with 11 %, the last 2 %.
std::string PickByRank(absl::string_view characters, Random& random) {
  const size_t count = characters.size() / 3;
  std::vector<int> weights(count);
  for (size_t rank = 0; rank < count; ++rank) {
    weights[rank] = 100000 / static_cast<int>(rank + 4);
  }
  return std::string(characters.substr(random.Weighted(weights) * 3, 3));
}

const Fashion& FashionOf(bool male, int birth_year) {
  if (birth_year < 1965) return male ? kMaleOld : kFemaleOld;
  if (birth_year < 1995) return male ? kMaleMiddle : kFemaleMiddle;
  return male ? kMaleYoung : kFemaleYoung;
}

}  // namespace

std::vector<std::string> CharactersOf(absl::string_view text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (begins || characters.empty()) characters.emplace_back();
    characters.back().push_back(c);
  }
  return characters;
}

NamePart PickFamilyName(Random& random) {
  static const auto* const kWeights = [] {
    auto* weights = new std::vector<int>;
    for (const FamilyName& name : kFamilyNames) weights->push_back(name.weight);
    return weights;
  }();
  const FamilyName& name = kFamilyNames[random.Weighted(*kWeights)];
  return {name.written, absl::StrSplit(name.spoken, ' ')};
}

NamePart PickGivenName(bool male, int birth_year, absl::string_view generation, Random& random) {
  // One in ten is named as those ten years older or younger are.
  const int year = birth_year + (random.Chance(10) ? (random.Chance(50) ? 15 : -15) : 0);
  const Fashion& fashion = FashionOf(male, year);
  NamePart name;
  if (!generation.empty() || !Happens(fashion.single_permille, random)) {
    name.written = generation.empty() ? PickByRank(fashion.first, random) : std::string(generation);
  }
  const std::string last = PickByRank(fashion.second, random);
  name.written += last;  // 婷婷 and 洋洋 come of themselves where both lists have a character.
  for (const std::string& character : CharactersOf(name.written)) {
    name.syllables.emplace_back(ReadingOf(character));
  }
  return name;
}

absl::string_view ReadingOf(absl::string_view character) {
  const auto found = GetTables().readings.find(std::string(character));
  return found == GetTables().readings.end() ? absl::string_view() : found->second;
}

std::string HomophoneOf(absl::string_view character, Random& random) {
  const auto found = GetTables().by_reading.find(std::string(ReadingOf(character)));
  if (found == GetTables().by_reading.end() || found->second.size() < 2) {
    return std::string(character);
  }
  for (;;) {
    const std::string& other = found->second[random.Below(found->second.size())];
    if (other != character) return other;
  }
}

std::string LookAlikeOf(absl::string_view character) {
  const auto found = GetTables().look_alikes.find(std::string(character));
  return found == GetTables().look_alikes.end() ? std::string(character) : found->second;
}

}  // namespace yilan::identity_data
