#pragma once

#include <string>

#include "core/files.h"
#include "core/json.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {

/// A task of 12 training and 4 test rows of each label, and an experiment beside it.
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
            {"model", pocket_mlm()},
            {"strategies",
             {{{"name", "manual"}},
              {{"name", "random"}},
              {{"name", "autoprompt"}, {"options", {{"triggers", 2}}}}}},
            {"budget", {{"evaluations", 600}}}};
  }

  std::string write() { return scratch_.write("small.json", json.dump()); }
  std::string write_file(const std::string& name, const std::string& text) {
    return scratch_.write(name, text);
  }
  std::string folder(const std::string& name) const { return scratch_.path() / name; }

  Json json;

 private:
  ScratchFolder scratch_;
};

/// The three files of the leaderboard of a finished run.
inline std::string files_of(const std::string& folder) {
  std::string all;
  for (const char* name : {"leaderboard.md", "leaderboard.csv", "leaderboard.jsonl"})
    all += read_file(folder + "/" + name);
  return all;
}

}  // namespace prospect::test
