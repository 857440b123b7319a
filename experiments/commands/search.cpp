#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "experiments/cached_scorer.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"
#include "experiments/commands/search_verify.h"
#include "experiments/cost_model.h"
#include "experiments/environment.h"
#include "experiments/experiment_file.h"
#include "experiments/helper_models.h"
#include "experiments/interrupt.h"
#include "experiments/leaderboard.h"
#include "experiments/machine_check.h"
#include "experiments/model_folder.h"
#include "experiments/plugin.h"
#include "experiments/post_hoc.h"
#include "experiments/progress.h"
#include "experiments/rate_probe.h"
#include "experiments/study.h"
#include "search/registry.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

struct SearchOptions {
  std::vector<std::string> experiment, set, plugin;
  std::optional<std::string> out, precision, cache, run, task_at;
  std::string device = "cpu";
  std::int64_t threads = 0, top = 3;
  bool dry_run = false, resume = false, fresh = false, json = false, verify = false,
       post_hoc = false;
  std::int64_t finalists = 20;
};

void declare(CommandLine& line, SearchOptions& options) {
  line.positional("EXPERIMENT.json", options.experiment, "The experiment file.", 0, 1);
  line.option("set", "/POINTER=VALUE", options.set,
              "Set a value of the experiment file, as JSON or else as a string.");
  line.option("out", "DIR", options.out,
              "The run's folder; else the file's \"output\", or runs/NAME beside the file.");
  line.flag("dry-run", options.dry_run,
            "Measure this model on these examples, print what the run would cost, and stop.");
  line.flag("resume", options.resume, "Continue a run, and refuse where there is none.");
  line.flag("fresh", options.fresh, "Set an old run in the folder aside and start anew.");
  line.option("threads", "N", options.threads, "Threads to use; 0 takes all cores.",
              between<std::int64_t>(0, 4096));
  line.option("device", "DEVICE", options.device, "Where the model runs.", {"cpu", "cuda"});
  line.option("precision", "NAME", options.precision, "Sets /scoring/precision.",
              {"float32", "bfloat16", "auto"});
  line.option("plugin", "X.so", options.plugin, "Load a strategy from a shared library first.");
  line.option(
      "cache", "FILE", options.cache,
      "Keep row outcomes by content in this file, which runs and processes may share; else in the "
      "run's folder.");
  line.flag("post-hoc", options.post_hoc,
            "Of a finished run: score its best entries on the test set too, and say how good the "
            "choice was. It decides nothing.");
  line.option("finalists", "N", options.finalists,
              "With --post-hoc: entries of each split that are scored.", at_least<std::int64_t>(1));
  line.option("run", "RUN", options.run, "With --verify: the run to look at again.");
  line.flag("verify", options.verify,
            "Score the best rows of --run again and say whether their numbers still hold here.");
  line.option("top", "K", options.top, "With --verify: rows of each split.",
              at_least<std::int64_t>(1));
  line.option("task-at", "TASK", options.task_at,
              "With --verify: where the run's task lies, if it has moved.");
  line.exit_code(1, "--verify: a number does not hold");
  line.flag("json", options.json, "Print one line of JSON at the end instead of the leaderboard.");
  line.example("search experiments/examples/quickstart.json --out runs/first",
               "a search on bundled data with the bundled model");
  line.example("search --run runs/first --verify", "do the numbers of a run hold on this machine");
  line.example("search my.json --set /budget/evaluations=500 --set /seeds=[1,2,3]",
               "the same experiment, smaller, with three seeds");
}

void check(const SearchOptions& options) {
  if (options.verify != options.run.has_value())
    fail(ErrorKind::usage, options.verify ? "--verify" : "--run",
         "expected --run RUN and --verify together, found one of them");
  if (options.verify && !options.experiment.empty())
    fail(ErrorKind::usage, "--verify", "expected no experiment file beside --run, found '",
         options.experiment.front(), "'");
  if (!options.verify && options.experiment.empty())
    fail(ErrorKind::usage, "EXPERIMENT.json",
         "expected an experiment file, found none; see prospect "
         "search --help");
  if (options.resume && options.fresh)
    fail(ErrorKind::usage, "--fresh", "expected one of --resume and --fresh, found both");
}

