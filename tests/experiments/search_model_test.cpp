// Whole searches with the model that comes with the project, on a task of a few short sentences.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "core/files.h"
#include "experiments/chunked_scorer.h"
#include "scoring/model.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/experiments/small_experiment.h"

namespace prospect {
namespace {

using test::files_of;
using test::SmallExperiment;

TEST_CASE("a search ends with its leaderboard and its final line") {
  SmallExperiment small;
  const std::string file = small.write(), folder = small.folder("run");
  const auto run = test::run({"search", file, "--out", folder, "--json", "--threads", "1"});
  INFO(run.err);

  REQUIRE(run.code == 0);
  const Json line = run.json();
  CHECK(line["status"] == "finished");
  CHECK(line["evaluations"] <= 600);
  CHECK(line["best"]["rank"] == 1);
  CHECK(line["best"]["dev"]["accuracy"] >= 0.5);
  CHECK(line["best"]["test"]["n"] == 8);
  CHECK(line["seconds"].get<double>() > 0);
  for (const char* control : {"majority", "empty", "manual", "random_lm"}) {
    CAPTURE(control);
    CHECK(files_of(folder).find(control) != std::string::npos);
  }
  // The second prompt's label word has several tokens: a failed trial, and no row.
  CHECK(read_json_file(folder + "/summary.json")["trials"]["failed"] == 1);

  const auto again = test::run({"search", file, "--out", folder, "--json"});
  CHECK(again.json() == line);
}

TEST_CASE("GCG lowers a causal LM's loss with mellowmax, a draft model and text that survives") {
  SmallExperiment small;
  const std::string models = std::string(PROSPECT_SOURCE_DIR) + "/tests/parity/checkpoints/";
  small.json["model"] = models + "qwen3";
  small.json["models"] = {{"draft", models + "gemma2"}};
  small.json["scoring"] = {{"rule", "left_to_right"}};
  small.json["strategies"] = {{{"name", "gcg"},
                               {"options",
                                {{"template", "{text} {trigger:6} {mask}"},
                                 {"initial", "random"},
                                 {"manual", "off"},
                                 {"top_k", 16},
                                 {"search_width", 24},
                                 {"mellowmax", 1},
                                 {"probe", 4},
                                 {"retokenise", "strict"}}}}};
  small.json["budget"] = {{"evaluations", 8000}};
  const std::string folder = small.folder("gcg");
  const auto run = test::run({"search", small.write(), "--out", folder});
  INFO(run.err);
  REQUIRE(run.code == 0);

  double start = 0, best = -1e9;
  std::int64_t least_cost = 1'000'000, count = 0;
  std::istringstream lines(read_file(folder + "/leaderboard.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line);
    if (row["strategy"] != "gcg") continue;
    ++count;
    CHECK(row["text_safe"] == true);
    const double log_likelihood = row["dev"]["log_likelihood"];
    best = std::max(best, log_likelihood);
    if (row["cost"] < least_cost) {
      least_cost = row["cost"];
      start = log_likelihood;
    }
  }
  CHECK(count > 5);
  CHECK(best > start + 0.05);
}

TEST_CASE("a stop file ends the session and goes with it, and the same command goes on") {
  SmallExperiment small;
  const std::string file = small.write(), folder = small.folder("run");
  small.write_file("run/stop", "");
  const auto stopped = test::run({"search", file, "--out", folder});
  INFO(stopped.err);

  CHECK(stopped.code == 130);
  CHECK(stopped.err.find("stopped by " + folder + "/stop; the same command goes on") !=
        std::string::npos);
  CHECK(!std::filesystem::exists(folder + "/stop"));
  CHECK(test::run({"search", file, "--out", folder}).code == 0);
  CHECK(test::run({"search", file, "--out", small.folder("whole")}).code == 0);
  CHECK(files_of(folder) == files_of(small.folder("whole")));
}

TEST_CASE(
    "templates are written, paraphrased and chosen by the model that comes with the project") {
  SmallExperiment small;
  small.json["unlabelled"] = 8;
  small.json["strategies"] = {
      {{"name", "generation"}, {"options", {{"rank_by", "mi"}, {"rank_keep", 4}}}},
      {{"name", "paraphrase"},
       {"options", {{"provider", "thesaurus"}}},
       {"init", "top:2 of generation"}},
      {{"name", "label_free"}, {"options", {{"rank_by", "ppl"}, {"rank_inputs", 2}}}}};
  small.json["budget"] = {{"evaluations", 6000}};
  const std::string folder = small.folder("texts"), again = small.folder("again");
  const auto run = test::run({"search", small.write(), "--out", folder, "--threads", "1"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  for (const char* strategy : {"generation", "paraphrase", "label_free"}) {
    CAPTURE(strategy);
    CHECK(files_of(folder).find(strategy) != std::string::npos);
  }
  REQUIRE(test::run({"search", small.write(), "--out", again, "--threads", "3"}).code == 0);
  CHECK(files_of(folder) == files_of(again));
}

TEST_CASE("the leaderboard has the same bytes at any number of threads") {
  SmallExperiment small;
  const std::string file = small.write();
  for (const char* threads : {"1", "2", "8"})
    REQUIRE(
        test::run({"search", file, "--out", small.folder(threads), "--threads", threads}).code ==
        0);

  CHECK(files_of(small.folder("1")) == files_of(small.folder("2")));
  CHECK(files_of(small.folder("1")) == files_of(small.folder("8")));
}

TEST_CASE(
    "a dry run prints what a run costs, for the named budgets too, and leaves nothing behind") {
  SmallExperiment small;
  const std::string file = small.write();
  const auto text = test::run({"search", file, "--dry-run", "--out", small.folder("dry")});
  const auto json =
      test::run({"search", file, "--dry-run", "--json", "--out", small.folder("dry")});
  INFO(text.err);

  CHECK(text.code == 0);
  CHECK(text.out.starts_with("budget: 600 evaluations; on top of it 24 for controls and 48 on"));
  for (const char* part : {"autoprompt", "test set", "total", "light: ", "medium: ", "heavy: "}) {
    CAPTURE(part);
    CHECK(text.out.find(part) != std::string::npos);
  }
  const Json cost = json.json()["forecast"]["cost"];
  CHECK(json.json()["forecast"]["evaluations"] == 600);
  CHECK(cost["evaluations"] > 300);
  CHECK(cost["seconds"] > 0);
  CHECK(json.json()["forecast"]["presets"]["heavy"]["seconds"] > cost["seconds"]);
  CHECK_FALSE(std::filesystem::exists(small.folder("dry")));
}

TEST_CASE("a cache file changes no byte of a leaderboard, at any number of threads") {
  SmallExperiment small;
  const std::string file = small.write(), cache = small.folder("cache.sqlite");
  const auto cold =
      test::run({"search", file, "--out", small.folder("cold"), "--cache", cache, "--json"});
  REQUIRE(cold.code == 0);
  const std::int64_t forwards = cold.json()["forwards_run"];
  CHECK(forwards > 100);
  CHECK(cold.json()["tokens_run"] > 1000);
  for (const char* threads : {"1", "8"}) {
    const auto warm = test::run({"search", file, "--out", small.folder(threads), "--cache", cache,
                                 "--threads", threads, "--json"});
    REQUIRE(warm.code == 0);
    CHECK(files_of(small.folder(threads)) == files_of(small.folder("cold")));
    CHECK(warm.json()["evaluations"] == cold.json()["evaluations"]);
    CHECK(warm.json()["tokens_run"] == 0);
    CHECK(warm.json()["rows_cached"] > 100);
    CHECK(warm.json()["forwards_run"] < forwards);  // gradients alone
  }
}

TEST_CASE("a damaged cache file ends a search with 3 and one line, and the run can be continued") {
  SmallExperiment small;
  const std::string file = small.write(), run = small.folder("run");
  write_file(small.folder("cache"), "no database");
  const auto refused = test::run({"search", file, "--out", run, "--cache", small.folder("cache")});
  CHECK(refused.code == 3);
  CHECK(refused.err.find("cache: expected an outcome cache, found") != std::string::npos);
  CHECK(test::run({"search", file, "--out", run, "--resume"}).code == 0);
}

TEST_CASE("candidates that differ in their label words alone share their forward passes") {
  const auto model = open_model(test::pocket_mlm(), {});
  std::vector<Example> examples(400);
  for (std::size_t i = 0; i < examples.size(); ++i)
    examples[i].fields["text"] = "This is film number " + std::to_string(i) + " of the year.";
  std::vector<Candidate> candidates(5);
  const char* const kWords[][2] = {
      {"bad", "good"}, {"terrible", "great"}, {"poor", "fine"}, {"good", "bad"}, {"old", "new"}};
  std::vector<Row> rows;
  for (std::uint32_t c = 0; c < candidates.size(); ++c) {
    candidates[c].tmpl = Template::parse("{text} It was {mask}.");
    candidates[c].verbalizer.labels = {{"0", {{kWords[c][0], {}}}}, {"1", {{kWords[c][1], {}}}}};
    for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({c, e});
  }
  const auto alone = model->scorer().score(
      {std::span(candidates).first(1), examples, {}, std::span(rows).first(examples.size()), {}});
  const std::int64_t before = model->num_forwards_run();
  // In pieces, as a study scores.
  const auto outcomes = ChunkedScorer(model->scorer(), {}, [] {}).score(candidates, examples, rows);
  const std::int64_t run = model->num_forwards_run() - before;

  CHECK(run >= 400);
  CHECK(run <= 400 + 40);  // an example on the border of two pieces twice
  for (std::size_t i = 0; i < examples.size(); ++i) CHECK(outcomes[i].log_p == alone[i].log_p);
}

TEST_CASE("every configuration that comes with the project is right, on a task in place of SST-2") {
  test::ScratchFolder scratch;
  std::string rows = "sentence\tlabel\n";
  for (int i = 0; i < 40; ++i)
    rows += "A film of " + std::to_string(i) +
            (i % 2 == 0 ? " hours.\tpositive\n" : " days.\tnegative\n");
  scratch.write("task/train.tsv", rows);
  scratch.write("task/test.tsv", rows);
  scratch.write("task/task.json", R"({
    "name": "small", "version": 1, "kind": "classification", "fields": ["sentence"],
    "label": "label", "labels": ["negative", "positive"], "metric": "accuracy",
    "files": {"train": "train.tsv", "test": "test.tsv"}, "answer_space": "labels",
    "manual": [{"template": "{sentence} It was {mask}.",
                "verbalizer": {"negative": ["terrible"], "positive": ["great"]}}]})");
  const std::string task = "/task=" + (scratch.path() / "task").string();
  // Their models or corpus are the user's.
  const std::set<std::string> foreign{"generation-lm-bff", "lpaqa-mined", "paraphrase-lpaqa"};

  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(PROSPECT_SOURCE_DIR) +
                                                               "/experiments/configs")) {
    const auto file = entry.path();
    const std::string of = read_json_file(file)["task"];
    if (foreign.contains(file.stem().string()) || of == "agnews") continue;
    std::vector<std::string> command{"validate", file.string()};
    if (of == "sst2")
      command.insert(command.end(), {"--set", task, "--set", "/shots=8", "--set",
                                     "/protocol=balanced", "--set", "/split_seeds=[13]"});
    const auto run = test::run(command);
    INFO(file.string(), ": ", run.err);
    CHECK(run.code == 0);
    ++count;
  }
  CHECK(count > 40);
}

TEST_CASE("an experiment that is right is validated with warnings about its words") {
  SmallExperiment small;
  const auto text = test::run({"validate", small.write()});
  const auto json = test::run({"validate", small.write(), "--json"});
  INFO(text.err);

  CHECK(text.code == 0);
  CHECK(text.err.find("'antidisestablishment' has ") != std::string::npos);
  CHECK(text.out.find("is right: task small (8 support, 8 dev, 8 test)") != std::string::npos);
  CHECK(json.json()["spec"]["strategies"][2]["options"]["triggers"] == 2);
}

TEST_CASE("what does not fit task or model is refused by validate with 3") {
  SmallExperiment small;
  const std::string file = small.write();
  const auto refused = [&](const std::string& set) {
    return test::run({"validate", file, "--set", set}).code == 3;
  };

  CHECK(refused("/shots=7"));  // 12 rows of a label are too few
  CHECK(refused("/model=nowhere"));
  CHECK(refused("/model=small"));  // a folder, but no checkpoint
  CHECK(refused("/strategies/0/options={\"file\":5}"));
  CHECK(refused("/strategies/2/options={\"tmpl\":\"{text} {mask}\"}"));
}

}  // namespace
}  // namespace prospect
