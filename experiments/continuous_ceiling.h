#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/leaderboard.h"

namespace prospect {

/// How far the chosen prompt of tokens got on one split, against free vectors on the same split.
struct CeilingRow {
  std::string family;  ///< Of the free vectors' rows.
  std::uint64_t split_seed = 0;
  std::string pool;  ///< `test` where all three have a value there, else `dev`.
  double manual = 0, tokens = 0, vectors = 0;  ///< The metric of each one's first row.
};

/// One row for each split on which free vectors stand beside a prompt of tokens and the manual
/// control.
std::vector<CeilingRow> continuous_ceiling(const Leaderboard& board);

/// The share of the vectors' gain over the manual prompt that the tokens reached, of all splits
/// together: the gains' sums, divided; NaN where the vectors gained nothing.
double share_of_gain(const std::vector<CeilingRow>& rows);

Json to_json(const std::vector<CeilingRow>& rows);

/// A paragraph for a family of free vectors; empty for any other.
std::string ceiling_statement(const Leaderboard& board, const std::string& family);

}  // namespace prospect
