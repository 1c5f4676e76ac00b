#include "clients/import/fact_line.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace yilan {
namespace {

constexpr char kReasonPrefix[] = "yilan_";

// The object without the reasons that an import has written into it.
std::string WithoutReasons(absl::string_view line) {
  nlohmann::ordered_json object =
      nlohmann::ordered_json::parse(line.begin(), line.end(), /*cb=*/nullptr,
                                    /*allow_exceptions=*/false);
  if (!object.is_object()) return std::string(line);
  nlohmann::ordered_json fact = nlohmann::ordered_json::object();
  for (auto& [name, value] : object.items()) {
    if (!absl::StartsWith(name, kReasonPrefix)) fact[name] = std::move(value);
  }
  return fact.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::optional<RowProblem> ParseFactLine(absl::string_view line, v1::Fact& fact) {
  const bool has_reasons = absl::StrContains(line, absl::StrCat("\"", kReasonPrefix));
  const std::string text = has_reasons ? WithoutReasons(line) : std::string(line);
  const auto status = google::protobuf::util::JsonStringToMessage(text, &fact);
  if (!status.ok()) {
    return RowProblem{"", "",
                      absl::StrCat("is no yilan.v1.Fact: ", std::string(status.message()),
                                   "; write it as proto/yilan/v1/fact.proto has it")};
  }
  if (fact.fact_case() == v1::Fact::FACT_NOT_SET) {
    return RowProblem{"", "", "states no fact; name one of the fields of yilan.v1.Fact"};
  }
  return std::nullopt;
}

}  // namespace yilan
