#include <doctest/doctest.h>

#include "core/error.h"
#include "search/ask_check.h"
#include "search/detail/trigger_space.h"
#include "search/registry.h"
#include "search/soft_search.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::drive;
using test::Drive;
using test::expect_error;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

Drive run(const std::string& name, const Json& options, const Task& task, ToyModel& model,
          std::int64_t budget = 100'000) {
  const auto strategy = make_toy_strategy(name, options, task, model, 1);
  return drive(*strategy, task, model, budget, 100);
}

TEST_CASE("vectors are proposed at the start and after every so many steps, until the last") {
  const Task task = toy_task();
  ToyModel model;
  const Drive result =
      run("prefix", {{"steps", 25}, {"evaluate_every", 10}, {"batch_size", 4}}, task, model);

  CHECK(result.asks.size() == 1 + 3);
  CHECK(model.toy_oracles.num_gradient_rows == 25 * 4);
  for (const auto& proposals : result.asks) {
    REQUIRE(proposals.size() == 1);
    const auto& soft = std::get<SoftPrompt>(proposals.front().entry);
    CHECK(soft.vectors == blob_id_of(proposals.front().vectors));
    CHECK(has_unset_triggers(soft.frame.tmpl));
  }
}

TEST_CASE("training finds vectors that do better than those it began with") {
  const Task task = toy_task(32);
  ToyModel model;
  const Drive result = run("prefix", {{"steps", 100}}, task, model);

  CHECK(test::best_dev(result, task) > result.trials.front().evaluation.value);
}

TEST_CASE("vectors stand before the manual prompt, of hybrid before its answer too") {
  const Task task = toy_task();
  ToyModel model;
  const auto frame_of = [&](const std::string& name, Json options) {
    options["steps"] = 1;
    return std::get<SoftPrompt>(run(name, options, task, model).asks[0][0].entry).frame.tmpl.text();
  };

  CHECK(frame_of("prefix", Json::object()) == "{trigger:5} {text} w01 {mask}.");
  CHECK(frame_of("hybrid", Json::object()) == "{trigger:3} {text} w01 {trigger:2} {mask}.");
  CHECK(frame_of("prefix", {{"frame", "fields"}}) == "{trigger:5} {text} {mask}");
}

TEST_CASE("a soft prompt whose name is not that of its vectors is no proposal") {
  const Task task = toy_task();
  ToyModel model;
  const SearchContext context{task, model.vocabulary(), model.scorer(), model.oracles(), {},
                              {},   Rng(1, "check")};
  Proposal proposal = run("prefix", {{"steps", 1}}, task, model).asks[0][0];
  CHECK_FALSE(fault_of({{proposal}, 0}, context, {10'000}).has_value());
  proposal.vectors(0, 0) += 1;

  const auto fault = fault_of({{proposal}, 0}, context, {10'000});

  REQUIRE(fault.has_value());
  CHECK(fault->find("names its vectors") != std::string::npos);
}

TEST_CASE("a search over trigger tokens that is seeded by vectors starts at the nearest tokens") {
  const Task task = toy_task();
  ToyModel model;
  Candidate frame = task.manual.front().candidate;
  frame.tmpl = Template::parse("{trigger:2} {text} {mask}");
  const TokenIds tokens = model.vocabulary().encode("w11 w23", false);
  const MatrixXf vectors = model.toy_oracles.embeddings(tokens);
  Trial seed;
  seed.entry = SoftPrompt{frame, blob_id_of(vectors)};
  SearchContext context{task,   model.vocabulary(), model.scorer(), model.oracles(), {},
                        {seed}, Rng(1, "seeded")};
  context.vectors = [&](BlobId) { return vectors; };

  const TriggerSpace space({}, context);

  REQUIRE(space.starts().size() == 1);
  CHECK(space.starts().front().tmpl.triggers() == tokens);
}

TEST_CASE("no vectors, or no example to train on, are refused by name") {
  Task task = toy_task();
  ToyModel model;
  expect_error(ErrorKind::input, "at least one vector", [&] {
    make_toy_strategy("prefix", {{"vectors", 0}}, task, model, 1);
  });
  task.support.clear();
  CHECK_THROWS_AS(make_toy_strategy("prefix", Json::object(), task, model, 1), Error);
}

}  // namespace
}  // namespace prospect
