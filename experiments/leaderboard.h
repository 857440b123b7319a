#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/records.h"
#include "experiments/run_store.h"
#include "experiments/selection.h"

namespace prospect {

/// One entry of a leaderboard: a candidate that was scored on a whole dev pool, or a control.
struct LeaderboardRow {
  std::optional<std::int64_t> rank;  ///< Among comparable rows, from 1; none for a control.
  Entry entry;
  Shown shown;
  std::string strategy;
  std::optional<TrialId> trial;
  std::vector<TrialId> parents;
  std::string run, model, task, protocol;
  std::int64_t shots = 0;
  Json scoring;  ///< `{"rule", "norm", "space", "calibration", "precision"}`.
  std::uint64_t split_seed = 0;
  std::optional<std::uint64_t> seed;  ///< Of the search; none for a control.
  std::string metric;
  std::optional<Evaluation> dev, test;
  std::int64_t cost = 0;                ///< Counted work of its strategy by the time it was found.
  std::int64_t evaluations = 0;         ///< Counted work of scoring it on dev.
  std::int64_t num_ties = 0;            ///< Other ranked rows with the same dev metric.
  std::vector<std::int64_t> tied_with;  ///< Their ranks, the nearest `kShownTies` of them.
  std::optional<Control> control;
  std::string failure;  ///< Why there is no number, on dev or else on the test set.
  Merit merit;
  std::string
      comparable;      ///< Rows are ranked together where this is equal: same data, model, scoring.
  std::string family;  ///< As `comparable`, over all splits of the task.
};

inline constexpr std::size_t kShownTies = 10;

/// A strategy or control over the splits and seeds it was run on: its best entry of each.
struct StrategySummary {
  std::string family, strategy;
  bool control = false;
  std::size_t num_searches = 0;
  double dev_mean = 0, dev_sd = 0;    ///< `sd` over searches; NaN for one.
  double test_mean = 0, test_sd = 0;  ///< NaN where no test was opened.
};

/// Rows by comparable group in order of appearance; in each the ranked rows, best first, then the
/// controls.
struct Leaderboard {
  std::vector<LeaderboardRow> rows;
  std::vector<StrategySummary> summaries;
};

/// Reads what runs have stored; also of a run that is not finished.
Leaderboard build_leaderboard(std::span<RunStore* const> runs);

/// The row that a search reports as its best: the first of its group with the best merit of all;
/// null where no entry stands.
const LeaderboardRow* best_row(const Leaderboard& board);

/// Leaves the `top` best rows of each group, and the controls.
void keep_top(Leaderboard& board, std::int64_t top);

/// One row as machines read it.
Json to_json(const LeaderboardRow& row);

/// One JSON object a line.
std::string write_jsonl(const Leaderboard& board);
/// With a header line, quoted as RFC 4180 says; `dev` and `test` are the metric's values.
std::string write_csv(const Leaderboard& board);
/// For people: a table for each group, then what each strategy reached over splits and seeds.
/// @param most_rows  ranked rows shown of each group; those with a test value always are.
std::string write_markdown(const Leaderboard& board, std::size_t most_rows = 20);

/// Writes `leaderboard.{md,csv,jsonl}` into the run's folder: the same bytes for the same results.
void write_leaderboard(const Leaderboard& board, const std::filesystem::path& folder);

/// `{"run", "best", "evaluations", "seconds", "status"}`: how a search ends.
Json final_line(RunStore& store, const Leaderboard& board);

/// `summary.json`: the final line, each strategy's mean and deviation, each unit's spending.
Json summary_of(RunStore& store, const Leaderboard& board);

/// The run's folder as it is shown: from the working folder where it lies below it.
std::string shown_path(const std::filesystem::path& folder);

}  // namespace prospect
