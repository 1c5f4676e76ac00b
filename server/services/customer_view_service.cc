#include <memory>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "server/services/services.h"
#include "yilan/v1/customer_view_service.pb.h"

namespace yilan::server {

using core::Call;
using core::Platform;

ServiceMethods CustomerViewServiceMethods() {
  ServiceMethods methods(v1::GetCustomerViewRequest::descriptor()->file(), "CustomerViewService");
  // The most frequent call of all: bytes of the cache go out as they are, without a change of
  // thread.
  methods
      .ServeBytes("GetCustomerView",
                  [](Platform& platform, const Call& call, const Message& request) {
                    return platform.views.Get(
                        call, static_cast<const v1::GetCustomerViewRequest&>(request));
                  })
      .try_at_once = [](Platform& platform, const Call& call, const Message& request) {
    return platform.views.TryGet(call, static_cast<const v1::GetCustomerViewRequest&>(request));
  };
  methods.ServeBytes(
      "BatchGetCustomerViews",
      [](Platform& platform, const Call& call,
         const Message& request) -> absl::StatusOr<core::SharedBytes> {
        ASSIGN_OR_RETURN(std::string bytes,
                         platform.views.BatchGetBytes(
                             call, static_cast<const v1::BatchGetCustomerViewsRequest&>(request)));
        return std::make_shared<const std::string>(std::move(bytes));
      });
  methods.Serve<v1::ListTimelineRequest, v1::ListTimelineResponse>(
      "ListTimeline",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.timeline.List(call, request, response);
      });
  return methods;
}

}  // namespace yilan::server
