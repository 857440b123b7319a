#include "experiments/report/report.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/ensemble.h"
#include "core/error.h"
#include "core/paired_test.h"
#include "core/unlabelled.h"
#include "experiments/controls.h"
#include "experiments/prompt_score.h"
#include "experiments/run_data.h"
#include "experiments/selection.h"

namespace prospect {
namespace {

std::string text_of(const Entry& entry) {
  std::string text;
  for (const auto& part : parts_of(entry)) text += (text.empty() ? "" : " + ") + part.tmpl.text();
  return text;
}

// Everything that one pass over all trials gives.
class TrialPass {
 public:
  TrialPass(RunStore& store, const LeaderboardRow* winner) {
    for (auto& unit : store.units()) {
      if (curve_of_.try_emplace(unit.strategy, curves_.size()).second)
        curves_.push_back({unit.strategy, {}, {}, 0});
      std::int64_t& spent = curves_[curve_of_.at(unit.strategy)].spent;
      spent = std::max(spent, unit.spent);
      units_.emplace(unit.id, std::move(unit));
    }
    std::map<std::int64_t, Curve> found;
    store.visit_trials([&](TrialRecord&& trial) {
      if (trial.stands) found[trial.unit].push_back({trial.spent, trial.evaluation.value});
      if (winner != nullptr && trial.id == winner->trial) winners_race_ = {trial.unit, trial.ask};
      add_to_race(trial);
    });
    for (auto& [unit, points] : found)
      curves_[curve_of_.at(units_.at(unit).strategy)].searches.push_back(
          best_so_far(std::move(points)));
    for (auto& strategy : curves_) strategy.band = band_over(strategy.searches);
    close_race();
  }

  void move_into(RunReport& report) && {
    report.curves = std::move(curves_);
    for (auto& [strategy, summary] : summaries_) report.race_summaries.push_back(summary);
    report.race = std::move(kept_);
    report.winner_raced = winner_raced_;
  }

 private:
  void add_to_race(const TrialRecord& trial) {
    if (trial.unit != race_.unit || trial.ask != race_.ask) {
      close_race();
      race_ = {trial.unit, trial.ask, units_.at(trial.unit).strategy, 0, {}};
    }
    const std::size_t seen = trial.outcome.rows.empty() && trial.status == Status::failed
                                 ? 0
                                 : trial.outcome.examples.size();
    race_.num_examples = std::max(race_.num_examples, seen);
    race_.raced.push_back({trial.id,
                           trial.shown.tmpl.empty() ? text_of(trial.entry) : trial.shown.tmpl, seen,
                           trial.status, trial.reason});
  }

  // An ask in which somebody was dropped after some examples, but before the last, was a race.
  void close_race() {
    Race race = std::exchange(race_, Race{});
    const bool raced = std::any_of(race.raced.begin(), race.raced.end(), [](const Raced& r) {
      return r.status == Status::dropped && r.num_seen > 0;
    });
    if (!raced) return;
    RaceSummary& summary = summaries_[race.strategy];
    summary.strategy = race.strategy;
    ++summary.num_races;
    for (const auto& raced_one : race.raced) {
      if (raced_one.status == Status::failed) continue;
      ++summary.num_raced;
      if (raced_one.status == Status::dropped) ++summary.num_dropped;
      summary.rows_scored += static_cast<std::int64_t>(raced_one.num_seen);
      summary.rows_whole += static_cast<std::int64_t>(race.num_examples);
    }
    std::stable_sort(race.raced.begin(), race.raced.end(),
                     [](const Raced& a, const Raced& b) { return a.num_seen > b.num_seen; });
    const bool of_winner = winners_race_ == std::pair(race.unit, race.ask);
    if (of_winner || (!winner_raced_ && (!kept_ || race.raced.size() > kept_->raced.size())))
      kept_ = std::move(race);
    winner_raced_ = winner_raced_ || of_winner;
  }

