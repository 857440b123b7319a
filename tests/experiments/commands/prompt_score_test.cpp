#include "experiments/prompt_score.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/text.h"
#include "experiments/example_split.h"
#include "experiments/prompt_file.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

const std::vector<std::string> kLabels{"bad", "good"};

Verbalizer toy_words() {
  return parse_label_words("bad=bad;good=good", kLabels);
}

Candidate toy_candidate(const std::string& text) {
  return {Template::parse(text), toy_words(), {}};
}

}  // namespace

TEST_CASE("label words are read as label=word,word;label=word") {
  const Verbalizer verbalizer = parse_label_words(" good = great , fine;bad=terrible; ", kLabels);

  REQUIRE(verbalizer.labels.size() == 2);
  CHECK(verbalizer.labels[0].label == "bad");  // in the task's order
  CHECK(verbalizer.labels[1].answers == std::vector<Answer>{{"great", {}}, {"fine", {}}});
}

TEST_CASE("wrong label words are usage errors that name the label") {
  const auto expect = [](const char* text, const char* fragment) {
    test::expect_error(ErrorKind::usage, fragment, [&] { parse_label_words(text, kLabels); });
  };
  expect("bad=terrible", "expected words for label 'good', found none");
  expect("", "expected words for label 'bad', found none");
  expect("bad=a;god=b", "unknown label 'god'; did you mean 'good'?");
  expect("bad;good=b", "expected label=word[,word...], found 'bad'");
  expect("bad=a;bad=b;good=c", "expected label 'bad' once");
  expect("bad=a,,b;good=c", "expected a word for label 'bad'");
}

TEST_CASE("a prompt file holds templates and JSON Lines") {
  const test::ScratchFolder scratch;
  const auto path = scratch.write(
      "prompts.txt",
      "{text} It was {mask}.\r\n\n"
      "{\"template\": \"{mask}: {text}\", \"verbalizer\": {\"bad\": [\"awful\"], \"good\": "
      "[\"great\"]}}\n"
      "{\"template\": \"{text} {mask}\"}");
  const auto candidates = read_prompt_file(path, {{"text"}, kLabels, toy_words()});

  REQUIRE(candidates.size() == 3);
  CHECK(candidates[0].tmpl.text() == "{text} It was {mask}.");
  CHECK(candidates[1].verbalizer.labels[0].answers[0].text == "awful");
  CHECK(candidates[2].verbalizer == toy_words());
}

TEST_CASE("a wrong line of a prompt file is an input error with its number") {
  const test::ScratchFolder scratch;
  const auto expect = [&](const std::string& line, const char* fragment) {
    const auto path = scratch.write("prompts.txt", "{text} {mask}\n" + line + "\n");
    test::expect_error(ErrorKind::input, fragment, [&] {
      read_prompt_file(path, {{"text"}, kLabels, toy_words()});
    });
  };
  expect("{txt} {mask}", "prompts.txt:2");
  expect("{text} It was", "prompts.txt:2: expected one {mask}, found none");
  expect("{mask} {mask}", "prompts.txt:2");
  expect("{\"template\": \"{text} {mask}\", \"verb\": 1}", "prompts.txt:2#/verb: unknown key");
  expect("{\"template\": 3}", "prompts.txt:2#/template: expected a string");
  expect("{\"template\": \"{text} {mask}\"", "prompts.txt:2: expected valid JSON");
  const auto empty = scratch.write("empty.txt", "\n \n");
  test::expect_error(ErrorKind::input, "expected a template on each line, found none", [&] {
    read_prompt_file(empty, {{"text"}, kLabels, toy_words()});
  });
}

TEST_CASE("a template without label words is refused where the task has none either") {
  test::expect_error(ErrorKind::usage, "--labels: expected label words", [] {
    parse_candidate("{text} {mask}", {{"text"}, kLabels, std::nullopt}, "--template");
  });
}

