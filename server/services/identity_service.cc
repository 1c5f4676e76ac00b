#include "server/services/services.h"
#include "yilan/v1/identity_service.pb.h"

namespace yilan::server {

using core::Call;
using core::Platform;

ServiceMethods IdentityServiceMethods() {
  ServiceMethods methods(v1::GetSurvivorshipRulesRequest::descriptor()->file(), "IdentityService");
  methods.Serve<v1::GetSurvivorshipRulesRequest, v1::GetSurvivorshipRulesResponse>(
      "GetSurvivorshipRules",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.survivorship.Get(call, request, response);
      });
  methods.Serve<v1::UpdateSurvivorshipRulesRequest, v1::UpdateSurvivorshipRulesResponse>(
      "UpdateSurvivorshipRules",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.survivorship.Update(call, request, response);
      });
  methods.Serve<v1::MergeRequest, v1::MergeResponse>(
      "Merge", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.stewardship.Merge(call, request, response);
      });
  methods.Serve<v1::UnmergeRequest, v1::UnmergeResponse>(
      "Unmerge", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.stewardship.Unmerge(call, request, response);
      });
  methods.Serve<v1::MarkNotDuplicateRequest, v1::MarkNotDuplicateResponse>(
      "MarkNotDuplicate",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.stewardship.MarkNotDuplicate(call, request, response);
      });
  methods.Serve<v1::ListHistoryRequest, v1::ListHistoryResponse>(
      "ListHistory", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.stewardship.ListHistory(call, request, response);
      });
  return methods;
}

}  // namespace yilan::server
