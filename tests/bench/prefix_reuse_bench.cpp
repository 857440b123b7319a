// What sharing the prefixes of a causal LM's rows saves: prompts of four demonstrations and one
// text, scored with and without it, the numbers compared bit for bit.
//
//   bench_prefix_reuse FOLDER [ROWS]    config.json and a tokenizer; weights are drawn at random
//
// Prints rows per second of both, best of three, and their ratio.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "core/error.h"
#include "core/rng.h"
#include "scoring/open_lm.h"
#include "scoring/run_prompts.h"
#include "scoring/tokenizers/tokenizer.h"

namespace {

using namespace prospect;

std::string sentence(Rng& rng, std::size_t words) {
  constexpr const char* kWords[] = {"the",   "film",  "house", "river", "was",
                                    "good",  "small", "old",   "town",  "family",
                                    "moved", "north", "quiet", "story", "and"};
  std::string text;
  for (std::size_t i = 0; i < words; ++i)
    text += std::string(i == 0 ? "" : " ") + kWords[rng.below(std::size(kWords))];
  return text;
}

std::vector<Prompt> make_prompts(const Tokenizer& tokenizer, std::size_t count) {
  Rng rng(1, "prompts");
  std::string shared;
  for (int i = 0; i < 4; ++i) shared += "Review: " + sentence(rng, 20) + "\nSentiment: good\n\n";
  std::vector<Prompt> prompts;
  for (std::size_t i = 0; i < count; ++i) {
    Prompt prompt{
        tokenizer.encode(shared + "Review: " + sentence(rng, 12 + i % 17) + "\nSentiment:", true),
        {},
        {}};
    prompt.type_ids.assign(prompt.ids.size(), 0);
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

struct Measured {
  double rows_per_second = 0;
  std::vector<std::vector<float>> vectors;
};

Measured measure(const PretrainedLM& lm, const WorkPool& pool, const std::vector<Prompt>& prompts,
                 PrefixReuse reuse) {
  std::vector<std::vector<std::uint32_t>> wanted;
  for (const auto& prompt : prompts)
    wanted.push_back({static_cast<std::uint32_t>(prompt.ids.size() - 1)});
  Measured result;
  for (int repeat = 0; repeat < 3; ++repeat) {
    result.vectors.assign(prompts.size(), {});
    const auto start = std::chrono::steady_clock::now();
    run_prompts(
        lm, pool, prompts, wanted,
        [&](const PromptResults& results) {
          std::int64_t at = 0;
          for (const std::uint32_t prompt : results.prompts) {
            const float* row = results.vectors.data_ptr<float>() + at++ * lm.vector_size();
            result.vectors[prompt].assign(row, row + lm.vector_size());
          }
        },
        Precision::float32, reuse);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    result.rows_per_second =
        std::max(result.rows_per_second, static_cast<double>(prompts.size()) / seconds.count());
  }
  return result;
}

int run(int argc, char** argv) {
  if (argc < 2) fail(ErrorKind::usage, "bench_prefix_reuse", "expected a folder, found none");
  const std::size_t rows = argc > 2 ? std::stoul(argv[2]) : 128;
  const auto opened = open_lm(argv[1], {.random_seed = 1});
  const auto tokenizer = open_tokenizer(argv[1]);
  const WorkPool pool(0);
  const auto prompts = make_prompts(*tokenizer, rows);
  std::size_t tokens = 0;
  for (const auto& prompt : prompts) tokens += prompt.ids.size();
  const Measured without = measure(*opened.lm, pool, prompts, PrefixReuse::off);
  const Measured with = measure(*opened.lm, pool, prompts, PrefixReuse::on);
  std::cout << rows << " rows of " << tokens / rows << " tokens on average\n"
            << "without reuse: " << without.rows_per_second << " rows/s\n"
            << "with reuse:    " << with.rows_per_second << " rows/s, "
            << with.rows_per_second / without.rows_per_second << " times\n"
            << "same bits:     " << (with.vectors == without.vectors ? "yes" : "NO") << "\n";
  return with.vectors == without.vectors ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_prefix_reuse: " << error.what() << '\n';
    return 2;
  }
}
