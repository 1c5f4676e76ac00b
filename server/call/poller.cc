#include "server/call/poller.h"

#include <utility>

#include "server/call/unary_call.h"

namespace yilan::server {
namespace {

// Requests that are answered on the polling thread are small.
constexpr size_t kArenaBytes = size_t{16} << 10;

}  // namespace

google::protobuf::ArenaOptions Poller::ArenaOptionsOver(char* block, size_t size) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = size;
  return options;
}

Poller::Poller(std::unique_ptr<grpc::ServerCompletionQueue> queue, absl::string_view unnamed_client,
               bool certificates)
    : queue_(std::move(queue)),
      identity_(unnamed_client, certificates),
      arena_block_(std::make_unique<char[]>(kArenaBytes)),
      arena_(ArenaOptionsOver(arena_block_.get(), kArenaBytes)) {}

Poller::~Poller() = default;

void Poller::Loop() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<Tag*>(tag)->OnEvent(ok);
}

}  // namespace yilan::server
