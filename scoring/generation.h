#pragma once

#include <vector>

#include "scoring/model.h"
#include "scoring/prompt.h"

namespace prospect {

class PretrainedLM;
class WorkPool;

/// Continues a prompt (causal), or writes the target of one (encoder-decoder), greedily or by beam
/// search with the reference library's rules: a beam that ends is kept with its length-normalised
/// score while it is among the best `num_beams` of its step, and the search stops when no open beam
/// can become better than the worst that is kept.
/// @return all that are kept, best first: at least one, at most `num_beams`.
/// @param prompt  an encoder-decoder's `target_ids` hold what its target begins with.
std::vector<Generation> generate_text(const PretrainedLM& lm, const WorkPool& pool,
                                      const Prompt& prompt, const GenerationOptions& options);

}  // namespace prospect
