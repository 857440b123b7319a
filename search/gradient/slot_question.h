#pragma once

#include <cstddef>
#include <span>

#include "search/oracles.h"

namespace prospect {

/// The prompt with the roles of two slots exchanged: the trigger slot is asked about, and the
/// answer slot holds an answer.
Candidate slot_question(const Candidate& candidate, std::size_t slot, const Answer& answer);

/// What the model itself would write at a trigger slot: mean log-probability of every token there,
/// over the examples, each with its gold label's first answer in place. [V]
/// Costs one forward for each example.
VectorXf slot_log_p(const Candidate& candidate, std::span<const Example> examples, std::size_t slot,
                    SlotOracle& oracle);

}  // namespace prospect