std::string in_words(const Budget& budget, const Forecast& forecast) {
  std::string text = budget.name.empty() ? "budget" : "budget " + budget.name;
  text += ": " + std::to_string(budget.evaluations) + " evaluations";
  if (forecast.num_searches > 1)
    text += " (" + std::to_string(forecast.num_searches) + " searches of " +
            std::to_string(forecast.search) + ")";
  std::string limits;
  const auto add = [&](const std::string& limit) {
    limits += (limits.empty() ? " or " : ", ") + limit;
  };
  if (budget.seconds) add(dump_json(*budget.seconds) + " s");
  if (budget.tokens) add(with_commas(*budget.tokens) + " tokens");
  if (budget.trials) add(with_commas(*budget.trials) + " trials");
  if (budget.patience) add(with_commas(*budget.patience) + " evaluations without a better entry");
  if (budget.target) add("an entry of at least " + dump_json(*budget.target) + " on dev");
  if (!limits.empty()) text += limits + ", whichever comes first";
  return text + "; on top of it " + std::to_string(forecast.controls) + " for controls and " +
         std::to_string(forecast.test) + " on the test set";
}

std::unique_ptr<Model> open_model_of(const Experiment& experiment, const ModelOptions& options) {
  const fs::path& path = experiment.spec.model_path;
  return open_model(fs::exists(path) ? path : find_model(experiment.spec.model), options);
}

void print_table_of(const CostForecast& cost, std::ostream& out) {
  std::vector<std::vector<std::string>> table{{"", "evaluations", "tokens", "seconds"}};
  const auto add = [&](const CostRow& row) {
    table.push_back({row.what, with_commas(row.evaluations), with_commas(row.tokens),
                     fixed(row.seconds, row.seconds < 10 ? 1 : 0)});
  };
  for (const auto& row : cost.rows) add(row);
  add(cost.total);
  print_table(out, table);
}

// Measures the rates of this experiment on this machine, and prints what the run would cost.
void print_forecast(const SearchOptions& options, const Experiment& experiment, Console& console) {
  const InterruptGuard interrupt;
  const ModelOptions model_options{.num_threads = static_cast<std::size_t>(options.threads),
                                   .device = options.device};
  const auto model = open_model_of(experiment, model_options);
  HelperModels helpers = open_helper_models(experiment.spec, model_options);
  const double begin = steady_seconds();
  {  // as the control does; the first opening also loads LibTorch
    ModelOptions random = model_options;
    random.random_seed = experiment.spec.seeds.front();
    open_model_of(experiment, random);
  }
  const double opened = steady_seconds();
  check_oracles(experiment.spec, *model, helpers);
  ProbeOptions probe;
  probe.note = [&](const std::string& note) { console.err << note << std::endl; };
  probe.stop_requested = [&] { return interrupt.interrupted(); };
  const MeasuredRates rates = measure_rates(experiment, *model, opened - begin, probe, &helpers);
  const double measured = steady_seconds() - opened;

  const Forecast counts = prospect::forecast(experiment);
  const CostForecast cost = forecast_cost(rates, experiment.spec.budget, counts);
  std::vector<std::pair<std::string, CostForecast>> presets;
  for (const auto& named : named_budgets())
    presets.emplace_back(
        named.name,
        forecast_cost(rates, {.name = std::string(named.name), .evaluations = named.evaluations},
                      counts));
  if (options.json) {
    Json json = to_json(counts);
    json["cost"] = to_json(cost);
    for (const auto& [name, preset] : presets) json["presets"][name] = to_json(preset);
    console.out << dump_json({{"spec", to_json(experiment.spec)}, {"forecast", json}}) << '\n';
    return;
  }
  console.out << in_words(experiment.spec.budget, counts) << "\n\n";
  print_table_of(cost, console.out);
  console.out << "\nmeasured in " << fixed(measured, 1) << " s; with another budget:\n";
  for (const auto& [name, preset] : presets)
    console.out << "  " << name << ": " << with_commas(preset.total.evaluations)
                << " evaluations with controls and test set, " << fixed(preset.total.seconds, 0)
                << " s\n";
}

