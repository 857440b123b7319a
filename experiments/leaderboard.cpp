#include "experiments/leaderboard.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/text.h"

namespace prospect {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The part of a row that is the run's.
LeaderboardRow run_part(RunStore& store) {
  const Json& spec = store.identity().spec;
  LeaderboardRow row;
  row.run = shown_path(store.folder());
  row.model = spec.at("model");
  row.task = store.identity().task.at("name");
  row.protocol = spec.at("protocol");
  row.shots = spec.at("shots");
  row.scoring = spec.at("scoring");
  row.metric = store.identity().task.at("metric");
  row.family = dump_json({store.identity().task, store.identity().model_fingerprint, row.scoring,
                          row.protocol, row.shots});
  return row;
}

void add_trials(RunStore& store, const LeaderboardRow& common,
                const std::map<std::uint64_t, SplitRecord>& splits,
                std::vector<LeaderboardRow>& rows) {
  std::map<std::int64_t, UnitRecord> units;
  for (auto& unit : store.units()) units.emplace(unit.id, unit);
  std::map<TrialId, TestRecord> tests;
  for (auto& test : store.tests())
    if (test.subject.trial) tests.emplace(*test.subject.trial, test);

  std::set<std::pair<std::int64_t, std::string>> seen;  // an entry stands once for each unit
  store.visit_standing(std::nullopt, [&](TrialRecord&& trial) {
    LeaderboardRow row = common;
    row.merit = merit_of(trial);
    if (!seen.emplace(trial.unit, row.merit.text).second) return;
    const UnitRecord& unit = units.at(trial.unit);
    row.entry = std::move(trial.entry);
    row.shown = std::move(trial.shown);
    row.strategy = unit.strategy;
    row.trial = trial.id;
    row.parents = std::move(trial.provenance.parents);
    row.split_seed = unit.split_seed;
    row.seed = unit.seed;
    row.dev = trial.evaluation;
    row.cost = trial.spent;
    row.evaluations = trial.cost;
    row.comparable = splits.at(unit.split_seed).task_fingerprint + row.family;
    if (const auto test = tests.find(trial.id); test != tests.end()) {
      row.failure = test->second.failure;
      if (row.failure.empty()) row.test = test->second.evaluation;
    }
    rows.push_back(std::move(row));
  });
}

void add_controls(RunStore& store, const LeaderboardRow& common,
                  const std::map<std::uint64_t, SplitRecord>& splits,
                  std::vector<LeaderboardRow>& rows) {
  const auto tests = store.tests();
  for (auto& control : store.controls()) {
    LeaderboardRow row = common;
    row.entry = std::move(control.entry);
    row.shown = std::move(control.shown);
    row.strategy = "control: " + std::string(name_of(control.control));
    row.split_seed = control.split_seed;
    row.control = control.control;
    row.failure = control.failure;
    if (row.failure.empty()) row.dev = control.evaluation;
    row.cost = row.evaluations = control.cost;
    row.merit = merit_of(control.evaluation);
    row.comparable = splits.at(control.split_seed).task_fingerprint + row.family;
    for (const auto& test : tests) {
      if (test.subject.control != control.control || test.subject.split_seed != control.split_seed)
        continue;
      if (test.failure.empty()) row.test = test.evaluation;
      if (row.failure.empty()) row.failure = test.failure;
    }
    rows.push_back(std::move(row));
  }
}

// Groups in order of appearance; ranked rows by merit, then controls in their order.
void sort_rows(std::vector<LeaderboardRow>& rows) {
  std::map<std::string, std::size_t> group;
  for (const auto& row : rows) group.emplace(row.comparable, group.size());
  std::stable_sort(rows.begin(), rows.end(), [&](const LeaderboardRow& a, const LeaderboardRow& b) {
    const std::size_t group_a = group.at(a.comparable), group_b = group.at(b.comparable);
    if (group_a != group_b) return group_a < group_b;
    if (a.control || b.control) {
      if (a.control && b.control) return *a.control < *b.control;
      return !a.control;
    }
    return better(a.merit, b.merit);
  });
}

// Ranks one group's rows, and notes those that the metric alone does not tell apart.
void rank_rows(std::span<LeaderboardRow> ranked) {
  for (std::size_t i = 0; i < ranked.size(); ++i) ranked[i].rank = static_cast<std::int64_t>(i) + 1;
  for (std::size_t begin = 0; begin < ranked.size();) {
    std::size_t end = begin + 1;
    while (end < ranked.size() && ranked[end].merit.value == ranked[begin].merit.value) ++end;
    const std::size_t count = end - begin;
    const std::size_t most = std::min(count, kShownTies + 1);
    for (std::size_t i = begin; i < end; ++i) {
      ranked[i].num_ties = static_cast<std::int64_t>(count) - 1;
      // A window of neighbours around the row, inside the tie.
      const std::size_t first = std::min(std::max(begin + most / 2, i) - most / 2, end - most);
      for (std::size_t j = first; j < first + most; ++j)
        if (j != i) ranked[i].tied_with.push_back(static_cast<std::int64_t>(j) + 1);
    }
    begin = end;
  }
}

std::pair<double, double> mean_and_sd(const std::vector<double>& values) {
  if (values.empty()) return {kNaN, kNaN};
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double sd =
      values.size() < 2 ? kNaN : std::sqrt(squares / static_cast<double>(values.size() - 1));
  return {mean, sd};
}

std::vector<StrategySummary> summarise(std::span<const LeaderboardRow> rows) {
  struct Values {
    std::vector<double> dev, test;
  };
  std::vector<StrategySummary> summaries;
  std::vector<Values> values;
  std::set<std::tuple<std::string, std::string, std::string, std::uint64_t>> seen;
  for (const auto& row : rows) {
    // Rows are sorted: the first of a search is the strategy's best there.
    if (!row.dev ||
        !seen.emplace(row.run + row.family, row.strategy, row.comparable, row.seed.value_or(0))
             .second)
      continue;
    auto found = std::find_if(summaries.begin(), summaries.end(), [&](const StrategySummary& s) {
      return s.family == row.family && s.strategy == row.strategy;
    });
    if (found == summaries.end()) {
      summaries.push_back({row.family, row.strategy, row.control.has_value()});
      values.emplace_back();
      found = summaries.end() - 1;
    }
    Values& of = values[static_cast<std::size_t>(found - summaries.begin())];
    of.dev.push_back(row.dev->value);
    if (row.test) of.test.push_back(row.test->value);
  }
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    summaries[i].num_searches = values[i].dev.size();
    std::tie(summaries[i].dev_mean, summaries[i].dev_sd) = mean_and_sd(values[i].dev);
    std::tie(summaries[i].test_mean, summaries[i].test_sd) = mean_and_sd(values[i].test);
  }
  std::stable_sort(summaries.begin(), summaries.end(),
                   [](const auto& a, const auto& b) { return a.control < b.control; });
  return summaries;
}

}  // namespace

