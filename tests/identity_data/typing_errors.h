// Errors that people make when they write down or type what they are told.
#ifndef YILAN_TESTS_IDENTITY_DATA_TYPING_ERRORS_H_
#define YILAN_TESTS_IDENTITY_DATA_TYPING_ERRORS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "clients/simulate/random.h"

namespace yilan::identity_data {

using simulate::Random;

// One digit is another: in half of the cases its neighbour on the keyboard. Text without digits
// stays.
std::string WithAnotherDigit(std::string text, Random& random);
// Two different neighbouring digits or letters have changed places.
std::string WithNeighboursExchanged(std::string text, Random& random);
// One of the ASCII letters is missing or there twice.
std::string WithMissedLetter(std::string text, Random& random);
// Digits, letters and signs of full width: "138" is "１３８".
std::string InFullWidth(absl::string_view ascii);
// In traditional characters, by OpenCC (s2t).
std::string InTraditionalCharacters(const std::string& simplified);

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_TYPING_ERRORS_H_
