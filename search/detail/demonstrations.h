#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/rng.h"
#include "core/task.h"

namespace prospect {

/// Examples of a pool with the labels in turn: each label's first, then each one's second, and so
/// on. Those without a label are left out.
/// @return at most `most` indices into `pool`.
std::vector<ExampleIndex> labels_in_turn(std::span<const Example> pool, std::size_t num_labels,
                                         std::size_t most);

/// The template with `{demos}` in front, where it has none.
Template with_demonstration_slot(const Template& tmpl);

/// Gives the template `{demos}` where the candidate has demonstrations, and takes it away where it
/// has none, so that equal prompts are equal candidates.
void fit_demonstration_slot(Candidate& candidate);

/// One random edit of a candidate's demonstrations.
/// @param move  demonstration_swap (two change places), demonstration_exchange (one for another of
///              the pool), demonstration_add (one of the pool, anywhere) or demonstration_drop.
/// @param pool  ids of support examples.
/// @param most  demonstrations that a candidate may have.
/// @return false where it cannot be made.
bool edit_demonstrations(std::string_view move, std::span<const std::string> pool, std::size_t most,
                         Candidate& candidate, Rng& rng);

}  // namespace prospect
