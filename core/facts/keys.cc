#include "core/facts/keys.h"

#include <openssl/sha.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/identity/identifiers.h"

namespace yilan::core {
namespace {

constexpr char kFactPrefix = 'f';
constexpr char kCustomerKeyPrefix = 'c';
constexpr char kAccountKeyPrefix = 'a';
constexpr char kIdentifierPrefix = 'i';
constexpr char kNamePrefix = 'n';

constexpr size_t kFactIdBytes = 16;
constexpr size_t kDigestBytesInRecordId = 8;
// Terms are cut here: the end of a very long name is not worth an entry that the store refuses.
constexpr size_t kMaxNameTermBytes = 200;
constexpr size_t kMaxNameTerms = 24;

std::string SourceKey(char prefix, absl::string_view source_system, absl::string_view key) {
  return absl::StrCat(absl::string_view(&prefix, 1), source_system, absl::string_view("\0", 1),
                      key);
}

// Ends on a character: cutting inside one would make the term no UTF-8.
absl::string_view CutUtf8(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<uint8_t>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace

std::string FactKey(storage::Kind kind, absl::string_view source_system, absl::string_view key) {
  const char bytes[] = {kFactPrefix, static_cast<char>(kind >> 8), static_cast<char>(kind)};
  return absl::StrCat(absl::string_view(bytes, 3), source_system, absl::string_view("\0", 1), key);
}

std::string SubjectKey(const v1::SubjectReference& reference) {
  if (reference.reference_case() == v1::SubjectReference::kBillingAccountKey) {
    return SourceKey(kAccountKeyPrefix, reference.source_system(), reference.billing_account_key());
  }
  return SourceKey(kCustomerKeyPrefix, reference.source_system(), reference.customer_key());
}

std::string FactId(absl::string_view source_system, absl::string_view key) {
  const std::string name = absl::StrCat(source_system, absl::string_view("\0", 1), key);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), kFactIdBytes);
}

std::string FirstRecordIdAt(TimeMicros time) {
  // The later the time, the smaller the number: ascending ids run from the newest to the oldest.
  const uint64_t descending =
      static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) - static_cast<uint64_t>(time);
  std::string id;
  for (int shift = 56; shift >= 0; shift -= 8) {
    id.push_back(static_cast<char>(descending >> shift));
  }
  return id;
}

std::string FactRecordId(TimeMicros occurrence_time, absl::string_view fact_id) {
  return absl::StrCat(FirstRecordIdAt(occurrence_time), fact_id.substr(0, kDigestBytesInRecordId));
}

TimeMicros OccurrenceTimeOf(absl::string_view record_id) {
  uint64_t descending = 0;
  for (size_t i = 0; i < 8 && i < record_id.size(); ++i) {
    descending = descending << 8 | static_cast<uint8_t>(record_id[i]);
  }
  const auto time = static_cast<TimeMicros>(
      static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) - descending);
  return std::clamp(time, kMinTime, kMaxTime);
}

std::string IdentifierTerm(v1::IdentifierType type, absl::string_view value) {
  const char bytes[] = {kIdentifierPrefix, static_cast<char>(type)};
  return absl::StrCat(absl::string_view(bytes, 2), NormalizeIdentifier(type, value));
}

void AddIdentifierTerm(v1::IdentifierType type, absl::string_view value, TimeMicros valid_from,
                       TimeMicros valid_to, std::vector<storage::Term>& terms) {
  if (NormalizeIdentifier(type, value).empty()) return;
  storage::Term term{IdentifierTerm(type, value), valid_from, valid_to};
  for (const storage::Term& other : terms) {
    if (other.term == term.term) return;
  }
  terms.push_back(std::move(term));
}

std::vector<std::string> NameTerms(absl::string_view name) {
  std::vector<std::string> terms;
  for (const std::string& word : NameWords(name)) {
    if (terms.size() == kMaxNameTerms) break;
    terms.push_back(
        absl::StrCat(absl::string_view(&kNamePrefix, 1), CutUtf8(word, kMaxNameTermBytes)));
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

TermRange NamePrefixRange(absl::string_view prefix) {
  const std::string folded = FoldName(prefix);
  TermRange range;
  range.first =
      absl::StrCat(absl::string_view(&kNamePrefix, 1), CutUtf8(folded, kMaxNameTermBytes));
  // Terms are UTF-8, which has no byte 0xff: this is above all that begin with the prefix.
  range.limit = absl::StrCat(range.first, "\xff");
  return range;
}

std::string EtagOf(storage::Revision revision) { return absl::StrCat("r", revision); }

std::optional<storage::Revision> RevisionOf(absl::string_view etag) {
  storage::Revision revision = 0;
  if (etag.size() < 2 || etag[0] != 'r' || !absl::SimpleAtoi(etag.substr(1), &revision) ||
      EtagOf(revision) != etag) {
    return std::nullopt;
  }
  return revision;
}

}  // namespace yilan::core
