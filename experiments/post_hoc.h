#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/leaderboard.h"
#include "experiments/run_store.h"

namespace prospect {

/// What the choice on one split was worth, seen afterwards: test metrics of its finalists.
struct PostHocSplit {
  std::uint64_t split_seed = 0;
  std::size_t num_finalists = 0;  ///< Without those that failed.
  double chosen = 0;              ///< Of the entry that stands first; NaN where it failed.
  double mean = 0, best = 0, worst = 0;
  std::string best_template;
};

/// One for each split of the run that was looked at.
/// @param board  of this run.
std::vector<PostHocSplit> post_hoc_of(RunStore& store, const Leaderboard& board);

/// `{"post_hoc": true, "splits": [{"split_seed", "finalists", "chosen", "mean", "best", "worst",
/// "best_template"}, ...]}`.
Json to_json(const std::vector<PostHocSplit>& splits);
std::string write_markdown(const std::vector<PostHocSplit>& splits, const std::string& metric);

}  // namespace prospect
