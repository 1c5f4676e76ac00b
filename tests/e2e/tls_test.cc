// Encrypted connections, and who the callers are.
#include <csignal>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"
#include "tests/raw_call.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

class TlsTest : public testing::Test {
 protected:
  TlsTest() { ca_.Issue("server", "server", "DNS:localhost,IP:127.0.0.1"); }

  std::vector<std::string> Flags(bool client_ca) {
    std::vector<std::string> flags = {
        "--storage",           "memory:", "--tls-cert", ca_.path("server.pem"), "--tls-key",
        ca_.path("server.key")};
    if (client_ca) flags.insert(flags.end(), {"--tls-client-ca", ca_.path("ca.pem")});
    return flags;
  }

  // A channel that trusts the CA and shows the client's certificate, if a name is given, of `ca`.
  std::shared_ptr<grpc::Channel> Channel(const ServerProcess& server, const std::string& client,
                                         const TestCa& ca) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca_.Read("ca.pem");
    if (!client.empty()) {
      options.pem_cert_chain = ca.Read(client + ".pem");
      options.pem_private_key = ca.Read(client + ".key");
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("localhost:" + std::to_string(server.port()),
                                     grpc::SslCredentials(options), arguments);
  }

  // Who the server takes the caller for: what it writes beside a fact that it rejects.
  static std::string ClientName(const std::shared_ptr<grpc::Channel>& channel) {
    const auto ingest = v1::IngestService::NewStub(channel);
    {
      grpc::ClientContext context;
      const auto stream = ingest->Ingest(&context);
      v1::IngestRequest request;
      request.add_facts()->mutable_payment()->mutable_source()->set_source_system("billing");
      stream->Write(request);
      stream->WritesDone();
      v1::IngestResponse response;
      stream->Read(&response);
      const grpc::Status status = stream->Finish();
      if (!status.ok()) return status.error_message();
    }
    grpc::ClientContext context;
    v1::ListQuarantinedFactsResponse listed;
    const grpc::Status status = ingest->ListQuarantinedFacts(&context, {}, &listed);
    if (!status.ok()) return status.error_message();
    return listed.quarantined_facts(listed.quarantined_facts_size() - 1).client();
  }

  TestCa ca_;
};

TEST_F(TlsTest, WithoutClientCaCallersAreAnonymous) {
  const ServerProcess server(Flags(false));
  EXPECT_EQ(ClientName(Channel(server, "", ca_)), "anonymous");
}

