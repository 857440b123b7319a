#include "experiments/portfolio.h"

#include <doctest/doctest.h>

#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::run_session;
using test::Session;
using test::StopAfter;
using test::ToyExperiment;
using test::ToyModel;

TEST_CASE("every strategy works once, in order, before any works twice") {
  AreaBandit bandit(3);
  const std::vector<bool> open(3, true);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(bandit.next(open) == i);
    bandit.add({i, false});
  }
}

TEST_CASE("recent successes weigh more than those before") {
  AreaBandit bandit(2);
  for (const bool improved : {true, false, false}) bandit.add({0, improved});
  for (const bool improved : {false, false, true}) bandit.add({1, improved});
  CHECK(bandit.area(0) == doctest::Approx(1.0 / 6));
  CHECK(bandit.area(1) == doctest::Approx(3.0 / 6));
  CHECK(bandit.next({true, true}) == 1);
  CHECK(bandit.next({true, false}) == 0);
  CHECK(!bandit.next({false, false}));
}

TEST_CASE("a strategy that stopped improving is tried again, but seldom") {
  AreaBandit bandit(2);
  int first = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t next = *bandit.next({true, true});
    first += next == 0 ? 1 : 0;
    bandit.add({next, next == 1});
  }
  CHECK(first >= 2);
  CHECK(first < 20);
}

struct ToyPortfolio : ToyExperiment {
  explicit ToyPortfolio(std::int64_t budget) {
    json["strategies"] = {{{"name", "manual"}},
                          {{"name", "random"}},
                          {{"name", "autoprompt"}, {"init", "top:1 of random"}}};
    json["budget"]["evaluations"] = budget;
    json["portfolio"] = "bandit";
  }
};

TEST_CASE("strategies of a portfolio share one budget, which is never passed") {
  ToyPortfolio toy(4000);
  REQUIRE(run_session(toy.open(), toy.run_folder()).finished);
  const auto store = RunStore::open(toy.run_folder());
  const auto units = store->units();
  CHECK(store->spent() <= 4000);
  CHECK(store->spent() > 4000 - 100);
  CHECK(units[0].stop == "exhausted");
  for (const auto& unit : units) CHECK(unit.spent > 0);

  std::size_t turns = 0;
  std::int64_t last = 0;
  for (const auto& ask : store->asks()) {
    turns += ask.unit != last ? 1 : 0;
    last = ask.unit;
  }
  CHECK(turns > 3);
}

TEST_CASE("a portfolio that is stopped at any moment and continued ends with the same bytes") {
  ToyPortfolio toy(1500);
  const Experiment experiment = toy.open();
  const Session whole = run_session(experiment, toy.folder() / "whole");
  REQUIRE(whole.finished);
  for (const std::int64_t polls : {2, 3, 5, 9, 17}) {
    CAPTURE(polls);
    const auto folder = toy.folder() / ("stopped-" + std::to_string(polls));
    Session session;
    for (std::int64_t more = polls; !session.finished && more < 1000; ++more) {
      ToyModel model;
      StopAfter observer(more);
      session = run_session(experiment, folder, model, observer);
    }
    CHECK(session.jsonl == whole.jsonl);
    CHECK(session.markdown == whole.markdown);
  }
}

TEST_CASE("seconds end all strategies of a portfolio") {
  ToyPortfolio toy(100000000);
  toy.json["budget"]["seconds"] = 0.2;
  REQUIRE(run_session(toy.open(), toy.run_folder()).finished);
  for (const auto& unit : RunStore::open(toy.run_folder())->units())
    CHECK((unit.stop == "seconds" || unit.stop == "exhausted"));
}

TEST_CASE("an unknown way to divide the budget is refused at its place") {
  ToyPortfolio toy(1000);
  toy.json["portfolio"] = "thompson";
  test::expect_error(ErrorKind::input, "#/portfolio", [&] { toy.open(); });
}

}  // namespace
}  // namespace prospect
