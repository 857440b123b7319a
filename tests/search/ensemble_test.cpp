#include <doctest/doctest.h>

#include <cmath>

#include "core/ensemble.h"
#include "core/error.h"
#include "core/rng.h"
#include "search/detail/ensemble_weights.h"
#include "search/registry.h"
#include "tests/support/check_close.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::drive;
using test::expect_error;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

// Members that give the gold label of two a probability each, row after row.
MemberAnswers answers_of(std::vector<std::vector<double>> gold_p) {
  MemberAnswers answers;
  for (const auto& member : gold_p) {
    MatrixXd log_p(static_cast<Eigen::Index>(member.size()), 2);
    for (std::size_t n = 0; n < member.size(); ++n) {
      const auto gold = static_cast<Eigen::Index>(n % 2);
      log_p(static_cast<Eigen::Index>(n), gold) = std::log(member[n]);
      log_p(static_cast<Eigen::Index>(n), 1 - gold) = std::log(1 - member[n]);
    }
    answers.log_p.push_back(log_p);
  }
  for (std::size_t n = 0; n < gold_p.front().size(); ++n)
    answers.gold.push_back(static_cast<std::int32_t>(n % 2));
  return answers;
}

TEST_CASE("learned weights are the optimum: no direction of the simplex improves them") {
  // Each is right where the other is not: the best mixture is even.
  const LearnedWeights even = exponentiated_gradient(
      answers_of({{0.9, 0.9, 0.3, 0.3}, {0.3, 0.3, 0.9, 0.9}}), WeightObjective::log_linear);
  check_close(even.weights[0], 0.5, 1e-3);
  CHECK(even.gap <= kSmallestGap);
  check_close(even.entropy, std::log(2.0), 1e-3);

  Rng rng(5, "weights");
  std::vector<std::vector<double>> p(4, std::vector<double>(20));
  for (auto& member : p)
    for (double& value : member) value = 0.05 + 0.9 * rng.uniform();
  for (const auto objective : {WeightObjective::log_linear, WeightObjective::mixture}) {
    const LearnedWeights best = exponentiated_gradient(answers_of(p), objective);
    CHECK(best.gap <= 1e-5);
    const LearnedWeights published = lpaqa_weights(answers_of(p), objective);
    CHECK(best.objective >= published.objective - 1e-9);
    CHECK(published.num_steps <= 500);
    double sum = 0;
    for (const double weight : best.weights) sum += weight;
    check_close(sum, 1, 1e-9);
  }
}

TEST_CASE("an impossible gold answer leaves weights finite and takes its member's weight") {
  const LearnedWeights learned = exponentiated_gradient(
      answers_of({{0.0, 0.9, 0.0, 0.9}, {0.6, 0.6, 0.6, 0.6}}), WeightObjective::log_linear);

  CHECK(learned.weights[1] > 0.8);
  CHECK(std::isfinite(learned.objective));
}

TEST_CASE("greedy takes the best member first and stops where nobody helps") {
  const MemberAnswers answers = answers_of({{0.4, 0.4, 0.4, 0.4},     // hopeless
                                            {0.9, 0.9, 0.45, 0.9},    // the best alone
                                            {0.3, 0.6, 0.95, 0.6}});  // mends its one mistake
  const std::vector<std::string> labels{"bad", "good"};
  const auto chosen = greedy_members(answers, Combiner::log_linear, "accuracy", labels, 3);

  CHECK(chosen == std::vector<std::size_t>{1, 2});
  CHECK(greedy_members(answers, Combiner::log_linear, "accuracy", labels, 1).size() == 1);
}

TEST_CASE("accuracy counts a tie as wrong") {
  const MemberAnswers answers = answers_of({{0.9, 0.5, 0.2, 0.8}});

  CHECK(accuracy_of(answers.log_p.front(), answers.gold) == 0.5);
}

// What an ensemble strategy asks for on dev.
std::vector<Ensemble> ensembles_of(const Json& options, const Task& task,
                                   std::vector<Trial> seeds = {}) {
  ToyModel model;
  const auto strategy = make_toy_strategy("ensemble", options, task, model, 1, std::move(seeds));
  std::vector<Ensemble> ensembles;
  for (const auto& ask : drive(*strategy, task, model, 100'000, 10).asks)
    for (const auto& proposal : ask)
      if (const auto* ensemble = std::get_if<Ensemble>(&proposal.entry))
        ensembles.push_back(*ensemble);
  return ensembles;
}

std::vector<Trial> seeds_for(const Task& task, std::size_t count) {
  std::vector<Trial> seeds;
  for (std::size_t i = 0; i < count; ++i) {
    Trial& seed = seeds.emplace_back();
    Candidate candidate = task.manual.front().candidate;
    candidate.tmpl = Template::parse("{text} w1" + std::to_string(i) + " {mask}");
    seed.entry = candidate;
    seed.id = static_cast<TrialId>(i) + 1;
  }
  return seeds;
}

TEST_CASE("every way of weighing becomes an ensemble of the seeds, equal ones once") {
  const Task task = toy_task();
  const auto ensembles = ensembles_of(Json::object(), task, seeds_for(task, 4));

  REQUIRE(ensembles.size() >= 3);
  for (const auto& ensemble : ensembles) {
    CHECK(ensemble.members.size() >= 2);
    CHECK(ensemble.members.size() <= 4);
    double sum = 0;
    for (const double weight : ensemble.weights) sum += weight;
    check_close(sum, 1, 1e-9);
  }
  for (std::size_t i = 0; i < ensembles.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(ensembles[i] == ensembles[j]);
}

TEST_CASE("no more members than asked for, the first of the seeds") {
  const Task task = toy_task();
  const auto ensembles =
      ensembles_of({{"members", 2}, {"methods", {"uniform"}}}, task, seeds_for(task, 4));

  REQUIRE(ensembles.size() == 1);
  REQUIRE(ensembles.front().members.size() == 2);
  CHECK(ensembles.front().members[1].tmpl.text() == "{text} w11 {mask}");
  CHECK(ensembles.front().weights == std::vector<double>{0.5, 0.5});
}

TEST_CASE("without a label only ways of weighing that need none are proposed") {
  Task task = toy_task();
  task.support.clear();
  const auto ensembles = ensembles_of(Json::object(), task, seeds_for(task, 3));

  REQUIRE(ensembles.size() == 2);
  CHECK(ensembles[0].combiner == Combiner::log_linear);
  CHECK(ensembles[1].combiner == Combiner::vote);
  ToyModel model;
  expect_error(ErrorKind::input, "no example has a label", [&] {
    make_toy_strategy("ensemble", {{"methods", {"learned"}}}, task, model, 1);
  });
}

TEST_CASE("an unknown way of weighing is refused with the nearest known one") {
  const Task task = toy_task();
  ToyModel model;

  expect_error(ErrorKind::input, "did you mean 'uniform'", [&] {
    make_toy_strategy("ensemble", {{"methods", {"unifrom"}}}, task, model, 1);
  });
}

TEST_CASE("one prompt alone is no ensemble: the search is exhausted") {
  const Task task = toy_task();

  CHECK(ensembles_of(Json::object(), task, seeds_for(task, 1)).empty());
}

}  // namespace
}  // namespace prospect
