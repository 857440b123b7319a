#pragma once

#include <cstddef>
#include <vector>

#include "core/expected_value.h"

namespace prospect {

/// What candidates are ranked by.
enum class RankedBy { expected_value, value };

/// What the candidate at each rank is worth on examples that did not help to rank it, best rank
/// first: a dev score without the luck of having been chosen.
///
/// The examples are resampled within each label; each sample ranks the candidates anew, by the same
/// rule, and the one at each rank is scored on the examples that the sample left out, its labels in
/// their old shares. The mean over samples is somewhat low, since a sample holds 63% of the
/// examples. Source: Tsamardinos, Greasidou and Borboudakis 2018 (bootstrap bias correction), here
/// for every rank.
/// @return one number for each candidate; NaN where no sample leaves examples of every label out.
std::vector<double> corrected_values(const Evidence& evidence, RankedBy ranked_by,
                                     std::size_t num_samples = 200);

}  // namespace prospect
