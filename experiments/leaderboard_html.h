#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "experiments/leaderboard.h"
#include "experiments/report/html.h"

namespace prospect {

/// The leaderboard's tables as a part of a page: one for each comparable group, with the reason
/// that keeps it apart, then what each strategy reached over splits and seeds.
/// @param most_rows  ranked rows shown of each group; those with a test value always are.
Html leaderboard_tables(const Leaderboard& board, std::size_t most_rows = 20);

/// The same as a page of its own.
std::string write_html(const Leaderboard& board, std::size_t most_rows = 20);

}  // namespace prospect
