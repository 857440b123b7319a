#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/candidate.h"
#include "core/outcome.h"
#include "core/task.h"
#include "experiments/records.h"

namespace prospect {

/// What a control scores on a language model; `majority` scores nothing, its candidate only shows
/// the label it predicts.
struct ControlCandidate {
  Candidate candidate;
  std::string fault;  ///< Why the task has no such control; else empty.
};

ControlCandidate control_candidate(Control control, const Task& task);

/// The most frequent label of the support set for every example, the first of several; as its
/// log-likelihood that of the support set's label frequencies (one added to each count).
Evaluation evaluate_majority(const Task& task, std::span<const Example> examples);

}  // namespace prospect
