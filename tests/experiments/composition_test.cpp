#include "experiments/composition.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

using test::toy_task;
using test::ToyModel;

constexpr const char* kText =
    R"({"template": "{text} w01 {mask} w02 {mask}.", "verbalizer": {"bad": ["w10", "bad"], "good": ["w10", "good"]}})";

TEST_CASE("each part of a composition asks at its own mask, on the same tokens") {
  const test::ScratchFolder folder;
  const Task task = toy_task();
  const Composition composition = read_composition(folder.write("c.json", kText), task);
  const ToyModel model;
  const auto prompts = sub_prompts(composition, model.vocabulary());

  REQUIRE(prompts.size() == 2);
  const Filled first = model.vocabulary().fill(prompts[0].tmpl, task.dev[0]);
  CHECK(first.answer_slots.size() == 1);
  CHECK(prompts[0].verbalizer.labels[1].answers == std::vector<Answer>{{"w10", {}}});
  CHECK(prompts[1].verbalizer.labels[1].answers == std::vector<Answer>{{"good", {}}});
  CHECK(prompts[0].tmpl.text().find("{tokens:4}") != std::string::npos);
}

TEST_CASE("a composed label is as probable as the product of its parts") {
  const test::ScratchFolder folder;
  const Task task = toy_task();
  const Composition composition = read_composition(folder.write("c.json", kText), task);
  ToyModel model;
  const auto score =
      score_composition(model.scorer(), model.vocabulary(), task, composition, task.dev);

  REQUIRE(score.parts.size() == 2);
  REQUIRE_FALSE(score.composed.failure);
  for (std::size_t r = 0; r < task.dev.size(); ++r) {
    double difference = 0;
    for (const auto& part : score.parts)
      difference += part.rows[r].log_p[0] - part.rows[r].log_p[1];
    const auto& log_p = score.composed.rows[r].log_p;
    CHECK(log_p[0] - log_p[1] == doctest::Approx(difference));
    CHECK(std::exp(log_p[0]) + std::exp(log_p[1]) == doctest::Approx(1.0));
  }
}

TEST_CASE("calibrated parts favour no label over all rows together") {
  const test::ScratchFolder folder;
  const Task task = toy_task();
  const Composition composition = read_composition(folder.write("c.json", kText), task);
  ToyModel model;
  const auto score = score_composition(model.scorer(), model.vocabulary(), task, composition,
                                       task.dev, Calibration::batch);
  for (std::size_t r = 0; r < task.dev.size(); ++r) {
    double difference = 0;
    for (const auto& part : score.parts)
      difference += part.rows[r].log_p[0] - part.rows[r].log_p[1];
    const auto& log_p = score.composed.rows[r].log_p;
    CHECK(log_p[0] - log_p[1] == doctest::Approx(difference));
  }
  const auto plain =
      score_composition(model.scorer(), model.vocabulary(), task, composition, task.dev);
  CHECK(plain.composed.rows[0].log_p != score.composed.rows[0].log_p);
}

TEST_CASE("faults of a composition are named with their place") {
  const test::ScratchFolder folder;
  const Task task = toy_task();
  const auto refused = [&](const std::string& text, const std::string& message) {
    test::expect_error(ErrorKind::input, message,
                       [&] { read_composition(folder.write("c.json", text), task); });
  };
  refused(R"({"template": "{text} {mask}", "verbalizer": {"bad": ["w1"], "good": ["w2"]}})",
          "at least two {mask}");
  refused(
      R"({"template": "{text} {mask} {mask}", "verbalizer": {"bad": ["w1"], "good": ["a", "b"]}})",
      "#/verbalizer/bad: expected an answer for each of the template's 2 masks, found 1");
  refused(R"({"template": "{text} {mask} {mask}", "verbalizer": {"bad": ["w1", "w2"]}})", "good");
  refused(R"({"template": "{txt} {mask} {mask}", "verbalizer": {}})", "txt");
  refused(R"({"template": "{text} {mask} {mask}", "verbalizer": {"bd": ["a", "b"]}})",
          "expected a label of the task, found 'bd'");
}

}  // namespace
}  // namespace prospect
