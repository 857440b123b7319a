#include "experiments/cost_model.h"

#include <doctest/doctest.h>

#include "experiments/rate_probe.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"

namespace prospect {
namespace {

using test::ToyExperiment;
using test::ToyModel;

Forecast two_searches() {
  return {
      .num_searches = 2, .search = 0, .controls = 100, .test = 400, .num_dev = 16, .num_test = 40};
}

TEST_CASE("a forecast shares the budget as the study does, at each strategy's own rate") {
  MeasuredRates rates;
  rates.strategies = {{.label = "manual",
                       .evaluations = 32,
                       .seconds = 0.5,
                       .tokens = 320,
                       .ask_evaluations = 32,
                       .exhausted = true},
                      {.label = "random", .evaluations = 200, .seconds = 1, .tokens = 2400},
                      {.label = "autoprompt", .evaluations = 300, .seconds = 6, .tokens = 600}};
  rates.seconds_per_row = 0.01;
  rates.tokens_per_row = 20;
  rates.open_seconds = 3;
  const CostForecast cost = forecast_cost(rates, {"", 2 * 1032, {}}, two_searches());

  REQUIRE(cost.rows.size() == 5);
  CHECK(cost.rows[0].evaluations == 2 * 32);
  CHECK(cost.rows[0].seconds == doctest::Approx(1.0));
  CHECK(cost.rows[1].evaluations == 2 * 500);
  CHECK(cost.rows[1].seconds == doctest::Approx(2 * 2.5));
  CHECK(cost.rows[1].tokens == 2 * 6000);
  CHECK(cost.rows[2].evaluations == 2 * 500);
  CHECK(cost.rows[2].seconds == doctest::Approx(2 * 10.0));
  CHECK(cost.rows[3].seconds == doctest::Approx(1 + 3));
  CHECK(cost.rows[4].tokens == 8000);
  CHECK(cost.total.evaluations == 2 * 1032 + 500);
  CHECK(cost.total.seconds == doctest::Approx(1 + 5 + 20 + 4 + 4));
}

TEST_CASE("seconds cut a strategy at the end of an ask, and what it leaves flows on") {
  MeasuredRates rates;
  rates.strategies = {
      {.label = "slow", .evaluations = 100, .seconds = 10, .tokens = 0, .ask_evaluations = 64},
      {.label = "fast", .evaluations = 100, .seconds = 1, .tokens = 0, .ask_evaluations = 10}};
  Forecast one = two_searches();
  one.num_searches = 1;
  const CostForecast cost = forecast_cost(rates, {"", 100'000, 20.0}, one);

  CHECK(cost.rows[0].evaluations == 2 * 64);  // 10 s are 100 evaluations: inside the second ask
  CHECK(cost.rows[0].seconds == doctest::Approx(12.8));
  CHECK(cost.rows[1].evaluations == 720);  // 7.2 s
}

TEST_CASE("a strategy that ended with its room goes on in a larger one") {
  MeasuredRates rates;
  rates.strategies = {{.label = "steps",
                       .evaluations = 90,
                       .seconds = 9,
                       .tokens = 0,
                       .ask_evaluations = 45,
                       .exhausted = true,
                       .room = 100}};
  Forecast one = two_searches();
  one.num_searches = 1;
  CHECK(forecast_cost(rates, {"", 100, {}}, one).rows[0].evaluations == 90);
  CHECK(forecast_cost(rates, {"", 1000, {}}, one).rows[0].evaluations == 1000);
  rates.strategies[0].room.reset();
  CHECK(forecast_cost(rates, {"", 1000, {}}, one).rows[0].evaluations == 90);
}

// A toy model on a clock of its own: a scored row takes 10 ms, a gradient row 40 ms.
TEST_CASE("what is measured on a clock is what the study then takes on it") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}},
                            {{"name", "random"}, {"init", "top:1 of manual"}},
                            {{"name", "autoprompt"}, {"init", "top:1 of manual"}}};
  toy.json["budget"]["evaluations"] = 30000;
  const Experiment experiment = toy.open();
  const auto clock_of = [](ToyModel& model) {
    return [&model] {
      return 0.01 * static_cast<double>(model.toy_scorer.num_rows) +
             0.04 * static_cast<double>(model.toy_oracles.num_gradient_rows);
    };
  };
  ToyModel model;
  ProbeOptions options;
  options.seconds_each = 5;
  options.clock = clock_of(model);
  const CostForecast cost = forecast_cost(measure_rates(experiment, model, 0, options),
                                          experiment.spec.budget, forecast(experiment));

  ToyModel run_model;
  test::StopAfter observer;
  test::run_session(experiment, toy.run_folder(), run_model, observer);
  const auto store = RunStore::open_read_only(toy.run_folder());
  const auto units = store->units();
  REQUIRE(units.size() == 3);
  std::int64_t evaluations = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    CAPTURE(units[i].strategy);
    CHECK(cost.rows[i].what == units[i].strategy);
    CHECK(static_cast<double>(cost.rows[i].evaluations) ==
          doctest::Approx(static_cast<double>(units[i].spent)).epsilon(0.25));
    evaluations += cost.rows[i].evaluations;
  }
  CHECK(static_cast<double>(evaluations) ==
        doctest::Approx(static_cast<double>(store->spent())).epsilon(0.25));
  CHECK(cost.total.seconds == doctest::Approx(clock_of(run_model)()).epsilon(0.25));
}

TEST_CASE("a warm-up stops where a person wants it to") {
  ToyExperiment toy;
  ToyModel model;
  ProbeOptions options;
  options.stop_requested = [&] { return model.toy_scorer.num_rows > 100; };
  CHECK_THROWS_AS(measure_rates(toy.open(), model, 0, options), Interrupted);
}

}  // namespace
}  // namespace prospect
