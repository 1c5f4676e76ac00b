#include "core/identity/identity_streams.h"
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
  methods.Serve<v1::TrainModelRequest, v1::TrainModelResponse>(
      "TrainModel", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.model_operations.Train(call, request, response);
      });
  methods.Serve<v1::PreviewModelRequest, v1::PreviewModelResponse>(
      "PreviewModel",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.model_operations.Preview(call, request, response);
      });
  methods.Serve<v1::ActivateModelRequest, v1::ActivateModelResponse>(
      "ActivateModel",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.model_operations.Activate(call, request, response);
      });
  methods.Serve<v1::GetModelOperationRequest, v1::GetModelOperationResponse>(
      "GetModelOperation",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.model_operations.GetOperation(call, request, response);
      });
  methods.Serve<v1::AddModelRequest, v1::AddModelResponse>(
      "AddModel", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.match_models.Add(call, request, response);
      });
  methods.Serve<v1::GetModelRequest, v1::GetModelResponse>(
      "GetModel", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.match_models.Get(call, request, response);
      });
  methods.Serve<v1::ListModelsRequest, v1::ListModelsResponse>(
      "ListModels", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.match_models.List(call, request, response);
      });
  methods.Serve<v1::PreviewMergeRequest, v1::PreviewMergeResponse>(
      "PreviewMerge",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.merge_preview.Preview(call, request, response);
      });
  methods.Serve<v1::MatchRequest, v1::MatchResponse>(
      "Match", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.explainer.Match(call, request, response);
      });
  methods.Serve<v1::ExplainRequest, v1::ExplainResponse>(
      "Explain", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.explainer.Explain(call, request, response);
      });
  methods.Serve<v1::ListReviewCandidatesRequest, v1::ListReviewCandidatesResponse>(
      "ListReviewCandidates",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.review.List(call, request, response);
      });
  methods.Serve<v1::ClaimCandidateRequest, v1::ClaimCandidateResponse>(
      "ClaimCandidate",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.review.Claim(call, request, response);
      });
  methods.Serve<v1::ResolveCandidateRequest, v1::ResolveCandidateResponse>(
      "ResolveCandidate",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.review.Resolve(call, request, response);
      });
  methods.Serve<v1::ListSuspectsRequest, v1::ListSuspectsResponse>(
      "ListSuspects",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.suspects.List(call, request, response);
      });
  methods.ServeParts<v1::StreamPairsRequest, v1::StreamPairsResponse>(
      "StreamPairs", [](Platform& platform, const auto& request) {
        return core::PairStream::Open(platform.store, request);
      });
  methods.ServeParts<v1::StreamLinksRequest, v1::StreamLinksResponse>(
      "StreamLinks", [](Platform& platform, const auto&) {
        return absl::StatusOr<core::LinkStream>(core::LinkStream(platform.store));
      });
  return methods;
}

}  // namespace yilan::server