// The run to continue, if the folder holds one of this experiment.
std::unique_ptr<RunStore> find_run(const SearchOptions& options, const Experiment& experiment,
                                   const fs::path& folder, Console& console) {
  if (options.fresh && RunStore::exists(folder))
    console.err << "set aside: " << shown_path(RunStore::set_aside(folder)) << std::endl;
  if (!RunStore::exists(folder)) {
    if (options.resume)
      fail(ErrorKind::input, folder.string(),
           "expected a run to continue, found none; leave out --resume to start one");
    return nullptr;
  }
  auto store = RunStore::open(folder);
  const std::string found = fingerprint(experiment.spec);
  if (store->identity().spec_fingerprint != found)
    fail(ErrorKind::input, folder.string(), "expected a run of this experiment (", found,
         "), found one of another (", store->identity().spec_fingerprint,
         "); choose another --out, or set the run aside with --fresh");
  return store;
}

// Writes the files of a run that is finished, and says how it ended.
// How much was screened in bfloat16, where anything was.
std::string in_words(const RealWork& work) {
  if (work.screened == 0) return {};
  const double share = static_cast<double>(work.rescored) / static_cast<double>(work.screened);
  return "; of " + std::to_string(work.screened) + " rows screened in bfloat16 " +
         fixed(100 * share, 1) + "% scored again in float32";
}

void print_end(const SearchOptions& options, RunStore& store, Console& console) {
  RunStore* const stores[] = {&store};
  const Leaderboard board = build_leaderboard(stores);
  const std::string folder = shown_path(store.folder());
  if (store.finished()) {
    write_leaderboard(board, store.folder());
    write_file(store.folder() / "summary.json", summary_of(store, board).dump(2) + "\n");
  }
  if (options.json) {
    console.out << dump_json(final_line(store, board)) << '\n';
    return;
  }
  console.out << write_markdown(board) << '\n';
  if (store.finished())
    console.out << "written to " << folder
                << ": leaderboard.md, leaderboard.csv, leaderboard.jsonl, summary.json; "
                << store.spent() << " evaluations asked for, " << store.real_work().forwards
                << " forwards run, " << store.real_work().cached << " rows from the cache"
                << in_words(store.real_work()) << '\n';
  else
    console.out << "interrupted; what is done is kept in " << folder
                << ": the same command continues it\n";
}

// A plug-in's file is no part of a run's identity, so that a run goes on when its plug-in is
// mended; the run remembers which files it ran with.
void note_plugins(const ExperimentSpec& spec, RunStore& store) {
  for (const auto& strategy : spec.strategies) {
    const std::string& file = find_strategy(strategy.name, spec.file.string()).plugin;
    if (!file.empty())
      store.put_event("plugin", {{"strategy", strategy.label},
                                 {"file", file},
                                 {"fingerprint", fingerprint(read_file(file))}});
  }
}

// What the choice was worth, on stdout and in post_hoc.{md,json} of the run's folder.
void print_post_hoc(const SearchOptions& options, RunStore& store, Console& console) {
  RunStore* const stores[] = {&store};
  const auto splits = post_hoc_of(store, build_leaderboard(stores));
  const std::string text =
      write_markdown(splits, store.identity().task.at("metric").get<std::string>());
  write_file(store.folder() / "post_hoc.md", text);
  write_file(store.folder() / "post_hoc.json", to_json(splits).dump(2) + "\n");
  console.out << (options.json ? dump_json(to_json(splits)) + "\n" : text);
}

}  // namespace

