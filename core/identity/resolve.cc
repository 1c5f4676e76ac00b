#include "core/identity/resolve.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/identity/identifiers.h"
#include "core/identity/own_customers.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::CustomerState;
using storage::SubjectId;

constexpr size_t kMaxListedHolders = 20;
constexpr size_t kEntriesPerLookup = 64;

absl::Status Violated(std::string field, std::string description) {
  Violations violations;
  violations.Add(std::move(field), std::move(description));
  return violations.ToStatus();
}

// Customers that hold a term at `as_of`, in the order of their entries, at most `max`.
absl::StatusOr<std::vector<CustomerState>> HoldersOfTerm(storage::Reader& reader,
                                                         const std::string& term, TimeMicros as_of,
                                                         size_t max) {
  std::vector<CustomerState> holders;
  absl::flat_hash_set<SubjectId> seen;
  storage::TermCursor cursor;
  const std::string limit = term + '\0';  // The next term there can be: only this one is read.
  while (holders.size() < max) {
    ASSIGN_OR_RETURN(const auto entries, reader.FindByTerm(term, limit, cursor, kEntriesPerLookup));
    for (const storage::TermEntry& entry : entries) {
      if (!IsValidAt(entry.term, as_of) || !seen.insert(entry.record.subject).second) continue;
      ASSIGN_OR_RETURN(CustomerState customer, reader.GetCustomer(entry.record.subject));
      if (IsOwnCustomer(customer.customer)) continue;
      seen.insert(customer.members.begin(), customer.members.end());
      holders.push_back(std::move(customer));
      if (holders.size() == max) break;
    }
    if (entries.size() < kEntriesPerLookup) break;
  }
  return holders;
}

// The customer that a subject's name leads to, or nothing.
absl::StatusOr<std::optional<CustomerState>> HolderOfSubject(
    storage::Reader& reader, const v1::SubjectReference& reference) {
  const auto record = reader.FindByKey(SubjectKey(reference));
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(CustomerState customer, reader.GetCustomer(record->subject));
  if (IsOwnCustomer(customer.customer)) return std::nullopt;
  return customer;
}

// The customers that `identifier`, which is well-formed, leads to: at most `max`.
absl::StatusOr<std::vector<CustomerState>> Holders(storage::Reader& reader,
                                                   const v1::CustomerIdentifier& identifier,
                                                   TimeMicros as_of, size_t max,
                                                   absl::string_view path) {
  std::vector<CustomerState> holders;
  switch (identifier.identifier_case()) {
    case v1::CustomerIdentifier::kTypedIdentifier:
      return HoldersOfTerm(reader,
                           IdentifierTerm(identifier.typed_identifier().type(),
                                          identifier.typed_identifier().value()),
                           as_of, max);
    case v1::CustomerIdentifier::kSubject: {
      ASSIGN_OR_RETURN(auto holder, HolderOfSubject(reader, identifier.subject()));
      if (holder.has_value() && max > 0) holders.push_back(*std::move(holder));
      return holders;
    }
    default: {
      ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerId(identifier, path));
      auto customer = FollowRedirects(reader, id);
      if (absl::IsNotFound(customer.status())) return holders;
      RETURN_IF_ERROR(customer.status());
      if (max > 0) holders.push_back(*std::move(customer));
      return holders;
    }
  }
}

}  // namespace

absl::Status CustomerNotFound() {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_CUSTOMER_NOT_FOUND,
                         "no customer goes by this identifier; check it, or wait until a source "
                         "system has stated the customer");
}

