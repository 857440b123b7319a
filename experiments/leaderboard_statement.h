#pragma once

#include <string>

#include "experiments/leaderboard.h"

namespace prospect {

/// How the rows of a family were chosen and what may be believed of them, as Markdown: candidates
/// tried, work spent, dev of the chosen as measured and without the luck of the draw, paired tests
/// with their adjustment, entries that answer one label alone, the setting where it is narrow.
std::string selection_statement(const Leaderboard& board, const std::string& family);

}  // namespace prospect
