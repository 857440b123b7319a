#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/json.h"
#include "experiments/closing.h"
#include "experiments/helper_models.h"
#include "experiments/study_parts.h"
#include "experiments/trial_scorer.h"

namespace prospect {

/// What a study will cost before it runs, in counted work.
struct Forecast {
  std::int64_t num_searches = 0;        ///< Split seeds x seeds.
  std::int64_t search = 0;              ///< The budget of each.
  std::int64_t controls = 0, test = 0;  ///< On top of the budget, a row taken as 1.
  std::int64_t num_dev = 0, num_test = 0;
};

/// Draws the first split to count its examples. @throws Error (input) as `fewshot_task`.
Forecast forecast(const Experiment& experiment);
Json to_json(const Forecast& forecast);

/// A run's identity: what must be equal for it to be continued.
RunIdentity identity_of(const Experiment& experiment, const Model& model,
                        const HelperModels* helpers = nullptr);

/// Refuses, by name, a strategy that needs an oracle which the model does not serve.
/// @throws Error (unsupported)
void check_oracles(const ExperimentSpec& spec, Oracles& oracles);
/// The same of a model with its helpers.
void check_oracles(const ExperimentSpec& spec, Model& model, HelperModels& helpers);

/// The only loop: asks strategies, scores, tells, stores, selects, and opens the test set once.
///
/// The budget is that of the whole study. Each search (a split seed and a seed) gets an equal part,
/// so that seeds compare; within a search the part is shared equally by the strategies still to
/// run, in their order, and what one leaves over flows to the next. Seconds are shared in the same
/// way; they stop a strategy only between two asks, and every strategy is asked at least once.
/// Controls and the test set come on top of the budget. In a portfolio the strategies of a search
/// take turns instead, see `portfolio.h`.
///
/// The results are a function of spec, data and model alone, however often the run is stopped and
/// continued; where seconds end a strategy, the count it had reached is stored and stands.
class Study {
 public:
  /// The references outlive it. @param open_random  for the control with random weights.
  /// @param scorer  in place of the model's own, where given: one that gives the same numbers.
  /// @throws Error (input) when the store holds another run, (unsupported) as `check_oracles`.
  Study(const Experiment& experiment, Model& model, OpenRandomModel open_random, RunStore& store,
        StudyObserver& observer, Scorer* scorer = nullptr, HelperModels* helpers = nullptr);

  /// Runs or continues the study.
  /// @return false when the observer stopped it; what was told by then is stored.
  bool run();

  /// What screening in a lower precision did in this session.
  const LadderWork& ladder_work() const { return parts_.ladder_work; }
  /// Scores the best entries on the test set after the fact (`Closing::run_post_hoc`).
  /// @return false when the observer stopped it.
  bool run_post_hoc(std::size_t finalists);

 private:
  void check_strategies();
  void run_searches();
  void run_shares(std::uint64_t split_seed, std::uint64_t seed);
  void run_portfolio(std::uint64_t split_seed, std::uint64_t seed);
  /// The stored unit of a strategy, or a new one with these rooms.
  UnitRecord unit_of(std::uint64_t split_seed, std::uint64_t seed, const StrategySpec& spec,
                     const Rooms& rooms);
  std::vector<Trial> seeds_of(const StrategySpec& spec, const UnitRecord& unit);
  void show_unit(const UnitRecord& unit, std::size_t number);

  StudyParts parts_;
  OpenRandomModel open_random_;
  std::size_t num_units_begun_ = 0;
};

}  // namespace prospect
