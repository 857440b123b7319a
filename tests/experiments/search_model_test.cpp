// Whole searches with the model that comes with the project, on a task of a few short sentences.

#include <doctest/doctest.h>

#include "core/files.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

// A task of 12 training and 4 test rows of each label, and an experiment beside it.
class SmallExperiment {
 public:
  SmallExperiment() {
    const char* const kThings[] = {"film", "book", "phone", "meal",  "song",  "hotel",
                                   "car",  "game", "show",  "house", "story", "room"};
    std::string train = "text\tlabel\n", test = train;
    for (int i = 0; i < 12; ++i) {
      const std::string thing = kThings[i];
      train += "I loved this " + thing + ".\tgood\nI hated this " + thing + ".\tbad\n";
      if (i < 4) test += "What a lovely " + thing + "!\tgood\nWhat an awful " + thing + "!\tbad\n";
    }
    scratch_.write("small/train.tsv", train);
    scratch_.write("small/test.tsv", test);
    scratch_.write("small/task.json", R"({
      "name": "small", "version": 1, "kind": "classification", "fields": ["text"],
      "label": "label", "labels": ["bad", "good"], "metric": "accuracy",
      "files": {"train": "train.tsv", "test": "test.tsv"}, "answer_space": "labels",
      "manual": [
        {"template": "{text} It was {mask}.", "verbalizer": {"bad": ["terrible"], "good": ["great"]}},
        {"template": "{text} {mask}", "verbalizer": {"bad": ["antidisestablishment"], "good": ["good"]}}]})");
    json = {{"task", "small"},
            {"shots", 4},
            {"model", test::pocket_mlm()},
            {"strategies",
             {{{"name", "manual"}},
              {{"name", "random"}},
              {{"name", "autoprompt"}, {"options", {{"triggers", 2}}}}}},
            {"budget", {{"evaluations", 600}}}};
  }

  std::string write() { return scratch_.write("small.json", json.dump()); }
  std::string folder(const std::string& name) const { return scratch_.path() / name; }

  Json json;

 private:
  test::ScratchFolder scratch_;
};

std::string files_of(const std::string& folder) {
  std::string all;
  for (const char* name : {"leaderboard.md", "leaderboard.csv", "leaderboard.jsonl"})
    all += read_file(folder + "/" + name);
  return all;
}

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
