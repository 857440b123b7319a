#pragma once

#include <string>
#include <vector>

#include "search/strategy.h"

namespace prospect {

/// The prompts that a search over literal text starts from, each once: the seeds with their trigger
/// tokens written as text, then the templates of `initial` (with the label words of the best seed
/// or first manual prompt); where there are neither, the task's manual prompts.
/// @throws Error (input) naming option `initial` when there is none, or one does not parse.
std::vector<Candidate> text_starts(const SearchContext& context,
                                   const std::vector<std::string>& initial);

/// The candidate's identity as a short text: equal candidates, equal keys.
std::string candidate_key(const Candidate& candidate);

}  // namespace prospect
