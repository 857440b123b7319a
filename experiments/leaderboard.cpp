#include "experiments/leaderboard.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/ensemble.h"
#include "core/metric.h"
#include "core/text.h"
#include "core/unlabelled.h"
#include "experiments/experiment_file.h"
#include "experiments/leaderboard_statistics.h"
#include "experiments/run_data.h"

namespace prospect {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The part of a row that is the run's.
LeaderboardRow run_part(RunStore& store, const Recalibration* recalibration) {
  const Json& spec = store.identity().spec;
  LeaderboardRow row;
  row.run = shown_path(store.folder());
  row.model = spec.at("model");
  row.task = store.identity().task.at("name");
  row.protocol = spec.at("protocol");
  row.setting = spec.value("setting", "few");
  row.shots = spec.at("shots");
  row.scoring = spec.at("scoring");
  if (recalibration != nullptr) row.scoring["calibration"] = name_of(recalibration->calibration());
  row.metric = store.identity().task.at("metric");
  row.dev_metric = row.setting == name_of(Setting::zero) ? kMutualInformation : row.metric;
  row.selection = spec.value("selection", "accuracy") == name_of(SelectionRule::expected)
                      ? SelectionRule::expected
                      : SelectionRule::metric;
  // What follows a plus sign is the draft model's, which changes no row's numbers.
  row.model_fingerprint = split(store.identity().model_fingerprint, '+').front();
  row.terms = {{"task", store.identity().task},
               {"protocol", row.protocol},
               {"setting", row.setting},
               {"shots", row.shots},
               {"scoring", to_json(ScoringSpec{})}};
  row.terms["scoring"].update(row.scoring);  // an older run did not note every key
  row.family = dump_json(row.terms);
  return row;
}

// Free vectors are no prompt that anybody can write: they are a ceiling, ranked among themselves.
void set_apart(LeaderboardRow& row) {
  row.terms["prompt"] = "vectors";
  row.family = dump_json(row.terms);
}

// Rows compare on one split alone: of its data, not only of its seed.
void set_split(LeaderboardRow& row, const SplitRecord& split) {
  row.split_seed = split.split_seed;
  row.terms["split"] = split.split_seed;
  row.terms["data"] = split.task_fingerprint;
  row.comparable = dump_json(row.terms);
}

// The examples of each comparable group's dev pool; none where the store kept none.
using Pools = std::map<std::string, std::vector<Example>>;

// What the rows of one run share.
struct RunView {
  RunStore& store;
  LeaderboardRow common;
  std::vector<std::string> labels;
  std::map<std::uint64_t, SplitRecord> splits;
  std::vector<Example> test;
  std::vector<TestRecord> tests;
  const Recalibration* recalibration = nullptr;
};

RunView view_of(RunStore& store, const Recalibration* recalibration) {
  if (recalibration != nullptr) check_not_calibrated(store);
  RunView run{store,        run_part(store, recalibration), store.identity().task.at("labels"),
              {},           store.examples(std::nullopt),   store.tests(),
              recalibration};
  for (auto& split : store.splits()) run.splits.emplace(split.split_seed, split);
  return run;
}

// Puts what recalibration makes of the rows in their place, and the evaluation with them; false
// where it makes nothing of them.
bool recalibrate(const RunView& run, const Entry& entry, std::uint64_t split_seed,
                 std::span<const Example> examples, std::vector<RowOutcome>& rows,
                 Evaluation& evaluation, const std::vector<TrialId>* parents = nullptr) {
  if (run.recalibration == nullptr) return true;
  if (examples.size() != rows.size() || rows.empty()) return false;
  auto calibrated = run.recalibration->rows(entry, std::move(rows), split_seed,
                                            parents == nullptr ? nullptr : &run.store,
                                            parents == nullptr ? std::vector<TrialId>() : *parents);
  if (!calibrated) return false;
  rows = std::move(*calibrated);
  evaluation = evaluate(run.common.metric, run.labels, outcome_verbalizer(entry), examples, rows);
  return true;
}

void set_dev(LeaderboardRow& row, const Evaluation& evaluation, const Judgement& judgement) {
  row.dev = evaluation;
  row.dev_interval = interval_of(row.dev_metric, evaluation, judgement, Drawn::by_label);
  if (judgement.size() > 0) row.evidence = evidence_of(row.metric, judgement);
}

void set_test(LeaderboardRow& row, const RunView& run, const Entry& entry, TestRecord record) {
  if (row.failure.empty()) row.failure = record.failure;
  if (!record.failure.empty()) return;
  if (row.control != Control::majority &&
      !recalibrate(run, entry, row.split_seed, run.test, record.rows, record.evaluation))
    return;
  row.test = record.evaluation;
  Judgement judgement;
  if (!record.rows.empty() && record.rows.size() == run.test.size())
    judgement =
        judge(run.labels, label_log_probs(outcome_verbalizer(entry), record.rows), run.test);
  row.test_interval = interval_of(row.metric, record.evaluation, judgement, Drawn::at_random);
  if (judgement.size() > 0) row.test_values = example_values(find_metric(row.metric), judgement);
}

const std::vector<Example>& dev_of(const RunView& run, const LeaderboardRow& row, Pools& pools) {
  auto& examples = pools[row.comparable];
  if (examples.empty()) examples = run.store.examples(row.split_seed);
  return examples;
}

void add_trials(const RunView& run, Pools& pools, std::vector<LeaderboardRow>& rows) {
  std::map<std::int64_t, UnitRecord> units;
  std::map<std::int64_t, std::int64_t> num_tried;
  for (auto& unit : run.store.units()) {
    units.emplace(unit.id, unit);
    num_tried[unit.id] = run.store.num_trials_of(unit.id);
  }
  std::map<TrialId, const TestRecord*> tests;
  for (const auto& test : run.tests)
    if (test.subject.trial) tests.emplace(*test.subject.trial, &test);

  std::set<std::pair<std::int64_t, std::string>> seen;  // an entry stands once for each unit
  const auto visit = [&](TrialRecord&& trial) {
    LeaderboardRow row = run.common;
    if (!seen.emplace(trial.unit, canonical_text(trial.entry)).second) return;
    const UnitRecord& unit = units.at(trial.unit);
    row.strategy = unit.strategy;
    row.trial = trial.id;
    row.parents = std::move(trial.provenance.parents);
    if (std::holds_alternative<SoftPrompt>(trial.entry)) set_apart(row);
    set_split(row, run.splits.at(unit.split_seed));
    row.seed = unit.seed;
    row.cost = trial.spent;
    row.evaluations = trial.cost;
    row.num_tried = num_tried[trial.unit];
    row.search_cost = unit.spent;
    const auto& examples = dev_of(run, row, pools);
    if (run.recalibration != nullptr) {
      trial.outcome.rows = rows_in_order(trial.outcome);
      std::sort(trial.outcome.examples.begin(), trial.outcome.examples.end());
    }
    if (!recalibrate(run, trial.entry, row.split_seed, examples, trial.outcome.rows,
                     trial.evaluation, &row.parents))
      return;
    row.merit = merit_of(trial);
    set_dev(row, trial.evaluation,
            examples.empty() || are_unlabelled(examples)
                ? Judgement()
                : judge_outcome(trial.entry, trial.outcome, {row.metric, run.labels, examples}));
    if (const auto test = tests.find(trial.id); test != tests.end())
      set_test(row, run, trial.entry, *test->second);
    row.shown = std::move(trial.shown);
    row.entry = std::move(trial.entry);
    rows.push_back(std::move(row));
  };
  run.store.visit_standing(std::nullopt, visit, RunStore::Rows::with);
}

void add_controls(const RunView& run, Pools& pools, std::vector<LeaderboardRow>& rows) {
  for (auto& control : run.store.controls()) {
    LeaderboardRow row = run.common;
    row.strategy = "control: " + std::string(name_of(control.control));
    set_split(row, run.splits.at(control.split_seed));
    row.control = control.control;
    row.failure = control.failure;
    row.cost = row.evaluations = control.cost;
    const auto& examples = dev_of(run, row, pools);
    // Content-free rows are the run's model's, not those of random weights.
    if (run.recalibration != nullptr && control.control == Control::random_lm &&
        run.recalibration->calibration() != Calibration::batch)
      continue;
    if (row.failure.empty() && control.control != Control::majority &&
        !recalibrate(run, control.entry, row.split_seed, examples, control.rows,
                     control.evaluation))
      continue;
    row.merit = merit_of(control.evaluation);
    Judgement judgement;
    if (!control.rows.empty() && control.rows.size() == examples.size() &&
        !are_unlabelled(examples))
      judgement = judge(run.labels,
                        label_log_probs(outcome_verbalizer(control.entry), control.rows), examples);
    if (row.failure.empty()) set_dev(row, control.evaluation, judgement);
    for (const auto& test : run.tests)
      if (test.subject.control == control.control && test.subject.split_seed == control.split_seed)
        set_test(row, run, control.entry, test);
    row.shown = std::move(control.shown);
    row.entry = std::move(control.entry);
    rows.push_back(std::move(row));
  }
}

// Completes the merits of each comparable group: by the rule of its runs, the default where they
// differ.
void weigh_groups(std::vector<LeaderboardRow>& rows, const Pools& pools) {
  for (const auto& [comparable, examples] : pools) {
    std::vector<Merit*> merits;
    std::vector<const DevEvidence*> evidence;
    SelectionRule rule = SelectionRule::metric;
    for (auto& row : rows) {
      if (row.control || row.comparable != comparable) continue;
      if (row.selection == SelectionRule::expected) rule = row.selection;
      merits.push_back(&row.merit);
      evidence.push_back(&row.evidence);
    }
    weigh(rule, merits, evidence, examples);
  }
}

// Families, and in them groups, in order of appearance; ranked rows by merit, then controls in
// their order.
void sort_rows(std::vector<LeaderboardRow>& rows) {
  std::map<std::string, std::size_t> family, group;
  for (const auto& row : rows) {
    family.emplace(row.family, family.size());
    group.emplace(row.comparable, group.size());
  }
  const auto place = [&](const LeaderboardRow& row) {
    return std::pair(family.at(row.family), group.at(row.comparable));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const LeaderboardRow& a, const LeaderboardRow& b) {
    if (place(a) != place(b)) return place(a) < place(b);
    if (a.control || b.control) {
      if (a.control && b.control) return *a.control < *b.control;
      return !a.control;
    }
    return better(a.merit, b.merit);
  });
}

