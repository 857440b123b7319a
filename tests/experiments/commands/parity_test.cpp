#include "experiments/parity.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

std::vector<double> row_of(const MatrixXf& matrix, Eigen::Index row) {
  std::vector<double> values;
  for (Eigen::Index i = 0; i < matrix.cols(); ++i) values.push_back(matrix(row, i));
  return values;
}

// What a golden.json of the toy model would hold.
Json toy_golden(test::ToyModel& model) {
  const std::vector<TokenId> ids{2, 9, 4, 3};
  const std::vector<std::int32_t> type_ids(4, 0);
  const std::uint32_t position[] = {2};
  const MatrixXf logits = model.logits({ids, type_ids}, position);
  const TargetToken target{2, 10};
  const InputGradient gradient = model.input_gradient({ids, type_ids}, {&target, 1});
  Json norms = Json::array(), rows = Json::array();
  for (Eigen::Index t = 0; t < 4; ++t) {
    norms.push_back(gradient.at_tokens.row(t).norm());
    rows.push_back(row_of(gradient.at_tokens, t));
  }
  const auto swaps = model.oracles().gradient()->shortlist(
      gradient.at_tokens.row(1), TokenMask(model.vocabulary().size(), true), 10);
  return {{"kind", "masked_lm"},
          {"vocabulary", model.vocabulary().size()},
          {"inputs",
           {{{"text", "bad [MASK]"},
             {"input_ids", ids},
             {"token_type_ids", type_ids},
             {"mask_positions", {2}},
             {"logits", {row_of(logits, 0)}},
             {"label_id", 10},
             {"loss", gradient.loss},
             {"gradient_norms", norms},
             {"gradient", rows},
             {"swaps", {{"position", 1}, {"ids", swaps[0].ids}, {"scores", swaps[0].scores}}}}}},
          {"batch",
           {{"input_ids", {{2, 9, 4, 3, 0, 0}}},
            {"attention_mask", {{1, 1, 1, 1, 0, 0}}},
            {"mask_positions", {{2}}},
            {"logits", {row_of(logits, 0)}}}}};
}

ParityReport check(test::ToyModel& model, const Json& golden) {
  ParityReport report;
  check_golden(model, JsonReader(golden, "golden.json"), report);
  return report;
}

