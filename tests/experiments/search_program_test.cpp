// `prospect search`, `validate` and `leaderboard` as far as they go without a language model.

#include <doctest/doctest.h>

#include "core/files.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"

namespace prospect {
namespace {

using test::ToyExperiment;

std::string file_of(ToyExperiment& toy) {
  toy.open();
  return (toy.folder() / "experiment.json").string();
}

TEST_CASE("a wrong experiment ends search and validate with 3 and one line") {
  ToyExperiment toy;
  const std::string file = file_of(toy);
  for (const char* command : {"search", "validate"}) {
    const auto run = test::run({command, file, "--set", "/shot=4"});

    CHECK(run.code == 3);
    CHECK(run.out.empty());
    CHECK(run.err.find("#/shot: unknown key 'shot'; did you mean 'shots'") != std::string::npos);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  }
  CHECK(test::run({"search", file + ".gone"}).code == 4);
  CHECK(test::run({"search"}).code == 2);
  CHECK(test::run({"search", file, "--set", "shots=4"}).code == 2);
  CHECK(test::run({"search", file, "--resume", "--fresh"}).code == 2);
}

TEST_CASE("what is not there yet is refused by name") {
  ToyExperiment toy;
  const std::string file = file_of(toy);
  const std::vector<std::vector<std::string>> kCalls = {{"search", "--run", "x", "--verify"},
                                                        {"leaderboard", "x", "--compare", "a", "b"},
                                                        {"leaderboard", "x", "--transfer", "m"},
                                                        {"leaderboard", "x", "--format", "html"}};
  for (const auto& call : kCalls) {
    CAPTURE(call.back());
    const auto run = test::run(call);
    CHECK(run.code == 3);
    CHECK(run.err.find("is not there yet") != std::string::npos);
  }
}

TEST_CASE("resume refuses where there is nothing to continue") {
  ToyExperiment toy;
  const auto run = test::run({"search", file_of(toy), "--resume"});

  CHECK(run.code == 3);
  CHECK(run.err.find("expected a run to continue") != std::string::npos);
}

TEST_CASE("a run of another experiment is refused before a model is opened") {
  ToyExperiment toy;
  test::run_session(toy.open({"/seed=5"}), toy.run_folder());
  const auto run = test::run({"search", file_of(toy), "--out", toy.run_folder()});

  CHECK(run.code == 3);
  CHECK(run.err.find("expected a run of this experiment") != std::string::npos);
}

TEST_CASE("a finished run is shown again, and its files are written anew") {
  ToyExperiment toy;
  const auto session = test::run_session(toy.open(), toy.run_folder());
  const auto text = test::run({"search", file_of(toy), "--out", toy.run_folder() / ""});
  const auto json = test::run({"search", file_of(toy), "--out", toy.run_folder(), "--json"});

  CHECK(text.code == 0);
  CHECK(text.out.starts_with(session.markdown));
  CHECK(json.json()["status"] == "finished");
  CHECK(json.json()["best"]["rank"] == 1);
  CHECK(read_file(toy.run_folder() / "leaderboard.jsonl") == session.jsonl);
  CHECK(read_json_file(toy.run_folder() / "summary.json")["units"].size() == 1);
}

TEST_CASE("a damaged store gives one line, and --fresh sets it aside unread") {
  ToyExperiment toy;
  test::run_session(toy.open(), toy.run_folder());
  const auto store = toy.run_folder() / "run.sqlite";
  write_file(store, read_file(store).substr(0, 5000));
  const auto run = test::run({"search", file_of(toy), "--out", toy.run_folder()});
  const auto fresh = test::run({"search", file_of(toy), "--out", toy.run_folder(), "--fresh"});

  CHECK(run.code == 3);
  CHECK(run.err.find("damaged file") != std::string::npos);
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  CHECK(fresh.code == 3);  // the toy is no model that could be opened
  CHECK(std::filesystem::exists(toy.folder() / "run.1" / "run.sqlite"));
}

TEST_CASE("the leaderboard command reads a run without a model, also one that is not finished") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w12", "w13"}}}}}});
  test::ToyModel model;
  test::StopAfter observer(6);
  const auto session = test::run_session(toy.open(), toy.run_folder(), model, observer);
  REQUIRE(!session.finished);
  const std::string run = toy.run_folder();

  CHECK(test::run({"leaderboard", run}).out == session.markdown);
  CHECK(test::run({"leaderboard", run, "--format", "csv"}).out == session.csv);
  CHECK(test::run({"leaderboard", run, "--jsonl"}).out == session.jsonl);
  CHECK(test::run({"leaderboard", run, "--json"}).json()["rows"].size() == session.rows.size());
  CHECK(test::run({"leaderboard", run, "--jsonl", "--top", "1"}).json_lines().size() == 1);
  CHECK(test::run({"leaderboard", run, "--matrix", toy.folder() / "m.safetensors"}).code == 0);
  CHECK(std::filesystem::file_size(toy.folder() / "m.safetensors") > 16 * 2 * 8);
  CHECK(test::run({"leaderboard", run, run, "--matrix", "m"}).code == 2);
  CHECK(test::run({"leaderboard", toy.folder() / "nowhere"}).code == 4);
}

}  // namespace
}  // namespace prospect
