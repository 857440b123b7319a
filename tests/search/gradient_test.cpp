// The policies of the gradient engine, one by one, and its presets.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "search/gradient/acceptance.h"
#include "search/gradient/optimiser.h"
#include "search/gradient/probe.h"
#include "search/gradient/slot_question.h"
#include "search/gradient/swaps.h"
#include "search/registry.h"
#include "tests/contract/strategy_contract.h"
#include "tests/support/check_close.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::drive;
using test::Drive;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

TokenIds tokens_of(const Proposal& proposal) {
  return std::get<Candidate>(proposal.entry).tmpl.triggers();
}

std::size_t num_changed(const TokenIds& a, const TokenIds& b) {
  std::size_t changed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) changed += a[i] != b[i] ? 1 : 0;
  return changed;
}

GradientSearchOptions options_with(const std::string& candidates, std::int64_t width,
                                   std::int64_t replace = 1) {
  GradientSearchOptions options;
  options.candidates = candidates;
  options.search_width = width;
  options.replace = replace;
  return options;
}

const std::vector<std::size_t> kThreeSlots{0, 1, 2};
const std::vector<TokenIds> kShortlists{{10, 11, 12}, {20, 21, 22}, {30, 31, 32}};
const TokenIds kPresent{1, 2, 3};

TEST_CASE("'all' makes every shortlisted swap once, best first within a slot") {
  Rng rng(1, "swaps");
  const auto swaps = make_swaps(options_with("all", 0), kPresent, kThreeSlots, kShortlists, rng);
  REQUIRE(swaps.size() == 9);
  CHECK(swaps[0] == TokenIds{10, 2, 3});
  CHECK(swaps[4] == TokenIds{1, 21, 3});
}

TEST_CASE("'random' draws distinct slots and tokens of their shortlists, never the incumbent") {
  Rng rng(1, "swaps");
  const auto swaps =
      make_swaps(options_with("random", 500, 2), kPresent, kThreeSlots, kShortlists, rng);
  std::set<TokenIds> distinct(swaps.begin(), swaps.end());
  CHECK(distinct.size() == swaps.size());
  CHECK(swaps.size() == 27);  // every pair of slots with every pair of tokens is met
  for (const auto& swap : swaps) {
    CHECK(num_changed(swap, kPresent) == 2);
    for (std::size_t slot = 0; slot < 3; ++slot)
      CHECK((swap[slot] == kPresent[slot] ||
             std::count(kShortlists[slot].begin(), kShortlists[slot].end(), swap[slot]) == 1));
  }
}

TEST_CASE("'even' gives every slot its share of the draws") {
  Rng rng(1, "swaps");
  std::vector<TokenIds> long_lists(3);
  for (TokenId id = 0; id < 3000; ++id)
    long_lists[static_cast<std::size_t>(id % 3)].push_back(id + 10);
  const auto swaps = make_swaps(options_with("even", 30), kPresent, kThreeSlots, long_lists, rng);
  std::vector<int> counts(3);
  for (const auto& swap : swaps)
    for (std::size_t slot = 0; slot < 3; ++slot) counts[slot] += swap[slot] != kPresent[slot];
  for (const int count : counts) {
    CHECK(count >= 8);  // a draw that repeats is not drawn again
    CHECK(count <= 10);
  }
}

TEST_CASE("a significant lead is one over paired examples") {
  GradientSearchOptions options;
  options.acceptance = "significant";
  options.confidence = 2;
  Contender incumbent{.score = -1, .gold_log_p = {-2, 0, -2, 0}};
  Contender steady{.score = -0.9, .gold_log_p = {-1.91, 0.1, -1.9, 0.11}};  // better everywhere
  Contender lucky{.score = -0.5, .gold_log_p = {0, 0, -2, 0}};              // better once

  CHECK(accepts(options, incumbent, steady));
  CHECK_FALSE(accepts(options, incumbent, lucky));
  options.acceptance = "improvement";
  CHECK(accepts(options, incumbent, lucky));
  CHECK_FALSE(accepts(options, lucky, lucky));  // a tie keeps what stands
  options.acceptance = "always";
  CHECK(accepts(options, lucky, incumbent));
  CHECK_FALSE(accepts(options, lucky, Contender{}));  // but never a prompt without a score
}

