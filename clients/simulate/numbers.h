// Numbers that identify people, companies and devices: they look real, carry the check digits of
// real ones, and belong to nobody where the numbering plan leaves room for that.
//
// All are made from the index of a customer; numbers of different customers differ.
#ifndef YILAN_CLIENTS_SIMULATE_NUMBERS_H_
#define YILAN_CLIENTS_SIMULATE_NUMBERS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace yilan::simulate {

// At most this many customers, and this many lines of one, have numbers of their own.
inline constexpr uint64_t kMaxCustomers = 10'000'000;
inline constexpr int kMaxLines = 10;

// A mobile number, 11 digits: "13800138000".
std::string MobileNumber(uint64_t customer, int line);
// The number with its country code, as `style` (0 to 3) writes it: "13800138000", "+8613800138000",
// "+86 138 0013 8000", "138-0013-8000".
std::string WrittenNumber(absl::string_view mobile_number, int style);

// IMSI (E.212, China Mobile), ICCID (E.118, 20 digits with Luhn's check digit), IMEI (with its
// check digit).
std::string Imsi(uint64_t customer, int line);
std::string Iccid(uint64_t customer, int line);
std::string Imei(uint64_t customer, int line);
// Serial numbers of an optical terminal and of a set-top box.
std::string OntSerial(uint64_t customer);
std::string StbSerial(uint64_t customer);

// The birthday that goes with a customer's resident id: 1945 to 1999.
absl::CivilDay BirthDay(uint64_t customer);
// A resident id (GB 11643), whose region is a city's code: ids of people carry that of a district.
std::string ResidentId(int region, bool male, uint64_t customer);
// A unified social credit code (GB 32100) with its check character, region as above.
std::string CreditCode(int region, uint64_t customer);

// Luhn's check digit (ISO/IEC 7812-1) of a string of digits.
char LuhnDigit(absl::string_view digits);

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_NUMBERS_H_
