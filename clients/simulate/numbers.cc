#include "clients/simulate/numbers.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/simulate/random.h"

namespace yilan::simulate {
namespace {

constexpr uint64_t kLines = kMaxCustomers * kMaxLines;  // 10^8: eight digits.

constexpr uint64_t kBirthDays = 20'000;  // Times 500 sequence numbers: kMaxCustomers.

// A permutation of 0 to kLines - 1, so that neighbours do not look alike: 39,916,801 shares no
// factor with 10^8.
uint64_t Scattered(uint64_t customer, int line) {
  const uint64_t number =
      customer % kMaxCustomers * kMaxLines + static_cast<uint64_t>(line) % kMaxLines;
  return (number * 39916801 + 12345678) % kLines;
}

constexpr std::array<const char*, 24> kMobilePrefixes = {
    "138", "139", "136", "137", "135", "158", "159", "188", "187", "182", "150", "151",
    "130", "131", "186", "185", "176", "133", "189", "180", "177", "153", "198", "199"};

}  // namespace

std::string MobileNumber(uint64_t customer, int line) {
  const uint64_t scattered = Scattered(customer, line);
  const char* prefix = kMobilePrefixes[Mix(scattered, 1) % kMobilePrefixes.size()];
  return absl::StrFormat("%s%08d", prefix, scattered);
}

std::string WrittenNumber(absl::string_view mobile_number, int style) {
  const absl::string_view a = mobile_number.substr(0, 3);
  const absl::string_view b = mobile_number.substr(3, 4);
  const absl::string_view c = mobile_number.substr(7);
  switch (style) {
    case 1:
      return absl::StrCat("+86", mobile_number);
    case 2:
      return absl::StrCat("+86 ", a, " ", b, " ", c);
    case 3:
      return absl::StrCat(a, "-", b, "-", c);
    default:
      return std::string(mobile_number);
  }
}

std::string Imsi(uint64_t customer, int line) {
  return absl::StrFormat("4600%011d", 20'000'000'000 + Scattered(customer, line));
}

std::string Iccid(uint64_t customer, int line) {
  const std::string digits = absl::StrFormat("8986002%012d", Scattered(customer, line));
  return digits + LuhnDigit(digits);
}

std::string Imei(uint64_t customer, int line) {
  // The type code, then a serial number of 6 digits; the rest of the number is in the type code.
  const uint64_t scattered = Scattered(customer, line);
  const std::string digits =
      absl::StrFormat("8603%04d%06d", scattered / 1'000'000, scattered % 1'000'000);
  return digits + LuhnDigit(digits);
}

std::string OntSerial(uint64_t customer) {
  return absl::StrFormat("%s%08X", customer % 3 == 0 ? "ZTEG" : "HWTC",
                         static_cast<uint32_t>(Scattered(customer, 0) * 40 + 7));
}

std::string StbSerial(uint64_t customer) {
  return absl::StrFormat("STB%010d", Scattered(customer, 0) * 13 + 5);
}

absl::CivilDay BirthDay(uint64_t customer) {
  // A permutation of the days, so that birthday and sequence number together tell customers apart.
  return absl::CivilDay(1945, 1, 1) + static_cast<int>(customer * 7919 % kBirthDays);
}

std::string ResidentId(int region, bool male, uint64_t customer) {
  constexpr std::array<int, 17> kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  const absl::CivilDay birth = BirthDay(customer);
  const uint64_t sequence = customer / kBirthDays % 500 * 2 + (male ? 1 : 0);
  std::string id = absl::StrFormat("%04d00%04d%02d%02d%03d", region, birth.year(), birth.month(),
                                   birth.day(), sequence);
  int sum = 0;
  for (size_t i = 0; i < kWeights.size(); ++i) sum += (id[i] - '0') * kWeights[i];
  id.push_back("10X98765432"[sum % 11]);
  return id;
}

std::string CreditCode(int region, uint64_t customer) {
  constexpr absl::string_view kCharacters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  constexpr std::array<int, 17> kWeights = {1,  3,  9,  27, 19, 26, 16, 17, 20,
                                            29, 25, 13, 8,  24, 10, 30, 28};
  std::string code = absl::StrFormat("91%04d00", region);
  uint64_t rest = Scattered(customer, 0);
  for (int i = 0; i < 9; ++i) {
    code.push_back(kCharacters[rest % 29]);
    rest = rest / 29 + (i == 4 ? 7 : 0);
  }
  int sum = 0;
  for (size_t i = 0; i < kWeights.size(); ++i) {
    sum += static_cast<int>(kCharacters.find(code[i])) * kWeights[i];
  }
  code.push_back(kCharacters[static_cast<size_t>((31 - sum % 31) % 31)]);
  return code;
}

char LuhnDigit(absl::string_view digits) {
  int sum = 0;
  bool twice = true;
  for (size_t i = digits.size(); i-- > 0; twice = !twice) {
    const int digit = digits[i] - '0';
    sum += twice ? digit * 2 - (digit > 4 ? 9 : 0) : digit;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

}  // namespace yilan::simulate
