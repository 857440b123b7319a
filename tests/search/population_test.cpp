#include "search/detail/population.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "search/detail/balanced_entropy.h"
#include "search/detail/margin_reward.h"
#include "search/detail/move_policy.h"
#include "tests/support/check_close.h"

namespace prospect {
namespace {

Scored member(double value, const char* right = "", double log_likelihood = 0) {
  Scored scored;
  scored.value = value;
  scored.log_likelihood = log_likelihood;
  scored.right = right;
  return scored;
}

using test::check_close;
using Indices = std::vector<std::size_t>;

TEST_CASE("roulette draws in proportion to the values, and never what is not above 0") {
  Rng rng(1, "test");
  const std::array<double, 4> values = {1, 0, 3, -2};
  std::array<int, 4> counts{};
  for (int i = 0; i < 4000; ++i) ++counts[roulette(values, rng)];
  CHECK(counts[1] == 0);
  CHECK(counts[3] == 0);
  check_close(counts[2] / 4000.0, 0.75, 0.03);  // four standard errors
}

TEST_CASE("roulette over nothing above 0 is uniform") {
  Rng rng(1, "test");
  const std::array<double, 2> zeros = {0, 0};
  int first = 0;
  for (int i = 0; i < 1000; ++i) first += roulette(zeros, rng) == 0 ? 1 : 0;
  check_close(first / 1000.0, 0.5, 0.07);
}

TEST_CASE("a tournament of two takes the better in three of four") {
  Rng rng(1, "test");
  const std::vector<Scored> members = {member(0.2), member(0.8)};
  int wins = 0;
  for (int i = 0; i < 4000; ++i) wins += tournament(members, 2, rng) == 1 ? 1 : 0;
  check_close(wins / 4000.0, 0.75, 0.03);
}

TEST_CASE("the Pareto members are those without whom some front would be empty") {
  // 0 alone is right on the last example, 1 on the second; 2 is right where 0 or 1 is as well.
  const std::vector<Scored> members = {member(0.5, "1001"), member(0.75, "1110"),
                                       member(0.5, "1010")};
  CHECK(pareto_members(members) == Indices{0, 1});
  // Of two equal members the earlier stays.
  CHECK(pareto_members(std::vector<Scored>{member(0.5, "10"), member(0.5, "10")}) == Indices{0});
}

TEST_CASE("a Pareto draw is in proportion to the fronts") {
  // Member 1 is on the fronts of examples 0, 1 and 2, member 0 on those of 0 and 3.
  const std::vector<Scored> members = {member(0.5, "1001"), member(0.75, "1110")};
  Rng rng(1, "test");
  int second = 0;
  for (int i = 0; i < 4000; ++i) second += pareto_draw(members, rng) == 1 ? 1 : 0;
  check_close(second / 4000.0, 0.6, 0.03);
}

TEST_CASE("the best stay in order, by log-likelihood where the values tie, else the earlier") {
  const auto best = best_of(
      {member(0.5, "a", -2), member(0.7, "b", -1), member(0.5, "c", -1), member(0.5, "d", -1)}, 3);
  REQUIRE(best.size() == 3);
  CHECK(best[0].right == "b");
  CHECK(best[1].right == "c");
  CHECK(best[2].right == "d");
}

TEST_CASE("GrIPS's objective is balanced accuracy and the entropy of the predictions") {
  Judgement judgement;
  judgement.num_labels = 2;
  judgement.gold = {0, 0, 0, 1};
  judgement.predicted = {0, 0, 1, 1};
  // Balanced accuracy (2/3 + 1) / 2 = 83.33; both labels are predicted half of the time: ln 2.
  check_close(balanced_entropy(judgement, 10), 83.33 + 6.931472, 1e-6);
  judgement.predicted = {1, 1, 1, 1};
  check_close(balanced_entropy(judgement, 10), 50, 1e-9);
  // Ties are wrong and nobody's prediction: -(1/4) ln (1/4).
  judgement.predicted = {-1, -1, -1, 1};
  check_close(balanced_entropy(judgement, 10), 50 + 3.465736, 1e-6);
}

TEST_CASE("the margin score pays 200 for a gap to the right side and 180 to the wrong") {
  MatrixXd log_p(3, 2);
  log_p << std::log(0.75), std::log(0.25), std::log(0.75), std::log(0.25), std::log(0.5),
      std::log(0.5);
  const std::array<std::int32_t, 3> gold = {0, 1, 0};
  check_close(margin_score(log_p, gold), (100.0 - 90.0 + 0.0) / 3, 1e-9);
  // Where all signs are flipped, so is the order.
  const std::array<std::int32_t, 3> right = {0, 0, 0}, wrong = {1, 1, 1};
  CHECK(margin_score(log_p, right) > 0);
  CHECK(margin_score(log_p, wrong) < 0);
}

TEST_CASE("a policy moves towards what pays, by hand") {
  MovePolicy policy({"a", "b"}, 0.5);
  CHECK(policy.probabilities() == std::vector<double>{0.5, 0.5});
  // Advantage 4 / 4 = 1: preferences 0.25 and -0.25.
  policy.learn(0, 4);
  check_close(policy.probabilities()[0], 1 / (1 + std::exp(-0.5)), 1e-12);

  for (int i = 0; i < 200; ++i) policy.learn(static_cast<std::size_t>(i % 2), i % 2 == 1 ? 1 : -1);
  CHECK(policy.probabilities()[1] > 0.9);

  MovePolicy restored({"a", "b"}, 0.5);
  restored.restore(Json::parse(policy.save().dump()));
  CHECK(restored.probabilities() == policy.probabilities());
}

}  // namespace
}  // namespace prospect
