#include "clients/cli/json_argument.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace yilan::cli {

bool ReadJsonArgument(const std::string& argument, absl::string_view what, Context& context,
                      google::protobuf::Message& message) {
  std::string json = argument;
  if (!argument.empty() && argument[0] == '@') {
    const std::string path = argument == "@-" ? "/dev/stdin" : argument.substr(1);
    std::ifstream file(path, std::ios::binary);
    json.assign(std::istreambuf_iterator<char>(file), {});
    if (!file) {
      context.Fail(kUnusable, absl::StrCat("cannot read ", path));
      return false;
    }
  }
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  if (status.ok()) return true;
  context.Fail(kUnusable, absl::StrCat(what, " is not a ", message.GetDescriptor()->full_name(),
                                       " in JSON: ", std::string(status.message())));
  return false;
}

}  // namespace yilan::cli
