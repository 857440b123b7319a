#include <filesystem>
#include <memory>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "experiments/commands/command_line.h"
#include "experiments/model_folder.h"
#include "experiments/prompt_export.h"
#include "experiments/run_data.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

struct ExportOptions {
  std::vector<std::string> run;
  std::string to = "json";
  std::int64_t rank = 1;
  std::optional<std::int64_t> split_seed;
  std::optional<std::string> out, task_at;
  bool lossy = false;
};

void declare(CommandLine& line, ExportOptions& options) {
  line.positional("RUN", options.run, "The run's folder.", 1, 1);
  line.option(
      "to", "FORMAT", options.to,
      "json (read by prospect apply), lm-eval (a task of lm-evaluation-harness), openprompt "
      "or lm-bff.",
      {"json", "lm-eval", "openprompt", "lm-bff"});
  line.option("rank", "N", options.rank, "Which row of the run's leaderboard.",
              at_least<std::int64_t>(1));
  line.option("split-seed", "SEED", options.split_seed,
              "Of which split; else of that of the run's best row.", at_least<std::int64_t>(0));
  line.option("out", "PATH", options.out,
              "For json a file, else standard output; for the others the folder to write to.");
  line.option("task-at", "TASK", options.task_at,
              "Where the run's task lies, if it is no longer where the run found it.");
  line.flag("lossy", options.lossy,
            "Write also what the other program will score otherwise, and say what differs.");
  line.example("export runs/reviews --to json --out best.json", "for prospect apply");
  line.example("export runs/reviews --rank 2 --to lm-eval --out tasks",
               "for lm_eval --include_path tasks");
}

// The best row of the split that was asked for, or of the run, then the one of that rank beside it.
LeaderboardRow find_row(const Leaderboard& board, const ExportOptions& options) {
  const LeaderboardRow* best = nullptr;
  for (const auto& row : board.rows) {
    if (row.rank != 1) continue;
    if (options.split_seed && static_cast<std::int64_t>(row.split_seed) != *options.split_seed)
      continue;
    if (best == nullptr || better(row.merit, best->merit)) best = &row;
  }
  if (best == nullptr)
    fail(ErrorKind::usage, options.split_seed ? "--split-seed" : options.run.front(),
         "expected a split with entries, found none",
         options.split_seed ? " of seed " + std::to_string(*options.split_seed) : std::string());
  std::int64_t last = 0;
  for (const auto& row : board.rows) {
    if (row.comparable != best->comparable || !row.rank) continue;
    if (*row.rank == options.rank) return row;
    last = std::max(last, *row.rank);
  }
  fail(ErrorKind::usage, "--rank", "expected a rank from 1 to ", last, ", found ", options.rank);
}

void write_files(const PromptExport& prompt, const ExportOptions& options, Console& console) {
  if (!prompt.losses.empty() && !options.lossy)
    fail(ErrorKind::unsupported, "--to " + options.to,
         "expected a prompt that this format can say in full, found: ", prompt.losses.front(),
         " Add --lossy to write it nevertheless");
  for (const auto& loss : prompt.losses) console.err << "differs: " << loss << std::endl;
  for (const auto& [name, content] : prompt.files) {
    const fs::path path = fs::path(*options.out) / name;
    write_file(path, content);
    console.out << "written to " << shown_path(path) << '\n';
  }
}

PromptExport make_export(const ExportOptions& options, const FoundPrompt& prompt, const Task& task,
                         const TaskData& data) {
  if (options.to == "openprompt") return export_openprompt(prompt, task);
  if (options.to == "lm-bff") return export_lm_bff(prompt, task, data.format.label_names);
  if (data.test.empty())
    fail(ErrorKind::unsupported, "--to lm-eval",
         "expected a task with a test set for the harness to score, found none");
  return export_lm_eval(prompt, task, data.test,
                        fs::absolute(*options.out).lexically_normal().string());
}

}  // namespace

int run_export(std::span<const std::string> arguments, Console& console) {
  ExportOptions options;
  CommandLine line("export", "RUN [--rank N] --to json|lm-eval|openprompt|lm-bff [--out PATH]",
                   "Writes a found prompt for use elsewhere.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;
  if (options.to != "json" && !options.out)
    fail(ErrorKind::usage, "--out", "expected the folder to write to, found none");

  const auto store = RunStore::open_read_only(options.run.front());
  RunStore* const stores[] = {store.get()};
  const LeaderboardRow row = find_row(build_leaderboard(stores), options);
  const Experiment experiment = experiment_of(*store, options.task_at);
  const Task task = stored_task(*store, experiment, row.split_seed);
  const auto tokenizer =
      open_tokenizer(fs::exists(experiment.spec.model_path) ? experiment.spec.model_path
                                                            : find_model(experiment.spec.model));
  const FoundPrompt prompt = found_prompt(row, task, tokenizer.get());
  if (options.to != "json") {
    write_files(make_export(options, prompt, task, experiment.data), options, console);
    return 0;
  }
  const std::string text = to_json(prompt).dump(2) + "\n";
  if (!options.out) {
    console.out << text;
    return 0;
  }
  write_file(*options.out, text);
  console.err << "written to " << *options.out << std::endl;
  return 0;
}

}  // namespace prospect
