// Labelled records as CSV, for chinese.mapping.yaml and for whoever scores decisions.
#ifndef YILAN_TESTS_IDENTITY_DATA_CSV_OUTPUT_H_
#define YILAN_TESTS_IDENTITY_DATA_CSV_OUTPUT_H_

#include <string>

#include "tests/identity_data/labelled_records.h"

namespace yilan::identity_data {

// The names of the columns, and the line of one record, each with its line break (RFC 4180). Every
// record fits: up to three telephone numbers with their periods, one e-mail address and address.
std::string CsvHeader();
std::string CsvLine(const LabelledRecord& labelled);

}  // namespace yilan::identity_data

#endif  // YILAN_TESTS_IDENTITY_DATA_CSV_OUTPUT_H_
