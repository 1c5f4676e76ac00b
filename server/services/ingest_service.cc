#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "server/call/wire.h"
#include "server/services/services.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::server {

using core::Call;
using core::Platform;

namespace {

class IngestAnswers final : public AnsweringStream {
 public:
  explicit IngestAnswers(core::Ingest& ingest) : stream_(ingest) {}

  absl::StatusOr<grpc::ByteBuffer> Take(const Call& call, absl::string_view message) override {
    ASSIGN_OR_RETURN(const v1::IngestResponse response, stream_.Take(call, message));
    return SerializeMessage(response);
  }

 private:
  core::IngestStream stream_;
};

}  // namespace

ServiceMethods IngestServiceMethods() {
  ServiceMethods methods(v1::IngestRequest::descriptor()->file(), "IngestService");
  methods.ServeStream("Ingest", [](Platform& platform) -> std::unique_ptr<AnsweringStream> {
    return std::make_unique<IngestAnswers>(platform.ingest);
  });
  methods.Serve<v1::ListQuarantinedFactsRequest, v1::ListQuarantinedFactsResponse>(
      "ListQuarantinedFacts",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.quarantine.List(call, request, response);
      });
  methods.Serve<v1::FixQuarantinedFactRequest, v1::FixQuarantinedFactResponse>(
      "FixQuarantinedFact",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.quarantine.Fix(call, request, response);
      });
  methods.Serve<v1::ReplayQuarantinedFactsRequest, v1::ReplayQuarantinedFactsResponse>(
      "ReplayQuarantinedFacts",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.quarantine.Replay(call, request, response);
      });
  methods.Serve<v1::DeleteQuarantinedFactRequest, v1::DeleteQuarantinedFactResponse>(
      "DeleteQuarantinedFact",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.quarantine.Delete(call, request, response);
      });
  return methods;
}

}  // namespace yilan::server
