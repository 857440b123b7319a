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

TEST_CASE("verify wants a run and no experiment, and a model that can be opened") {
  ToyExperiment toy;
  const std::string file = file_of(toy), run = toy.run_folder();
  test::run_session(toy.open(), run);

  CHECK(test::run({"search", "--verify"}).code == 2);
  CHECK(test::run({"search", "--run", run}).code == 2);
  CHECK(test::run({"search", file, "--run", run, "--verify"}).code == 2);
  CHECK(test::run({"search", "--run", run + "x", "--verify"}).code == 4);
  CHECK(test::run({"search", "--run", run, "--verify", "--task-at", toy.folder() / "toys"}).code ==
        3);
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

TEST_CASE("a leaderboard is filtered, compared and printed as a page from the command line") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", "manual"}},
       {{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w10 w20 w30"}}}}}});
  test::run_session(toy.open(), toy.run_folder());
  const std::string run = toy.run_folder(), task = toy.folder() / "toys";

  const auto filtered =
      test::run({"leaderboard", run, "--strategy", "manual", "--no-controls", "--jsonl"});
  CHECK(filtered.json_lines().size() == 2);
  CHECK(test::run({"leaderboard", run, "--strategy", "manul"}).err.find("did you mean 'manual'?") !=
        std::string::npos);
  const std::string page = test::run({"leaderboard", run, "--format", "html"}).out;
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.find("{text} w10 w20 w30 {mask}") != std::string::npos);
  CHECK(test::run({"leaderboard", run, "--pareto", "--no-model"}).code == 0);

  const auto compared = test::run({"leaderboard", "--task-at", task, "--json", "--compare",
                                   run + "#" + test::kListStrategy, run + "#manual"});
  CHECK(compared.json()["splits"][0]["n"] == 16);
  const auto gone = test::run({"leaderboard", "--compare", run, run});
  CHECK(gone.code == 3);  // the toys lie beside an experiment file that the store does not know
  CHECK(test::run({"leaderboard", run, "--compare", run, run}).code == 2);
  CHECK(test::run({"leaderboard"}).code == 2);
  CHECK(test::run({"leaderboard", run, "--pareto", "--matrix", "x"}).code == 2);
  CHECK(test::run({"leaderboard", run, "--transfer", "no/model"}).code == 3);
}

TEST_CASE("report, export and apply refuse what is wrong with one line") {
  ToyExperiment toy;
  test::run_session(toy.open(), toy.run_folder());
  const std::string run = toy.run_folder(), task = toy.folder() / "toys";
  const std::string broken = toy.folder() / "broken.json";
  write_file(broken, "{\"prospect_prompt\": 1, \"fields\": 3}");
  const std::vector<std::pair<std::vector<std::string>, int>> kCalls = {
      {{"report", run + "x"}, 4},
      {{"report"}, 2},
      {{"export", run, "--rank", "99"}, 2},
      {{"export", run, "--split-seed", "99"}, 2},
      {{"export", run, "--to", "lm-evil"}, 2},
      {{"export", run, "--to", "lm-eval"}, 2},  // without --out
      {{"export", run}, 3},                     // the task has moved
      {{"export", run, "--task-at", task}, 3},  // the toy is no model that could be opened
      {{"apply", broken, "--texts", broken}, 3},
      {{"apply", toy.folder() / "gone.json", "--texts", broken}, 4},
      {{"apply", broken}, 2}};
  for (const auto& [call, code] : kCalls) {
    CAPTURE(join(call, " "));
    const auto result = test::run(call);
    CHECK(result.code == code);
    CHECK(result.out.empty());
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
}

TEST_CASE("templates are converted line by line, and a wrong one is named") {
  ToyExperiment toy;
  const std::string file = toy.folder() / "templates.txt";
  write_file(file, "{text} It was {mask}.\n\n{text}? {mask}!\r\n");
  const auto converted = test::run({"convert", file, "--to", "lm-bff"});

  CHECK(converted.out == "*cls**sent_0*_It_was*mask*.*sep+*\n*cls**sent_0*?*mask*!*sep+*\n");
  const std::string back = toy.folder() / "back.txt";
  write_file(back, converted.out);
  CHECK(test::run({"convert", back, "--from", "lm-bff", "--to", "prospect"}).out ==
        "{text} It was {mask}.\n{text}? {mask}!\n");
  write_file(file, "{text} It was {mask}.\n{other} {mask}\n");
  const auto wrong = test::run({"convert", file, "--to", "lm-bff"});
  CHECK(wrong.code == 3);
  CHECK(wrong.err.find("templates.txt:2") != std::string::npos);
  CHECK(test::run({"convert", file}).code == 2);
  CHECK(test::run({"convert", file, "--to", "lm-bfg"}).code == 2);
  write_file(file, "\n");
  CHECK(test::run({"convert", file, "--to", "lama"}).code == 3);
}

}  // namespace
}  // namespace prospect
