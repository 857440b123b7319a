#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/json.h"
#include "core/racing_rules.h"
#include "core/scorer.h"
#include "datasets/task_file.h"
#include "experiments/budget.h"
#include "experiments/selection.h"

namespace prospect {

/// `"init": "top:3 of manual"`: the best trials of an earlier strategy are a strategy's seeds.
struct StrategyInit {
  std::size_t top = 0;
  std::string of;  ///< The other's `StrategySpec::label`.
};

/// One item of `"strategies"`.
struct StrategySpec {
  std::string name;   ///< As registered.
  std::string label;  ///< `"as"`: what the leaderboard calls it; the name where absent.
  Json options;       ///< All of them, defaults included.
  std::optional<StrategyInit> init;
};

/// How much labelled data the searches see.
enum class Setting {
  zero,      ///< None: searches see inputs without labels, entries are compared by mutual
             ///< information (`core/unlabelled.h`), and only the test set, at the end, has labels.
  true_few,  ///< K examples a label and no more: they are support and dev at once. No example is
             ///< scored with itself as a demonstration, and what is expected of an entry is told
             ///< from resamples (Perez, Kiela and Cho 2021).
  few,       ///< K examples a label for support and as many for dev.
  full,      ///< All training rows.
};
std::string_view name_of(Setting setting);

/// A model's folder as the file has it, and where that is.
struct ModelPath {
  std::string written;
  std::filesystem::path path;
};

/// `"models"`: helpers of the searched model; nothing where the file names none.
struct HelperPaths {
  std::optional<ModelPath> draft;        ///< A smaller model.
  std::optional<ModelPath> infill;       ///< Writes templates in place of the searched model.
  std::optional<ModelPath> likelihood;   ///< Says how likely texts are in its place.
  std::optional<ModelPath> there, back;  ///< `"translate"`: a pair of translators.
};

/// Everything an experiment file says, with the defaults of what it does not.
///
/// ```
/// const auto experiment = open_experiment("reviews.json", {"/budget/evaluations=500"});
/// ```
struct ExperimentSpec {
  std::string task;  ///< As written; `Experiment::data` is what it names.
  Setting setting = Setting::few;
  std::size_t shots = 16;      ///< K; 0 in the setting `full`.
  std::size_t unlabelled = 0;  ///< Training rows that searches may read without labels.
  std::string protocol = "balanced";
  std::vector<std::uint64_t> split_seeds{13}, seeds{1};
  std::string model;  ///< As written.
  HelperPaths helpers;
  std::vector<StrategySpec> strategies;
  Budget budget;
  Allocation portfolio = Allocation::shares;
  RacingRule racing = RacingRule::standard;
  SelectionRule selection = SelectionRule::expected;
  ScoringSpec scoring;
  Calibration calibration = Calibration::none;  ///< `"scoring": {"calibration"}`.

  // Where and how, not what: no part of a run's identity.
  std::filesystem::path file, model_path, output;
};

/// An experiment and its task's data.
struct Experiment {
  ExperimentSpec spec;
  TaskData data;
};

/// Reads an experiment file and opens its task.
///
/// A relative path is relative to the file; a model that is not there is looked for in
/// `data_home()`.
/// @param overrides  `/json/pointer=value` each, the value JSON or else a string; applied in order.
/// @throws Error (usage) for an override that is none; (io, input, unsupported) with the JSON
/// pointer
///         of the fault, unknown keys with the nearest known name.
Experiment open_experiment(const std::filesystem::path& path,
                           std::span<const std::string> overrides = {});

/// The task, model and scoring of a stored spec: all but strategies and budget, so that it opens
/// without the plug-ins that the run had.
/// @param spec    `to_json(ExperimentSpec)`.
/// @param file    the experiment file that it was read from, which relative paths are relative to.
/// @throws Error as `open_experiment` does.
Experiment reopen_experiment(const Json& spec, const std::filesystem::path& file);

/// The effective spec: every key, defaults included; reads back as itself. Without `output`.
Json to_json(const ExperimentSpec& spec);

/// A run's identity: of the effective spec. Output folder, threads and device are no part of it.
std::string fingerprint(const ExperimentSpec& spec);

}  // namespace prospect
