#include <iostream>

#include "yilan/client/client.h"
#include "yilan/client/ingest_session.h"

// Asks a server that is not there, and ends well if it learns so.
int main() {
  auto client = yilan::client::Client::Create({.address = "unix:/nowhere/yilan.sock"});
  if (!client.ok()) return 1;
  yilan::v1::GetCustomerViewRequest request;
  request.mutable_customer()->set_customer_id("01HF7YAT00TSV4RRFFQ69G5FAV");
  const auto view =
      (*client)->Call<&yilan::v1::CustomerViewService::Stub::GetCustomerView>(request);
  std::cout << view.status().ToString() << "\n";
  yilan::client::IngestOptions options;
  options.give_up_connecting_after = absl::ZeroDuration();
  yilan::client::IngestSession session(**client, options, [](uint64_t, const auto&) {});
  if (!session.Add({}, 0).ok()) return 1;
  const yilan::client::Status finished = session.Finish();
  return view.status().code == absl::StatusCode::kUnavailable && !finished.ok() ? 0 : 1;
}
