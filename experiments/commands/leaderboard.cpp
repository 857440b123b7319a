#include "experiments/leaderboard.h"

#include <map>
#include <memory>
#include <ostream>

#include "core/error.h"
#include "experiments/chunked_scorer.h"
#include "experiments/commands/model_options.h"
#include "experiments/comparison.h"
#include "experiments/leaderboard_filter.h"
#include "experiments/leaderboard_html.h"
#include "experiments/model_folder.h"
#include "experiments/outcome_matrix.h"
#include "experiments/pareto.h"
#include "experiments/run_data.h"
#include "experiments/transfer.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {
namespace {

constexpr std::int64_t kTransferTop = 10;

struct LeaderboardOptions {
  std::vector<std::string> runs;
  std::string format = "md";
  std::optional<std::int64_t> top;
  std::optional<std::string> matrix, task_at, calibrate;
  std::optional<std::pair<std::string, std::string>> compare;
  std::vector<std::string> transfer;
  LeaderboardFilter filter;
  bool json = false, jsonl = false, pareto = false, no_controls = false, no_model = false;
  std::int64_t threads = 0;
};

void declare_filters(CommandLine& line, LeaderboardFilter& filter) {
  const std::string more = " (may stand several times; ranks stay those among all rows).";
  line.option("strategy", "NAME", filter.strategies, "Rows of this strategy, and controls" + more);
  line.option("task", "NAME", filter.tasks, "Rows of this task" + more);
  line.option("model", "NAME", filter.models, "Rows of this model" + more);
  line.option("protocol", "NAME", filter.protocols, "Rows of this few-shot protocol" + more);
  line.option("metric", "NAME", filter.metrics, "Rows of this metric" + more);
  line.option("shots", "K", filter.shots, "Rows of so many examples a label" + more);
  line.option("split-seed", "SEED", filter.split_seeds, "Rows of this split" + more);
  line.option("seed", "SEED", filter.seeds, "Rows of this search seed, and controls" + more);
  line.option("text", "TEXT", filter.texts, "Rows whose template holds this text, and controls.");
}

void declare(CommandLine& line, LeaderboardOptions& options) {
  line.positional("RUN", options.runs, "Folders of runs, finished or not.");
  line.option("format", "FORMAT", options.format, "How to print.", {"md", "csv", "jsonl", "html"});
  line.option("top", "K", options.top, "Show the best K rows of each group, and the controls.",
              at_least<std::int64_t>(1));
  declare_filters(line, options.filter);
  line.flag("no-controls", options.no_controls, "Leave the controls out.");
  line.flag("pareto", options.pareto,
            "Show the entries that no other beats in metric, fluency, length and cost at once; "
            "fluency is scored by the run's model.");
  line.pair("compare", "A B", options.compare,
            "Paired tests of two entries on the same dev examples; each RUN, RUN#RANK or "
            "RUN#STRATEGY (its best).");
  line.option("calibrate", "NAME", options.calibrate,
              "Show what runs without calibration would have been with this one; no example is "
              "scored again, only content-free inputs by the runs' model.",
              {"contextual", "batch", "domain_pmi"});
  line.option("transfer", "MODEL", options.transfer,
              "Score the best entries of the runs (--top, else 10 of each split) on this model's "
              "dev pools; may stand several times.");
  line.option("matrix", "FILE", options.matrix,
              "Write candidate x example x answer log-probabilities of one run's dev set as "
              "safetensors, instead of printing.");
  line.option("task-at", "TASK", options.task_at,
              "Where the runs' task lies, if it is no longer where the runs found it; for "
              "--compare, --transfer and --pareto.");
  line.flag("no-model", options.no_model, "With --pareto: leave fluency out.");
  line.option("threads", "N", options.threads, "Threads of a model; 0 takes all cores.",
              between<std::int64_t>(0, 4096));
  line.flag("json", options.json, "Print one object with all rows.");
  line.flag("jsonl", options.jsonl, "The same as --format jsonl.");
  line.example("leaderboard runs/one runs/two --top 5", "two runs together");
  line.example("leaderboard runs/* --task topics --strategy autoprompt --format html > board.html",
               "one strategy over many runs, as a page");
  line.example("leaderboard --compare runs/one#autoprompt runs/one#manual",
               "is the best found prompt better than the manual one");
  line.example("leaderboard runs/one --transfer models/other --top 5",
               "what the five best prompts score on another model");
  line.example("leaderboard runs/one --calibrate batch",
               "the same rows, their label bias taken off");
  line.example("leaderboard runs/one --matrix outcomes.safetensors",
               "everything that was measured on dev");
}

void check(const LeaderboardOptions& options) {
  const int views = (options.matrix ? 1 : 0) + (options.compare ? 1 : 0) +
                    (options.transfer.empty() ? 0 : 1) + (options.pareto ? 1 : 0);
  if (views > 1)
    fail(ErrorKind::usage, "leaderboard",
         "expected one of --matrix, --compare, --transfer and --pareto, found ", views);
  if (options.compare && !options.runs.empty())
    fail(ErrorKind::usage, "--compare", "expected no further RUN, found '", options.runs.front(),
         "'; the two runs are those named behind --compare");
  if (!options.compare && options.runs.empty())
    fail(ErrorKind::usage, "RUN", "expected the folder of a run, found none");
  if (options.matrix && options.runs.size() > 1)
    fail(ErrorKind::usage, "--matrix", "expected one run, found ", options.runs.size());
  if (options.calibrate && (options.matrix || options.compare || !options.transfer.empty()))
    fail(ErrorKind::unsupported, "--calibrate",
         "expected it with a leaderboard or --pareto, found it with another view");
  const bool table_alone = options.pareto || options.compare || !options.transfer.empty();
  if (table_alone && (options.format == "csv" || options.format == "html"))
    fail(ErrorKind::unsupported, "--format", "expected md or jsonl for this view, found ",
         options.format);
}

bool wants_lines(const LeaderboardOptions& options) {
  return options.jsonl || options.format == "jsonl";
}

void print(const LeaderboardOptions& options, const Leaderboard& board, std::ostream& out) {
  const std::size_t most_rows = options.top ? SIZE_MAX : 20;
  if (options.json) {
    Json rows = Json::array();
    for (const auto& row : board.rows) rows.push_back(to_json(row));
    out << dump_json({{"rows", rows}}) << '\n';
  } else if (wants_lines(options)) {
    out << write_jsonl(board);
  } else if (options.format == "csv") {
    out << write_csv(board);
  } else if (options.format == "html") {
    out << write_html(board, most_rows);
  } else {
    out << write_markdown(board, most_rows);
  }
}

ModelOptions model_options(const LeaderboardOptions& options) {
  return {.num_threads = static_cast<std::size_t>(options.threads)};
}

// The runs' model is opened when content-free inputs are first asked for.
Leaderboard calibrated_board(const LeaderboardOptions& options, std::span<RunStore* const> runs) {
  const Json name = *options.calibrate;
  const Calibration calibration = calibration_from_json(JsonReader(name, "--calibrate"));
  if (calibration != Calibration::batch && runs.size() > 1)
    fail(ErrorKind::usage, "--calibrate", "expected one run, whose model is asked, found ",
         runs.size());
  std::optional<Experiment> experiment;
  std::unique_ptr<Model> model;
  std::map<std::uint64_t, Task> tasks;
  const Recalibration recalibration(
      calibration, [&](const Candidate& candidate, std::uint64_t split_seed) {
        if (!experiment) {
          experiment = experiment_of(*runs.front(), options.task_at);
          model = stored_model(*runs.front(), *experiment, model_options(options));
        }
        if (tasks.count(split_seed) == 0)
          tasks.emplace(split_seed, stored_task(*runs.front(), *experiment, split_seed));
        const Task& task = tasks.at(split_seed);
        ChunkedScorer scorer(model->scorer(), experiment->spec.scoring, [] {});
        return scorer.score(with_demonstrations(candidate, task),
                            content_free_examples(calibration, task.fields));
      });
  return build_leaderboard(runs, &recalibration);
}

void print_comparison(const LeaderboardOptions& options, std::ostream& out) {
  const EntryChoice a = parse_entry_choice(options.compare->first, "--compare");
  const EntryChoice b = parse_entry_choice(options.compare->second, "--compare");
  const auto store_a = RunStore::open_read_only(a.run), store_b = RunStore::open_read_only(b.run);
  const Experiment experiment = experiment_of(*store_a, options.task_at);
  const RunComparison comparison = compare_runs(
      *store_a, a, *store_b, b,
      [&](std::uint64_t split_seed) { return stored_task(*store_a, experiment, split_seed); });
  if (options.json || wants_lines(options))
    out << dump_json(to_json(comparison)) << '\n';
  else
    out << write_markdown(comparison);
}

void print_pareto(const LeaderboardOptions& options, const Leaderboard& board,
                  std::span<RunStore* const> runs, std::ostream& out) {
  // Each row's fluency is that of its own run's model; a model is opened when it is first needed.
  std::map<std::string, std::unique_ptr<Model>> models;
  const Fluency fluency = [&](const LeaderboardRow& row) {
    auto& model = models[row.model_fingerprint];
    if (!model) {
      for (RunStore* run : runs)
        if (shown_path(run->folder()) == row.run)
          model = stored_model(*run, experiment_of(*run, options.task_at), model_options(options));
    }
    return fluency_by(*model)(row);
  };
  const auto rows = pareto_rows(board, options.no_model ? Fluency() : fluency);
  if (options.json) {
    Json list = Json::array();
    for (const auto& row : rows) list.push_back(to_json(row));
    out << dump_json({{"rows", list}}) << '\n';
  } else if (wants_lines(options)) {
    for (const auto& row : rows) out << dump_json(to_json(row)) << '\n';
  } else {
    out << write_markdown(rows);
  }
}

void print_transfer(const LeaderboardOptions& options, std::span<RunStore* const> runs,
                    Console& console) {
  TransferMatrix matrix;
  matrix.models = options.transfer;
  std::vector<TransferCandidates> of_runs;
  std::vector<Experiment> experiments;
  for (RunStore* run : runs) {
    experiments.push_back(experiment_of(*run, options.task_at));
    const Experiment& experiment = experiments.back();
    for (const auto& split : run->splits()) stored_task(*run, experiment, split.split_seed);
    const std::string metric = run->identity().task.at("metric");
    if (!matrix.metric.empty() && matrix.metric != metric)
      fail(ErrorKind::usage, "--transfer", "expected runs of one metric, found ", matrix.metric,
           " and ", metric);
    matrix.metric = metric;
    // Which text the run's token ids are is all that its own model is asked for.
    const auto tokenizer = open_tokenizer(std::filesystem::exists(experiment.spec.model_path)
                                              ? experiment.spec.model_path
                                              : find_model(experiment.spec.model));
    of_runs.push_back(
        transfer_rows(*run, experiment, *tokenizer, options.top.value_or(kTransferTop)));
  }
  for (const auto& name : options.transfer) {
    console.err << "scoring on " << name << std::endl;
    const auto model = open_model(find_model(name), model_options(options));
    for (std::size_t i = 0; i < of_runs.size(); ++i)
      score_on(*model, experiments[i], of_runs[i].rows, of_runs[i].entries);
  }
  for (auto& of_run : of_runs)
    for (auto& row : of_run.rows) matrix.rows.push_back(std::move(row));
  if (options.json || wants_lines(options))
    console.out << dump_json(to_json(matrix)) << '\n';
  else
    console.out << write_markdown(matrix);
}

}  // namespace

