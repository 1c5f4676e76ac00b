#include "server/config/config.h"

#include <cstdlib>
#include <fstream>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"

namespace yilan::server {
namespace {

using testing::HasSubstr;

GivenValues Given(const char* source, std::map<std::string, std::string> values) {
  GivenValues given;
  for (auto& [name, value] : values) given[name] = {value, source};
  return given;
}

absl::StatusOr<LoadedConfig> Merge(std::map<std::string, std::string> flags) {
  return MergeConfig(Given("flag", std::move(flags)), {}, {});
}

std::string MessageOf(const absl::StatusOr<LoadedConfig>& result) {
  return std::string(result.status().message());
}

class ConfigFileTest : public testing::Test {
 protected:
  absl::StatusOr<GivenValues> Read(const std::string& text) {
    path_ = testing::TempDir() + "/config_" +
            testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
    std::ofstream(path_) << text;
    return ReadConfigFile(path_);
  }
  ~ConfigFileTest() override { std::remove(path_.c_str()); }

  std::string path_;
};

TEST(ConfigTest, TheDefaultsAreGood) {
  const auto loaded = Merge({});
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->config.listen.ToString(), "127.0.0.1:50051");
  EXPECT_EQ(loaded->config.storage, "rocksdb:data");
  EXPECT_EQ(loaded->config.default_deadline, absl::Seconds(10));
  EXPECT_EQ(loaded->config.view_cache_bytes, size_t{256} << 20);
}

TEST(ConfigTest, AFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile) {
  const GivenValues flags = Given("flag", {{"max-queued", "1"}});
  const GivenValues environment = Given("environment", {{"max-queued", "2"}, {"pollers", "2"}});
  const GivenValues file =
      Given("file", {{"max-queued", "3"}, {"pollers", "3"}, {"max-streams", "3"}});
  const auto loaded = MergeConfig(flags, environment, file);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->config.max_queued, 1u);
  EXPECT_EQ(loaded->config.pollers, 2);
  EXPECT_EQ(loaded->config.max_streams, 3u);
  EXPECT_EQ(loaded->values.at("max-queued").source, "flag");
  EXPECT_EQ(loaded->values.at("pollers").source, "environment");
  EXPECT_EQ(loaded->values.at("max-streams").source, "file");
  EXPECT_EQ(loaded->values.at("max-in-flight").source, "default");
}

TEST(ConfigTest, AWrongValueIsNamedWithItsSource) {
  const auto loaded =
      MergeConfig({}, Given("environment YILAN_WORKERS", {{"workers", "many"}}), {});
  EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(MessageOf(loaded),
            "workers (environment YILAN_WORKERS): \"many\" is not a whole number from 1 to 1024");
}