Leaderboard build_leaderboard(std::span<RunStore* const> runs) {
  Leaderboard board;
  for (RunStore* store : runs) {
    const LeaderboardRow common = run_part(*store);
    std::map<std::uint64_t, SplitRecord> splits;
    for (auto& split : store->splits()) splits.emplace(split.split_seed, split);
    add_trials(*store, common, splits, board.rows);
    add_controls(*store, common, splits, board.rows);
  }
  sort_rows(board.rows);
  for (std::size_t begin = 0; begin < board.rows.size();) {
    std::size_t end = begin, num_ranked = 0;
    for (; end < board.rows.size() && board.rows[end].comparable == board.rows[begin].comparable;
         ++end)
      num_ranked += board.rows[end].control ? 0 : 1;
    rank_rows(std::span(board.rows).subspan(begin, num_ranked));
    begin = end;
  }
  board.summaries = summarise(board.rows);
  return board;
}

const LeaderboardRow* best_row(const Leaderboard& board) {
  const LeaderboardRow* best = nullptr;
  for (const auto& row : board.rows)
    if (row.rank == 1 && (best == nullptr || better(row.merit, best->merit))) best = &row;
  return best;
}

void keep_top(Leaderboard& board, std::int64_t top) {
  std::erase_if(board.rows, [&](const LeaderboardRow& row) { return row.rank && *row.rank > top; });
}

}  // namespace prospect