// Ranks one group's rows, and notes those that the metric alone does not tell apart.
void rank_rows(std::span<LeaderboardRow> ranked) {
  std::map<double, std::vector<std::size_t>> ties;  // metric -> places
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    ranked[i].rank = static_cast<std::int64_t>(i) + 1;
    if (!std::isnan(ranked[i].merit.value)) ties[ranked[i].merit.value].push_back(i);
  }
  for (const auto& [value, places] : ties) {
    const std::size_t most = std::min(places.size(), kShownTies + 1);
    for (std::size_t at = 0; at < places.size(); ++at) {
      LeaderboardRow& row = ranked[places[at]];
      row.num_ties = static_cast<std::int64_t>(places.size()) - 1;
      // A window of neighbours around the row, inside the tie.
      const std::size_t first = std::min(std::max(at, most / 2) - most / 2, places.size() - most);
      for (std::size_t j = first; j < first + most; ++j)
        if (j != at) row.tied_with.push_back(static_cast<std::int64_t>(places[j]) + 1);
    }
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

// What a strategy's best rows reached, one for each search; by split, since searches on the same
// examples are no independent repetitions.
struct Reached {
  std::vector<double> dev, test, corrected;
  std::map<std::uint64_t, std::vector<double>> test_of_split;

  void add(const LeaderboardRow& row) {
    dev.push_back(row.dev->value);
    if (row.corrected) corrected.push_back(*row.corrected);
    if (!row.test) return;
    test.push_back(row.test->value);
    test_of_split[row.split_seed].push_back(row.test->value);
  }
  // Within what the metric can be.
  std::optional<Interval> test_interval(const std::string& metric) const {
    std::vector<double> means;
    for (const auto& [split, values] : test_of_split) means.push_back(mean_and_sd(values).first);
    Interval interval = mean_interval(means);
    if (std::isnan(interval.low)) return std::nullopt;
    const bool correlation = metric == "pearson" || metric == "matthews";
    interval.low = std::max(interval.low, correlation ? -1.0 : 0.0);
    interval.high = std::min(interval.high, 1.0);
    return interval;
  }
};

// `another split (21, not 13)`; of objects only the members that differ.
void add_difference(const std::string& name, const Json& a, const Json& b, std::string& text) {
  if (a == b) return;
  if (a.is_object() && b.is_object()) {
    Json keys = a;
    keys.update(b);
    for (const auto& [key, value] : keys.items())
      add_difference(key == "name" ? name : name + " " + key, a.value(key, Json()),
                     b.value(key, Json()), text);
    return;
  }
  const auto shown = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : dump_json(value);
  };
  text += (text.empty() ? "another " : ", another ") + name + " (" + shown(a) + ", not " +
          shown(b) + ")";
}

}  // namespace

