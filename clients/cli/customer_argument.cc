#include "clients/cli/customer_argument.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/ids.h"
#include "clients/text/suggestion.h"

namespace yilan::cli {
namespace {

constexpr char kTypePrefix[] = "IDENTIFIER_TYPE_";
constexpr char kAccountWord[] = "account";
constexpr char kIdWord[] = "id";

std::optional<v1::IdentifierType> TypeOf(absl::string_view word) {
  v1::IdentifierType type;
  const std::string name =
      absl::StrCat(kTypePrefix, absl::AsciiStrToUpper(absl::StrReplaceAll(word, {{"-", "_"}})));
  if (!v1::IdentifierType_Parse(name, &type) || type == v1::IDENTIFIER_TYPE_UNSPECIFIED) {
    return std::nullopt;
  }
  return type;
}

// Splits "crm/C42"; the system must be one that a source system can have as its name.
bool SplitKey(absl::string_view text, v1::SubjectReference& subject, bool is_account) {
  const size_t slash = text.find('/');
  if (slash == 0 || slash == absl::string_view::npos || slash + 1 == text.size()) return false;
  const absl::string_view system = text.substr(0, slash);
  if (!absl::ascii_islower(static_cast<unsigned char>(system[0]))) return false;
  for (const char c : system) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_islower(byte) && !absl::ascii_isdigit(byte) && c != '-' && c != '_') {
      return false;
    }
  }
  subject.set_source_system(std::string(system));
  const std::string key(text.substr(slash + 1));
  is_account ? subject.set_billing_account_key(key) : subject.set_customer_key(key);
  return true;
}

absl::Status NotACustomer(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, ".\n", kCustomerHelp, "."));
}

}  // namespace

std::vector<std::string> IdentifierWords() {
  std::vector<std::string> words = {kIdWord, kAccountWord};
  const auto& type = *v1::IdentifierType_descriptor();
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    words.push_back(absl::StrReplaceAll(
        absl::AsciiStrToLower(absl::StripPrefix(type.value(i)->name(), kTypePrefix)),
        {{"_", "-"}}));
  }
  return words;
}

absl::StatusOr<v1::CustomerIdentifier> ParseCustomer(absl::string_view text) {
  v1::CustomerIdentifier customer;
  const size_t colon = text.find(':');
  const size_t slash = text.find('/');
  // A key may have a colon in it: crm/a:b.
  if (colon != absl::string_view::npos && (slash == absl::string_view::npos || colon < slash)) {
    const absl::string_view word = text.substr(0, colon);
    const absl::string_view value = text.substr(colon + 1);
    if (value.empty())
      return NotACustomer(absl::StrCat("`", text, "` has nothing behind the colon"));
    if (word == kIdWord) {
      customer.set_customer_id(std::string(value));
      return customer;
    }
    if (word == kAccountWord) {
      if (SplitKey(value, *customer.mutable_subject(), true)) return customer;
      return NotACustomer("an account is written account:SYSTEM/KEY");
    }
    if (const auto type = TypeOf(word)) {
      customer.mutable_typed_identifier()->set_type(*type);
      customer.mutable_typed_identifier()->set_value(std::string(value));
      return customer;
    }
    return NotACustomer(
        absl::StrCat("`", word, "` is no sort of identifier", Suggestion(word, IdentifierWords())));
  }
  if (slash != absl::string_view::npos) {
    if (SplitKey(text, *customer.mutable_subject(), false)) return customer;
    return NotACustomer("a source key is written SYSTEM/KEY, the system in lower case");
  }
  if (IdFromBase32(text).has_value()) {
    customer.set_customer_id(std::string(text));
    return customer;
  }
  return NotACustomer(absl::StrCat("`", text, "` names no customer"));
}

bool ReadCustomer(const std::string& text, Context& context, v1::CustomerIdentifier& customer) {
  auto parsed = ParseCustomer(text);
  if (!parsed.ok()) {
    context.Fail(kUnusable, parsed.status().message());
    return false;
  }
  customer = *std::move(parsed);
  return true;
}

bool LooksLikeIdentifier(absl::string_view text) {
  const auto customer = ParseCustomer(text);
  if (customer.ok()) return true;
  const absl::string_view word = text.substr(0, text.find(':'));
  return word.size() < text.size() && (word == kAccountWord || TypeOf(word).has_value());
}

}  // namespace yilan::cli
