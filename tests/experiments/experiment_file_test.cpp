#include "experiments/experiment_file.h"

#include <doctest/doctest.h>

#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;
using test::ToyExperiment;

TEST_CASE("an experiment without options gets every default") {
  ToyExperiment toy;
  toy.json = {{"task", "toys"}, {"model", "toy"}, {"strategies", {{{"name", "autoprompt"}}}}};
  const auto spec = toy.open().spec;

  CHECK(spec.shots == 16);
  CHECK(spec.split_seeds == std::vector<std::uint64_t>{13});
  CHECK(spec.seeds == std::vector<std::uint64_t>{1});
  CHECK(spec.budget.name == "light");
  CHECK(spec.racing == RacingRule::standard);
  CHECK(spec.output == toy.folder() / "runs/experiment");
  CHECK(spec.strategies.front().options.size() > 3);  // the strategy's own defaults
}

TEST_CASE("the effective spec reads back as itself") {
  ToyExperiment toy;
  toy.json["strategies"] = {
      {{"name", "manual"}},
      {{"name", "autoprompt"}, {"init", "top:3 of manual"}, {"as", "seeded"}}};
  toy.json["split_seeds"] = {13, 21};
  const Json first = to_json(toy.open().spec);
  toy.json = first;

  CHECK(to_json(toy.open().spec) == first);
}

TEST_CASE("an override sets a value, as JSON or as a string, and makes what is missing") {
  ToyExperiment toy;
  const auto spec = toy.open({"/budget/evaluations=123", "/scoring/rule=parallel", "/seeds=[4,5]",
                              "/strategies/0/as=by hand"})
                        .spec;

  CHECK(spec.budget.evaluations == 123);
  CHECK(spec.scoring.rule == AnswerRule::parallel);
  CHECK(spec.seeds == std::vector<std::uint64_t>{4, 5});
  CHECK(spec.strategies[0].label == "by hand");
}

TEST_CASE("an override that is none is a usage error") {
  ToyExperiment toy;
  for (const char* text :
       {"budget=5", "/budget", "", "=", "/strategies/x/name=random", "/task/a=1", "/budget/~=1"}) {
    CAPTURE(text);
    expect_error(ErrorKind::usage, "--set", [&] { toy.open({text}); });
  }
}

TEST_CASE("a run's identity is the effective spec, not where it is written") {
  ToyExperiment toy;
  const std::string before = fingerprint(toy.open().spec);
  toy.json["racing"] = "default";
  toy.json["output"] = "elsewhere";

  CHECK(fingerprint(toy.open().spec) == before);
  CHECK(fingerprint(toy.open({"/seed=2"}).spec) != before);
  CHECK(fingerprint(toy.open({"/strategies/0/options={\"label_words\":\"all\"}"}).spec) != before);
}