TEST_CASE("ranks are compared with shared ties, and without what is no number") {
  const double a[] = {1, 2, 2, 4}, b[] = {10, 20, 20, 40}, c[] = {4, 3, 3, 1};
  check_close(rank_correlation(a, b), 1, 1e-12);
  check_close(rank_correlation(a, c), -1, 1e-12);
  const double constant[] = {1, 1, 1, 1};
  CHECK(rank_correlation(a, constant) == 0);
  const double nan = std::nan(""), x[] = {1, nan, 3, 2}, y[] = {1, 9, 3, kUnscored};
  check_close(rank_correlation(x, y), 1, 1e-12);
}

TEST_CASE("a draft that agrees leaves one swap to the model, one that does not an eighth") {
  CHECK(num_after_probe(1, 512, 8) == 1);
  CHECK(num_after_probe(0, 512, 8) == 32);
  CHECK(num_after_probe(-1, 512, 8) == 64);
}

TEST_CASE("a slot is asked about with an answer where the model would answer") {
  const Task task = toy_task();
  Candidate candidate = task.manual.front().candidate;
  candidate.tmpl = Template::parse("{text} {trigger=10,11,12} {mask}.");
  CHECK(slot_question(candidate, 1, {"good", {}}).tmpl.text() ==
        "{text} {trigger=10}{mask}{trigger=12} good.");
  CHECK(slot_question(candidate, 2, {"", {5}}).tmpl.text() ==
        "{text} {trigger=10,11}{mask} {tokens:5}.");
}

TEST_CASE("hotflip goes from left to right under one gradient, on one batch") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "hotflip", {{"initial", "w01 w02 w03"}, {"manual", "off"}, {"top_k", 5}}, task, model, 1);
  Drive run = drive(*strategy, task, model, 50'000, 8);

  std::vector<std::size_t> slots;
  for (std::size_t a = 1; a < run.asks.size(); ++a) {
    const auto& ask = run.asks[a];
    if (ask[0].pool == Pool::dev) continue;
    CHECK(ask.size() == 6);
    for (std::size_t i = 1; i < ask.size(); ++i) {
      REQUIRE(num_changed(tokens_of(ask[i]), tokens_of(ask[0])) == 1);
      CHECK(ask[i].examples == ask[0].examples);
    }
    const TokenIds before = tokens_of(ask[0]), after = tokens_of(ask[1]);
    slots.push_back(static_cast<std::size_t>(
        std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin()));
  }
  REQUIRE(slots.size() >= 4);
  CHECK(std::vector<std::size_t>(slots.begin(), slots.begin() + 4) ==
        std::vector<std::size_t>{0, 1, 2, 0});
  CHECK(model.toy_oracles.num_gradient_rows <= 2 * 16);  // one gradient for each sweep
}

TEST_CASE("without 'revisit' a prompt's swaps are other ones each step, with it the same") {
  const Task task = toy_task();
  for (const bool revisit : {true, false}) {
    CAPTURE(revisit);
    ToyModel model;
    const auto strategy = make_toy_strategy("autoprompt",
                                            {{"initial", "w10 w20 w30"},
                                             {"triggers", 3},
                                             {"slots", "cyclic"},
                                             {"acceptance", "significant"},
                                             {"confidence", 10},
                                             {"revisit", revisit}},
                                            task, model, 1);  // nothing is better than the start
    const Drive run = drive(*strategy, task, model, 50'000, 7);
    std::set<TokenIds> swaps;
    std::size_t count = 0;
    for (std::size_t a = 1; a < run.asks.size(); ++a)
      for (std::size_t i = 1; i < run.asks[a].size(); ++i, ++count)
        swaps.insert(tokens_of(run.asks[a][i]));
    CHECK(count == 60);  // each slot twice
    CHECK(swaps.size() == (revisit ? 30 : 60));
  }
}

TEST_CASE("gcg moves to the best swap even where it is worse, without asking for the incumbent") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "gcg", {{"triggers", 3}, {"initial", "w10 w20 w30"}, {"manual", "off"}, {"search_width", 12}},
      task, model, 1);  // from the optimum there is only worse
  const Drive run = drive(*strategy, task, model, 50'000, 4);

  REQUIRE(run.asks.size() == 4);  // start, step, dev, step
  CHECK(run.asks[1].size() <= 12);
  for (const auto& proposal : run.asks[1]) CHECK(tokens_of(proposal) != model.toy_scorer.planted);
  CHECK(run.asks[2][0].pool == Pool::dev);
  CHECK(tokens_of(run.asks[2][0]) != model.toy_scorer.planted);
}

