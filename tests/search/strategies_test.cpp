#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "search/registry.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::drive;
using test::Drive;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

const Candidate& candidate_of(const Trial& trial) {
  return std::get<Candidate>(trial.entry);
}

TEST_CASE("an unknown strategy is refused with the nearest name") {
  test::expect_error(ErrorKind::input, "did you mean 'autoprompt'",
                     [] { find_strategy("autopromt", "experiment.json#/strategies/0/name"); });
}

TEST_CASE("a strategy name that is taken is refused") {
  test::expect_error(ErrorKind::usage, "random", [] { register_strategy({.name = "random"}); });
}

TEST_CASE("autoprompt finds the planted triggers") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("autoprompt", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);

  const bool found = std::any_of(run.trials.begin(), run.trials.end(), [&](const Trial& trial) {
    return trial.outcome.pool == Pool::dev &&
           candidate_of(trial).tmpl.triggers() == model.toy_scorer.planted;
  });
  CHECK(found);
  CHECK(test::best_dev(run, task) == 1.0);
}

TEST_CASE("autoprompt scores its start prompt on dev before anything else") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy =
      make_toy_strategy("autoprompt", {{"initial", "w01 w02 w03"}}, task, model, 1);
  const Ask ask = strategy->ask({10'000});

  REQUIRE(ask.proposals.size() == 1);
  CHECK(ask.proposals[0].pool == Pool::dev);
  const auto& tmpl = std::get<Candidate>(ask.proposals[0].entry).tmpl;
  CHECK(model.vocabulary().decode(tmpl.triggers()) == "w01 w02 w03");
}

TEST_CASE("autoprompt scores all candidates of a step, and the incumbent, on the same examples") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy =
      make_toy_strategy("autoprompt", {{"batch_size", 5}, {"accumulation", 2}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000, 2);

  REQUIRE(run.asks.size() == 2);
  const auto& step = run.asks[1];
  CHECK(step.size() == 11);  // the incumbent and top_k = 10 swaps
  for (const auto& proposal : step) {
    CHECK(proposal.pool == Pool::support);
    CHECK(proposal.examples.size() == 10);
    CHECK(proposal.examples == step[0].examples);
  }
}

TEST_CASE("autoprompt changes one slot in a step, and never proposes the token that stands there") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("autoprompt", Json::object(), task, model, 4);
  const Drive run = drive(*strategy, task, model, 20'000);

  for (const auto& ask : run.asks) {
    if (ask[0].pool != Pool::support) continue;
    const TokenIds incumbent = std::get<Candidate>(ask[0].entry).tmpl.triggers();
    std::set<std::size_t> slots;
    for (std::size_t i = 1; i < ask.size(); ++i) {
      const TokenIds swap = std::get<Candidate>(ask[i].entry).tmpl.triggers();
      REQUIRE(swap.size() == incumbent.size());
      std::size_t changed = 0;
      for (std::size_t slot = 0; slot < swap.size(); ++slot) {
        if (swap[slot] == incumbent[slot]) continue;
        ++changed;
        slots.insert(slot);
      }
      CHECK(changed == 1);
    }
    CHECK(slots.size() == 1);
  }
}

TEST_CASE("autoprompt spends no dev pool on prompts that are masks in part") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("autoprompt", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);

  for (const auto& trial : run.trials) {
    if (trial.outcome.pool != Pool::dev) continue;
    const TokenIds ids = candidate_of(trial).tmpl.triggers();
    const auto masks = std::count(ids.begin(), ids.end(), kUnsetToken);
    CHECK((masks == 0 || masks == 3));  // found words, or the start
  }
}

TEST_CASE("autoprompt without an improvement keeps its incumbent, and goes on") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "autoprompt", {{"initial", "w10 w20 w30"}, {"iterations", 5}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 50'000);

  CHECK(run.exhausted);
  CHECK(run.asks.size() == 6);  // the start, and five steps without an adoption
}

