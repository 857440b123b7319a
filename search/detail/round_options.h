#pragma once

#include <cstdint>
#include <string>

#include "core/options.h"

namespace prospect {

/// Options that searches by rounds of prompts share.

/// `objective`: what prompts are ranked by, the metric or the mean gold log-likelihood.
inline void describe_objective(OptionVisitor& visit, std::string& objective) {
  visit("objective", objective,
        "What prompts are ranked by: the task's metric, or the mean gold log-likelihood.",
        {"metric", "log_likelihood"});
}

/// `keep`: how many of a round's prompts a race leaves.
inline void describe_keep(OptionVisitor& visit, std::int64_t& keep) {
  visit("keep", keep, "Race a round's prompts down to this many; 0 scores each on the whole pool.",
        at_least<std::int64_t>(0));
}

}  // namespace prospect