  std::map<std::int64_t, UnitRecord> units_;
  std::map<std::string, std::size_t> curve_of_;
  std::vector<StrategyCurves> curves_;
  std::map<std::string, RaceSummary> summaries_;
  Race race_;
  std::optional<Race> kept_;
  std::pair<std::int64_t, std::int64_t> winners_race_{0, -1};
  bool winner_raced_ = false;
};

void add_oracles(std::vector<OracleUse>& sum, std::span<const OracleUse> more) {
  for (const auto& use : more) {
    const auto known = std::find_if(sum.begin(), sum.end(),
                                    [&](const OracleUse& other) { return other.kind == use.kind; });
    if (known == sum.end()) {
      sum.push_back(use);
      continue;
    }
    known->calls += use.calls;
    known->cost += use.cost;
  }
}

std::vector<StrategyCost> costs_of(RunStore& store) {
  std::vector<StrategyCost> rows;
  std::vector<std::map<std::string, int>> stops;
  for (const auto& unit : store.units()) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const StrategyCost& other) { return other.what == unit.strategy; });
    if (row == rows.end()) {
      rows.push_back({unit.strategy});
      stops.emplace_back();
      row = rows.end() - 1;
    }
    ++row->searches;
    row->room += unit.room;
    row->spent += unit.spent;
    row->seconds += unit.seconds;
    add_oracles(row->oracles, store.oracle_uses(unit.id));
    ++stops[static_cast<std::size_t>(row - rows.begin())]
           [unit.stop.empty() ? "still running" : unit.stop];
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto& [stop, count] : stops[i])
      rows[i].stops += (rows[i].stops.empty() ? "" : ", ") + stop +
                       (rows[i].searches > 1 ? " (" + std::to_string(count) + ")" : "");
  StrategyCost controls{"controls on dev, beside the budget"},
      tests{"the test set, beside the budget"};
  for (const auto& control : store.controls()) controls.spent += control.cost;
  for (const auto& test : store.tests()) tests.spent += test.cost;
  rows.push_back(controls);
  rows.push_back(tests);
  return rows;
}

// The rows of a prompt on the whole dev pool of a split, in the pool's order, where a trial has
// them.
std::optional<std::vector<RowOutcome>> stored_rows(RunStore& store, const Candidate& candidate,
                                                   std::uint64_t split_seed) {
  std::set<std::int64_t> units;
  for (const auto& unit : store.units())
    if (unit.split_seed == split_seed) units.insert(unit.id);
  std::optional<TrialId> found;
  const Entry wanted = candidate;
  store.visit_standing(std::nullopt, [&](TrialRecord&& trial) {
    if (!found && units.count(trial.unit) > 0 && trial.entry == wanted) found = trial.id;
  });
  if (!found) return std::nullopt;
  const Outcome outcome = store.trial(*found).outcome;
  return rows_in_order(outcome);
}

class WinnerPass {
 public:
  WinnerPass(RunStore& store, const ReportSources& sources, RunReport& report)
      : store_(store), sources_(sources), report_(report) {}

  void run(const LeaderboardRow& row) {
    WinnerReport& winner = report_.winner.emplace();
    winner.row = row;
    try {
      winner.task = sources_.task(row.split_seed);
    } catch (const Error& error) {
      report_.notes.push_back(
          "Confusion, calibration, the comparison with the manual prompt and the parts of the "
          "prompt are left out, because the task cannot be opened: " +
          std::string(error.what()));
      return;
    }
    const Task& task = *winner.task;
    if (are_unlabelled(task.dev)) {
      report_.notes.push_back(
          "Confusion, calibration, the comparison with the manual prompt and the parts of the "
          "prompt are left out, because no dev example has a label.");
      winner.task.reset();
      return;
    }
    const Verbalizer verbalizer = outcome_verbalizer(row.entry);
    const auto rows = rows_in_order(store_.trial(row.trial.value()).outcome);
    const MatrixXd label_log_p = label_log_probs(verbalizer, rows);
    winner.judgement = judge(task.labels, label_log_p, task.dev);
    winner.confusion = confusion(winner.judgement);
    winner.reliability = reliability(winner.judgement, label_log_p);
    compare_with_manual(winner, task);
    leave_parts_out(winner, task);
  }

