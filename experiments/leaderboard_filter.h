#pragma once

#include <string>
#include <vector>

#include "experiments/leaderboard.h"

namespace prospect {

/// Which rows of a leaderboard are shown. Each list holds alternatives; an empty one allows all.
struct LeaderboardFilter {
  std::vector<std::string> strategies, tasks, models, protocols, metrics, split_seeds, seeds, shots;
  std::vector<std::string> texts;  ///< Parts of the template's text, all of which must stand there.
  bool controls = true;  ///< Controls have no strategy and no seed: those lists spare them.
};

/// Leaves the rows that a filter allows. Ranks and ties stay those among all comparable rows; the
/// summaries are those of the rows that are left.
/// @throws Error (usage) naming the option, for a value that no row has, with the nearest that one
/// has.
void filter(Leaderboard& board, const LeaderboardFilter& filter);

}  // namespace prospect
