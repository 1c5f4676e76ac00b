#include "core/identity/placeholders.h"

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

namespace yilan::core {

bool SaysNothing(absl::string_view folded) {
  static const auto* const kWords = new absl::flat_hash_set<absl::string_view>{
      "unknown",     "unknown name", "not known", "n a",       "n a n a",       "null",
      "none",        "nil",          "nan",       "undefined", "test",          "testing",
      "test test",   "test user",    "tbd",       "tba",       "not available", "not applicable",
      "no name",     "noname",       "nn",        "anonymous", "dummy",         "xxx",
      "xx",          "xxxx",         "asdf",      "missing",   "not given",     "not provided",
      "unspecified", "blank",        "empty",     "customer",  "no address",    "same as above",
      "无",          "未知",         "不详",      "不明",      "暂无",          "没有",
      "空",          "测试",         "测试用户",  "测试客户",  "待定",          "待补",
      "待补充",      "匿名",         "未填",      "未填写",    "未提供",        "未登记",
      "保密",        "无名氏",       "无名",      "不知道",    "未说明",        "同上",
      "略",          "无地址",       "用户",      "客户",      "默认",          "其他",
      "其它",        "无姓名"};
  return folded.empty() || kWords->contains(folded);
}

bool IsPlaceholderDate(absl::string_view date) {
  constexpr std::array<absl::string_view, 9> kDates = {"19000101", "18991230", "18991231",
                                                       "18000101", "17530101", "00010101",
                                                       "11111111", "99991231", "99990101"};
  return std::find(kDates.begin(), kDates.end(), date) != kDates.end();
}

bool IsPlaceholderNumber(absl::string_view number) {
  const auto is_letter_or_digit = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || !absl::ascii_isascii(c);
  };
  if (std::count_if(number.begin(), number.end(), is_letter_or_digit) < 4) return true;
  if (number.find_first_not_of(number[0]) == absl::string_view::npos) return true;
  for (size_t i = 0; i < number.size(); ++i) {
    if (number[i] != "1234567890"[i % 10]) return false;
  }
  return true;
}

}  // namespace yilan::core
