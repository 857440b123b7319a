#include "experiments/report/report.h"

#include <memory>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "experiments/commands/command_line.h"
#include "experiments/run_data.h"

namespace prospect {
namespace {

struct ReportOptions {
  std::vector<std::string> runs;
  std::optional<std::string> out, task;
  bool no_model = false;
  std::int64_t threads = 0;
};

void declare(CommandLine& line, ReportOptions& options) {
  line.positional("RUN", options.runs, "Folders of runs, finished or not.", 1);
  line.option("out", "FILE", options.out, "The page; else report.html in the first run's folder.");
  line.option("task-at", "TASK", options.task,
              "Where the runs' task lies, if it is no longer where the runs found it.");
  line.flag("no-model", options.no_model,
            "Do not open the model: without what each part of the winner contributes.");
  line.option("threads", "N", options.threads, "Threads to use; 0 takes all cores.",
              between<std::int64_t>(0, 4096));
  line.example("report runs/reviews", "writes runs/reviews/report.html");
}

// A model that cannot be opened costs a report one table, and is no reason to give none.
RunReport report_of(RunStore& store, const ReportOptions& options, Console& console) {
  ReportSources sources;
  std::optional<Experiment> experiment;
  std::unique_ptr<Model> model;
  const auto opened = [&]() -> const Experiment& {
    if (!experiment) experiment = experiment_of(store, options.task);
    return *experiment;
  };
  sources.task = [&](std::uint64_t split_seed) { return stored_task(store, opened(), split_seed); };
  sources.why_no_model = "the model was left out (--no-model)";
  if (!options.no_model) {
    try {
      model =
          stored_model(store, opened(), {.num_threads = static_cast<std::size_t>(options.threads)});
      sources.scoring = opened().spec.scoring;
      sources.calibration = opened().spec.calibration;
      sources.model = model.get();
    } catch (const Error& error) {
      sources.why_no_model = "the model cannot be opened: " + std::string(error.what());
    }
  }
  RunReport report = report_on(store, sources);
  for (const auto& note : report.notes) console.err << report.folder << ": " << note << std::endl;
  return report;
}

}  // namespace

int run_report(std::span<const std::string> arguments, Console& console) {
  ReportOptions options;
  CommandLine line("report", "RUN... [--out FILE]",
                   "Writes one HTML page about runs that needs no network: leaderboard, progress "
                   "against cost, races,\nthe winner's errors, calibration and parts, costs and "
                   "settings. Plots are drawn by gnuplot.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;

  std::vector<std::unique_ptr<RunStore>> stores;
  std::vector<RunStore*> runs;
  for (const auto& run : options.runs) {
    stores.push_back(RunStore::open_read_only(run));
    runs.push_back(stores.back().get());
  }
  std::vector<RunReport> reports;
  for (RunStore* run : runs) reports.push_back(report_of(*run, options, console));
  const std::filesystem::path path =
      options.out ? std::filesystem::path(*options.out) : runs.front()->folder() / "report.html";
  write_file(path, write_report(build_leaderboard(runs), reports));
  console.out << "written to " << shown_path(path) << '\n';
  return 0;
}

}  // namespace prospect
