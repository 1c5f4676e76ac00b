// GET /metrics over HTTP, in the text format of Prometheus.
//
// One thread answers one request after the other; it starts and ends at once, where the exposer of
// prometheus-cpp takes two seconds to end.
#ifndef YILAN_SERVER_METRICS_METRICS_ENDPOINT_H_
#define YILAN_SERVER_METRICS_METRICS_ENDPOINT_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "server/config/address.h"

namespace yilan::server {

class MetricsEndpoint {
 public:
  // Answers from now on with what the collectables have to say. UNAVAILABLE when the address cannot
  // be had.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(
      const Address& address, std::vector<std::shared_ptr<prometheus::Collectable>> collectables);
  ~MetricsEndpoint();
  MetricsEndpoint(const MetricsEndpoint&) = delete;
  MetricsEndpoint& operator=(const MetricsEndpoint&) = delete;

  // With the port that was chosen if it was 0.
  const Address& address() const { return address_; }

 private:
  MetricsEndpoint(int fd, int end_fd, Address address,
                  std::vector<std::shared_ptr<prometheus::Collectable>> collectables);
  void Loop();
  void Answer(int fd) const;
  // What is answered to a request, of which `head` has the first line.
  std::string ResponseTo(const std::string& head) const;

  const int fd_;
  const int end_fd_;  // Readable once the endpoint ends.
  const Address address_;
  const std::vector<std::shared_ptr<prometheus::Collectable>> collectables_;
  std::thread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_METRICS_METRICS_ENDPOINT_H_