// The names of the checks that failed.
std::vector<std::string> failed(const ParityReport& report) {
  std::vector<std::string> names;
  for (const auto& check : report.checks)
    if (!check.pass()) names.push_back(check.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a model agrees with what it computed itself") {
  test::ToyModel model;
  const auto report = check(model, toy_golden(model));

  CHECK(failed(report).empty());
  CHECK(report.num_passed() == 6);  // logits, loss, norms, gradient, swaps, batch
}

TEST_CASE("each recorded value is compared: a changed one fails its own check alone") {
  test::ToyModel model;
  const Json golden = toy_golden(model);
  const auto failures = [&](const std::string& pointer, const Json& value) {
    Json changed = golden;
    changed[Json::json_pointer(pointer)] = value;
    return failed(check(model, changed));
  };
  const auto moved = [&](const std::string& pointer, double by) {
    return failures(pointer, golden.at(Json::json_pointer(pointer)).get<double>() + by);
  };

  CHECK(moved("/inputs/0/logits/0/7", 2e-4) == Names{"logits/0"});
  CHECK(moved("/inputs/0/logits/0/7", 0.5e-4).empty());
  CHECK(moved("/batch/logits/0/65", -2e-4) == Names{"batch/0"});
  CHECK(moved("/inputs/0/loss", 2e-4) == Names{"loss/0"});
  CHECK(moved("/inputs/0/gradient_norms/3", 2e-3) == Names{"gradient_norms/0"});
  CHECK(moved("/inputs/0/gradient/1/0", 2e-3) == Names{"gradient/0"});
  CHECK(failures("/inputs/0/swaps/ids/0", 65) == Names{"swaps/0"});
}

TEST_CASE("swaps may change places only where their scores are nearly equal") {
  test::ToyModel model;
  Json golden = toy_golden(model);
  Json& swaps = golden["inputs"][0]["swaps"];
  std::swap(swaps["ids"][2], swaps["ids"][3]);
  CHECK(failed(check(model, golden)) == Names{"swaps/0"});

  swaps["scores"][3] = swaps["scores"][2].get<double>() - 0.5e-4;
  CHECK(failed(check(model, golden)).empty());
}

TEST_CASE("text that a model cannot write fails its check with the reason") {
  test::ToyModel model;
  Json golden = toy_golden(model);
  golden["generation"] = {{{"input_ids", {1, 2}},
                           {"max_new_tokens", 2},
                           {"eos_token_id", nullptr},
                           {"greedy", {3, 4}},
                           {"beam_4", {3, 4}},
                           {"beam_4_score", -1.0}}};
  const auto report = check(model, golden);

  CHECK(failed(report) == Names{"greedy/0", "beam_4/0"});
  CHECK(report.checks.back().note.find("writes no text") != std::string::npos);
}

TEST_CASE("a golden file of another form is an input error with its place") {
  test::ToyModel model;
  const Json golden = toy_golden(model);
  const auto expect = [&](const std::string& pointer, const Json& value, const char* fragment) {
    Json changed = golden;
    changed[Json::json_pointer(pointer)] = value;
    test::expect_error(ErrorKind::input, fragment, [&] { check(model, changed); });
  };

  expect("/kind", "masked", "golden.json#/kind: unknown value 'masked'");
  expect("/inputs", 3, "golden.json#/inputs: expected an array");
  expect("/inputs/0/input_ids/1", -1, "golden.json#/inputs/0/input_ids/1: expected an integer");
  expect("/inputs/0/token_type_ids", Json::array(), "as many token_type_ids as input_ids");
  expect("/logit_ids", {1, 99}, "expected ids below 66");
}

TEST_CASE("numbers of another count fail their check with a note") {
  test::ToyModel model;
  Json golden = toy_golden(model);
  golden["inputs"][0]["logits"][0].erase(5);
  const auto report = check(model, golden);

  CHECK(failed(report) == Names{"logits/0"});
  CHECK(report.checks.front().note.find("expected 66 numbers, found 65") != std::string::npos);
}

TEST_CASE("the report names passed, failed and skipped; an infinite error is null") {
  ParityReport report;
  report.run("logits/0", 1e-4, [](std::string&) { return 1e-6; });
  report.run("logits/1", 1e-4, [](std::string&) { return std::nan(""); });
  report.skipped.push_back({"generation", "not yet"});
  const Json json = Json::parse(dump_json(to_json(report)));

  CHECK(json.at("passed") == 1);
  CHECK(json.at("failed") == 1);
  CHECK(json.at("checks")[0] ==
        Json({{"name", "logits/0"}, {"max_abs_error", 1e-6}, {"tolerance", 1e-4}, {"pass", true}}));
  CHECK(json.at("checks")[1].at("max_abs_error").is_null());
  CHECK(json.at("skipped")[0].at("reason") == "not yet");
}

TEST_CASE(
    "a folder without recorded values is an input error, a broken checkpoint a failed check") {
  const test::ScratchFolder scratch;
  CHECK(test::run({"parity", scratch.path().string()}).code == 3);

  scratch.write("tokens.json", "{}");
  const auto result = test::run({"parity", scratch.path().string(), "--json"});
  CHECK(result.code == 1);
  CHECK(result.json().at("failed") == 1);
  CHECK(result.json().at("checks")[0].at("name") == "tokenizer");
}

TEST_CASE("the tokenizer of each BERT agrees with tokens.json on every string and pair") {
  for (const char* name : {"bert-uncased", "bert-cased", "tokenizer-vocab-txt", "electra"}) {
    if (!test::has_shared(std::string("parity/") + name)) continue;
    CAPTURE(name);
    const auto folder = test::shared_folder() / "parity" / name;
    const auto tokenizer = open_tokenizer(folder);
    const Json tokens = read_json_file(folder / "tokens.json");
    const Json strings = read_json_file(folder.parent_path() / "strings.json");
    ParityReport report;
    check_tokens(*tokenizer, JsonReader(tokens, "tokens.json"), JsonReader(strings, "strings.json"),
                 report);

    CHECK(report.num_passed() > 90);
    for (const auto& check : report.checks) {
      CAPTURE(check.name);
      CAPTURE(check.note);
      CHECK(check.pass());
    }
  }
}

}  // namespace prospect
