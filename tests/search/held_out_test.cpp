// Searches that ask for dev scores alone, held out: support first, dev for what leads there.

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "search/detail/paired_lead.h"
#include "search/registry.h"
#include "tests/contract/strategy_contract.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::drive;
using test::Drive;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

const Json kHeldOut = {{"scored_on", "support"}, {"granularity", "word"}};

Json with(Json options, const char* key, const Json& value) {
  options[key] = value;
  return options;
}

TEST_CASE("held out, the first ask is scored on support, and its best alone on dev") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("grips", kHeldOut, task, model, 1);
  const Drive run = drive(*strategy, task, model, 10'000, 3);

  REQUIRE(run.asks.size() == 3);
  CHECK(run.asks[0].size() == 2);  // the manual prompts
  for (const auto& proposal : run.asks[0]) CHECK(proposal.pool == Pool::support);
  REQUIRE(run.asks[1].size() == 1);
  CHECK(run.asks[1][0].pool == Pool::dev);
  const std::size_t best =
      run.trials[0].evaluation.log_likelihood < run.trials[1].evaluation.log_likelihood ? 1 : 0;
  CHECK(run.asks[1][0].entry == run.asks[0][best].entry);
  CHECK(run.asks[1][0].provenance.parents == std::vector{run.trials[best].id});
  for (const auto& proposal : run.asks[2]) CHECK(proposal.pool == Pool::support);
}

TEST_CASE("held out, dev sees a prompt only where it leads the champion significantly") {
  const Task task = toy_task();
  for (const double confidence : {0.0, 10.0}) {
    CAPTURE(confidence);
    ToyModel model;
    const auto strategy = make_toy_strategy(
        "genetic", {{"scored_on", "support"}, {"confidence", confidence}}, task, model, 1);
    std::size_t on_dev = 0, on_support = 0;
    for (const auto& ask : drive(*strategy, task, model, 20'000).asks)
      for (const auto& proposal : ask) ++(proposal.pool == Pool::dev ? on_dev : on_support);
    CHECK(on_support > 100);
    if (confidence > 5)
      CHECK(on_dev == 1);  // sixteen noisy examples never give ten standard errors
    else
      CHECK((on_dev > 3 && on_dev < on_support / 4));
  }
}

TEST_CASE("a search that is not held out asks as it always did") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("genetic", Json::object(), task, model, 1);
  for (const auto& ask : drive(*strategy, task, model, 5'000).asks)
    for (const auto& proposal : ask) CHECK(proposal.pool == Pool::dev);
}

TEST_CASE("held out, the searches by edits and populations keep the contract") {
  test::check_strategy_contract("grips", with(kHeldOut, "restarts", 50));
  test::check_strategy_contract("genetic", {{"scored_on", "support"}, {"selection", "pareto"}});
  test::check_strategy_contract("beam", {{"scored_on", "support"}, {"confidence", 0}});
  test::check_strategy_contract("tempera", with(kHeldOut, "demonstrations", 0));
}

TEST_CASE("held out, demonstrations are refused, which would show examples their own answers") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("tempera", kHeldOut, task, model, 1);
  test::expect_error(ErrorKind::input, "expected prompts without demonstrations",
                     [&] { strategy->ask({10'000}); });
}

TEST_CASE("held out without support examples is refused") {
  Task task = toy_task();
  task.support.clear();
  ToyModel model;
  test::expect_error(ErrorKind::input, "expected support examples to score on", [&] {
    make_toy_strategy("beam", {{"scored_on", "support"}, {"proposal", "random"}}, task, model, 1);
  });
}

TEST_CASE("held out, a search still finds better prompts than random draws") {
  test::check_beats_random("genetic", {{"scored_on", "support"}});
}

}  // namespace
}  // namespace prospect
