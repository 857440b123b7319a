#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/task.h"
#include "experiments/charged_oracles.h"
#include "experiments/chunked_scorer.h"
#include "experiments/experiment_file.h"
#include "experiments/helper_models.h"
#include "experiments/precision_ladder.h"
#include "experiments/run_store.h"
#include "scoring/model.h"

namespace prospect {

/// How far a study is, as progress shows it.
struct StudyProgress {
  std::size_t unit = 0, num_units = 0;  ///< `unit` counts from 1.
  std::uint64_t split_seed = 0, seed = 0;
  std::string strategy;
  std::int64_t spent = 0, room = 0;                ///< Of this unit, in counted work.
  std::int64_t total_spent = 0, total_budget = 0;  ///< Of the study.
  double seconds = 0;                              ///< Spent on this unit.
  std::optional<double> seconds_room;
  std::string metric;
  std::optional<double> best;  ///< The unit's best metric on the whole dev pool.
};

/// Watches a study and may stop it. All calls come from the study's thread.
class StudyObserver {
 public:
  virtual ~StudyObserver() = default;
  /// Asked several times a second; what is not stored by then is done again on resume.
  virtual bool stop_requested() { return false; }
  virtual void on_progress(const StudyProgress&) {}
  /// One line about something that a person should know.
  virtual void on_note(const std::string&) {}
};

/// The task of one split of an experiment: support and dev drawn, no test set.
Task split_task(const Experiment& experiment, std::uint64_t split_seed);

/// Puts the manual prompts whose answers the scoring rule can take before the others, else in their
/// order: the first is the manual control, and whose label words searches begin with.
/// @return whether another prompt came first.
bool put_answerable_first(Task& task, const Vocabulary& vocabulary, const ScoringSpec& spec);

/// Whether proposals are screened in bfloat16 where the precision is `automatic`: how far that may
/// move a number is known of rows as the model gives them, not of calibrated ones.
bool can_screen(const ExperimentSpec& spec);

/// What the parts of a study share.
class StudyParts {
 public:
  /// @param scorer  in place of the model's own, where given: one that gives the same numbers.
  /// @param helpers  null where there is none.
  StudyParts(const Experiment& experiment, Model& model, RunStore& store, StudyObserver& observer,
             Scorer* scorer = nullptr, HelperModels* helpers = nullptr);
  StudyParts(const StudyParts&) = delete;
  StudyParts& operator=(const StudyParts&) = delete;

  /// The task of a split, drawn when it is first needed; noted in the store.
  /// @throws Error (input) when the store knows the split with other data.
  const Task& task_of(std::uint64_t split_seed);

  /// Tells the observer how far the study is. @throws Interrupted where it wants to stop.
  void poll();

  const Experiment& experiment;
  const ExperimentSpec& spec;
  Model& model;
  RunStore& store;
  StudyObserver& observer;
  ChunkedScorer scorer;
  HelperOracles helper_oracles;
  ChargedOracles oracles;
  std::unique_ptr<Thesaurus> thesaurus;
  StudyProgress progress;
  LadderWork ladder_work;         ///< Of this session.
  const Meter* meter = nullptr;   ///< Of the unit that runs, so that progress sees its work.
  std::int64_t spent_before = 0;  ///< By other units than the one that runs.

 private:
  std::map<std::uint64_t, Task> tasks_;
};

}  // namespace prospect
