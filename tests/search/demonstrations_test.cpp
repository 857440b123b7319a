#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "search/detail/demonstration_choice.h"
#include "search/registry.h"
#include "tests/support/check_close.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::drive;
using test::Drive;
using test::expect_error;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

MatrixXd answers(std::initializer_list<double> first_label) {
  MatrixXd log_p(static_cast<Eigen::Index>(first_label.size()), 2);
  Eigen::Index row = 0;
  for (const double p : first_label) {
    log_p(row, 0) = std::log(p);
    log_p(row++, 1) = std::log(1 - p);
  }
  return log_p;
}

TEST_CASE("global entropy is of the predictions, local entropy of the answers") {
  const LabelEntropy sure = label_entropy(answers({0.999, 0.001}));
  check_close(sure.global, std::log(2.0), 1e-9);
  CHECK(sure.local < 0.05);

  const LabelEntropy biased = label_entropy(answers({0.6, 0.6}));
  CHECK(biased.global == 0);
  CHECK(biased.local > 0.6);
}

TEST_CASE("the example that shares rare words with the inputs is the most similar") {
  const ToyModel model;
  std::vector<Example> support(3), inputs(2);
  support[0].fields["text"] = "w20 w21 w22";
  support[1].fields["text"] = "w30 w31 w32";
  support[2].fields["text"] = "w40 w41 w42";
  inputs[0].fields["text"] = "w30 w31 w20";
  inputs[1].fields["text"] = "w31 w32 w21";

  const auto order = by_similarity(support, inputs, model.vocabulary());

  CHECK(order == std::vector<ExampleIndex>{1, 0, 2});
}

Drive run(const Json& options, const Task& task, ToyModel& model) {
  const auto strategy = make_toy_strategy("demonstrations", options, task, model, 1);
  return drive(*strategy, task, model, 100'000, 100);
}

TEST_CASE("orders are probed on some dev inputs and the best alone go to the whole pool") {
  const Task task = toy_task(32);
  ToyModel model;
  const Drive result =
      run({{"count", 3}, {"sets", 1}, {"probe", 8}, {"keep_orders", 2}}, task, model);

  REQUIRE(result.asks.size() == 2);
  CHECK(result.asks[0].size() == 6);
  CHECK(result.asks[0][0].examples.size() == 8);
  CHECK(result.asks[1].size() == 2);
  CHECK(result.asks[1][0].examples.empty());
  std::set<std::string> first, second;
  for (const auto& id : std::get<Candidate>(result.asks[1][0].entry).demonstrations.example_ids)
    first.insert(id);
  for (const auto& id : std::get<Candidate>(result.asks[1][1].entry).demonstrations.example_ids)
    second.insert(id);
  CHECK(first == second);
}

TEST_CASE("which orders are kept does not depend on any dev label") {
  Task task = toy_task(32);
  ToyModel model;
  const Json options{{"count", 3}, {"sets", 2}, {"probe", 8}};
  const auto asked = [&] {
    std::vector<std::string> texts;
    for (const auto& proposals : run(options, task, model).asks)
      for (const auto& proposal : proposals) texts.push_back(dump_json(to_json(proposal.entry)));
    return texts;
  };
  const auto truth = asked();
  for (auto& example : task.dev) example.label = 1 - example.label;

  CHECK(asked() == truth);
}

TEST_CASE("demonstrations have the labels in turn") {
  const Task task = toy_task(32);
  for (const char* choice : {"sampled", "similar"}) {
    ToyModel model;
    const Drive result = run({{"count", 4}, {"choice", choice}, {"order", "given"}}, task, model);
    REQUIRE_FALSE(result.asks.empty());
    for (const auto& proposals : result.asks)
      for (const auto& proposal : proposals) {
        int balance = 0;
        for (const auto& id : std::get<Candidate>(proposal.entry).demonstrations.example_ids)
          for (const auto& example : task.support)
            if (example.id == id) balance += example.label == 0 ? 1 : -1;
        CHECK(balance == 0);
      }
  }
}

TEST_CASE("a search over sets ends, and its best is no worse than where it began") {
  const Task task = toy_task(32);
  ToyModel model;
  const Drive result =
      run({{"count", 2}, {"choice", "searched"}, {"order", "given"}, {"round", 4}, {"patience", 2}},
          task, model);

  CHECK(result.exhausted);
  CHECK(result.asks.size() >= 2);
  CHECK(test::best_dev(result, task) >= result.trials.front().evaluation.value);
}

TEST_CASE("demonstrations that do not fit are refused with their tokens and how many fit") {
  const Task task = toy_task();
  ToyModel model;
  const auto make = [&](std::int64_t count) {
    return [&, count] { make_toy_strategy("demonstrations", {{"count", count}}, task, model, 1); };
  };

  expect_error(ErrorKind::input, "tokens with the 14 shortest support examples", make(14));
  expect_error(ErrorKind::input, "use as many, or a model with more positions", make(14));
  expect_error(ErrorKind::input, "expected at most 16 demonstrations", make(40));
}

TEST_CASE("without a labelled example there is nothing to demonstrate") {
  Task task = toy_task();
  task.support.clear();
  ToyModel model;

  expect_error(ErrorKind::input, "labelled support examples",
               [&] { make_toy_strategy("demonstrations", Json::object(), task, model, 1); });
}

}  // namespace
}  // namespace prospect
