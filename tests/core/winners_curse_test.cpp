#include "core/winners_curse.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"

namespace prospect {
namespace {

// Candidates of these true accuracies, right by chance.
Evidence toss(const std::vector<double>& accuracies, std::size_t num_examples, Rng& rng) {
  Evidence evidence;
  evidence.value.resize(accuracies.size(), num_examples);
  evidence.log_likelihood.resize(accuracies.size(), num_examples);
  for (std::size_t i = 0; i < num_examples; ++i)
    evidence.gold.push_back(static_cast<std::int32_t>(i % 2));
  for (std::size_t c = 0; c < accuracies.size(); ++c)
    for (std::size_t i = 0; i < num_examples; ++i) {
      evidence.value(c, i) = rng.uniform() < accuracies[c] ? 1 : 0;
      evidence.log_likelihood(c, i) = evidence.value(c, i) > 0 ? -0.4 : -1.1;
    }
  return evidence;
}

TEST_CASE("among equals the corrected value of the winner is what all are worth") {
  Rng rng(1, "curse");
  double measured = 0, corrected = 0;
  constexpr int kDraws = 60;
  for (int draw = 0; draw < kDraws; ++draw) {
    const Evidence evidence = toss(std::vector<double>(30, 0.6), 32, rng);
    measured += evidence.value.rowwise().mean().maxCoeff() / kDraws;
    corrected += corrected_values(evidence, RankedBy::value, 50).front() / kDraws;
  }

  CHECK(measured > 0.72);
  CHECK(std::abs(corrected - 0.6) < 0.03);
}

TEST_CASE("a clear winner keeps its value, and ranks stay in order") {
  Rng rng(2, "curse");
  std::vector<double> accuracies(10, 0.5);
  accuracies[3] = 0.95;
  const Evidence evidence = toss(accuracies, 200, rng);

  const auto corrected = corrected_values(evidence, RankedBy::expected_value);

  REQUIRE(corrected.size() == 10);
  CHECK(std::abs(corrected[0] - evidence.value.row(3).mean()) < 0.02);
  CHECK(corrected[0] > corrected[1] + 0.2);
}

TEST_CASE("what is corrected is the same every time, and undefined where labels have one example") {
  Rng rng(3, "curse");
  const Evidence evidence = toss({0.5, 0.7}, 20, rng);
  CHECK(corrected_values(evidence, RankedBy::value) == corrected_values(evidence, RankedBy::value));

  const Evidence two = toss({0.5, 0.7}, 2, rng);  // a sample of one example leaves nothing out
  CHECK(std::isnan(corrected_values(two, RankedBy::value).front()));
}

}  // namespace
}  // namespace prospect