TEST_CASE("a buffer keeps the best prompts and expands the best of them") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("gcg",
                                          {{"triggers", 3},
                                           {"initial", "w10 w20 w30"},
                                           {"manual", "off"},
                                           {"search_width", 12},
                                           {"buffer_size", 4}},
                                          task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000, 6);

  REQUIRE(run.asks.size() == 6);
  CHECK(run.asks[1].size() == 4);  // the start and three random prompts
  CHECK(tokens_of(run.asks[1][0]) == model.toy_scorer.planted);
  for (std::size_t a = 2; a < run.asks.size(); ++a)  // the optimum stays the one expanded
    for (const auto& proposal : run.asks[a])
      CHECK(num_changed(tokens_of(proposal), model.toy_scorer.planted) == 1);
}

TEST_CASE("arca's gradient costs its random tokens, whatever the number of examples") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("arca", {{"manual", "off"}}, task, model, 1);
  drive(*strategy, task, model, 50'000, 2);
  CHECK(model.toy_oracles.num_gradient_rows == 64);
}

TEST_CASE("arca stops when a prompt is right on every example, after its dev score") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy =
      make_toy_strategy("arca", {{"triggers", 3}, {"iterations", 1000}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 1'000'000);
  CHECK(run.exhausted);
  CHECK(run.asks.back()[0].pool == Pool::dev);
  CHECK(run.asks.size() < 200);
}

TEST_CASE("the task's own prompts compete, and only 'start' may make one the incumbent") {
  const Task task = toy_task();
  for (const std::string mode : {"compete", "start"}) {
    CAPTURE(mode);
    ToyModel model;
    const auto strategy = make_toy_strategy(
        "hotflip", {{"initial", "w01 w02 w03"}, {"manual", mode}}, task, model, 1);
    const Drive run = drive(*strategy, task, model, 50'000, 2);
    REQUIRE(run.asks[0].size() == 3);
    std::size_t best = 0;
    for (std::size_t i = 1; i < 3; ++i)
      if (std::pair(run.trials[i].evaluation.value, run.trials[i].evaluation.log_likelihood) >
          std::pair(run.trials[best].evaluation.value, run.trials[best].evaluation.log_likelihood))
        best = i;
    CHECK(tokens_of(run.asks[1][0]) == tokens_of(run.asks[0][mode == "compete" ? 0 : best]));
  }
}

TEST_CASE("a step races with its incumbent spared and its own ranking") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "autoprompt", {{"keep", 2}, {"objective", "log_likelihood"}}, task, model, 1);
  drive(*strategy, task, model, 10'000, 1);
  const Ask ask = strategy->ask({10'000});
  CHECK(ask.keep == 2);
  CHECK(ask.spared == 1);
  CHECK(ask.rank_by == RankBy::log_likelihood);
}

TEST_CASE("trials that fell out of a race are never adopted") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "autoprompt", {{"keep", 1}, {"initial", "w01 w02 w03"}, {"manual", "off"}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 5'000, 30, [](Trial& trial) {
    if (trial.outcome.pool == Pool::dev) return;
    trial.status = Status::dropped;
    trial.evaluation = {};
  });
  for (std::size_t a = 1; a < run.asks.size(); ++a) CHECK(run.asks[a][0].pool == Pool::support);
}

