// UTF-8 and widths, currencies and decimals, suggestions.
#include <string>

#include "clients/text/currency.h"
#include "clients/text/suggestion.h"
#include "clients/text/utf8.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::HasSubstr;

TEST(Utf8, WellFormedTextHasNoInvalidByte) {
  EXPECT_EQ(FirstInvalidUtf8("plain"), absl::string_view::npos);
  EXPECT_EQ(FirstInvalidUtf8("一览 ü 😀"), absl::string_view::npos);
  EXPECT_EQ(FirstInvalidUtf8(""), absl::string_view::npos);
}

TEST(Utf8, TheFirstInvalidByteIsFoundBehindLongAscii) {
  EXPECT_EQ(FirstInvalidUtf8("0123456789abcdef\xE9t\xE9"), 16u);
}

TEST(Utf8, OverlongFormsSurrogatesAndWhatIsBeyondUnicodeAreInvalid) {
  for (const std::string text : {"\xC0\x80", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xED\xA0\x80",
                                 "\xF4\x90\x80\x80", "\xFF", "\x80", "\xE4\xB8"}) {
    EXPECT_EQ(FirstInvalidUtf8(text), 0u);
  }
}

TEST(Utf8, ChineseCharactersAndEmojiTakeTwoColumns) {
  EXPECT_EQ(DisplayWidth("一览"), 4);
  EXPECT_EQ(DisplayWidth("ＡＢ"), 4);  // Full width.
  EXPECT_EQ(DisplayWidth("😀"), 2);
  EXPECT_EQ(DisplayWidth("한글"), 4);
}

TEST(Utf8, CombiningMarksAndInvisibleCharactersTakeNone) {
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);  // e and a combining acute accent.
  EXPECT_EQ(DisplayWidth("a\xE2\x80\x8B"
                         "b"),
            2);  // Zero width space.
  EXPECT_EQ(DisplayWidth("naïve – ok"), 10);
}

TEST(Utf8, WhatIsPrintedCannotMoveTheCursor) {
  EXPECT_EQ(Printable("a\x1b[31mb"), "a\xEF\xBF\xBD[31mb");
  EXPECT_EQ(Printable("two\nlines\tand"), "two lines and");
  EXPECT_EQ(Printable("bad \xFF byte"), "bad \xEF\xBF\xBD byte");
  EXPECT_EQ(Printable("\xC2\x9B"), "\xEF\xBF\xBD");  // A control character of one byte more.
  EXPECT_EQ(Printable("\xE2\x80\xAE"
                      "abc"),
            "\xEF\xBF\xBD"
            "abc");  // Right to left from here.
}

TEST(Utf8, ShortenedTextFitsAndEndsInAnEllipsis) {
  EXPECT_EQ(Shortened("short", 5), "short");
  EXPECT_EQ(Shortened("longer", 5), "long…");
  EXPECT_EQ(Shortened("一览平台", 5), "一览…");
  EXPECT_EQ(Shortened("一览平台", 4), "一…");
  EXPECT_EQ(Shortened("longer", 0), "");
}

TEST(Currency, MinorUnitsFollowIso4217) {
  EXPECT_EQ(CurrencyDecimals("CNY"), 2);
  EXPECT_EQ(CurrencyDecimals("JPY"), 0);
  EXPECT_EQ(CurrencyDecimals("KWD"), 3);
  EXPECT_EQ(CurrencyDecimals("CLF"), 4);
  EXPECT_EQ(CurrencyDecimals("XAU"), std::nullopt);
  EXPECT_EQ(CurrencyDecimals("usd"), std::nullopt);
  EXPECT_EQ(CurrencyDecimals(""), std::nullopt);
}

TEST(Currency, AmountsAreShownWithTheDecimalsOfTheirCurrency) {
  EXPECT_EQ(FormatMoney(123456789, "CNY"), "1,234,567.89 CNY");
  EXPECT_EQ(FormatMoney(1500, "JPY"), "1,500 JPY");
  EXPECT_EQ(FormatMoney(1500, "KWD"), "1.500 KWD");
  EXPECT_EQ(FormatMoney(-5, "USD"), "-0.05 USD");
  EXPECT_EQ(FormatMoney(0, "USD"), "0.00 USD");
  EXPECT_EQ(FormatMoney(INT64_MIN, "USD"), "-92,233,720,368,547,758.08 USD");
  EXPECT_EQ(FormatMoney(7, "XXX"), "7 minor units of XXX");
}

