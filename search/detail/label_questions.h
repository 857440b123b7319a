#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "search/oracles.h"

namespace prospect {

/// Mean log-probability of each token over examples that are asked about with their own label's
/// answer written in: `question(label)` is the candidate for a label's examples. [V]
/// @param where  named in errors.
/// @throws Error (input) for an example without one of `num_labels` labels, and what the oracle
/// throws.
VectorXf mean_over_labels(SlotOracle& oracle, std::span<const Example> examples,
                          std::size_t num_labels, const std::string& where,
                          const std::function<Candidate(std::size_t label)>& question);

}  // namespace prospect
