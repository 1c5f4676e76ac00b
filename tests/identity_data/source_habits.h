// How well four systems of an operator know their customers: the gaps and errors of their records.
//
// The rates are guesses at what operators report of their data, on the bad side rather than on the
// good one. They were written down before anything was matched with them: none was chosen so that
// matching does well. Besides, everything is written in all usual ways, which are no errors:
// numbers with and without +86, 0086, blanks and hyphens, ids in small letters, addresses in eight
// styles, e-mail addresses in capitals (source_systems.cc). labelled_records.h says which records
// are left out.
#ifndef YILAN_TESTS_IDENTITY_DATA_SOURCE_HABITS_H_
#define YILAN_TESTS_IDENTITY_DATA_SOURCE_HABITS_H_

namespace yilan::identity_data {

// Of 1,000 records, and what begins with the name of a field, of those that state it.
struct Habits {
  const char* system;
  int knows;  // Persons of whom the system has a record. Everybody is known to two at least.

  int name;            // Stated at all.
  int name_homophone;  // One character of the given name is another that sounds the same.
  int name_family_homophone;
  int name_look_alike;   // One character is another that looks like it.
  int name_shortened;    // A character is missing: 王小明 is 王明.
  int name_title_only;   // 王先生.
  int name_traditional;  // In traditional characters.
  int name_pinyin;       // "Wang Xiaoming", in one of five ways.
  int name_nickname;     // 小明同学, "xm1990": nothing of use.
  int name_given_first;  // 小明 王, or in the wrong one of the two fields.
  int name_with_blanks;  // 王　小明.
  int name_parted;       // In the fields for given and family name, and no whole name.

  int id;
  int id_digit;         // One digit is another.
  int id_transposed;    // Two neighbours changed places.
  int id_of_relative;   // Somebody of the same household showed theirs.
  int id_of_15_digits;  // Of those born before 1985.
  int id_placeholder;   // 000000000000000000.

  int birth_date;
  int birth_digit;        // One digit is another.
  int birth_swapped;      // Day and month changed places, where that is a date.
  int birth_placeholder;  // 1900-01-01, or January 1 of the right year.

  int gender;
  int gender_wrong;

  int phone;
  int phone_digit;
  int phone_transposed;
  int phone_of_relative;   // Of the same household.
  int phone_of_agency;     // Of the shop that made the contract.
  int phone_second;        // The fixed line as well; four times that of those who have one.
  int phone_in_one_field;  // Both in one field, with a slash.
  int phone_placeholder;   // 00000000000.
  bool phone_periods;  // Knows former numbers, and when who held what. Others have the number of
                       // the day on which they last changed the record, and no period.

  int email;
  int email_typing;  // "@qq.con", a letter left out.
  int email_of_relative;

  int address;
  int address_former;  // Of those who have lived elsewhere: still that one.
  int address_of_work;
  int address_typing;  // One character is another, or a digit of a number.
  int address_traditional;
  int address_in_fields;  // Province and city in fields of their own.
  int postal_code;

