#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/outcome.h"
#include "core/rng.h"
#include "experiments/leaderboard.h"

namespace prospect {

/// One side of `--compare A B`: an entry of a run for each of its splits.
struct EntryChoice {
  std::string run;
  std::optional<std::int64_t> rank;     ///< Of the run's own leaderboard; 1 where none is given.
  std::optional<std::string> strategy;  ///< Its best entry of each split.
};

/// Reads `RUN`, `RUN#RANK` or `RUN#STRATEGY`.
/// @throws Error (usage) for an empty run, rank or strategy.
EntryChoice parse_entry_choice(const std::string& text, const std::string& where);

/// The chosen entry of each split, in the order of the run's leaderboard.
/// @throws Error (usage) where the run has no such entry.
std::vector<LeaderboardRow> chosen_rows(const Leaderboard& of_run, const EntryChoice& choice);

/// Two entries on the same examples of one split.
struct PairedComparison {
  std::uint64_t split_seed = 0;
  std::string a, b;                                      ///< The templates as they are shown.
  double value_a = 0, value_b = 0;                       ///< Of the metric.
  std::size_t num_examples = 0, only_a = 0, only_b = 0;  ///< Examples that one alone has right.
  double log_likelihood_a = 0, log_likelihood_b = 0;
  double p_right = 1;           ///< Exact McNemar: equally often right?
  double p_log_likelihood = 1;  ///< Sign-flip permutation: the same mean gold log-probability?
  double p_right_holm = 1, p_log_likelihood_holm = 1;  ///< Adjusted over the splits.
};

/// Compares two judgements of the same examples. `p_..._holm` are left for `adjust_over_splits`.
/// @param rng  for the permutations that are drawn.
PairedComparison compare(const Judgement& a, const Judgement& b, Rng& rng);

/// Sets the Holm-adjusted p-values: the chance that any split shows a difference where there is
/// none is at most the level.
void adjust_over_splits(std::vector<PairedComparison>& comparisons);

/// What is compared, over splits.
struct RunComparison {
  std::string a, b;  ///< As they were named.
  std::string metric;
  std::vector<PairedComparison> splits;
  std::vector<std::string> apart;  ///< Entries of A that B has no counterpart of, and why.
};

/// Compares the chosen entries of two runs on the splits that both have: the same task, data,
/// split and protocol; models and scoring may differ, that is what is compared.
/// @param task_of  the task of a split of run A, for its labels.
/// @throws Error (usage) where no split is shared, saying why.
RunComparison compare_runs(RunStore& a, const EntryChoice& choice_a, RunStore& b,
                           const EntryChoice& choice_b,
                           const std::function<Task(std::uint64_t split_seed)>& task_of);

Json to_json(const RunComparison& comparison);
std::string write_markdown(const RunComparison& comparison);

}  // namespace prospect
