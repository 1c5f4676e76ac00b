// yilan-fill: fills a server with customers of 40 facts each through the ingest stream, and writes
// their ids for yilan-load; says how many facts a second the server took.
#include <cstdio>
#include <deque>
#include <fstream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/create_channel.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace {

using yilan::v1::Fact;
using yilan::v1::FactSource;

constexpr int64_t kStart = 1'700'000'000;  // Seconds.

void SetSource(FactSource& source, const char* system, const std::string& key, int customer,
               int number) {
  source.set_source_system(system);
  source.set_key(key);
  source.mutable_subject()->set_source_system("crm");
  source.mutable_subject()->set_customer_key(absl::StrCat("c", customer));
  source.mutable_event_time()->set_seconds(kStart + number * 86'400);
  source.set_version(1);
}

void AddFact(int customer, int number, Fact& fact) {
  const std::string key = absl::StrCat("c", customer, "-", number);
  if (number == 0) {
    auto& record = *fact.mutable_source_record();
    SetSource(*record.mutable_source(), "crm", absl::StrCat("c", customer), customer, number);
    record.set_name(absl::StrCat("Customer ", customer));
    record.set_party_type(yilan::v1::PARTY_TYPE_INDIVIDUAL);
  } else if (number < 15) {
    auto& bill = *fact.mutable_customer_bill();
    SetSource(*bill.mutable_source(), "billing", key, customer, number);
    bill.set_bill_number(key);
    bill.set_state(yilan::v1::CUSTOMER_BILL_STATE_SETTLED);
    bill.mutable_amount()->set_currency_code("CNY");
    bill.mutable_amount()->set_minor_units(9900 + number);
  } else if (number < 27) {
    auto& payment = *fact.mutable_payment();
    SetSource(*payment.mutable_source(), "billing", key, customer, number);
    payment.mutable_amount()->set_currency_code("CNY");
    payment.mutable_amount()->set_minor_units(9900 + number);
  } else if (number < 33) {
    auto& interaction = *fact.mutable_party_interaction();
    SetSource(*interaction.mutable_source(), "care", key, customer, number);
    interaction.set_channel("phone");
    interaction.set_reason("asks about the bill of last month");
  } else if (number < 36) {
    auto& product = *fact.mutable_product();
    SetSource(*product.mutable_source(), "crm", key, customer, number);
    product.set_name("Mobile 50 GB");
    product.set_status(yilan::v1::PRODUCT_STATUS_ACTIVE);
  } else {
    auto& resource = *fact.mutable_resource();
    SetSource(*resource.mutable_source(), "network", key, customer, number);
    resource.set_resource_type(yilan::v1::IDENTIFIER_TYPE_MSISDN);
    resource.set_value(absl::StrCat("861", 3'000'000'000 + customer * 4 + number - 36));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string server = "127.0.0.1:50051";
  std::string ids_file;
  int customers = 1000;
  int first = 0;
  int facts = 40;
  int batch = 2000;
  size_t ahead = 4;
  CLI::App app("Fills a server with customers.");
  app.add_option("--server", server);
  app.add_option("--customers", customers);
  app.add_option("--first", first, "Number of the first customer");
  app.add_option("--facts", facts, "Facts of each, up to 40");
  app.add_option("--batch", batch);
  app.add_option("--ahead", ahead, "Batches sent before an answer is awaited");
  app.add_option("--ids", ids_file, "Where to write the ids of all customers");
  CLI11_PARSE(app, argc, argv);

  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto channel =
      grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
  const auto ingest = yilan::v1::IngestService::NewStub(channel);
  grpc::ClientContext context;
  const auto stream = ingest->Ingest(&context);
  size_t unanswered = 0;
  long ok = 0;
  long other = 0;
  const auto read = [&] {
    yilan::v1::IngestResponse response;
    if (!stream->Read(&response)) return false;
    --unanswered;
    for (const auto& result : response.results()) {
      if (result.outcome() == yilan::v1::FACT_OUTCOME_OK) {
        ++ok;
      } else if (other++ == 0) {
        std::fprintf(stderr, "%s\n", result.ShortDebugString().c_str());
      }
    }
    return true;
  };
  const absl::Time begin = absl::Now();
  yilan::v1::IngestRequest request;
  for (int c = first; c < first + customers; ++c) {
    for (int f = 0; f < facts; ++f) AddFact(c, f, *request.add_facts());
    if (request.facts_size() + facts > batch || c + 1 == first + customers) {
      stream->Write(request);
      request.Clear();
      if (++unanswered > ahead && !read()) break;
    }
  }
  stream->WritesDone();
  while (read()) {
  }
  const grpc::Status status = stream->Finish();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  std::printf("%ld facts stored, %ld not, in %.2f s: %.0f facts/s; %s\n", ok, other, seconds,
              static_cast<double>(ok) / seconds, status.error_message().c_str());
  if (ids_file.empty()) return status.ok() ? 0 : 1;

  std::ofstream ids(ids_file);
  const auto customer_service = yilan::v1::CustomerService::NewStub(channel);
  yilan::v1::ListCustomersRequest list;
  list.set_page_size(1000);
  do {
    grpc::ClientContext list_context;
    yilan::v1::ListCustomersResponse page;
    const grpc::Status listed = customer_service->ListCustomers(&list_context, list, &page);
    if (!listed.ok()) {
      std::fprintf(stderr, "%s\n", listed.error_message().c_str());
      return 1;
    }
    for (const auto& customer : page.customers()) ids << customer.customer_id() << "\n";
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  return 0;
}
