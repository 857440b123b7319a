#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/candidate.h"
#include "core/matrix.h"
#include "core/scorer.h"

namespace prospect {

std::string_view name_of(Combiner combiner);

/// Label log-probabilities of an ensemble from those of its members. [R, K]
///
/// With weights that sum to one:
/// - `linear`: the mean of the probabilities.
/// - `log_linear`: the mean of their logarithms, normalised over the labels again (LPAQA, Jiang et
///   al. 2020). What one member holds impossible is impossible.
/// - `vote`: each member votes with its weight for its only most probable label. The log-linear
///   mixture votes too, like one more member of mean weight, but in parts: so ties go to the sum of
///   the members' log-probabilities, a majority stands, and no label is impossible.
///
/// A NaN of a member whose weight is not 0 makes the row NaN.
/// @param weights  one per member, none negative, not all 0; their sum does not matter.
/// @param members  normalised over the labels, all of one size. [R, K] each
/// @throws Error (internal) where sizes or weights are others.
MatrixXd mix(Combiner combiner, std::span<const double> weights, std::span<const MatrixXd> members);

/// The rows of an ensemble: their `log_p` is one number per label, as the verbalizer of
/// `outcome_verbalizer` reads them. They cost what the members' rows cost together.
/// @param members  each member's rows on the same examples, without a failure.
std::vector<RowOutcome> mixed_rows(const Ensemble& ensemble,
                                   std::span<const std::vector<RowOutcome>> members);

/// The verbalizer that the rows of an entry are read with: a candidate's own; of an ensemble or a
/// soft prompt, whose rows hold one number for each label, the labels themselves.
Verbalizer outcome_verbalizer(const Entry& entry);

/// The candidates that an entry is made of: one, or an ensemble's members.
std::vector<Candidate> parts_of(const Entry& entry);

}  // namespace prospect
