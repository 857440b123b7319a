#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "search/detail/paired_lead.h"
#include "search/detail/scored.h"
#include "search/gradient/options.h"
#include "search/strategy.h"

namespace prospect {

/// A prompt with the trial that scored it exactly on a step's examples.
struct Contender {
  Candidate candidate;
  TrialId trial = 0;
  double score = kUnscored;        ///< By the objective; higher is better, `kUnscored` where none.
  std::vector<double> gold_log_p;  ///< Of each example among the labels, in its order.
  bool all_right = false;          ///< Right on every example.
};

/// Scores a trial by the objective. One that failed, was dropped or is NaN has no score.
Contender contender_of(const GradientSearchOptions& options, const Task& task, const Trial& trial);

/// Whether a swap replaces the incumbent: the acceptance policy. Both were scored on the same
/// examples. Without an incumbent every score is accepted.
bool accepts(const GradientSearchOptions& options, const std::optional<Contender>& incumbent,
             const Contender& swap);

}  // namespace prospect
