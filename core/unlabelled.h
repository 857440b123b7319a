#pragma once

#include <span>
#include <string_view>

#include "core/outcome.h"

namespace prospect {

/// Whether there are examples, and none of them has a label.
bool are_unlabelled(std::span<const Example> examples);

/// What prompts are compared by where no example has a label: the mutual information of input and
/// answer, in nats.
///
/// It is the entropy of the mean answer less the mean entropy of the answers, that is the mean over
/// inputs of the Kullback-Leibler divergence of an answer from the mean answer: large where the
/// prompt answers surely, and differently on different inputs. Its standard error is that of this
/// mean, taking the mean answer as known. The fields that need labels are NaN. `evaluate` gives
/// this for examples without labels.
///
/// Source: Sorensen et al. 2022, "An Information-theoretic Approach to Prompt Engineering Without
/// Ground Truth Labels".
Evaluation evaluate_unlabelled(const Verbalizer& verbalizer, std::span<const RowOutcome> rows);

/// The name of that number, where a metric's name is expected.
inline constexpr std::string_view kMutualInformation = "mutual_information";

}  // namespace prospect
