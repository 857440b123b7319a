#pragma once

#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "search/detail/infill.h"

namespace prospect {

/// Replaces, inserts or deletes at least one and at most `most` words of a prompt; new ones are
/// proposed by the LM.
/// @return what that cost, at most `most` times `infiller.cost()`.
std::int64_t mutate_words(std::vector<PromptUnit>& units, const Verbalizer& verbalizer,
                          const Infiller& infiller, std::int64_t most, Rng& rng);

}  // namespace prospect
