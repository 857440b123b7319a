#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
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

std::string text_of(const Proposal& proposal) {
  return std::get<Candidate>(proposal.entry).tmpl.text();
}

const std::vector<std::string> kLong = {"w01 w02 w03 w04, {text} w05 w06 {mask}."};

TEST_CASE("every mode of the searches by edits keeps the contract") {
  test::check_strategy_contract("grips", {{"mode", "annealing"},
                                          {"compose", 2},
                                          {"restarts", 50},
                                          {"initial", kLong},
                                          {"granularity", "word"}});
  test::check_strategy_contract("genetic", {{"algorithm", "de"}});
  test::check_strategy_contract("genetic", {{"selection", "pareto"}});
  test::check_strategy_contract("genetic", {{"selection", "tournament"}, {"mutation_rate", 0}});
  test::check_strategy_contract("genetic",
                                {{"selection", "random"}, {"objective", "log_likelihood"}});
  test::check_strategy_contract("beam", {{"proposal", "gradient"}, {"width", 2}});
  test::check_strategy_contract("beam", {{"proposal", "random"}, {"position", "around"}});
  test::check_strategy_contract("beam", {{"initial", "random"}});
  test::check_strategy_contract("exhaustive", {{"templates", {"{text} {trigger:2} {mask}."}},
                                               {"words", {"w10", "w20", "w30"}}});
  test::check_strategy_contract("exhaustive", {{"demonstrations", 3}});
  test::check_strategy_contract("tempera", {{"reward", "metric"}, {"width", 1}});
  test::check_strategy_contract("tempera", {{"demonstrations", 0}, {"reward", "log_likelihood"}});
}

TEST_CASE("grips finds better prompts than random draws at equal cost") {
  test::check_beats_random("grips", {{"restarts", 1000},
                                     {"granularity", "word"},
                                     {"patience", 5},
                                     {"initial", {"{text} w01 w02 w03 {mask}."}}});
}

TEST_CASE("genetic finds better prompts than random draws at equal cost") {
  test::check_beats_random("genetic", Json::object());
}

TEST_CASE("differential evolution finds better prompts than random draws at equal cost") {
  test::check_beats_random("genetic", {{"algorithm", "de"}});
}

TEST_CASE("beam finds better prompts than random draws at equal cost") {
  test::check_beats_random("beam", Json::object());
}

TEST_CASE("tempera finds better prompts than random draws at equal cost") {
  test::check_beats_random("tempera",
                           {{"initial", {"{text} w01 w02 w03 {mask}."}}, {"granularity", "word"}});
}

TEST_CASE("exhaustive finds better prompts than random draws where the space holds them") {
  test::check_beats_random("exhaustive", {{"templates", {"{text} {trigger:3} {mask}."}},
                                          {"words", {"w10", "w20", "w30", "w01", "w02", "w03"}}});
}

TEST_CASE(
    "grips scores its start, then five candidates an iteration, and stops after two failures") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "grips", {{"initial", kLong}, {"edits", {"swap"}}, {"granularity", "word"}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000, 1000, [](Trial& trial) {
    trial.evaluation.value = 0.5;  // never strictly better ...
    for (auto& row : trial.outcome.rows) row.log_p = {-1, -1};
  });

  REQUIRE(run.asks.size() == 3);
  CHECK(run.asks[0].size() == 1);
  CHECK(text_of(run.asks[0][0]) == kLong[0]);
  // ... and none of the 15 swaps of six words is made twice.
  CHECK(run.asks[1].size() == 5);
  CHECK(run.asks[2].size() == 5);
  CHECK(run.exhausted);
}