TEST_CASE("a fault of the experiment file is named with its place and what to do") {
  struct Fault {
    const char* pointer;
    Json value;
    ErrorKind kind;
    const char* message;
  };
  const Fault kFaults[] = {
      {"/shot", 4, ErrorKind::input, "#/shot: unknown key 'shot'; did you mean 'shots'"},
      {"/shots", "many", ErrorKind::input, "#/shots: expected an integer"},
      {"/shots", 0, ErrorKind::input, "\"setting\": \"full\""},
      {"/shots", 1e300, ErrorKind::input, "#/shots"},
      {"/protocol", "balance", ErrorKind::input, "#/protocol"},
      {"/split_seeds", Json::array(), ErrorKind::input, "at least one seed"},
      {"/split_seeds", {1, 1}, ErrorKind::input, "#/split_seeds/1: expected each seed once"},
      {"/seed", -1, ErrorKind::input, "#/seed"},
      {"/seeds", {1, "x"}, ErrorKind::input, "#/seeds/1"},
      {"/strategies", Json::array(), ErrorKind::input, "at least one strategy"},
      {"/strategies/0/name", "randon", ErrorKind::input, "did you mean 'random'"},
      {"/strategies/0/options/flie", 1, ErrorKind::input, "#/strategies/0/options/flie"},
      {"/strategies/0/init", "top:3 of random", ErrorKind::input, "this one is the first"},
      {"/strategies/1", {{"name", "manual"}}, ErrorKind::input, "another name with \"as\""},
      {"/strategies/1",
       {{"name", "random"}, {"init", "top of manual"}},
       ErrorKind::input,
       "top:N of"},
      {"/strategies/1",
       {{"name", "random"}, {"init", "top:2 of manul"}},
       ErrorKind::input,
       "did you mean 'manual'"},
      {"/racing", "on", ErrorKind::input, "#/racing"},
      {"/setting", "all", ErrorKind::input, "#/setting"},
      {"/scoring/rule", "singl", ErrorKind::input, "#/scoring/rule"},
      {"/scoring/rules", "single", ErrorKind::input, "did you mean 'rule'"},
      {"/scoring/calibration", "contextul", ErrorKind::input, "did you mean 'contextual'"},
      {"/models/infill", "", ErrorKind::input, "#/models/infill: expected a model's folder"},
      {"/models/translate", "opus", ErrorKind::input, "#/models/translate"},
      {"/models/translate", {"there"}, ErrorKind::input, "one for the way there and one back"},
      {"/models/translator", "opus", ErrorKind::input, "did you mean 'translate'"},
      {"/unlabelled", -1, ErrorKind::input, "#/unlabelled"},
      {"/budget", "huge", ErrorKind::input, "unknown budget 'huge'"},
      {"/task", "toy", ErrorKind::input, "toy"},
      {"/task", 5, ErrorKind::input, "#/task: expected a string"},
      {"/model", "", ErrorKind::input, "#/model"},
      {"/output", "", ErrorKind::input, "#/output"},
  };
  for (const auto& fault : kFaults) {
    ToyExperiment toy;
    toy.json[Json::json_pointer(fault.pointer)] = fault.value;
    CAPTURE(toy.json.dump());
    expect_error(fault.kind, fault.message, [&] { toy.open(); });
  }
}

TEST_CASE("helper models and unlabelled rows are part of a run's identity, where there are any") {
  ToyExperiment toy;
  const Json plain = to_json(toy.open().spec);
  CHECK_FALSE(plain.contains("models"));
  CHECK_FALSE(plain.contains("unlabelled"));

  const Json models = {{"infill", "t5"}, {"likelihood", "gpt2"}, {"translate", {"there", "back"}}};
  toy.json["models"] = models;
  toy.json["unlabelled"] = 20;
  const Experiment experiment = toy.open();
  CHECK(to_json(experiment.spec).at("models") == models);
  CHECK(to_json(experiment.spec).at("unlabelled") == 20);
  CHECK(experiment.spec.helpers.back->written == "back");
}

TEST_CASE("unlabelled rows are training rows beside support and dev, without their labels") {
  ToyExperiment toy;
  toy.json["unlabelled"] = 32;
  const Task task = split_task(toy.open(), 13);
  REQUIRE(task.unlabelled.size() == 32);
  for (const auto& example : task.unlabelled) {
    CHECK(example.label == -1);
    CHECK(example.gold.empty());
    for (const auto* pool : {&task.support, &task.dev})
      for (const auto& other : *pool) CHECK(other.id != example.id);
  }
  CHECK(task.unlabelled == split_task(toy.open(), 13).unlabelled);

  toy.json["unlabelled"] = 33;  // of 64 rows 32 are support and dev
  expect_error(ErrorKind::input, "expected 33 training rows beside support and dev",
               [&] { split_task(toy.open(), 13); });
}

TEST_CASE("a file that is no experiment is refused") {
  test::ScratchFolder scratch;
  for (const char* text : {"", "[]", "{", "{\"task\": \"\xff\"}", "{}", "null", "17"}) {
    CAPTURE(text);
    expect_error(ErrorKind::input, "experiment.json",
                 [&] { open_experiment(scratch.write("experiment.json", text)); });
  }
  expect_error(ErrorKind::io, "nowhere.json", [] { open_experiment("nowhere.json"); });
}

TEST_CASE("the setting full has no shots") {
  ToyExperiment toy;
  toy.json.erase("shots");
  toy.json["setting"] = "full";

  CHECK(toy.open().spec.shots == 0);
  toy.json["shots"] = 8;
  expect_error(ErrorKind::input, "#/shots", [&] { toy.open(); });
}

}  // namespace
}  // namespace prospect
