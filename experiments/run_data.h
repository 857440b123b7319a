#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/experiment_file.h"
#include "experiments/run_store.h"
#include "scoring/model.h"

namespace prospect {

/// The experiment of a stored run, as far as it can be opened here and now: the task's files and
/// the model may have moved since.
/// @param task  another place of the task, where given.
/// @throws Error as `open_experiment` does.
Experiment experiment_of(RunStore& store, const std::optional<std::string>& task = std::nullopt);

/// The task of one of the run's splits, with support and dev as the run saw them.
/// @throws Error (input) when the data are no longer those of the run.
Task stored_task(RunStore& store, const Experiment& experiment, std::uint64_t split_seed);

/// Opens the run's model.
/// @throws Error as `open_model` does, and (input) when its weights are no longer those of the run.
std::unique_ptr<Model> stored_model(RunStore& store, const Experiment& experiment,
                                    const ModelOptions& options);

/// The rows of an outcome on a whole pool, in the pool's order.
std::vector<RowOutcome> rows_in_order(const Outcome& outcome);

}  // namespace prospect
