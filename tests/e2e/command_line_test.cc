// What yilan-server says to whoever starts it.
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"
#include "tests/raw_call.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(CommandLineTest, HelpListsTheSettingsTheirDefaultsAndTheExitCodes) {
  const Outcome outcome = RunServer({"serve", "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  for (const char* text : {"--listen ADDRESS", "[127.0.0.1:50051]", "--storage", "--insecure",
                           "--tls-client-ca", "--print-config", "YILAN_", "Exit codes"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  EXPECT_THAT(outcome.out, Not(HasSubstr("bench-floor")));
}

TEST(CommandLineTest, HasAVersion) {
  const Outcome outcome = RunServer({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("yilan-server [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

// What bash offers for the last of the words.
std::string Completed(const std::string& words) {
  const TempDir directory;
  std::ofstream(directory.path("script")) << RunServer({"completion", "bash"}).out;
  const Outcome outcome = RunProgram(
      {"bash", "-c",
       "source " + directory.path("script") + "; COMP_WORDS=(" + words +
           "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _yilan_server; echo \"${COMPREPLY[*]}\""});
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

TEST(CompletionTest, CompletesCommandsFlagsAndValues) {
  EXPECT_EQ(Completed("yilan-server se"), "serve\n");
  EXPECT_EQ(Completed("yilan-server serve --print"), "--print-config\n");
  EXPECT_EQ(Completed("yilan-server serve --max-in"), "--max-in-flight\n");
  EXPECT_EQ(Completed("yilan-server serve --log-level w"), "warning\n");
  EXPECT_EQ(Completed("yilan-server copy --fol"), "--follow\n");
  EXPECT_EQ(Completed("yilan-server copy --from ro"), "rocksdb:\n");
  EXPECT_EQ(Completed("yilan-server check --dig"), "--digest\n");
  const TempDir directory;
  std::ofstream(directory.path("server.pem"));
  EXPECT_EQ(Completed("yilan-server serve --tls-cert " + directory.path("serv")),
            directory.path("server.pem") + "\n");
  EXPECT_EQ(Completed("yilan-server serve --bench"), "\n");
}

// Everything that is wrong with a command line: one line that says what, and exit code 2.
class WrongUsageTest
    : public testing::TestWithParam<std::pair<std::vector<std::string>, std::string>> {};

TEST_P(WrongUsageTest, IsOneClearLine) {
  const Outcome outcome = RunServer(GetParam().first);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(StartsWith("yilan-server: "), HasSubstr(GetParam().second)));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLines, WrongUsageTest,
    testing::Values(
        std::pair(std::vector<std::string>{}, "subcommand"),
        std::pair(std::vector<std::string>{"sserve"}, "no such command: \"sserve\""),
        std::pair(std::vector<std::string>{"serve", "--lissten", "x"}, "--lissten"),
        std::pair(std::vector<std::string>{"serve", "--listen"}, "--listen"),
        std::pair(std::vector<std::string>{"serve", "extra"}, "extra"),
        std::pair(std::vector<std::string>{"serve", "--listen", "nowhere"},
                  "listen (flag --listen): \"nowhere\" is no address"),
        std::pair(std::vector<std::string>{"serve", "--storage", "oracle:"},
                  "write memory:, rocksdb:DIRECTORY or mysql:"),
        std::pair(std::vector<std::string>{"serve", "--workers", "0"}, "workers (flag --workers)"),
        std::pair(std::vector<std::string>{"serve", "--insecure=perhaps"}, "insecure"),
        std::pair(std::vector<std::string>{"serve", "--listen", "0.0.0.0:0"},
                  "other machines can reach 0.0.0.0:0; give tls-cert and tls-key, or say insecure"),
        std::pair(std::vector<std::string>{"serve", "--config", "/nowhere/yilan.yaml"},
                  "/nowhere/yilan.yaml: the file cannot be read"),
        std::pair(std::vector<std::string>{"check", "--storage", "memory:"}, "memory:"),
        std::pair(std::vector<std::string>{"copy", "--from", "rocksdb:a"}, "--to"),
        std::pair(std::vector<std::string>{"copy", "--from", "x", "--to", "rocksdb:b"},
                  "--from: \"x\" is not a storage"),
        std::pair(std::vector<std::string>{"copy", "--from", "rocksdb:a", "--to", "oracle:b"},
                  "--to: \"oracle:b\" is not a storage"),
        std::pair(std::vector<std::string>{"copy", "--from", "memory:", "--to", "rocksdb:b"},
                  "memory: is gone with its process"),
        std::pair(std::vector<std::string>{"copy", "--from", "rocksdb:a", "--to", "rocksdb:./a"},
                  "the same storage"),
        std::pair(std::vector<std::string>{"backup", "--storage", "rocksdb:a"}, "--file"),
        std::pair(std::vector<std::string>{"backup", "--storage", "memory:", "--file", "f"},
                  "memory: is gone with its process"),
        std::pair(std::vector<std::string>{"restore", "--storage", "memory:", "--file", "f"},
                  "memory: is gone with its process")));

TEST(CommandLineTest, AWrongVariableIsNamed) {
  const Outcome outcome = RunServer({"serve"}, {{"YILAN_MAX_QUEUED", "many"}});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("max-queued (environment YILAN_MAX_QUEUED): \"many\""));
}

TEST(CommandLineTest, TheEffectiveSettingsCanBePrinted) {
  const TempDir directory;
  std::ofstream(directory.path("yilan.yaml"))
      << "max-queued: 3\nmax-streams: 3\nmax-in-flight: 3\n";
  const Outcome outcome = RunServer({"serve", "--print-config", "--max-queued", "1"},
                                    {{"YILAN_CONFIG", directory.path("yilan.yaml")},
                                     {"YILAN_MAX_QUEUED", "2"},
                                     {"YILAN_MAX_STREAMS", "2"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("max-queued: 1 +# flag --max-queued\n"));
  EXPECT_THAT(outcome.out,
              testing::ContainsRegex("max-streams: 2 +# environment YILAN_MAX_STREAMS\n"));
  EXPECT_THAT(outcome.out,
              testing::ContainsRegex("max-in-flight: 3 +# file .*yilan.yaml, line 3\n"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("listen: 127.0.0.1:50051 +# default\n"));
}

TEST(CommandLineTest, AKeyInTheFileThatIsNoSettingIsNamedWithItsLine) {
  const TempDir directory;
  std::ofstream(directory.path("yilan.yaml")) << "listen: 127.0.0.1:0\n\nstorrage: memory\n";
  const Outcome outcome = RunServer({"serve", "--config", directory.path("yilan.yaml")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("yilan.yaml, line 3: no such setting: \"storrage\""));
}

TEST(CommandLineTest, CertificatesThatCannotBeReadAreNamed) {
  const Outcome outcome =
      RunServer({"serve", "--storage", "memory:", "--listen", "127.0.0.1:0", "--metrics-listen",
                 "off", "--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/cert.pem"));
}

TEST(CommandLineTest, AStoreThatCannotBeOpenedIsAFailure) {
  const TempDir directory;
  std::ofstream(directory.path("file")) << "not a directory";
  const Outcome outcome = RunServer({"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off",
                                     "--storage", "rocksdb:" + directory.path("file/store")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot serve"));
}

TEST(CommandLineTest, TwoServersCannotShareAStore) {
  const TempDir directory;
  const std::string storage = "rocksdb:" + directory.path("store");
  const ServerProcess first({"--storage", storage});
  const Outcome second = RunServer(
      {"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--storage", storage});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_TRUE(CallRaw(first.Channel(), "/yilan.v1.CustomerService/GetStatistics", "").status.ok());
}

class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    ServerProcess server({"--storage", storage_});
    const auto stub = v1::CustomerService::NewStub(server.Channel());
    for (int i = 0; i < 3; ++i) {
      v1::UpsertSourceRecordRequest request;
      request.set_request_id("00000000-0000-4000-8000-00000000000" + std::to_string(i));
      request.mutable_source_record()->mutable_source()->set_source_system("crm");
      request.mutable_source_record()->mutable_source()->set_key("c" + std::to_string(i));
      request.mutable_source_record()->set_name("Name " + std::to_string(i));
      grpc::ClientContext context;
      v1::UpsertSourceRecordResponse response;
      EXPECT_TRUE(stub->UpsertSourceRecord(&context, request, &response).ok());
    }
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
  }

  const TempDir directory_;
  const std::string storage_ = "rocksdb:" + directory_.path("store");
};

TEST_F(CheckTest, ASoundStoreIsCountedAndPasses) {
  const Outcome outcome = RunServer({"check", "--storage", storage_});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("digest +[0-9a-f]{64}\n"));
  EXPECT_THAT(outcome.out, HasSubstr(RunServer({"check", "--digest", "--storage", storage_}).out));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("customers +3\n"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("damages +0\n"));
  EXPECT_THAT(outcome.out, HasSubstr("The store is sound."));
}

TEST_F(CheckTest, ADamagedStoreFails) {
  // The manifest says which files there are; in its middle some bytes turn.
  bool damaged = false;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory_.path("store"))) {
    if (entry.path().filename().string().rfind("MANIFEST", 0) != 0) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(entry.file_size() / 2));
    file << "XXXXXXXXXXXXXXXX";
    damaged = true;
  }
  ASSERT_TRUE(damaged);
  const Outcome outcome = RunServer({"check", "--storage", storage_});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
}

TEST_F(CheckTest, AStoreThatIsNotThereIsNotMade) {
  const Outcome outcome = RunServer({"check", "--storage", "rocksdb:" + directory_.path("other")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(directory_.path("other")));
}

}  // namespace
}  // namespace yilan::e2e