int run_leaderboard(std::span<const std::string> arguments, Console& console) {
  LeaderboardOptions options;
  CommandLine line("leaderboard", "RUN... [--format md|csv|jsonl|html] [--top K] [--compare A B]",
                   "Shows what runs have found. Rows are ranked together where they compare: same "
                   "task, data, split, metric,\nprotocol and scoring, on whatever model; others "
                   "stand apart, with the reason.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;
  check(options);
  if (options.compare) {
    print_comparison(options, console.out);
    return 0;
  }

  std::vector<std::unique_ptr<RunStore>> stores;
  std::vector<RunStore*> runs;
  for (const auto& run : options.runs) {
    stores.push_back(RunStore::open_read_only(run));
    runs.push_back(stores.back().get());
  }
  if (options.matrix) {
    write_outcome_matrix(*runs.front(), *options.matrix);
    console.err << "written to " << *options.matrix << std::endl;
    return 0;
  }
  if (!options.transfer.empty()) {
    print_transfer(options, runs, console);
    return 0;
  }
  Leaderboard board = options.calibrate ? calibrated_board(options, runs) : build_leaderboard(runs);
  options.filter.controls = !options.no_controls;
  filter(board, options.filter);
  if (options.top) keep_top(board, *options.top);
  if (options.pareto)
    print_pareto(options, board, runs, console.out);
  else
    print(options, board, console.out);
  return 0;
}

}  // namespace prospect
