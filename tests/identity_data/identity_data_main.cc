// yilan-identity-data people|strangers: writes labelled records as CSV, for
//
//   yilan-identity-data people > chinese.csv
//   yilan import chinese.csv --mapping tests/identity_data/chinese.mapping.yaml
//
// `people` are those of two to four systems, in which whoever has the same `person` is one;
// `strangers` are pairs of look-alikes, two lines each, with a first column that says which pair it
// is and of what kind, and no two of them one person.
#include <cstdint>
#include <iostream>
#include <string>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "tests/identity_data/csv_output.h"
#include "tests/identity_data/labelled_records.h"
#include "tests/identity_data/look_alike_strangers.h"

namespace yilan::identity_data {
namespace {

void WritePeople(const PeopleOptions& options) {
  std::cout << CsvHeader();
  for (const LabelledRecord& labelled : MakeRecords(options)) std::cout << CsvLine(labelled);
}

void WriteStrangers(uint64_t seed, size_t count) {
  std::cout << "pair,kind," << CsvHeader();
  size_t number = 0;
  for (const StrangerPair& pair : MakeStrangers(seed, count)) {
    ++number;
    for (const LabelledRecord* labelled : {&pair.a, &pair.b}) {
      std::cout << number << ',' << NameOf(pair.kind) << ',' << CsvLine(*labelled);
    }
  }
}

}  // namespace
}  // namespace yilan::identity_data

int main(int argc, char** argv) {
  CLI::App app("Made-up Chinese customers of several systems, labelled, as CSV");
  app.require_subcommand(1);
  yilan::identity_data::PeopleOptions options;
  size_t pairs = 10000;
  app.add_option("--seed", options.seed, "What the data are made of; the same seed makes the same")
      ->capture_default_str();
  CLI::App* people = app.add_subcommand("people", "Persons and companies in two to four systems");
  people->add_option("--people", options.people, "How many persons")->capture_default_str();
  people->add_option("--companies", options.companies, "How many companies")->capture_default_str();
  CLI::App* strangers = app.add_subcommand("strangers", "Pairs of people who look alike");
  strangers->add_option("--pairs", pairs, "How many pairs")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (people->parsed()) {
    yilan::identity_data::WritePeople(options);
  } else {
    yilan::identity_data::WriteStrangers(options.seed, pairs);
  }
  return std::cout.flush().good() ? 0 : 1;
}