int run_search(std::span<const std::string> arguments, Console& console) {
  SearchOptions options;
  CommandLine line("search", "EXPERIMENT.json [--set /POINTER=VALUE]... [--out DIR]",
                   "Searches for prompts as an experiment file says. A run in the folder that was "
                   "stopped is continued;\none that is finished is shown again.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;
  check(options);
  if (options.verify)
    return verify({.run = *options.run,
                   .task_at = options.task_at,
                   .top = options.top,
                   .model = {.num_threads = static_cast<std::size_t>(options.threads),
                             .device = options.device},
                   .json = options.json},
                  console);

  if (options.precision) options.set.push_back("/scoring/precision=" + *options.precision);
  load_plugins(options.plugin);
  const Experiment experiment = open_experiment(options.experiment.front(), options.set);
  if (options.dry_run) {
    try {
      print_forecast(options, experiment, console);
    } catch (const Interrupted&) {
      return kInterruptedExit;
    }
    return 0;
  }

  fs::path folder = options.out ? fs::path(*options.out) : experiment.spec.output;
  if (!folder.has_filename()) folder = folder.parent_path();  // "runs/reviews/"
  auto store = find_run(options, experiment, folder, console);
  if (options.post_hoc && !(store && store->finished()))
    fail(ErrorKind::usage, "--post-hoc", "expected a finished run in ", folder.string(), ", found ",
         store ? "one that is not; let it finish first" : "none; run the search first");
  if (store && store->finished() && !options.post_hoc) {
    print_end(options, *store, console);
    return 0;
  }

  const InterruptGuard interrupt;
  ModelOptions model_options{.num_threads = static_cast<std::size_t>(options.threads),
                             .device = options.device};
  const auto model = open_model_of(experiment, model_options);
  HelperModels helpers = open_helper_models(experiment.spec, model_options);
  const MachineReport machine = examine_machine(model_options.num_threads);
  warn_if_slow_blas(console.err, machine);
  check_oracles(experiment.spec, *model, helpers);
  console.err << in_words(experiment.spec.budget, forecast(experiment)) << std::endl;
  if (!store) store = RunStore::create(folder, identity_of(experiment, *model, &helpers));

  note_plugins(experiment.spec, *store);
  store->put_event("environment", describe_environment(machine, *model, options.device));
  // For who looks at the run later: paths in the spec are relative to this file.
  store->put_event("opened",
                   {{"file", fs::absolute(experiment.spec.file).lexically_normal().string()}});

  // A cache changes the time that a run takes and nothing else.
  OutcomeCache cache(options.cache ? fs::path(*options.cache)
                                   : store->folder() / "outcomes.sqlite");
  CachedScorer scorer(model->scorer(), model->vocabulary(), model->card().fingerprint, &cache);

  // "touch RUN/stop" from anywhere ends the session as Ctrl-C does here.
  const fs::path stop_file = store->folder() / "stop";
  bool finished = false;
  LadderWork ladder;
  {
    const bool terminal = &console.err == &std::cerr && ::isatty(STDERR_FILENO) == 1;
    ConsoleProgress progress(console.err, terminal,
                             [&] { return interrupt.interrupted() || fs::exists(stop_file); });
    const auto open_random = [&](std::uint64_t seed) {
      ModelOptions random = model_options;
      random.random_seed = seed;
      return open_model_of(experiment, random);
    };
    Study study(experiment, *model, open_random, *store, progress, &scorer, &helpers);
    finished = options.post_hoc ? study.run_post_hoc(static_cast<std::size_t>(options.finalists))
                                : study.run();
    ladder = study.ladder_work();
    if (std::error_code code; fs::remove(stop_file, code) && !finished)
      progress.on_note("stopped by " + stop_file.string() + "; the same command goes on");
  }
  store->add_real_work({.forwards = model->num_forwards_run(),
                        .tokens = scorer.work().tokens,
                        .cached = scorer.work().known,
                        .screened = ladder.screened,
                        .rescored = ladder.rescored});
  if (ladder.largest_change > ladder.allowed)
    console.err << "prospect: a label's log-probability in bfloat16 was off by "
                << ladder.largest_change << ", more than the " << ladder.allowed
                << " that precision 'auto' allows for; the ranking is surely that of float32 only "
                   "with --precision float32\n";
  if (options.post_hoc && finished)
    print_post_hoc(options, *store, console);
  else
    print_end(options, *store, console);
  return finished ? 0 : kInterruptedExit;
}

}  // namespace prospect
