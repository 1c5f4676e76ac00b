#include "core/customers/customer_search.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/identity/own_customers.h"
#include "core/identity/resolve.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

using storage::CustomerState;
using storage::Reader;
using storage::Record;
using storage::RecordKey;
using storage::SubjectId;
using storage::TermCursor;
using storage::TermEntry;

bool Before(const TermCursor& a, const TermCursor& b) {
  return std::tie(a.term, a.record) < std::tie(b.term, b.record);
}

TermCursor PlaceOf(const TermEntry& entry) { return {entry.term.term, entry.record}; }

// A place as bytes: kind, subject, length of the record id, record id, term.
std::string EncodePlace(const TermCursor& place) {
  std::string bytes = {static_cast<char>(place.record.kind >> 8),
                       static_cast<char>(place.record.kind)};
  place.record.subject.AppendTo(bytes);
  bytes.push_back(static_cast<char>(place.record.record_id.size()));
  bytes += place.record.record_id;
  bytes += place.term;
  return bytes;
}

absl::StatusOr<TermCursor> DecodePlace(absl::string_view bytes, const TermRange& range) {
  TermCursor place;
  if (bytes.empty()) return place;
  constexpr size_t kHeadBytes = 2 + SubjectId::kBytes + 1;
  const size_t id_size =
      bytes.size() < kHeadBytes ? 0 : static_cast<uint8_t>(bytes[kHeadBytes - 1]);
  if (bytes.size() > kHeadBytes + id_size) {
    place.record.kind = static_cast<storage::Kind>(static_cast<uint8_t>(bytes[0]) << 8 |
                                                   static_cast<uint8_t>(bytes[1]));
    place.record.subject = SubjectId::FromBytes(bytes.substr(2));
    place.record.record_id = std::string(bytes.substr(kHeadBytes, id_size));
    place.term = std::string(bytes.substr(kHeadBytes + id_size));
  }
  if (place.term < range.first || place.term >= range.limit) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_PAGE_TOKEN,
                           "the page token holds no place in this search; start without one");
  }
  return place;
}

// The first entry of the search that is a customer's, or nothing.
using FirstEntryOf =
    absl::FunctionRef<absl::StatusOr<std::optional<TermCursor>>(const CustomerState& customer)>;

absl::StatusOr<SearchPage> ReadPage(Reader& reader, const TermRange& range,
                                    absl::string_view position, TimeMicros as_of, size_t max,
                                    FirstEntryOf first_entry_of) {
  ASSIGN_OR_RETURN(TermCursor cursor, DecodePlace(position, range));
  const size_t batch = std::clamp<size_t>(max + 1, 16, 256);
  SearchPage page;
  TermCursor last = cursor;
  absl::flat_hash_set<SubjectId> decided;  // Their customers are on this page, or on another one.
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<TermEntry> entries,
                     reader.FindByTerm(range.first, range.limit, cursor, batch));
    for (const TermEntry& entry : entries) {
      const TermCursor place = PlaceOf(entry);
      if (IsValidAt(entry.term, as_of) && !decided.contains(entry.record.subject)) {
        ASSIGN_OR_RETURN(CustomerState customer, reader.GetCustomer(entry.record.subject));
        decided.insert(customer.members.begin(), customer.members.end());
        ASSIGN_OR_RETURN(const std::optional<TermCursor> first, first_entry_of(customer));
        if (!IsOwnCustomer(customer.customer) && first.has_value() && !Before(*first, place)) {
          if (page.customers.size() == max) {
            page.next = EncodePlace(last);
            return page;
          }
          page.customers.push_back(std::move(customer));
        }
      }
      last = place;
    }
    if (entries.size() < batch) return page;
  }
}

// The first entry in `range` that `record` has, if any is before `first`.
void TakeFirst(const Record& record, const TermRange& range, TimeMicros as_of,
               std::optional<TermCursor>& first) {
  for (const storage::Term& term : record.terms) {
    if (term.term < range.first || term.term >= range.limit || !IsValidAt(term, as_of)) continue;
    TermCursor place{term.term, record.key};
    if (!first.has_value() || Before(place, *first)) first = std::move(place);
  }
}

// Of the names in the source records of a customer: no other kind of fact has terms of names.
absl::StatusOr<std::optional<TermCursor>> FirstNameOf(Reader& reader, const CustomerState& customer,
                                                      const TermRange& range, TimeMicros as_of) {
  std::vector<RecordKey> keys;
  for (const SubjectId member : customer.members) {
    RETURN_IF_ERROR(
        reader.Scan({.subject = member, .kind = v1::Fact::kSourceRecord},
                    [&keys](const storage::RecordView& record) {
                      keys.push_back({record.subject, record.kind, std::string(record.record_id)});
                      return absl::OkStatus();
                    }));
  }
  std::optional<TermCursor> first;
  for (const RecordKey& key : keys) {
    ASSIGN_OR_RETURN(const Record record, reader.Get(key));
    TakeFirst(record, range, as_of, first);
  }
  return first;
}

// Of the entries of one term: they are in the order of subjects, as members are.
absl::StatusOr<std::optional<TermCursor>> FirstHolderOf(Reader& reader,
                                                        const CustomerState& customer,
                                                        const TermRange& range, TimeMicros as_of) {
  constexpr size_t kEntriesPerLookup = 16;
  for (const SubjectId member : customer.members) {
    TermCursor cursor{range.first, {member, 0, ""}};
    bool more = true;
    while (more) {
      ASSIGN_OR_RETURN(const std::vector<TermEntry> entries,
                       reader.FindByTerm(range.first, range.limit, cursor, kEntriesPerLookup));
      more = entries.size() == kEntriesPerLookup;
      for (const TermEntry& entry : entries) {
        if (entry.record.subject != member) {
          more = false;
          break;
        }
        if (IsValidAt(entry.term, as_of)) return PlaceOf(entry);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<SearchPage> SearchByName(Reader& reader, const TermRange& range,
                                        absl::string_view position, TimeMicros as_of, size_t max) {
  return ReadPage(reader, range, position, as_of, max, [&](const CustomerState& customer) {
    return FirstNameOf(reader, customer, range, as_of);
  });
}

absl::StatusOr<SearchPage> SearchByTypedIdentifier(Reader& reader,
                                                   const v1::TypedIdentifier& identifier,
                                                   absl::string_view position, TimeMicros as_of,
                                                   size_t max) {
  TermRange range;
  range.first = IdentifierTerm(identifier.type(), identifier.value());
  range.limit = range.first + '\0';  // This term alone.
  return ReadPage(reader, range, position, as_of, max, [&](const CustomerState& customer) {
    return FirstHolderOf(reader, customer, range, as_of);
  });
}

}  // namespace yilan::core
