#include "server/metrics/server_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_split.h"

namespace yilan::server {
namespace {

// The fields of /proc/self/stat behind the name of the program, which may hold blanks; field 3 of
// proc(5) is the first.
std::vector<std::string> ProcessFields() {
  std::ifstream file("/proc/self/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t end = text.rfind(')');
  if (end == std::string::npos) return {};
  return absl::StrSplit(text.substr(end + 2), ' ');
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("btime ", 0) == 0) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

double OpenDescriptors() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  double count = -3;  // ".", ".." and the descriptor that reads the directory.
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

}  // namespace

prometheus::ClientMetric& MetricWriter::Add(const std::string& name, const char* help,
                                            prometheus::MetricType type, const Labels& labels) {
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&name](const auto& known) { return known.name == name; });
  if (family == families_.end()) {
    families_.push_back({name, help, type, {}});
    family = std::prev(families_.end());
  }
  family->metric.emplace_back();
  family->metric.back().label = labels;
  return family->metric.back();
}

std::vector<prometheus::MetricFamily> ServerMetrics::Collect() const {
  MetricWriter writer;
  for (const Source& source : sources_) source(writer);
  return writer.Take();
}

void WriteProcessMetrics(MetricWriter& writer) {
  const std::vector<std::string> fields = ProcessFields();
  const auto field = [&fields](size_t number) {  // As proc(5) counts.
    return number - 3 < fields.size() ? std::strtod(fields[number - 3].c_str(), nullptr) : 0;
  };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  writer.Counter("process_cpu_seconds_total", "CPU time spent, in seconds.",
                 (field(14) + field(15)) / ticks);
  writer.Gauge("process_resident_memory_bytes", "Memory in use, in bytes.",
               field(24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  writer.Gauge("process_virtual_memory_bytes", "Address space in use, in bytes.", field(23));
  writer.Gauge("process_threads", "Threads.", field(20));
  writer.Gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.",
               BootTime() + field(22) / ticks);
  writer.Gauge("process_open_fds", "Open file descriptors.", OpenDescriptors());
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  writer.Gauge("process_max_fds", "Greatest number of open file descriptors.",
               static_cast<double>(limit.rlim_cur));
}

}  // namespace yilan::server