TEST_CASE("autoprompt leaves out special tokens, label words and untypable tokens") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("autoprompt", {{"top_k", 100}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 20'000);

  const auto& vocabulary = model.vocabulary();
  for (const auto& trial : run.trials)
    for (const TokenId id : candidate_of(trial).tmpl.triggers()) {
      if (id == kUnsetToken) continue;
      CHECK_FALSE(vocabulary.traits(id).special);
      CHECK(vocabulary.token(id) != "good");
      CHECK(vocabulary.token(id) != "bad");
    }
}

TEST_CASE("autoprompt needs as many initial words as there are slots") {
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(ErrorKind::input, "as many tokens as trigger slots (3), found 2", [&] {
    make_toy_strategy("autoprompt", {{"initial", "w01 w02"}}, task, model, 1);
  });
}

TEST_CASE("a layout without triggers is refused") {
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(ErrorKind::input, "at least one {trigger:N}", [&] {
    make_toy_strategy("random", {{"template", "{text} {mask}."}}, task, model, 1);
  });
}

TEST_CASE("a seeded search starts from the literal tokens of its seeds") {
  const Task task = toy_task();
  ToyModel model;
  Trial seed;
  seed.entry = task.manual[1].candidate;  // "{text} w02 w03 {mask}!"
  const auto strategy = make_toy_strategy("autoprompt", Json::object(), task, model, 1, {seed});
  const Ask ask = strategy->ask({10'000});

  REQUIRE(ask.proposals.size() == 1);
  const auto& tmpl = std::get<Candidate>(ask.proposals[0].entry).tmpl;
  CHECK(model.vocabulary().decode(tmpl.triggers()) == "w02 w03 !");
  CHECK(model.vocabulary().as_text(tmpl).text() == "{text} w02 w03 {mask} !");
  CHECK(tmpl.num_answer_slots() == 1);
}

TEST_CASE("random proposes each prompt once") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("random", {{"triggers", 1}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 100'000);

  std::set<std::string> seen;
  for (const auto& trial : run.trials) CHECK(seen.insert(candidate_of(trial).tmpl.text()).second);
  CHECK(run.exhausted);  // one slot has no more than the 59 allowed tokens
  CHECK(seen.size() == 59);
}

TEST_CASE("manual scores the task's prompts and those of a file, each once") {
  const test::ScratchFolder folder;
  folder.write("prompts.txt",
               "{text} w05 {mask}.\n"
               "{\"template\": \"{text} w06 {mask}.\", \"verbalizer\": {\"bad\": [\"w07\"], "
               "\"good\": \"w08\"}}\n"
               "{text} w01 {mask}.\n");
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "manual", {{"file", (folder.path() / "prompts.txt").string()}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 100'000);

  std::vector<std::string> texts;
  for (const auto& trial : run.trials) texts.push_back(candidate_of(trial).tmpl.text());
  CHECK(texts == std::vector<std::string>{"{text} w01 {mask}.", "{text} w02 w03 {mask}!",
                                          "{text} w05 {mask}.", "{text} w06 {mask}."});
  CHECK(candidate_of(run.trials[3]).verbalizer.labels[1].answers[0].text == "w08");
}

TEST_CASE("manual names the line of a template that does not parse") {
  const test::ScratchFolder folder;
  const auto path = folder.write("prompts.txt", "{text} w05 {mask}.\n{txt} {mask}\n");
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(ErrorKind::input, "prompts.txt:2: at character 1: unknown field 'txt'", [&] {
    make_toy_strategy("manual", {{"file", path.string()}}, task, model, 1);
  });
}

TEST_CASE("a failed prompt does not stop the search") {
  Task task = toy_task();
  ToyModel model;
  model.toy_scorer.failing = "w02";
  const auto strategy = make_toy_strategy("manual", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 1000);

  REQUIRE(run.trials.size() == 2);
  CHECK(run.trials[0].status == Status::scored);
  CHECK(run.trials[1].status == Status::failed);
}

}  // namespace
}  // namespace prospect
