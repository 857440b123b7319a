#pragma once

#include <functional>

#include "experiments/cost_model.h"
#include "experiments/experiment_file.h"
#include "experiments/helper_models.h"
#include "scoring/model.h"

namespace prospect {

/// Seconds that have passed since some moment.
using SecondsClock = std::function<double()>;

/// The steady clock.
double steady_seconds();

struct ProbeOptions {
  /// For how long each strategy is looked at, in seconds. What has begun is not cut: an ask's
  /// oracle calls are made whole, and of its scoring at least one piece of about half a second.
  double seconds_each = 2;
  SecondsClock clock = steady_seconds;
  /// One line about what is being measured.
  std::function<void(const std::string&)> note = [](const std::string&) {};
  std::function<bool()> stop_requested = [] { return false; };
};

/// Runs the beginning of the experiment's first search, strategy by strategy, with the room and the
/// seeds that each would have, and measures. Nothing is stored, and the test set is not read.
/// @param open_seconds  what opening the model took.
/// @param helpers       null where there is none.
/// @throws Error as the strategies and the model do; Interrupted where a stop is requested.
MeasuredRates measure_rates(const Experiment& experiment, Model& model, double open_seconds,
                            const ProbeOptions& options = {}, HelperModels* helpers = nullptr);

}  // namespace prospect
