#include "tests/contract/strategy_contract.h"

#include <doctest/doctest.h>

#include <iterator>
#include <limits>
#include <utility>

#include "core/error.h"
#include "search/ask_check.h"
#include "search/registry.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect::test {
namespace {

constexpr std::int64_t kBudget = 3000;
constexpr int kRounds = 40;

void no_mishap(Trial&) {}

void check_budgets(const std::string& name, const Json& options) {
  const Task task = toy_task();
  for (const std::int64_t budget : {0, 1, 15, 16, 17, 40, 64, 65, 100, 333, 1000}) {
    CAPTURE(budget);
    ToyModel model;
    const auto strategy = make_toy_strategy(name, options, task, model, 1);
    CHECK(drive(*strategy, task, model, budget, 100).spent <= budget);
  }
}

// The room of one ask is not that of the last: a study may shrink it to nothing and open it again.
void check_rooms(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(name, options, task, model, 1);
  Rng rng(11, "rooms");
  for (int round = 0; round < kRounds; ++round) {
    const auto room = static_cast<std::int64_t>(rng.below(round % 3 == 0 ? 40 : 2000));
    CAPTURE(room);
    CHECK(drive(*strategy, task, model, room, 1).spent <= room);
  }
}

void check_proposals(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel model;
  const SearchContext context{task, model.vocabulary(), model.scorer(), model.oracles(), {},
                              {},   Rng(1, name)};
  const auto strategy = make_toy_strategy(name, options, task, model, 1);
  const Drive run = drive(*strategy, task, model, kBudget, kRounds);
  REQUIRE_FALSE(run.asks.empty());
  for (const auto& proposals : run.asks) {
    const auto fault = fault_of({proposals, 0}, context, {kBudget});
    INFO(fault.value_or(""));
    CHECK_FALSE(fault.has_value());
  }
}

void check_determinism(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel first_model, second_model;
  const auto first = make_toy_strategy(name, options, task, first_model, 7);
  const auto second = make_toy_strategy(name, options, task, second_model, 7);
  CHECK(transcript(drive(*first, task, first_model, kBudget, kRounds)) ==
        transcript(drive(*second, task, second_model, kBudget, kRounds)));
}

// A state goes through the run store as text.
State through_text(const State& state) {
  return {Json::parse(state.values.dump()), state.blobs};
}

// At every step another strategy takes over from the saved state: nobody can tell.
void check_restore(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel whole_model, relay_model;
  const auto whole = make_toy_strategy(name, options, task, whole_model, 7);
  auto runner = make_toy_strategy(name, options, task, relay_model, 7);
  std::int64_t left = kBudget;
  TrialId next_id = 1;
  for (int step = 0; step < kRounds; ++step) {
    CAPTURE(step);
    const Drive expected = drive(*whole, task, whole_model, left, 1, no_mishap, next_id);
    const Drive found = drive(*runner, task, relay_model, left, 1, no_mishap, next_id);
    REQUIRE(transcript(found) == transcript(expected));
    if (expected.exhausted) return;
    left -= expected.spent;
    next_id += static_cast<TrialId>(expected.trials.size());

    const State state = runner->save();
    CHECK(runner->save().values == state.values);
    auto successor = make_toy_strategy(name, options, task, relay_model, 7);
    successor->restore(through_text(state));
    CHECK(successor->save().values == through_text(state).values);
    runner = std::move(successor);
  }
}

// A state that is none is refused without a trace.
void check_refused_state(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel model, other_model;
  const auto untouched = make_toy_strategy(name, options, task, model, 7);
  const auto refusing = make_toy_strategy(name, options, task, other_model, 7);
  const Drive before = drive(*untouched, task, model, kBudget, 2);
  drive(*refusing, task, other_model, kBudget, 2);
  CHECK_THROWS(refusing->restore({Json("no state"), {}}));
  State half = refusing->save();
  if (!half.values.empty()) {
    half.values.erase(std::prev(half.values.end()));
    CHECK_THROWS(refusing->restore(half));
  }
  const std::int64_t left = kBudget - before.spent;
  CHECK(transcript(drive(*refusing, task, other_model, left, 5)) ==
        transcript(drive(*untouched, task, model, left, 5)));
}

void check_mishaps(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel model;
  const auto failing = make_toy_strategy(name, options, task, model, 3);
  TrialId count = 0;
  drive(*failing, task, model, kBudget, kRounds, [&](Trial& trial) {
    if (++count % 3 != 0) return;
    trial.status = Status::failed;
    trial.reason = "injected";
    trial.outcome = {};
    trial.evaluation = {};
  });

  const auto hopeless = make_toy_strategy(name, options, task, model, 3);
  drive(*hopeless, task, model, kBudget, kRounds, [](Trial& trial) {
    trial.status = Status::failed;
    trial.outcome = {};
  });
  const State state = hopeless->save();
  CHECK_NOTHROW(hopeless->restore(through_text(state)));

  const auto undefined = make_toy_strategy(name, options, task, model, 3);
  drive(*undefined, task, model, kBudget, kRounds, [](Trial& trial) {
    trial.evaluation.value = std::numeric_limits<double>::quiet_NaN();
    trial.evaluation.log_likelihood = std::numeric_limits<double>::quiet_NaN();
  });
  const State undefined_state = undefined->save();
  CHECK_NOTHROW(undefined->restore(through_text(undefined_state)));
}

void check_exhaustion(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(name, options, task, model, 5);
  drive(*strategy, task, model, kBudget, 100'000);
  CHECK(strategy->ask({0}).proposals.empty());
  CHECK(strategy->ask({0}).proposals.empty());
}

}  // namespace

void check_strategy_contract(const std::string& name, const Json& options) {
  CAPTURE(name);
  check_budgets(name, options);
  check_rooms(name, options);
  check_proposals(name, options);
  check_determinism(name, options);
  check_restore(name, options);
  check_refused_state(name, options);
  check_mishaps(name, options);
  check_exhaustion(name, options);

  Json misspelt = options;
  misspelt["no_such_option"] = 1;
  expect_error(ErrorKind::input, "no_such_option",
               [&] { find_strategy(name, "test").check(JsonReader(misspelt, name)); });
  const Json effective = find_strategy(name, "test").check(JsonReader(options, name));
  CHECK(find_strategy(name, "test").check(JsonReader(effective, name)) == effective);
}

void check_beats_random(const std::string& name, const Json& options) {
  const Task task = toy_task(32);
  int wins = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    ToyModel model, random_model;
    const auto strategy = make_toy_strategy(name, options, task, model, seed);
    const auto random = make_toy_strategy("random", Json::object(), task, random_model, seed);
    const double found = best_dev(drive(*strategy, task, model, 20'000), task);
    const double baseline = best_dev(drive(*random, task, random_model, 20'000), task);
    wins += found > baseline ? 1 : 0;
  }
  CHECK(wins >= 8);
}

}  // namespace prospect::test
