#include <algorithm>
#include <ostream>

#include "core/error.h"
#include "core/metric.h"
#include "core/text.h"
#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/composition.h"
#include "experiments/example_split.h"

namespace prospect {
namespace {

struct ComposeOptions {
  ModelArguments model;
  std::string task, split = "test", calibration = "none";
  std::optional<std::string> prompt;
  std::int64_t limit = 0;
  OutputFormat format;
};

void declare(CommandLine& line, ComposeOptions& options) {
  add_model_options(line, options.model);
  line.option("task", "TASK", options.task, "A task's name, file or folder.");
  line.option("prompt", "FILE", options.prompt,
              "{\"template\", \"verbalizer\"}: a template of several {mask}, and for each label an "
              "answer for each; without it, composition.json of the task's folder.");
  line.option("split", "SPLIT", options.split, "The rows to score.", {"train", "dev", "test"});
  line.option("calibration", "NAME", options.calibration,
              "Take each mask's own prior over the labels off first: its mean over the rows.",
              {"none", "batch"});
  line.option("limit", "N", options.limit, "Score the first N rows alone; 0 scores all.",
              at_least<std::int64_t>(0));
  add_format_options(line, options.format);
  line.require({"model", "task"});
  line.example("compose --model pocket-mlm --task relations",
               "a relation as the product of two types and a verb");
}

std::vector<std::string> words_of(const Verbalizer& verbalizer) {
  std::vector<std::string> words;
  for (const auto& answer : flatten(verbalizer))
    if (std::find(words.begin(), words.end(), answer.text) == words.end())
      words.push_back(answer.text);
  return words;
}

std::vector<std::string> table_row(const std::string& name, const PromptScore& score) {
  if (score.failure) return {name, "failed", "-", *score.failure};
  return {
      name, fixed(score.evaluation.value, 4) + " ± " + fixed(score.evaluation.standard_error, 4),
      fixed(score.evaluation.log_likelihood, 4), join(words_of(score.candidate.verbalizer), " ")};
}

}  // namespace

int run_compose(std::span<const std::string> arguments, Console& console) {
  ComposeOptions options;
  CommandLine line("compose", "--model DIR --task TASK [--prompt FILE] [OPTIONS]",
                   "Scores a prompt of several masks: a label is as probable as the product of its "
                   "answers at all of them\n(PTR, Han et al. 2021). Each mask alone stands beside "
                   "it; all are read from one forward pass.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const TaskData data = open_task(options.task);
  SplitChoice choice;
  choice.name = options.split;
  choice.limit = static_cast<std::size_t>(options.limit);
  const ChosenRows rows = choose_rows(data, choice);
  const Composition composition =
      read_composition(options.prompt ? std::filesystem::path(*options.prompt)
                                      : data.path.parent_path() / "composition.json",
                       data.task);
  const auto model = open_model(options.model);
  const CompositionScore score =
      score_composition(model->scorer(), model->vocabulary(), data.task, composition, rows.examples,
                        options.calibration == "batch" ? Calibration::batch : Calibration::none);

  std::vector<std::vector<std::string>> table{{"answers at", data.task.metric, "log-lik.", "words"},
                                              table_row("all masks", score.composed)};
  table.back().back() = composition.tmpl.text();
  const auto nothing = [](std::ostream&) {};
  const auto add = [&](const PromptScore& part, const Json& mask) {
    Json json = to_json(part);
    json["mask"] = mask;
    json["forwards"] = model->num_forwards_run();
    printer.add(std::move(json), nothing);
  };
  add(score.composed, "all");
  for (std::size_t p = 0; p < score.parts.size(); ++p) {
    table.push_back(table_row("mask " + std::to_string(p + 1) + " alone", score.parts[p]));
    add(score.parts[p], p + 1);
  }
  if (!options.format.machine()) {
    print_table(console.out, table);
    console.out << rows.examples.size() << " rows, " << model->num_forwards_run()
                << " forward passes\n";
  }
  printer.finish();
  return 0;
}

}  // namespace prospect
