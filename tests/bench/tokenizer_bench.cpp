// How many sentences a second one thread tokenises, special tokens included, beside the Rust
// library (tokenizer_peer.py prints the same line for it).
//
//   bench_tokenizer FOLDER SENTENCES.txt [REPEATS]      one sentence a line

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "scoring/tokenizers/tokenizer.h"

namespace {

using prospect::TokenId;

// FNV-1a over the ids, each as a 32-bit number, and over the end of each sentence.
class Checksum {
 public:
  void add(const std::vector<TokenId>& ids) {
    for (const TokenId id : ids) add(static_cast<std::uint32_t>(id));
    add(std::numeric_limits<std::uint32_t>::max());
  }
  std::uint64_t value() const { return value_; }

 private:
  void add(std::uint32_t number) { value_ = (value_ ^ number) * 0x100000001B3U; }
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

void run(const std::string& folder, const std::string& path, int repeats) {
  auto lines = prospect::split(prospect::read_text_file(path), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto tokenizer = prospect::open_tokenizer(folder);
  double best = std::numeric_limits<double>::infinity();
  std::size_t num_tokens = 0;
  Checksum checksum;
  for (int i = 0; i < repeats; ++i) {
    std::vector<std::vector<TokenId>> all;
    all.reserve(lines.size());
    const auto start = std::chrono::steady_clock::now();
    for (const auto& line : lines) all.push_back(tokenizer->encode(line, true));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
    if (i > 0) continue;
    for (const auto& ids : all) {
      checksum.add(ids);
      num_tokens += ids.size();
    }
  }
  std::printf("prospect %s: %.0f sentences/s, %zu sentences, %zu tokens, checksum %016llx\n",
              folder.c_str(), static_cast<double>(lines.size()) / best, lines.size(), num_tokens,
              static_cast<unsigned long long>(checksum.value()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: bench_tokenizer FOLDER SENTENCES.txt [REPEATS]\n");
    return 2;
  }
  try {
    const int repeats = argc > 3 ? std::atoi(argv[3]) : 3;
    run(argv[1], argv[2], repeats > 0 ? repeats : 1);
    return 0;
  } catch (const prospect::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return prospect::exit_code(error.kind());
  }
}
