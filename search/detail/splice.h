#pragma once

#include <optional>
#include <vector>

#include "core/rng.h"
#include "search/detail/prompt_units.h"

namespace prospect {

using PromptUnits = std::vector<PromptUnit>;

/// Whether two prompts hold the same slots in the same order.
bool same_slots(const PromptUnits& a, const PromptUnits& b);

/// A child of two prompts that holds every slot of the first once, whatever its parents' layouts.
///
/// Parents with the same slots are cut at one place each, both between the same two slots: the
/// child is the first's beginning and the second's end. Otherwise a random run of the first's text
/// is replaced by a random run of the second's.
PromptUnits splice(const PromptUnits& first, const PromptUnits& second, Rng& rng);

/// What `differential` made, and where.
struct Mixed {
  PromptUnits units;
  std::vector<std::size_t> changed;  ///< Indices of the units that were taken from another prompt.
};

/// Differential evolution's mutant over words: `base` with the word of `b` wherever `a` and `b`
/// differ, each such place with probability `rate`. Words are aligned by their place between two
/// slots, counted from the left; what `b` has more is appended there.
/// @return nothing where the three do not hold the same slots.
std::optional<Mixed> differential(const PromptUnits& base, const PromptUnits& a,
                                  const PromptUnits& b, double rate, Rng& rng);

}  // namespace prospect