TEST_F(TlsTest, PlaintextIsNotUnderstood) {
  const ServerProcess server(Flags(false));
  EXPECT_EQ(
      CallRaw(server.Channel(), "/yilan.v1.CustomerService/GetStatistics", "").status.error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ACallerIsKnownByTheFirstDnsNameOfItsCertificate) {
  ca_.Issue("billing", "common", "DNS:billing.example,DNS:other.example,URI:urn:yilan:billing");
  const ServerProcess server(Flags(true));
  EXPECT_EQ(ClientName(Channel(server, "billing", ca_)), "billing.example");
}

TEST_F(TlsTest, WithoutDnsNameByItsUri) {
  ca_.Issue("billing", "common", "URI:urn:yilan:billing");
  const ServerProcess server(Flags(true));
  EXPECT_EQ(ClientName(Channel(server, "billing", ca_)), "urn:yilan:billing");
}

TEST_F(TlsTest, WithoutEitherByItsCommonName) {
  ca_.Issue("billing", "billing-system", "");
  const ServerProcess server(Flags(true));
  EXPECT_EQ(ClientName(Channel(server, "billing", ca_)), "billing-system");
}

TEST_F(TlsTest, CallersAreToldApart) {
  ca_.Issue("billing", "billing", "");
  ca_.Issue("crm", "crm", "");
  const ServerProcess server(Flags(true));
  const auto billing = Channel(server, "billing", ca_);
  const auto crm = Channel(server, "crm", ca_);
  // Twice each: by the certificate, and as remembered for the connection. Equal facts of one client
  // are one entry, and the list is in order of arrival.
  EXPECT_EQ(ClientName(billing), "billing");
  EXPECT_EQ(ClientName(crm), "crm");
  EXPECT_EQ(ClientName(billing), "crm");
}

TEST_F(TlsTest, ACertificateWithoutUsableNameIsUnauthenticated) {
  ca_.Issue("odd", "two words", "");
  const ServerProcess server(Flags(true));
  EXPECT_EQ(CallRaw(Channel(server, "odd", ca_), "/yilan.v1.CustomerService/GetStatistics", "")
                .status.error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(TlsTest, WithClientCaACallerWithoutCertificateIsTurnedAway) {
  const ServerProcess server(Flags(true));
  EXPECT_EQ(CallRaw(Channel(server, "", ca_), "/yilan.v1.CustomerService/GetStatistics", "")
                .status.error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityIsTurnedAway) {
  TestCa other;
  other.Issue("billing", "billing", "");
  const ServerProcess server(Flags(true));
  EXPECT_EQ(
      CallRaw(Channel(server, "billing", other), "/yilan.v1.CustomerService/GetStatistics", "")
          .status.error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ServesOthersThanThisMachineWithoutFurtherWords) {
  std::vector<std::string> flags = Flags(false);
  flags.insert(flags.end(), {"--listen", "0.0.0.0:0"});
  const ServerProcess server(flags);
  EXPECT_TRUE(
      CallRaw(Channel(server, "", ca_), "/yilan.v1.CustomerService/GetStatistics", "").status.ok());
}

TEST_F(TlsTest, AKeyThatIsNotTheCertificatesIsAnError) {
  ca_.Issue("other", "other", "");
  const Outcome outcome =
      RunServer({"serve", "--storage", "memory:", "--listen", "127.0.0.1:0", "--metrics-listen",
                 "off", "--tls-cert", ca_.path("server.pem"), "--tls-key", ca_.path("other.key")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, testing::HasSubstr("is not the key of the certificate"));
}

TEST_F(TlsTest, FilesThatAreNoPemAreNamed) {
  std::ofstream(ca_.path("nonsense")) << "nonsense";
  for (const char* setting : {"--tls-cert", "--tls-key", "--tls-client-ca"}) {
    std::vector<std::string> flags = Flags(true);
    flags.insert(flags.begin(), "serve");
    flags.insert(flags.end(), {"--listen", "127.0.0.1:0", "--metrics-listen", "off", setting,
                               ca_.path("nonsense")});
    const Outcome outcome = RunServer(flags);
    EXPECT_EQ(outcome.exit_code, 2) << setting;
    EXPECT_THAT(outcome.err, testing::HasSubstr("nonsense holds no ")) << setting;
  }
}

TEST_F(TlsTest, ACertificateThatEndsSoonIsWarnedOf) {
  ServerProcess server(Flags(false));  // Two days.
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
  EXPECT_THAT(server.Log(), testing::HasSubstr("the certificate ends soon"));
}

TEST(PlaintextTest, WithInsecureOffLoopbackCallersAreAnonymous) {
  const ServerProcess server({"--storage", "memory:", "--insecure", "--listen", "0.0.0.0:0"});
  const auto ingest = v1::IngestService::NewStub(server.Channel());
  grpc::ClientContext context;
  const auto stream = ingest->Ingest(&context);
  v1::IngestRequest request;
  request.add_facts()->mutable_payment();
  stream->Write(request);
  stream->WritesDone();
  v1::IngestResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
  grpc::ClientContext list_context;
  v1::ListQuarantinedFactsResponse listed;
  ASSERT_TRUE(ingest->ListQuarantinedFacts(&list_context, {}, &listed).ok());
  ASSERT_EQ(listed.quarantined_facts_size(), 1);
  EXPECT_EQ(listed.quarantined_facts(0).client(), "anonymous");
}

}  // namespace
}  // namespace yilan::e2e
