#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/candidate.h"
#include "core/json.h"
#include "core/outcome.h"
#include "core/scorer.h"
#include "core/task.h"

namespace prospect {

/// What a prompt scores on some examples: a row of `prospect score`.
struct PromptScore {
  Candidate candidate;
  std::string metric;
  Evaluation evaluation;         ///< All zero where there is a failure.
  std::vector<RowOutcome> rows;  ///< One per example, calibrated.
  std::int64_t evaluations = 0;  ///< Counted work.
  std::optional<std::string> failure;
  Calibration calibration = Calibration::none;
};

/// Scores prompts on examples of a task, all in one call of the scorer; content-free inputs of the
/// calibration, which count, in another.
std::vector<PromptScore> score_prompts(Scorer& scorer, const Task& task,
                                       std::span<const Candidate> candidates,
                                       std::span<const Example> examples, const ScoringSpec& spec,
                                       Calibration calibration = Calibration::none);

/// `{"template", "verbalizer", "metric": {"name", "value", "se"}, "log_likelihood", "n",
/// "evaluations", "calibration", "truncated", "failure"}`.
Json to_json(const PromptScore& score);

/// One line of JSON for each example: `{"id", "label", "predicted", "log_probs": {label: ...},
/// "template"}`. `predicted` is null where labels tie. The log-probabilities are normalised over
/// the labels in the answer space `labels`, else the model's own. Rows that failed have
/// `"failure"` instead of numbers.
std::string outcome_lines(const PromptScore& score, const Task& task,
                          std::span<const Example> examples, const ScoringSpec& spec);

/// A figure over the groups of a facts task.
struct GroupedValue {
  double micro = 0;  ///< Every example counts the same.
  double macro = 0;  ///< Every group counts the same.
  std::size_t num_examples = 0, num_groups = 0;
};
/// @param scores  one for each group, without failures; empty gives NaN.
GroupedValue over_groups(std::span<const PromptScore> scores);

}  // namespace prospect
