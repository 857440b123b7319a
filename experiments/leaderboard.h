#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/interval.h"
#include "core/json.h"
#include "experiments/recalibration.h"
#include "experiments/records.h"
#include "experiments/run_store.h"
#include "experiments/selection.h"

namespace prospect {

/// A paired test of a row against another on the same examples.
struct Comparison {
  std::string against;     ///< `manual` or `runner_up`.
  std::string pool;        ///< `dev`, which chose the row and so flatters it, or `test`.
  std::string test;        ///< `mcnemar` (exact) or, for another metric than accuracy, `sign_flip`.
  double p = 0;            ///< Two-sided.
  double adjusted = 0;     ///< For the others of its family, by Holm.
  std::size_t family = 0;  ///< Tests of this group on this pool.
};

/// One entry of a leaderboard: a candidate that was scored on a whole dev pool, or a control.
struct LeaderboardRow {
  std::optional<std::int64_t> rank;  ///< Among comparable rows, from 1; none for a control.
  Entry entry;
  Shown shown;
  std::string strategy;
  std::optional<TrialId> trial;
  std::vector<TrialId> parents;
  std::string run, model, task, protocol, setting;
  std::int64_t shots = 0;
  Json scoring;  ///< `{"rule", "norm", "space", "calibration", "precision"}`.
  std::uint64_t split_seed = 0;
  std::optional<std::uint64_t> seed;  ///< Of the search; none for a control.
  std::string metric;
  std::string
      dev_metric;  ///< What dev was scored by: another than `metric` where it has no labels.
  std::optional<Evaluation> dev, test;
  std::optional<Interval> dev_interval, test_interval;  ///< 95%.
  std::optional<double> corrected;      ///< Dev metric without the luck of its rank.
  std::vector<Comparison> comparisons;  ///< Of the first row of a group, and of those with a test.
  std::int64_t cost = 0;                ///< Counted work of its strategy by the time it was found.
  std::int64_t evaluations = 0;         ///< Counted work of scoring it on dev.
  std::int64_t num_ties = 0;            ///< Other ranked rows with the same dev metric.
  std::vector<std::int64_t> tied_with;  ///< Their ranks, the nearest `kShownTies` of them.
  std::optional<Control> control;
  std::string failure;           ///< Why there is no number, on dev or else on the test set.
  std::int64_t num_tried = 0;    ///< Candidates that its search has tried.
  std::int64_t search_cost = 0;  ///< Counted work that its search has spent.
  Merit merit;
  DevEvidence evidence;             ///< Empty where the store kept no rows.
  std::vector<double> test_values;  ///< What each test example adds to the metric.
  SelectionRule selection = SelectionRule::expected;  ///< Of the run; `merit` is the group's.
  std::string model_fingerprint;                      ///< Two models of one name differ in it.
  Json terms = Json::object();  ///< What must be equal for rows to be ranked together.
  std::string comparable;       ///< The terms as one text.
  std::string family;           ///< As `comparable`, over all splits of the task.
};

inline constexpr std::size_t kShownTies = 10;

/// A strategy or control on one model over the splits and seeds it was run on: its best entry of
/// each.
struct StrategySummary {
  std::string family, strategy, model, model_fingerprint;
  bool control = false;
  std::size_t num_searches = 0;
  double dev_mean = 0, dev_sd = 0;        ///< `sd` over searches; NaN for one.
  double test_mean = 0, test_sd = 0;      ///< NaN where no test was opened.
  double corrected_mean = 0;              ///< Dev without the luck of the draw; NaN where unknown.
  std::int64_t num_tried = 0, cost = 0;   ///< Candidates and counted work of all its searches.
  std::optional<Interval> test_interval;  ///< Of the mean, over splits; none for fewer than two.
};

/// Rows by comparable group in order of appearance; in each the ranked rows, best first, then the
/// controls.
struct Leaderboard {
  std::vector<LeaderboardRow> rows;
  std::vector<StrategySummary> summaries;
};

/// Reads what runs have stored; also of a run that is not finished.
///
/// Rows of several models are ranked together: what must agree is task, data, split, metric,
/// protocol and scoring. Soft prompts stand apart, as a ceiling (`continuous_ceiling.h`).
/// @param recalibration  where given, what it makes of the stored rows is shown in place of what
///                       the searches saw; rows that it cannot calibrate are left out.
/// @throws Error (input) as `check_not_calibrated` and for a run of schema 1.
Leaderboard build_leaderboard(std::span<RunStore* const> runs,
                              const Recalibration* recalibration = nullptr);

/// The row that a search reports as its best: the first of its group with the best merit of all,
/// free vectors only where nothing else stands; null where no entry stands.
const LeaderboardRow* best_row(const Leaderboard& board);

/// What each strategy reached in these rows, which are sorted as a leaderboard's.
std::vector<StrategySummary> summarise(std::span<const LeaderboardRow> rows);

/// Why two rows are not ranked together, in words: `another split (21, not 13)`; empty where they
/// are.
std::string why_apart(const LeaderboardRow& row, const LeaderboardRow& other);

/// Whether the rows of a family come from several models.
bool has_several_models(const Leaderboard& board, const std::string& family);

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
