#include "server/call/method.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"

namespace yilan::server {
namespace {

// A wrong name is a defect of this program, found by the first start.
[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "yilan-server: %s\n", what.c_str());
  std::abort();
}

bool IsBound(const Method& method) {
  return method.handle || method.handle_bytes || method.handle_open || method.streams();
}

}  // namespace

ServiceMethods::ServiceMethods(const google::protobuf::FileDescriptor* file, absl::string_view name)
    : descriptor_(file->FindServiceByName(std::string(name))) {
  if (descriptor_ == nullptr) Die(absl::StrCat("no service ", name, " in ", file->name()));
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    auto method = std::make_unique<Method>();
    method->descriptor = descriptor_->method(i);
    method->path = absl::StrCat("/", descriptor_->full_name(), "/", method->descriptor->name());
    method->request = factory->GetPrototype(method->descriptor->input_type());
    method->response = factory->GetPrototype(method->descriptor->output_type());
    method->request_id = method->descriptor->input_type()->FindFieldByName("request_id");
    methods_.push_back(std::move(method));
  }
}

Method& ServiceMethods::Find(absl::string_view name) {
  for (const auto& method : methods_) {
    if (method->descriptor->name() == name) return *method;
  }
  Die(absl::StrCat("no method ", name, " in ", descriptor_->full_name()));
}

Method& ServiceMethods::Serve(absl::string_view name, MessageHandler handler) {
  Method& method = Find(name);
  method.handle = std::move(handler);
  return method;
}

Method& ServiceMethods::ServeBytes(absl::string_view name, BytesHandler handler) {
  Method& method = Find(name);
  method.handle_bytes = std::move(handler);
  return method;
}

Method& ServiceMethods::ServeOpen(absl::string_view name, OpenHandler handler) {
  Method& method = Find(name);
  method.handle_open = std::move(handler);
  return method;
}

Method& ServiceMethods::ServeWatch(absl::string_view name, WatchFactory factory) {
  Method& method = Find(name);
  method.open_watch = std::move(factory);
  return method;
}

Method& ServiceMethods::ServeParts(absl::string_view name, PartsFactory factory) {
  Method& method = Find(name);
  method.open_parts = std::move(factory);
  return method;
}

Method& ServiceMethods::ServeStream(absl::string_view name, StreamFactory factory) {
  Method& method = Find(name);
  method.open_stream = std::move(factory);
  return method;
}

void ServiceMethods::ServeFacts() {
  using Operation = absl::Status (core::Facts::*)(const core::Call&, const Message&, Message&);
  constexpr std::pair<absl::string_view, Operation> kOperations[] = {
      {"Upsert", &core::Facts::Upsert},
      {"Get", &core::Facts::Get},
      {"List", &core::Facts::List},
      {"Delete", &core::Facts::Delete},
  };
  for (const auto& method : methods_) {
    if (IsBound(*method)) continue;
    for (const auto& [verb, operation] : kOperations) {
      if (!absl::StartsWith(method->descriptor->name(), verb)) continue;
      method->handle = [operation = operation](core::Platform& platform, const core::Call& call,
                                               const Message& request, Message& response) {
        return (platform.facts.*operation)(call, request, response);
      };
    }
  }
}

std::vector<std::string> ServiceMethods::Unbound() const {
  std::vector<std::string> names;
  for (const auto& method : methods_) {
    if (!IsBound(*method)) names.push_back(method->path);
  }
  return names;
}

}  // namespace yilan::server
