// A row's numbers are a function of the row alone, bit for bit: alone, in company, in another
// order, at any number of threads.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/rng.h"
#include "scoring/model.h"
#include "tests/scoring/tiny_checkpoint.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {
namespace {

constexpr std::size_t kThreads[] = {1, 2, 8};

// The tiny checkpoint has sizes that no vector width divides; the other one is what users run.
std::unique_ptr<Model> open(bool tiny, std::size_t num_threads) {
  if (!tiny)
    return open_model(std::filesystem::path(PROSPECT_SOURCE_DIR) / "models" / "pocket-mlm",
                      {.num_threads = num_threads});
  const ScratchFolder folder;
  return open_model(TinyCheckpoint().write(folder.path()), {.num_threads = num_threads});
}

std::vector<Candidate> some_candidates() {
  const Verbalizer single{{{"0", {{"bad", {}}}}, {"1", {{"good", {}}}}}};
  const Verbalizer longer{{{"0", {{"bad good", {}}}}, {"1", {{"good", {}}}}}};
  std::vector<Candidate> candidates;
  for (const char* text : {"{text} it was {mask} .", "a {mask} film : {text}",
                           "{trigger=7,8,9} {mask} {text}", "{trigger=9,_,7} {mask} {text}"})
    candidates.push_back({Template::parse(text), single, {}});
  candidates.push_back({Template::parse("{text} {sep} {mask}"), longer, {}});
  return candidates;
}

std::vector<Row> all_rows(std::size_t num_candidates, std::size_t num_examples) {
  std::vector<Row> rows;
  for (std::uint32_t c = 0; c < num_candidates; ++c)
    for (std::uint32_t e = 0; e < num_examples; ++e) rows.push_back({c, e});
  return rows;
}

std::vector<std::vector<double>> numbers(Model& model, const std::vector<Candidate>& candidates,
                                         const std::vector<Example>& examples,
                                         const std::vector<Row>& rows, const ScoringSpec& spec) {
  std::vector<std::vector<double>> result;
  for (const auto& outcome : model.scorer().score({.candidates = candidates,
                             .examples = examples,
                             .answers = {},
                             .rows = rows,
                             .spec = spec})) {
    REQUIRE(!outcome.failure);
    result.push_back(outcome.log_p);
    if (spec.space == AnswerSpace::vocabulary) result.back().push_back(outcome.coverage);
  }
  return result;
}

}  // namespace

TEST_CASE(
    "a row's score is the same bits alone, in company, in any order and at any thread count") {
  const auto candidates = some_candidates();
  const auto examples = tiny_examples(14);
  const auto rows = all_rows(candidates.size(), examples.size());
  std::vector<Row> shuffled = rows;
  Rng rng(3, "order");
  rng.shuffle(shuffled);
  const ScoringSpec specs[] = {
      {.rule = AnswerRule::left_to_right},
      {.rule = AnswerRule::most_confident, .space = AnswerSpace::vocabulary}};

  for (const bool tiny : {true, false})
    for (const auto& spec : specs) {
      const auto model = open(tiny, 1);
      const auto expected = numbers(*model, candidates, examples, rows, spec);
      for (const std::size_t num_threads : kThreads) {
        CAPTURE(tiny);
        CAPTURE(num_threads);
        const auto other = open(tiny, num_threads);
        CHECK(numbers(*other, candidates, examples, rows, spec) == expected);
        const auto mixed = numbers(*other, candidates, examples, shuffled, spec);
        for (std::size_t i = 0; i < shuffled.size(); ++i)
          CHECK(mixed[i] ==
                expected[shuffled[i].candidate * examples.size() + shuffled[i].example]);
      }
      for (std::size_t i = 0; i < rows.size(); i += 9)
        CHECK(numbers(*model, candidates, examples, {rows[i]}, spec).front() == expected[i]);
    }
}

TEST_CASE("a position's logits are the same bits whatever else is asked of the row") {
  for (const bool tiny : {true, false}) {
    const auto model = open(tiny, 1);
    const auto ids = model->vocabulary().encode("it was [MASK] and [MASK] .", true);
    const std::vector<std::uint32_t> one{3}, all{0, 3, 5, 6};

    CHECK(model->logits({ids}, one).row(0) == model->logits({ids}, all).row(1));
  }
}

TEST_CASE("gradients are the same bits at any thread count, and nearly so in company") {
  auto candidate = some_candidates()[2];
  const auto examples = tiny_examples(24);

  for (const bool tiny : {true, false}) {
    const auto gradient = [&](std::size_t num_threads, std::span<const Example> part) {
      const auto model = open(tiny, num_threads);
      return model->oracles().gradient()->at_tokens(candidate, part, {});
    };
    const auto expected = gradient(1, examples);
    for (const std::size_t num_threads : kThreads) {
      const auto other = gradient(num_threads, examples);
      CHECK(other.at_slots == expected.at_slots);
      CHECK(other.loss == expected.loss);
    }
    const auto alone = gradient(1, std::span(examples).subspan(20, 1));
    const auto pair = gradient(1, std::span(examples).subspan(19, 2));
    const auto before = gradient(1, std::span(examples).subspan(19, 1));
    CHECK(alone.loss.front() == doctest::Approx(expected.loss[20]).epsilon(1e-5));
    CHECK(pair.at_slots.isApprox((before.at_slots + alone.at_slots) / 2, 1e-4F));
  }
}

}  // namespace prospect::test
