#pragma once

#include <span>
#include <vector>

#include "core/vocabulary.h"
#include "scoring/oracles/input_gradients.h"

namespace prospect {

/// The rule under which a gradient reads answers: the scorer's, but for `most_confident`, which is
/// read in parallel (see `Loss::spec`).
ScoringSpec gradient_spec(ScoringSpec spec);

/// One job for each example, of the answers of all labels, read as the scorer reads them. A masked
/// LM under `left_to_right` reads each token from a prompt in which those before it are written.
/// @throws Error (input) for an example without a label, an answer that the rule does not take, or
/// a template that cannot be filled with an example, naming it.
std::vector<GradientJob> answer_jobs(const Candidate& candidate, std::span<const Example> examples,
                                     const Loss& loss, const PretrainedLM& lm,
                                     const Vocabulary& vocabulary, const WorkPool& pool);

/// One job for each example, of its trigger tokens: see `LossKind::trigger_fluency`.
/// @throws Error (unsupported) for an encoder-decoder; (input) as above.
std::vector<GradientJob> fluency_jobs(const Candidate& candidate, std::span<const Example> examples,
                                      const PretrainedLM& lm, const Vocabulary& vocabulary);

}  // namespace prospect
