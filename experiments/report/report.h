#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/task.h"
#include "experiments/leaderboard.h"
#include "experiments/leave_one_out.h"
#include "experiments/report/figures.h"
#include "experiments/report/html.h"
#include "experiments/run_store.h"
#include "scoring/model.h"

namespace prospect {

/// What a report is made of beside the run's store, which holds neither the task's texts and labels
/// nor the model. What is missing is left out of the report, and the report says why.
struct ReportSources {
  /// The task of a split; throws an `Error` where it cannot be opened.
  std::function<Task(std::uint64_t split_seed)> task;
  Model* model = nullptr;    ///< Null: nothing is scored for the report.
  std::string why_no_model;  ///< Shown where `model` is null.
  ScoringSpec scoring;       ///< Of the run.
  Calibration calibration = Calibration::none;
};

/// The searches of one strategy over splits and seeds.
struct StrategyCurves {
  std::string strategy;
  std::vector<Curve> searches;
  std::vector<BandPoint> band;
  std::int64_t spent = 0;  ///< By the search that spent most.
};

/// A proposal in a race.
struct Raced {
  TrialId trial = 0;
  std::string tmpl;
  std::size_t num_seen = 0;
  Status status = Status::scored;
  std::string reason;
};

/// Proposals of one ask that were raced down.
struct Race {
  std::int64_t unit = 0, ask = 0;
  std::string strategy;
  std::size_t num_examples = 0;
  std::vector<Raced> raced;  ///< Those that came furthest first.
};

/// What racing did for one strategy.
struct RaceSummary {
  std::string strategy;
  std::int64_t num_races = 0, num_raced = 0, num_dropped = 0;
  std::int64_t rows_scored = 0, rows_whole = 0;  ///< Examples seen, and if all had been seen.
};

/// What one strategy, or what follows the searches, has cost.
struct StrategyCost {
  std::string what;
  std::int64_t searches = 0, room = 0, spent = 0;
  std::vector<OracleUse> oracles;  ///< Part of `spent`; the rest is scoring.
  double seconds = 0;
  std::string stops;  ///< How its searches ended.
};

/// What a part of the winner's prompt contributes on dev.
struct PartEffect {
  std::string part;
  bool is_token = false;
  std::string tmpl;  ///< The prompt without it.
  Evaluation without;
  std::string failure;
};

/// The winner against the manual prompt on the same dev examples.
struct AgainstManual {
  std::string tmpl, source;  ///< `source`: stored, or scored for the report.
  Judgement judgement;
  std::vector<Difference> differences;
  std::size_t only_winner = 0, only_manual = 0;  ///< Examples that one alone has right.
  double p_value = 1;                            ///< Exact McNemar.
};

/// The best entry of a run, looked at from near.
struct WinnerReport {
  LeaderboardRow row;
  std::optional<Task> task;  ///< Of its split.
  Judgement judgement;
  std::vector<std::vector<std::int64_t>> confusion;
  Reliability reliability;
  std::optional<AgainstManual> manual;
  std::vector<PartEffect> parts;
};

struct RunReport {
  std::string folder;
  bool finished = false;
  Json settings;
  std::string metric;
  std::vector<StrategyCurves> curves;
  std::vector<RaceSummary> race_summaries;
  std::optional<Race> race;  ///< That of the winner, else the largest.
  bool winner_raced = false;
  std::vector<StrategyCost> costs;
  RealWork work;
  std::optional<WinnerReport> winner;
  std::vector<std::string> notes;  ///< What is missing, and why.
};

/// Gathers what a report says of one run.
/// @throws Error as the store does; not for what is missing in `sources`.
RunReport report_on(RunStore& store, const ReportSources& sources);

/// The page: the leaderboard of all runs, then each run.
/// @throws Error as `draw` does.
std::string write_report(const Leaderboard& board, std::span<const RunReport> runs);

}  // namespace prospect
