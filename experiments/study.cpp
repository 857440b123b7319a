#include "experiments/study.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "experiments/checked_strategy.h"
#include "experiments/portfolio.h"
#include "experiments/selection.h"
#include "experiments/unit_runner.h"
#include "search/registry.h"

namespace prospect {

Forecast forecast(const Experiment& experiment) {
  const ExperimentSpec& spec = experiment.spec;
  const Task task = split_task(experiment, spec.split_seeds.front());
  const auto num_splits = static_cast<std::int64_t>(spec.split_seeds.size());
  constexpr std::int64_t kScoredControls = std::size(kControls) - 1;  // the majority needs no model
  Forecast forecast;
  forecast.num_searches = num_splits * static_cast<std::int64_t>(spec.seeds.size());
  forecast.search = spec.budget.evaluations / forecast.num_searches;
  forecast.num_dev = static_cast<std::int64_t>(task.dev.size());
  forecast.num_test = static_cast<std::int64_t>(experiment.data.test.size());
  forecast.controls = kScoredControls * num_splits * forecast.num_dev;
  forecast.test = forecast.num_test *
                  (forecast.num_searches * static_cast<std::int64_t>(spec.strategies.size()) +
                   kScoredControls * num_splits);
  return forecast;
}

Json to_json(const Forecast& forecast) {
  return {{"searches", forecast.num_searches},
          {"evaluations_per_search", forecast.search},
          {"evaluations", forecast.search * forecast.num_searches},
          {"controls", forecast.controls},
          {"test", forecast.test},
          {"dev_examples", forecast.num_dev},
          {"test_examples", forecast.num_test}};
}

RunIdentity identity_of(const Experiment& experiment, const Model& model,
                        const HelperModels* helpers) {
  const Task& task = experiment.data.task;
  return {
      to_json(experiment.spec),
      fingerprint(experiment.spec),
      model.card().fingerprint + (helpers == nullptr ? std::string() : fingerprints_of(*helpers)),
      {{"name", task.name},
       {"version", task.version},
       {"labels", task.labels},
       {"metric", task.metric}}};
}

void check_oracles(const ExperimentSpec& spec, Oracles& oracles) {
  for (std::size_t i = 0; i < spec.strategies.size(); ++i) {
    const std::string where = spec.file.string() + "#/strategies/" + std::to_string(i);
    for (const OracleKind kind : find_strategy(spec.strategies[i].name, where).needs) {
      if (!oracles.has(kind))
        fail(ErrorKind::unsupported, where, "expected a model that serves the oracle '",
             name_of(kind), "', which the strategy '", spec.strategies[i].name,
             "' needs; the model '", spec.model,
             "' does not: leave the strategy out or choose another model");
    }
  }
}

void check_oracles(const ExperimentSpec& spec, Model& model, HelperModels& helpers) {
  HelperOracles helper_oracles(&helpers, model, exact_spec(spec.scoring));
  ChargedOracles oracles(
      model.oracles(), [] {}, helper_oracles.oracles());
  check_oracles(spec, oracles);
}

namespace {

std::size_t num_searches(const ExperimentSpec& spec) {
  return spec.split_seeds.size() * spec.seeds.size();
}

// The budget of each search.
Rooms rooms_of_search(const ExperimentSpec& spec) {
  return next_share(rooms_of(spec.budget), num_searches(spec));
}

Rooms spent_by(const UnitRecord& unit) {
  return {unit.spent, unit.seconds, unit.tokens, unit.num_trials};
}

void set_rooms(UnitRecord& unit, const Rooms& rooms) {
  unit.room = rooms.evaluations;
  unit.seconds_room = rooms.seconds;
  unit.tokens_room = rooms.tokens;
  unit.trials_room = rooms.trials;
}

}  // namespace

Study::Study(const Experiment& experiment, Model& model, OpenRandomModel open_random,
             RunStore& store, StudyObserver& observer, Scorer* scorer, HelperModels* helpers)
    : parts_(experiment, model, store, observer, scorer, helpers),
      open_random_(std::move(open_random)) {
  const RunIdentity identity = identity_of(experiment, model, helpers);
  const auto expect_same = [&](const std::string& what, const std::string& stored,
                               const std::string& found) {
    if (stored != found)
      fail(ErrorKind::input, store.folder().string(), "expected a run of the same ", what, " (",
           found, "), found one of another (", stored,
           "); choose another --out, or set the run aside with --fresh");
  };
  expect_same("spec", store.identity().spec_fingerprint, identity.spec_fingerprint);
  expect_same("model", store.identity().model_fingerprint, identity.model_fingerprint);
  expect_same("task", dump_json(store.identity().task), dump_json(identity.task));
  check_oracles(parts_.spec, parts_.oracles);
}

bool Study::run() {
  if (parts_.store.finished()) return true;
  try {
    if (parts_.store.units().empty()) check_strategies();
    run_searches();
    const auto begin = std::chrono::steady_clock::now();
    parts_.observer.on_note("searches done; now the controls and the test set");
    Closing closing(parts_, open_random_);
    closing.run_controls();
    closing.run_test();
    parts_.store.add_seconds(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    parts_.store.finish();
    return true;
  } catch (const Interrupted&) {
    return false;
  }
}

bool Study::run_post_hoc(std::size_t finalists) {
  try {
    Closing(parts_, open_random_).run_post_hoc(finalists);
    return true;
  } catch (const Interrupted&) {
    return false;
  }
}

// What does not fit task or model is said before anything is scored: strategies of our own, without
// seeds, are made once for every split.
void Study::check_strategies() {
  for (const auto split_seed : parts_.spec.split_seeds) {
    const Task& task = parts_.task_of(split_seed);
    for (const auto& strategy : parts_.spec.strategies)
      if (!strategy.init && find_strategy(strategy.name, "study").plugin.empty())
        make_strategy(parts_.spec, strategy,
                      {.task = task,
                       .vocabulary = parts_.model.vocabulary(),
                       .scorer = parts_.model.scorer(),
                       .oracles = parts_.oracles,
                       .spec = {},
                       .seeds = {},
                       .rng = Rng(parts_.spec.seeds.front(), "check/" + strategy.label)});
  }
}

void Study::run_searches() {
  for (const auto split_seed : parts_.spec.split_seeds)
    for (const auto seed : parts_.spec.seeds)
      parts_.spec.portfolio == Allocation::bandit ? run_portfolio(split_seed, seed)
                                                  : run_shares(split_seed, seed);
}

void Study::run_shares(std::uint64_t split_seed, std::uint64_t seed) {
  const ExperimentSpec& spec = parts_.spec;
  const Task& task = parts_.task_of(split_seed);
  TrialScorer scorer(task, parts_.scorer, seed, spec.racing, spec.calibration);

  Rooms left = rooms_of_search(spec);
  for (std::size_t i = 0; i < spec.strategies.size(); ++i) {
    UnitRecord unit =
        unit_of(split_seed, seed, spec.strategies[i], next_share(left, spec.strategies.size() - i));
    show_unit(unit, ++num_units_begun_);
    if (unit.stop.empty())
      UnitRunner(parts_, task, spec.strategies[i], scorer, seeds_of(spec.strategies[i], unit), unit)
          .run();
    left = left - spent_by(unit);
  }
}

void Study::run_portfolio(std::uint64_t split_seed, std::uint64_t seed) {
  const ExperimentSpec& spec = parts_.spec;
  const Rooms budget = rooms_of_search(spec);
  const Task& task = parts_.task_of(split_seed);
  TrialScorer scorer(task, parts_.scorer, seed, spec.racing, spec.calibration);
  std::vector<UnitRecord> units;
  for (const auto& strategy : spec.strategies)
    units.push_back(unit_of(split_seed, seed, strategy,
                            {budget.evaluations, std::nullopt, budget.tokens, budget.trials}));

  Portfolio portfolio(spec, budget.evaluations, parts_.store, units);
  std::vector<std::unique_ptr<UnitRunner>> runners(units.size());
  bool reached = false;  // one of them has reached the target: the search is over
  const std::size_t num_before = num_units_begun_;
  while (const auto next = portfolio.next(units)) {
    UnitRecord& unit = units[*next];
    auto& runner = runners[*next];
    if (!runner)
      runner = std::make_unique<UnitRunner>(parts_, task, spec.strategies[*next], scorer,
                                            seeds_of(spec.strategies[*next], unit), unit);
    Rooms left = budget;
    for (const auto& other : units) {
      left = left - spent_by(other);
      reached = reached || other.stop == "target";
    }
    set_rooms(unit, left + spent_by(unit));
    unit.seconds_room.reset();  // the search's seconds, which are looked at here
    show_unit(unit, num_before + *next + 1);
    const UnitRecord before = unit;
    if (left.seconds && *left.seconds <= 0)
      runner->end("seconds");
    else if (reached)
      runner->end("target");
    else
      runner->advance();
    if (unit.num_asks > before.num_asks)
      portfolio.add(*next, unit.spent - before.spent, runner->best_of_ask());
    if (!unit.stop.empty()) portfolio.end(*next);
  }
  num_units_begun_ += units.size();
}

UnitRecord Study::unit_of(std::uint64_t split_seed, std::uint64_t seed, const StrategySpec& spec,
                          const Rooms& rooms) {
  for (auto& unit : parts_.store.units())
    if (unit.split_seed == split_seed && unit.seed == seed && unit.strategy == spec.label)
      return std::move(unit);
  UnitRecord unit;
  unit.split_seed = split_seed;
  unit.seed = seed;
  unit.strategy = spec.label;
  set_rooms(unit, rooms);
  parts_.store.begin_unit(unit);
  return unit;
}

// The best trials of the strategy named in "init", of the same split and seed, with their rows: of
// those that stood when the unit made its first.
std::vector<Trial> Study::seeds_of(const StrategySpec& spec, const UnitRecord& unit) {
  std::vector<Trial> seeds;
  if (!spec.init) return seeds;
  TrialId first = std::numeric_limits<TrialId>::max();
  for (const auto& ask : parts_.store.asks())
    if (ask.unit == unit.id) first = std::min(first, ask.first_trial);
  for (const auto& other : parts_.store.units()) {
    if (other.split_seed != unit.split_seed || other.seed != unit.seed ||
        other.strategy != spec.init->of)
      continue;
    const Task& task = parts_.task_of(unit.split_seed);
    std::vector<TrialRecord> trials;
    parts_.store.visit_standing(
        other.id,
        [&](TrialRecord&& trial) {
          if (trial.id < first) trials.push_back(std::move(trial));
        },
        RunStore::Rows::with);
    auto merits = merits_of(parts_.spec.selection, trials, {task.metric, task.labels, task.dev});
    for (const auto& best : best_of(std::move(trials), std::move(merits), spec.init->top))
      seeds.push_back(as_trial(best));
  }
  return seeds;
}

void Study::show_unit(const UnitRecord& unit, std::size_t number) {
  StudyProgress& progress = parts_.progress;
  progress.unit = number;
  progress.num_units =
      parts_.spec.split_seeds.size() * parts_.spec.seeds.size() * parts_.spec.strategies.size();
  progress.split_seed = unit.split_seed;
  progress.seed = unit.seed;
  progress.strategy = unit.strategy;
  progress.spent = unit.spent;
  progress.room = unit.room;
  parts_.spent_before = parts_.store.spent() - unit.spent;
  progress.total_spent = parts_.store.spent();
  progress.total_budget = parts_.spec.budget.evaluations;
  progress.seconds = unit.seconds;
  progress.seconds_room = unit.seconds_room;
  progress.metric = parts_.experiment.data.task.metric;
  progress.best.reset();
  parts_.store.visit_standing(unit.id, [&](TrialRecord&& trial) {
    if (!(progress.best && *progress.best >= trial.evaluation.value))
      progress.best = trial.evaluation.value;
  });
}

}  // namespace prospect