std::vector<StrategySummary> summarise(std::span<const LeaderboardRow> rows) {
  std::vector<StrategySummary> summaries;
  std::vector<Reached> reached;
  std::vector<std::string> metrics;
  std::set<std::tuple<std::string, std::string, std::string, std::uint64_t>> seen;
  for (const auto& row : rows) {
    // Rows are sorted: the first of a search is the strategy's best there.
    if (!row.dev ||
        !seen.emplace(row.run + row.family, row.strategy, row.comparable, row.seed.value_or(0))
             .second)
      continue;
    auto found = std::find_if(summaries.begin(), summaries.end(), [&](const StrategySummary& s) {
      return s.family == row.family && s.strategy == row.strategy &&
             s.model_fingerprint == row.model_fingerprint;
    });
    if (found == summaries.end()) {
      summaries.push_back(
          {row.family, row.strategy, row.model, row.model_fingerprint, row.control.has_value()});
      reached.emplace_back();
      metrics.push_back(row.metric);
      found = summaries.end() - 1;
    }
    found->num_tried += row.control ? 1 : row.num_tried;
    found->cost += row.control ? row.cost : row.search_cost;
    reached[static_cast<std::size_t>(found - summaries.begin())].add(row);
  }
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    StrategySummary& summary = summaries[i];
    summary.num_searches = reached[i].dev.size();
    std::tie(summary.dev_mean, summary.dev_sd) = mean_and_sd(reached[i].dev);
    std::tie(summary.test_mean, summary.test_sd) = mean_and_sd(reached[i].test);
    summary.corrected_mean = mean_and_sd(reached[i].corrected).first;
    summary.test_interval = reached[i].test_interval(metrics[i]);
  }
  std::stable_sort(summaries.begin(), summaries.end(),
                   [](const auto& a, const auto& b) { return a.control < b.control; });
  return summaries;
}