TEST(Decimal, IsExactWhereBinaryFractionsAreNot) {
  EXPECT_EQ(*ParseDecimal("0.29", 2, {}), 29);
  EXPECT_EQ(*ParseDecimal("1.005", 3, {}), 1005);
  EXPECT_EQ(*ParseDecimal("29.85", 2, {}), 2985);
  EXPECT_EQ(*ParseDecimal("90071992547409.93", 2, {}), 9007199254740993);
}

TEST(Decimal, TakesSignsAndMissingParts) {
  EXPECT_EQ(*ParseDecimal("-12.5", 2, {}), -1250);
  EXPECT_EQ(*ParseDecimal("+12", 2, {}), 1200);
  EXPECT_EQ(*ParseDecimal(".5", 2, {}), 50);
  EXPECT_EQ(*ParseDecimal("5.", 2, {}), 500);
  EXPECT_EQ(*ParseDecimal("007", 0, {}), 7);
}

TEST(Decimal, RefusesWhatIsNoDecimalNumber) {
  for (const std::string text :
       {"", "-", ".", "1e3", "1,5", " 1", "0x1", "1.2.3", "--1", "1-", "$5", "nan", "١"}) {
    EXPECT_THAT(ParseDecimal(text, 2, {}), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(Decimal, RefusesMoreDigitsThanMoneyHolds) {
  EXPECT_THAT(ParseDecimal("99999999999999999999", 2, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseDecimal("999999999999999999", 2, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(*ParseDecimal("9999999999999999", 2, {}), 999999999999999900);
}

TEST(Decimal, DigitsBelowTheSmallestUnitAreAnErrorUnlessTheyAreZeros) {
  EXPECT_THAT(ParseDecimal("1.005", 2, {}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(*ParseDecimal("1.500", 2, {}), 150);
  EXPECT_THAT(ParseDecimal("1.5", 0, {}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Decimal, RoundsAsItIsTold) {
  const DecimalStyle half_up{.rounding = Rounding::kHalfUp};
  const DecimalStyle half_even{.rounding = Rounding::kHalfEven};
  EXPECT_EQ(*ParseDecimal("1.005", 2, half_up), 101);
  EXPECT_EQ(*ParseDecimal("-1.005", 2, half_up), -101);
  EXPECT_EQ(*ParseDecimal("1.004999", 2, half_up), 100);
  EXPECT_EQ(*ParseDecimal("1.005", 2, half_even), 100);
  EXPECT_EQ(*ParseDecimal("1.015", 2, half_even), 102);
  EXPECT_EQ(*ParseDecimal("1.0050001", 2, half_even), 101);
}

TEST(Decimal, ReadsOtherSeparators) {
  const DecimalStyle german{.decimal_separator = ',', .group_separator = '.'};
  EXPECT_EQ(*ParseDecimal("1.234.567,89", 2, german), 123456789);
  EXPECT_EQ(*ParseDecimal("12,5", 2, german), 1250);
  for (const std::string text : {"1.23", "1..234", "1234.567", ".123", "1.234.56,7"}) {
    EXPECT_THAT(ParseDecimal(text, 2, german), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(FormatCount, GroupsThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(-1234567), "-1,234,567");
}

TEST(Suggestion, NamesWhatIsClose) {
  EXPECT_EQ(Suggestion("amout", {"amount", "name"}), "; did you mean `amount`?");
  EXPECT_EQ(Suggestion("Given-Name", {"given_name", "name"}), "; did you mean `given_name`?");
  EXPECT_EQ(Suggestion("nmae", {"amount", "name"}), "; did you mean `name`?");
}

TEST(Suggestion, ListsWhatThereIsWhenNothingIsClose) {
  EXPECT_EQ(Suggestion("zebra", {"amount", "name"}), "; known: amount, name");
  EXPECT_EQ(Suggestion("zebra", {}), "");
}

}  // namespace
}  // namespace yilan
