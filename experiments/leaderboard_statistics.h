#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/interval.h"
#include "experiments/leaderboard.h"

namespace prospect {

/// The interval of a row's metric (`core/interval.h`); none where it is undefined.
/// @param judgement  empty where a store kept no rows: then an accuracy has the exact interval.
std::optional<Interval> interval_of(const std::string& metric, const Evaluation& evaluation,
                                    const Judgement& judgement, Drawn drawn);

/// Sets each ranked row's dev value without the luck of its rank (`core/winners_curse.h`).
/// @param ranked    the ranked rows of one group, best first.
/// @param examples  their dev pool.
void correct_for_rank(std::span<LeaderboardRow> ranked, std::span<const Example> examples);

/// Compares, within one group: on dev the best row with the next and with the manual prompt of its
/// run; on the test set every entry that was scored there with the manual prompt. The tests of each
/// pool are one family for Holm's adjustment.
/// @param group  ranked rows, best first, then the controls.
void compare_rows(std::span<LeaderboardRow> group);

}  // namespace prospect