  int twice;  // The person has two records: registered again.
};

// clang-format off
inline constexpr Habits kHabits[] = {
    {.system = "crm", .knows = 930,
     .name = 998, .name_homophone = 10, .name_family_homophone = 2, .name_look_alike = 6,
     .name_shortened = 2, .name_title_only = 2, .name_traditional = 3, .name_pinyin = 5,
     .name_nickname = 0, .name_given_first = 4, .name_with_blanks = 30, .name_parted = 150,
     .id = 950, .id_digit = 8, .id_transposed = 4, .id_of_relative = 2, .id_of_15_digits = 15,
     .id_placeholder = 4,
     .birth_date = 930, .birth_digit = 8, .birth_swapped = 4, .birth_placeholder = 8,
     .gender = 980, .gender_wrong = 6,
     .phone = 970, .phone_digit = 6, .phone_transposed = 3, .phone_of_relative = 20,
     .phone_of_agency = 12, .phone_second = 120, .phone_in_one_field = 150, .phone_placeholder = 4,
     .phone_periods = true,
     .email = 380, .email_typing = 15, .email_of_relative = 5,
     .address = 920, .address_former = 350, .address_of_work = 40, .address_typing = 15,
     .address_traditional = 2, .address_in_fields = 700, .postal_code = 600,
     .twice = 12},
    {.system = "billing", .knows = 850,
     .name = 995, .name_homophone = 12, .name_family_homophone = 3, .name_look_alike = 8,
     .name_shortened = 3, .name_title_only = 3, .name_traditional = 8, .name_pinyin = 8,
     .name_nickname = 0, .name_given_first = 3, .name_with_blanks = 150, .name_parted = 0,
     .id = 650, .id_digit = 10, .id_transposed = 5, .id_of_relative = 3, .id_of_15_digits = 40,
     .id_placeholder = 12,
     .birth_date = 250, .birth_digit = 10, .birth_swapped = 5, .birth_placeholder = 60,
     .gender = 500, .gender_wrong = 8,
     .phone = 930, .phone_digit = 8, .phone_transposed = 4, .phone_of_relative = 30,
     .phone_of_agency = 20, .phone_second = 60, .phone_in_one_field = 300, .phone_placeholder = 8,
     .phone_periods = false,
     .email = 250, .email_typing = 20, .email_of_relative = 8,
     .address = 850, .address_former = 450, .address_of_work = 60, .address_typing = 20,
     .address_traditional = 4, .address_in_fields = 100, .postal_code = 500,
     .twice = 8},
    {.system = "network", .knows = 550,
     .name = 970, .name_homophone = 40, .name_family_homophone = 8, .name_look_alike = 10,
     .name_shortened = 8, .name_title_only = 25, .name_traditional = 2, .name_pinyin = 3,
     .name_nickname = 0, .name_given_first = 2, .name_with_blanks = 10, .name_parted = 0,
     .id = 0, .id_digit = 0, .id_transposed = 0, .id_of_relative = 0, .id_of_15_digits = 0,
     .id_placeholder = 0,
     .birth_date = 0, .birth_digit = 0, .birth_swapped = 0, .birth_placeholder = 0,
     .gender = 300, .gender_wrong = 10,
     .phone = 960, .phone_digit = 10, .phone_transposed = 5, .phone_of_relative = 60,
     .phone_of_agency = 10, .phone_second = 250, .phone_in_one_field = 400, .phone_placeholder = 3,
     .phone_periods = false,
     .email = 0, .email_typing = 0, .email_of_relative = 0,
     .address = 990, .address_former = 100, .address_of_work = 50, .address_typing = 25,
     .address_traditional = 2, .address_in_fields = 50, .postal_code = 0,
     .twice = 5},
    {.system = "webshop", .knows = 520,
     .name = 970, .name_homophone = 6, .name_family_homophone = 1, .name_look_alike = 3,
     .name_shortened = 5, .name_title_only = 20, .name_traditional = 25, .name_pinyin = 140,
     .name_nickname = 30, .name_given_first = 20, .name_with_blanks = 20, .name_parted = 250,
     .id = 0, .id_digit = 0, .id_transposed = 0, .id_of_relative = 0, .id_of_15_digits = 0,
     .id_placeholder = 0,
     .birth_date = 400, .birth_digit = 10, .birth_swapped = 20, .birth_placeholder = 80,
     .gender = 550, .gender_wrong = 15,
     .phone = 930, .phone_digit = 5, .phone_transposed = 2, .phone_of_relative = 25,
     .phone_of_agency = 0, .phone_second = 10, .phone_in_one_field = 0, .phone_placeholder = 5,
     .phone_periods = false,
     .email = 920, .email_typing = 12, .email_of_relative = 15,
     .address = 650, .address_former = 200, .address_of_work = 180, .address_typing = 12,
     .address_traditional = 25, .address_in_fields = 500, .postal_code = 250,
     .twice = 25},
};
// clang-format on

// Shops that sign contracts for others: by how many they sign, the first of them most.
inline constexpr int kAgencies = 25;

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_SOURCE_HABITS_H_
