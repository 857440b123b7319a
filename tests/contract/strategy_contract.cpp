#include "tests/contract/strategy_contract.h"

#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "core/error.h"
#include "search/registry.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect::test {
namespace {

constexpr std::int64_t kBudget = 3000;
constexpr int kRounds = 40;

void check_room(const std::string& name, const Json& options) {
  const Task task = toy_task();
  for (const std::int64_t budget : {0, 1, 15, 16, 17, 40, 64, 65, 100, 333, 1000}) {
    CAPTURE(budget);
    ToyModel model;
    const auto strategy = make_toy_strategy(name, options, task, model, 1);
    CHECK(drive(*strategy, task, model, budget, 100).spent <= budget);
  }
}

void check_proposals(const std::string& name, const Json& options) {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(name, options, task, model, 1);
  const Drive run = drive(*strategy, task, model, kBudget, kRounds);
  REQUIRE_FALSE(run.asks.empty());
  for (const auto& ask : run.asks) {
    std::set<std::string> seen;
    for (const auto& proposal : ask) {
      const std::string key = std::string(name_of(proposal.pool)) + Json(proposal.examples).dump() +
                              to_json(proposal.entry).dump();
      CAPTURE(key);
      CHECK(seen.insert(key).second);
      const auto& candidate = std::get<Candidate>(proposal.entry);
      CHECK(candidate.tmpl.num_answer_slots() == 1);
      CHECK(candidate.tmpl.fields() == task.fields);
      CHECK(candidate.verbalizer.labels.size() == task.labels.size());
      for (const auto index : proposal.examples) CHECK(index < task.pool(proposal.pool).size());
    }
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

// The restored strategy must not be told apart from the one that was never stopped.
void check_restore(const std::string& name, const Json& options) {
  const Task task = toy_task();
  for (int stop = 0; stop < 8; ++stop) {
    CAPTURE(stop);
    ToyModel model;
    const auto original = make_toy_strategy(name, options, task, model, 7);
    const Drive before = drive(*original, task, model, kBudget, stop);
    const State state = original->save();
    const auto restored = make_toy_strategy(name, options, task, model, 7);
    // A state goes through the run store as text.
    restored->restore({Json::parse(state.values.dump()), state.blobs});
    const std::int64_t left = kBudget - before.spent;
    CHECK(transcript(drive(*original, task, model, left, 5)) ==
          transcript(drive(*restored, task, model, left, 5)));
  }
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
  CHECK_NOTHROW(hopeless->restore({Json::parse(state.values.dump()), state.blobs}));

  const auto undefined = make_toy_strategy(name, options, task, model, 3);
  drive(*undefined, task, model, kBudget, kRounds, [](Trial& trial) {
    trial.evaluation.value = std::numeric_limits<double>::quiet_NaN();
    trial.evaluation.log_likelihood = std::numeric_limits<double>::quiet_NaN();
  });
  const State undefined_state = undefined->save();
  CHECK_NOTHROW(
      undefined->restore({Json::parse(undefined_state.values.dump()), undefined_state.blobs}));
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
  check_room(name, options);
  check_proposals(name, options);
  check_determinism(name, options);
  check_restore(name, options);
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