Leaderboard build_leaderboard(std::span<RunStore* const> runs, const Recalibration* recalibration) {
  Leaderboard board;
  Pools pools;
  for (RunStore* store : runs) {
    const RunView run = view_of(*store, recalibration);
    add_trials(run, pools, board.rows);
    add_controls(run, pools, board.rows);
  }
  weigh_groups(board.rows, pools);
  sort_rows(board.rows);
  for (std::size_t begin = 0; begin < board.rows.size();) {
    std::size_t end = begin, num_ranked = 0;
    for (; end < board.rows.size() && board.rows[end].comparable == board.rows[begin].comparable;
         ++end)
      num_ranked += board.rows[end].control ? 0 : 1;
    const auto group = std::span(board.rows).subspan(begin, end - begin);
    rank_rows(group.first(num_ranked));
    correct_for_rank(group.first(num_ranked), pools[group.front().comparable]);
    compare_rows(group);
    begin = end;
  }
  board.summaries = summarise(board.rows);
  return board;
}

std::string why_apart(const LeaderboardRow& row, const LeaderboardRow& other) {
  std::string text;
  // Another split or number of shots has other data: that goes without saying.
  add_difference("kind of prompt", row.terms.value("prompt", Json("tokens")),
                 other.terms.value("prompt", Json("tokens")), text);
  for (const char* key : {"task", "split", "protocol", "setting", "shots", "scoring", "data"})
    if (std::string_view(key) != "data" || text.empty())
      add_difference(key, row.terms.value(key, Json()), other.terms.value(key, Json()), text);
  return text;
}

bool has_several_models(const Leaderboard& board, const std::string& family) {
  const LeaderboardRow* first = nullptr;
  for (const auto& row : board.rows) {
    if (row.family != family) continue;
    if (first == nullptr) first = &row;
    if (row.model_fingerprint != first->model_fingerprint) return true;
  }
  return false;
}

const LeaderboardRow* best_row(const Leaderboard& board) {
  const LeaderboardRow* best = nullptr;
  const auto is_soft = [](const LeaderboardRow* row) {
    return std::holds_alternative<SoftPrompt>(row->entry);
  };
  for (const auto& row : board.rows) {
    if (row.rank != 1 || (best != nullptr && is_soft(&row) && !is_soft(best))) continue;
    if (best == nullptr || (is_soft(best) && !is_soft(&row)) || better(row.merit, best->merit))
      best = &row;
  }
  return best;
}

void keep_top(Leaderboard& board, std::int64_t top) {
  std::erase_if(board.rows, [&](const LeaderboardRow& row) { return row.rank && *row.rank > top; });
}

}  // namespace prospect
