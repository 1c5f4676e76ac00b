#include "storage/mysql/mysql_url.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

MySqlOptions Parse(absl::string_view url) {
  auto options = ParseMySqlUrl(url);
  EXPECT_THAT(options, IsOk()) << url;
  return options.ok() ? *options : MySqlOptions{};
}

std::string ErrorOf(absl::string_view url) {
  const auto options = ParseMySqlUrl(url);
  EXPECT_THAT(options, StatusIs(absl::StatusCode::kInvalidArgument)) << url;
  return std::string(options.status().message());
}

TEST(MySqlUrlTest, NamesUserHostPortAndDatabase) {
  const MySqlOptions options = Parse("mysql://yilan@db.example.net:3307/customers");
  EXPECT_EQ(options.user, "yilan");
  EXPECT_EQ(options.host, "db.example.net");
  EXPECT_EQ(options.port, 3307);
  EXPECT_EQ(options.database, "customers");
  EXPECT_EQ(options.password, "");
}

TEST(MySqlUrlTest, HasDefaults) {
  const MySqlOptions options = Parse("mysql://yilan@db/customers");
  EXPECT_EQ(options.port, 3306);
  EXPECT_EQ(options.max_connections, 32u);
  EXPECT_EQ(options.connect_timeout, absl::Seconds(2));
  EXPECT_EQ(options.read_timeout, absl::Seconds(30));
  EXPECT_FALSE(options.tls_required);
  EXPECT_EQ(options.socket, "");
}

TEST(MySqlUrlTest, TakesParameters) {
  const MySqlOptions options = Parse(
      "mysql://yilan@localhost/customers?socket=/run/db/s&max-connections=7&connect-timeout=1500ms"
      "&read-timeout=1m");
  EXPECT_EQ(options.socket, "/run/db/s");
  EXPECT_EQ(options.max_connections, 7u);
  EXPECT_EQ(options.connect_timeout, absl::Milliseconds(1500));
  EXPECT_EQ(options.read_timeout, absl::Minutes(1));
}

TEST(MySqlUrlTest, TheCaRequiresTls) {
  const MySqlOptions options =
      Parse("mysql://yilan@db/customers?tls-ca=/ca.pem&tls-cert=/c.pem&tls-key=/k.pem");
  EXPECT_TRUE(options.tls_required);
  EXPECT_EQ(options.tls_ca, "/ca.pem");
  EXPECT_EQ(options.tls_cert, "/c.pem");
  EXPECT_EQ(options.tls_key, "/k.pem");
}

TEST(MySqlUrlTest, AClientCertificateNeedsItsKeyAndTheCa) {
  EXPECT_THAT(ErrorOf("mysql://u@db/d?tls-ca=/ca&tls-cert=/c"), HasSubstr("together"));
  EXPECT_THAT(ErrorOf("mysql://u@db/d?tls-cert=/c&tls-key=/k"), HasSubstr("needs tls-ca"));
}

TEST(MySqlUrlTest, DecodesEscapes) {
  const MySqlOptions options = Parse("mysql://y%40lan@d%62/cust%25omers?socket=/a%26b%3d");
  EXPECT_EQ(options.user, "y@lan");
  EXPECT_EQ(options.host, "db");
  EXPECT_EQ(options.database, "cust%omers");
  EXPECT_EQ(options.socket, "/a&b=");
}

TEST(MySqlUrlTest, RefusesBadEscapes) {
  for (const char* url : {"mysql://u@db/d%", "mysql://u@db/d%4", "mysql://u@db/d%4g",
                          "mysql://u@db/d%zz", "mysql://u@db/d?%=1"}) {
    EXPECT_THAT(ErrorOf(url), HasSubstr("hexadecimal")) << url;
  }
  EXPECT_THAT(ErrorOf("mysql://u@db/d%00e"), HasSubstr("NUL"));
}

TEST(MySqlUrlTest, TakesIpv6InBrackets) {
  const MySqlOptions options = Parse("mysql://yilan@[::1]:3307/customers");
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.port, 3307);
  EXPECT_EQ(Parse("mysql://yilan@[::1]/customers").port, 3306);
  EXPECT_THAT(ErrorOf("mysql://yilan@::1/customers"), HasSubstr("[ ]"));
  EXPECT_THAT(ErrorOf("mysql://yilan@[::1/customers"), HasSubstr("]"));
}

TEST(MySqlUrlTest, RefusesAPasswordAndDoesNotRepeatIt) {
  for (const char* url :
       {"mysql://yilan:secret@db/customers", "mysql://yilan:s@secret@db/customers",
        "mysql://yilan@db/customers?password=secret"}) {
    EXPECT_THAT(ErrorOf(url), AllOf(HasSubstr("YILAN_MYSQL_PASSWORD"), Not(HasSubstr("secret"))))
        << url;
  }
}

TEST(MySqlUrlTest, AnUnknownParameterIsAnErrorThatListsTheOthers) {
  EXPECT_THAT(ErrorOf("mysql://u@db/d?sslmode=require"),
              AllOf(HasSubstr("sslmode"), HasSubstr("max-connections"), HasSubstr("tls-ca")));
}

TEST(MySqlUrlTest, RefusesAParameterGivenTwice) {
  EXPECT_THAT(ErrorOf("mysql://u@db/d?tls-ca=/a&tls-ca=/b"), HasSubstr("twice"));
}

TEST(MySqlUrlTest, SaysWhatIsMissing) {
  EXPECT_THAT(ErrorOf("postgres://u@db/d"), HasSubstr("mysql://"));
  EXPECT_THAT(ErrorOf("mysql://db/d"), HasSubstr("user"));
  EXPECT_THAT(ErrorOf("mysql://@db/d"), HasSubstr("user"));
  EXPECT_THAT(ErrorOf("mysql://u@/d"), HasSubstr("host"));
  EXPECT_THAT(ErrorOf("mysql://u@db"), HasSubstr("database"));
  EXPECT_THAT(ErrorOf("mysql://u@db/"), HasSubstr("database"));
  EXPECT_THAT(ErrorOf("mysql://u@db/d?socket"), HasSubstr("no value"));
}

TEST(MySqlUrlTest, RefusesNumbersOutOfRange) {
  for (const char* url :
       {"mysql://u@db:0/d", "mysql://u@db:65536/d", "mysql://u@db:x/d", "mysql://u@db:/d",
        "mysql://u@db/d?max-connections=0", "mysql://u@db/d?max-connections=10001",
        "mysql://u@db/d?connect-timeout=0s", "mysql://u@db/d?connect-timeout=2",
        "mysql://u@db/d?connect-timeout=inf", "mysql://u@db/d?read-timeout=-1s"}) {
    ErrorOf(url);
  }
}

TEST(MySqlUrlTest, IsDescribedWithoutThePassword) {
  MySqlOptions options = Parse("mysql://yilan@[::1]:3307/customers?tls-ca=/ca&max-connections=7");
  options.password = "secret";
  EXPECT_EQ(DescribeMySql(options),
            "mysql://yilan@[::1]:3307/customers (TLS, at most 7 connections)");
  EXPECT_EQ(DescribeMySql(Parse("mysql://u@localhost/d?socket=/s&max-connections=1")),
            "mysql://u@localhost/d (socket /s, at most 1 connection)");
}

}  // namespace
}  // namespace yilan::storage::mysql
