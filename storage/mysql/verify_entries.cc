#include "storage/mysql/verify_entries.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/mysql/entries.h"
#include "storage/mysql/statements.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::mysql {
namespace {

constexpr uint64_t kCustomersPerPage = 64;
// More than so many customers can have members.
constexpr uint64_t kMostMembers = kCustomersPerPage * kMaxMembers + 1;

absl::Status Contradiction(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the store contradicts itself: ", what));
}

}  // namespace

absl::Status VerifyEntries(Session& session, const CallOptions& call) {
  uint64_t members = 0;
  std::string last;
  for (;;) {
    RETURN_IF_ERROR(CheckDeadline(call));
    std::vector<CustomerState> page;
    RETURN_IF_ERROR(session.Query(
        SelectCustomersAfter(), {last, kCustomersPerPage}, [&](const RowView& row) -> absl::Status {
          ASSIGN_OR_RETURN(CustomerState state,
                           rows::ParseCustomer(CustomerId::FromBytes(row.bytes(0)), row.bytes(2)));
          if (state.revision != row.number(1)) {
            return Contradiction("a customer has two revisions");
          }
          page.push_back(std::move(state));
          return absl::OkStatus();
        }));
    if (page.empty()) break;
    std::vector<std::string> owners;
    for (const CustomerState& state : page) state.customer.AppendTo(owners.emplace_back());
    std::vector<Param> params = {static_cast<uint64_t>(Space::kMembers)};
    const size_t count = RoundedUp(owners.size());
    for (size_t i = 0; i < count; ++i) {
      params.emplace_back(absl::string_view(owners[std::min(i, owners.size() - 1)]));
    }
    params.emplace_back(kMostMembers);
    std::map<CustomerId, std::vector<SubjectId>> entries;
    RETURN_IF_ERROR(session.Query(SelectOfOwners(count), params, [&](const RowView& row) {
      entries[CustomerId::FromBytes(row.bytes(0))].push_back(SubjectId::FromBytes(row.bytes(1)));
      return absl::OkStatus();
    }));
    for (const CustomerState& state : page) {
      members += state.members.size();
      if (entries[state.customer] != state.members) {
        return Contradiction("a customer is joined with other members than it has");
      }
    }
    last = owners.back();
  }
  uint64_t counted = 0;
  RETURN_IF_ERROR(session.Query(CountMembers(), {}, [&](const RowView& row) {
    counted = row.number(0);
    return absl::OkStatus();
  }));
  return counted == members ? absl::OkStatus()
                            : Contradiction("there are members of customers that are not there");
}

}  // namespace yilan::storage::mysql