TEST_CASE("scores have the interface's fields and agree with the outcome lines") {
  const Task task = test::toy_task(16);
  test::ToyVocabulary vocabulary;
  test::ToyScorer scorer(vocabulary);
  const std::vector<Candidate> candidates{
      toy_candidate("{text} {mask}"),
      toy_candidate(
          Template::parse("{trigger:3} {text} {mask}").with_triggers(scorer.planted).text())};
  const auto scores = score_prompts(scorer, task, candidates, task.dev, {});

  REQUIRE(scores.size() == 2);
  CHECK(scorer.num_calls == 1);
  CHECK(scores[1].evaluation.log_likelihood > scores[0].evaluation.log_likelihood);
  const Json json = to_json(scores[0]);
  CHECK(json.at("template") == "{text} {mask}");
  CHECK(json.at("verbalizer") == Json({{"bad", {"bad"}}, {"good", {"good"}}}));
  CHECK(json.at("metric").at("name") == "accuracy");
  CHECK(json.at("metric").at("se").is_number());
  CHECK(json.at("n") == task.dev.size());
  CHECK(json.at("evaluations") == task.dev.size());
  CHECK(json.at("failure").is_null());

  double right = 0, sum = 0;
  std::size_t count = 0;
  for (const auto& text : split(outcome_lines(scores[0], task, task.dev, {}), '\n')) {
    if (text.empty()) continue;
    const Json line = Json::parse(text);
    CHECK(line.at("id") == task.dev[count++].id);
    right += line.at("predicted") == line.at("label") ? 1 : 0;
    sum += line.at("log_probs").at(line.at("label").get<std::string>()).get<double>();
    test::check_close(std::exp(line.at("log_probs").at("bad").get<double>()) +
                          std::exp(line.at("log_probs").at("good").get<double>()),
                      1, 1e-9);
  }
  CHECK(count == task.dev.size());
  const double n = static_cast<double>(count);
  test::check_close(json.at("metric").at("value").get<double>(), right / n, 1e-12);
  test::check_close(json.at("log_likelihood").get<double>(), sum / n, 1e-9);
}

TEST_CASE("a prompt that cannot be scored has a reason and no number") {
  const Task task = test::toy_task(4);
  test::ToyVocabulary vocabulary;
  test::ToyScorer scorer(vocabulary);
  const std::vector<Candidate> candidates{toy_candidate("{text} w50 {mask}")};
  const auto scores = score_prompts(scorer, task, candidates, task.dev, {});
  const Json json = to_json(scores[0]);

  CHECK(json.at("failure") == "the word w50 fails");
  CHECK(json.at("metric").at("value").is_null());
  CHECK(json.at("log_likelihood").is_null());
  const Json line = Json::parse(split(outcome_lines(scores[0], task, task.dev, {}), '\n').front());
  CHECK(line.at("failure") == "the word w50 fails");
  CHECK(line.at("log_probs").is_null());
}

TEST_CASE("micro weighs by examples, macro by groups") {
  PromptScore small, large;
  small.rows.resize(1);
  small.evaluation.value = 1;
  large.rows.resize(3);
  large.evaluation.value = 0.5;
  const auto value = over_groups(std::vector<PromptScore>{small, large});

  test::check_close(value.micro, 2.5 / 4, 1e-12);
  test::check_close(value.macro, 0.75, 1e-12);
  CHECK(std::isnan(over_groups({}).micro));
}

TEST_CASE("rows are chosen by split, shots and limit") {
  const TaskData data = open_task("reviews");

  CHECK(choose_rows(data, {"test"}).examples == data.test);
  CHECK(choose_rows(data, {"train"}).examples == data.train);
  const auto dev = choose_rows(data, {"dev", 4}).examples;
  const auto support = choose_rows(data, {"train", 4}).examples;
  CHECK(dev.size() == 8);
  CHECK(support.size() == 8);
  CHECK(dev != support);
  CHECK(choose_rows(data, {"dev", 4, 14}).examples != dev);
  CHECK(choose_rows(data, {"test", {}, 13, FewshotProtocol::balanced, 5}).examples.size() == 5);
  CHECK_FALSE(choose_rows(data, {"dev"}).examples.empty());
}

}  // namespace prospect
