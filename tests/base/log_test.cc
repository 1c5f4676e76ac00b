#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace yilan {
namespace {

using nlohmann::json;

// A log that writes into a pipe, and what it has written.
class PipedLog {
 public:
  explicit PipedLog(Severity minimum = Severity::kDebug) {
    if (pipe2(ends_, O_CLOEXEC) != 0) std::abort();
    log_ = std::make_unique<Log>(ends_[1], minimum);
  }
  ~PipedLog() {
    log_.reset();
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }

  Log& operator*() { return *log_; }
  Log* operator->() { return log_.get(); }

  // Ends the log.
  std::string Text() {
    log_.reset();
    close(std::exchange(ends_[1], -1));
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends_[0], buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }
  std::vector<json> Lines() {
    std::vector<json> lines;
    std::string text = Text();
    for (size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      lines.push_back(json::parse(text.substr(at, end - at)));
    }
    return lines;
  }

 private:
  int ends_[2] = {-1, -1};
  std::unique_ptr<Log> log_;
};

TEST(LogTest, AnEventIsOneJsonObject) {
  PipedLog log;
  log->Warning(
      "disk nearly full",
      {{"free_bytes", int64_t{5}}, {"share", 0.25}, {"path", "/data"}, {"read_only", false}});
  const auto lines = log.Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["severity"], "WARNING");
  EXPECT_EQ(lines[0]["message"], "disk nearly full");
  EXPECT_EQ(lines[0]["free_bytes"], 5);
  EXPECT_EQ(lines[0]["share"], 0.25);
  EXPECT_EQ(lines[0]["path"], "/data");
  EXPECT_EQ(lines[0]["read_only"], false);
  EXPECT_THAT(lines[0]["time"].get<std::string>(),
              testing::MatchesRegex("20..-..-..T..:..:..\\.......Z"));
}

TEST(LogTest, LineBreaksAndQuotesDoNotBreakALine) {
  PipedLog log;
  log->Info("a \"quoted\"\nmessage", {{"field", std::string("tab\t, nul\0, del\x7f", 17)}});
  const auto lines = log.Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["message"], "a \"quoted\"\nmessage");
  EXPECT_EQ(lines[0]["field"], std::string("tab\t, nul\0, del\x7f", 17));
}

TEST(LogTest, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  PipedLog log;
  log->Info("text", {{"cut", "\xe4\xb8"}, {"overlong", "\xc0\x80"}, {"good", "一览 𝛼"}});
  const auto lines = log.Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["cut"], "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(lines[0]["overlong"], "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(lines[0]["good"], "一览 𝛼");
}

TEST(LogTest, NumbersThatJsonDoesNotKnowAreNull) {
  PipedLog log;
  log->Info("figures", {{"endless", std::numeric_limits<double>::infinity()}});
  EXPECT_TRUE(log.Lines()[0]["endless"].is_null());
}

TEST(LogTest, EventsBelowTheMinimumAreLeftOut) {
  PipedLog log(Severity::kWarning);
  log->Debug("one");
  log->Info("two");
  log->Warning("three");
  log->Error("four");
  const auto lines = log.Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["message"], "three");
  EXPECT_EQ(lines[1]["message"], "four");
}

TEST(LogTest, LinesOfManyThreadsStayWhole) {
  PipedLog log;
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&log, t] {
      for (int i = 0; i < 100; ++i) log->Info("event", {{"thread", t}, {"number", i}});
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(log.Lines().size(), 400u);
}

TEST(LogTest, WhatNobodyReadsIsDroppedAndCounted) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::string text;
  {
    Log log(ends[1], Severity::kInfo);
    const std::string long_text(10'000, 'x');
    // More than pipe and log hold together; none of these waits for a reader.
    for (int i = 0; i < 300; ++i) log.Info("flood", {{"text", long_text}});
    std::thread reader([&] {
      char buffer[65536];
      for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
        text.append(buffer, static_cast<size_t>(n));
        if (text.find("after the flood") != std::string::npos) return;
      }
    });
    log.Flush();
    log.Info("after the flood");
    reader.join();
  }
  close(ends[0]);
  close(ends[1]);
  // The next line that finds room tells: the last one, or one of the flood.
  EXPECT_THAT(text, testing::ContainsRegex("\"lines_dropped_before\":[0-9]+"));
  EXPECT_THAT(text, testing::HasSubstr("after the flood"));
}

TEST(LogTest, ItsEndDoesNotWaitForeverForAReader) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  {
    Log log(ends[1], Severity::kInfo);
    const std::string long_text(10'000, 'x');
    for (int i = 0; i < 50; ++i) log.Info("flood", {{"text", long_text}});
  }  // Would hang here.
  close(ends[0]);
  close(ends[1]);
}

TEST(LogTest, SeveritiesHaveNames) {
  EXPECT_EQ(ParseSeverity("warning"), Severity::kWarning);
  EXPECT_EQ(ParseSeverity("loud"), std::nullopt);
}

}  // namespace
}  // namespace yilan
