#pragma once

#include "core/outcome.h"
#include "search/strategy.h"

namespace prospect {

/// The prompt score of RLPrompt and TEMPERA: the mean over the examples of the gold label's
/// probability minus the best other label's, times 200 where that is above 0 and 180 where it is
/// not. Labels are told apart by their index, so that a tie is a gap of 0. NaN without examples.
/// @param label_log_p  normalised over the labels. [R, K], K at least 2
/// @param gold         the right label of each row.
/// Source: Deng et al. 2022, sec. 3.3; Zhang et al. 2023.
double margin_score(const MatrixXd& label_log_p, std::span<const std::int32_t> gold);

/// The same of a scored trial of a candidate; NaN of one that was not scored, or whose
/// log-probabilities are none.
double margin_score(const Trial& trial, const Task& task);

}  // namespace prospect
