#include "experiments/run_data.h"

#include "core/error.h"
#include "core/text.h"
#include "experiments/model_folder.h"
#include "experiments/study_parts.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

// The experiment file of the run's last session; a run of an older program does not know it, and
// paths are then taken from the working folder.
fs::path file_of(RunStore& store) {
  const auto opened = store.events_of("opened");
  if (opened.empty()) return store.folder().filename().string() + ".json";
  return opened.back().value("file", std::string());
}

}  // namespace

Experiment experiment_of(RunStore& store, const std::optional<std::string>& task) {
  Json spec = store.identity().spec;
  if (task) spec["task"] = fs::exists(*task) ? fs::absolute(*task).string() : *task;
  return reopen_experiment(spec, file_of(store));
}

Task stored_task(RunStore& store, const Experiment& experiment, std::uint64_t split_seed) {
  Task task = split_task(experiment, split_seed);
  for (const auto& split : store.splits()) {
    if (split.split_seed != split_seed) continue;
    if (split.task_fingerprint == task.fingerprint) return task;
    fail(ErrorKind::input, experiment.data.path.string(), "expected the data of the run (",
         split.task_fingerprint, " in split ", split_seed, "), found others (", task.fingerprint,
         "); say with --task-at where the run's task lies");
  }
  fail(ErrorKind::input, store.folder().string(), "expected a run of split ", split_seed,
       ", found none");
}

std::unique_ptr<Model> stored_model(RunStore& store, const Experiment& experiment,
                                    const ModelOptions& options) {
  const fs::path& path = experiment.spec.model_path;
  auto model = open_model(fs::exists(path) ? path : find_model(experiment.spec.model), options);
  // What follows a plus sign is the draft model's.
  const std::string stored = split(store.identity().model_fingerprint, '+').front();
  if (model->card().fingerprint != stored)
    fail(ErrorKind::input, model->card().path, "expected the model of the run (", stored,
         "), found other weights (", model->card().fingerprint, ")");
  return model;
}

std::vector<RowOutcome> rows_in_order(const Outcome& outcome) {
  std::vector<RowOutcome> rows(outcome.rows.size());
  for (std::size_t i = 0; i < outcome.rows.size(); ++i)
    rows.at(outcome.examples.at(i)) = outcome.rows[i];
  return rows;
}

}  // namespace prospect