 private:
  void compare_with_manual(WinnerReport& winner, const Task& task) {
    const ControlCandidate manual = control_candidate(Control::manual, task);
    if (!manual.fault.empty()) {
      report_.notes.push_back("No comparison with a manual prompt: " + manual.fault + ".");
      return;
    }
    AgainstManual against{.tmpl = manual.candidate.tmpl.text(), .source = "stored with the run"};
    auto rows = stored_rows(store_, manual.candidate, winner.row.split_seed);
    if (!rows) {
      if (sources_.model == nullptr) {
        report_.notes.push_back(
            "No comparison with the manual prompt: the run holds none of its answers, and " +
            sources_.why_no_model + ".");
        return;
      }
      against.source = "scored for this report";
      const Candidate candidates[] = {manual.candidate};
      auto scores = score_prompts(sources_.model->scorer(), task, candidates, task.dev,
                                  sources_.scoring, sources_.calibration);
      if (scores.front().failure) {
        report_.notes.push_back("No comparison with the manual prompt: " + *scores.front().failure);
        return;
      }
      rows = std::move(scores.front().rows);
    }
    against.judgement =
        judge(task.labels, label_log_probs(manual.candidate.verbalizer, *rows), task.dev);
    against.differences = differences(against.judgement, winner.judgement);
    for (const auto& difference : against.differences) {
      against.only_winner += difference.second_right ? 1 : 0;
      against.only_manual += difference.first_right ? 1 : 0;
    }
    against.p_value = mcnemar_exact(against.only_winner, against.only_manual);
    winner.manual = std::move(against);
  }

  void leave_parts_out(WinnerReport& winner, const Task& task) {
    if (sources_.model == nullptr) {
      report_.notes.push_back(
          "What each part of the winner contributes is not shown: " + sources_.why_no_model + ".");
      return;
    }
    const auto* candidate = std::get_if<Candidate>(&winner.row.entry);
    if (candidate == nullptr) {
      report_.notes.push_back(
          "What each part of the winner contributes is not shown: it is no single prompt.");
      return;
    }
    const auto parts = leave_one_out(*candidate, sources_.model->vocabulary());
    std::vector<Candidate> candidates;
    for (const auto& part : parts) candidates.push_back(part.without);
    if (candidates.empty()) return;
    const auto scores = score_prompts(sources_.model->scorer(), task, candidates, task.dev,
                                      sources_.scoring, sources_.calibration);
    for (std::size_t i = 0; i < parts.size(); ++i)
      winner.parts.push_back({parts[i].part, parts[i].is_token,
                              sources_.model->vocabulary().as_text(parts[i].without.tmpl).text(),
                              scores[i].evaluation, scores[i].failure.value_or("")});
  }

  RunStore& store_;
  const ReportSources& sources_;
  RunReport& report_;
};

}  // namespace

RunReport report_on(RunStore& store, const ReportSources& sources) {
  RunStore* const stores[] = {&store};
  const Leaderboard board = build_leaderboard(stores);
  const LeaderboardRow* winner = best_row(board);

  RunReport report;
  report.folder = shown_path(store.folder());
  report.finished = store.finished();
  report.metric = store.identity().task.at("metric");
  report.settings = {{"spec", store.identity().spec},
                     {"task", store.identity().task},
                     {"spec_fingerprint", store.identity().spec_fingerprint},
                     {"model_fingerprint", store.identity().model_fingerprint}};
  report.settings["sessions"] = store.events_of("environment");
  for (const auto& split : store.splits())
    report.settings["splits"].push_back({{"split_seed", split.split_seed},
                                         {"task_fingerprint", split.task_fingerprint},
                                         {"support", split.num_support},
                                         {"dev", split.dev_ids.size()},
                                         {"test", split.num_test}});
  report.costs = costs_of(store);
  report.work = store.real_work();
  TrialPass(store, winner).move_into(report);
  if (winner == nullptr)
    report.notes.push_back("No entry was scored on a whole dev set yet, so there is no winner.");
  else
    WinnerPass(store, sources, report).run(*winner);
  return report;
}

}  // namespace prospect
