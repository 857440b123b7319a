#include "experiments/prompt_export.h"

#include <doctest/doctest.h>

#include <sstream>

#include "experiments/apply_prompt.h"
#include "tests/support/expect_error.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

using test::expect_error;

Task task_of(std::vector<std::string> fields) {
  Task task;
  task.name = "toys";
  task.fields = std::move(fields);
  task.labels = {"bad", "good"};
  return task;
}

FoundPrompt prompt_of(const std::string& text, std::vector<std::string> fields = {"text"}) {
  FoundPrompt prompt;
  prompt.candidate.tmpl = Template::parse(text);
  prompt.candidate.verbalizer.labels = {{"bad", {{"terrible", {}}}}, {"good", {{"great", {}}}}};
  prompt.text = text;
  prompt.fields = std::move(fields);
  prompt.task = "toys";
  prompt.model = "toy";
  prompt.model_fingerprint = "f";
  prompt.scores = {{"metric", "accuracy"}, {"dev", nullptr}, {"test", nullptr}};
  prompt.origin = {{"rank", 1}};
  return prompt;
}

std::string yaml_of(const std::string& text, std::vector<std::string> fields = {"text"}) {
  const Task task = task_of(fields);
  return export_lm_eval(prompt_of(text, fields), task, {}, "/data")
      .files.at("prospect_toys_rank1.yaml");
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("lm-eval: the answer owns the space before it and the text behind it") {
  const std::string yaml = yaml_of("{text} It was {mask}.");

  CHECK(holds(yaml, "doc_to_text: \"{{ text }} It was\"\n"));
  CHECK(holds(yaml, "doc_to_choice: [\" terrible.\",\" great.\"]\n"));
  CHECK(holds(yaml, "target_delimiter: \"\"\n"));
  CHECK(holds(yaml, "output_type: multiple_choice\n"));
  CHECK(holds(yaml, "test: \"/data/prospect_toys_rank1.test.jsonl\"\n"));
}

TEST_CASE("lm-eval: a field behind the answer makes the choices an expression") {
  CHECK(holds(yaml_of("{a}? {mask}, {b}", {"a", "b"}),
              R"(doc_to_choice: "{{ [\" terrible\" ~ \", \" ~ b, \" great\" ~ \", \" ~ b] }}")"));
}

TEST_CASE("lm-eval: field operators are Jinja, and braces of the text are none") {
  CHECK(holds(yaml_of("{a|strip_final}? {b|lower_first} {mask}", {"a", "b"}),
              R"({{ (a).rstrip(\" .,;:!?\") }}? {{ (b[:1]|lower ~ b[1:]) }})"));
  CHECK(holds(yaml_of("{text} {{x}} {mask}"), R"({{ text }}{{ \" {x}\" }})"));
  expect_error(ErrorKind::unsupported, "found 'the text'",
               [&] { yaml_of("{the text} {mask}", {"the text"}); });
  expect_error(ErrorKind::unsupported, "second segment", [&] { yaml_of("{text}{sep}{mask}"); });
}

TEST_CASE("lm-eval: the test rows carry fields and the label's index") {
  const Example example{.id = "t1", .fields = {{"text", "a \"b\""}}, .label = 1, .gold = "good"};
  const auto files =
      export_lm_eval(prompt_of("{text} {mask}"), task_of({"text"}), std::span(&example, 1), "d")
          .files;
  const Json line = Json::parse(files.at("prospect_toys_rank1.test.jsonl"));

  CHECK(line == Json({{"id", "t1"}, {"text", "a \"b\""}, {"label", "good"}, {"label_index", 1}}));
}

TEST_CASE("what another program scores otherwise is said") {
  FoundPrompt prompt = prompt_of("{text} It was {mask}.");
  CHECK(export_openprompt(prompt, task_of({"text"})).losses.empty());
  prompt.candidate.verbalizer.labels[0].answers.push_back({"bad", {}});
  CHECK(export_lm_eval(prompt, task_of({"text"}), {}, "d").losses.size() == 1);
  CHECK(export_openprompt(prompt, task_of({"text"})).losses.size() == 1);
  CHECK(export_lm_bff(prompt, task_of({"text"}), {}).losses.size() == 1);
  prompt.text_safe = false;
  CHECK(export_lm_bff(prompt, task_of({"text"}), {}).losses.size() == 2);
}

TEST_CASE("OpenPrompt and LM-BFF get their template, and label words under the files' labels") {
  const FoundPrompt prompt = prompt_of("{text} It was {mask}.");
  const auto openprompt = export_openprompt(prompt, task_of({"text"})).files;
  const auto lm_bff = export_lm_bff(prompt, task_of({"text"}), {{"0", "bad"}, {"1", "good"}}).files;

  CHECK(openprompt.at("template.txt") == "{\"placeholder\": \"text_a\"} It was {\"mask\"}.\n");
  CHECK(Json::parse(openprompt.at("verbalizer.json")) ==
        Json({{"bad", {"terrible"}}, {"good", {"great"}}}));
  CHECK(lm_bff.at("mapping.txt") == "{'0':'terrible','1':'great'}\n");
  CHECK(lm_bff.at("prompt.txt") ==
        "*cls**sent_0*_It_was*mask*.*sep+*\t{'0':'terrible','1':'great'}\n");
  FoundPrompt quoted = prompt;
  quoted.candidate.verbalizer.labels[0].answers[0].text = "don't";
  expect_error(ErrorKind::unsupported, "don't",
               [&] { export_lm_bff(quoted, task_of({"text"}), {}); });
}

TEST_CASE("a found prompt reads back as it was written") {
  FoundPrompt prompt = prompt_of("{text} It was {mask}.");
  prompt.candidate.verbalizer.combination = AnswerCombination::max;
  prompt.scoring.norm = LengthNorm::tokens;
  const Json json = to_json(prompt);
  const FoundPrompt back = found_prompt_from_json(JsonReader(json, "p.json"));

  CHECK(back.candidate == prompt.candidate);
  CHECK(back.scoring == prompt.scoring);
  CHECK(to_json(back) == json);
}

TEST_CASE("what is no found prompt is refused in one line that names the place") {
  const auto read = [](const Json& json) { found_prompt_from_json(JsonReader(json, "p.json")); };
  expect_error(ErrorKind::input, "prospect export RUN --to json", [&] { read(Json::array()); });
  expect_error(ErrorKind::input, "prospect export RUN --to json", [&] { read({{"a", 1}}); });
  Json json = to_json(prompt_of("{text} {mask}"));
  json["prospect_prompt"] = 2;
  expect_error(ErrorKind::unsupported, "newer prospect", [&] { read(json); });
  json["prospect_prompt"] = 1;
  json["template"] = "{other} {mask}";
  expect_error(ErrorKind::input, "p.json#/template", [&] { read(json); });
  json.erase("template");
  expect_error(ErrorKind::input, "template", [&] { read(json); });
}

TEST_CASE("another model gets the prompt's text, or an error where that is not its tokens") {
  FoundPrompt prompt = prompt_of("{text} w10 {mask}");
  prompt.candidate.tmpl = Template::parse("{text} {trigger=17} {mask}");

  CHECK(candidate_for(prompt, "f").tmpl.text() == "{text} {trigger=17} {mask}");
  CHECK(candidate_for(prompt, "other").tmpl.text() == "{text} w10 {mask}");
  prompt.text_safe = false;
  expect_error(ErrorKind::unsupported, "found another (other)",
               [&] { candidate_for(prompt, "other"); });
}

Candidate toy_candidate() {
  Candidate candidate;
  candidate.tmpl = Template::parse("{text} w10 w20 w30 {mask}");
  candidate.verbalizer.labels = {{"bad", {{"bad", {}}}}, {"good", {{"good", {}}}}};
  return candidate;
}

TEST_CASE("texts are labelled one by one, and a failure stands in place of a label") {
  test::ToyModel model;
  const std::vector<Example> texts{{.id = "1", .fields = {{"text", "w01"}}, .gold = "good"},
                                   {.id = "2", .fields = {{"text", "w02"}}, .gold = "bad"}};
  const auto labelled = apply_prompt(model.scorer(), toy_candidate(), {}, texts);
  Candidate failing = toy_candidate();
  failing.tmpl = Template::parse("{text} w50 {mask}");
  const auto failed = apply_prompt(model.scorer(), failing, {}, texts);

  REQUIRE(labelled.size() == 2);
  CHECK(labelled[0].label == "good");
  CHECK(labelled[1].label == "bad");
  const Json json = to_json(labelled[0], texts[0], toy_candidate().verbalizer);
  CHECK(json["fields"]["text"] == "w01");
  CHECK(json["log_probs"].size() == 2);
  REQUIRE(failed.size() == 2);
  CHECK(!failed[0].label);
  CHECK(to_json(failed[0], texts[0], failing.verbalizer)["failure"] == "the word w50 fails");
}

TEST_CASE("labels that tie give no label") {
  test::ToyModel model;
  const std::vector<Example> nothing_gold{{.id = "1", .fields = {{"text", "w01"}}}};

  CHECK(!apply_prompt(model.scorer(), toy_candidate(), {}, nothing_gold)[0].label);
}

std::vector<std::string> batches_of(const std::string& input, bool json_lines,
                                    std::vector<std::string> fields = {"text"}) {
  std::istringstream in(input);
  std::vector<std::string> seen;
  for_each_batch(in, "new", json_lines, fields, 2, [&](std::span<const Example> batch) {
    std::string texts;
    for (const auto& example : batch)
      texts += example.id + ":" + example.fields.begin()->second + ";";
    seen.push_back(texts);
  });
  return seen;
}

TEST_CASE("texts are read in batches, as lines or as objects with further members") {
  CHECK(batches_of("a\nb\r\nc", false) == std::vector<std::string>{"1:a;2:b;", "3:c;"});
  CHECK(batches_of("{\"text\": \"a\", \"x\": 1}\n", true) == std::vector<std::string>{"1:a;"});
}

TEST_CASE("wrong texts are refused with their line") {
  expect_error(ErrorKind::input, "new", [] { batches_of("", false); });
  expect_error(ErrorKind::input, "new:2", [] { batches_of("a\n\nb\n", false); });
  expect_error(ErrorKind::input, "new:2", [] { batches_of("a\n\xFF\n", false); });
  expect_error(ErrorKind::input, "new:1", [] { batches_of("{\"other\": \"a\"}\n", true); });
  expect_error(ErrorKind::input, "new:1", [] { batches_of("{\"text\": 7}\n", true); });
  expect_error(ErrorKind::input, "new:1", [] { batches_of("{\"text\": \n", true); });
  expect_error(ErrorKind::usage, "2 fields", [] { batches_of("a\n", false, {"a", "b"}); });
}

}  // namespace
}  // namespace prospect
