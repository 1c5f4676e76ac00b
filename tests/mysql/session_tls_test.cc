// TLS to the database: required means that nothing else is taken.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/session.h"
#include "tests/mysql/kept_process.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/mysql/session_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::HasSubstr;

TEST_F(OwnServerTest, RequiredTlsRefusesAServerWithoutIt) {
  Start({.tcp = true});
  options_.socket.clear();
  options_.host = "127.0.0.1";
  options_.port = own_->port();
  EXPECT_THAT(Session::Connect(options_, watchdog_), IsOk());
  const std::string key = own_->directory() + "/key.pem";
  const std::string certificate = own_->directory() + "/certificate.pem";
  ASSERT_THAT(RunToEnd({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate},
                       own_->directory() + "/openssl.log"),
              IsOk());
  options_.tls_required = true;
  options_.tls_ca = certificate;
  const auto session = Session::Connect(options_, watchdog_);
  EXPECT_THAT(session, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("TLS"));
}

class TlsTest : public OwnServerTest {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + absl::StrCat("/yilan_tls_", absl::GetCurrentTimeNanos());
    ASSERT_THAT(RunToEnd({"mkdir", "-p", directory_}, "/dev/null"), IsOk());
    Certificate("server", "localhost");
    Certificate("other", "localhost");
    Certificate("elsewhere", "db.example.net");
  }
  void TearDown() override { EXPECT_THAT(RunToEnd({"rm", "-r", directory_}, "/dev/null"), IsOk()); }

  void Certificate(const std::string& name, const std::string& host) {
    ASSERT_THAT(RunToEnd({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                          "-subj", "/CN=" + host, "-addext", "subjectAltName=DNS:" + host,
                          "-keyout", File(name, "key"), "-out", File(name, "pem")},
                         directory_ + "/log"),
                IsOk());
  }
  std::string File(const std::string& name, const std::string& end) const {
    return absl::StrCat(directory_, "/", name, ".", end);
  }
  void StartWith(const std::string& name) {
    Start({.tcp = true, .tls_certificate = File(name, "pem"), .tls_key = File(name, "key")});
    options_.socket.clear();
    options_.host = "localhost";
    options_.port = own_->port();
    options_.tls_required = true;
    options_.tls_ca = File(name, "pem");
  }

  std::string directory_;
};

TEST_F(TlsTest, AServerWithTheRightCertificateIsUsedWithTls) {
  StartWith("server");
  const auto session = Connect();
  std::string cipher;
  EXPECT_THAT(session->Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {},
                             [&](const RowView& row) {
                               cipher = std::string(row.bytes(1));
                               return absl::OkStatus();
                             }),
              IsOk());
  EXPECT_NE(cipher, "");
}

TEST_F(TlsTest, ACertificateOfAnotherCaIsRefused) {
  StartWith("server");
  options_.tls_ca = File("other", "pem");
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, ACertificateForAnotherHostIsRefused) {
  StartWith("elsewhere");
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, DeadlinesHoldAndAKilledConnectionIsLost) {
  StartWith("server");
  const auto killed = Connect();
  Kill(*killed);
  const absl::Status lost = killed->Execute("DO 1");
  EXPECT_TRUE(IsConnectionLost(lost)) << lost;
  const auto session = Connect();
  own_->Pause();
  session->SetDeadline(absl::Now() + absl::Milliseconds(300));
  const absl::Time start = absl::Now();
  EXPECT_THAT(session->Execute("DO 1"), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  own_->Resume();
}

TEST_F(SessionTest, TlsWithoutACaIsRefused) {
  options_.tls_required = true;
  EXPECT_THAT(Session::Connect(options_, watchdog_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace yilan::storage::mysql
