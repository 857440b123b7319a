#include <doctest/doctest.h>

#include <numeric>

#include "experiments/study.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"

namespace prospect {
namespace {

using test::run_session;
using test::Session;
using test::StopAfter;
using test::ToyExperiment;
using test::ToyModel;

constexpr std::int64_t kDev = 16;  // examples, each a row of a proposal

std::vector<UnitRecord> units_of(const ToyExperiment& toy) {
  return RunStore::open(toy.run_folder())->units();
}

Json words(const std::vector<std::string>& list) {
  return {{"name", test::kListStrategy}, {"options", {{"words", list}}}};
}

TEST_CASE("trials are shared like evaluations, and exactly so many are scored") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}}, {{"name", "random"}}};
  toy.json["budget"] = {{"evaluations", 100'000}, {"trials", 9}};
  run_session(toy.open(), toy.run_folder());
  const auto units = units_of(toy);

  CHECK(units[0].trials_room == 4);
  CHECK(units[0].num_trials == 2);  // the task has two manual prompts
  CHECK(units[0].stop == "exhausted");
  CHECK(units[1].trials_room == 7);
  CHECK(units[1].num_trials == 7);
  CHECK(units[1].stop == "trials");
  CHECK(units[1].spent <= 7 * kDev);
}

TEST_CASE("tokens are those of the filled prompts, and the limit is never passed") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({words({"w11", "w12", "w13", "w14"})});
  toy.json["budget"] = {{"evaluations", 1000}, {"tokens", 1'000'000}};
  run_session(toy.open(), toy.folder() / "free");
  const std::int64_t all = RunStore::open(toy.folder() / "free")->units().front().tokens;
  REQUIRE(all > 4 * kDev);
  CHECK(all % 4 == 0);  // four prompts of the same length on the same examples

  for (const auto& [limit, num_scored] : {std::pair{all, 4}, {all - 1, 3}, {all / 2, 2}, {3L, 0}}) {
    CAPTURE(limit);
    toy.json["budget"]["tokens"] = limit;
    const auto folder = toy.folder() / ("limit-" + std::to_string(limit));
    run_session(toy.open(), folder);
    const auto store = RunStore::open(folder);
    CHECK(store->num_trials(Status::scored) == num_scored);
    CHECK(store->units().front().tokens == all / 4 * num_scored);
    CHECK(store->units().front().stop == (num_scored == 4 ? "exhausted" : "tokens"));
  }
}

TEST_CASE("the tokens of a gradient count thrice") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({words({"w11"})});
  toy.json["budget"] = {{"evaluations", 1000}, {"tokens", 1'000'000}};
  run_session(toy.open(), toy.folder() / "without");
  toy.json["strategies"][0]["options"]["gradient_rows"] = 8;
  run_session(toy.open(), toy.folder() / "with");
  const auto tokens = [&](const char* name) {
    return RunStore::open(toy.folder() / name)->units().front().tokens;
  };

  const std::int64_t of_gradient = tokens("with") - tokens("without");
  CHECK(of_gradient > 3 * 8);
  CHECK(of_gradient % 3 == 0);
}

TEST_CASE("a strategy ends when nothing better came for so much work") {
  ToyExperiment toy;
  // The planted optimum first: nothing after it can be better.
  toy.json["strategies"] =
      Json::array({words({"w10 w20 w30", "w11", "w12", "w13", "w14", "w15", "w16", "w17", "w18"})});
  toy.json["strategies"][0]["options"]["per_ask"] = 1;
  toy.json["budget"] = {{"evaluations", 1000}, {"patience", 3 * kDev}};
  run_session(toy.open(), toy.run_folder());
  const auto units = units_of(toy);

  CHECK(units.front().stop == "patience");
  CHECK(units.front().spent == 4 * kDev);
}

TEST_CASE("a strategy ends when an entry reaches the target") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({words({"w11", "w10 w20 w30", "w12", "w13"})});
  toy.json["strategies"][0]["options"]["per_ask"] = 1;
  toy.json["budget"] = {{"evaluations", 1000}, {"target", 1.0}};
  run_session(toy.open(), toy.run_folder());
  const auto units = units_of(toy);

  CHECK(units.front().stop == "target");
  CHECK(units.front().spent == 2 * kDev);
}

TEST_CASE("in a portfolio the target ends all strategies, and limits are those of all together") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({words({"w10 w20 w30"}), {{"name", "random"}}});
  toy.json["portfolio"] = "bandit";
  toy.json["budget"] = {{"evaluations", 100'000}, {"target", 1.0}};
  run_session(toy.open(), toy.folder() / "target");
  for (const auto& unit : RunStore::open(toy.folder() / "target")->units())
    CHECK((unit.stop == "target" || unit.stop == "exhausted"));

  toy.json["budget"] = {{"evaluations", 100'000}, {"trials", 20}};
  run_session(toy.open(), toy.folder() / "trials");
  std::int64_t num_trials = 0;
  for (const auto& unit : RunStore::open(toy.folder() / "trials")->units())
    num_trials += unit.num_trials;
  CHECK(num_trials == 20);
}

TEST_CASE("a run under all limits that is stopped and continued ends with the same bytes") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "random"}}, {{"name", "autoprompt"}}};
  toy.json["budget"] = {{"evaluations", 3000},
                        {"tokens", 30'000},
                        {"trials", 120},
                        {"patience", 700},
                        {"target", 0.99}};
  const Experiment experiment = toy.open();
  const Session whole = run_session(experiment, toy.folder() / "whole");
  Session session;
  for (std::int64_t polls = 3; !session.finished && polls < 1000; ++polls) {
    ToyModel model;
    StopAfter observer(polls);
    session = run_session(experiment, toy.folder() / "stopped", model, observer);
  }

  CHECK(session.finished);
  CHECK(session.jsonl == whole.jsonl);
}

}  // namespace
}  // namespace prospect