TEST(ConfigTest, SizesHaveSuffixes) {
  const std::pair<const char*, size_t> sizes[] = {
      {"512", 512},     {"64K", 64 << 10},           {"64KiB", 64 << 10},
      {"3MB", 3 << 20}, {"1.5GiB", size_t{3} << 29}, {"0", 0}};
  for (const auto& [text, bytes] : sizes) {
    const auto loaded = Merge({{"view-cache-bytes", text}});
    ASSERT_THAT(loaded, IsOk()) << text;
    EXPECT_EQ(loaded->config.view_cache_bytes, bytes) << text;
  }
  for (const char* text : {"", "much", "-1", "5X", "1e40", "nan"}) {
    EXPECT_THAT(Merge({{"view-cache-bytes", text}}), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(ConfigTest, TheStorageCacheSuitsTheMachineOrHasASizeThatIsOfUse) {
  EXPECT_EQ(Merge({})->config.storage_cache_bytes, 0u);
  EXPECT_EQ(Merge({{"storage-cache-bytes", "auto"}})->config.storage_cache_bytes, 0u);
  EXPECT_EQ(Merge({{"storage-cache-bytes", "2GiB"}})->config.storage_cache_bytes, size_t{2} << 30);
  for (const char* text : {"", "0", "1MiB", "half"}) {
    EXPECT_THAT(Merge({{"storage-cache-bytes", text}}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(ConfigTest, ADurationNeedsAUnit) {
  EXPECT_THAT(Merge({{"drain-timeout", "500ms"}}), IsOk());
  for (const char* text : {"10", "-1s", "0s", "inf", "48h"}) {
    EXPECT_THAT(Merge({{"drain-timeout", text}}), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(ConfigTest, PlaintextOffLoopbackMustBeSaidAloud) {
  const auto loaded = Merge({{"listen", "0.0.0.0:50051"}});
  EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MessageOf(loaded), HasSubstr("insecure"));
  EXPECT_THAT(Merge({{"listen", "0.0.0.0:50051"}, {"insecure", "true"}}), IsOk());
  EXPECT_THAT(Merge({{"listen", "0.0.0.0:50051"}, {"tls-cert", "c"}, {"tls-key", "k"}}), IsOk());
  EXPECT_THAT(Merge({{"listen", "[::]:50051"}}), StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* local :
       {"127.0.0.1:1", "127.8.9.1:1", "localhost:1", "[::1]:1", "unix:/tmp/s"}) {
    EXPECT_THAT(Merge({{"listen", local}}), IsOk()) << local;
  }
}

TEST(ConfigTest, TlsSettingsGoTogether) {
  EXPECT_THAT(Merge({{"tls-cert", "c"}}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Merge({{"tls-key", "k"}}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Merge({{"tls-client-ca", "a"}}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ConfigTest, IsolationIsForMemoryOnly) {
  EXPECT_THAT(Merge({{"isolate-by-token", "true"}, {"storage", "memory:"}}), IsOk());
  EXPECT_THAT(Merge({{"isolate-by-token", "true"}, {"storage", "rocksdb:d"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ConfigTest, AddressesThatAreNoneAreRefused) {
  for (const char* text : {"", "50051", ":50051", "host:", "host:port", "host:65536", "host:-1",
                           "::1:50051", "unix:"}) {
    EXPECT_THAT(Merge({{"listen", text}}), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  const std::string long_path = "unix:/" + std::string(200, 'x');
  EXPECT_THAT(MessageOf(Merge({{"listen", long_path}})), HasSubstr("at most 107 bytes"));
}

TEST(ConfigTest, MemoryNeedsNoColonForItIsAwkwardInYaml) {
  const auto loaded = Merge({{"storage", "memory"}});
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->config.storage, "memory:");
}

TEST(ConfigTest, StoragesThatAreNoneAreRefused) {
  for (const char* text : {"", "Memory:", "rocksdb:", "mysql:db", "data"}) {
    EXPECT_THAT(Merge({{"storage", text}}), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ConfigTest, EverySettingHasAnEnvironmentVariable) {
  const GivenValues values = ReadEnvironment([](const char* name) -> const char* {
    return std::string(name) == "YILAN_MAX_IN_FLIGHT" ? "7" : nullptr;
  });
  ASSERT_EQ(values.size(), 1u);
  EXPECT_EQ(values.at("max-in-flight").value, "7");
  EXPECT_EQ(values.at("max-in-flight").source, "environment YILAN_MAX_IN_FLIGHT");
}

TEST_F(ConfigFileTest, IsAMappingFromSettingsToValues) {
  const auto values = Read("# a comment\nlisten: 127.0.0.1:0\ninsecure: true\nmax-queued: 5\n");
  ASSERT_THAT(values, IsOk());
  EXPECT_EQ(values->at("listen").value, "127.0.0.1:0");
  EXPECT_EQ(values->at("insecure").value, "true");
  EXPECT_EQ(values->at("max-queued").source, "file " + path_ + ", line 4");
}

TEST_F(ConfigFileTest, AnEmptyFileGivesNothing) {
  const auto values = Read("");
  ASSERT_THAT(values, IsOk());
  EXPECT_TRUE(values->empty());
}

TEST_F(ConfigFileTest, AnUnknownKeyIsNamedWithItsLine) {
  const auto values = Read("listen: 127.0.0.1:0\nlissten: x\n");
  EXPECT_THAT(values, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(values.status().message()),
              HasSubstr(path_ + ", line 2: no such setting: \"lissten\""));
}

TEST_F(ConfigFileTest, WhatIsNoMappingOfSingleValuesIsRefusedByLine) {
  for (const char* text : {"- listen", "listen: [1, 2]", "listen", "listen: x\nlisten: y",
                           "listen: {a: b}", "[a]: b"}) {
    const auto values = Read(text);
    EXPECT_THAT(values, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(values.status().message()), HasSubstr(", line ")) << text;
  }
}

TEST_F(ConfigFileTest, WhatIsNoYamlIsRefused) {
  EXPECT_THAT(Read("listen: \"open"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConfigFileTest, AMissingFileIsAnError) {
  EXPECT_THAT(ReadConfigFile("/nowhere/at/all"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConfigFileTest, ThePrintedConfigIsAFileThatGivesTheSame) {
  const auto loaded = Merge({{"listen", "unix:/tmp/a b"}, {"max-queued", "5"}});
  ASSERT_THAT(loaded, IsOk());
  const std::string printed = PrintConfig(*loaded);
  EXPECT_THAT(printed, HasSubstr("# flag\n"));
  EXPECT_THAT(printed, HasSubstr("# default\n"));
  const auto values = Read(printed);
  ASSERT_THAT(values, IsOk());
  const auto again = MergeConfig({}, {}, *values);
  ASSERT_THAT(again, IsOk());
  for (const auto& [name, given] : loaded->values) {
    EXPECT_EQ(again->values.at(name).value, given.value) << name;
  }
}

}  // namespace
}  // namespace yilan::server