TEST_CASE("the mellowmax of losses follows the worst example") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("random", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 16, 1);
  GradientSearchOptions options;
  options.objective = "log_likelihood";
  const Contender mean = contender_of(options, task, run.trials.front());
  const double worst = *std::min_element(mean.gold_log_p.begin(), mean.gold_log_p.end());
  options.mellowmax = 1e-6;
  check_close(contender_of(options, task, run.trials.front()).score, mean.score, 1e-4);
  options.mellowmax = 500;
  check_close(contender_of(options, task, run.trials.front()).score, worst, 1e-2);
}

TEST_CASE("a preset's contract holds under the options that change its rounds") {
  test::check_strategy_contract("gcg", {{"triggers", 3}, {"search_width", 20}, {"buffer_size", 3}});
  test::check_strategy_contract(
      "gcg", {{"triggers", 3}, {"search_width", 9}, {"replace", 2}, {"candidates", "even"}});
  test::check_strategy_contract("hotflip", {{"patience", 2}, {"when_stuck", "random"}});
  test::check_strategy_contract("autoprompt",
                                {{"acceptance", "significant"}, {"loss", "contrast"}, {"keep", 1}});
  test::check_strategy_contract("autoprompt", {{"revisit", false}, {"patience", 3}});
}

TEST_CASE("pez moves on from its vectors, fluentprompt from its tokens") {
  const Task task = toy_task();
  for (const std::string name : {"pez", "fluentprompt"}) {
    CAPTURE(name);
    ToyModel model;
    const auto strategy = make_toy_strategy(name, {{"triggers", 3}}, task, model, 1);
    const Drive run = drive(*strategy, task, model, 20'000);
    std::set<std::string> seen;
    for (const auto& ask : run.asks)
      for (const auto& proposal : ask) {
        CHECK(proposal.pool == Pool::dev);
        CHECK(seen.insert(std::get<Candidate>(proposal.entry).tmpl.text()).second);
      }
    const bool found = std::any_of(run.trials.begin(), run.trials.end(), [&](const Trial& trial) {
      return std::get<Candidate>(trial.entry).tmpl.triggers() == model.toy_scorer.planted;
    });
    CHECK(found);  // the toy gradient points there
  }
}

TEST_CASE("an optimiser's first step is a step of the learning rate against the gradient") {
  MatrixXf gradient(2, 2);
  gradient << 0.5F, -2.0F, 0.001F, 0.0F;
  MatrixXf vectors = MatrixXf::Zero(2, 2);
  Optimiser adam("adamw", 0.1, 0);
  adam.step(vectors, gradient);
  check_close(vectors(0, 0), -0.1, 1e-6);
  check_close(vectors(0, 1), 0.1, 1e-6);
  check_close(vectors(1, 0), -0.1, 1e-5);
  CHECK(vectors(1, 1) == 0);

  MatrixXf decayed = MatrixXf::Ones(2, 2);
  Optimiser("adamw", 0.1, 0.5).step(decayed, MatrixXf::Zero(2, 2));
  check_close(decayed(0, 0), 0.95, 1e-6);

  MatrixXf factored = MatrixXf::Zero(2, 2);
  Optimiser("adafactor", 0.3, 0).step(factored, gradient);
  CHECK(factored.cwiseAbs2().mean() <= 0.3F * 0.3F * 1.0001F);  // the update is clipped
  CHECK(factored(0, 0) < 0);
  CHECK(factored(0, 1) > 0);
}

TEST_CASE("hotflip, gcg and arca find better prompts than random draws at equal cost") {
  test::check_beats_random("hotflip", {{"top_k", 10}});
  test::check_beats_random("gcg", {{"triggers", 3}, {"top_k", 10}, {"search_width", 16}});
  test::check_beats_random(
      "arca", {{"triggers", 3}, {"top_k", 10}, {"gradient_tokens", 8}, {"early_stop", false}});
}

TEST_CASE("pez and fluentprompt find better prompts than random draws at equal cost") {
  test::check_beats_random("pez", {{"triggers", 3}});
  test::check_beats_random("fluentprompt", {{"triggers", 3}});
}

}  // namespace
}  // namespace prospect