TEST_CASE("grips never adds what was not deleted, and edits phrases alone") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy =
      make_toy_strategy("grips", {{"initial", kLong}, {"edits", {"add"}}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);
  CHECK(run.asks.size() == 1);  // the start alone

  const auto deleting = make_toy_strategy(
      "grips", {{"initial", kLong}, {"edits", {"delete"}}, {"granularity", "word"}}, task, model,
      1);
  const Drive deleted = drive(*deleting, task, model, 50'000, 2);
  REQUIRE(deleted.asks.size() == 2);
  for (const auto& proposal : deleted.asks[1])
    CHECK(model.vocabulary().encode(text_of(proposal), false).size() ==
          model.vocabulary().encode(kLong[0], false).size() - 1);
}

TEST_CASE("grips without a word to edit is refused") {
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(
      ErrorKind::input, "expected literal text to edit, found none in '{text} {mask}.'", [&] {
        make_toy_strategy("grips", {{"initial", {"{text} {mask}."}}}, task, model, 1);
      });
}

TEST_CASE("an edit or move that is not known is refused by name") {
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(ErrorKind::input, "found 'rotate'", [&] {
    make_toy_strategy("grips", {{"edits", {"rotate"}}}, task, model, 1);
  });
  test::expect_error(ErrorKind::input, "did you mean 'phrase_swap'", [&] {
    make_toy_strategy("tempera", {{"moves", {"phrase_swop"}}}, task, model, 1);
  });
}

TEST_CASE("a seeded search by edits starts from the seed's words") {
  const Task task = toy_task();
  ToyModel model;
  Trial seed;
  Candidate found = task.manual[0].candidate;
  found.tmpl = Template::parse("{text} {trigger:2} {mask}.")
                   .with_triggers({model.toy_scorer.planted[0], model.toy_scorer.planted[1]});
  seed.entry = found;
  for (const char* name : {"grips", "genetic", "tempera"}) {
    CAPTURE(name);
    const auto strategy = make_toy_strategy(name, Json::object(), task, model, 1, {seed});
    CHECK(text_of(strategy->ask({10'000}).proposals.at(0)) == "{text} w10 w20 {mask}.");
  }
}

TEST_CASE("genetic fills its population with mutants, then breeds as many children") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("genetic", {{"population", 6}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000, 4);

  REQUIRE(run.asks.size() == 4);
  CHECK(run.asks[0].size() == 2);  // the manual prompts
  CHECK(run.asks[1].size() == 4);
  CHECK(run.asks[2].size() == 6);
  for (const auto& proposal : run.asks[2]) CHECK_FALSE(proposal.provenance.parents.empty());
}

TEST_CASE("genetic never proposes a prompt twice") {
  const Task task = toy_task();
  ToyModel model;
  for (const char* algorithm : {"ga", "de"}) {
    const auto strategy = make_toy_strategy("genetic", {{"algorithm", algorithm}}, task, model, 1);
    std::set<std::string> seen;
    for (const auto& trial : drive(*strategy, task, model, 20'000).trials)
      CHECK(seen.insert(to_json(trial.entry).dump()).second);
  }
}

TEST_CASE("beam grows by one token a round, and finds the planted ones") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("beam", {{"top_k", 8}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);

  REQUIRE(run.asks.size() > 3);
  CHECK(text_of(run.asks[0][0]) == "{text} {mask}.");
  CHECK(run.asks[1].size() == 8);
  for (const auto& proposal : run.asks[1])
    CHECK(std::get<Candidate>(proposal.entry).tmpl.triggers().size() == 1);
  CHECK(std::any_of(run.trials.begin(), run.trials.end(), [&](const Trial& trial) {
    return std::get<Candidate>(trial.entry).tmpl.triggers() == model.toy_scorer.planted;
  }));
}

TEST_CASE("exhaustive scores each prompt of the product once, in the order of writing") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "exhaustive",
      {{"templates", {"{text} [w01|w02] {trigger:1} {mask}", "{text} w01 {trigger:1} {mask}"}},
       {"words", {"w10", "w20"}}},
      task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);

  std::vector<std::string> texts;
  for (const auto& ask : run.asks)
    for (const auto& proposal : ask)
      texts.push_back(model.vocabulary().as_text(std::get<Candidate>(proposal.entry).tmpl).text());
  CHECK(texts == std::vector<std::string>{"{text} w01 w10 {mask}", "{text} w01 w20 {mask}",
                                          "{text} w02 w10 {mask}", "{text} w02 w20 {mask}"});
  CHECK(run.exhausted);
}

TEST_CASE("exhaustive takes every order of the demonstrations") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "exhaustive", {{"templates", {"{text} w01 {mask}"}}, {"demonstrations", 3}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);

  std::set<std::vector<std::string>> orders;
  for (const auto& trial : run.trials) {
    const auto& candidate = std::get<Candidate>(trial.entry);
    CHECK(candidate.tmpl.text() == "{demos}{text} w01 {mask}");
    orders.insert(candidate.demonstrations.example_ids);
  }
  CHECK(run.trials.size() == 6);
  CHECK(orders.size() == 6);
  CHECK(orders.contains({"support-2", "support-1", "support-0"}));
}

TEST_CASE("exhaustive refuses a space beyond its limit, and says how large it is") {
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(ErrorKind::input, "at most 10 prompts, found one of 27", [&] {
    make_toy_strategy("exhaustive",
                      {{"templates", {"{text} {trigger:3} {mask}"}},
                       {"words", {"w10", "w20", "w30"}},
                       {"limit", 10}},
                      task, model, 1);
  });
  test::expect_error(ErrorKind::input, "expected words for the trigger slots", [&] {
    make_toy_strategy("exhaustive", {{"templates", {"{text} {trigger:3} {mask}"}}}, task, model, 1);
  });
  test::expect_error(ErrorKind::input, "expected one {mask}, found none in '{text} w01'", [&] {
    make_toy_strategy("exhaustive", {{"templates", {"{text} [{mask}|w01]"}}}, task, model, 1);
  });
}

TEST_CASE("tempera makes one kind of edit at a time") {
  const Task task = toy_task();
  ToyModel model;
  for (const char* move : {"demonstration_swap", "demonstration_exchange", "demonstration_drop"}) {
    CAPTURE(move);
    const auto strategy =
        make_toy_strategy("tempera", {{"moves", {move}}, {"proposed_words", 0}}, task, model, 1);
    const Drive run = drive(*strategy, task, model, 5'000);
    CHECK(run.asks.size() > 1);
    for (std::size_t i = 1; i < run.asks.size(); ++i)
      for (const auto& proposal : run.asks[i]) {
        const auto& candidate = std::get<Candidate>(proposal.entry);
        CHECK(proposal.provenance.note == move);
        CHECK(candidate.verbalizer == task.manual[0].candidate.verbalizer);
        CHECK(candidate.demonstrations.example_ids.size() <= 4);
      }
  }
}

TEST_CASE("tempera changes label words to those that the options name") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("tempera",
                                          {{"moves", {"verbalizer"}},
                                           {"proposed_words", 0},
                                           {"demonstrations", 0},
                                           {"label_words", {"bad=w07|w08"}}},
                                          task, model, 1);
  std::set<std::string> words;
  for (const auto& trial : drive(*strategy, task, model, 5'000).trials)
    words.insert(std::get<Candidate>(trial.entry).verbalizer.labels[0].answers[0].text);
  CHECK(words == std::set<std::string>{"bad", "w07", "w08"});
  test::expect_error(ErrorKind::input, "did you mean 'bad'", [&] {
    make_toy_strategy("tempera", {{"label_words", {"badd=w07"}}}, task, model, 1);
  });
}

TEST_CASE("the searches by edits hand the study how many to keep, when asked") {
  const Task task = toy_task();
  ToyModel model;
  for (const char* name : {"grips", "genetic", "beam", "tempera"}) {
    CAPTURE(name);
    const auto strategy = make_toy_strategy(name, {{"keep", 3}}, task, model, 1);
    const Ask start = strategy->ask({10'000});
    CHECK(start.keep == 0);
    CHECK_FALSE(start.proposals.empty());
  }
}

}  // namespace
}  // namespace prospect
