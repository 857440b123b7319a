#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/matrix.h"

namespace prospect {

/// What the candidates of a race have shown so far. Examples stand in the order of the race's
/// schedule (`core/racing.h`), the same for all.
struct RaceRecord {
  std::vector<std::int32_t> labels;  ///< Of all examples, whether seen or not. [N]
  MatrixXd values;                   ///< Terms of the metric, from 0 to 1; NaN where unseen. [C, N]
  MatrixXd log_likelihoods;          ///< Of the gold label; NaN where unseen. [C, N]
};

/// Candidates by their row in the record, ascending.
using Racers = std::vector<std::size_t>;

/// Who of `alive` is shown not to have the best mean value over all N examples, by a test that may
/// be looked at after every example: the chance that the best candidate (every one of them, where
/// several tie) is ever among the beaten is at most `alpha`. That is the family-wise error of
/// dropping a best one; nothing has to be paid for the number of candidates, blocks or looks.
///
/// Under the hypothesis "c is best" no way of choosing a rival beforehand can win money by betting
/// that the rival does better than c on what comes next. So each c has a purse of 1; before each
/// unit of examples the rival is who leads by then, and a share of the purse is staked on the
/// rival's lead over c in that unit exceeding what the hypothesis allows. The examples come without
/// replacement from a finite set: when the rival is already S ahead with m examples to come, the
/// hypothesis says that its mean lead on those is at most -S / m. A purse that ever holds
/// 1 / alpha is evidence enough (Ville 1939). Stakes are five fixed shares, whose purses are
/// averaged. A unit is as many examples as hold every label that is left; within it labels are
/// weighed by their share of what is left, so that the order may be stratified.
/// Source: Waudby-Smith and Ramdas 2024, betting without replacement; that one test for each
/// candidate needs no correction is our own reading of it.
/// @param record  the rows of candidates that left earlier still serve as rivals of their time.
Racers beaten(const RaceRecord& record, std::span<const std::size_t> alive, double alpha);

/// Who of `alive` stays below at least `keep` others even if right on all that remains and they are
/// wrong: nothing is risked by dropping them.
/// @param num_seen  the first so many examples were seen by all of `alive`.
Racers out_of_reach(const RaceRecord& record, std::span<const std::size_t> alive,
                    std::size_t num_seen, std::size_t keep);

/// Who of `alive` is beaten by at least `keep` others in a one-sided paired t-test on all that was
/// seen. As published in CAPO (AutoML 2025) the level is 0.2 and nothing is corrected for the
/// number of candidates, blocks or looks; its penalty for length is left out here.
Racers beaten_by_t_test(const RaceRecord& record, std::span<const std::size_t> alive,
                        std::size_t num_seen, std::size_t keep, double level = 0.2);

/// The mean value of each candidate over all N examples as an item-response model has it: a
/// candidate has an ability, an example a difficulty, and the chance to be right is the logistic
/// function of their difference (Rasch 1960). Cells that were seen count as they are, the others
/// with the model's chance. The fit is by penalised likelihood: each parameter has a normal prior
/// of variance 1. Source: PromptEval (Maia Polo et al. 2024), without covariates.
std::vector<double> rasch_means(const RaceRecord& record);

/// The published rule of continuous rejects: who of `alive` is rejected now, one after the other,
/// the worst mean first. Source: TRIPLE (Shi et al. 2024), conditions A and C; here all candidates
/// see the same examples, where TRIPLE draws its own for each.
/// @param spent_on_rejected  evaluations of those who left.
/// @param budget             evaluations of the whole race.
Racers continuous_rejects(const RaceRecord& record, std::span<const std::size_t> alive,
                          std::size_t num_seen, std::size_t keep, double spent_on_rejected,
                          double budget);

/// The mean value of `alive` over the first `num_seen` examples, in their order.
std::vector<double> seen_means(const RaceRecord& record, std::span<const std::size_t> alive,
                               std::size_t num_seen);

}  // namespace prospect
