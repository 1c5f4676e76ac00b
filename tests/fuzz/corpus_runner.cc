// Runs a fuzz target without libFuzzer: over every file of a corpus, then over random mutations of
// them until the time is up.
//
//   page_token_fuzz CORPUS_DIRECTORY
//
// YILAN_FUZZ_SECONDS says how long (2); YILAN_SEED replays a run, whose seed is printed.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string Mutate(std::string input, const std::vector<std::string>& corpus,
                   std::mt19937_64& random) {
  const auto at = [&] { return input.empty() ? 0 : random() % input.size(); };
  for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    switch (random() % 6) {
      case 0:
        if (!input.empty()) input[at()] = static_cast<char>(random());
        break;
      case 1:
        input.insert(at(), 1, static_cast<char>(random()));
        break;
      case 2:
        if (!input.empty()) input.erase(at(), 1 + random() % 8);
        break;
      case 3:
        input.insert(at(), input.substr(at(), random() % 64));
        break;
      case 4: {
        const std::string& other = corpus[random() % corpus.size()];
        input = input.substr(0, at()) + other.substr(other.empty() ? 0 : random() % other.size());
        break;
      }
      default:
        if (!input.empty()) input[at()] ^= static_cast<char>(1 << random() % 8);
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  // An input that makes a parser swallow memory fails this program, not the machine.
  const rlimit memory = {rlim_t{4} << 30, rlim_t{4} << 30};
  setrlimit(RLIMIT_AS, &memory);
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", argv[0]);
    return 2;
  }
  std::vector<std::string> corpus = {""};
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(argv[1])) {
    files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());  // A seed means the same on every file system.
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  for (const std::string& input : corpus) Run(input);

  const char* const replay = std::getenv("YILAN_SEED");
  const uint64_t seed = replay != nullptr ? std::stoull(replay) : std::random_device()();
  std::printf("replay with YILAN_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const char* const seconds = std::getenv("YILAN_FUZZ_SECONDS");
  const auto until = std::chrono::steady_clock::now() +
                     std::chrono::seconds(seconds != nullptr ? std::stoi(seconds) : 2);
  std::mt19937_64 random(seed);
  uint64_t runs = 0;
  while (std::chrono::steady_clock::now() < until) {
    Run(Mutate(corpus[random() % corpus.size()], corpus, random));
    ++runs;
  }
  std::printf("%zu inputs of the corpus, %llu mutations\n", corpus.size(),
              static_cast<unsigned long long>(runs));
  return 0;
}
