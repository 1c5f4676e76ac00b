#include "server/services/services.h"
#include "yilan/v1/quality_service.pb.h"

namespace yilan::server {

using core::Call;
using core::Platform;

ServiceMethods QualityServiceMethods() {
  ServiceMethods methods(v1::GetQualityScorecardRequest::descriptor()->file(), "QualityService");
  methods.Serve<v1::GetQualityScorecardRequest, v1::GetQualityScorecardResponse>(
      "GetQualityScorecard",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.quality.Get(call, request, response);
      });
  methods.Serve<v1::ComputeQualityScorecardRequest, v1::ComputeQualityScorecardResponse>(
      "ComputeQualityScorecard",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.quality.Compute(call, request, response);
      });
  return methods;
}

}  // namespace yilan::server