absl::Status CheckIdentifier(const v1::CustomerIdentifier& identifier, absl::string_view path) {
  switch (identifier.identifier_case()) {
    case v1::CustomerIdentifier::IDENTIFIER_NOT_SET:
      return Violated(std::string(path),
                      "names no customer; set customer_id, subject or typed_identifier");
    case v1::CustomerIdentifier::kCustomerId:
      return absl::OkStatus();
    case v1::CustomerIdentifier::kSubject: {
      Violations violations;
      const v1::SubjectReference& subject = identifier.subject();
      if (subject.source_system().empty()) {
        violations.Add(absl::StrCat(path, ".subject.source_system"),
                       "is missing; state which system's key this is");
      }
      if (subject.customer_key().empty() && subject.billing_account_key().empty()) {
        violations.Add(absl::StrCat(path, ".subject"),
                       "names no key; set customer_key or billing_account_key");
      }
      return violations.ToStatus();
    }
    case v1::CustomerIdentifier::kTypedIdentifier: {
      const v1::TypedIdentifier& typed = identifier.typed_identifier();
      Violations violations;
      if (typed.type() == v1::IDENTIFIER_TYPE_UNSPECIFIED) {
        violations.Add(absl::StrCat(path, ".typed_identifier.type"),
                       "is missing; state what sort of identifier this is");
      } else if (NormalizeIdentifier(typed.type(), typed.value()).empty()) {
        violations.Add(absl::StrCat(path, ".typed_identifier.value"),
                       "holds nothing of an identifier; state the number or address");
      }
      return violations.ToStatus();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CustomerId> ParseCustomerId(const v1::CustomerIdentifier& identifier,
                                           absl::string_view path) {
  const std::optional<CustomerId> id = CustomerId::FromString(identifier.customer_id());
  if (id.has_value()) return *id;
  return Violated(absl::StrCat(path, ".customer_id"),
                  "is not a customer id, which has 26 letters and digits; use the one that a view "
                  "or a write returned");
}

absl::StatusOr<CustomerState> FollowRedirects(storage::Reader& reader, CustomerId customer) {
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    if (IsOwnCustomer(customer)) return CustomerNotFound();
    auto state = reader.GetCustomer(customer);
    if (absl::IsNotFound(state.status())) return CustomerNotFound();
    RETURN_IF_ERROR(state.status());
    if (!state->members.empty()) return *std::move(state);
    if (!state->redirect.has_value()) return CustomerNotFound();
    customer = *state->redirect;
  }
  return absl::DataLossError("redirects between customers go in a circle");
}

absl::StatusOr<CustomerState> ResolveCustomer(storage::Reader& reader,
                                              const v1::CustomerIdentifier& identifier,
                                              TimeMicros as_of, absl::string_view path) {
  RETURN_IF_ERROR(CheckIdentifier(identifier, path));
  ASSIGN_OR_RETURN(std::vector<CustomerState> holders,
                   Holders(reader, identifier, as_of, kMaxListedHolders, path));
  if (holders.empty()) return CustomerNotFound();
  if (holders.size() == 1) return std::move(holders.front());
  std::vector<std::string> ids;
  ids.reserve(holders.size());
  for (const CustomerState& holder : holders) ids.push_back(holder.customer.ToString());
  std::sort(ids.begin(), ids.end());
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_AMBIGUOUS_IDENTIFIER,
      absl::StrCat("several customers hold this identifier (",
                   ids.size() == kMaxListedHolders ? "at least " : "", ids.size(),
                   "); ask again with one of the customer_ids in the details of this error"),
      {{"customer_ids", absl::StrJoin(ids, ",")}});
}

std::string RedirectedFrom(const v1::CustomerIdentifier& identifier, CustomerId found) {
  if (!identifier.has_customer_id()) return "";
  const std::optional<CustomerId> asked = CustomerId::FromString(identifier.customer_id());
  return asked.has_value() && *asked != found ? asked->ToString() : "";
}

absl::StatusOr<std::vector<CustomerId>> FindHolders(storage::Reader& reader,
                                                    const v1::CustomerIdentifier& identifier,
                                                    TimeMicros as_of, size_t max,
                                                    absl::string_view path) {
  RETURN_IF_ERROR(CheckIdentifier(identifier, path));
  ASSIGN_OR_RETURN(const std::vector<CustomerState> holders,
                   Holders(reader, identifier, as_of, max, path));
  std::vector<CustomerId> ids;
  ids.reserve(holders.size());
  for (const CustomerState& holder : holders) ids.push_back(holder.customer);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace yilan::core
